"""Rename a label or a layer in the codebook and in the files beside it. Only the names change: comments and layout stay.

The names are replaced where they are in the text, instead of writing the YAML anew, which would wrap its lines differently.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import read_text
from standpoint.core.model import StandpointError
from standpoint.core.project import Project
from standpoint.core.yaml_files import parse_yaml, read_yaml, yaml_strings

PLAIN = re.compile(r"[A-Za-z_][\w.-]*")  # a name that needs no quotation marks in YAML, but for ``WORDS``
WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan")  # in YAML 1.1 or 1.2
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
MARK = re.compile(r"(?P<span>\]?)\{(?P<what>[^{}|:]*)(?=[|}])")  # of an example; a mapping of YAML has a colon


class Renaming(NamedTuple):
    """The new name of a label, or, if ``old`` is "", of the layer itself."""

    layer: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"`{'/'.join(filter(None, (self.layer, self.old)))}` is now called `{self.new}`"

    @property
    def former(self) -> str:
        """The name that is replaced."""
        return self.old or self.layer


def read_renaming(codebook: Codebook, former: str, new: str) -> tuple[Renaming, bool]:
    """The renaming of ``layer`` or ``layer/label``, and whether the codebook has it already; StandpointError if it cannot be."""
    name, slash, label = former.partition("/")
    if not slash:
        renaming, names, retired, what = Renaming(name, "", new), tuple(codebook.by_name), codebook.retired, "layer"
    else:
        layer = codebook.by_name.get(codebook.retired.get(name) or name)
        if layer is None:
            raise StandpointError(f"the codebook has no layer {name!r}", f"there are {', '.join(codebook.by_name)}")
        if not layer.labels:
            raise StandpointError(f"layer {layer.name} has no labels in the codebook", "its labels are actors or typed words")
        renaming, names, retired, what = Renaming(layer.name, label, new), layer.label_names, layer.retired, "label"
    if renaming.former not in names:
        if retired.get(renaming.former) == new:
            return renaming, True
        if former in codebook.pass_by_name:
            hint = "rename it in the codebook by hand; standpoint check says what to change then (SET-PASS)"
            raise StandpointError(f"{former!r} is a pass; this command renames layers and labels", hint)
        raise StandpointError(f"there is no {what} {renaming.former!r}", f"there are {', '.join(names)}")
    if new in names:
        raise StandpointError(f"{new!r} is another {what}", f"to merge two {what}s, write the one into `retired` by hand")
    if retired.get(new, renaming.former) != renaming.former:
        raise StandpointError(f"{new!r} is a former name of {retired[new]!r}", "stored sets with it mean that; take another name")
    for span, label in _attached(codebook, renaming):
        raise StandpointError(f"{former} is the link of each {label}, by its name", f"rename {span}/{label}, and this follows")
    for link in links_of(codebook, renaming):
        if link.new in codebook.by_name[link.layer].by_name:
            message = (
                f"{label} is linked by its name ({link.layer}/{link.old}), and {link.layer} has a label {link.new!r} already"
            )
            raise StandpointError(message, "take another name, or rename that label first")
    return renaming, False


def links_of(codebook: Codebook, renaming: Renaming) -> Iterator[Renaming]:
    """The renamings that follow: links that ``attach`` gives the name of the span's label, in small letters."""
    for layer in codebook.layers:
        link = renaming.old.lower()
        if layer.attach and layer.tail == renaming.layer and link in layer.by_name and link != renaming.new.lower():
            yield Renaming(layer.name, link, renaming.new.lower())


def _attached(codebook: Codebook, renaming: Renaming) -> Iterator[tuple[str, str]]:
    """The span layer and the label whose spans get the link that is to be renamed."""
    layer = codebook.by_name.get(renaming.layer)
    spans = codebook.by_name.get(layer.tail) if layer and layer.attach else None
    for label in spans.label_names if spans else ():
        if label.lower() == renaming.old:
            yield spans.name if spans else "", label


def renamed_codebook(path: Path, renaming: Renaming, version: str) -> tuple[str, Codebook]:
    """The text of the codebook's file after a renaming, under a new version; StandpointError if it would not be valid."""
    text = read_text(path)
    data = YAML().load(text)
    edits = _Edits(path, text)
    edits.replace_value(data, "version", version)
    if renaming.old:
        _rename_label(data, renaming, edits)
    else:
        _rename_layer(data, renaming, edits)
    changed = _renamed_marks(edits.applied(), renaming, load_codebook(path))
    return changed, load_codebook(path, parse_yaml(changed))


