"""A codebook for an existing Label Studio project, made from its label config."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from ruamel.yaml import YAML

from standpoint.codebook.kinds._items import NO_KEY
from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import ANY
from standpoint.core.files import written_whole
from standpoint.core.model import Issue, Reporter, StandpointError

OBJECTS = {"Text"}
CONTROLS = {"Labels", "Choices", "TextArea", "Relations"}
# Tags that carry no annotation.
LAYOUT = {"View", "Style", "Header", "Label", "Choice", "Relation", "Collapse", "Panel", "Filter", "Shortcut", "Repeater"}


def write_codebook(path: Path, out: Path | None, reporter: Reporter) -> str:
    """The codebook of a label config, as YAML; it is also written to ``out``, whole or not at all."""
    values, issues = codebook_from_config(path.read_text(encoding="utf-8"), path.stem)
    for issue in issues:
        reporter.report(issue)
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(values, stream)
    if out is not None:
        with written_whole(out) as file:
            file.write(stream.getvalue().encode())
        load_codebook(out)
    return stream.getvalue()


def codebook_from_config(xml: str, title: str) -> tuple[dict, list[Issue]]:
    """The codebook as plain values for YAML, with one pass that has all layers; and an Issue for each tag not carried."""
    try:
        root = etree.fromstring(xml.encode())
    except etree.XMLSyntaxError as error:
        raise StandpointError(f"label config: not XML: {error}") from None
    issues = [_not_carried(tag) for tag in root.iter(etree.Element) if tag.tag not in OBJECTS | CONTROLS | LAYOUT]
    layers = [layer for tag in root.iter(*CONTROLS) for layer in _layer(tag, root)]
    if not layers:
        raise StandpointError("label config: no <Labels>, <Choices>, <TextArea> or <Relations> on a <Text>")
    only_pass = {"name": "annotation", "layers": [layer["name"] for layer in layers]}
    return {"title": title, "version": "0.1.0", "passes": [only_pass], "layers": layers}, issues


def _not_carried(tag: etree._Element) -> Issue:
    """A control that annotators answer is lost, which is an error; something that is only shown is a note."""
    level = "error" if tag.get("toName") else "note"
    return Issue(f"label config:{tag.sourceline}", "CONFIG-TAG", f"<{tag.tag}> is carried by no kind of layer", level)


def _layer(tag: etree._Element, root: etree._Element) -> Iterator[dict]:
    name = tag.get("name", "").removesuffix("_{{idx}}")
    if tag.tag == "Labels":
        yield {"name": name, "kind": "span"} | _labels(tag, "Label")
    elif tag.tag == "Choices":
        several = {"multiple": True} if tag.get("choice") == "multiple" else {}
        yield {"name": name, "kind": "choice"} | _about(tag, root) | several | _required(tag) | _labels(tag, "Choice")
    elif tag.tag == "TextArea":
        yield {"name": name, "kind": "text"} | _about(tag, root) | _required(tag)
    elif len(tag):
        spans = [control.get("name", "") for control in root.iter("Labels")]
        end = spans[0] if len(spans) == 1 else ANY
        yield {"name": "relation", "kind": "relation", "from": end, "to": end} | _labels(tag, "Relation")


def _labels(tag: etree._Element, child: str) -> dict:
    if tag.get("value"):
        return {"labels_from": "actors"} | ({} if tag.get("value") == "$actors" else {"hotkeys": "none"})
    return {"labels": [_label(label) for label in tag.iter(child)]}


def _label(label: etree._Element) -> dict:
    """What the export carries is the alias where there is one; the page shows the value."""
    value, alias = label.get("value", ""), label.get("alias")
    key = label.get("hotkey", "").replace(NO_KEY, "")
    keys = {"show": value if alias else "", "hotkey": key, "color": label.get("background", "")}
    return {"name": alias or value} | {key: text for key, text in keys.items() if text}


def _about(tag: etree._Element, root: etree._Element) -> dict:
    """A per-region control hangs on the layer that it, or a box around it, waits for; or on the only one there is."""
    if any(box.tag == "Repeater" for box in tag.iterancestors()):
        return {"for_each": "actors"}
    if tag.get("perRegion") != "true":
        return {}
    boxes = [tag, *tag.iterancestors()]
    waits = next((box.get("whenTagName") for box in boxes if box.get("whenTagName")), None)
    return {"of": (waits or next((control.get("name") for control in root.iter("Labels")), "")).split(",")[0]}


def _required(tag: etree._Element) -> dict:
    return {"required": True} if tag.get("required") == "true" else {}
