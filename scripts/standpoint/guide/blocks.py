"""The generated blocks of the guide: each public function is a block, named in the page's marker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from itertools import groupby

from standpoint.codebook.examples import NEGATIVE, POSITIVE, Example, Mark, Marked, Worked, examples, parse, spans
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, Codebook, Label, Layer
from standpoint.core.model import StandpointError
from standpoint.guide.site import Tree, as_text


def shown(example: Example, codebook: Codebook, names: Mapping[str, str]) -> str:
    """One line of Markdown; ``names`` maps the cast's slugs to names."""
    marked, layer = parse(example.source), example.layer
    focus = focus_of(layer, codebook)
    marks = [mark for mark in marked.marks if is_in(mark, focus)]
    if focus is layer:
        own = example.label.name if example.label else ""
        told = [told_about(mark, marked, focus, codebook, names, own if len(marks) == 1 else "") for mark in marks]
    else:
        told = [_told_in(layer, mark, marked, focus, codebook, names) for mark in marks]
    told = [*filter(None, told), *_answers(marked, codebook, names)]
    caption = "; ".join(told) or ("" if marks else "nothing is marked")
    reason = marked.reason[:1].upper() + marked.reason[1:] + "." if marked.reason else ""
    return in_bold(marked, focus) + (f" — {caption}." if caption else "") + (f" *{reason}*" if reason else "")


def _told_in(layer: Layer, mark: Mark, marked: Marked, focus: Layer, codebook: Codebook, names: Mapping[str, str]) -> str:
    """What one layer says about a span: its answer, or its links."""
    if layer.kind == "relation":
        linked = _linked(mark, marked, focus, codebook)
        return ", ".join(f"{key} *{other.words}*" for key, other in linked if key in layer.by_name) or f"no {layer.name}"
    values = mark.answers.get(layer.name, (layer.default,) if layer.default else ())
    shown = names if layer.labels_from else {}  # a label may be called as somebody of the cast is
    return ", ".join(shown.get(value, f"`{value}`") for value in values) or (f"no {layer.name}" if not layer.for_each else "")


def focus_of(layer: Layer, codebook: Codebook) -> Layer:
    """The span layer that an example of a layer is about: its own, that of its answers, or where its links begin."""
    if layer.for_each:
        passes = next(one for one in codebook.passes if layer.name in one.layers)
        return next(one for one in codebook.layers_of(passes.name) if one.kind == "span")
    return codebook.by_name.get(layer.of or layer.head, layer)


def is_in(mark: Mark, layer: Layer) -> bool:
    """Whether a mark is a span of a layer."""
    return bool(mark.words) and (mark.name in layer.by_name or bool(layer.labels_from) and mark.name.startswith("@"))


def in_bold(marked: Marked, layer: Layer) -> str:
    """The text, with the spans of one layer in bold."""
    text = marked.text
    for mark in reversed([mark for mark in spans(marked) if is_in(mark, layer)]):
        text = f"{text[: mark.start]}**{mark.words}**{text[mark.end :]}"
    return text


def told_about(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook, names: Mapping[str, str], own: str = "") -> str:
    """A span's label, unless it is ``own``, what is answered about it, and what it is linked to."""
    words = {other.id: other.words for other in spans(marked)}
    asked = {one.name for one in codebook.attributes_of(layer.name)}
    said = [] if mark.name in (own, "") or mark.name.startswith("@") else [f"**{mark.words}** is `{mark.name}`"]
    for key, values in mark.answers.items():
        if key in asked:
            said.append(
                f"{key} {', '.join(named(value, names) if codebook.by_name[key].labels_from else value for value in values)}"
            )
        else:
            said.append(f"{key} of *{'*, *'.join(words.get(value, value) for value in values)}*")
    said += [f"{key} {other.words}" for key, other in _linked(mark, marked, layer, codebook)]
    return ", ".join(said)


def _linked(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook) -> Iterator[tuple[str, Mark]]:
    """The links from a span: those drawn to it, and those that attach themselves where it is the only one of its layer."""
    alone = sum(is_in(other, layer) for other in marked.marks) == 1
    for links in codebook.layers:
        far = codebook.by_name.get(links.tail)
        for other in spans(marked) if links.starts_on(layer.name) and far else ():
            drawn = {key: value for key, value in other.answers.items() if key in links.by_name and is_in(other, far)}
            yield from ((key, other) for key, value in drawn.items() if mark.id in value)
            if links.attach and alone and not drawn and is_in(other, far) and other.name.lower() in links.by_name:
                yield other.name.lower(), other


def named(slug: str, names: Mapping[str, str]) -> str:
    """An actor's name; a spare slot is called as on the page."""
    return names.get(slug) or slug.replace("new", "new actor ")


def _answers(marked: Marked, codebook: Codebook, names: Mapping[str, str]) -> Iterator[str]:
    """Answers about actors and about the text."""
    for mark in marked.marks:
        for key, values in () if mark.words else mark.answers.items():
            label = codebook.by_name[key].by_name.get(values[0])
            about = named(mark.name[1:], names)
            yield f"{about}: {label.show or label.name if label else values[0].replace('_', ' ')}"


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
