"""Restore withheld texts in a copy of a release from a researcher's own copies of the articles, and remove them again."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.core.files import SUMS, read_text, replace_folder, workspace, write_lines
from standpoint.core.model import WITHHELD, Article, Issue, Reporter, StandpointError
from standpoint.core.standoff import checksum
from standpoint.dataset.parquet_files import writing
from standpoint.dataset.release_folder import Release, checksums, listed, open_release
from standpoint.dataset.rows import items, pointer, sentences_of
from standpoint.dataset.schema import ANNOTATIONS, ARTICLES, DOCUMENTS, DOSSIERS, REGISTRY, RESOLUTIONS, SPLITS, STORIES, Schema
from standpoint.dataset.withhold import mask_of, withheld
from standpoint.ingest.ingest import ingest
from standpoint.ingest.raw_files import files_of
from standpoint.ingest.sources import Source, load_sources
from standpoint.processes import batches

RESTORED, TRANSFERRED = "restored", "transferred"  # the ``text_status`` of a restored text
BATCH = 64 << 20  # bytes of files: what a run that is killed reads again
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
    original = sentences_of(row)
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
    """The withheld articles of a release, by what identifies a copy: the hash of the text, the URL, the hashes of sentences.

    Of the hash of a sentence, ``KEY`` digits are kept: of so many articles, the sentences are most of what is in memory.
    """

    COLUMNS = ("id", "text_status", "sha256", "url", "sentence_sha256")
    KEY = 15  # an integer of 60 bits

    def __init__(self, rows: Iterable[dict]) -> None:
        self.sentence_counts: dict[str, int] = {}
        self._by_hash: dict[str, str] = {}
        self._by_url: dict[str, str] = {}
        self._by_sentence: dict[int, tuple[str, ...]] = {}
        for row in rows:
            self.sentence_counts[row["id"]] = len(row["sentence_sha256"])
            self._by_hash[row["sha256"]] = row["id"]
            if row["url"]:
                self._by_url[row["url"]] = row["id"]
            for known in {int(known[: self.KEY], 16) for known in row["sentence_sha256"]}:
                self._by_sentence[known] = (*self._by_sentence.get(known, ()), row["id"])

    def find(self, article: Article) -> tuple[str, bool] | None:
        """The id of the withheld article that was copied, and whether the texts are equal; None if this is no copy."""
        if identity := self._by_hash.get(article.sha256):
            return identity, True
        if identity := self._by_url.get(article.url or ""):
            return identity, False
        text = article.text or ""
        hashes = (int(checksum(text[start:end])[: self.KEY], 16) for start, end in article.sentences)
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

    ``release`` is any string that identifies the release and how copies are read. A broken file, or the file of another
    release or other sources, is replaced. ``exact_count``: the number of articles with an exact copy.
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
        self.exact_count = self._database.execute("SELECT count(*) FROM copies WHERE exact").fetchone()[0]

    def add_matching(self, index: WithheldIndex, articles: Iterable[Article]) -> Iterator[str]:
        """Store each article that is a copy of a withheld one, unless an exact copy is stored; the ids of the originals."""
        store = "INSERT INTO copies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET exact = excluded.exact, article = excluded.article"
        for article in articles:
            if match := index.find(article):
                result = self._database.execute(f"{store} WHERE NOT copies.exact", (*match, msgspec.json.encode(article)))
                if result.rowcount:
                    self.exact_count += match[1]
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


# The configs without words of a text that can be restored. Raw answers of models are not: nobody has a copy of them.
UNCHANGED = (f"{RESOLUTIONS}/", f"{REGISTRY}/", f"{DOSSIERS}/", f"{SPLITS}/", f"{STORIES}/")
REPORT = "hydration.jsonl"
MISSING, DIFFERS = "missing", "differs"
ISSUES = {  # code, level and message of a text that could not be restored from an exact copy
    MISSING: ("TEXT-MISSING", "error", "no copy was found in the files that were read; its text stays withheld"),
    DIFFERS: (
        "TEXT-DIFFERS",
        "error",
        "the copy differs from about character {at:,} on, and a labelled sentence changed; its text stays withheld",
    ),
    TRANSFERRED: (
        "TEXT-TRANSFERRED",
        "note",
        "the copy differs, but all labelled sentences are unchanged; offsets were moved to it",
    ),
}
# What ingestion says of files that are no copies: a folder of copies may have others.
NO_SOURCE = ("FILE-NO-SOURCE", "RECORD-NO-SOURCE")
ANY_FOLDER = ("FILE-FORMAT", *NO_SOURCE)
RowFunction = Callable[[dict], dict]


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result for a withheld article. ``at``: the code point up to which a copy that differs may have the same text."""

    id: str
    status: str
    at: int | None = None


