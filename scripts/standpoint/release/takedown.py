"""An article taken down: a tombstone in its place, its labels without a word of it. Begun again, it comes to the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import TAKEN_DOWN, Annotation, AnnotationSet, Article, Choice, Decision, Issue, Span, StandpointError
from standpoint.core.offsets import Repair
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.dataset.schema import Schema
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import load_sources

REASON = "taken_down_because"


def take_down(project: Project, article_id: str, reason: str, day: str, reporter: Reporter) -> Counter:
    """Take the words of an article out of all that is kept of it; how many files changed. What is left to do is told."""
    article = next((one for one in read_articles(project, with_text=False) if one.id == article_id), None)
    if article is None:
        raise StandpointError(f"{article_id}: no such article", "give the id that it has in dataset/articles")
    codebook, _ = open_codebook(project)
    changed = sum(_rewritten(path, _sets(path, article_id, codebook)) for path in sorted(project.annotations.glob("*/*.jsonl")))
    for path in sorted(project.decisions.glob("*.jsonl")):
        changed += _rewritten(path, _decisions(path, article_id, codebook))
    if project.fixed.exists():
        changed += _rewritten(project.fixed, _repairs(project.fixed, article_id))
    hidden = project.withheld / f"{article.source}.jsonl"
    if hidden.exists():
        changed += _rewritten(hidden, (one for one in read_lines(hidden, Article) if one.id != article_id))
    public = project.articles / f"{article.source}.jsonl"
    made = tombstone(article, reason, day)
    changed += _rewritten(public, (made if one.id == article_id else one for one in read_lines(public, Article)))
    adjudicate_project(project, Reporter(progress=reporter.progress))
    for issue in (*_alike(project, article), *_raw(project, article, reporter)):
        reporter.report(issue)
    return Counter({"files changed": changed})


def tombstone(article: Article, reason: str, day: str) -> Article:
    """What stays of an article: what it is known by, its day, and where its sentences are; no word that it says.

    One that is a tombstone already keeps the day and reason that it has.
    """
    nothing = {"text": None, "title": "", "url": None, "byline": None, "original_publisher": None, "original_published": None}
    since = {TAKEN_DOWN: day, REASON: " ".join(reason.split())}
    kept = {name: article.metadata[name] for name in since if name in article.metadata}
    return replace(article, **nothing, metadata=since | kept)


def without_words(annotations: Iterable[Annotation], codebook: Codebook) -> tuple[Annotation, ...]:
    """Annotations without quotes, and without what was typed."""
    typed = Schema(codebook).typed
    kept = (item for item in annotations if not (isinstance(item, Choice) and item.layer in typed))
    return tuple(replace(item, quote="") if isinstance(item, Span) else item for item in kept)


def _sets(path: Path, article_id: str, codebook: Codebook) -> Iterator[AnnotationSet]:
    for one in read_lines(path, AnnotationSet):
        mine = one.article_id == article_id
        yield replace(one, annotations=without_words(one.annotations, codebook)) if mine else one


def _decisions(path: Path, article_id: str, codebook: Codebook) -> Iterator[Decision]:
    for one in read_lines(path, Decision):
        if one.asked.article_id == article_id:
            one = replace(one, annotations=without_words(one.annotations, codebook), readings=(), comment="")
        yield one


def _repairs(path: Path, article_id: str) -> Iterator[Repair]:
    for one in read_lines(path, Repair):
        if one.set.split(" ")[0] == article_id:
            sides = ({name: value for name, value in side.items() if name != "quote"} for side in (one.before, one.after))
            one = replace(one, **dict(zip(("before", "after"), sides, strict=True)))
        yield one


def _rewritten(path: Path, records: Iterable) -> bool:
    """Whether a file is other than it was, once its records are written."""
    before = path.stat().st_mtime_ns
    write_lines(path, records)
    return path.stat().st_mtime_ns != before


def _alike(project: Project, article: Article) -> Iterator[Issue]:
    for one in read_articles(project, with_text=False):
        if one.group == article.group and one.id != article.id and TAKEN_DOWN not in one.metadata:
            yield Issue(one.id, "TAKEDOWN-COPY", f"it is a near-duplicate of {article.id}; look whether it should go too", "note")


def _raw(project: Project, article: Article, reporter: Reporter) -> Iterator[Issue]:
    """The raw files that still have the article: what is as received is not edited by us."""
    sources = load_sources(project.sources) if project.sources.exists() and project.raw.is_dir() else ()
    paths = [path for path in sorted(project.raw.rglob("*")) if path.is_file()] if sources else []
    for path in reporter.track("raw files", paths, len(paths)):
        if any(isinstance(item, Article) and item.id == article.id for item in ingest([path], sources).items):
            name = path.relative_to(project.root).as_posix()
            yield Issue(name, "TAKEDOWN-RAW", f"it has {article.id} as received, should be taken out by hand")
