"""A researcher's own copies of withheld articles: find them, align them, and restore texts and quotes from them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec

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


TABLES = """
CREATE TABLE IF NOT EXISTS release (identity TEXT);
CREATE TABLE IF NOT EXISTS copies (id TEXT PRIMARY KEY, exact INTEGER, article BLOB);
CREATE TABLE IF NOT EXISTS read_files (path TEXT PRIMARY KEY, size INTEGER, changed INTEGER);
"""


class CopyStore:
    """The copies that were found, in an SQLite file, so that a run can continue where a killed run stopped.

    ``release`` is any string that identifies the release. A broken file, or the file of another release, is replaced.
    """

    def __init__(self, path: Path, release: str) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(release)
        except sqlite3.DatabaseError:
            self.close()
            path.unlink()
            self._open(release)

    def _open(self, release: str) -> None:
        self._database = sqlite3.connect(self.path, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")  # a kill loses nothing; a power failure requires a new search
        if self._database.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError(f"{self.path} is broken")
        self._database.executescript(TABLES)
        identity = self._database.execute("SELECT identity FROM release").fetchone()
        if identity and identity != (release,):
            raise sqlite3.DatabaseError(f"{self.path} is of another release")
        self._database.execute("INSERT INTO release SELECT ? WHERE NOT EXISTS (SELECT * FROM release)", (release,))

    @property
    def exact_count(self) -> int:
        """The number of articles with an exact copy."""
        return self._database.execute("SELECT count(*) FROM copies WHERE exact").fetchone()[0]

    def add_matching(self, index: WithheldIndex, articles: Iterable[Article]) -> Iterator[str]:
        """Store each article that is a copy of a withheld one, unless an exact copy is stored; the ids of the originals."""
        store = "INSERT INTO copies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET exact = excluded.exact, article = excluded.article"
        for article in articles:
            if match := index.find(article):
                result = self._database.execute(f"{store} WHERE NOT copies.exact", (*match, msgspec.json.encode(article)))
                if result.rowcount:
                    yield match[0]

    def mark_read(self, path: Path) -> None:
        self._database.execute("INSERT OR REPLACE INTO read_files VALUES (?, ?, ?)", _stamp(path))

    def is_read(self, path: Path) -> bool:
        """Whether a raw file was read completely and has not changed since."""
        query = "SELECT 1 FROM read_files WHERE (path, size, changed) = (?, ?, ?)"
        return self._database.execute(query, _stamp(path)).fetchone() is not None

    def get(self, name: str) -> Copy | None:
        """The copy of an article; None if none was found."""
        row = self._database.execute("SELECT article, exact FROM copies WHERE id = ?", (name,)).fetchone()
        if row is None:
            return None
        article = msgspec.json.decode(row[0], type=Article)
        return Copy(article, article.text or "", bool(row[1]))

    def close(self) -> None:
        """Close the file. It stays on disk for a later run."""
        self._database.close()


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
