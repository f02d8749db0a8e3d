"""A codebook for an existing Label Studio project, made from its label config."""

from __future__ import annotations

import io
from pathlib import Path

from lxml import etree
from ruamel.yaml import YAML

from standpoint.codebook.kinds._items import NO_KEY
from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import ANY
from standpoint.core.files import read_text, written_whole
from standpoint.core.model import Issue, Reporter, StandpointError

KINDS = {"Labels": "span", "Choices": "choice", "TextArea": "text", "Relations": "relation"}  # by control
LABELS = {"Labels": "Label", "Choices": "Choice", "Relations": "Relation"}
# Tags that carry no annotation.
LAYOUT = {"Text", "View", "Style", "Header", "Collapse", "Panel", "Filter", "Shortcut", "Repeater", *LABELS.values()}


def write_codebook(path: Path, out: Path | None, reporter: Reporter) -> str:
    """The codebook of a label config, as YAML; it is also written to ``out``, whole or not at all."""
    values, issues = codebook_from_config(read_text(path), path.stem)
    for issue in issues:
        reporter.report(issue)
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(values, stream)
    if out is not None:
        if out.exists():
            raise StandpointError(f"{out}: exists already", "name a new file; what is in this one would be lost")
        with written_whole(out) as file:
            file.write(stream.getvalue().encode())
            file.flush()
            load_codebook(Path(file.name))
    return stream.getvalue()


def codebook_from_config(xml: str, title: str) -> tuple[dict, list[Issue]]:
    """The codebook as plain values for YAML, with one pass for all layers, and an Issue for each tag that is left out."""
    try:
        root = etree.fromstring(xml.encode())
    except etree.XMLSyntaxError as error:
        raise StandpointError(f"label config: not XML: {error}") from None
    issues = []
    for tag in root.iter(etree.Element):
        if tag.tag not in LAYOUT | KINDS.keys():
            # To leave out a control loses answers, which is an error. What is only shown is worth a note.
            level = "error" if tag.get("toName") else "note"
            place = f"label config:{tag.sourceline}"
            issues.append(Issue(place, "CONFIG-TAG", f"<{tag.tag}> belongs to no kind of layer and is left out", level))
    layers = [_layer(tag, root) for tag in root.iter(*KINDS) if tag.tag != "Relations" or len(tag)]
    if not layers:
        raise StandpointError("label config: no <Labels>, <Choices>, <TextArea> or <Relations> on a <Text>")
    only_pass = {"name": "annotation", "layers": [layer["name"] for layer in layers]}
    return {"title": title, "version": "0.1.0", "passes": [only_pass], "layers": layers}, issues


def _layer(tag: etree._Element, root: etree._Element) -> dict:
    layer = {"name": tag.get("name", "").removesuffix("_{{idx}}"), "kind": KINDS[tag.tag]}
    spans = [control.get("name", "") for control in root.iter("Labels")]
    if tag.tag == "Relations":
        end = spans[0] if len(spans) == 1 else ANY
        layer |= {"name": "relation", "from": end, "to": end}
    if tag.tag in ("Choices", "TextArea"):
        boxes = [tag, *tag.iterancestors()]
        if any(box.tag == "Repeater" for box in boxes):
            layer["for_each"] = "actors"
        elif tag.get("perRegion") == "true":
            # The control, or a box around it, usually names the labels that show it. Otherwise, take the first span layer.
            conditions = [box.get("whenTagName") for box in boxes if box.get("whenTagName")]
            layer["of"] = next(iter(conditions + spans), "").split(",")[0]
        several, required = tag.tag == "Choices" and tag.get("choice") == "multiple", tag.get("required") == "true"
        layer |= ({"multiple": True} if several else {}) | ({"required": True} if required else {})
    if tag.tag in LABELS and tag.get("value"):
        layer |= {"labels_from": "actors"} | ({} if tag.get("value") == "$actors" else {"hotkeys": "none"})
    elif tag.tag in LABELS:
        layer["labels"] = [_label(label) for label in tag.iter(LABELS[tag.tag])]
    return layer


def _label(label: etree._Element) -> dict:
    """The export has the alias of a label if there is one; the page shows the value."""
    value, alias = label.get("value", ""), label.get("alias")
    key = label.get("hotkey", "").replace(NO_KEY, "")
    keys = {"show": value if alias else "", "hotkey": key, "color": label.get("background", "")}
    return {"name": alias or value} | {key: text for key, text in keys.items() if text}
