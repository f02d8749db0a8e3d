"""Fetch the public copies that a release pins: by the web or with git, into a cache, and each file checked by its SHA-256.

The repositories' files lie in the cache as in a checkout, so that `hydrate` reads them as it reads a folder of one's own. What is
there already is not fetched again, so a run that was killed goes on. A file whose bytes are others than those that were pinned
is never kept.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from standpoint.core.files import write_whole
from standpoint.core.model import Issue, Reporter, StandpointError, sha256
from standpoint.release.pinned_copies import CopiedFile, Copies, Repository, address_of, digests, safe_path

if TYPE_CHECKING:  # httpx takes a while to import
    import httpx

# The address of a file at a commit, by the host of the repository.
RAW = {
    "github.com": "https://raw.githubusercontent.com{repository}/{commit}/{path}",
    "gitlab.com": "https://gitlab.com{repository}/-/raw/{commit}/{path}",
    "codeberg.org": "https://codeberg.org{repository}/raw/commit/{commit}/{path}",
    "huggingface.co": "https://huggingface.co{repository}/resolve/{commit}/{path}",
}
TIMEOUT = 60.0  # seconds without an answer
ATTEMPTS = 4
AGAIN = (408, 425, 429, 500, 502, 503, 504)
LONGEST_WAIT = 60.0  # seconds before another attempt
GIT = "git"


class Link(NamedTuple):
    """An address of the files of a repository, how many of them answer there, and what else came, if not all do."""

    address: str
    answer: int
    files: int
    problem: str = ""


def cache_folder() -> Path:
    """Where fetched copies are kept: `$XDG_CACHE_HOME/standpoint/copies`, by default in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "standpoint" / "copies"


def fetch_copies(copies: Copies, cache: Path, reporter: Reporter) -> list[Path]:
    """Fetch all files; the folders that have them. What cannot be fetched is a note (COPY-UNREACHABLE); the rest goes on."""
    total, done = sum(len(one.files) for one in copies.copies), 0
    with _client() as client:
        for repository in copies.copies:
            wanted = {file.path: file for file in repository.files if not _is_there(_place(cache, repository, file), file)}
            done += len(repository.files) - len(wanted)
            problems: dict[str, list[str]] = {path: [] for path in wanted}
            for way in (_by_web, _by_git):
                for file, content, problem in way(repository, [*wanted.values()], client) if wanted else ():
                    if content is None:
                        problems[file.path].append(problem)
                    else:
                        write_whole(_place(cache, repository, file), content)
                        del wanted[file.path]
                        done += 1
                    reporter.progress("files fetched", done, total)
            for path in wanted:
                message = f"could not be fetched: {'; '.join(problems[path])}"
                where = f"{repository.repository}@{repository.commit[:10]}:{path}"
                reporter.report(Issue(where, "COPY-UNREACHABLE", message, "note"))
    return [folder for one in copies.copies if (folder := _folder(cache, one)).is_dir()]


def _folder(cache: Path, repository: Repository) -> Path:
    return cache / sha256(repository.repository)[:16] / repository.commit


def _place(cache: Path, repository: Repository, file: CopiedFile) -> Path:
    return _folder(cache, repository) / safe_path(file.path)


