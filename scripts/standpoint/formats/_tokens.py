"""The tokens of a text; documents that are read token by token, and spans from labels of tokens in any of the usual schemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

import regex
from msgspec.structs import replace

from standpoint.codebook.types import Codebook
from standpoint.core.model import Span
from standpoint.core.offsets import places_in
from standpoint.formats import Document, Place

# A word keeps its inner apostrophes, dots and dashes; any other character is a token, together with its combining marks.
TOKEN = regex.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]\p{M}*")


def tokens(text: str, start: int, end: int, cuts: Iterable[int] = ()) -> Iterator[Place]:
    """Start and end of the tokens of ``text[start:end]``; a token is divided at each cut that lies inside it."""
    places = sorted({cut for cut in cuts if start < cut < end})
    for match in TOKEN.finditer(text, start, end):
        edges = [match.start(), *(cut for cut in places if match.start() < cut < match.end()), match.end()]
        yield from zip(edges, edges[1:], strict=False)


def markable(article: Document, codebook: Codebook) -> list[Place]:
    """The parts of the text that annotators could mark; the whole text if the article does not say."""
    zones = [(zone["name"], zone["start"], zone["end"]) for zone in article.about.get("zones", ())]
    return codebook.zones.parts(zones, article.about.get("annotated_until") or len(article.text)) or []


def undecided(article: Document, codebook: Codebook, layer: str) -> Callable[[int, int], bool]:
    """Whether a token lies, wholly or in part, where nobody decided about spans of a layer: where nobody could annotate, or in a
    span of an open conflict. Such a token without a span is no negative example.
    """
    conflicts = (one["place"] for one in article.about.get("open_conflicts", ()) if one["layer"] == layer)
    parts, places = markable(article, codebook), [place for where in conflicts for place in places_in(where)]

    def is_undecided(start: int, end: int) -> bool:
        inside = any(left <= start and end <= right for left, right in parts)
        return not inside or any(left < end and start < right for left, right in places)

    return is_undecided


def stripped(article: Document) -> list[Span]:
    """The spans of an article without the blanks at their ends, in text order. Spans of blanks only are left out."""
    spans = []
    for span in article.annotations:
        if isinstance(span, Span) and (words := span.quote.strip()):
            start = span.start + len(span.quote) - len(span.quote.lstrip())
            spans.append(replace(span, start=start, end=start + len(words), quote=words))
    return sorted(spans, key=lambda span: (span.start, -span.end))


def without_overlaps(article: Document) -> dict[str, list[Span]]:
    """The spans of each layer in text order. Of overlapping spans, the first is kept; of spans with the same start, the longest:
    a BIO column has one label per token.
    """
    kept: dict[str, list[Span]] = {}
    for span in stripped(article):
        of_layer = kept.setdefault(span.layer, [])
        if not of_layer or span.start >= of_layer[-1].end:
            of_layer.append(span)
    return kept


def escape_cell(text: str) -> str:
    """A value without the characters that end a cell or separate values; a lone ``_``, which means "empty", is escaped too."""
    return re.sub(r"[\s%,>|]|^_$", lambda match: quote(match[0], safe="") if match[0] != "_" else "%5F", text)


def windows(article: Document, codebook: Codebook, spans: Iterable[Span]) -> list[Place]:
    """The sentences that could be annotated, joined where a span runs over several. A span outside is a window of its own."""
    parts = markable(article, codebook)
    sentences = [(start, end) for start, end in article.sentences if any(left < end and start < right for left, right in parts)]
    places: list[Place] = []
    for start, end in sorted([*sentences, *((span.start, span.end) for span in spans)]):
        if places and start < places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((start, end))
    return places


TAG = re.compile(r"(?:[BIESLUMW]-\S.*|[BI]|O|_)")  # BIO, IOB, BIOES or BILOU
BEGINS, ENDS = "BSUW", "ESLUW"


@dataclass
class Token:
    """A token: its place in the text, and its cells by column."""

    start: int
    end: int
    cells: dict[str, str]
    is_first: bool = False  # in its sentence
    continues: Sequence[str] = ()  # the columns whose span goes on from the sentence before


@dataclass
class Growing:
    """A document while it is read. ``gap``: the characters before the next token. ``broken``: why it is refused."""

    where: str
    name: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    gap: str = ""
    tokens: list[Token] = field(default_factory=list)
    sentences: list[Place] = field(default_factory=list)
    broken: str = ""

    def add(self, form: str, cells: dict[str, str], is_first: bool, continues: Sequence[str] = ()) -> None:
        start = self.length + len(self.gap)
        self.parts += [self.gap, form]
        self.length, self.gap = start + len(form), ""
        self.tokens.append(Token(start, self.length, cells, is_first, continues))

    @property
    def text(self) -> str:
        return "".join([*self.parts, self.gap])


def spans_in(document: Growing, text: str, column: str, layer: str) -> tuple[list[Span], int]:
    """The spans of a column, and how many begin with I-. Labels of any of the schemes are read in the same way."""
    open_label: str | None = None
    stretches: list[tuple[str, int, int]] = []
    late = 0
    for token in document.tokens:
        sign, _, label = token.cells.get(column, "O").partition("-")
        label = unquote(label)
        continues = column in token.continues and open_label == label
        if token.is_first and not continues:
            open_label = None
        if sign in ("O", "_", ""):
            open_label = None
        elif (sign in BEGINS and not continues) or open_label != label:
            late += sign not in BEGINS
            stretches.append((label, token.start, token.end))
            open_label = label
        else:
            stretches[-1] = (label, stretches[-1][1], token.end)
        if sign in ENDS:
            open_label = None
    spans = [
        Span(id=f"{column}-{start}-{end}", layer=layer, label=label, start=start, end=end, quote=text[start:end])
        for label, start, end in stretches
    ]
    return spans, late
