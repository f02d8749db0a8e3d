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


def example_line(example: Example, codebook: Codebook, names: Mapping[str, str]) -> str:
    """An example as one line of Markdown; ``names`` maps the cast's slugs to names."""
    marked, layer = parse(example.source), example.layer
    focus = focus_of(layer, codebook)
    marks = [mark for mark in marked.marks if is_in(mark, focus)]
    if focus is layer:
        label = example.label.name if example.label and len(marks) == 1 else ""
        remarks = [describe_mark(mark, marked, focus, codebook, names, label) for mark in marks]
    else:
        remarks = [_describe_in_layer(layer, mark, marked, focus, codebook, names) for mark in marks]
    remarks = [*filter(None, remarks), *_answers(marked, codebook, names)]
    caption = "; ".join(remarks) or ("" if marks else "nothing is marked")
    reason = marked.reason[:1].upper() + marked.reason[1:] + "." if marked.reason else ""
    return in_bold(marked, focus) + (f" — {caption}." if caption else "") + (f" *{reason}*" if reason else "")


def _describe_in_layer(
    layer: Layer, mark: Mark, marked: Marked, focus: Layer, codebook: Codebook, names: Mapping[str, str]
) -> str:
    """What one layer says about a span: its answer, or its links."""
    if layer.kind == "relation":
        links = _linked(mark, marked, focus, codebook)
        return ", ".join(f"{key} *{end.words}*" for key, end in links if key in layer.by_name) or f"no {layer.name}"
    values = mark.answers.get(layer.name, (layer.default,) if layer.default else ())
    actor_names = names if layer.labels_from else {}  # a label may have the name of an actor of the cast
    return ", ".join(actor_names.get(value, f"`{value}`") for value in values) or (
        f"no {layer.name}" if not layer.for_each else ""
    )


def focus_of(layer: Layer, codebook: Codebook) -> Layer:
    """The span layer that an example of a layer shows: the layer itself, or the one that it answers or links."""
    if layer.for_each:
        codebook_pass = next(item for item in codebook.passes if layer.name in item.layers)
        return next(item for item in codebook.layers_of(codebook_pass.name) if item.kind == "span")
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


def describe_mark(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook, names: Mapping[str, str], label: str = "") -> str:
    """The label of a span, unless it is ``label``, the answers about it, and its links."""
    words = {span.id: span.words for span in spans(marked)}
    attributes = {attribute.name for attribute in codebook.attributes_of(layer.name)}
    remarks = [] if mark.name in (label, "") or mark.name.startswith("@") else [f"**{mark.words}** is `{mark.name}`"]
    for key, values in mark.answers.items():
        if key in attributes:
            remarks.append(
                f"{key} {', '.join(named(value, names) if codebook.by_name[key].labels_from else value for value in values)}"
            )
        else:
            remarks.append(f"{key} of *{'*, *'.join(words.get(value, value) for value in values)}*")
    remarks += [f"{key} {end.words}" for key, end in _linked(mark, marked, layer, codebook)]
    return ", ".join(remarks)


def _linked(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook) -> Iterator[tuple[str, Mark]]:
    """The links of a span, each with its other end; the automatic ones only if it is the only span of its layer."""
    alone = sum(is_in(item, layer) for item in marked.marks) == 1
    for links in codebook.layers:
        tail_layer = codebook.by_name.get(links.tail)
        if tail_layer is None or not links.starts_on(layer.name):
            continue
        for end in spans(marked):
            if not is_in(end, tail_layer):
                continue
            drawn = {key: value for key, value in end.answers.items() if key in links.by_name}
            yield from ((key, end) for key, value in drawn.items() if mark.id in value)
            if links.attach and alone and not drawn and end.name.lower() in links.by_name:
                yield end.name.lower(), end


def named(slug: str, names: Mapping[str, str]) -> str:
    """The name of an actor; a spare slot has the name that the page shows."""
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
    """What the blocks are generated from."""

    codebook: Codebook
    cast: Registry
    trees: Mapping[str, Tree]
    worked: Sequence[Worked]

    def names(self) -> dict[str, str]:
        return {actor.slug: actor.name for actor in self.cast.actors}


def render(what: str, book: Book) -> str:
    """The block that a marker names; StandpointError if there is none."""
    name, *words = what.split()
    if name not in BLOCKS:
        raise StandpointError(f"the guide has no block {name!r}", f"there are {', '.join(sorted(BLOCKS))}")
    try:
        arguments = signature(BLOCKS[name]).bind(book, *words)
    except TypeError as error:
        raise StandpointError(f"the block {what!r}: {error}", "its words are listed in guidelines/README.md") from None
    try:
        return BLOCKS[name](*arguments.args)
    except (KeyError, StopIteration):
        raise StandpointError(
            f"the block {what!r} names something that does not exist", "name a layer, pass, tree or article"
        ) from None


