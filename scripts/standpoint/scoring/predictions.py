"""Predictions are read strictly: by offsets only, every fault is an Issue with its line, and none is dropped in silence.

JSON Lines. The first line says what made them: {"system": "…", "seed": 1, "single_model": true}; then one line an article:

    {"article_id": "…", "annotations": [
      {"type": "span", "id": "s1", "layer": "events", "label": "strike.air", "start": 10, "end": 17},
      {"type": "choice", "layer": "status", "label": "denied", "of": "s1"},
      {"type": "choice", "layer": "stance", "label": "negative", "of": "act-000001", "scores": {"negative": 0.8, "neutral": 0.2}},
      {"type": "relation", "layer": "role", "label": "place", "head": "s1", "tail": "s2"}]}

Offsets are Unicode code points into the article's text, half-open. ``quote`` is optional, and verified where it is given.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isclose
from pathlib import Path

import msgspec
from msgspec import Struct

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Annotation, Choice, Issue, Relation, Span, StandpointError
from standpoint.scoring.doc import Doc, System


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping in which an unknown key is an error."""


class PredictedSpan(_Strict, tag_field="type", tag="span"):
    """A span as a system gives it."""

    id: str
    layer: str
    label: str
    start: int
    end: int
    quote: str | None = None


class PredictedChoice(_Strict, tag_field="type", tag="choice"):
    """An answer; ``scores`` are the probabilities of labels, where a system gives them."""

    layer: str
    label: str
    of: str = ""
    id: str = ""
    scores: dict[str, float] = {}


class PredictedRelation(_Strict, tag_field="type", tag="relation"):
    """A link between two predicted spans."""

    layer: str
    label: str
    head: str
    tail: str
    id: str = ""


Predicted = PredictedSpan | PredictedChoice | PredictedRelation
KINDS = {"span": PredictedSpan, "choice": PredictedChoice, "text": PredictedChoice, "relation": PredictedRelation}


class Line(_Strict):
    """The predictions of one article."""

    article_id: str
    annotations: list[Predicted] = []


def read_predictions(path: Path, gold: Mapping[str, Doc], codebook: Codebook) -> tuple[System, dict[str, Doc], list[Issue]]:
    """What made the predictions, the predictions by article, and all that is wrong with them.

    An article without predictions is a note (PRED-MISSING), and counts as one of which nothing was predicted.
    """
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        raise StandpointError(f"{path}: empty", "its first line says what made the predictions; docs/scoring.md shows one")
    system = _system(path, first[1])
    found: dict[str, Doc] = {}
    issues: list[Issue] = []
    for number, line in lines:
        issues += _take(f"{path.name}:{number}", line, gold, codebook, found)
    missing = [name for name in gold if name not in found]
    issues += [
        Issue(name, "PRED-MISSING", "there is no line for it; it counts as one without predictions", "note") for name in missing
    ]
    return system, found, issues


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except (OSError, EOFError) as error:
        raise StandpointError(f"{path}: not readable: {getattr(error, 'strerror', None) or error}") from None


def _system(path: Path, line: bytes) -> System:
    try:
        return msgspec.json.decode(line, type=System)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = 'the first line should be like {"system": "my tagger", "seed": 1, "single_model": true}'
        raise StandpointError(f"{path}:1: PRED-SYSTEM {error}", hint) from None


def _take(where: str, line: bytes, gold: Mapping[str, Doc], codebook: Codebook, found: dict[str, Doc]) -> Iterator[Issue]:
    try:
        said = msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        yield Issue(where, "PRED-LINE", f"{error}; a span has start and end, and strings alone are not taken")
        return
    where = f"{where} {said.article_id}"
    if said.article_id not in gold:
        yield Issue(where, "PRED-ARTICLE", "is no article of the gold")
        return
    if said.article_id in found:
        yield Issue(where, "PRED-TWICE", "has a line already")
        return
    right = gold[said.article_id]
    issues = [Issue(f"{where} {place}".rstrip(), code, what) for place, code, what in _faults(said.annotations, right, codebook)]
    yield from issues
    kept = _in_window(said.annotations if not issues else [], right)
    if not issues and len(kept) < len(said.annotations):
        what = f"{len(said.annotations) - len(kept)} prediction(s) after the annotation window ({right.until}) are not scored"
        yield Issue(where, "PRED-WINDOW", what, "note")
    found[said.article_id] = doc_of(kept, right)


def _in_window(items: Sequence[Predicted], article: Doc) -> list[Predicted]:
    """What lies in the annotation window, or hangs on what does."""
    late = {item.id for item in items if isinstance(item, PredictedSpan) and article.until and item.end > article.until}
    return [item for item in items if not late & {getattr(item, name, "") for name in ("id", "of", "head", "tail")}]


