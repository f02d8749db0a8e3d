"""Removing articles that nobody has worked on: of a raw file that was ingested by mistake, or under another source.

What people or models made about an article, and a tombstone, are never removed in this way: `release takedown` is for what was
published. Tasks that nobody has begun are deleted by the next push.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from standpoint.core.corpus import read_articles, read_source, stored
from standpoint.core.files import inside, read_lines
from standpoint.core.model import TAKEN_DOWN, Article, StandpointError
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff, article_id_of
from standpoint.ingest.ingest import write_source

SHOWN = 3  # articles that are named


def remove_articles(project: Project, names: Sequence[str]) -> Counter[str]:
    """Remove articles by their ids, or all of a source; the number of articles removed.

    StandpointError if one is not there, was taken down, or is one that somebody has worked on; then nothing is removed.
    """
    removed: dict[str, str] = {}
    members: dict[str, list[str]] = defaultdict(list)
    for article in read_articles(project, with_text=False):
        if article.id in names or article.source in names:
            if TAKEN_DOWN in article.metadata:
                hint = "its tombstone stays; name the other articles"
                raise StandpointError(f"{article.id}: was taken down", hint)
            removed[article.id] = article.source
        else:
            members[article.group or article.id].append(article.id)
    if unknown := set(names) - removed.keys() - set(removed.values()):
        hint = "`standpoint status` names the sources; dataset/articles has the ids"
        raise StandpointError(f"no article, and no source of articles, is called {min(unknown)!r}", hint)
    _refuse_work(project, removed)
    groups = {name: min(remaining) for name, remaining in members.items() if name in removed}
    for path in sorted(project.articles.glob("*.jsonl")):
        source = path.stem
        if source in removed.values() or any(article.group in groups for article in read_source(source, project.articles)):
            _write_without(project, source, removed, groups)
    return Counter({"articles removed": len(removed)})


def _refuse_work(project: Project, removed: Collection[str]) -> None:
    """StandpointError if something is kept about one of the articles."""
    about: dict[str, str] = {}
    for path, kind in Standoff(project).files():
        if kind is not Article:
            place = path.relative_to(project.root).as_posix()
            about |= {name: place for name in map(article_id_of, read_lines(path, kind)) if name in removed}
    if about:
        named = ", ".join(f"{name} ({place})" for name, place in sorted(about.items())[:SHOWN])
        more = f" and {len(about) - SHOWN} more" if len(about) > SHOWN else ""
        hint = "name others; `standpoint release takedown` takes the words of an article out of all versions"
        raise StandpointError(f"somebody has worked on {named}{more}: nothing is removed", hint)


def _write_without(project: Project, source: str, removed: Collection[str], groups: Mapping[str, str]) -> None:
    """Write the files of a source without the removed articles; a file that would be empty is deleted."""

    def remaining() -> Iterator[Article]:
        for article in stored(source, project.articles, project.withheld):
            if article.id not in removed:
                yield replace(article, group=groups.get(article.group, article.group))

    if next(remaining(), None) is None:
        for folder in (project.articles, project.withheld):
            _path(folder, source).unlink(missing_ok=True)
    else:
        write_source(remaining, source, project.articles, project.withheld)


def _path(folder: Path, source: str) -> Path:
    return inside(folder, f"{source}.jsonl")
