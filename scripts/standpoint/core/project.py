"""A project's folder, its defaults and its version numbers. No other module knows where a project keeps its files.

The defaults that help pages show are here, and not in the stages, so that a help page loads no stage.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from uuid import uuid4

from packaging.version import Version as PackagingVersion

from standpoint.core.files import LOCAL, left_behind, make_local, read_text, write_whole
from standpoint.core.model import StandpointError

LOCK_PATIENCE = 15.0  # seconds: longer than most commands take on a small project, shorter than anybody's patience


@dataclass(frozen=True)
class Project:
    """A project's folder: where each stage keeps its files."""

    root: Path

    codebook = property(lambda self: self.root / "guidelines" / "codebook.yaml")
    actors = property(lambda self: self.root / "guidelines" / "actors.yaml")
    guidelines = property(lambda self: self.root / "guidelines")
    switched_off = property(lambda self: self.guidelines / "suggestions-off.tsv")  # what `suggestions score` switched off
    cast = property(lambda self: self.guidelines / "cast.yaml")  # the actors of the codebook's examples
    worked = property(lambda self: self.guidelines / "worked.yaml")  # whole articles, annotated in both passes
    rulings = property(lambda self: self.guidelines / "rulings.yaml")  # hard questions, each with its rule and examples
    guidelines_changelog = property(lambda self: self.guidelines / "CHANGELOG.md")
    trees = property(lambda self: self.guidelines / "trees.yaml")
    raw = property(lambda self: self.root / "dataset" / "raw")
    sources = property(lambda self: self.root / "dataset" / "sources.yaml")
    release_changelog = property(lambda self: self.root / "dataset" / "CHANGELOG.md")
    card = property(lambda self: self.root / "dataset" / "card.md")  # the part of the card that is written by hand
    version = property(lambda self: self.root / "dataset" / "version.txt")
    versions = property(lambda self: self.root / "dataset" / "versions.tsv")  # the released versions
    id_file = property(lambda self: self.root / "dataset" / "project-id.txt")  # names the project in Label Studio; is committed
    copies = property(lambda self: self.root / "dataset" / "copies.yaml")
    annotators = property(lambda self: self.root / "dataset" / "annotators.yaml")
    team = property(lambda self: self.root / "dataset" / "team.yaml")
    assignments = property(lambda self: self.root / "dataset" / "assignments")
    samples = property(lambda self: self.root / "dataset" / "samples")  # by pass, the articles that people were drawn to read
    articles = property(lambda self: self.root / "dataset" / "articles")
    annotations = property(lambda self: self.root / "dataset" / "annotations")
    fixed = property(lambda self: self.annotations / "fixes.jsonl")  # the record of repairs
    dossiers = property(lambda self: self.root / "dataset" / "dossiers")  # how models made their annotation sets
    prompts = property(lambda self: self.dossiers / "prompts")
    decisions = property(lambda self: self.root / "dataset" / "decisions")
    adjudicated = property(lambda self: self.root / "dataset" / "adjudicated")
    release = property(lambda self: self.root / "dataset" / "release")
    splits = property(lambda self: self.root / "splits")
    code = property(lambda self: self.root / "scripts")  # a project without this folder uses the installed package
    checks_page = property(lambda self: self.root / "docs" / "checks.md")
    split_plan = property(lambda self: self.splits / "plan.yaml")
    # Never committed: Label Studio's database, withheld texts, the names behind the pseudonyms.
    local = property(lambda self: self.root / LOCAL)
    server = property(lambda self: self.local / "label-studio")
    withheld = property(lambda self: self.local / "withheld")
    people = property(lambda self: self.local / "people.json")
    answers = property(lambda self: self.local / "answers.sqlite")  # every answer of a model, so that none is paid twice
    guide = property(lambda self: self.local / "guide")  # the guidelines as a site
    rebuilt = property(lambda self: self.local / "releases")  # one folder per old version
    pulled = property(lambda self: self.local / "pull")  # pages of tasks, by project of Label Studio
    backups = property(lambda self: self.local / "backups")
    backup_pages = property(lambda self: self.backups / "pages")

    def split_file(self, name: str) -> Path:
        """The file of splits with this name."""
        return self.splits / f"{name}.tsv"

    def guide_pages(self, passes: Iterable[str]) -> list[Path]:
        """The pages of the guide, in their order. A README, the changelog and the instructions of the passes are none."""
        others = {"README", "CHANGELOG", *passes}
        return sorted(path for path in self.guidelines.glob("*.md") if path.stem not in others)

    @property
    def id(self) -> str:
        """The id by which a Label Studio's projects belong to this project; "" if it has none yet."""
        return read_text(self.id_file).strip() if self.id_file.exists() else ""

    def ensure_id(self) -> str:
        """The project's id, which is made if there is none yet, and never changes. Each clone has the same one."""
        if not self.id:
            write_whole(self.id_file, f"{uuid4()}\n")
        return self.id

    @contextmanager
    def locked(self, command: str, say: Callable[[str], None]) -> Iterator[None]:
        """Keep other commands from writing in the project during the block; readers need no lock.

        Waits ``LOCK_PATIENCE`` seconds for another command, and tells ``say`` so; then raises StandpointError with its name. The
        system releases the lock of a process that ends, in whatever way.
        """
        from filelock import FileLock, Timeout  # not with the module, which every help page loads

        make_local(self.local)
        lock, holder = FileLock(self.local / "lock", mode=0o600), self.local / "lock-holder"
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"waiting for {_holder(holder)} …")
            try:
                lock.acquire(timeout=LOCK_PATIENCE)
            except Timeout:
                message = f"{_holder(holder)} is writing in {self.root}"
                raise StandpointError(message, "wait until it has ended, or stop it; then run this command again") from None
        try:
            private_file = os.open(holder, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(private_file, "w", encoding="utf-8", newline="\n") as file:
                file.write(f"`{command}` (process {os.getpid()}, since {datetime.now():%H:%M})")
            self._remove_left_behind()
            yield
        finally:
            lock.release()

    def _remove_left_behind(self) -> None:
        """Remove the unfinished files of a killed command: they may have withheld texts, and git does not ignore them."""
        stages = (self.root / "dataset", self.articles, self.assignments, self.samples, self.decisions, self.adjudicated)
        here = (self.prompts, self.guidelines, self.splits, self.local, self.withheld, self.backups)
        inner = chain(self.annotations.glob("*"), self.dossiers.glob("*"), self.pulled.glob("*"))
        for folder in (*stages, *here, self.annotations, *inner):
            for part in left_behind(folder):
                if part.is_file():
                    part.unlink(missing_ok=True)


def _holder(path: Path) -> str:
    """The command that holds the lock, as it was written down; it may be about to write it."""
    try:
        return path.read_text(encoding="utf-8") or "another command"
    except OSError:
        return "another command"


def find_project(start: Path) -> Project:
    """The project that contains ``start``: the nearest folder, upwards, with ``guidelines/codebook.yaml``."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "guidelines" / "codebook.yaml").is_file():
            return Project(folder)
    raise StandpointError(
        f"{start}: no guidelines/codebook.yaml here or in a folder above",
        "`standpoint init FOLDER` makes a project; otherwise run the command inside one, or name one with --project DIR",
    )


CONTROL = 0.2  # share of articles without suggestions: a control group that shows their effect (codebook, honesty rules)
PROJECT_NAME = "standpoint"  # begins the titles of our Label Studio projects; two datasets on one server need two names
ADJUDICATOR = "j01"
RESAMPLES = 10_000  # of each bootstrap
SEED = 20310304  # of each bootstrap and permutation test
BASELINE_SEED = 1
TEMPLATES = {  # of new projects, each with what it is
    "minimal": "one layer of spans: the shortest codebook that works",
    "claims": "claims in any text: spans, a choice about each, a choice about the text",
    "ner-relations": "entities, and relations between them",
    "conflict": "news about a conflict: actors, events and stance, in two passes",
    "standpoint": "our own guidelines for such news, whole; --example adds 28 articles about an invented war",
}


# datasets accepts only three numbers, packaging also pre-releases and more. So a pre-release has no version.
PATTERN = re.compile(r"v?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}", re.ASCII)
CODEBOOK_PATTERN = re.compile(r"[0-9]+(\.[0-9]+){2}", re.ASCII)  # also a date with leading zeros, 2031.03.05


class VersionNumber(PackagingVersion):
    """A version of three numbers, compared as numbers."""

    @property
    def tag(self) -> str:
        """The version's tag in git and on the Hub."""
        return f"v{self}"


def is_version(text: str) -> bool:
    """Whether a text is a version number, with or without a leading v."""
    return PATTERN.fullmatch(text) is not None


def parse_version(text: str) -> VersionNumber:
    """``0.2.0`` or ``v0.2.0``; StandpointError for anything else."""
    if not is_version(text):
        hint = "for instance 0.2.0; a pre-release is not possible, because datasets does not read its version"
        raise StandpointError(f"version {text!r} is not MAJOR.MINOR.PATCH", hint)
    return VersionNumber(text)


def parse_codebook_version(text: str) -> VersionNumber:
    """The version of a codebook, for comparisons; StandpointError if it is not a version."""
    if not CODEBOOK_PATTERN.fullmatch(text):
        raise StandpointError(f"{text!r} is not a version", "for instance 0.2.0")
    return VersionNumber(text)
