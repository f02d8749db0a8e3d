"""The articles that the report shows whole: where readings differ, drawn side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from standpoint.adjudication.content import Mark, View, views_by_pass
from standpoint.agreement.figures import Agreement, Figure, Part
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import Streams, joined
from standpoint.core.model import AnnotationSet, Article
from standpoint.core.provenance import HEADINGS, as_listed, heading


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


def paragraphs_of(article: Article) -> list[tuple[int, int]]:
    """``[start, end)`` of all paragraphs within the annotation window; what lies between two belongs to the first of them."""
    until = article.annotated_until or len(article.text)
    starts = [start for start, _ in article.paragraphs if 0 < start < until]
    bounds = [0, *starts, min(until, len(article.text))]
    return list(zip(bounds, bounds[1:], strict=False))


def pieces(text: str, start: int, end: int, marks: Sequence[Marked]) -> Iterator[Piece]:
    """The pieces of ``text[start:end]``, without the blanks at its end."""
    end = start + len(text[start:end].rstrip())
    there = [mark for mark in marks if mark.start < end and mark.end > start]
    bounds = sorted({start, end, *(edge for mark in there for edge in mark[:2] if start < edge < end)})
    there.sort(key=lambda mark: (mark.start, -mark.end, mark.style))
    for left, right in zip(bounds, bounds[1:], strict=False):
        covers = [Cover(mark, mark.start == left, mark.end == right) for mark in there if mark.start < right and mark.end > left]
        yield Piece(text[left:right], tuple(covers))


SAME, ONLY, LABEL, EXTENT, BOTH = "same", "only", "label", "extent", "both"  # what becomes of a span in the other readings
Extent = tuple[int, int]


class Place(NamedTuple):
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
        return {(False, False): SAME, (False, True): LABEL, (True, False): EXTENT}.get((len(extents) > 1, len(labels) > 1), BOTH)

    def state_of(self, mark: Mark) -> str:
        """How one span differs: a place may have spans that all readers share, beside others."""
        return SAME if all(mark in reading for reading in self.readings) else self.state


class Answered(NamedTuple):
    """What was answered about one thing, or linked: each reader's labels as they are shown, None who has no such thing."""

    layer: Layer
    about: Extent | str  # a span's extent, an actor, or "" for the article
    to: Extent | None  # a link's other end
    readings: tuple[tuple[str, ...] | None, ...]


def places_of(views: Sequence[View], layer: Layer) -> Iterator[Place]:
    """The places of a span layer, in reading order."""
    marks = sorted((mark, reader) for reader, view in enumerate(views) for mark in view.marks.get(layer.name, ()))
    cluster: list[tuple[Mark, int]] = []
    for mark, reader in marks:
        if cluster and mark.start >= max(other.end for other, _ in cluster):
            yield _place(layer, cluster, len(views))
            cluster = []
        cluster.append((mark, reader))
    if cluster:
        yield _place(layer, cluster, len(views))


def _place(layer: Layer, cluster: Sequence[tuple[Mark, int]], readers: int) -> Place:
    readings = tuple(tuple(mark for mark, by in cluster if by == reader) for reader in range(readers))
    return Place(layer, min(mark.start for mark, _ in cluster), max(mark.end for mark, _ in cluster), readings)


def answers_that_differ(views: Sequence[View], layer: Layer) -> Iterator[Answered]:
    """What the readers answered differently, in reading order; typed texts differ by more than capitals and blanks."""
    found = [_answers(view, layer) for view in views]
    had = [_extents(view, layer.of) if layer.of else None for view in views]
    for about in sorted({about for answers in found for about in answers}):
        readings = [
            None if spans is not None and about not in spans else row.get(about, {})
            for row, spans in zip(found, had, strict=True)
        ]
        yield from _if_different(layer, about, None, readings)


def links_that_differ(views: Sequence[View], layer: Layer) -> Iterator[Answered]:
    """The pairs of spans that readers linked differently, in reading order."""
    found: list[dict] = [{} for _ in views]
    for view, links in zip(views, found, strict=True):
        for head, tail, label in view.links.get(layer.name, ()):
            links.setdefault(((head[:2], head.layer), (tail[:2], tail.layer)), {})[label] = label
    had = [{(mark[:2], name) for name, marks in view.marks.items() for mark in marks} for view in views]
    for head, tail in sorted({ends for links in found for ends in links}):
        readings = [row.get((head, tail), {}) if {head, tail} <= spans else None for row, spans in zip(found, had, strict=True)]
        yield from _if_different(layer, head[0], tail[0], readings)


def _answers(view: View, layer: Layer) -> dict[Extent | str, dict[Hashable, str]]:
    """{what it is about: {what is compared: what is shown}}"""
    answers: dict[Extent | str, dict[Hashable, str]] = {}
    for about, choices in view.answers.get(layer.name, {}).items():
        shown = {key: choice.label for key, choice in choices.items()}
        answers.setdefault(about[:2] if isinstance(about, Mark) else about, {}).update(shown)
    return answers