def _is_there(path: Path, file: CopiedFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size and digests(path.read_bytes())[1] == file.sha256


def _client() -> httpx.Client:
    import httpx

    return httpx.Client(timeout=TIMEOUT, follow_redirects=True, headers={"User-Agent": "standpoint"})


def addresses_of(repository: Repository, file: CopiedFile) -> list[str]:
    """The web addresses of a file, in the order in which they are tried: the host's own, then the mirrors."""
    parts = urlsplit(repository.repository)
    own = RAW.get(parts.hostname or "")
    where = parts.path.rstrip("/").removesuffix(".git")
    first = [own.format(repository=where, commit=repository.commit, path=quote(file.path))] if own else []
    return [*first, *(address_of(mirror, repository, file) for mirror in repository.mirrors)]


Fetched = tuple[CopiedFile, bytes | None, str]  # the file, its bytes, or what came instead


def _by_web(repository: Repository, files: Sequence[CopiedFile], client: httpx.Client) -> Iterator[Fetched]:
    for file in files:
        problems = []
        for address in addresses_of(repository, file):
            content, problem = _get(address, client)
            if content is not None and not (problem := _difference(content, file)):
                yield file, content, ""
                break
            problems.append(f"{address}: {problem}")
        else:
            yield file, None, "; ".join(problems) or "no web address is known"


def _get(address: str, client: httpx.Client) -> tuple[bytes | None, str]:
    """The bytes at an address, or what came instead."""
    import httpx

    problem = ""
    for attempt in range(ATTEMPTS):
        try:
            answer = client.get(address)
        except httpx.HTTPError as error:
            problem, wait = f"{type(error).__name__} {error}".strip(), 0.5 * 2**attempt
        else:
            if answer.is_success:
                return answer.content, ""
            problem = f"HTTP {answer.status_code}"
            if answer.status_code not in AGAIN:
                return None, problem
            stated = answer.headers.get("Retry-After", "")
            wait = float(stated) if stated.isdigit() else 0.5 * 2**attempt
        if attempt + 1 < ATTEMPTS:
            time.sleep(min(wait, LONGEST_WAIT))
    return None, f"{problem} ({ATTEMPTS} attempts)"


def _difference(content: bytes, file: CopiedFile) -> str:
    """How the bytes differ from those that were pinned, "" if they do not."""
    if len(content) != file.size:
        return f"{len(content):,} bytes came, and {file.size:,} were pinned"
    return "" if digests(content) == (file.blob, file.sha256) else "other bytes came than were pinned"


def _by_git(repository: Repository, files: Sequence[CopiedFile], client: httpx.Client) -> Iterator[Fetched]:
    """The files from a clone of the one commit."""
    with TemporaryDirectory(prefix="standpoint-copies-") as folder:
        try:
            _git(folder, "init", "--quiet")
            _git(folder, "fetch", "--quiet", "--depth", "1", "--no-tags", repository.repository, repository.commit)
        except StandpointError as error:
            yield from ((file, None, error.message) for file in files)
            return
        for file in files:
            try:
                content = _git(folder, "cat-file", "blob", f"{repository.commit}:{file.path}")
            except StandpointError as error:
                yield file, None, error.message
                continue
            problem = _difference(content, file)
            yield file, None if problem else content, f"git: {problem}"


def _git(folder: str, *words: str) -> bytes:
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run([GIT, "-C", folder, *words], env=environment, capture_output=True, check=False)
    except OSError as error:
        raise StandpointError(f"git: {error.strerror}", "install git") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StandpointError(f"git {words[0]}: {lines[-1] if lines else done.returncode}", "look at the address")
    return done.stdout


def check_links(copies: Copies, reporter: Reporter) -> Iterator[Link]:
    """How many files answer at each web address of a repository, without their contents; and whether git answers."""
    with _client() as client:
        for repository in copies.copies:
            tried: dict[int, list[str]] = {}
            first: dict[int, str] = {}
            for file in reporter.track("links", repository.files):
                for number, address in enumerate(addresses_of(repository, file)):
                    first.setdefault(number, address)
                    tried.setdefault(number, []).append(_answers(address, client))
            for number, problems in tried.items():
                wrong = [problem for problem in problems if problem]
                yield Link(first[number], len(problems) - len(wrong), len(problems), wrong[0] if wrong else "")
            try:
                _git(".", "ls-remote", "--quiet", repository.repository, "HEAD")
                yield Link(f"git {repository.repository}", len(repository.files), len(repository.files))
            except StandpointError as error:
                yield Link(f"git {repository.repository}", 0, len(repository.files), error.message)


def _answers(address: str, client: httpx.Client) -> str:
    """What came in the place of something at an address, or nothing: then there is something."""
    import httpx

    try:
        answer = client.head(address)
        if answer.status_code in (403, 405, 501):  # a server that does not answer to HEAD
            with client.stream("GET", address) as answer:
                pass
    except httpx.HTTPError as error:
        return f"{type(error).__name__} {error}".strip()
    return "" if answer.is_success else f"HTTP {answer.status_code}"
