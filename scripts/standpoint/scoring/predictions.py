"""Read predictions strictly: by offsets only. Each fault is an Issue with its line, and no prediction is dropped silently.

JSON Lines. The first line describes the system: {"system": "…", "seed": 1, "single_model": true}; then one line per article:

    {"article_id": "…", "annotations": [
      {"type": "span", "id": "s1", "layer": "events", "label": "strike.air", "start": 10, "end": 17},
      {"type": "choice", "layer": "status", "label": "denied", "of": "s1"},
      {"type": "choice", "layer": "stance", "label": "negative", "of": "act-000001", "scores": {"negative": 0.8, "neutral": 0.2}},
      {"type": "relation", "layer": "role", "label": "place", "head": "s1", "tail": "s2"}]}

Offsets are Unicode code points into the article's text, half-open. ``quote`` is optional, and is verified if it is given.
A first line with "given": ["events"] says that the system was given the reference's events: then the file has answers and links
about them, by the ids of the reference, and no spans of this layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import isclose
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ANY, NEW, Codebook
from standpoint.codebook.validate import faults_in, has_label
from standpoint.core.files import NOT_READABLE, unpacked
from standpoint.core.model import Annotation, Choice, Issue, Noun, Relation, Reporter, Span, StandpointError
from standpoint.scoring.doc import Doc, Shares, System, scheme_of
from standpoint.scoring.metrics import metrics_of


class PredictedSpan(Noun, frozen=True, kw_only=True, tag="span"):
    id: str
    layer: str
    label: str
    start: int
    end: int
    quote: str | None = None


class PredictedChoice(Noun, frozen=True, kw_only=True, tag="choice"):
    """A predicted answer. ``scores``: the probabilities of labels, if the system gives them."""

    layer: str
    label: str
    of: str = ""
    id: str = ""
    scores: dict[str, float] = {}


class PredictedRelation(Noun, frozen=True, kw_only=True, tag="relation"):
    layer: str
    label: str
    head: str
    tail: str
    id: str = ""


Predicted = PredictedSpan | PredictedChoice | PredictedRelation
# The scorer's code of each fault that ``codebook.validate`` finds.
CODES = {
    **dict.fromkeys(("LAYER-UNKNOWN", "LAYER-RETIRED", "LAYER-PASS", "LAYER-KIND"), "PRED-LAYER"),
    **dict.fromkeys(("LABEL-UNKNOWN", "LABEL-MISSPELT", "LABEL-RETIRED", "NUMBER-VALUE"), "PRED-LABEL"),
    **dict.fromkeys(("SPAN-QUOTE", "SPAN-HALF", "SPAN-BLANKS", "SPAN-UNITS", "SPAN-ELSEWHERE"), "PRED-QUOTE"),
    **dict.fromkeys(("SPAN-TWICE", "CHOICE-SEVERAL", "CHOICE-TWICE", "RELATION-TWICE", "SET-IDS"), "PRED-DUPLICATE"),
    "SPAN-RANGE": "PRED-RANGE",
    "CHOICE-ON-NOTHING": "PRED-OF",
    "RELATION-DANGLING": "PRED-DANGLING",
    **dict.fromkeys(("RELATION-ENDS", "RELATION-SELF"), "PRED-ENDS"),
}


class Line(Noun, frozen=True, kw_only=True):
    """The predictions of one article."""

    article_id: str
    annotations: list[Predicted] = []


FIRST_LINE = 'the first line should be like {"system": "my tagger", "seed": 1, "single_model": true}'


def read_predictions(
    path: Path,
    gold: Mapping[str, Doc],
    codebook: Codebook,
    lines: Iterable[tuple[int, bytes]] | None = None,
    registry: Registry | None = None,
) -> tuple[System, dict[str, Doc], list[Issue]]:
    """The system, its predictions by article, and the faults of the file.

    An article without a line is a note (PRED-MISSING), and counts as an article for which nothing was predicted. ``lines``: the
    numbered lines where there is no file; ``path`` is then only their name. ``registry``: the actors; None if they are not known.
    """
    lines = iter(_lines(path) if lines is None else lines)
    first = next(lines, None)
    if first is None:
        raise StandpointError(f"{path}: empty", FIRST_LINE)
    try:
        system = msgspec.json.decode(first[1], type=System)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StandpointError(f"{path}:1: PRED-SYSTEM {error}", FIRST_LINE) from None
    _refuse_given(f"{path}:1: PRED-SYSTEM", system.given, codebook)
    docs: dict[str, Doc] = {}
    issues: list[Issue] = []
    for number, line in lines:
        read = _read_line(f"{path.name}:{number}", line, gold, codebook, system.given, registry)
        issues += read.issues
        if read.doc and read.doc.article_id in docs:
            issues.append(Issue(read.where, "PRED-TWICE", "has a line already"))
        elif read.doc:
            docs[read.doc.article_id] = read.doc
    message = "it has no line, and counts as an article without predictions"
    issues += [Issue(name, "PRED-MISSING", message, "note") for name in gold if name not in docs]
    return system, docs, issues


def _refuse_given(where: str, given: Sequence[str], codebook: Codebook) -> None:
    """StandpointError if the given layers are no span layers, each named once, or if nothing is about them."""
    about = dict.fromkeys(layer.of or layer.head for layer in codebook.layers if layer.of or layer.kind == "relation")
    hint = f"name span layers that answers or links are about: {', '.join(name for name in about if name != ANY) or 'none'}"
    for place, name in enumerate(given):
        layer = codebook.by_name.get(name)
        if layer is None or layer.kind != "span" or name in given[:place]:
            problem = "named twice" if name in given[:place] else "no layer of spans"
            raise StandpointError(f"{where} given: {name} is {problem}", hint)
    if given and not any(metrics_of(scheme_of(codebook), given)):
        raise StandpointError(f"{where} nothing is about the given {', '.join(given)}", hint)


def refuse_faults(path: Path, issues: Iterable[Issue], reporter: Reporter) -> None:
    """Report the faults of a file; StandpointError if one is an error."""
    issues = list(issues)
    for issue in issues:
        reporter.report(issue)
    if errors := sum(issue.level == "error" for issue in issues):
        hint = "fix the faults that are reported above: no prediction is left out silently"
        raise StandpointError(f"{path}: {errors} fault(s); nothing is scored", hint)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with unpacked(path, strict=True) as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except NOT_READABLE as error:
        message = f"{path}: not readable: {getattr(error, 'strerror', None) or error}"
        raise StandpointError(
            message, "name a whole file that you may read; `standpoint score --help` shows a line of one"
        ) from None


class _Read(NamedTuple):
    """What a line says. ``doc`` is None if it says nothing about an article of gold, and empty if there are faults."""

    where: str
    doc: Doc | None
    issues: list[Issue]


def _read_line(
    where: str, line: bytes, gold: Mapping[str, Doc], codebook: Codebook, given: Collection[str], registry: Registry | None
) -> _Read:
    try:
        predicted = msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{error}; a span has start and end, a string alone is not accepted"
        return _Read(where, None, [Issue(where, "PRED-LINE", message)])
    where = f"{where} {predicted.article_id}"
    if predicted.article_id not in gold:
        return _Read(where, None, [Issue(where, "PRED-ARTICLE", "is not an article of the gold")])
    article, items = gold[predicted.article_id], predicted.annotations
    everything = [*given_spans(article, given), *items]
    faults = [
        (item.id, "PRED-GIVEN", f"{item.layer} are given: leave their spans out, and name them by the ids of the reference")
        for item in items
        if isinstance(item, PredictedSpan) and item.layer in given
    ] or [*_faults(everything, article, codebook), *(_unknown_actors(items, codebook, registry) if registry else ())]
    issues = [Issue(f"{where} {place}".rstrip(), code, message) for place, code, message in faults]
    return _Read(where, doc_of([] if faults else everything, article), issues)


def _unknown_actors(items: Iterable[Predicted], codebook: Codebook, registry: Registry) -> Iterator[tuple[str, str, str]]:
    """Place, code and message of each prediction that names an actor who is neither in the registry nor new."""
    for item in items:
        layer = codebook.by_name.get(item.layer)
        named = [item.label] if layer and layer.labels_from else []
        named += [item.of] if layer and layer.for_each and isinstance(item, PredictedChoice) else []
        for name in named:
            actor = registry.by_id.get(name)
            if actor is None and not name.startswith(NEW):
                message = f"{name!r} is no actor of the registry; actors that it does not have are {NEW}1, {NEW}2 …"
                yield item.id, "PRED-ACTOR", message
            elif actor and actor.redirect_to:
                yield item.id, "PRED-ACTOR", f"{name} is {actor.redirect_to} in the registry by now"


def given_spans(article: Doc, given: Iterable[str]) -> list[Predicted]:
    """The reference's spans of the given layers, as a system that is given them has them."""
    spans = [span for layer in given for span in article.spans.get(layer, ())]
    return [PredictedSpan(id=span.id, layer=span.layer, label=span.label, start=span.start, end=span.end) for span in spans]