def _extents(view: View, layer: str) -> set[Extent]:
    return {mark[:2] for mark in view.marks.get(layer, ())}


def _if_different(layer: Layer, about: Extent | str, to: Extent | None, readings: Sequence[dict | None]) -> Iterator[Answered]:
    there = [reading for reading in readings if reading is not None]
    if len(there) > 1 and any(reading.keys() != there[0].keys() for reading in there):
        shown = (None if reading is None else tuple(sorted(reading.values())) for reading in readings)
        yield Answered(layer, about, to, tuple(shown))


STATES = {
    SAME: ("", "the same"),
    ONLY: ("◆", "only {}"),
    LABEL: ("▲", "other label"),
    EXTENT: ("↔", "other extent"),
    BOTH: ("↔▲", "other extent and label"),
}
REACHED, MISSED = "✔ reached", "✘ missed"
UNSAID = "not annotated"  # a confusion's label ""


class Names(NamedTuple):
    """What labels are called: actors by their names, the codebook's labels as annotators see them."""

    codebook: Codebook
    actors: Mapping[str, str]

    def of(self, layer: str, label: str) -> str:
        """A label as it is shown; typed texts, and labels that the codebook does not list, as they are."""
        known = self.codebook.by_name.get(layer)
        if known is not None and label in known.by_name:
            return known.by_name[label].show or label
        return self.actors.get(label, label)


def number(value: float | None) -> str:
    """Two decimals; a dash for no value."""
    return "–" if value is None else f"{value:.2f}".replace("-", "\u2212")