def renamed_beside(project: Project, renaming: Renaming, codebook: Codebook) -> Iterator[tuple[Path, str]]:
    """The other files of the guidelines that a renaming changes, each with its new text. ``codebook``: before it."""
    for path in (project.rulings, project.worked, project.trees):
        if path.exists():
            read_yaml(path)  # refuses in one line what is no YAML
            text = read_text(path)
            data, edits = YAML().load(text), _Edits(path, text)
            parts = [data.get(key) for key in ("rulings", "trees")] if isinstance(data, CommentedMap) else []
            for part in (part for listed in parts if isinstance(listed, CommentedSeq) for part in listed):
                _rename_in_part(part, renaming, edits)
            if (changed := _renamed_marks(edits.applied(), renaming, codebook)) != text:
                yield path, changed
    if not renaming.old:
        block = re.compile(rf"(<!-- guide: (?:labels|layer|table|maps) ){re.escape(renaming.layer)}(?=[\s>])")
        for path in sorted(project.guidelines.glob("*.md")):
            text = read_text(path)
            if (changed := block.sub(lambda match: match[1] + renaming.new, text)) != text:
                yield path, changed
    if project.switched_off.exists():
        text = read_text(project.switched_off)
        layer = re.escape(renaming.layer)
        former = rf"^([^\t]*\t{layer}\t){re.escape(renaming.old)}(?=\t)" if renaming.old else rf"^([^\t]*\t){layer}(?=\t)"
        if (changed := re.sub(former, lambda match: match[1] + renaming.new, text, flags=re.MULTILINE)) != text:
            yield project.switched_off, changed


def _rename_in_part(part: CommentedMap, renaming: Renaming, edits: _Edits) -> None:
    """Rename in a ruling or in a decision tree."""
    if not isinstance(part, CommentedMap):
        return
    if not renaming.old and part.get("layer") == renaming.layer:
        edits.replace_value(part, "layer", renaming.new)
    elif renaming.old and part.get("layer") == renaming.layer:
        for answer in (part, *(part.get("steps") or ())):
            for key in ("yes", "otherwise"):
                if answer.get(key) == renaming.old:
                    edits.replace_value(answer, key, renaming.new)


def _renamed_marks(text: str, renaming: Renaming, codebook: Codebook) -> str:
    """A text with the examples' marks under the new name. ``codebook``: before the renaming."""
    renamed = codebook.by_name[renaming.layer]

    def change(match: re.Match[str]) -> str:
        words = re.split(r"(\s+)", match["what"])
        name = words[0] if match["span"] and "=" not in words[0] else ""
        spans = (layer for layer in codebook.layers if layer.kind == "span")
        span = next((one for one in spans if name in one.by_name or (one.labels_from and name.startswith("@"))), None)
        if span is renamed and name == renaming.old:
            words[0] = renaming.new
        for number, word in enumerate(words):
            key, equals, values = word.partition("=")
            if equals and _layer_of_key(key, span, codebook) is renamed:
                words[number] = _renamed_answer(key, values, renaming, renamed)
        return f"{match['span']}{{{''.join(words)}"

    return MARK.sub(change, text)


def _layer_of_key(key: str, span: Layer | None, codebook: Codebook) -> Layer | None:
    """The layer of an answer about a span, or about an actor or the text; or of a link to the span, by its label."""
    question = codebook.by_name.get(key)
    if question and question.of == (span.name if span else ""):
        return question
    links = (layer for layer in codebook.layers if span and layer.ends_on(span.name) and key in layer.by_name)
    return next(links, None)


def _renamed_answer(key: str, values: str, renaming: Renaming, layer: Layer) -> str:
    if layer.kind == "relation":
        return f"{renaming.new if key == renaming.old else key}={values}"
    if not renaming.old:
        return f"{renaming.new}={values}"
    return f"{key}=" + ",".join(renaming.new if value == renaming.old else value for value in values.split(","))