def hydrate_release(
    folder: Path, copies: Sequence[Path], sources: Path | None, out: Path, reporter: Reporter, jobs: int = 1
) -> Counter:
    """Restore texts from raw files and write the release with them to ``out``; the number of articles by status.

    ``sources`` is the file that says how to read the raw files; the default is sources.yaml of the release. ``jobs``: the number
    of processes.
    """
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the release itself", "name another folder with --out; the release is not changed")
    release = open_release(folder)
    sources = sources or folder / "sources.yaml"
    if not sources.exists():
        raise StandpointError(f"{folder}: the release has no sources.yaml, which says how copies are read", "name one: --sources")
    store = CopyStore(out.with_name(f".{out.name}.copies.sqlite3"), read_text(folder / SUMS) + read_text(sources))
    rows = release.rows(DOCUMENTS, columns=WithheldIndex.COLUMNS)
    index = WithheldIndex(row for _, row in rows if row["text_status"] == WITHHELD)
    _search_copies(store, index, copies, sources, reporter, jobs)
    hydration = Hydration(release, store)
    _write_release(release, out, hydration.document, hydration.annotations, hydration.outcomes)
    store.close()
    for outcome in hydration.outcomes:
        if outcome.status in ISSUES:
            code, level, message = ISSUES[outcome.status]
            reporter.report(Issue(outcome.id, code, message.format(at=outcome.at), level))
    counts = Counter(outcome.status for outcome in hydration.outcomes)
    if set(counts) <= {RESTORED}:
        store.path.unlink()  # no later run has anything to look for
    return counts


def undo_hydration(folder: Path, out: Path) -> Counter:
    """Write a hydrated dataset to ``out`` without the restored texts, as the release that it was made from.

    Returns the number of texts by status. StandpointError if a text was transferred: its offsets differ from the release's.
    """
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the dataset itself", "name another folder with --out")
    release = open_release(folder)
    counts: Counter = Counter()
    restored_ids: set[str] = set()

    def document(row: dict) -> dict:
        counts[row["text_status"]] += 1
        if row["text_status"] == TRANSFERRED:
            raise StandpointError(f"{row['id']}: its offsets were moved to another text", "use the original release")
        if row["text_status"] != RESTORED:
            return row
        restored_ids.add(row["id"])
        return withheld(row, release.schema)

    def annotations(row: dict) -> dict:
        spans = [span | {"quote": None} for span in row["spans"]]
        return row | {"spans": spans} if row["article_id"] in restored_ids else row

    _write_release(release, out, document, annotations)
    return counts


def _search_copies(
    store: CopyStore, index: WithheldIndex, paths: Sequence[Path], sources_path: Path, reporter: Reporter, jobs: int
) -> None:
    """Read the files that no earlier run has read completely, batch by batch, until each article has an exact copy."""
    sources = load_sources(sources_path)
    wanted, left_out = len(index.sentence_counts), list[Issue]()
    unread = (path for path in files_of(paths) if not store.is_read(path))
    for batch in batches(unread, lambda path: path.stat().st_size, BATCH):
        reporter.progress("texts found", store.exact_count, wanted)
        if store.exact_count == wanted:
            break
        for _ in store.add_matching(index, _copies_in(batch, sources, reporter, left_out, jobs)):
            reporter.progress("texts found", store.exact_count, wanted)
        for path in batch:
            store.mark_read(path)
    reporter.progress("texts found", wanted, wanted)
    globs = ", ".join(glob for source in sources for glob in source.match)
    for code in NO_SOURCE if store.exact_count < wanted else ():
        if items := [item for item in left_out if item.code == code]:
            message = f"not read, nor are {len(items) - 1:,} more: they fit no source of {sources_path}, whose files are {globs}"
            hint = "if they are your copies, put them in such folders, or say with --sources how to read them"
            reporter.report(Issue(items[0].where, code, f"{message}; {hint}", "note"))


