"""The articles that the report shows in full: the readings side by side, with their differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any, NamedTuple

from standpoint.adjudication.content import Mark, View, views_by_pass
from standpoint.agreement.counts import Extent, Place, continuum_of, leave_out
from standpoint.agreement.figures import Agreement, Part
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import Streams, by_article
from standpoint.core.matching import overlap_clusters
from standpoint.core.model import AnnotationSet, Article
from standpoint.core.provenance import HEADINGS, as_listed, heading


class Marked(NamedTuple):
    """A span as it is drawn. ``style`` is the number of its layer's line style."""

    start: int
    end: int
    style: int
    label: str
    state: str


class Cover(NamedTuple):
    """A span that covers a piece. ``first``, ``last``: it begins, or ends, with this piece."""

    marked: Marked
    first: bool
    last: bool


class Piece(NamedTuple):
    """A piece of text and the spans that cover it, the outermost first."""

    text: str
    covers: tuple[Cover, ...]


def paragraphs_of(article: Article) -> list[Extent]:
    """``[start, end)`` of the paragraphs in the annotation window. The text between two belongs to the first."""
    length = len(article.text or "")
    until = article.annotated_until or length
    starts = [start for start, _ in article.paragraphs if 0 < start < until]
    bounds = [0, *starts, min(until, length)]
    return list(zip(bounds, bounds[1:], strict=False))


def pieces(text: str, start: int, end: int, marks: Sequence[Marked]) -> Iterator[Piece]:
    """The pieces of ``text[start:end]`` without trailing blanks."""
    end = start + len(text[start:end].rstrip())
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    bounds = sorted({start, end, *(edge for mark in inside for edge in mark[:2] if start < edge < end)})
    inside.sort(key=lambda mark: (mark.start, -mark.end, mark.style))
    for left, right in zip(bounds, bounds[1:], strict=False):
        covers = [Cover(mark, mark.start == left, mark.end == right) for mark in inside if mark.start < right and mark.end > left]
        yield Piece(text[left:right], tuple(covers))


SAME, ONLY, LABEL, EXTENT, BOTH = "same", "only", "label", "extent", "both"  # how the readings of a place differ
DIFFERENCES = {(False, False): SAME, (False, True): LABEL, (True, False): EXTENT, (True, True): BOTH}  # extents, labels


class SpanPlace(NamedTuple):
    """A piece of text where a layer has spans. ``readings`` has each reader's spans, in the readers' order."""

    layer: Layer
    start: int
    end: int
    readings: tuple[tuple[Mark, ...], ...]

    @property
    def state(self) -> str:
        """How the readings differ: a reader has no span there, or another label, another extent, or both."""
        if not all(self.readings):
            return ONLY
        extents = {tuple(mark[:2] for mark in reading) for reading in self.readings}
        labels = {tuple(mark.label for mark in reading) for reading in self.readings}
        return DIFFERENCES[len(extents) > 1, len(labels) > 1]

    def state_of(self, mark: Mark) -> str:
        """How one span differs. All readers may share some spans of a place, and differ in others."""
        return SAME if all(mark in reading for reading in self.readings) else self.state


class AnswerPlace(NamedTuple):
    """Different answers or links at one place, as each reader's labels; None for a reader without the place."""

    layer: Layer
    about: Place
    to: Place | None  # a link's other end
    readings: tuple[tuple[str, ...] | None, ...]


def places_of(views: Sequence[View], layer: Layer) -> Iterator[SpanPlace]:
    """The places of a span layer, in reading order."""
    marks = sorted((mark, reader) for reader, view in enumerate(views) for mark in view.marks.get(layer.name, ()))
    for cluster in overlap_clusters(marks, lambda entry: entry[0][:2]):
        readings = tuple(tuple(mark for mark, by in cluster if by == reader) for reader in range(len(views)))
        yield SpanPlace(layer, min(mark.start for mark, _ in cluster), max(mark.end for mark, _ in cluster), readings)