def labels(book: Book, layer: str, group: str = "") -> str:
    """A section for each label: what it is and is not, roles, examples, what it is confused with."""
    labelled = book.codebook.by_name[layer]
    return "\n\n".join(_section(label, labelled, book) for label in labelled.labels if label.group == group or not group)


def layer(book: Book, name: str) -> str:
    """The definition of a layer, with the examples of the layer as a whole."""
    described = book.codebook.by_name[name]
    return "\n\n".join(filter(None, [described.definition.strip(), _examples(described, None, book)]))


def table(book: Book, layer: str, group: str = "") -> str:
    """Labels, keys and definitions."""
    labels = [label for label in book.codebook.by_name[layer].labels if label.group == group or not group]
    keys = any(label.hotkey for label in labels)
    names = [f"`{label.name}`" + (f" ({label.show})" if label.show else "") for label in labels]
    rows = [[name, *([f"`{label.hotkey}`"] if keys else []), label.definition] for name, label in zip(names, labels, strict=True)]
    return _table(["label", *(["key"] if keys else []), "what it is"], rows)


def keys(book: Book, pass_name: str) -> str:
    """All keys of a pass, one line per layer or group."""
    rows = []
    for item in book.codebook.layers_of(pass_name):
        if item.labels_from == ACTORS and item.hotkeys != "none" and not item.for_each:
            first, *last = (f"`{item.hotkeys}+{key}`" if item.hotkeys else f"`{key}`" for key in "190-=")
            rows.append([f"**{item.name}**", f"{first} … {', '.join(last)}: the actors in the order of the list"])
        for group, labels in groupby((label for label in item.labels if label.hotkey), key=lambda label: label.group):
            pressed = " · ".join(f"`{label.hotkey}` {label.show or label.name}" for label in labels)
            rows.append([f"**{group or item.name}**", pressed])
    return _table(["", "keys"], rows) if rows else "This pass has no keys of its own."


def tree(book: Book, name: str) -> str:
    """A decision tree, as a picture and as text."""
    decision_tree = book.trees[name]
    return f"![{decision_tree.title}](img/{decision_tree.name}.svg)\n\n{as_text(decision_tree)}"


def maps(book: Book, layer: str, *schemes: str) -> str:
    """The names of the labels in other schemes."""
    labels = book.codebook.by_name[layer].labels
    rows = [[f"`{label.name}`", *(_mapped(label.maps.get(scheme)) for scheme in schemes)] for label in labels]
    sources = "\n".join(f"- **{scheme}**: {book.codebook.sources_of_maps[scheme]}" for scheme in schemes)
    return f"{_table(['', *schemes], rows)}\n\n{sources}"


def text(book: Book, article: str) -> str:
    """The text of a worked article."""
    worked = next(item for item in book.worked if item.id == article)
    title, *rest = worked.text.split("\n\n")
    return "\n>\n".join([f"> **{title}**", *(f"> {part}" for part in rest)]) + f"\n\n*{worked.outlet}*"


def decisions(book: Book, article: str, pass_name: str) -> str:
    """Each mark of a worked article in one pass, in reading order, with its reason."""
    source = next(item for item in book.worked if item.id == article).passes[pass_name]
    marked = parse(source)
    rows = [[mark.words or "", _describe_decision(mark, marked, book, pass_name), mark.reason] for mark in marked.marks]
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
    headings = {POSITIVE: "Yes:", NEGATIVE: "No:"}
    lines = {kind: _example_lines(layer, label, kind, book) for kind in headings}
    return "\n\n".join("\n".join([headings[kind], "", *lines[kind]]) for kind in headings if lines[kind])


def _example_lines(layer: Layer, label: Label | None, kind: str, book: Book) -> list[str]:
    wanted = (item for item in examples(book.codebook) if (item.layer, item.label, item.kind) == (layer, label, kind))
    return [f"- {example_line(item, book.codebook, book.names())}" for item in wanted]


def _describe_decision(mark: Mark, marked: Marked, book: Book, pass_name: str) -> str:
    names, layers = book.names(), book.codebook.layers_of(pass_name)
    if not mark.words:
        answers = (f"{key}: {_label(book.codebook.by_name[key], values[0])}" for key, values in mark.answers.items())
        return ", ".join(filter(None, [named(mark.name[1:], names) if mark.name else "", *answers]))
    span_layer = next((item for item in layers if item.kind == "span" and is_in(mark, item)), layers[0])
    actor = named(mark.name[1:], names) if mark.name.startswith("@") else ""
    remarks = describe_mark(mark, marked, focus_of(span_layer, book.codebook), book.codebook, names, mark.name)
    return ", ".join(filter(None, [actor or f"`{mark.name}`", remarks]))


def _label(layer: Layer, name: str) -> str:
    label = layer.by_name.get(name)
    return label.show or label.name if label else name.replace("_", " ")


def _mapped(value: object) -> str:
    """A label's counterpart in another scheme, as short text."""
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
    """A Markdown table; bars are escaped, because a bar would end the cell."""
    head = head if first is None else [first, *head]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
