"""Everything checked: check, and the page that explains the checks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from standpoint.checks._case import Ground
from standpoint.checks._corpus import Corpus, Row
from standpoint.checks._line import ADJUDICATED, ARTICLES, DECISIONS, SETS, File, source_of
from standpoint.checks._page import checks_page
from standpoint.checks._pick import picked
from standpoint.checks._release import ReleaseFacts
from standpoint.checks._table import all_checks
from standpoint.checks._walk import Walk, check_file, check_release, check_splits, check_stray
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import stored
from standpoint.core.files import read_lines, written_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Issue
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of
from standpoint.core.reporter import Reporter
from standpoint.dataset.release_folder import inspect
from standpoint.splits.splits import BY_SOURCE, HEADER, SPLITS, read_splits


def check_project(
    project: Project, reporter: Reporter, *, built: bool = False, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Counter:
    """Tell all that is wrong with a project, scope by scope; how many things there were, and how many were not checked.

    ``built``: also with what was made of it before, which may be stale: adjudicated sets, and, where nothing has an error, the
    release. ``select``, ``ignore``: codes, or beginnings of codes, that are told or not; they change nothing else.
    """
    codes = picked(select, ignore)
    codebook, registry = open_codebook(project)
    ground = Ground(codebook, registry, kinds_of(project))
    run = _Run(project, reporter, codes)
    run.files()
    run.articles(ground, built)
    if built and not run.failed:
        run.release(codebook.version)
    return run.counts()


def write_checks_page(path: Path, only_check: bool) -> bool:
    """Write the page of all checks, whole or not at all, or only look at it; whether it is (now) as it should be."""
    page = checks_page().encode()
    if only_check:
        return path.is_file() and path.read_bytes() == page
    with written_whole(path) as file:
        file.write(page)
    return True


def issue_as_json(issue: Issue) -> str:
    """An issue as one line of JSON: code, level, scope, where, message."""
    values = {"code": issue.code, "level": issue.level, "scope": all_checks()[issue.code].scope}
    return msgspec.json.encode(values | {"where": issue.where, "message": issue.message}).decode()


class _Run:
    """One run of the checks over a project: what was told and counted so far, and which files have an error."""

    def __init__(self, project: Project, reporter: Reporter, codes: Collection[str]) -> None:
        self.project, self.reporter, self.codes = project, reporter, codes
        self.corpus, self.bad, self.failed = Corpus(), set(), False
        self.seen, self.levels, self.left_out = Counter(), Counter(), Counter()

    def files(self) -> None:
        """Check each file by itself; ``bad`` are those that have an error."""
        for file in self._files():
            if not self._all(check_file(file)):
                self.bad.add(file.path)
        for path in sorted(self.project.splits.glob("*.tsv")):
            self._splits(path)
        self._all(check_stray(self._strays()))
        self.left_out["files"] = len(self.bad)

    def _splits(self, path: Path) -> None:
        """Check a file of splits by itself; its rows are kept for the checks of the corpus."""
        if not self._all(check_splits(path, self._name(path), HEADER, SPLITS)):
            self.bad.add(path)
            return
        stories = path.stem != BY_SOURCE
        rows = [Row(row.article_id, row.split, row.group, row.story if stories else "") for row in read_splits(path)]
        self.corpus.splits[path.stem] = rows

    def articles(self, ground: Ground, built: bool) -> None:
        """Check articles, sets and, if asked, adjudicated sets, side by side, and then all of them together."""
        project, public, hidden = self.project, self.project.articles, self.project.withheld
        sources = [path.stem for path in sorted(public.glob("*.jsonl"))]
        self.corpus.unread = {name for name in sources if {public / f"{name}.jsonl", hidden / f"{name}.jsonl"} & self.bad}
        read = [name for name in sources if name not in self.corpus.unread]
        articles = [self.reporter.track(f"check {name}", stored(name, public, hidden)) for name in read]
        set_files = sorted(project.annotations.glob("*/*.jsonl"))
        adjudicated_files = sorted(project.adjudicated.glob("*.jsonl")) if built else []
        sets = [self._about(read_lines(path, AnnotationSet), "annotation sets") for path in self._good(set_files)]
        adjudicated = [
            self._about(read_lines(path, AdjudicatedSet), "adjudicated sets") for path in self._good(adjudicated_files)
        ]
        walk = Walk(ground, self.corpus, whole=not self.bad.intersection(set_files))
        self._all(walk.check([self._counted(stream, "articles") for stream in articles], sets, adjudicated))
        self._all(walk.check_corpus())
        self.left_out.update(walk.left_out)

    def release(self, codebook_version: str) -> None:
        """Check what is built, if anything is."""
        facts, people = inspect(self.project.release), self.project.people
        accounts = json.loads(people.read_text(encoding="utf-8")) if people.is_file() else ()
        if facts is not None:
            self._all(check_release(ReleaseFacts(facts, self.corpus, codebook_version, accounts)))

    def counts(self) -> Counter:
        """What there was, in the order of the pipeline."""
        seen = {name: self.seen[name] for name in ("articles", "annotation sets", "adjudicated sets")}
        left_out = {f"{name} not checked further": count for name, count in sorted(self.left_out.items()) if count}
        return Counter(seen | left_out | {"errors": self.levels["error"], "notes": self.levels["note"]})

    def _all(self, issues: Iterable[Issue]) -> bool:
        """Tell the issues that were asked for; whether none of all is an error."""
        good = True
        for issue in issues:
            good = good and issue.level != "error"
            if issue.code in self.codes:
                self.levels[issue.level] += 1
                self.reporter.report(issue)
        self.failed = self.failed or not good
        return good

    def _files(self) -> Iterator[File]:
        project = self.project
        for folder, pattern, form in (
            (project.articles, "*.jsonl", ARTICLES),
            (project.withheld, "*.jsonl", ARTICLES),
            (project.annotations, "*/*.jsonl", SETS),
            (project.decisions, "*.jsonl", DECISIONS),
            (project.adjudicated, "*.jsonl", ADJUDICATED),
        ):
            for path in sorted(folder.glob(pattern)):
                name = path.relative_to(folder).with_suffix("").as_posix()
                yield File(path, self._name(path), form, name, public=folder != project.withheld)

    def _strays(self) -> Iterator[str]:
        """The files of the data folders that are none of those, and nothing that other verbs keep there."""
        project, read = self.project, {file.path for file in self._files()}
        for folder in (project.articles, project.annotations, project.decisions, project.adjudicated):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path not in read and path.name not in ("README.md", ".gitkeep") and path != project.fixed:
                    yield self._name(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.project.root).as_posix()

    def _good(self, paths: Iterable[Path]) -> list[Path]:
        return [path for path in paths if path not in self.bad]

    def _counted(self, things: Iterable, name: str) -> Iterator:
        for thing in things:
            self.seen[name] += 1
            yield thing

    def _about(self, things: Iterable, name: str) -> Iterator:
        """The sets whose article may be looked at: its file was read."""
        for thing in self._counted(things, name):
            if source_of(thing.article_id) in self.corpus.unread:
                self.left_out[name] += 1
            else:
                yield thing