def answers_that_differ(views: Sequence[View], layer: Layer) -> Iterator[AnswerPlace]:
    """The answers or links of a layer that differ between readers who have their spans, in reading order.

    In typed texts, capitals and blanks do not count.
    """
    by_reader: list[dict[tuple[End, ...], dict[Hashable, str]]] = [defaultdict(dict) for _ in views]
    for view, labels in zip(views, by_reader, strict=True):
        for about, choices in view.answers.get(layer.name, {}).items():
            labels[(_end(about),)].update({key: choice.label for key, choice in choices.items()})
        for head, tail, label in view.links.get(layer.name, ()):
            labels[_end(head), _end(tail)][label] = label
    known = [{_end(mark) for marks in view.marks.values() for mark in marks} for view in views]
    for ends in sorted({ends for labels in by_reader for ends in labels}):
        readings = [
            labels.get(ends, {}) if all(isinstance(end, str) or end in spans for end in ends) else None
            for labels, spans in zip(by_reader, known, strict=True)
        ]
        first, *others = (reading.keys() for reading in readings if reading is not None)
        if any(keys != first for keys in others):
            shown = (None if reading is None else tuple(sorted(reading.values())) for reading in readings)
            place, *other = (end if isinstance(end, str) else end[0] for end in ends)
            yield AnswerPlace(layer, place, other[0] if other else None, tuple(shown))


End = tuple[Extent, str] | str  # a span's extent and layer, an actor, or "" for the article


def _end(about: Mark | str) -> End:
    return about if isinstance(about, str) else (about[:2], about.layer)


STATES = {
    SAME: ("", "the same"),
    ONLY: ("◆", "only {}"),
    LABEL: ("▲", "other label"),
    EXTENT: ("↔", "other extent"),
    BOTH: ("↔▲", "other extent and label"),
}


class Names(NamedTuple):
    """The names of labels: the names of actors, and the codebook's labels as annotators see them."""

    codebook: Codebook
    registry: Registry

    def of(self, layer: str, label: str) -> str:
        """The name of a label. Typed texts and unknown labels are not changed."""
        known = self.codebook.by_name.get(layer)
        if known is not None and label in known.by_name:
            return known.by_name[label].show or label
        actor = self.registry.by_id.get(label)
        return actor.name if actor else label


MOST = 10  # articles that are shown per heading and pass


class ArticleSets(NamedTuple):
    """An article (None if it is not in the project) and all its sets."""

    article: Article | None
    sets: tuple[AnnotationSet, ...]


def worst_by_heading(agreement: Agreement) -> dict[tuple[str, str], dict[str, list[Part]]]:
    """At most ``MOST`` articles by heading and pass, with their figures, in the order of ``by_article``."""
    worst: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for part in sorted(agreement.by_article, key=lambda part: HEADINGS.index(part.kind)):
        parts_of = worst.setdefault((part.kind, part.pass_name), {})
        if part.part in parts_of or len(parts_of) < MOST:
            parts_of.setdefault(part.part, []).append(part)
    return worst


def worst_articles(
    agreement: Agreement, articles: Streams[Article], sets: Streams[AnnotationSet], kinds: Mapping[str, str]
) -> dict[str, ArticleSets]:
    """The articles that the report shows, by id, with their sets. Streams are sorted by article.

    ``kinds`` is the kind of each annotator (annotators.yaml).
    """
    wanted = {article_id for parts in worst_by_heading(agreement).values() for article_id in parts}
    return {
        article_id: ArticleSets(known[0] if known else None, tuple(as_listed(item, kinds) for item in sets_of_article))
        for article_id, known, sets_of_article, _ in by_article(articles, sets)
        if article_id in wanted
    }


STYLES = 5  # line styles under spans
TaskLink = Callable[[str, str, str], str | None]  # article id, pass, annotator -> the address of the task, None if unknown


