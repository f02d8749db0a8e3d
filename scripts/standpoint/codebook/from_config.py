"""A codebook for an existing Label Studio project, made from its label config."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from lxml import etree
from ruamel.yaml.comments import CommentedSeq

from standpoint.codebook.hotkeys import LIST_KEYS, NO_KEYS, keys_in, problem_of
from standpoint.codebook.kinds._items import BELOW, FINDINGS, NO_KEY, RARE, TEXT
from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import ACTORS, ANY, DOCUMENT_COLUMNS, NO_COLUMN, SPAN_FIELDS, number_text
from standpoint.core.files import read_text, write_whole
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.yaml_files import yaml_text

SPANS = ("Labels", "HyperTextLabels")
KINDS = dict.fromkeys(SPANS, "span") | {
    "Choices": "choice",
    "Rating": "choice",
    "Taxonomy": "choice",
    "TextArea": "text",
    "Number": "number",
    "Relations": "relation",
}  # by control
LABELS = dict.fromkeys(SPANS, "Label") | {"Choices": "Choice", "Relations": "Relation"}
ASKING = ("Choices", "Rating", "Taxonomy", "TextArea", "Number")  # what may be about regions
STARS, MOST_STARS = 5, 100  # of a <Rating> that does not say how many, and the most
LIMITS = ("min", "max", "step")  # of a <Number>
# Tags that carry no annotation.
LAYOUT = {"Text", "HyperText", "View", "Style", "Header", "Collapse", "Panel", "Filter", "Shortcut", "Repeater", *LABELS.values()}


def write_codebook(path: Path, out: Path | None, reporter: Reporter, accepted: Collection[str] = ()) -> str:
    """The codebook of a label config, as YAML; it is also written to ``out``, whole or not at all.

    ``accepted``: controls whose answers may be lost.
    """
    values, issues = codebook_from_config(read_text(path), path.stem, accepted)
    refuse_needless(accepted, values)
    for issue in issues:
        reporter.report(issue)
    text = yaml_text(values)
    load_codebook(path, values)
    if out is not None:
        if out.exists():
            raise StandpointError(f"{out}: exists already", "name a new file; what is in this one would be lost")
        write_whole(out, text)
    return text


def refuse_needless(accepted: Collection[str], values: Mapping) -> None:
    """StandpointError if a control of which a layer was made, or that does not exist, is among those that may be lost."""
    for name in accepted:
        if name not in values.get("ignored", ()):
            there = ", ".join(values.get("ignored", ())) or "none"
            raise StandpointError(f"--ignore {name}: it is no control of which no layer can be made", f"there are: {there}")


def codebook_from_config(xml: str, title: str, accepted: Collection[str] = ()) -> tuple[dict, list[Issue]]:
    """The codebook as values for YAML, with one pass for all layers, and an Issue for each tag that is left out.

    A control that no layer can be made of is in ``ignored``, with the reason as a comment, so that ``import`` leaves out its
    answers. That is an error, and a note for those in ``accepted``.
    """
    try:
        root = etree.Element("View")  # around the config, so that each of its tags has a parent
        root.append(etree.fromstring(xml.encode()))
    except etree.XMLSyntaxError as error:
        raise StandpointError(f"label config: not XML: {error}", "copy it from Settings, Labeling Interface, Code") from None
    issues: list[Issue] = []
    ignored = CommentedSeq()
    for tag, problem, level in _left_out(root):
        message = f"<{tag.tag}> {problem} and is left out"
        if tag.get("toName") and (name := tag.get("name", "").removesuffix("_{{idx}}")):
            ignored.append(name)
            ignored.yaml_add_eol_comment(f"<{tag.tag}> {problem}", len(ignored) - 1, column=0)
            message = f"<{tag.tag}> {problem} and is left out with its answers: `ignored` in the codebook names {name}"
            level = "note" if name in accepted else level
        issues.append(Issue(f"label config:{tag.sourceline}", "CONFIG-TAG", message, level))
    layers = [_layer(tag, root) for tag in root.iter(*KINDS) if tag.tag != "Relations" or len(tag)]
    if not layers:
        message = "label config: no <Labels>, <Choices>, <TextArea> or <Relations> of which a layer can be made"
        raise StandpointError(message, "; ".join(map(str, issues)))
    retired = {layer["name"]: name for layer in layers if (name := _possible_name(layer)) != layer["name"]}
    for layer in layers:
        layer |= {key: retired[layer[key]] for key in ("name", "of", "from", "to") if layer.get(key) in retired}
    issues += _keys_left_out(layers)
    only_pass = {"name": "annotation", "layers": [layer["name"] for layer in layers]}
    book = {"title": title, "version": "0.1.0", "passes": [only_pass], "layers": layers}
    return book | ({"retired": retired} if retired else {}) | ({"ignored": ignored} if ignored else {}), issues


def _keys_left_out(layers: list[dict]) -> Iterator[Issue]:
    """Take out each hotkey that no label can have, or that another label or a list has too, and report it."""
    taken: set[str] = set()
    for layer in layers:
        if layer.get("labels_from") and "hotkeys" not in layer:
            layer |= {"hotkeys": NO_KEYS} if taken else {}
            taken |= set(LIST_KEYS)
    for layer in layers:
        for label in layer.get("labels", ()):
            hotkey = label.get("hotkey", "")
            keys = set(keys_in(hotkey))
            problem = "there are no keys for relations" if hotkey and layer["kind"] == "relation" else problem_of(hotkey)
            if problem or keys & taken:
                problem = problem or f"{hotkey!r} is the key of another label or of a list"
                message = f"the hotkey of {label['name']} in {layer['name']} is left out: {problem}"
                yield Issue("label config", "CONFIG-KEY", message, "note")
                del label["hotkey"]
                label.pop("rare", None)
            else:
                taken |= keys


def _possible_name(layer: dict) -> str:
    """The name of a layer's control, or where a codebook cannot have that name a similar one."""
    name = re.sub(r"[^\w.@+-]", "_", layer["name"])
    name = name if name[:1].isalpha() else f"layer_{name}"
    taken = SPAN_FIELDS if layer.get("of") else () if layer["kind"] == "relation" else (*DOCUMENT_COLUMNS, *NO_COLUMN)
    return f"{name}_1" if name in (*taken, TEXT, FINDINGS, "note", "guide") else name


