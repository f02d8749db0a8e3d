"""Withheld texts are put back into a copy of a release (``hydrate``) and taken out again (``--undo``)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from standpoint.core.files import SUMS, replace_folder, workspace, write_lines
from standpoint.core.model import WITHHELD, Article, Issue, StandpointError
from standpoint.core.reporter import Reporter
from standpoint.dataset.parquet import TableWriter, writing
from standpoint.dataset.release_folder import Release, checksums, listed, open_release
from standpoint.dataset.rows import items, pointer
from standpoint.dataset.schema import ANNOTATIONS, ARTICLES, DOCUMENTS, REGISTRY, RESOLUTIONS
from standpoint.dataset.withhold import withheld
from standpoint.ingest.ingest import files_of, ingest
from standpoint.ingest.sources import load_sources
from standpoint.release.copies import (
    RESTORED,
    TRANSFERRED,
    Copies,
    Index,
    Places,
    first_difference,
    restored,
    transferred,
    with_quotes,
)

REPORT = "hydration.jsonl"
MISSING, DIFFERS = "missing", "differs"
Copy = Callable[[str], tuple[Article, bool] | None]  # an article's id -> a copy, and whether its text is the original's


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a withheld article; ``at`` is the code point up to which a copy that differs may be the same text."""

    id: str
    status: str
    at: int | None = None


@dataclass
class Hydration:
    """A release's withheld articles as their copies make them."""

    release: Release
    copy: Copy
    outcomes: list[Outcome] = field(default_factory=list)
    places: dict[str, Places] = field(default_factory=dict)  # of the articles that were put back

    def document(self, row: dict) -> dict:
        """The row with its text, or as it is where there is no copy that will do."""
        found = self.copy(row["id"]) if row["text_status"] == WITHHELD else None
        if found is None:
            return self._left(row, MISSING) if row["text_status"] == WITHHELD else row
        article, exact = found
        if exact:
            return self._put_back(restored(row, article, self.release.schema), Places())
        moved = transferred(row, article, self.release.schema, self._stretches.get(row["id"], ()))
        return self._put_back(*moved) if moved else self._left(row, DIFFERS, first_difference(row, article.text))

    def annotations(self, row: dict) -> dict:
        """The row of one annotator's set with its quotes, where the article's text was put back."""
        places = self.places.get(row["article_id"])
        return row if places is None else with_quotes(row, self.copy(row["article_id"])[0].text, places)

    def _put_back(self, row: dict, places: Places) -> dict:
        self.places[row["id"]] = places
        self.outcomes.append(Outcome(id=row["id"], status=row["text_status"]))
        return row

    def _left(self, row: dict, status: str, at: int | None = None) -> dict:
        self.outcomes.append(Outcome(id=row["id"], status=status, at=at))
        return row

    @property
    def _stretches(self) -> dict[str, list[tuple[int, int]]]:
        """What annotators marked in articles whose copies differ."""
        if "_marked" not in self.__dict__:
            self._marked: dict[str, list[tuple[int, int]]] = {}
            for _, row in self.release.rows(ANNOTATIONS):
                found = self.copy(row["article_id"])
                if found and not found[1]:
                    spans = self._marked.setdefault(row["article_id"], [])
                    spans += [(span["start"], span["end"]) for span in row["spans"]]
        return self._marked


def withheld_rows(release: Release) -> Iterator[dict]:
    """The rows of the articles whose text is withheld."""
    return (row for _, row in release.rows(DOCUMENTS) if row["text_status"] == WITHHELD)


def hydrate(release: Release, copy: Copy, out: Path) -> list[Outcome]:
    """Write the release to ``out`` with all texts put back that ``copy`` gives; what became of each withheld article."""
    hydration = Hydration(release, copy)
    with workspace(out) as beside:
        _write(release, beside / "release", hydration.document, hydration.annotations)
        write_lines(beside / "release" / REPORT, hydration.outcomes)
        _finish(beside / "release", out)
    return hydration.outcomes


