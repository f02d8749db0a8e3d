"""Settling one pass of one article: what all annotators say is settled, the rest is a conflict with each one's reading.

Nothing is lost: each annotation of each annotator is settled, or stands in the reading of a conflict.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from standpoint.assess.median import median_settlement
from standpoint.assess.read_aloud import answered, extents, link_said, said
from standpoint.assess.settled import Settled, choice_id, origin_of, span_id
from standpoint.assess.views import Mark, View
from standpoint.codebook.types import Layer
from standpoint.model import Choice, Conflict, Relation, Span

Answers = Mapping[str, Mapping[str, Choice]]  # {annotator: {key: answer}} about one thing


def settle_pass(views: Sequence[View], layers: Iterable[Layer], settled: Settled) -> None:
    """Settle the layers of one pass: spans, then answers about what is settled, then relations between them."""
    layers = list(layers)
    for layer in layers:
        if layer.kind == "span":
            settle_spans(layer, views, settled)
    for layer in layers:
        if layer.kind == "relation":
            settle_links(layer, views, settled)
        elif layer.kind != "span":
            settle_answers(layer, views, settled)


def settle_spans(layer: Layer, views: Sequence[View], settled: Settled) -> None:
    """A span is settled where all have the same extent and label; what overlaps otherwise is one conflict."""
    counts = Counter(mark for view in views for mark in view.marks[layer.name])
    for mark in sorted(mark for mark, count in counts.items() if count == len(views)):
        spans = [view.marks[layer.name][mark] for view in views]
        content = {"layer": mark.layer, "label": mark.label, "start": mark.start, "end": mark.end}
        span = Span(id=span_id(mark), quote=spans[0].quote, origin=origin_of(spans), **content)
        settled.ids[mark] = span.id
        settled.agreed(span, views)
    for cluster in clusters(mark for mark, count in counts.items() if count < len(views)):
        readings = {view.annotator: said(view, cluster, settled.codebook) for view in views}
        settled.conflicts.append(Conflict(layer=layer.name, where=extents(cluster), readings=readings))


def clusters(marks: Iterable[Mark]) -> list[list[Mark]]:
    """Marks that hang together by overlaps, in reading order."""
    found: list[list[Mark]] = []
    reach = -1
    for mark in sorted(marks):
        if mark.start >= reach:
            found.append([])
        found[-1].append(mark)
        reach = max(reach, mark.end)
    return found


def settle_answers(layer: Layer, views: Sequence[View], settled: Settled) -> None:
    """Answers about settled spans, actors or the article. (Those about other spans stand in the spans' readings.)"""
    given = {about for view in views for about in view.answers[layer.name]}
    for about in sorted(about for about in given if not layer.of or about in settled.ids):
        answers = {view.annotator: view.answers[layer.name].get(about, {}) for view in views}
        of = settled.ids[about] if layer.of else about
        if layer.ordinal and layer.for_each:
            settle_scale(layer, of, {name: label for name, labels in answers.items() for label in labels}, len(views), settled)
        else:
            settle_answer(layer, of, answers, views, settled)


def settle_answer(layer: Layer, of: str, answers: Answers, views: Sequence[View], settled: Settled) -> None:
    """One answer is settled where all give it; of several answers, those that all give are, and the rest is a conflict."""
    common = set.intersection(*(set(labels) for labels in answers.values()))
    open_ = {label for labels in answers.values() for label in labels} - common
    if open_ and not layer.multiple:
        open_, common = open_ | common, set()
    for key in sorted(common):
        label = min(labels[key].label for labels in answers.values())  # typed texts may differ in capitals
        settled.agreed(Choice(id=choice_id(layer, of, label), layer=layer.name, label=label, of=of), views)
    if open_:
        readings = {name: answered(labels, open_) for name, labels in answers.items()}
        settled.conflicts.append(Conflict(layer=layer.name, where=of, readings=readings))


def settle_scale(layer: Layer, of: str, given: dict[str, str], asked: int, settled: Settled) -> None:
    """An answer on a scale about an actor: the median, with the distribution kept."""
    settled.distributions.setdefault(layer.name, {})[of] = given
    label, settlement = median_settlement(layer, given, asked)
    settled.take(Choice(id=choice_id(layer, of, label), layer=layer.name, label=label, of=of), settlement)


def settle_links(layer: Layer, views: Sequence[View], settled: Settled) -> None:
    """A relation is settled where all have it, and so its ends; the rest is a conflict for each two extents."""
    counts = Counter(link for view in views for link in view.links[layer.name])
    left = defaultdict(list)
    for (head, tail, label), count in sorted(counts.items()):
        if count < len(views):
            left[f"{extents([head])}->{extents([tail])}"].append((head, tail, label))
            continue
        ends = {"head": settled.ids[head], "tail": settled.ids[tail]}
        links = [view.links[layer.name][head, tail, label] for view in views]
        identity = f"{ends['head']}.{layer.name}.{label}.{ends['tail']}"
        settled.agreed(Relation(id=identity, layer=layer.name, label=label, origin=origin_of(links), **ends), views)
    for where, links in left.items():
        readings = {view.annotator: link_said(view, layer.name, links) for view in views}
        settled.conflicts.append(Conflict(layer=layer.name, where=where, readings=readings))
