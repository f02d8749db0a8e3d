"""A researcher's own copies of withheld articles: found, aligned, and put back under their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from standpoint.core.model import Article
from standpoint.dataset.schema import Schema
from standpoint.dataset.withhold import checksum, mask_of

RESTORED, TRANSFERRED = "restored", "transferred"  # what ``text_status`` says of a text that was put back
Stretch = tuple[int, int]


def restored(row: dict, article: Article, schema: Schema) -> dict:
    """The row with the text and the quotes of a copy whose sha256 is the row's. Long typed answers are not in the text."""
    return _with_text(row | {"text_status": RESTORED}, article, schema, Places())


def transferred(row: dict, article: Article, schema: Schema, others: Iterable[Stretch]) -> tuple[dict, Places] | None:
    """The row on a copy that differs, with its offsets moved; None unless each labelled stretch of it, and of
    ``others``, lies in sentences that the copy has unchanged and in their order.
    """
    places = Places(aligned(row, article))
    if not all(places.has(*stretch) for stretch in (*_labelled(row, schema), *others)):
        return None
    structure = {
        "zones": [{"name": zone.name, "start": zone.start, "end": zone.end} for zone in article.zones],
        "paragraphs": [{"start": start, "end": end} for start, end in article.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in article.sentences],
        "annotated_until": article.annotated_until,
        "sha256": article.sha256,
    }
    return _with_text(row | structure | {"text_status": TRANSFERRED}, article, schema, places), places


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


def _with_text(row: dict, article: Article, schema: Schema, places: Places) -> dict:
    text = article.text
    row |= {"text": text, "title": row["title"] or article.title or None, "mask": None, "sentence_sha256": []}
    for layer in schema.spans:
        links = [other.name for other in schema.fields[layer.name][1]]
        items = []
        for item in map(places.moved, row[layer.name]):
            item["quote"] = text[item["start"] : item["end"]]
            items.append(item | {name: [places.moved(link) for link in item[name]] for name in links})
        row[layer.name] = items
    return row


def _labelled(row: dict, schema: Schema) -> list[Stretch]:
    return [(item["start"], item["end"]) for layer in schema.spans for item in row[layer.name]]


SHARED = 0.5  # of its sentences: a copy with so many of an article's is a copy of that article, however much differs


class _Line(Struct, omit_defaults=True):
    """A line of the file: the release that it is for; a copy and what it is a copy of; or a raw file that is done."""

    release: str = ""
    id: str = ""
    exact: bool = False
    article: Article | None = None
    done: tuple[str, int, int] | None = None


class Place(NamedTuple):
    """Where a copy lies in the file, and whether its text is the original's."""

    offset: int
    length: int
    exact: bool


class Index:
    """The withheld articles of a release, by all that a copy can be known by."""

    def __init__(self, rows: Iterable[dict]) -> None:
        self.sentences: dict[str, int] = {}
        self._by: dict[tuple[str, str], str] = {}
        self._by_sentence: dict[str, set[str]] = {}
        for row in rows:
            self.sentences[row["id"]] = len(row["sentence_sha256"])
            self._by["sha256", row["sha256"]] = row["id"]
            if row["url"]:
                self._by["url", row["url"]] = row["id"]
            for known in row["sentence_sha256"]:
                self._by_sentence.setdefault(known, set()).add(row["id"])

    def find(self, article: Article) -> tuple[str, bool] | None:
        """Which article this is a copy of, and whether its text is the original's."""
        if exact := self._by.get(("sha256", article.sha256)):
            return exact, True
        found = self._by.get(("url", article.url or ""))
        shared = Counter(
            name for start, end in article.sentences for name in self._by_sentence.get(checksum(article.text[start:end]), ())
        )
        likely = shared.most_common(1)
        if not found and likely and likely[0][1] >= SHARED * self.sentences[likely[0][0]]:
            found = likely[0][0]
        return (found, False) if found else None


class Copies:
    """The copies found so far, in a file that only grows. ``release`` is what they are copies for (any string)."""

    def __init__(self, path: Path, release: str) -> None:
        self.path, self.places, self.done = path, {}, set()
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._read(release) if path.exists() else 0
        self._file = path.open("r+b" if whole else "w+b")
        self._file.truncate(whole)
        self._file.seek(0, 2)
        if not whole:
            self._write(_Line(release=release))

    def _read(self, release: str) -> int:
        """Take notice of the whole lines; how many bytes they are. 0 where the file is for another release."""
        offset = 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(file):
                try:
                    line = msgspec.json.decode(raw, type=_Line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    break  # the line that a killed run was writing
                if not number and line.release != release or not raw.endswith(b"\n"):
                    break
                self._note(line, offset, len(raw))
                offset += len(raw)
        return offset

    def _note(self, line: _Line, offset: int, length: int) -> None:
        if line.done:
            self.done.add(line.done)
        if line.article and not (line.id in self.places and self.places[line.id].exact):
            self.places[line.id] = Place(offset, length, line.exact)

    def _write(self, line: _Line) -> None:
        raw = msgspec.json.encode(line) + b"\n"
        self._note(line, self._file.tell(), len(raw))
        self._file.write(raw)
        self._file.flush()

    def take(self, index: Index, articles: Iterable[Article]) -> Iterator[str]:
        """Put those aside that are copies of what is looked for; the id of each that is found."""
        for article in articles:
            found = index.find(article)
            if found and not (found[0] in self.places and self.places[found[0]].exact):
                self._write(_Line(id=found[0], exact=found[1], article=article))
                yield found[0]

    def finish(self, path: Path) -> None:
        """Note that a raw file has been read to its end."""
        self._write(_Line(done=_stamp(path)))

    def finished(self, path: Path) -> bool:
        """Whether a raw file has been read to its end, and is as it was then."""
        return _stamp(path) in self.done

    def get(self, name: str) -> tuple[Article, bool] | None:
        """The copy of an article, and whether its text is the original's."""
        place = self.places.get(name)
        if place is None:
            return None
        self._file.seek(place.offset)
        line = msgspec.json.decode(self._file.read(place.length), type=_Line)
        self._file.seek(0, 2)
        return line.article, line.exact

    def close(self) -> None:
        """Close the file; it stays, for another run."""
        self._file.close()


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
