"""The examples of the codebook and the rulings, and the worked articles: marked-up text, and its marks as annotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple

from standpoint.codebook.name_forms import plurals
from standpoint.codebook.types import NEW, Codebook, Label, Layer
from standpoint.core.model import Annotation, Choice, Relation, Span, StandpointError, choice_id, relation_id
from standpoint.core.yaml_files import Strict, load_as, means

# Plain text; the beginning of a mark; the end of a mark; an answer; or a bracket that belongs to nothing.
PART = re.compile(r"(?P<plain>[^\[\]{}]+)|\[|\]\{(?P<what>[^{}]*)\}|\{(?P<about>[^{}]*)\}|[\]{}]")
ID = re.compile(r"[\w-]+")


class MarkError(ValueError):
    """Markup that cannot be read; the message is one line."""


class Mark(NamedTuple):
    """One mark. ``start`` and ``end`` are offsets in the plain text, which are equal for an answer."""

    start: int
    end: int
    words: str
    name: str  # a label or @slug; "" for an answer about the text
    id: str
    answers: dict[str, tuple[str, ...]]
    reason: str

    def is_in(self, layer: Layer) -> bool:
        """Whether the mark is a span of the layer."""
        return bool(self.words) and (self.name in layer.by_name or bool(layer.labels_from) and self.name.startswith("@"))


class Marked(NamedTuple):
    """A text without its marks, the marks in reading order, and the reason for the whole text."""

    text: str
    marks: tuple[Mark, ...]
    reason: str

    @property
    def spans(self) -> list[Mark]:
        """The marks that have words."""
        return [mark for mark in self.marks if mark.words]


def parse(source: str) -> Marked:
    """Read marked-up text (guidelines/README.md); MarkError where the markup is wrong."""
    body, reason = source.strip(), ""
    _, bar, last = body.rpartition("}")[2].rpartition(" | ")  # a bar outside all marks
    if bar:
        body, reason = body.removesuffix(bar + last), last.strip()
    plain, marks = "", []
    begun: list[tuple[re.Match[str], int]] = []  # the marks that have not ended: the bracket, and the offset in the plain text
    seen: Counter[str] = Counter()
    for part in PART.finditer(body):
        if part["plain"]:
            plain += part["plain"]
        elif part.group() == "[":
            begun.append((part, len(plain)))
        elif part["about"] is not None:
            plain = plain.removesuffix(" ")
            marks.append(_mark(len(plain), "", part["about"]))
        elif part["what"] is not None and begun and begun[-1][1] < len(plain):
            _, start = begun.pop()
            mark = _mark(start, plain[start:], part["what"])
            seen[mark.id] += 1
            marks.append(mark._replace(id=f"{mark.id}-{seen[mark.id]}") if seen[mark.id] > 1 else mark)
        else:
            begun.append((part, len(plain)))
            break
    if begun:
        stray, _ = begun[-1]
        raise MarkError(f"{stray.group()!r} that is part of no mark: …{body[max(stray.start() - 20, 0) : stray.end() + 20]}…")
    return Marked(plain, tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end))), reason)


def _mark(start: int, words: str, content: str) -> Mark:
    fields, _, reason = content.partition("|")
    name, identity, answers = "", "", {}
    for number, part in enumerate(fields.split()):
        key, equals, value = part.partition("=")
        if equals and key and value:
            answers[key] = tuple(value.split(","))
        elif part.startswith("#") and ID.fullmatch(part[1:]):
            identity = part[1:]
        elif number == 0 and not equals:
            name = part
        else:
            raise MarkError(f"{part!r} in {{{content}}}, should be key=value or #id")
    if words and not name:
        raise MarkError(f"[{words}] has no label")
    if words != words.strip():
        raise MarkError(f"[{words}] begins or ends with a blank")
    identity = identity or "-".join(re.findall(r"\w+", words.lower()))
    return Mark(start, start + len(words), words, name, identity, answers, reason.strip())


POSITIVE, NEGATIVE = "positive", "negative"
ENOUGH = 4  # positive, and negative, examples of each label or layer that has examples
ENOUGH_OF_RULING = 2


class Example(NamedTuple):
    """One example of a label, or of a whole layer (``label`` is None). ``where`` is its path in the codebook."""

    where: str
    layer: Layer
    label: Label | None
    kind: str
    source: str


class Ruling(Strict, frozen=True):
    """The answer to a hard question."""

    name: Annotated[str, means("the name of the ruling, for its block `ruling NAME`")]
    page: Annotated[str, means("the page of the guidelines that shows it")]
    question: Annotated[str, means("the question, as an annotator would ask it")]
    rule: Annotated[str, means("the answer")]
    positive: Annotated[tuple[str, ...], means("two or more examples of what to do, marked up")]
    negative: Annotated[tuple[str, ...], means("two or more examples of what to leave")]
    layer: Annotated[str, means("the layer whose marks the examples show; without it, the first span layer that has labels")] = ""


def examples(codebook: Codebook, rulings: Iterable[Ruling] = ()) -> Iterator[Example]:
    """Every example of a codebook, in its order, and of the rulings."""
    for layer in codebook.layers:
        for label in (None, *layer.labels):
            name = f"{layer.name}.{label.name}" if label else layer.name
            yield from _examples_of(label or layer, name, layer, label)
    for ruling in rulings:
        yield from ruling_examples(ruling, codebook)


def ruling_examples(ruling: Ruling, codebook: Codebook) -> Iterator[Example]:
    """The examples of a ruling, as examples of its whole layer."""
    return _examples_of(ruling, f"ruling {ruling.name}", codebook.by_name[ruled_layer(ruling, codebook)], None)


def ruled_layer(ruling: Ruling, codebook: Codebook) -> str:
    """The layer whose marks the examples of a ruling show."""
    return ruling.layer or next((layer.name for layer in codebook.layers if layer.kind == "span" and layer.labels), "")


def _examples_of(owner: Layer | Label | Ruling, name: str, layer: Layer, label: Label | None) -> Iterator[Example]:
    for kind, sources in ((POSITIVE, owner.positive), (NEGATIVE, owner.negative)):
        for number, source in enumerate(sources):
            yield Example(f"{name} {kind}[{number}]", layer, label, kind, source)


def annotations_of(marked: Marked, pass_name: str, codebook: Codebook, cast: Mapping[str, str]) -> list[Annotation]:
    """The marks as annotations; ``cast`` maps slugs to actor ids. MarkError for a mark that is not possible."""
    layers = codebook.layers_of(pass_name)
    annotations: list[Annotation] = []
    for mark in marked.marks:
        annotations += _of_span(mark, layers, cast) if mark.words else _of_answer(mark, layers, cast)
    return annotations


def _of_span(mark: Mark, layers: tuple[Layer, ...], cast: Mapping[str, str]) -> Iterator[Annotation]:
    layer = next((candidate for candidate in layers if candidate.kind == "span" and mark.is_in(candidate)), None)
    if layer is None:
        raise MarkError(f"[{mark.words}] has the label {mark.name!r}, which no span layer of this pass has")
    label = _actor(mark.name[1:], cast) if mark.name.startswith("@") else mark.name
    yield Span(id=mark.id, layer=layer.name, label=label, start=mark.start, end=mark.end, quote=mark.words)
    for key, values in mark.answers.items():
        question = next((candidate for candidate in layers if candidate.name == key and candidate.of == layer.name), None)
        link = next((candidate for candidate in layers if candidate.ends_on(layer.name) and key in candidate.by_name), None)
        for value in values:
            if question:
                answer = _actor(value, cast) if question.labels_from else value
                yield Choice(id=choice_id(mark.id, key, answer, question.multiple), layer=key, label=answer, of=mark.id)
            elif link:
                identity = relation_id(value, link.name, key, mark.id)
                yield Relation(id=identity, layer=link.name, label=key, head=value, tail=mark.id)
            else:
                raise MarkError(f"[{mark.words}] has {key}=, which no layer asks about a span of {layer.name}")


def _of_answer(mark: Mark, layers: tuple[Layer, ...], cast: Mapping[str, str]) -> Iterator[Annotation]:
    of = _actor(mark.name[1:], cast) if mark.name.startswith("@") else ""
    if mark.name and not of:
        raise MarkError(f"{{{mark.name} …}} is about an actor: @slug")
    asked = {layer.name: layer for layer in layers if bool(layer.for_each) == bool(of) and not layer.of}
    for key, (value, *_) in mark.answers.items():
        if key not in asked:
            raise MarkError(f"{{{mark.name} {key}={value}}} answers no layer of this pass")
        label = value.replace("_", " ") if asked[key].kind == "text" else value
        yield Choice(id=choice_id(of, key, label, multiple=False), layer=key, label=label, of=of)


def _actor(slug: str, cast: Mapping[str, str]) -> str:
    if slug.startswith("new") and slug[3:].isdecimal():
        return f"{NEW}{slug[3:]}"
    if slug not in cast:
        raise MarkError(f"@{slug} is not in the cast")
    return cast[slug]


class RulingFile(Strict, frozen=True):
    """``guidelines/rulings.yaml``."""

    rulings: Annotated[tuple[Ruling, ...], means("the rulings")]


def load_rulings(path: Path, codebook: Codebook) -> dict[str, Ruling]:
    """The rulings by name, none if there is no file; StandpointError if a name or question is repeated, or a layer not known."""
    rulings = load_as(path, RulingFile, "ruling").rulings if path.exists() else ()
    for number, ruling in enumerate(rulings):
        if any(ruling.name == other.name or ruling.question == other.question for other in rulings[:number]):
            raise StandpointError(f"{path}: {ruling.name}: another ruling has this name or question", "each ruling has its own")
        if ruled_layer(ruling, codebook) not in codebook.by_name:
            raise StandpointError(
                f"{path}: {ruling.name}: no layer is called {ruling.layer!r}", f"there are {', '.join(codebook.by_name)}"
            )
    return {ruling.name: ruling for ruling in rulings}


def problems(codebook: Codebook, rulings: Sequence[Ruling] = ()) -> Iterator[tuple[str, str]]:
    """The problems of the examples, as (where, problem): unreadable, too few, repeated, without their label, and so on."""
    seen: dict[str, str] = {}
    for example in examples(codebook, rulings):
        try:
            marked = parse(example.source)
        except MarkError as error:
            yield example.where, str(error)
            continue
        if example.where != seen.setdefault(marked.text, example.where):
            yield example.where, f"repeats {seen[marked.text]}"
        labels = _labels_in(example.layer, marked, codebook)
        has_label = example.label.name in labels if example.label else bool(labels)
        if example.kind == POSITIVE and not has_label:
            yield example.where, "has no mark of its label or layer"
        if example.kind == NEGATIVE and example.label and has_label:
            yield example.where, f"is marked {example.label.name}"
        if example.kind == NEGATIVE and not labels and not marked.reason:
            yield example.where, "has neither another label nor, after a bar, a reason"
    for layer in codebook.layers:
        for label in layer.labels:
            for item in label.confused:
                if item.label not in layer.by_name or item.label == label.name:
                    yield f"{layer.name} {label.name}.confused", f"{item.label!r} is not another label of the layer"
        owners: tuple[Layer | Label, ...] = (layer, *layer.labels)
        for owner in owners:
            positive, negative = len(owner.positive), len(owner.negative)
            if (positive or negative) and min(positive, negative) < ENOUGH:
                problem = f"has {positive} positive and {negative} negative examples, should have {ENOUGH}"
                yield f"{layer.name} {owner.name}", problem
    for ruling in rulings:
        if min(map(len, (ruling.positive, ruling.negative))) < ENOUGH_OF_RULING:
            yield f"ruling {ruling.name}", f"should have {ENOUGH_OF_RULING} positive and {ENOUGH_OF_RULING} negative examples"


def _labels_in(layer: Layer, marked: Marked, codebook: Codebook) -> list[str]:
    """The labels or actors of the marks in a layer. A missing answer is the layer's default."""
    if layer.kind == "span":
        return [mark.name for mark in marked.marks if mark.is_in(layer)]
    if layer.kind == "relation":
        ends = [mark for mark in marked.spans if layer.tail in codebook.by_name and mark.is_in(codebook.by_name[layer.tail])]
        return [key for mark in ends for key in links_to(mark, layer)]
    asked = codebook.by_name[layer.of].by_name if layer.of else {}
    about = [mark for mark in marked.marks if layer.name in mark.answers or mark.name in asked]
    return [value for mark in about for value in mark.answers.get(layer.name, (layer.default,)) if value]