def _copies_in(
    paths: Sequence[Path], sources: Sequence[Source], reporter: Reporter, left_out: list[Issue], jobs: int
) -> Iterator[Article]:
    """The articles of raw files. What could not be read of them, or is a guess, is a note: the text may be in another file.

    ``left_out`` gets the issues of what fits no source.
    """
    for item in ingest(paths, sources, jobs=jobs).items:
        if isinstance(item, Article):
            yield item
        elif item.code == "FILE-ENCODING" or (item.level == "error" and item.code not in ANY_FOLDER):
            reporter.report(item._replace(level="note"))
        elif item.code in NO_SOURCE:
            left_out.append(item)


@dataclass
class Hydration:
    """Restores the rows of a release from copies, and records the outcome for each withheld article."""

    release: Release
    store: CopyStore
    outcomes: list[Outcome] = field(default_factory=list)
    offsets: dict[str, OffsetMap] = field(default_factory=dict)  # of the articles whose text was restored

    def document(self, row: dict) -> dict:
        """A row of the documents with its text; the same row if its text is not withheld, or no copy can be used."""
        if row["text_status"] != WITHHELD:
            return row
        schema, copy, at = self.release.schema, self.store.get(row["id"]), None
        status = MISSING
        if copy and copy.exact:
            row, self.offsets[row["id"]] = restore_text(row, copy, schema), OffsetMap()
            status = RESTORED
        elif copy and (transferred := transfer_text(row, copy, schema, self._annotated_ranges.get(row["id"], ()))):
            row, self.offsets[row["id"]] = transferred
            status = TRANSFERRED
        elif copy:
            status, at = DIFFERS, first_difference(row, copy.text)
        self.outcomes.append(Outcome(id=row["id"], status=status, at=at))
        return row

    def annotations(self, row: dict) -> dict:
        """A row of the annotations, with its quotes if the text of its article was restored."""
        offsets = self.offsets.get(row["article_id"])
        copy = self.store.get(row["article_id"]) if offsets else None
        return restore_quotes(row, copy.text, offsets) if offsets and copy else row

    @cached_property
    def _annotated_ranges(self) -> dict[str, list[Range]]:
        """The spans of all annotators in the articles whose copies differ: their text may move only if all spans can."""
        ranges: dict[str, list[Range]] = {}
        for _, row in self.release.rows(ANNOTATIONS):
            copy = self.store.get(row["article_id"])
            if copy and not copy.exact:
                spans = ranges.setdefault(row["article_id"], [])
                spans += [(span["start"], span["end"]) for span in row["spans"]]
        return ranges


def _write_release(
    release: Release, out: Path, document: RowFunction, annotations: RowFunction, report: list[Outcome] | None = None
) -> None:
    """Write the rows that ``document`` and ``annotations`` return, the report if there is one, and copies of the other files."""
    with workspace(out) as beside:
        new = beside / "release"
        for name in listed(release.folder):
            if not name.endswith(".parquet") and name != REPORT or name.startswith(UNCHANGED):
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(release.folder / name, new / name)
        with writing(new, release.configs) as files:
            for split, row in ((split, document(row)) for split, row in release.rows(DOCUMENTS)):
                files.add(DOCUMENTS, split, row)
                files.add(ARTICLES, split, pointer(row))
                for layer in release.schema.tables:
                    for item in items(layer, row, release.schema, release.registry):
                        files.add(layer.name, split, item)
            for split, row in release.rows(ANNOTATIONS):
                files.add(ANNOTATIONS, split, annotations(row))
        if report is not None:
            write_lines(new / REPORT, report)
        (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
        replace_folder(out, new)
