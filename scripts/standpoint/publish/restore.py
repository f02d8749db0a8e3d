"""A researcher's own copy of a withheld article, put back under its labels: the same text, or one whose labelled
sentences are all there; otherwise, where the copy first differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from standpoint.model import Article
from standpoint.publish.shape import Shape
from standpoint.publish.withhold import checksum, mask_of

RESTORED, TRANSFERRED = "restored", "transferred"  # what ``text_status`` says of a text that was put back
Stretch = tuple[int, int]


def restored(row: dict, article: Article, shape: Shape) -> dict:
    """The row with the text and the quotes of a copy whose sha256 is the row's. Long typed answers are not in the text."""
    return _with_text(row | {"text_status": RESTORED}, article, shape, Places())


def transferred(row: dict, article: Article, shape: Shape, others: Iterable[Stretch]) -> tuple[dict, Places] | None:
    """The row on a copy that differs, with its offsets moved; None unless each labelled stretch of it, and of
    ``others``, lies in sentences that the copy has unchanged and in their order.
    """
    places = Places(aligned(row, article))
    if not all(places.has(*stretch) for stretch in (*_labelled(row, shape), *others)):
        return None
    structure = {
        "zones": [{"name": zone.name, "start": zone.start, "end": zone.end} for zone in article.zones],
        "paragraphs": [{"start": start, "end": end} for start, end in article.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in article.sentences],
        "annotated_until": article.annotated_until,
        "sha256": article.sha256,
    }
    return _with_text(row | structure | {"text_status": TRANSFERRED}, article, shape, places), places


class Places:
    """Where stretches of the original stand in the copy. Without sentences: where they stood."""

    def __init__(self, sentences: Sequence[tuple[Stretch, int]] | None = None) -> None:
        self.sentences = sentences  # (stretch in the original, how far it moved), in order

    def shift(self, start: int, end: int) -> int | None:
        """How far a stretch moved; None where it is not in sentences that moved alike and left no gap."""
        if self.sentences is None:
            return 0
        touched = [(one, by) for one, by in self.sentences if one[0] < end and start < one[1]]
        alike = len({by for _, by in touched}) == 1
        return touched[0][1] if alike and touched[0][0][0] <= start and end <= touched[-1][0][1] else None

    def has(self, start: int, end: int) -> bool:
        """Whether the copy has the stretch unchanged."""
        return self.shift(start, end) is not None

    def moved(self, item: dict) -> dict:
        """An item with ``start`` and ``end`` as they are in the copy."""
        by = self.shift(item["start"], item["end"])
        return item | {"start": item["start"] + by, "end": item["end"] + by}


def aligned(row: dict, article: Article) -> list[tuple[Stretch, int]]:
    """The sentences of the original that the copy has unchanged and in their order, and how far each moved."""
    theirs = [checksum(article.text[start:end]) for start, end in article.sentences]
    blocks = SequenceMatcher(None, row["sentence_sha256"], theirs, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    ours = [(sentence["start"], sentence["end"]) for sentence in row["sentences"]]
    return [(ours[one], article.sentences[other][0] - ours[one][0]) for one, other in pairs]


def first_difference(row: dict, text: str) -> int:
    """Up to which code point a copy may be the same text: the first blank that stands elsewhere, or the begin of the first
    sentence that is another, whichever comes first.
    """
    by_mask = next(
        (at for at, (one, other) in enumerate(zip_longest(row["mask"] or "", mask_of(text))) if one != other), len(text)
    )
    sums = zip(row["sentences"], row["sentence_sha256"], strict=False)
    starts = (item["start"] for item, known in sums if checksum(text[item["start"] : item["end"]]) != known)
    return min(by_mask, next(starts, len(text)))


def with_quotes(row: dict, text: str, places: Places) -> dict:
    """A row of the annotations with the quotes of the text."""
    spans = [places.moved(span) for span in row["spans"]]
    return row | {"spans": [span | {"quote": text[span["start"] : span["end"]]} for span in spans]}


def _with_text(row: dict, article: Article, shape: Shape, places: Places) -> dict:
    text = article.text
    row |= {"text": text, "title": row["title"] or article.title or None, "mask": None, "sentence_sha256": []}
    for layer in shape.spans:
        links = [other.name for other in shape.fields[layer.name][1]]
        items = []
        for item in map(places.moved, row[layer.name]):
            item["quote"] = text[item["start"] : item["end"]]
            items.append(item | {name: [places.moved(link) for link in item[name]] for name in links})
        row[layer.name] = items
    return row


def _labelled(row: dict, shape: Shape) -> list[Stretch]:
    return [(item["start"], item["end"]) for layer in shape.spans for item in row[layer.name]]
