"""The articles that the report shows in full: the readings side by side, with what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from standpoint.adjudication.content import Mark, View, views_by_pass
from standpoint.agreement.counts import Extent, Place, place_of
from standpoint.agreement.figures import Agreement, Figure, Part
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.matching import overlap_clusters
from standpoint.core.model import AnnotationSet, Article
from standpoint.core.provenance import HEADINGS, as_listed, heading
from standpoint.core.streams import Streams, by_article
from standpoint.core.svg import MINUS


class Marked(NamedTuple):
    """A span as it is drawn: ``style`` is the number of its layer's line."""

    start: int
    end: int
    style: int
    label: str
    state: str


class Cover(NamedTuple):
    """A span that covers a piece, and whether it begins, and ends, with it."""

    marked: Marked
    first: bool
    last: bool


class Piece(NamedTuple):
    """A stretch of text and the spans that cover it, the outermost first."""

    text: str
    covers: tuple[Cover, ...]


def paragraphs_of(article: Article) -> list[Extent]:
    """``[start, end)`` of all paragraphs within the annotation window; the text between two belongs to the first of them."""
    length = len(article.text or "")
    until = article.annotated_until or length
    starts = [start for start, _ in article.paragraphs if 0 < start < until]
    bounds = [0, *starts, min(until, length)]
    return list(zip(bounds, bounds[1:], strict=False))


def pieces(text: str, start: int, end: int, marks: Sequence[Marked]) -> Iterator[Piece]:
    """The pieces of ``text[start:end]``, without the blanks at its end."""
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
    """A stretch of text where a layer has spans: ``readings`` has each reader's, in the readers' order."""

    layer: Layer
    start: int
    end: int
    readings: tuple[tuple[Mark, ...], ...]

    @property
    def state(self) -> str:
        """How the readings differ: somebody has nothing there, or another label, another extent, or both."""
        if not all(self.readings):
            return ONLY
        extents = {tuple(mark[:2] for mark in reading) for reading in self.readings}
        labels = {tuple(mark.label for mark in reading) for reading in self.readings}
        return DIFFERENCES[len(extents) > 1, len(labels) > 1]

    def state_of(self, mark: Mark) -> str:
        """How one span differs: a place may have spans that all readers share, beside others."""
        return SAME if all(mark in reading for reading in self.readings) else self.state


class AnswerPlace(NamedTuple):
    """Different answers about one thing, or links: each reader's labels as they are shown, None who has no such thing."""

    layer: Layer
    about: Place
    to: Extent | None  # a link's other end
    readings: tuple[tuple[str, ...] | None, ...]


def places_of(views: Sequence[View], layer: Layer) -> Iterator[SpanPlace]:
    """The places of a span layer, in reading order."""
    marks = sorted((mark, reader) for reader, view in enumerate(views) for mark in view.marks.get(layer.name, ()))
    for cluster in overlap_clusters(marks, lambda entry: entry[0][:2]):
        readings = tuple(tuple(mark for mark, by in cluster if by == reader) for reader in range(len(views)))
        yield SpanPlace(layer, min(mark.start for mark, _ in cluster), max(mark.end for mark, _ in cluster), readings)


def answers_that_differ(views: Sequence[View], layer: Layer) -> Iterator[AnswerPlace]:
    """The answers that differ between readers, in reading order; typed texts differ by more than capitals and blanks."""
    answers = [_answers(view, layer) for view in views]
    known = [_extents(view, layer.of) if layer.of else None for view in views]
    for about in sorted({about for by_place in answers for about in by_place}):
        readings = [
            None if extents is not None and about not in extents else by_place.get(about, {})
            for by_place, extents in zip(answers, known, strict=True)
        ]
        yield from _if_different(layer, about, None, readings)