def links_to(end: Mark, layer: Layer) -> list[str]:
    """The labels of the links to a mark: of the drawn links, or of the automatic link, which is named after the mark."""
    drawn = [key for key in end.answers if key in layer.by_name]
    return drawn or [label for label in [end.name.lower()] if layer.attach and label in layer.by_name]


class Worked(Strict, frozen=True):
    """One article. ``passes`` maps a pass to the marked-up text, headline first, a blank line between paragraphs."""

    id: Annotated[str, means("an id for blocks: `text ID`")]
    outlet: Annotated[str, means("the name of the outlet")]
    passes: Annotated[
        dict[str, str], means("for each pass, the marked-up text: the headline first, a blank line between paragraphs")
    ]

    @cached_property
    def text(self) -> str:
        """The text of the first pass without its marks; MarkError if it cannot be read."""
        return parse(next(iter(self.passes.values()))).text


class WorkedFile(Strict, frozen=True):
    """``guidelines/worked.yaml``."""

    articles: Annotated[tuple[Worked, ...], means("the articles")]


def load_worked(path: Path, codebook: Codebook) -> tuple[Worked, ...]:
    """The worked articles at ``path``, none if there is no file; StandpointError at the first mistake."""
    articles = load_as(path, WorkedFile, "worked article").articles if path.exists() else ()
    for number, article in enumerate(articles):
        unknown = sorted(article.passes.keys() - codebook.pass_by_name.keys())
        if unknown or not article.passes:
            names = ", ".join(unknown) or "nothing"
            raise StandpointError(
                f"{path}: articles[{number}].passes: {names} is no pass of the codebook",
                f"there are {', '.join(codebook.pass_by_name)}",
            )
    return articles


