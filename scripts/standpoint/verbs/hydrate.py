"""Withheld texts put back into a local copy of a release, and taken out again: hydrate, dehydrate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from standpoint.acquire.ingest import files_of, ingest
from standpoint.acquire.sources import load_sources
from standpoint.model import Article, StandpointError
from standpoint.publish.copies import Copies, Index
from standpoint.publish.hydrate import RESTORED, dehydrate, hydrate, open_release, told, withheld_rows
from standpoint.verbs.tell import Teller


def put_back(folder: Path, copies: Sequence[Path], sources: Path | None, out: Path, tell: Teller) -> Counter:
    """Put texts back from a researcher's own files; how many articles were restored, transferred, differ, are missing."""
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the release itself", "name another folder with --out; the release stays as it is")
    release = open_release(folder)
    found = Copies(out.with_name(f".{out.name}.copies.jsonl"), release.identity)
    index = Index(withheld_rows(release))
    _look(found, index, copies, sources or folder / "sources.yaml", tell)
    outcomes = hydrate(release, found.get, out)
    found.close()
    counts = Counter(outcome.status for outcome in outcomes)
    for issue in filter(None, map(told, outcomes)):
        tell.tell(issue)
    if set(counts) <= {RESTORED}:
        found.path.unlink()  # nothing is left to look for
    return counts


def take_out(folder: Path, out: Path) -> Counter:
    """Write a hydrated dataset to ``out`` as the release that it came from; how many texts of each status it had."""
    if out.resolve() == folder.resolve():
        raise StandpointError(f"{out}: is the dataset itself", "name another folder with --out")
    return dehydrate(open_release(folder), out)


def _look(found: Copies, index: Index, paths: Sequence[Path], sources: Path, tell: Teller) -> None:
    """Read the files that were not read to their end before, until every article is found."""
    known = load_sources(sources)
    wanted = len(index.sentences)
    for path in files_of(paths):
        exact = sum(place.exact for place in found.places.values())
        tell.progress("texts found", exact, wanted)
        if exact == wanted:
            break
        if not found.finished(path):
            for _ in found.take(index, (item for item in ingest([path], known).items if isinstance(item, Article))):
                tell.progress("texts found", sum(place.exact for place in found.places.values()), wanted)
            found.finish(path)
    tell.progress("texts found", wanted, wanted)