def links_that_differ(views: Sequence[View], layer: Layer) -> Iterator[AnswerPlace]:
    """The pairs of spans that readers linked differently, in reading order."""
    by_reader: list[dict[tuple, dict[Hashable, str]]] = [{} for _ in views]
    for view, links in zip(views, by_reader, strict=True):
        for head, tail, label in view.links.get(layer.name, ()):
            links.setdefault(((head[:2], head.layer), (tail[:2], tail.layer)), {})[label] = label
    known = [{(mark[:2], name) for name, marks in view.marks.items() for mark in marks} for view in views]
    for head, tail in sorted({ends for links in by_reader for ends in links}):
        readings = [
            links.get((head, tail), {}) if {head, tail} <= spans else None for links, spans in zip(by_reader, known, strict=True)
        ]
        yield from _if_different(layer, head[0], tail[0], readings)


def _answers(view: View, layer: Layer) -> dict[Place, dict[Hashable, str]]:
    """{what it is about: {what is compared: what is shown}}"""
    answers: dict[Place, dict[Hashable, str]] = {}
    for about, choices in view.answers.get(layer.name, {}).items():
        labels = {key: choice.label for key, choice in choices.items()}
        answers.setdefault(place_of(about), {}).update(labels)
    return answers


def _extents(view: View, layer: str) -> set[Place]:
    return {mark[:2] for mark in view.marks.get(layer, ())}


def _if_different(
    layer: Layer, about: Place, to: Extent | None, readings: Sequence[Mapping[Hashable, str] | None]
) -> Iterator[AnswerPlace]:
    asked = [reading for reading in readings if reading is not None]
    if len(asked) > 1 and any(reading.keys() != asked[0].keys() for reading in asked):
        labels = (None if reading is None else tuple(sorted(reading.values())) for reading in readings)
        yield AnswerPlace(layer, about, to, tuple(labels))


STATES = {
    SAME: ("", "the same"),
    ONLY: ("◆", "only {}"),
    LABEL: ("▲", "other label"),
    EXTENT: ("↔", "other extent"),
    BOTH: ("↔▲", "other extent and label"),
}
REACHED, MISSED = "✔ reached", "✘ missed"
NOT_ANNOTATED = "not annotated"  # how a confusion's label "" is shown


class Names(NamedTuple):
    """The names of labels: actors by their names, the codebook's labels as annotators see them."""

    codebook: Codebook
    actors: Mapping[str, str]

    def of(self, layer: str, label: str) -> str:
        """The name of a label; typed texts, and labels that the codebook does not list, are shown unchanged."""
        known = self.codebook.by_name.get(layer)
        if known is not None and label in known.by_name:
            return known.by_name[label].show or label
        return self.actors.get(label, label)


def number(value: float | None) -> str:
    """Two decimals; a dash for no value."""
    return "–" if value is None else f"{value:.2f}".replace("-", MINUS)


