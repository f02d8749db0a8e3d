"""The generated blocks of the guide. The functions in ``BLOCKS`` are the blocks; a marker on a page names one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from itertools import groupby

from standpoint.codebook.examples import (
    NEGATIVE,
    POSITIVE,
    Example,
    Mark,
    Marked,
    Ruling,
    Worked,
    examples,
    links_to,
    parse,
    ruling_examples,
)
from standpoint.codebook.hotkeys import keys_of
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, Codebook, Label, Layer
from standpoint.core.model import StandpointError
from standpoint.guide.site import Tree, as_text


def example_line(example: Example, codebook: Codebook, names: dict[str, str]) -> str:
    """An example as one line of Markdown; ``names`` maps the cast's slugs to names."""
    marked, layer = parse(example.source), example.layer
    focus = focus_of(layer, codebook)
    marks = [mark for mark in marked.marks if mark.is_in(focus)]
    if focus is layer:
        label = example.label.name if example.label and len(marks) == 1 else ""
        remarks = [describe_mark(mark, marked, focus, codebook, names, label) for mark in marks]
    else:
        remarks = [_describe_in_layer(layer, mark, marked, focus, codebook, names) for mark in marks]
    for mark in marked.marks:  # answers about actors and about the text
        for key, values in () if mark.words else mark.answers.items():
            remarks.append(f"{named(mark.name[1:], names)}: {_label(codebook.by_name[key], values[0])}")
    text = marked.text
    for at in sorted((at for mark in marks for at in (mark.start, mark.end)), reverse=True):
        text = f"{text[:at]}**{text[at:]}"
    caption = "; ".join(filter(None, remarks)) or ("" if marks else "nothing is marked")
    reason = marked.reason[:1].upper() + marked.reason[1:] + "." if marked.reason else ""
    return text + (f" — {caption}." if caption else "") + (f" *{reason}*" if reason else "")


def _describe_in_layer(layer: Layer, mark: Mark, marked: Marked, focus: Layer, codebook: Codebook, names: dict[str, str]) -> str:
    """The answer or the links of a span in one layer."""
    if layer.kind == "relation":
        links = _linked(mark, marked, focus, codebook)
        remarks = [f"{key} *{end.words}*" for key, end in links if key in layer.by_name]
    else:
        values = mark.answers.get(layer.name, (layer.default,) if layer.default else ())
        actor_names = names if layer.labels_from else {}  # a label may have the same name as an actor of the cast
        remarks = [actor_names.get(value, f"`{value}`") for value in values]
    return ", ".join(remarks) or ("" if layer.for_each else f"no {layer.name}")


def focus_of(layer: Layer, codebook: Codebook) -> Layer:
    """The span layer that an example of a layer shows: the layer itself, or the layer of the spans that it is about."""
    if layer.for_each:
        return next(item for item in codebook.layers_of(codebook.pass_of(layer).name) if item.kind == "span")
    return codebook.by_name.get(layer.of or layer.head, layer)


def describe_mark(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook, names: Mapping[str, str], label: str = "") -> str:
    """The label of a span, unless it is ``label``, the answers about it, and its links."""
    words = {span.id: span.words for span in marked.spans}
    attributes = {attribute.name: attribute for attribute in codebook.attributes_of(layer.name)}
    known_as = named(mark.name[1:], names) if mark.name.startswith("@") else f"`{mark.name}`"
    remarks = [] if mark.name in (label, "") or known_as == mark.words else [f"**{mark.words}** is {known_as}"]
    for key, values in mark.answers.items():
        if key not in attributes:
            remarks.append(f"{key} of {', '.join(f'*{words.get(value, value)}*' for value in values)}")
        else:
            shown = [named(value, names) for value in values] if attributes[key].labels_from else values
            remarks.append(f"{key} {', '.join(shown)}")
    remarks += [f"{key} {end.words}" for key, end in _linked(mark, marked, layer, codebook)]
    return ", ".join(remarks)


def _linked(mark: Mark, marked: Marked, layer: Layer, codebook: Codebook) -> Iterator[tuple[str, Mark]]:
    """The links of a span, each with its other end. It has automatic links only if it is the only span of its layer."""
    alone = sum(item.is_in(layer) for item in marked.marks) == 1
    for link in codebook.layers:
        tail_layer = codebook.by_name.get(link.tail)
        if tail_layer is None or not link.starts_on(layer.name):
            continue
        for end in marked.spans:
            for key in links_to(end, link) if end.is_in(tail_layer) else ():
                if mark.id in end.answers.get(key, ()) or (alone and key not in end.answers):
                    yield key, end


