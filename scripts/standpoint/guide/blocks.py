"""The generated blocks of the guide. A public function is a block: its name is what the marker says, then its words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from itertools import groupby

from standpoint.codebook.actors import Registry
from standpoint.codebook.examples import NEGATIVE, POSITIVE, Example, examples
from standpoint.codebook.markup import Mark, Marked, parse
from standpoint.codebook.types import ACTORS, Codebook, Label, Layer
from standpoint.codebook.worked import Worked
from standpoint.guide.reading import focus_of, is_in, named, shown, told_about
from standpoint.guide.trees import Tree, as_text
from standpoint.model import StandpointError


@dataclass(frozen=True)
class Book:
    """What the blocks are made from."""

    codebook: Codebook
    cast: Registry
    trees: Mapping[str, Tree]
    worked: Sequence[Worked]

    def names(self) -> dict[str, str]:
        return {actor.slug: actor.name for actor in self.cast.actors}


def render(what: str, book: Book) -> str:
    """The block that a marker asks for; StandpointError where there is none."""
    name, *words = what.split()
    if name not in BLOCKS:
        raise StandpointError(f"the guide has no block {name!r}", f"there are {', '.join(sorted(BLOCKS))}")
    try:
        called = signature(BLOCKS[name]).bind(book, *words)
    except TypeError as error:
        raise StandpointError(f"the block {what!r}: {error}", "its words are listed in guidelines/README.md") from None
    try:
        return BLOCKS[name](*called.args)
    except (KeyError, StopIteration):
        raise StandpointError(
            f"the block {what!r} names what is not there", "a layer, pass, tree or article by its name"
        ) from None


def labels(book: Book, layer: str, group: str = "") -> str:
    """A section for each label: what it is and is not, roles, examples, what it is confused with."""
    found = book.codebook.by_name[layer]
    return "\n\n".join(_section(label, found, book) for label in found.labels if label.group == group or not group)


def layer(book: Book, name: str) -> str:
    """What a layer is, with the examples that it has as a whole."""
    found = book.codebook.by_name[name]
    return "\n\n".join(filter(None, [found.definition.strip(), _examples(found, None, book)]))


def table(book: Book, layer: str, group: str = "") -> str:
    """Labels, keys and definitions."""
    labels = [label for label in book.codebook.by_name[layer].labels if label.group == group or not group]
    keys = any(label.hotkey for label in labels)
    names = [f"`{label.name}`" + (f" ({label.show})" if label.show else "") for label in labels]
    rows = [[name, *([f"`{label.hotkey}`"] if keys else []), label.definition] for name, label in zip(names, labels, strict=True)]
    return _table(["label", *(["key"] if keys else []), "what it is"], rows)


def keys(book: Book, pass_name: str) -> str:
    """All keys of a pass, a line a layer or group."""
    rows = []
    for found in book.codebook.layers_of(pass_name):
        if found.labels_from == ACTORS and found.hotkeys != "none" and not found.for_each:
            first, *last = (f"`{found.hotkeys}+{key}`" if found.hotkeys else f"`{key}`" for key in "190-=")
            rows.append([f"**{found.name}**", f"{first} … {', '.join(last)}: the actors in the order of the list"])
        for group, labels in groupby((label for label in found.labels if label.hotkey), key=lambda label: label.group):
            pressed = " · ".join(f"`{label.hotkey}` {label.show or label.name}" for label in labels)
            rows.append([f"**{group or found.name}**", pressed])
    return _table(["", "keys"], rows) if rows else "This pass has no keys of its own."


def tree(book: Book, name: str) -> str:
    """A decision tree, as a picture and as text."""
    found = book.trees[name]
    return f"![{found.title}](img/{found.name}.svg)\n\n{as_text(found)}"


def maps(book: Book, layer: str, *schemes: str) -> str:
    """What the labels are called in other schemes."""
    labels = book.codebook.by_name[layer].labels
    rows = [[f"`{label.name}`", *(_mapped(label.maps.get(scheme)) for scheme in schemes)] for label in labels]
    said = "\n".join(f"- **{scheme}**: {book.codebook.sources_of_maps[scheme]}" for scheme in schemes)
    return f"{_table(['', *schemes], rows)}\n\n{said}"


def text(book: Book, article: str) -> str:
    """A worked article as it is read."""
    found = next(one for one in book.worked if one.id == article)
    title, *rest = found.text.split("\n\n")
    return "\n>\n".join([f"> **{title}**", *(f"> {part}" for part in rest)]) + f"\n\n*{found.outlet}*"


def decisions(book: Book, article: str, pass_name: str) -> str:
    """Each mark of a worked article in one pass, in reading order, with its reason."""
    source = next(one for one in book.worked if one.id == article).passes[pass_name]
    marked = parse(source)
    rows = [[mark.words or "", _said(mark, marked, book, pass_name), mark.reason] for mark in marked.marks]
    return _table(["words", "reading", "reason"], [[str(number), *row] for number, row in enumerate(rows, 1)], "#")


BLOCKS = {block.__name__: block for block in (labels, layer, table, keys, tree, maps, text, decisions)}


def _section(label: Label, layer: Layer, book: Book) -> str:
    key = f" Key `{label.hotkey}`." if label.hotkey else ""
    shown_as = f" On the page: *{label.show}*." if label.show else ""
    lines = [f"### {label.name}", f"**{label.definition}**{shown_as}{key}"]
    lines.append("\n".join(_points(label)))
    lines.append(_examples(layer, label, book))
    if label.confused:
        lines.append(_table(["confused with", "the test"], [[f"`{item.label}`", item.test] for item in label.confused]))
    return "\n\n".join(filter(None, lines))


def _points(label: Label) -> Iterator[str]:
    if label.clarification:
        yield f"- *Clarification*: {label.clarification}"
    if label.exclusion:
        yield f"- *Exclusion*: {label.exclusion}"
    if label.roles:
        yield "- *Roles*: " + " · ".join(f"{role}: {filler}" if role != filler else role for role, filler in label.roles.items())
    if label.lexicon:
        yield f"- *Words*: {', '.join(label.lexicon)}"


def _examples(layer: Layer, label: Label | None, book: Book) -> str:
    said = [f"{_heading(kind)}\n\n{_list(found)}" for kind in (POSITIVE, NEGATIVE) if (found := _lines(layer, label, kind, book))]
    return "\n\n".join(said)


def _heading(kind: str) -> str:
    return "Yes:" if kind == POSITIVE else "No:"


def _lines(layer: Layer, label: Label | None, kind: str, book: Book) -> list[str]:
    found: Iterable[Example] = (
        one for one in examples(book.codebook) if (one.layer, one.label, one.kind) == (layer, label, kind)
    )
    return [shown(one, book.codebook, book.names()) for one in found]


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _said(mark: Mark, marked: Marked, book: Book, pass_name: str) -> str:
    names, layers = book.names(), book.codebook.layers_of(pass_name)
    if not mark.words:
        answers = (f"{key}: {_label(book.codebook.by_name[key], values[0])}" for key, values in mark.answers.items())
        return ", ".join(filter(None, [named(mark.name[1:], names) if mark.name else "", *answers]))
    found = next((one for one in layers if one.kind == "span" and is_in(mark, one)), layers[0])
    actor = named(mark.name[1:], names) if mark.name.startswith("@") else ""
    told = told_about(mark, marked, focus_of(found, book.codebook), book.codebook, names, mark.name)
    return ", ".join(filter(None, [actor or f"`{mark.name}`", told]))


def _label(layer: Layer, name: str) -> str:
    label = layer.by_name.get(name)
    return label.show or label.name if label else name.replace("_", " ")


def _mapped(value: object) -> str:
    """A label's place in another scheme, in few words."""
    if isinstance(value, dict):
        return str(value.get("type") or (f"near {value['nearest']}" if value.get("nearest") else "–"))
    names = []
    for item in value if isinstance(value, list) else filter(None, [value]):
        parts = (
            [part for key, part in item.items() if key not in ("when", "context", "note") and part]
            if isinstance(item, dict)
            else [item]
        )
        when = [word for word in item.get("when", ()) if word != "default"] if isinstance(item, dict) else []
        if parts:
            names.append(": ".join(map(str, parts)) + (f" ({', '.join(when)})" if when else ""))
    return "; ".join(names) or "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], first: str | None = None) -> str:
    """A Markdown table; a bar in a cell would end it."""
    head = head if first is None else [first, *head]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