def _left_out(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Take out each tag that no layer can be made of, and yield it with the reason and the level of the Issue."""
    for tag in list(root.iter(etree.Element)):
        name, source = tag.get("name", ""), tag.get("value", "")
        if any(box.tag not in LAYOUT | KINDS.keys() and box.get("toName") for box in tag.iterancestors()):
            continue  # a part of what is left out already
        if tag.tag not in LAYOUT | KINDS.keys():
            # To leave out a control loses answers, which is an error. What is only shown is worth a note.
            yield tag, "belongs to no kind of layer", "error" if tag.get("toName") else "note"
        elif tag.tag == "Choice" and any(box.tag == "Taxonomy" for box in tag.iterancestors()):
            continue  # a place in a tree
        elif tag.tag in LABELS.values() and (tag.getparent().tag == tag.tag or not (source or tag.get("alias"))):
            yield tag, "has no value" if tag.getparent().tag != tag.tag else "is inside another one", "error"
            tag.getparent().remove(tag)
        elif tag.tag in LABELS and source not in ("", f"${ACTORS}", f"${name}s"):  # kinds: list_key
            yield tag, f"has its labels from each task's {source!r}, which is no list of actors,", "error"
            tag.getparent().remove(tag)
        elif tag.tag in ("Rating", "Number", "Taxonomy") and (problem := _problem_of(tag)):
            yield tag, problem, "error"
            tag.getparent().remove(tag)
    spans = {control.get("name", "") for control in root.iter(*SPANS)}
    for tag in list(root.iter(*ASKING)):
        of = _span_layer(tag, root)
        if of is not None and of not in spans:
            yield tag, f"is about regions of {of or 'no control'!r}, which is no layer,", "error"
            tag.getparent().remove(tag)


def _problem_of(tag: etree._Element) -> str:
    """Why no layer can be made of a <Rating>, <Number> or <Taxonomy>; "" if one can."""
    if any(box.tag == "Repeater" for box in tag.iterancestors()):
        return "is asked for each of a list"
    if tag.tag == "Taxonomy":
        if tag.get("labeling") == "true":
            return "marks regions"
        names = list(map(_part, tag.iter("Choice")))
        if tag.get("apiUrl") or tag.get("value") or not names:
            return "does not have its choices in the config"
        fit = all(name and BELOW not in name for name in names)
        return "" if fit else f"has a choice without a name, or with {BELOW!r} in it,"
    if tag.tag == "Number":
        limits = {key: tag.get(key) for key in LIMITS if tag.get(key)}
        return "".join(f"has {key} {limit!r}, which is no number," for key, limit in limits.items() if number_text(limit) is None)
    most = tag.get("maxRating", str(STARS))
    return "" if re.fullmatch("[0-9]{1,3}", most) and 0 < int(most) <= MOST_STARS else f"has no number of stars but {most!r}"


def _span_layer(tag: etree._Element, root: etree._Element) -> str | None:
    """The span layer that a control asks about; None if it asks about the article or each actor."""
    boxes = [tag, *tag.iterancestors()]
    if tag.get("perRegion") != "true" or any(box.tag == "Repeater" for box in boxes):
        return None
    # The control, or a box around it, usually names the labels that show it. Otherwise, take the first span layer.
    conditions = [box.get("whenTagName") for box in boxes if box.get("whenTagName")]
    return next(iter([*conditions, *(control.get("name", "") for control in root.iter(*SPANS))]), "").split(",")[0]


def _is_asked_about(tag: etree._Element, root: etree._Element) -> bool:
    """Whether answers or relations are about the regions of a control."""
    asked = (_span_layer(control, root) for control in root.iter(*ASKING))
    return tag.get("name", "") in asked or any(len(relations) for relations in root.iter("Relations"))


def _layer(tag: etree._Element, root: etree._Element) -> dict:
    layer = {"name": tag.get("name", "").removesuffix("_{{idx}}"), "kind": KINDS[tag.tag]}
    if tag.tag == "Relations":
        spans = [control.get("name", "") for control in root.iter(*SPANS)]
        end = spans[0] if len(spans) == 1 else ANY
        layer |= {"name": "relation", "from": end, "to": end}
    if tag.tag in ASKING:
        if any(box.tag == "Repeater" for box in tag.iterancestors()):
            layer["for_each"] = ACTORS
        elif of := _span_layer(tag, root):
            layer["of"] = of
        layer |= {"required": True} if tag.get("required") == "true" else {}
    if tag.get("choice") == "multiple" and not (tag.tag in SPANS and _is_asked_about(tag, root)):
        layer["multiple"] = True
    if tag.tag in LABELS and tag.get("value"):
        layer |= {"labels_from": ACTORS} | ({} if tag.get("value") == f"${ACTORS}" else {"hotkeys": NO_KEYS})
    elif tag.tag == "Rating":
        stars = range(1, int(tag.get("maxRating", STARS)) + 1)
        layer |= {"ordinal": True, "stars": True, "labels": [{"name": str(number), "value": number} for number in stars]}
    elif tag.tag == "Taxonomy":
        layer |= {"tree": True} | ({} if tag.get("maxUsages") == "1" else {"multiple": True})
        choices = [choice for choice in tag.iter("Choice") if tag.get("leafsOnly") != "true" or not len(choice)]
        layer["labels"] = [{"name": _place_in_tree(choice)} for choice in choices]
    elif tag.tag == "Number":
        layer |= {key: float(limit) if "." in limit else int(limit) for key in LIMITS if (limit := number_text(tag.get(key)))}
    elif tag.tag in LABELS:
        layer["labels"] = [_label(label) for label in tag.iter(LABELS[tag.tag])]
    return layer


def _part(choice: etree._Element) -> str:
    return (choice.get("alias") or choice.get("value", "")).strip()


def _place_in_tree(choice: etree._Element) -> str:
    above = [_part(box) for box in choice.iterancestors("Choice")]
    return BELOW.join([*reversed(above), _part(choice)])


def _label(label: etree._Element) -> dict:
    """The export has the alias of a label if there is one; the page shows the value."""
    value, alias = label.get("value", ""), label.get("alias")
    key = label.get("hotkey", "").replace(NO_KEY, "")
    keys = {"show": value if alias else "", "hotkey": key, "color": label.get("background", "")}
    rare = any(box.get("className") == RARE for box in label.iterancestors())
    return {"name": alias or value} | {key: text for key, text in keys.items() if text} | ({"rare": True} if rare and key else {})
