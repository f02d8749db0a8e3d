"""A researcher's own copies of withheld articles: find them, align them, and restore texts and quotes from them."""

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

RESTORED, TRANSFERRED = "restored", "transferred"  # the ``text_status`` of a restored text
SHARED_SENTENCES = 0.5  # a text with this share of an article's sentences is a copy of it, however the rest differs
Range = tuple[int, int]  # start and end, in code points


class Copy(NamedTuple):
    """A copy of a withheld article, its text, and whether that is exactly the original's text."""

    article: Article
    text: str
    exact: bool


def restore_text(row: dict, copy: Copy, schema: Schema) -> dict:
    """A row of the documents with the text and quotes of an exact copy. Long typed answers stay withheld."""
    return _with_text(row | {"text_status": RESTORED}, copy, schema, OffsetMap())


def transfer_text(row: dict, copy: Copy, schema: Schema, annotated: Iterable[Range]) -> tuple[dict, OffsetMap] | None:
    """A row of the documents on the text of a copy that differs, with moved offsets.

    None unless each labelled range of the row, and each range in ``annotated``, is in sentences that the copy has unchanged
    and in the same order.
    """
    article = copy.article
    offsets = OffsetMap(align_sentences(row, copy))
    labelled = ((item["start"], item["end"]) for layer in schema.spans for item in row[layer.name])
    if any(offsets.shift(*span) is None for span in (*labelled, *annotated)):
        return None
    structure = {
        "zones": [{"name": zone.name, "start": zone.start, "end": zone.end} for zone in article.zones],
        "paragraphs": [{"start": start, "end": end} for start, end in article.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in article.sentences],
        "annotated_until": article.annotated_until,
        "sha256": article.sha256,
    }
    return _with_text(row | structure | {"text_status": TRANSFERRED}, copy, schema, offsets), offsets


class OffsetMap:
    """Maps offsets in the original text to offsets in a copy; without ``sentences``, the offsets are the same."""

    def __init__(self, sentences: Sequence[tuple[Range, int]] | None = None) -> None:
        self.sentences = sentences  # in order: the range in the original, and its shift

    def shift(self, start: int, end: int) -> int | None:
        """The shift of a range; None unless the range is in adjacent sentences that have the same shift."""
        if self.sentences is None:
            return 0
        touched = [(sentence, shift) for sentence, shift in self.sentences if sentence[0] < end and start < sentence[1]]
        if len({shift for _, shift in touched}) != 1:
            return None
        covered = touched[0][0][0] <= start and end <= touched[-1][0][1]
        return touched[0][1] if covered else None

    def move(self, item: dict) -> dict:
        """An item with the offsets ``start`` and ``end`` in the copy; the copy must have its range."""
        shift = self.shift(item["start"], item["end"])
        if shift is None:
            raise ValueError(f"the copy does not have [{item['start']}, {item['end']})")
        return item | {"start": item["start"] + shift, "end": item["end"] + shift}