def named(slug: str, names: Mapping[str, str]) -> str:
    """The name of an actor. A spare slot has the name that the page shows."""
    return names.get(slug) or slug.replace("new", "new actor ")


@dataclass(frozen=True)
class Book:
    """The sources of the blocks."""

    codebook: Codebook
    cast: Registry
    trees: Mapping[str, Tree]
    worked: Sequence[Worked]
    rulings: Mapping[str, Ruling] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        return {actor.slug: actor.name for actor in self.cast.actors}


def render(marker: str, book: Book) -> str:
    """The block that a marker names; StandpointError if there is none."""
    name, *words = marker.split()
    if name not in BLOCKS:
        raise StandpointError(f"the guide has no block {name!r}", f"there are {', '.join(sorted(BLOCKS))}")
    try:
        (form := signature(BLOCKS[name])).bind(book, *words)
    except TypeError as error:
        raise StandpointError(
            f"the block {marker!r}: {error}", f"it has: {' '.join([name, *list(form.parameters)[1:]])}"
        ) from None
    try:
        return BLOCKS[name](book, *words)
    except (KeyError, StopIteration):
        problem = f"the block {marker!r} names something that does not exist"
        raise StandpointError(problem, "name a layer, pass, tree, article or ruling") from None


def labels(book: Book, layer: str, group: str = "") -> str:
    """A section for each label: definition, exclusion, roles, examples, the labels with which it is confused."""
    labelled = book.codebook.by_name[layer]
    return "\n\n".join(_section(label, labelled, book) for label in labelled.labels if group in ("", label.group))


def layer(book: Book, name: str) -> str:
    """The definition and the examples of a layer."""
    described = book.codebook.by_name[name]
    return "\n\n".join(filter(None, [described.definition.strip(), _examples(described, None, book)]))


def table(book: Book, layer: str, group: str = "") -> str:
    """Labels, keys and definitions."""
    pressed = keys_of(book.codebook.by_name[layer], book.codebook)
    labels = [label for label in book.codebook.by_name[layer].labels if group in ("", label.group)]
    names = [f"`{label.name}`" + (f" ({label.show})" if label.show else "") for label in labels]
    definitions = [label.definition for label in labels]
    if not any(pressed[label.name] for label in labels):
        return _table(["label", "what it is"], zip(names, definitions, strict=True))
    shown = (f"`{pressed[label.name]}`" if pressed[label.name] else "" for label in labels)
    return _table(["label", "key", "what it is"], zip(names, shown, definitions, strict=True))


def keys(book: Book, pass_name: str) -> str:
    """All keys of a pass, one line per layer or group."""
    rows = []
    for item in book.codebook.layers_of(pass_name):
        if item.labels_from == ACTORS and item.hotkeys != "none" and not item.for_each:
            first, *last = (f"`{item.hotkeys}+{key}`" if item.hotkeys else f"`{key}`" for key in "190-=")
            rows.append([f"**{item.name}**", f"{first} … {', '.join(last)}: the actors in the order of the list"])
        own = keys_of(item, book.codebook)
        for group, labels in groupby((label for label in item.labels if own[label.name]), key=lambda label: label.group):
            pressed = " · ".join(f"`{own[label.name]}` {label.show or label.name}" for label in labels)
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


def crosswalk(book: Book, name: str) -> str:
    """What the labels of a published dataset are here, and what is lost."""
    found = next((one for one in book.codebook.crosswalks if one.name == name), None)
    if found is None:
        raise StandpointError(f"the codebook has no crosswalk {name!r}", "`crosswalks` in codebook.yaml has them")
    rows = []
    for rule in found.rules:
        conditions = [
            f"{slot}: {' or '.join((values,) if isinstance(values, str) else values)}" for slot, values in rule.when.items()
        ]
        conditions += [f"the words {', '.join(rule.words)}"] if rule.words else []
        theirs = f"{rule.slot}: {rule.value}" if rule.value else rule.slot
        ours = " or ".join(f"`{written}`" for written in ((rule.ours,) if isinstance(rule.ours, str) else rule.ours))
        role = f"`{rule.role}`{f', marked `{rule.mark}`' if rule.mark else ''}" if rule.role else ""
        ours = f"{ours}, its {role}" if ours and role else ours or role or "–"
        rows.append([theirs + (f" (if {'; '.join(conditions)})" if conditions else ""), ours, rule.loss])
    about = f"{found.title}. {found.source}. Licence of the labels: {found.licence}."
    least = f" Annotations with a confidence below {found.least:g} are left out." if found.least else ""
    complete = ", ".join(f"`{name}`" for name in found.complete)
    compared = f"All spans are marked in {complete}." if complete else "In no layer are all spans marked: spans are not compared."
    return f"{about}{least} {compared}\n\n{_table(['theirs', 'ours', 'what is lost'], rows)}"


