"""An example as a reader of the guide sees it: the sentence with what matters in bold, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from standpoint.codebook.examples import Example
from standpoint.codebook.markup import Mark, Marked, parse, spans
from standpoint.codebook.types import Codebook, Layer


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