LONGEST = 3  # words of a phrase that an example marks
Phrase = tuple[str, ...]


def phrases_of(label: Label) -> Iterator[Phrase]:
    """The phrases of a label, in lower case: those that its examples mark first."""
    yield from marked_phrases(label)
    for entry in label.lexicon:
        yield from inflected(entry)


def inflected(entry: str) -> Iterator[Phrase]:
    """The phrases with the forms of the first word of an entry (drives out) and of its last word (air raids)."""
    words = tuple(entry.lower().split())
    for at in {0, len(words) - 1} if words else ():
        yield from ((*words[:at], form, *words[at + 1 :]) for form in forms_of(words[at]))


def forms_of(lemma: str) -> set[str]:
    """The regular forms of a verb or noun: capture, captures, captured, capturing."""
    stem = lemma.removesuffix("e")
    doubled = lemma + lemma[-1]
    past = {f"{lemma}d"} if lemma.endswith("e") else {f"{lemma}ed", f"{doubled}ed", f"{doubled}ing"}
    if lemma.endswith("y"):
        past |= {f"{lemma[:-1]}ied"}
    return {lemma, f"{stem}ing", f"{lemma}ing", *past, str(plurals().plural(lemma))}


def parsed_examples(label: Label) -> Iterator[Marked]:
    """The positive examples of a label. The examples of another codebook may be plain sentences, which are left out."""
    for source in label.positive:
        with suppress(MarkError):
            yield parse(source)


def marked_phrases(label: Label) -> Iterator[Phrase]:
    """The phrases of at most ``LONGEST`` words that the examples of a label mark with it."""
    for marked in parsed_examples(label):
        for mark in marked.marks:
            phrase = tuple(mark.words.lower().split())
            if mark.name == label.name and 0 < len(phrase) <= LONGEST:
                yield phrase