def dehydrate(release: Release, out: Path) -> Counter:
    """Write the dataset to ``out`` without the texts that were put back: the release that it was made from.

    StandpointError where a text was transferred: its offsets are not the release's any more.
    """
    counts: Counter = Counter()
    restored_ids: set[str] = set()

    def document(row: dict) -> dict:
        counts[row["text_status"]] += 1
        if row["text_status"] == TRANSFERRED:
            raise StandpointError(f"{row['id']}: its offsets were moved to another text", "take the release that it came from")
        if row["text_status"] != RESTORED:
            return row
        restored_ids.add(row["id"])
        return withheld(row, release.schema)

    def annotations(row: dict) -> dict:
        spans = [span | {"quote": None} for span in row["spans"]]
        return row | {"spans": spans} if row["article_id"] in restored_ids else row

    with workspace(out) as beside:
        _write(release, beside / "release", document, annotations)
        _finish(beside / "release", out)
    return counts


def _write(release: Release, new: Path, document: Callable[[dict], dict], annotations: Callable[[dict], dict]) -> None:
    """All rows as ``document`` and ``annotations`` make them, and all other files but the report as they are."""
    for name in listed(release.folder):
        if not name.endswith(".parquet") and name != REPORT or name.startswith((f"{RESOLUTIONS}/", f"{REGISTRY}/")):
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.folder / name, new / name)
    with writing(new, release.configs) as files:
        for split, row in release.rows(DOCUMENTS):
            _add(files, release, split, document(row))
        for split, row in release.rows(ANNOTATIONS):
            files.add(ANNOTATIONS, split, annotations(row))


def _add(files: TableWriter, release: Release, split: str, row: dict) -> None:
    files.add(DOCUMENTS, split, row)
    files.add(ARTICLES, split, pointer(row))
    for layer in release.schema.tables:
        for item in items(layer, row, release.schema, release.registry):
            files.add(layer.name, split, item)


def _finish(new: Path, out: Path) -> None:
    (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
    replace_folder(out, new)


def told(outcome: Outcome) -> Issue | None:
    """What to say of an article whose text could not simply be put back; None where it could."""
    if outcome.status == MISSING:
        return Issue(outcome.id, "TEXT-MISSING", "no copy of it was found; its text stays withheld")
    if outcome.status == DIFFERS:
        why = f"the copy is another text from about character {outcome.at:,} on, and a labelled sentence of it changed"
        return Issue(outcome.id, "TEXT-DIFFERS", f"{why}; its text stays withheld")
    if outcome.status == TRANSFERRED:
        what = "the copy is another text, with all labelled sentences unchanged; offsets were moved to it"
        return Issue(outcome.id, "TEXT-TRANSFERRED", what, "note")
    return None


def hydrate_release(folder: Path, copies: Sequence[Path], sources: Path | None, out: Path, reporter: Reporter) -> Counter:
    """Put texts back from a researcher's own files; how many articles were restored, transferred, differ, are missing."""
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the release itself", "name another folder with --out; the release stays as it is")
    release = open_release(folder)
    found = Copies(out.with_name(f".{out.name}.copies.jsonl"), release.identity)
    index = Index(withheld_rows(release))
    _look(found, index, copies, sources or folder / "sources.yaml", reporter)
    outcomes = hydrate(release, found.get, out)
    found.close()
    counts = Counter(outcome.status for outcome in outcomes)
    for issue in filter(None, map(told, outcomes)):
        reporter.report(issue)
    if set(counts) <= {RESTORED}:
        found.path.unlink()  # nothing is left to look for
    return counts


def dehydrate_release(folder: Path, out: Path) -> Counter:
    """Write a hydrated dataset to ``out`` as the release that it came from; how many texts of each status it had."""
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the dataset itself", "name another folder with --out")
    return dehydrate(open_release(folder), out)


def _look(found: Copies, index: Index, paths: Sequence[Path], sources: Path, reporter: Reporter) -> None:
    """Read the files that were not read to their end before, until every article is found."""
    known = load_sources(sources)
    wanted = len(index.sentences)
    for path in files_of(paths):
        exact = sum(place.exact for place in found.places.values())
        reporter.progress("texts found", exact, wanted)
        if exact == wanted:
            break
        if not found.finished(path):
            for _ in found.take(index, (item for item in ingest([path], known).items if isinstance(item, Article))):
                reporter.progress("texts found", sum(place.exact for place in found.places.values()), wanted)
            found.finish(path)
    reporter.progress("texts found", wanted, wanted)
