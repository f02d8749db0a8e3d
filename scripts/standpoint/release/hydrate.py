"""Restore withheld texts in a copy of a release from a researcher's files, and remove them from the copy."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from standpoint.core.files import SUMS, replace_folder, workspace, write_lines
from standpoint.core.model import WITHHELD, Article, Issue, Reporter, StandpointError
from standpoint.dataset.parquet_files import writing
from standpoint.dataset.release_folder import Release, checksums, listed, open_release
from standpoint.dataset.rows import items, pointer
from standpoint.dataset.schema import ANNOTATIONS, ARTICLES, DOCUMENTS, REGISTRY, RESOLUTIONS
from standpoint.dataset.withhold import withheld
from standpoint.ingest.ingest import files_of, ingest
from standpoint.ingest.sources import Source, load_sources
from standpoint.release.copies import (
    RESTORED,
    TRANSFERRED,
    CopyStore,
    OffsetMap,
    Range,
    WithheldIndex,
    first_difference,
    restore_quotes,
    restore_text,
    transfer_text,
)

REPORT = "hydration.jsonl"
MISSING, DIFFERS = "missing", "differs"
ISSUES = {  # code, level and message of a text that could not be restored from an exact copy
    MISSING: ("TEXT-MISSING", "error", "no copy was found; its text stays withheld"),
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
ANY_FOLDER = ("FILE-FORMAT", "FILE-NO-SOURCE", "RECORD-NO-SOURCE")
RowFunction = Callable[[dict], dict]


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result for a withheld article. ``at``: the code point up to which a copy that differs may have the same text."""

    id: str
    status: str
    at: int | None = None


def hydrate_release(folder: Path, copies: Sequence[Path], sources: Path | None, out: Path, reporter: Reporter) -> Counter:
    """Restore texts from raw files and write the release with them to ``out``; the number of articles by status.

    ``sources`` is the file that says how to read the raw files; the default is sources.yaml of the release.
    """
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the release itself", "name another folder with --out; the release is not changed")
    release = open_release(folder)
    store = CopyStore(out.with_name(f".{out.name}.copies.sqlite3"), release.identity)
    index = WithheldIndex(row for _, row in release.rows(DOCUMENTS) if row["text_status"] == WITHHELD)
    _search_copies(store, index, copies, sources or folder / "sources.yaml", reporter)
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


def _search_copies(store: CopyStore, index: WithheldIndex, paths: Sequence[Path], sources_path: Path, reporter: Reporter) -> None:
    """Read each file that no earlier run has read completely, until each article has an exact copy."""
    sources = load_sources(sources_path)
    wanted = len(index.sentence_counts)
    for path in files_of(paths):
        reporter.progress("texts found", store.exact_count, wanted)
        if store.exact_count == wanted:
            break
        if not store.is_read(path):
            for _ in store.add_matching(index, _copies_in(path, sources, reporter)):
                reporter.progress("texts found", store.exact_count, wanted)
            store.mark_read(path)
    reporter.progress("texts found", wanted, wanted)


def _copies_in(path: Path, sources: Sequence[Source], reporter: Reporter) -> Iterator[Article]:
    """The articles of a raw file. What could not be read of it, or is a guess, is a note: the text may be in another file."""
    for item in ingest([path], sources).items:
        if isinstance(item, Article):
            yield item
        elif item.code == "FILE-ENCODING" or (item.level == "error" and item.code not in ANY_FOLDER):
            reporter.report(item._replace(level="note"))


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
            if not name.endswith(".parquet") and name != REPORT or name.startswith((f"{RESOLUTIONS}/", f"{REGISTRY}/")):
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