def align_sentences(row: dict, copy: Copy) -> list[tuple[Range, int]]:
    """The sentences of the original that the copy has unchanged and in the same order, and the shift of each."""
    sentences = copy.article.sentences
    known = [checksum(copy.text[start:end]) for start, end in sentences]
    blocks = SequenceMatcher(None, row["sentence_sha256"], known, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    original = [(sentence["start"], sentence["end"]) for sentence in row["sentences"]]
    return [(original[ours], sentences[theirs][0] - original[ours][0]) for ours, theirs in pairs]


def first_difference(row: dict, text: str) -> int:
    """The first known difference of a copy, in code points: a blank at another place, or the start of another sentence."""
    masks = enumerate(zip_longest(row["mask"] or "", mask_of(text)))
    by_mask = next((at for at, (expected, actual) in masks if expected != actual), len(text))
    sums = zip(row["sentences"], row["sentence_sha256"], strict=False)
    starts = (item["start"] for item, known in sums if checksum(text[item["start"] : item["end"]]) != known)
    return min(by_mask, next(starts, len(text)))


def restore_quotes(row: dict, text: str, offsets: OffsetMap) -> dict:
    """A row of the annotations with the quotes of the text."""
    spans = [offsets.move(span) for span in row["spans"]]
    return row | {"spans": [span | {"quote": text[span["start"] : span["end"]]} for span in spans]}


def _with_text(row: dict, copy: Copy, schema: Schema, offsets: OffsetMap) -> dict:
    text = copy.text
    row |= {"text": text, "title": row["title"] or copy.article.title or None, "mask": None, "sentence_sha256": []}
    for layer in schema.spans:
        relations = [relation.name for relation in schema.fields[layer.name][1]]
        items = []
        for item in map(offsets.move, row[layer.name]):
            item["quote"] = text[item["start"] : item["end"]]
            items.append(item | {name: [offsets.move(link) for link in item[name]] for name in relations})
        row[layer.name] = items
    return row


class WithheldIndex:
    """The withheld articles of a release, by what identifies a copy: the hash of the text, the URL, the hashes of sentences."""

    def __init__(self, rows: Iterable[dict]) -> None:
        self.sentence_counts: dict[str, int] = {}
        self._by_hash: dict[str, str] = {}
        self._by_url: dict[str, str] = {}
        self._by_sentence: dict[str, set[str]] = {}
        for row in rows:
            self.sentence_counts[row["id"]] = len(row["sentence_sha256"])
            self._by_hash[row["sha256"]] = row["id"]
            if row["url"]:
                self._by_url[row["url"]] = row["id"]
            for known in row["sentence_sha256"]:
                self._by_sentence.setdefault(known, set()).add(row["id"])

    def find(self, article: Article) -> tuple[str, bool] | None:
        """The id of the withheld article that was copied, and whether the texts are equal; None if this is no copy."""
        if identity := self._by_hash.get(article.sha256):
            return identity, True
        if identity := self._by_url.get(article.url or ""):
            return identity, False
        text = article.text or ""
        hashes = (checksum(text[start:end]) for start, end in article.sentences)
        shared = Counter(name for known in hashes for name in self._by_sentence.get(known, ()))
        for name, count in shared.most_common(1):
            if count >= SHARED_SENTENCES * self.sentence_counts[name]:
                return name, False
        return None


FileStamp = tuple[str, int, int]  # path, size, time of the last change


class _Line(Struct, omit_defaults=True):
    """A line of the store: the release it is for; a copy and the id of its original; or a raw file that was read to its end."""

    release: str = ""
    id: str = ""
    exact: bool = False
    article: Article | None = None
    done: FileStamp | None = None


class CopyStore:
    """The copies that were found, in an append-only file, so that a run can continue where a killed run stopped.

    ``release`` is any string that identifies the release; a file of another release is overwritten.
    """

    def __init__(self, path: Path, release: str) -> None:
        self.path = path
        self._locations: dict[str, tuple[int, int, bool]] = {}  # offset and length of its line, whether the copy is exact
        self._read_files: set[FileStamp] = set()
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self._load(release) if path.exists() else 0
        self._file = path.open("r+b" if size else "w+b")
        self._file.truncate(size)
        self._file.seek(0, 2)
        if not size:
            self._append(_Line(release=release))

    def _load(self, release: str) -> int:
        """Index the complete lines of the file; their size in bytes, 0 if the file is for another release."""
        offset = 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(file):
                try:
                    line = msgspec.json.decode(raw, type=_Line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    break  # the line that a killed run was writing
                if not number and line.release != release or not raw.endswith(b"\n"):
                    break
                self._index(line, offset, len(raw))
                offset += len(raw)
        return offset

    def _index(self, line: _Line, offset: int, length: int) -> None:
        if line.done:
            self._read_files.add(line.done)
        if line.article and not self._has_exact(line.id):
            self._locations[line.id] = (offset, length, line.exact)

    def _append(self, line: _Line) -> None:
        raw = msgspec.json.encode(line) + b"\n"
        self._index(line, self._file.tell(), len(raw))
        self._file.write(raw)
        self._file.flush()

    def _has_exact(self, name: str) -> bool:
        return name in self._locations and self._locations[name][2]

    @property
    def exact_count(self) -> int:
        """The number of articles with an exact copy."""
        return sum(exact for _, _, exact in self._locations.values())

    def add_matching(self, index: WithheldIndex, articles: Iterable[Article]) -> Iterator[str]:
        """Store each article that is a copy of a withheld one, unless an exact copy is stored; the ids of the originals."""
        for article in articles:
            match = index.find(article)
            if match and not self._has_exact(match[0]):
                self._append(_Line(id=match[0], exact=match[1], article=article))
                yield match[0]

    def mark_read(self, path: Path) -> None:
        self._append(_Line(done=_stamp(path)))

    def is_read(self, path: Path) -> bool:
        """Whether a raw file was read completely and has not changed since."""
        return _stamp(path) in self._read_files

    def get(self, name: str) -> Copy | None:
        """The copy of an article; None if none was found."""
        if name not in self._locations:
            return None
        offset, length, _ = self._locations[name]
        self._file.seek(offset)
        line = msgspec.json.decode(self._file.read(length), type=_Line)
        self._file.seek(0, 2)
        article = line.article
        return Copy(article, article.text or "", line.exact) if article else None

    def close(self) -> None:
        """Close the file. It stays on disk for a later run."""
        self._file.close()


def _stamp(path: Path) -> FileStamp:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
