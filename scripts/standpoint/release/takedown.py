"""Yank a version, or take an article down so that only its id, its labels and a tombstone stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import inode, read_lines, read_text, write_lines, write_whole
from standpoint.core.model import (
    TAKEN_DOWN,
    Annotation,
    AnnotationSet,
    Article,
    Choice,
    Decision,
    Issue,
    Reporter,
    Span,
    StandpointError,
)
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.dataset.schema import Schema
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import load_sources
from standpoint.release.traces import clear_caches, find_traces
from standpoint.release.versions import mark_yanked, note_yank, read_history, write_history

REASON = "taken_down_because"
Record = TypeVar("Record", bound=msgspec.Struct)


def yank_version(project: Project, version: str, reason: str) -> None:
    """Record in the history and in the changelog that a version should not be used, and why; an empty reason undoes it."""
    rows = mark_yanked(read_history(project.versions), version, reason)
    text = read_text(project.release_changelog) if project.release_changelog.exists() else ""
    write_whole(project.release_changelog, note_yank(text, version, " ".join(reason.split())))
    write_history(project.versions, rows)


def take_down(project: Project, article_id: str, reason: str, day: str, reporter: Reporter) -> Counter:
    """Remove the words of an article from all files of the dataset, and delete the caches; how many changed.

    Copies and raw files that a person has to look at are reported, and each other place where words of the article may still
    be. A run that was interrupted can be repeated.
    """
    article = next((item for item in read_articles(project) if item.id == article_id), None)
    if article is None:
        raise StandpointError(f"{article_id}: no such article", "give the id that it has in dataset/articles")
    codebook, _ = open_codebook(project)

    def bare_set(item: AnnotationSet) -> AnnotationSet:
        if item.article_id != article_id:
            return item
        return replace(item, annotations=without_words(item.annotations, codebook))

    def bare_decision(item: Decision) -> Decision:
        if item.asked.article_id != article_id:
            return item
        return replace(item, annotations=without_words(item.annotations, codebook), readings=(), comment="")

    def bare_repair(item: Repair) -> Repair:
        if item.set.split(" ")[0] != article_id:
            return item
        before, after = ({name: value for name, value in side.items() if name != "quote"} for side in (item.before, item.after))
        return replace(item, before=before, after=after)

    changed = sum(_rewrite(path, AnnotationSet, bare_set) for path in sorted(project.annotations.glob("*/*.jsonl")))
    changed += sum(_rewrite(path, Decision, bare_decision) for path in sorted(project.decisions.glob("*.jsonl")))
    changed += _rewrite(project.fixed, Repair, bare_repair)
    name, stone = f"{article.source}.jsonl", tombstone(article, reason, day)
    changed += _rewrite(project.withheld / name, Article, lambda item: None if item.id == article_id else item)
    changed += _rewrite(project.articles / name, Article, lambda item: stone if item.id == article_id else item)
    adjudicate_project(project, Reporter(progress=reporter.progress))
    caches = clear_caches(project)
    raw_files = _raw_file_issues(project, article, reporter)
    for issue in chain(_copy_issues(project, article), raw_files, find_traces(project, article, reporter)):
        reporter.report(issue)
    return Counter({"files changed": changed, "caches deleted": caches})


def tombstone(article: Article, reason: str, day: str) -> Article:
    """The article with its id, hash, date and offsets, and no word of its text. A second take-down keeps the first day and
    reason.
    """
    since = {TAKEN_DOWN: day, REASON: " ".join(reason.split())}
    metadata = since | {name: article.metadata[name] for name in since if name in article.metadata}
    return replace(
        article, text=None, title="", url=None, byline=None, original_publisher=None, original_published=None, metadata=metadata
    )


def without_words(annotations: Iterable[Annotation], codebook: Codebook) -> tuple[Annotation, ...]:
    """The annotations without quotes, and without typed answers."""
    typed = Schema(codebook).typed
    kept = (item for item in annotations if not (isinstance(item, Choice) and item.layer in typed))
    return tuple(replace(item, quote="") if isinstance(item, Span) else item for item in kept)


def _rewrite(path: Path, kind: type[Record], edit: Callable[[Record], Record | None]) -> bool:
    """Replace each record of a file by what ``edit`` returns for it, None for no record; whether the file has changed."""
    if not path.exists():
        return False
    before = inode(path)
    write_lines(path, (item for record in read_lines(path, kind) if (item := edit(record))))
    return inode(path) != before


def _copy_issues(project: Project, article: Article) -> Iterator[Issue]:
    for copy in read_articles(project, with_text=False):
        if copy.group == article.group and copy.id != article.id and TAKEN_DOWN not in copy.metadata:
            message = f"is a near-duplicate of {article.id}; decide whether to take it down too"
            yield Issue(copy.id, "TAKEDOWN-COPY", message, "note")


def _raw_file_issues(project: Project, article: Article, reporter: Reporter) -> Iterator[Issue]:
    """An issue for each raw file that still has the article: raw files are kept as received, and only people edit them."""
    if not (project.sources.exists() and project.raw.is_dir()):
        return
    sources = load_sources(project.sources)
    paths = [path for path in sorted(project.raw.rglob("*")) if path.is_file()] if sources else []
    for path in reporter.track("raw files", paths, len(paths)):
        if any(isinstance(item, Article) and item.id == article.id for item in ingest([path], sources).items):
            name = path.relative_to(project.root).as_posix()
            yield Issue(name, "TAKEDOWN-RAW", f"still has {article.id} as received, should be removed by hand")
