"""Where words of an article that is taken down may still be: files and folders of the project, servers, and git's history."""

from __future__ import annotations

import gzip
import html
import json
import shutil
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from standpoint.core.files import LOCAL, SUMS
from standpoint.core.model import TAKEN_DOWN, Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.dataset.schema import DOCUMENTS
from standpoint.pages.task_json import task_key
from standpoint.release.locate import find_repository
from standpoint.release.versions import read_history


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
    ours = (project.articles, project.annotations, project.decisions, project.adjudicated, project.assignments, project.splits)
    files = [path for path in sorted(project.root.rglob("*")) if path.is_file() and not _is_elsewhere(project, path)]
    for path in reporter.track("other files", files, len(files)):
        if path.name == SUMS and _releases_text(path.parent, article.id):
            yield _left(project, path.parent)
        elif any(path.is_relative_to(folder) for folder in ours):
            if _has(path, words):
                yield _left(project, path)
        elif path.suffix == ".spacy" or any(name in path.name for name in names) or _has(path, words | _encoded(names)):
            yield _left(project, path)
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
    longest, tail = max(map(len, sought), default=0), b""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while block := file.read(1 << 20):
                if any(words in tail + block for words in sought):
                    return True
                tail = (tail + block)[-longest:]
    except (OSError, EOFError, zlib.error):
        return True
    return False