def counted(count: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def interval(figure: Figure) -> str:
    """The 95 % interval of a figure."""
    return "–" if figure.low is None or figure.high is None else f"{number(figure.low)} to {number(figure.high)}"


def verdict(figure: Figure) -> str:
    """Whether a figure reaches its target, if it has one."""
    if figure.target is None or figure.value is None:
        return ""
    reached = REACHED if figure.value >= figure.target else MISSED
    across = figure.low is not None and figure.high is not None and figure.low < figure.target <= figure.high
    return reached + (", not certain" if across else "")


def only(annotators: Sequence[str], readings: Sequence[object]) -> str:
    """Who has something where others have nothing."""
    return STATES[ONLY][1].format(" and ".join(name for name, reading in zip(annotators, readings, strict=True) if reading))


MOST = 10  # articles shown of each heading and pass


class Held(NamedTuple):
    """One article (None where it is not in the project) and all its sets."""

    article: Article | None
    sets: tuple[AnnotationSet, ...]


class CloseUp(NamedTuple):
    """One article as those read it who are compared under one heading; ``parts`` are its figures, the worst first."""

    kind: str
    pass_name: str
    article_id: str
    article: Article | None
    views: tuple[View, ...]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str | None:
        """The text that every set is about; None where it is withheld, or is not the text that was read."""
        read = {view.made.text_sha256 for view in self.views}
        return self.article.text if self.article is not None and read == {self.article.sha256} else None


def chosen(agreement: Agreement) -> dict[tuple[str, str], dict[str, list[Part]]]:
    """By heading and pass, at most ``MOST`` articles with their figures, in the order of ``by_article``."""
    found: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for part in sorted(agreement.by_article, key=lambda part: HEADINGS.index(part.kind)):
        by_article = found.setdefault((part.kind, part.pass_name), {})
        if part.part in by_article or len(by_article) < MOST:
            by_article.setdefault(part.part, []).append(part)
    return found


def worst_articles(
    agreement: Agreement, articles: Streams[Article], sets: Streams[AnnotationSet], kinds: Mapping[str, str]
) -> dict[str, Held]:
    """What the report shows of the articles that ``agreement.by_article`` names; streams are each sorted by article.

    ``kinds`` is what is known of each annotator (annotators.yaml).
    """
    wanted = {article_id for by_article in chosen(agreement).values() for article_id in by_article}
    found = ((article_id, known, sets) for article_id, known, sets in joined(articles, sets) if article_id in wanted)
    return {
        article_id: Held(known[0] if known else None, tuple(as_listed(one, kinds) for one in sets))
        for article_id, known, sets in found
    }


def close_ups(agreement: Agreement, held: Mapping[str, Held], codebook: Codebook) -> Iterator[CloseUp]:
    """The worst articles that are held, with those who read them."""
    for (kind, pass_name), by_article in chosen(agreement).items():
        for article_id, parts in by_article.items():
            known = held.get(article_id)
            views = compared(known.sets, pass_name, kind, codebook) if known else ()
            if views:
                yield CloseUp(kind, pass_name, article_id, known.article, views, tuple(parts))


def compared(sets: Sequence[AnnotationSet], pass_name: str, kind: str, codebook: Codebook) -> tuple[View, ...]:
    """The views of those who are compared with somebody under a heading, by pseudonym."""
    views = dict(views_by_pass((one for one in sets if one.pass_name == pass_name), codebook)).get(pass_name, [])
    pairs = (pair for pair in combinations(views, 2) if heading(pair[0].made, pair[1].made) == kind)
    names = {view.annotator for pair in pairs for view in pair}
    return tuple(view for view in views if view.annotator in names)


STYLES = 5  # different lines under spans


class Reader(NamedTuple):
    """Who read the article, and where the task is."""

    annotator: str
    annotator_kind: str
    assistance: str
    url: str | None


class Row(NamedTuple):
    """Something that differs, or (in a withheld text) a span: ``cells`` has what each reader said, None for nothing."""

    layer: str
    about: str
    paragraph: int | None
    mark: str
    state: str
    cells: list[list[str] | None]


class Shown(NamedTuple):
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


def shown(number: int, one: CloseUp, names: Names, link: Callable[[str, str, str], str | None]) -> Shown:
    """What the template shows of one article, the page's ``number``-th."""
    layers = names.codebook.layers_of(one.pass_name)
    spans = [layer for layer in layers if layer.kind == "span"]
    styles = {layer.name: number % STYLES for number, layer in enumerate(spans)}
    places = {layer.name: list(places_of(one.views, layer)) for layer in spans}
    bounds = paragraphs_of(one.article) if one.text is not None else None
    marks = [_marked(reader, places, styles, names) for reader in range(len(one.views))]
    return Shown(
        number=number,
        kind=one.kind,
        pass_name=one.pass_name,
        article_id=one.article_id,
        article=one.article,
        readers=[_reader(view, link) for view in one.views],
        parts=one.parts,
        styles=styles,
        paragraphs=bounds and [[list(pieces(one.text, *bound, row)) for row in marks] for bound in bounds],
        left_out=max(0, len(one.text) - bounds[-1][1]) if bounds else 0,
        rows=list(_Rows(one.views, bounds, names).of(layers, places)),
        same=sum(place.state == SAME for found in places.values() for place in found),
    )


def _reader(view: View, link: Callable[[str, str, str], str | None]) -> Reader:
    made = view.made
    url = link(made.article_id, made.pass_name, made.annotator)
    return Reader(made.annotator, made.annotator_kind, made.assistance, url)


def _marked(reader: int, places: dict[str, list[Place]], styles: dict[str, int], names: Names) -> list[Marked]:
    return [
        Marked(mark.start, mark.end, styles[mark.layer], names.of(mark.layer, mark.label), place.state_of(mark))
        for found in places.values()
        for place in found
        for mark in place.readings[reader]
    ]


class _Rows:
    """The list of what differs between some readers."""

    def __init__(self, views: Sequence[View], bounds: Sequence[tuple[int, int]] | None, names: Names) -> None:
        self.views, self.bounds, self.names = views, bounds, names
        self.annotators = [view.annotator for view in views]
        marks = ((mark, span) for view in views for by_mark in view.marks.values() for mark, span in by_mark.items())
        self.quotes = {mark[:2]: span.quote for mark, span in marks}

    def of(self, layers: Sequence[Layer], places: dict[str, list[Place]]) -> Iterator[Row]:
        """Layer by layer, in the codebook's order."""
        for layer in layers:
            if layer.kind == "span":
                yield from (self._of_place(one) for one in places[layer.name] if self.bounds is None or one.state != SAME)
            else:
                found = links_that_differ if layer.kind == "relation" else answers_that_differ
                yield from map(self._of_answer, found(self.views, layer))

    def _of_place(self, place: Place) -> Row:
        mark, state = STATES[place.state]
        state = only(self.annotators, place.readings) if "{}" in state else state
        cells = [[self._span(one) for one in reading] or None for reading in place.readings]
        return Row(place.layer.name, "", self._paragraph(place.start), mark, state, cells)

    def _span(self, mark: Mark) -> str:
        return f"“{self.quotes[mark[:2]]}” {self.names.of(mark.layer, mark.label)}"

    def _of_answer(self, one: Answered) -> Row:
        cells = [
            None if reading is None else [self.names.of(one.layer.name, label) for label in reading] for reading in one.readings
        ]
        paragraph = self._paragraph(one.about[0]) if isinstance(one.about, tuple) else None
        words = "another link" if one.to else "another answer"
        return Row(one.layer.name, self._about(one), paragraph, "", words, cells)

    def _about(self, one: Answered) -> str:
        if isinstance(one.about, str):
            return self.names.of("", one.about) or "the article"
        about = f"“{self.quotes[one.about]}”"
        return f"{about} → “{self.quotes[one.to]}”" if one.to else about

    def _paragraph(self, start: int) -> int | None:
        """The number of the paragraph that a place begins in."""
        inside = (number for number, (left, right) in enumerate(self.bounds or ()) if left <= start < right)
        return next(inside, None)