def counted(count: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def interval(figure: Figure) -> str:
    """The 95 % interval of a figure."""
    return "–" if figure.low is None or figure.high is None else f"{number(figure.low)} to {number(figure.high)}"


def verdict(figure: Figure) -> str:
    """Whether a figure reaches its target, "" where it has none; not certain where the target lies within the interval."""
    if figure.met is None or figure.target is None:
        return ""
    uncertain = figure.low is not None and figure.high is not None and figure.low < figure.target <= figure.high
    return (REACHED if figure.met else MISSED) + (", not certain" if uncertain else "")


def only_readers(annotators: Sequence[str], readings: Sequence[object]) -> str:
    """Who has something where others have nothing."""
    names = (name for name, reading in zip(annotators, readings, strict=True) if reading)
    return STATES[ONLY][1].format(" and ".join(names))


MOST = 10  # articles shown of each heading and pass


class ArticleSets(NamedTuple):
    """One article (None where it is not in the project) and all its sets."""

    article: Article | None
    sets: tuple[AnnotationSet, ...]


class CloseUp(NamedTuple):
    """One article, with the views of those who are compared under one heading; ``parts`` are its figures, the worst first."""

    kind: str
    pass_name: str
    article_id: str
    article: Article | None
    views: tuple[View, ...]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str | None:
        """The text that every set is about; None where it is withheld, or is not the text that was read."""
        read = {view.annotation_set.text_sha256 for view in self.views}
        return self.article.text if self.article is not None and read == {self.article.sha256} else None


def worst_by_heading(agreement: Agreement) -> dict[tuple[str, str], dict[str, list[Part]]]:
    """By heading and pass, at most ``MOST`` articles with their figures, in the order of ``by_article``."""
    worst: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for part in sorted(agreement.by_article, key=lambda part: HEADINGS.index(part.kind)):
        parts_of = worst.setdefault((part.kind, part.pass_name), {})
        if part.part in parts_of or len(parts_of) < MOST:
            parts_of.setdefault(part.part, []).append(part)
    return worst


def worst_articles(
    agreement: Agreement, articles: Streams[Article], sets: Streams[AnnotationSet], kinds: Mapping[str, str]
) -> dict[str, ArticleSets]:
    """The articles that the report shows, by id, with their sets; streams are each sorted by article.

    ``kinds`` is what is known of each annotator (annotators.yaml).
    """
    wanted = {article_id for parts in worst_by_heading(agreement).values() for article_id in parts}
    return {
        article_id: ArticleSets(known[0] if known else None, tuple(as_listed(each, kinds) for each in sets_of_article))
        for article_id, known, sets_of_article, _ in by_article(articles, sets)
        if article_id in wanted
    }


def close_ups(agreement: Agreement, articles: Mapping[str, ArticleSets], codebook: Codebook) -> Iterator[CloseUp]:
    """The worst articles that are in the project, with the views of those who read them."""
    for (kind, pass_name), parts_of in worst_by_heading(agreement).items():
        for article_id, parts in parts_of.items():
            known = articles.get(article_id)
            views = compared_views(known.sets, pass_name, kind, codebook) if known else ()
            if known and views:
                yield CloseUp(kind, pass_name, article_id, known.article, views, tuple(parts))


def compared_views(sets: Sequence[AnnotationSet], pass_name: str, kind: str, codebook: Codebook) -> tuple[View, ...]:
    """The views of those who are compared with somebody under a heading, by pseudonym."""
    of_pass = (each for each in sets if each.pass_name == pass_name)
    views = dict(views_by_pass(of_pass, codebook)).get(pass_name, [])
    pairs = (pair for pair in combinations(views, 2) if heading(pair[0].annotation_set, pair[1].annotation_set) == kind)
    names = {view.annotator for pair in pairs for view in pair}
    return tuple(view for view in views if view.annotator in names)


STYLES = 5  # different lines under spans
TaskLink = Callable[[str, str, str], str | None]  # article id, pass, annotator -> the address of the task, if it is known


class Reader(NamedTuple):
    """Who read the article, and the address of the task."""

    annotator: str
    annotator_kind: str
    assistance: str
    url: str | None


class Row(NamedTuple):
    """Something that differs, or (in a withheld text) a span: ``cells`` has each reader's labels, None for nothing."""

    layer: str
    about: str
    paragraph: int | None
    mark: str
    state: str
    cells: list[list[str] | None]


class ShownArticle(NamedTuple):
    """An article as it is shown under a heading. ``paragraphs`` is None where there is no text to show."""

    number: int  # of the page's articles
    kind: str
    pass_name: str
    article_id: str
    article: Article | None
    readers: list[Reader]
    parts: tuple[Part, ...]
    styles: dict[str, int]  # of the span layers
    paragraphs: list[list[list[Piece]]] | None
    left_out: int  # characters beyond the annotation window
    rows: list[Row]
    same: int  # spans that all readers have


def shown_article(number: int, close_up: CloseUp, names: Names, link: TaskLink) -> ShownArticle:
    """One article as the template shows it, the page's ``number``-th."""
    layers = names.codebook.layers_of(close_up.pass_name)
    spans = [layer for layer in layers if layer.kind == "span"]
    styles = {layer.name: place % STYLES for place, layer in enumerate(spans)}
    places = {layer.name: list(places_of(close_up.views, layer)) for layer in spans}
    text, bounds, paragraphs = close_up.text, None, None
    if text is not None and close_up.article is not None:
        bounds = paragraphs_of(close_up.article)
        marks = [_marked(reader, places, styles, names) for reader in range(len(close_up.views))]
        paragraphs = [[list(pieces(text, *bound, of_reader)) for of_reader in marks] for bound in bounds]
    return ShownArticle(
        number=number,
        kind=close_up.kind,
        pass_name=close_up.pass_name,
        article_id=close_up.article_id,
        article=close_up.article,
        readers=[_reader(view, link) for view in close_up.views],
        parts=close_up.parts,
        styles=styles,
        paragraphs=paragraphs,
        left_out=max(0, len(text) - bounds[-1][1]) if text is not None and bounds else 0,
        rows=list(_Rows(close_up.views, bounds, names).of(layers, places)),
        same=sum(place.state == SAME for of_layer in places.values() for place in of_layer),
    )


def _reader(view: View, link: TaskLink) -> Reader:
    made = view.annotation_set
    url = link(made.article_id, made.pass_name, made.annotator)
    return Reader(made.annotator, made.annotator_kind, made.assistance, url)


def _marked(reader: int, places: Mapping[str, Sequence[SpanPlace]], styles: Mapping[str, int], names: Names) -> list[Marked]:
    return [
        Marked(mark.start, mark.end, styles[mark.layer], names.of(mark.layer, mark.label), place.state_of(mark))
        for of_layer in places.values()
        for place in of_layer
        for mark in place.readings[reader]
    ]


class _Rows:
    """The list of differences between some readers."""

    def __init__(self, views: Sequence[View], bounds: Sequence[Extent] | None, names: Names) -> None:
        self.views, self.bounds, self.names = views, bounds, names
        self.annotators = [view.annotator for view in views]
        marks = ((mark, span) for view in views for by_mark in view.marks.values() for mark, span in by_mark.items())
        self.quotes = {mark[:2]: span.quote for mark, span in marks}

    def of(self, layers: Sequence[Layer], places: Mapping[str, Sequence[SpanPlace]]) -> Iterator[Row]:
        """Layer by layer, in the codebook's order. Without a text to draw them in, spans that all have are listed too."""
        for layer in layers:
            if layer.kind == "span":
                shown = (place for place in places[layer.name] if self.bounds is None or place.state != SAME)
                yield from map(self._of_spans, shown)
            else:
                differing = links_that_differ if layer.kind == "relation" else answers_that_differ
                yield from map(self._of_answers, differing(self.views, layer))

    def _of_spans(self, place: SpanPlace) -> Row:
        mark, state = STATES[place.state]
        state = only_readers(self.annotators, place.readings) if place.state == ONLY else state
        cells = [[self._span(span) for span in reading] or None for reading in place.readings]
        return Row(place.layer.name, "", self._paragraph(place.start), mark, state, cells)

    def _span(self, mark: Mark) -> str:
        return f"“{self.quotes[mark[:2]]}” {self.names.of(mark.layer, mark.label)}"

    def _of_answers(self, place: AnswerPlace) -> Row:
        layer = place.layer.name
        cells = [None if labels is None else [self.names.of(layer, label) for label in labels] for labels in place.readings]
        paragraph = self._paragraph(place.about[0]) if not isinstance(place.about, str) else None
        return Row(layer, self._about(place), paragraph, "", "another link" if place.to else "another answer", cells)

    def _about(self, place: AnswerPlace) -> str:
        if isinstance(place.about, str):
            return self.names.of("", place.about) or "the article"
        about = f"“{self.quotes[place.about]}”"
        return f"{about} → “{self.quotes[place.to]}”" if place.to else about

    def _paragraph(self, start: int) -> int | None:
        """The number of the paragraph in which a place begins."""
        inside = (number for number, (left, right) in enumerate(self.bounds or ()) if left <= start < right)
        return next(inside, None)
