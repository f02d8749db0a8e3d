"""``dataset/copies.yaml``: public copies of the texts of a dataset, each pinned to a commit and to the hash of each file.

A release has the file, too, so that `standpoint hydrate --fetch` can restore withheld texts without copies of one's own. It has
addresses, hashes and licences, and no words.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, NamedTuple
from urllib.parse import quote

from msgspec import to_builtins
from msgspec.structs import replace

from standpoint.core.corpus import read_articles
from standpoint.core.files import write_whole
from standpoint.core.model import Article, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.yaml_files import Strict, load_as, means, yaml_text
from standpoint.ingest.ingest import ingest
from standpoint.ingest.raw_files import files_of
from standpoint.ingest.sources import load_sources

NAME = "copies.yaml"
COMMENT = "# Public copies of the texts. `standpoint release copies` writes this file; `standpoint hydrate --fetch` reads it.\n"
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PART = re.compile(r'[^\x00-\x1f\x7f<>:"|?*\\/]{1,200}(?<![. ])')  # of a path, on any system


class CopiedFile(Strict, frozen=True):
    """A file of a repository that has texts of the dataset."""

    path: Annotated[str, means("its path in the repository")]
    size: Annotated[int, means("its size in bytes")]
    blob: Annotated[str, means("its id in git")]
    sha256: Annotated[str, means("the SHA-256 of its bytes")]
    articles: Annotated[int, means("how many articles of the dataset are in it")] = 0


class Repository(Strict, frozen=True):
    """A repository at a commit, and its files."""

    repository: Annotated[str, means("the address from which git clones it")]
    commit: Annotated[str, means("the whole id of the commit")]
    licence: Annotated[str, means("under which terms it has the texts, in a sentence")]
    mirrors: Annotated[
        tuple[str, ...],
        means("other addresses of its files, tried in this order: with `{path}`, `{commit}` and `{sha256}`, or of one file"),
    ] = ()
    files: Annotated[tuple[CopiedFile, ...], means("the files")] = ()


class Copies(Strict, frozen=True):
    """The whole file."""

    copies: Annotated[tuple[Repository, ...], means("the repositories")]


class Pinned(NamedTuple):
    """What was pinned: files with articles, files without any, and the articles of the project that no file has."""

    files: int
    others: int
    missing: list[str]


def load_copies(path: Path) -> Copies:
    """The pinned copies; StandpointError if the file is missing or if something in it is not valid."""
    if not path.exists():
        raise StandpointError(f"{path}: no such file", "the release pins no public copies; give your own with --from")
    copies = load_as(path, Copies, "list of copies")
    for one in copies.copies:
        refuse_faults(str(path), one)
    return copies


def refuse_faults(where: str, one: Repository) -> None:
    """StandpointError for a repository that cannot be fetched as it is pinned, or whose paths may lead out of the cache."""
    if not COMMIT.fullmatch(one.commit):
        raise StandpointError(f"{where}: the commit {one.commit!r} is not a whole id", "write its 40 or 64 hexadecimal digits")
    if not one.repository.startswith(("https://", "http://")):
        raise StandpointError(f"{where}: the repository {one.repository!r} has no web address", "it begins with https://")
    for mirror in one.mirrors:
        address_of(mirror, one, CopiedFile(path="a", size=0, blob="", sha256=""))
    for file in one.files:
        safe_path(file.path)


def safe_path(path: str) -> PurePosixPath:
    """A path in a repository, which becomes one in the cache; StandpointError if it may lead out of it."""
    parts = path.split("/")
    if not all(PART.fullmatch(part) and part not in (".", "..") and part.lower() != ".git" for part in parts):
        raise StandpointError(f"{path!r} is not the path of a file in a repository", "it has no .., no backslash and no colon")
    return PurePosixPath(*parts)


def address_of(mirror: str, repository: Repository, file: CopiedFile) -> str:
    """The address of a file at a mirror; StandpointError if the mirror names something else in braces."""
    values = {"path": quote(file.path), "commit": repository.commit, "sha256": file.sha256}
    try:
        address = mirror.format_map(values)
    except (KeyError, ValueError, IndexError, AttributeError):
        raise StandpointError(f"the mirror {mirror!r} is not understood", "in braces stand path, commit or sha256") from None
    if not address.startswith(("https://", "http://")):
        raise StandpointError(f"the mirror {mirror!r} is no web address", "it begins with https://")
    return address


def digests(content: bytes) -> tuple[str, str]:
    """The id that git gives a file, and its SHA-256."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return blob.hexdigest(), hashlib.sha256(content).hexdigest()


def pin_copies(project: Project, folder: Path, below: str, repository: Repository, reporter: Reporter) -> Pinned:
    """Write into ``dataset/copies.yaml`` which files of a repository have texts of the project, in the place of what it says now
    of this repository. ``folder``: the checkout, or what is ``below`` this path of it. ``repository``: its address, commit,
    licence and mirrors. Nothing is written if no file has a text.
    """
    refuse_faults(str(folder), repository)
    present = load_copies(project.copies).copies if project.copies.exists() else ()
    wanted = {article.sha256: article.id for article in read_articles(project, with_text=False)}
    found, others = dict[str, CopiedFile](), 0
    paths = [path for path in files_of([folder]) if ".git" not in path.relative_to(folder).parts]
    sources, texts = load_sources(project.sources), set[str]()
    for path in reporter.track("files", paths):
        here = {item.sha256 for item in ingest([path], sources).items if isinstance(item, Article)} & wanted.keys()
        others += not here
        if here:
            name, content = (PurePosixPath(below) / path.relative_to(folder).as_posix()).as_posix(), path.read_bytes()
            safe_path(name)
            blob, sha256 = digests(content)
            found[name] = CopiedFile(path=name, size=len(content), blob=blob, sha256=sha256, articles=len(here))
            texts |= here
    if not found:
        hint = "name the folder of a checkout, with the files as sources.yaml reads them"
        raise StandpointError(f"{folder}: no file has the text of an article of this project", hint)
    pinned = replace(repository, files=tuple(found[name] for name in sorted(found)))
    rest = [one for one in present if one.repository != repository.repository]
    listed = sorted([*rest, pinned], key=lambda one: one.repository)
    write_whole(project.copies, (COMMENT + yaml_text({"copies": to_builtins(listed)})).encode())
    return Pinned(len(found), others, sorted(name for sha, name in wanted.items() if sha not in texts))