def shown_articles(
    agreement: Agreement, articles: Mapping[str, ArticleSets], names: Names, link: TaskLink
) -> Iterator[dict[str, Any]]:
    """The worst articles for the template, each for one heading and pass, with the readings that are compared under it.

    ``number`` counts the articles on the page. ``parts`` are the article's figures. ``paragraphs`` is None if there is no
    text to show. ``left_out`` is the number of characters beyond the annotation window, ``same`` that of spans that all
    readers have.
    """
    number = 0
    for (kind, pass_name), parts_of in worst_by_heading(agreement).items():
        layers = names.codebook.layers_of(pass_name)
        spans = [layer for layer in layers if layer.kind == "span"]
        styles = {layer.name: place % STYLES for place, layer in enumerate(spans)}
        for article_id, parts in parts_of.items():
            article, sets = articles.get(article_id, ArticleSets(None, ()))
            views = _compared_views(sets, pass_name, kind, names, agreement.models)
            if not views:
                continue
            continuum = continuum_of(article, names.codebook)
            for view in views:
                leave_out(view, continuum)
            number += 1
            compared = [view.annotation_set for view in views]
            places = {layer.name: list(places_of(views, layer)) for layer in spans}
            bounds = paragraphs = None
            # The text cannot be shown if it is withheld, or is not the text that was annotated.
            text = article.text if article is not None and {item.text_sha256 for item in compared} == {article.sha256} else None
            if article is not None and text is not None:
                bounds = paragraphs_of(article)
                marks = [_marked(reader, places, styles, names) for reader in range(len(views))]
                paragraphs = [[list(pieces(text, *bound, reader_marks)) for reader_marks in marks] for bound in bounds]
            yield {
                "number": number,
                "kind": kind,
                "pass_name": pass_name,
                "article_id": article_id,
                "article": article,
                "readers": [(item, link(article_id, pass_name, item.annotator)) for item in compared],
                "parts": parts,
                "styles": styles,
                "paragraphs": paragraphs,
                "left_out": max(0, len(text) - bounds[-1][1]) if text is not None and bounds else 0,
                "rows": list(_rows(views, layers, places, bounds, names)),
                "same": sum(place.state == SAME for place in chain.from_iterable(places.values())),
            }


def _compared_views(
    sets: Sequence[AnnotationSet], pass_name: str, kind: str, names: Names, models: Mapping[str, str]
) -> list[View]:
    """The views that are compared under a heading, by pseudonym."""
    views = dict(views_by_pass(sets, *names)).get(pass_name, [])
    pairs = (pair for pair in combinations(views, 2) if heading(pair[0].annotation_set, pair[1].annotation_set, models) == kind)
    compared = {view.annotator for pair in pairs for view in pair}
    return [view for view in views if view.annotator in compared]


def _marked(reader: int, places: Mapping[str, Sequence[SpanPlace]], styles: Mapping[str, int], names: Names) -> list[Marked]:
    """One reader's spans as they are drawn."""
    return [
        Marked(mark.start, mark.end, styles[mark.layer], names.of(mark.layer, mark.label), place.state_of(mark))
        for place in chain.from_iterable(places.values())
        for mark in place.readings[reader]
    ]


def _rows(
    views: Sequence[View],
    layers: Sequence[Layer],
    places: Mapping[str, Sequence[SpanPlace]],
    bounds: Sequence[Extent] | None,
    names: Names,
) -> Iterator[dict[str, Any]]:
    """The differences, layer by layer. ``cells`` has each reader's labels, None for nothing.

    Without a text (``bounds``: its paragraphs), the spans that all readers have are listed too.
    """
    marks = (entry for view in views for layer_marks in view.marks.values() for entry in layer_marks.items())
    quotes: dict[Place, str] = {mark[:2]: f"“{span.quote}”" for mark, span in marks}

    def row(layer: Layer, about: str, start: int | None, sign: str, state: str, cells: Sequence) -> dict[str, Any]:
        inside = (number for number, (left, right) in enumerate(bounds or ()) if start is not None and left <= start < right)
        paragraph = next(inside, None)
        return {"layer": layer.name, "about": about, "paragraph": paragraph, "mark": sign, "state": state, "cells": cells}

    for layer in layers:
        for place in places.get(layer.name, ()):
            if bounds is None or place.state != SAME:
                readers = (view.annotator for view, reading in zip(views, place.readings, strict=True) if reading)
                sign, words = STATES[place.state]
                cells = [
                    [f"{quotes[mark[:2]]} {names.of(mark.layer, mark.label)}" for mark in reading] or None
                    for reading in place.readings
                ]
                yield row(layer, "", place.start, sign, words.format(" and ".join(readers)), cells)
        for _, about, to, readings in answers_that_differ(views, layer):
            shown = [None if labels is None else [names.of(layer.name, label) for label in labels] for labels in readings]
            if isinstance(about, str):
                yield row(layer, names.of("", about) or "the article", None, "", "another answer", shown)
            else:
                linked = f"{quotes[about]} → {quotes[to]}" if to else quotes[about]
                yield row(layer, linked, about[0], "", "another link" if to else "another answer", shown)