def doc_of(items: Iterable[Predicted], article: Doc) -> Doc:
    """What a system says of an article, of which the group, length and text are known."""
    annotations, soft = [], {}
    for number, item in enumerate(items):
        annotations.append(_noun(item, number))
        if isinstance(item, PredictedChoice) and item.scores:
            soft.setdefault(item.layer, {})[item.of] = item.scores
    return Doc(article.article_id, article.group, article.length, article.text, tuple(annotations), soft)


def _noun(item: Predicted, number: int) -> Annotation:
    if isinstance(item, PredictedSpan):
        return Span(id=item.id, layer=item.layer, label=item.label, start=item.start, end=item.end, quote=item.quote or "")
    if isinstance(item, PredictedChoice):
        return Choice(id=item.id or f"c{number}", layer=item.layer, label=item.label, of=item.of)
    return Relation(id=item.id or f"r{number}", layer=item.layer, label=item.label, head=item.head, tail=item.tail)


def _faults(items: Iterable[Predicted], article: Doc, codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Where, code and words of each fault in one article's predictions."""
    items = list(items)
    spans = {item.id: item for item in items if isinstance(item, PredictedSpan)}
    for item in items:
        layer = codebook.by_name.get(item.layer)
        if layer is None or not isinstance(item, KINDS[layer.kind]):
            kind = type(item).__name__.removeprefix("Predicted").lower()
            yield (
                item.id,
                "PRED-LAYER",
                f"no layer of {kind}s is called {item.layer!r}, should be one of {', '.join(codebook.by_name)}",
            )
            continue
        if layer.labels and item.label not in layer.by_name:
            yield item.id, "PRED-LABEL", f"layer {layer.name} has no label {item.label!r}"
        if isinstance(item, PredictedSpan):
            yield from _span_faults(item, article)
        elif isinstance(item, PredictedChoice):
            yield from _choice_faults(item, layer, spans)
        else:
            yield from _link_faults(item, layer, spans)
    yield from _twice(items, codebook)


def _span_faults(item: PredictedSpan, article: Doc) -> Iterator[tuple[str, str, str]]:
    if not 0 <= item.start < item.end <= article.length:
        yield item.id, "PRED-RANGE", f"[{item.start}, {item.end}) does not lie in the text of {article.length} characters"
    elif item.quote is not None and article.text is not None and article.text[item.start : item.end] != item.quote:
        there = article.text[item.start : item.end]
        yield item.id, "PRED-QUOTE", f"[{item.start}, {item.end}) is {there!r}, and not {item.quote!r}: offsets are code points"


def _choice_faults(item: PredictedChoice, layer: Layer, spans: Mapping[str, PredictedSpan]) -> Iterator[tuple[str, str, str]]:
    if layer.of and (item.of not in spans or spans[item.of].layer != layer.of):
        yield item.id, "PRED-OF", f"{layer.name} of {item.of!r}, should be of a span of {layer.of} in this line"
    elif not layer.of and bool(item.of) != bool(layer.for_each):
        yield (
            item.id,
            "PRED-OF",
            f"{layer.name} of {item.of!r}, should be of {'an actor' if layer.for_each else 'the article: empty'}",
        )
    wrong = [label for label in item.scores if layer.labels and label not in layer.by_name]
    if (
        wrong
        or (item.scores and not isclose(sum(item.scores.values()), 1.0, abs_tol=1e-3))
        or min(item.scores.values(), default=0) < 0
    ):
        yield item.id, "PRED-SCORES", f"scores {dict(item.scores)}, should be shares of labels of {layer.name} that sum to 1"


def _link_faults(item: PredictedRelation, layer: Layer, spans: Mapping[str, PredictedSpan]) -> Iterator[tuple[str, str, str]]:
    head, tail = spans.get(item.head), spans.get(item.tail)
    if head is None or tail is None:
        yield item.id, "PRED-DANGLING", f"{item.head!r} to {item.tail!r}: one of them is no span of this line"
    elif not (layer.starts_on(head.layer) and layer.ends_on(tail.layer)):
        yield item.id, "PRED-ENDS", f"{layer.name} from {head.layer} to {tail.layer}, should be from {layer.head} to {layer.tail}"


def _twice(items: Iterable[Predicted], codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """What is said twice: it would count twice, or be dropped in silence."""
    said = Counter(_content(item, codebook) for item in items)
    names = Counter(item.id for item in items if isinstance(item, PredictedSpan))
    yield from (
        ("", "PRED-DUPLICATE", f"{' '.join(map(str, what))} is there {count} times") for what, count in said.items() if count > 1
    )
    yield from ((name, "PRED-DUPLICATE", f"{count} spans have this id") for name, count in names.items() if count > 1)


def _content(item: Predicted, codebook: Codebook) -> tuple:
    if isinstance(item, PredictedSpan):
        return item.layer, item.label, item.start, item.end
    if isinstance(item, PredictedRelation):
        return item.layer, item.label, item.head, item.tail
    layer = codebook.by_name.get(item.layer)
    return (item.layer, item.of, item.label) if layer and layer.multiple else (item.layer, item.of)
