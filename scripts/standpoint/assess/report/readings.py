"""One article with both readings as the template shows it: paragraph beside paragraph, then a list of what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from standpoint.assess.figures import Part
from standpoint.assess.report.close_up import SAME, Answered, Place, answers_that_differ, links_that_differ, places_of
from standpoint.assess.report.pieces import Marked, Piece, paragraphs_of, pieces
from standpoint.assess.report.words import STATES, Names, only
from standpoint.assess.report.worst import CloseUp
from standpoint.assess.views import Mark, View
from standpoint.codebook.types import Layer
from standpoint.model import Article

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
