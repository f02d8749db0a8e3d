"""What nobody decided is neither right nor wrong. It is left out of gold and of predictions before anything is counted.

Nobody could annotate outside the zones that the codebook calls annotatable, or after the annotation window. Nobody has decided an
open conflict. Such parts are the "don't care" regions of object detection (A. Geiger, P. Lenz and R. Urtasun, Are we ready for
Autonomous Driving? The KITTI Vision Benchmark Suite, 2012).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from standpoint.adjudication.content import about_of
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Annotation, Issue, Relation, Span
from standpoint.core.offsets import places_in
from standpoint.scoring.doc import Doc

Place = tuple[int, int]
LeftOut = Counter[tuple[str, str]]  # predictions by layer and code
# What became of predictions that are not scored, by the code of the note that says so.
REASONS = {
    "PRED-ZONE": "where nobody could annotate",
    "PRED-CONFLICT": "in open conflicts, which nobody has decided",
    "PRED-TARGET": "for which the reference has no answer",
}
ZONE, CONFLICT, TARGET = REASONS


def is_inside(start: int, end: int, parts: Iterable[Place] | None) -> bool:
    """Whether a span is inside one of the parts that could be annotated; None: of which nothing is known."""
    return parts is None or any(left <= start and end <= right for left, right in parts)


def annotatable(doc: Doc) -> Doc:
    """Gold without the spans where nobody could annotate, and without the answers and links about them."""
    outside = {span.id for span in doc.by_id.values() if not is_inside(span.start, span.end, doc.parts)}
    kept = tuple(item for item in doc.annotations if outside.isdisjoint(spans_of(item)))
    return replace(doc, annotations=kept) if outside else doc


def spans_of(item: Annotation) -> tuple[str, ...]:
    """The ids of the spans that an annotation is, or is about."""
    return about_of(item) or (item.id,)


def open_places(gold: Doc, layer: str) -> list[Place]:
    """The extents of the spans of a layer that an annotator marked and nobody decided."""
    return [place for name, where in gold.conflicts if name == layer for place in places_in(where)]


def leave_out(gold: Doc, predicted: Doc, codebook: Codebook) -> tuple[Doc, Doc, LeftOut]:
    """Gold and predictions without what nobody decided, and how many predictions are left out. Gold is ``annotatable`` already.

    - A span that is not inside a part that could be annotated; and, unless gold has it with its label, a span that has the extent
      of an undecided span of its layer, or overlaps such spans and none of gold.
    - An answer or link with such a span; and, unless gold has it, an answer about a span, actor or article whose answer is in an
      open conflict, or a link between two extents whose link is.
    - An answer about the article or an actor, if gold has none and the answers of gold alone are compared.
    """
    spans = _left_out_spans(gold, predicted)
    answers = _OpenAnswers(gold, codebook)
    left_out: LeftOut = Counter()
    kept = []
    for item in predicted.annotations:
        reason = next((spans[name] for name in spans_of(item) if name in spans), "") or answers.reason(item, predicted)
        if reason:
            left_out[item.layer, reason] += 1
        else:
            kept.append(item)
    if left_out:
        predicted = replace(predicted, annotations=tuple(kept))
    if answers.extents:  # the usual article has none, and keeps what was computed of it
        gold, predicted = (replace(doc, unanswered=answers.unanswered(doc)) for doc in (gold, predicted))
    return gold, predicted, left_out


def _left_out_spans(gold: Doc, predicted: Doc) -> dict[str, str]:
    """The ids of the predicted spans that are left out, each with its code."""
    found = {}
    for layer, spans in predicted.spans.items():
        undecided = open_places(gold, layer)
        decided = [(span.start, span.end) for span in gold.spans.get(layer, ())]
        right = {(span.start, span.end, span.label) for span in gold.spans.get(layer, ())}
        for span in spans:
            place = span.start, span.end
            if not is_inside(*place, gold.parts):
                found[span.id] = ZONE
            elif undecided and (*place, span.label) not in right:
                touches = partial(_overlap, place)
                if place in undecided or (any(map(touches, undecided)) and not any(map(touches, decided))):
                    found[span.id] = CONFLICT
    return found


def _overlap(first: Place, second: Place) -> bool:
    return first[0] < second[1] and second[0] < first[1]


class _OpenAnswers:
    """The answers and links of gold that are in open conflicts."""

    def __init__(self, gold: Doc, codebook: Codebook) -> None:
        self.gold, self.by_name = gold, codebook.by_name
        self.abouts: set[tuple[str, str]] = set()  # layer, and an actor or "" for the article
        self.extents: dict[tuple[str, Place], list[str]] = defaultdict(list)  # layer and extent -> ids of gold's spans
        self.links: dict[tuple[str, Place, Place], set[str]] = {}  # layer and both extents -> gold's labels
        for name, where in gold.conflicts:
            layer = self.by_name.get(name)
            if layer is None or layer.kind == "span":
                continue
            if layer.kind == "relation":
                for head, tail in pairwise(places_in(where)):  # one pair
                    self.links[name, head, tail] = self._labels_between(name, head, tail)
            elif not layer.of:
                self.abouts.add((name, where))
            elif span := gold.by_id.get(where):
                self.extents[name, (span.start, span.end)].append(span.id)

    def _labels_between(self, name: str, head: Place, tail: Place) -> set[str]:
        links = (link for (layer, _), found in self.gold.links.items() if layer == name for link in found)
        return {link.label for link in links if _place(self.gold, link.head) == head and _place(self.gold, link.tail) == tail}

    def reason(self, item: Annotation, predicted: Doc) -> str:
        """The code of why an answer or link is left out; "" if it is not."""
        if isinstance(item, Relation):
            labels = self.links.get((item.layer, _place(predicted, item.head), _place(predicted, item.tail)))
            return CONFLICT if labels is not None and item.label not in labels else ""
        if isinstance(item, Span):
            return ""
        layer = self.by_name[item.layer]
        if layer.of:
            abouts: Sequence[str] = self.extents.get((item.layer, _place(predicted, item.of)), ())
        else:
            abouts = [item.of] if (item.layer, item.of) in self.abouts else ()
        answers = self.gold.answers
        if abouts and not any(item.label in answers.get((item.layer, about), ()) for about in abouts):
            return CONFLICT
        return TARGET if compares_gold_s(layer) and (item.layer, item.of) not in answers else ""

    def unanswered(self, doc: Doc) -> frozenset[tuple[str, str]]:
        """Layer and id of the spans about which nobody decided the answer: those of gold, or those that have their extents."""
        answered = self.gold.answers
        places = {key for key, names in self.extents.items() if not any((key[0], name) in answered for name in names)}
        found = ((name, span) for name, _ in places for span in doc.spans.get(self.by_name[name].of, ()))
        return frozenset((name, span.id) for name, span in found if (name, (span.start, span.end)) in places)


def _place(doc: Doc, name: str) -> Place:
    span = doc.by_id[name]
    return span.start, span.end


def compares_gold_s(layer: Layer) -> bool:
    """Whether only what gold answers is looked up among the predictions, so that answers about other actors count nowhere."""
    return not (layer.of or layer.multiple or layer.labels_from)


def notes(left_out: Mapping[tuple[str, str], int], where: str) -> list[Issue]:
    """What is left out of the scores of a file of predictions."""
    return [
        Issue(where, code, f"{count} prediction(s) of {layer} {REASONS[code]} are not scored", "note")
        for (layer, code), count in left_out.items()
    ]


def total(left_out: Mapping[tuple[str, str], int], layers: Collection[str]) -> int:
    """How many predictions of some layers are left out."""
    return sum(count for (layer, _), count in left_out.items() if layer in layers)