class _Edits:
    """Replacements in a text, by their places in it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
        self.changes: list[tuple[int, int, str]] = []

    def _at(self, place: tuple[int, int]) -> int:
        return self.starts[place[0]] + place[1]

    def replace(self, place: tuple[int, int], old: str, new: str) -> None:
        """Replace a name, given as it is read; ``place``: its line and column."""
        start = self._at(place)
        quoted = QUOTED.match(self.text, start)
        end = quoted.end() if quoted else start + len(old)
        if yaml_strings(self.text[start:end]) != old:  # an anchor, a tag, or a name over two lines
            line = bisect(self.starts, start)
            message = f"{self.path}:{line}: {old!r} is written in a way that cannot be changed"
            raise StandpointError(message, "write it plainly there")
        self.changes.append((start, end, _scalar(new)))

    def replace_value(self, mapping: CommentedMap, key: str, new: str) -> None:
        """Replace the value of a key."""
        self.replace(mapping.lc.value(key), str(mapping[key]), new)

    def replace_key(self, mapping: CommentedMap, key: str, new: str) -> None:
        self.replace(mapping.lc.key(key), str(key), new)

    def add_entry(self, mapping: CommentedMap, key: str, value: str) -> None:
        """Add an entry before the first one of a mapping, in the style of that mapping."""
        entry = f"{_scalar(key)}: {_scalar(value) if isinstance(value, str) else value}"
        first = self._at(mapping.lc.key(next(iter(mapping))))
        indentation = " " * (first - self.starts[bisect(self.starts, first) - 1])
        self.changes.append((first, first, f"{entry}, " if mapping.fa.flow_style() else f"{entry}\n{indentation}"))

    def retire(self, parent: CommentedMap, old: str, new: str) -> None:
        """Note in ``retired`` of a layer or of the codebook that a name was replaced."""
        retired = parent.get("retired") or CommentedMap()
        for key, now in retired.items():
            if now == old:
                self.replace_value(retired, key, new)
        if new in retired:  # the name that it had before
            self.replace_key(retired, new, old)
        elif retired:
            self.add_entry(retired, old, new)
        elif "retired" in parent:  # {}
            start = self._at(parent.lc.value("retired"))
            self.changes.append((start, self.text.index("}", start) + 1, f"{{{_scalar(old)}: {_scalar(new)}}}"))
        else:
            self._add_retired(parent, f"retired: {{{_scalar(old)}: {_scalar(new)}}}")

    def _add_retired(self, parent: CommentedMap, entry: str) -> None:
        """Add the key before ``labels``, ``layers`` or the first key."""
        key = next((key for key in ("layers", "labels") if key in parent), next(iter(parent)))
        start = self._at(parent.lc.key(key))
        indentation = " " * (start - self.starts[bisect(self.starts, start) - 1])
        self.changes.append((start, start, f"{entry}, " if parent.fa.flow_style() else f"{entry}\n{indentation}"))

    def applied(self) -> str:
        """The text with all replacements."""
        text = self.text
        for start, end, new in sorted(self.changes, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def _scalar(name: str) -> str:
    """A name as YAML in any place."""
    plain = PLAIN.fullmatch(name) and name.lower() not in WORDS
    return name if plain or re.fullmatch(r"\d+\.\d+\.\d+", name) else "'" + name.replace("'", "''") + "'"


def _items(sequence: Any) -> Iterator[tuple[Any, tuple[int, int]]]:
    """The items of a list of YAML, each with its place."""
    for number, item in enumerate(sequence if isinstance(sequence, CommentedSeq) else ()):
        yield item, sequence.lc.item(number)


def _rename_label(data: CommentedMap, renaming: Renaming, edits: _Edits) -> None:
    layer = next(layer for layer in data["layers"] if layer["name"] == renaming.layer)
    for label, place in _items(layer["labels"]):
        if label == renaming.old:
            edits.replace(place, renaming.old, renaming.new)
        elif isinstance(label, CommentedMap):
            if label["name"] == renaming.old:
                edits.replace_value(label, "name", renaming.new)
            for confusion in label.get("confused") or ():
                if confusion["label"] == renaming.old:
                    edits.replace_value(confusion, "label", renaming.new)
    if layer.get("default") == renaming.old:
        edits.replace_value(layer, "default", renaming.new)
    _rename_in_crosswalks(data, f"{renaming.layer}:{renaming.old}", f"{renaming.layer}:{renaming.new}", edits)
    if layer["kind"] == "relation":
        _rename_role(data, renaming.old, renaming.new, edits)
    edits.retire(layer, renaming.old, renaming.new)


def _rename_layer(data: CommentedMap, renaming: Renaming, edits: _Edits) -> None:
    old, new = renaming.layer, renaming.new
    for one in data["passes"]:
        for name, place in _items(one["layers"]):
            if name == old:
                edits.replace(place, old, new)
    for layer in data["layers"]:
        for key in ("name", "of", "from", "to"):
            if layer.get(key) == old:
                edits.replace_value(layer, key, new)
    for target in (*(data.get("targets") or ()), *(data.get("qualification") or ())):
        if target["layer"] == old:
            edits.replace_value(target, "layer", new)
    _rename_in_crosswalks(data, old, new, edits)
    _rename_role(data, old, new, edits)
    edits.retire(data, old, new)


def _rename_in_crosswalks(data: CommentedMap, old: str, new: str, edits: _Edits) -> None:
    """Rename LAYER or LAYER:LABEL in the rules of the crosswalks."""

    def present(written: str) -> str:
        return new + written.removeprefix(old) if written == old or written.startswith(f"{old}:") else written

    for rule in (rule for crosswalk in data.get("crosswalks") or () for rule in crosswalk.get("rules") or ()):
        for key in ("ours", "role", "mark"):
            written = rule.get(key)
            if isinstance(written, str) and present(written) != written:
                edits.replace_value(rule, key, present(written))
            for one, place in _items(written):
                if present(one) != one:
                    edits.replace(place, one, present(one))


def _rename_role(data: CommentedMap, old: str, new: str, edits: _Edits) -> None:
    """A role of a span's label is a layer that asks for actors, or the label of a link."""
    others = [layer["name"] for layer in data["layers"]]
    others += [
        str(label["name"] if isinstance(label, dict) else label)
        for layer in data["layers"]
        if layer["kind"] == "relation"
        for label in layer["labels"]
    ]
    if others.count(old) > 1:
        return  # another role of the same name stays
    for layer in data["layers"]:
        for label in layer.get("labels") or ():
            if isinstance(label, CommentedMap) and old in (label.get("roles") or ()):
                edits.replace_key(label["roles"], old, new)