def doc_of(items: Iterable[Predicted], article: Doc) -> Doc:
    """The predictions of a system for an article of gold."""
    annotations = []
    soft: dict[str, dict[str, Shares]] = {}
    for number, item in enumerate(items):
        annotations.append(_annotation(item, number, article.text))
        if isinstance(item, PredictedChoice) and item.scores:
            soft.setdefault(item.layer, {})[item.of] = item.scores
    return Doc(article.article_id, article.group, article.length, article.text, tuple(annotations), soft)


def _annotation(item: Predicted, number: int, text: str | None) -> Annotation:
    """A prediction as an annotation. The id of an answer or link without one is made of its number in the line."""
    if isinstance(item, PredictedSpan):
        words = text[item.start : item.end] if text is not None and item.start >= 0 else ""
        quote = words if item.quote is None else item.quote
        return Span(id=item.id, layer=item.layer, label=item.label, start=item.start, end=item.end, quote=quote)
    if isinstance(item, PredictedChoice):
        return Choice(id=item.id or f"c{number}", layer=item.layer, label=item.label, of=item.of)
    return Relation(id=item.id or f"r{number}", layer=item.layer, label=item.label, head=item.head, tail=item.tail)


def _faults(items: Sequence[Predicted], article: Doc, codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Place, code and message of each fault in one article's predictions."""
    annotations = [_annotation(item, number, article.text) for number, item in enumerate(items)]
    spans = {item.id for item in annotations if isinstance(item, Span)}
    for code, where, message in faults_in(annotations, codebook, text=article.text, length=article.length):
        if code != "SET-IDS" or where in spans:  # answers and links need no id
            yield where, CODES[code], message
    for item in items:
        layer = codebook.by_name.get(item.layer)
        if isinstance(item, PredictedChoice) and layer and (scores := item.scores):
            sums_to_1 = isclose(sum(scores.values()), 1.0, abs_tol=1e-3)
            if not sums_to_1 or min(scores.values()) < 0 or not all(has_label(layer, label) for label in scores):
                message = f"scores {dict(scores)}, should be shares of labels of {layer.name} that sum to 1"
                yield item.id, "PRED-SCORES", message
            elif scores.get(item.label, 0.0) < max(scores.values()) - 1e-9:
                # Otherwise a system could answer one thing where labels are scored, and another where shares are.
                best = max(scores, key=lambda name: scores[name])
                yield item.id, "PRED-SCORES", f"the label is {item.label}, and {best} has the highest score: should be the same"


class _Named(msgspec.Struct):
    article_id: str = ""


def articles_of(path: Path) -> set[str]:
    """The ids of the articles for which a file has a line, as far as its lines can be read."""
    named = set()
    for _, line in _lines(path):
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            named.add(msgspec.json.decode(line, type=_Named).article_id)
    return named - {""}
