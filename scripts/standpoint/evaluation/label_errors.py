"""The errors of one side against the other, by class: which label it gave in place of which, with examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from standpoint.agreement.comparison import Pair, label_pairs
from standpoint.agreement.counts import Reading
from standpoint.codebook.types import Layer

RIGHT = "right"
MISSED, ADDED = "missed", "added"  # the reference alone has it, or the other side alone
LABEL, EXTENT, BOTH = "other label", "other extent", "other label and extent"
# Of a question with one answer: the annotators were asked about different actors, say, or one has not answered.
ONE_ANSWER = "one answer only"
ERRORS = (MISSED, ADDED, LABEL, EXTENT, BOTH, ONE_ANSWER)


class Example(Struct, frozen=True, kw_only=True):
    """An item with an error. ``places`` are the extents of its spans, or the actor that it is about; () for the article.

    ``reference_places`` are those of the reference, if they are others. Quotes are "" where the text is withheld.
    """

    article_id: str
    annotator: str
    reference: str
    places: tuple[tuple[int, int] | str, ...]
    reference_places: tuple[tuple[int, int] | str, ...] = ()
    quote: str = ""
    reference_quote: str = ""


class ErrorClass(Struct, frozen=True, kw_only=True):
    """All errors with one pair of labels: the reference's, and the one that was given; "" for none."""

    error: str
    expected: str
    given: str
    count: int
    examples: tuple[Example, ...] = ()


class LayerErrors(Struct, frozen=True, kw_only=True):
    """The errors in a layer. ``right`` are the items with the same label and extent.

    ``classes`` has the most frequent first, and at the end the questions that only one has answered, which may be no errors.
    """

    pass_name: str
    layer: str
    right: int
    errors: dict[str, int]
    classes: tuple[ErrorClass, ...] = ()


Key = tuple[str, str, str]  # error, expected label, given label


class ErrorTally:
    """The errors in one layer, with the first ``examples`` of each class, each from another article if there are enough."""

    def __init__(self, pass_name: str, layer: Layer, examples: int) -> None:
        self.pass_name, self.layer, self.most = pass_name, layer, examples
        self.counts: Counter[Key] = Counter()
        self.examples: dict[Key, list[Example]] = defaultdict(list)
        self.more: dict[Key, list[Example]] = defaultdict(list)  # further ones of the same articles

    def add(self, article_id: str, reading: Reading, reference: Reading, quoting: bool) -> None:
        """Count one reading against the reference. ``quoting``: whether the words of the article may be shown."""
        for pair in label_pairs(self.layer, reading, reference):
            key = (error_of(pair, self.layer), pair.other_label, pair.label)
            self.counts[key] += 1
            if key[0] == RIGHT or min(len(self.examples[key]), len(self.more[key])) >= self.most:
                continue
            new = all(example.article_id != article_id for example in self.examples[key])
            kept = self.examples[key] if new else self.more[key]
            if len(kept) < self.most:
                kept.append(_example(article_id, pair, reading, reference, quoting))

    def _rank(self, key: Key) -> tuple:
        return key[0] == ONE_ANSWER, -self.counts[key], key

    def result(self) -> LayerErrors:
        """The errors, the most frequent classes first."""
        by_error: Counter[str] = Counter()
        for (error, _, _), count in self.counts.items():
            by_error[error] += count
        ranked = sorted((key for key in self.counts if key[0] != RIGHT), key=self._rank)
        return LayerErrors(
            pass_name=self.pass_name,
            layer=self.layer.name,
            right=by_error[RIGHT],
            errors={error: by_error[error] for error in ERRORS},
            classes=tuple(
                ErrorClass(
                    error=error,
                    expected=expected,
                    given=given,
                    count=self.counts[error, expected, given],
                    examples=tuple([*self.examples[error, expected, given], *self.more[error, expected, given]][: self.most]),
                )
                for error, expected, given in ranked
            ),
        )


def error_of(pair: Pair, layer: Layer) -> str:
    """The kind of error of a pair, of which the second reading is the reference."""
    if not (pair.place and pair.other_place):
        if layer.kind == "choice" and not layer.multiple:
            return ONE_ANSWER
        return ADDED if pair.place else MISSED
    same_label, same_place = pair.label == pair.other_label, pair.place == pair.other_place
    return RIGHT if same_label and same_place else LABEL if same_place else EXTENT if same_label else BOTH


def _example(article_id: str, pair: Pair, reading: Reading, reference: Reading, quoting: bool) -> Example:
    places, reference_places = (tuple(_shown(place)) for place in (pair.place, pair.other_place))
    other = reference_places if pair.place and places != reference_places else ()
    return Example(
        article_id=article_id,
        annotator=reading.view.annotator,
        reference=reference.view.annotator,
        places=places if pair.place else reference_places,
        reference_places=other,
        quote=_quote(*((pair.place, reading) if pair.place else (pair.other_place, reference))) if quoting else "",
        reference_quote=_quote(pair.other_place, reference) if quoting and other else "",
    )


def _shown(place: Sequence[tuple[int, int, str] | str]) -> Iterator[tuple[int, int] | str]:
    for end in place:
        if isinstance(end, str):
            yield from (end,) if end else ()  # "" stands for the article
        else:
            yield end[:2]


def _quote(place: Sequence[tuple[int, int, str] | str], reading: Reading) -> str:
    """The words of the spans at a place; "" if it is about an actor or the article."""
    quotes = []
    for end in place:
        if not isinstance(end, str):
            spans = reading.view.marks[end[2]]
            quotes += [span.quote for mark, span in spans.items() if mark[:3] == end][:1]
    return " → ".join(quotes)