def text(book: Book, article: str) -> str:
    """The text of a worked article."""
    worked = next(item for item in book.worked if item.id == article)
    title, *rest = worked.text.split("\n\n")
    return "\n>\n".join([f"> **{title}**", *(f"> {part}" for part in rest)]) + f"\n\n*{worked.outlet}*"


def decisions(book: Book, article: str, pass_name: str) -> str:
    """Each mark of a worked article in one pass, in reading order, with its reason."""
    marked = parse(next(item for item in book.worked if item.id == article).passes[pass_name])
    rows = [
        [str(number), mark.words, _describe_decision(mark, marked, book, pass_name), mark.reason]
        for number, mark in enumerate(marked.marks, 1)
    ]
    return _table(["#", "words", "reading", "reason"], rows)


def ruling(book: Book, name: str) -> str:
    """The answer to a hard question: its rule and its examples."""
    ruled = book.rulings[name]
    return "\n\n".join([f"### {ruled.question}", ruled.rule.strip(), _listed(ruling_examples(ruled, book.codebook), book)])


def questions(book: Book) -> str:
    """Links to all rulings."""
    return "\n".join(f"- [{item.question}]({item.page}.md#{_anchor(item.question)})" for item in book.rulings.values())


def _anchor(heading: str) -> str:
    """The anchor that GitHub and the built site give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


BLOCKS = {
    block.__name__: block for block in (labels, layer, table, keys, tree, maps, crosswalk, text, decisions, ruling, questions)
}


def _section(label: Label, layer: Layer, book: Book) -> str:
    pressed = keys_of(layer, book.codebook)[label.name]
    key = f" Key `{pressed}`." if pressed else ""
    shown_as = f" On the page: *{label.show}*." if label.show else ""
    roles = (f"{role}: {filler}" if role != filler else role for role, filler in label.roles.items())
    points = {
        "Clarification": label.clarification,
        "Exclusion": label.exclusion,
        "Roles": " · ".join(roles),
        "Words": ", ".join(label.lexicon),
    }
    confused = [[f"`{item.label}`", item.test] for item in label.confused]
    parts = [
        f"### {label.name}",
        f"**{label.definition}**{shown_as}{key}",
        "\n".join(f"- *{name}*: {text}" for name, text in points.items() if text),
        _examples(layer, label, book),
        _table(["confused with", "the test"], confused) if confused else "",
    ]
    return "\n\n".join(filter(None, parts))


def _examples(layer: Layer, label: Label | None, book: Book) -> str:
    return _listed((item for item in examples(book.codebook) if (item.layer, item.label) == (layer, label)), book)


def _listed(wanted: Iterable[Example], book: Book) -> str:
    """The positive and the negative examples, as two lists."""
    parts, wanted = [], list(wanted)
    for kind, heading in ((POSITIVE, "Yes:"), (NEGATIVE, "No:")):
        of_kind = (item for item in wanted if item.kind == kind)
        if lines := [f"- {example_line(item, book.codebook, book.names())}" for item in of_kind]:
            parts.append("\n".join([heading, "", *lines]))
    return "\n\n".join(parts)


def _describe_decision(mark: Mark, marked: Marked, book: Book, pass_name: str) -> str:
    codebook, names, layers = book.codebook, book.names(), book.codebook.layers_of(pass_name)
    actor = named(mark.name[1:], names) if mark.name.startswith("@") else ""
    if not mark.words:
        answers = [f"{key}: {_label(codebook.by_name[key], values[0])}" for key, values in mark.answers.items()]
        return ", ".join(filter(None, [actor, *answers]))
    span_layer = next((item for item in layers if item.kind == "span" and mark.is_in(item)), layers[0])
    remarks = describe_mark(mark, marked, focus_of(span_layer, codebook), codebook, names, mark.name)
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
        fields: dict = item if isinstance(item, dict) else {"name": item}
        parts = [str(part) for key, part in fields.items() if key not in ("when", "context", "note") and part]
        when = ", ".join(word for word in fields.get("when", ()) if word != "default")
        if parts:
            names.append(": ".join(parts) + (f" ({when})" if when else ""))
    return "; ".join(names) or "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. Bars are escaped, because a bar would end the cell."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
