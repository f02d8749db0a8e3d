"""Yank a version, or take an article down so that only its id, its labels and a tombstone stay.

Its words may also be in other files and folders of the project, on servers, and in git's history: those places are reported.
"""

from __future__ import annotations

import html
import json
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow.parquet as pq
from msgspec.structs import replace

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.codebook.load import open_codebook
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import read_articles
from standpoint.core.files import LOCAL, NOT_READABLE, SUMS, inode, read_lines, read_text, unpacked, write_lines, write_whole
from standpoint.core.history import read_history, write_history
from standpoint.core.model import TAKEN_DOWN, AnnotationSet, Article, Decision, Issue, Reporter, StandpointError
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier
from standpoint.core.repository import find_repository
from standpoint.core.standoff import Kept, article_id_of
from standpoint.dataset.schema import DOCUMENTS, Schema
from standpoint.dataset.withhold import without_words
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import load_sources
from standpoint.pages.task_json import task_key
from standpoint.release.versions import mark_yanked, note_yank

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
    typed = Schema(open_codebook(project)[0]).typed

    def bare(item: Kept) -> Kept:
        return without_words(item, typed) if article_id_of(item) == article_id else item

    changed = sum(_rewrite(path, AnnotationSet, bare) for path in sorted(project.annotations.glob("*/*.jsonl")))
    changed += sum(_rewrite(path, Decision, bare) for path in sorted(project.decisions.glob("*.jsonl")))
    changed += _rewrite(project.fixed, Repair, bare)
    changed += forget_answers(project, article_id)  # while the dossiers still name them
    changed += sum(_rewrite(path, Dossier, bare) for path in sorted(project.dossiers.glob("*/*.jsonl")))
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


def _rewrite(path: Path, kind: type[Record], edit: Callable[[Record], Record | None]) -> bool:
    """Replace each record of a file by what ``edit`` returns for it, None for no record; whether the file has changed."""
    if not path.exists():
        return False
    before = inode(path)
    write_lines(path, (item for record in read_lines(path, kind) if (item := edit(record))))
    return inode(path) != before


def forget_answers(project: Project, article_id: str) -> bool:
    """Remove the answers of models that the dossiers of an article name from the local store; whether there were some."""
    if not project.answers.exists():
        return False
    dossiers = chain.from_iterable(read_lines(path, Dossier) for path in sorted(project.dossiers.glob("*/*.jsonl")))
    keys = [one.request for dossier in dossiers if dossier.article_id == article_id for one in dossier.rounds]
    with closing(AnswerStore(project.answers)) as store:
        return store.remove(keys) > 0


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


def clear_caches(project: Project) -> int:
    """Delete the folders that a command makes again when it needs them, and in which articles are; their number."""
    # Pages of tasks (`pull`, `check --live`, `server backup`), and earlier versions (`build --at`).
    folders = [folder for folder in (project.pulled, project.backup_pages, project.rebuilt) if folder.exists()]
    for folder in folders:
        shutil.rmtree(folder)
    return len(folders)


def find_traces(project: Project, article: Article, reporter: Reporter) -> Iterator[Issue]:
    """An issue for each place where words of the article still are, and a note for each where they may be.

    ``article`` is as it was: its words are searched, as far as they are known, and its id and the keys of its tasks.
    """
    words, names = _words(article), [task_key(article.id, masked) for masked in (False, True)]
    # What the project itself keeps about the article has its id, and no word of it any more.
    ours = (
        *(project.articles, project.annotations, project.dossiers, project.decisions, project.adjudicated),
        *(project.assignments, project.samples, project.splits),
    )
    files = [path for path in sorted(project.root.rglob("*")) if path.is_file() and not _is_elsewhere(project, path)]
    for path in reporter.track("other files", files, len(files)):
        if path.name == SUMS and _releases_text(path.parent, article.id):
            yield _left(project, path.parent)
        elif any(path.is_relative_to(folder) for folder in ours):
            if _has(path, words):
                yield _left(project, path)
        elif path.suffix == ".spacy" or any(name in path.name for name in names) or _has(path, words | _encoded(names)):
            yield _left(project, path)
    if project.answers.exists():
        message = (
            "may have answers about it that no dossier names, to an earlier prompt or of a run that was stopped: delete it then"
        )
        yield Issue(project.answers.relative_to(project.root).as_posix(), "TAKEDOWN-LEFT", message, "note")
    if project.server.exists() and not (project.server / "label_studio.sqlite3").exists():
        yield Issue("Label Studio", "TAKEDOWN-LEFT", f"its database may have {article.id}; {ON_SERVER}", "note")
    if find_repository(project):
        message = f"has {article.id} in its history; if the law demands it, rewrite it (git filter-repo) in all clones"
        yield Issue("git", "TAKEDOWN-LEFT", message, "note")
    if versions := ", ".join(row.version for row in read_history(project.versions)):
        message = f"may have {article.id}; run `standpoint release yank VERSION`, and delete them on the Hub if it must be"
        yield Issue(f"versions {versions}", "TAKEDOWN-LEFT", message, "note")


ON_SERVER = "run this command with --server, and with --url for another Label Studio than the embedded one"


def _left(project: Project, path: Path) -> Issue:
    """The issue of one place, with what removes the words from there."""
    if path.is_relative_to(project.server):
        remedy = ON_SERVER
    elif path.is_relative_to(project.backups):
        remedy = "delete it; `standpoint server backup` makes a new one"
    elif path == project.release:
        remedy = "run `standpoint build`, or create the next version"
    else:
        remedy = "delete it or make it again, or edit it by hand"
    return Issue(path.relative_to(project.root).as_posix(), "TAKEDOWN-LEFT", f"still has words or the id of it: {remedy}")


def _is_elsewhere(project: Project, path: Path) -> bool:
    """Whether a file is looked at otherwise (raw files as articles, Parquet with its release), or is a tool's, such as git's."""
    first = path.relative_to(project.root).parts[0]
    hidden = first.startswith(".") and first != LOCAL
    return hidden or path.is_relative_to(project.raw) or path.suffix == ".parquet"


def _releases_text(folder: Path, article_id: str) -> bool:
    """Whether a release in a folder has the article, not as taken down."""
    for path in sorted((folder / DOCUMENTS).glob("*.parquet")):
        rows = pq.read_table(path, columns=["id", "text_status"], filters=[("id", "==", article_id)])
        if any(status != TAKEN_DOWN for status in rows["text_status"].to_pylist()):
            return True
    return False


LONGEST, SHORTEST = 60, 20  # characters of a line that are searched for; a shorter line may be in any text


def _words(article: Article) -> frozenset[bytes]:
    """The beginning of each line of the article's text, and its address and title."""
    lines = [article.title, article.url or "", *(article.text or "").splitlines()]
    return _encoded([line[:LONGEST].rstrip() for line in lines if len(line) >= SHORTEST])


def _encoded(texts: Collection[str]) -> frozenset[bytes]:
    """Texts as they are in files: as they are, in JSON with and without escapes, and in HTML."""
    forms = (str, html.escape, lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
    return frozenset(form(text).encode() for text in texts for form in forms)


def _has(path: Path, sought: frozenset[bytes]) -> bool:
    """Whether a file has any of these bytes; also a file that cannot be read may have them."""
    longest, read = max(map(len, sought), default=1), b""
    try:
        with unpacked(path) as file:
            while block := file.read(1 << 20):
                read = read[-longest:] + block
                if any(words in read for words in sought):
                    return True
    except NOT_READABLE:
        return True
    return False
