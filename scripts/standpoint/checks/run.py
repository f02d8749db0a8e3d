"""One run of all checks over a project, and the page that explains the checks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from standpoint.checks.case import Corpus, Reference, Row, source_of
from standpoint.checks.files import File, Record
from standpoint.checks.release import ReleaseFacts
from standpoint.checks.table import all_checks, checks_page, selected_codes
from standpoint.checks.walk import Walk, check_file, check_release, check_splits, check_stray_files
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import stored
from standpoint.core.files import read_lines, written_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Decision, Issue
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of
from standpoint.core.reporter import Reporter
from standpoint.dataset.release_folder import inspect
from standpoint.splits.splits import BY_SOURCE, HEADER, SPLITS, read_splits

Item = TypeVar("Item")
SetItem = TypeVar("SetItem", AnnotationSet, AdjudicatedSet)


def check_project(
    project: Project, reporter: Reporter, *, built: bool = False, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Counter[str]:
    """Report all that is wrong with a project, scope by scope; return how much was checked, and how much was not.

    ``built``: also check what was made of the project before, which may be stale: adjudicated sets, and, where nothing has
    an error, the release. ``select``, ``ignore``: codes, or beginnings of codes, to report or not; they change nothing else.
    """
    codes = selected_codes(select, ignore)
    codebook, registry = open_codebook(project)
    run = _Run(project, reporter, codes)
    run.check_files()
    run.check_records(Reference(codebook, registry, kinds_of(project)), built)
    if built and not run.failed:
        run.check_release(codebook.version)
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
    """One run of the checks over a project: which files have an error, and what was reported and counted so far."""

    def __init__(self, project: Project, reporter: Reporter, codes: Collection[str]) -> None:
        self.project, self.reporter, self.codes = project, reporter, codes
        self.corpus, self.failed = Corpus(), False
        self.bad: set[Path] = set()
        self.seen: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def check_files(self) -> None:
        """Check each file alone; ``bad`` are those that have an error."""
        for file in self._files():
            if not self._report(check_file(file)):
                self.bad.add(file.path)
        for path in sorted(self.project.splits.glob("*.tsv")):
            self._check_splits(path)
        self._report(check_stray_files(self._stray_files()))
        self.left_out["files"] = len(self.bad)

    def _check_splits(self, path: Path) -> None:
        """Check a file of splits alone; its rows are kept for the checks of the corpus."""
        if not self._report(check_splits(path, self._name(path), HEADER, SPLITS)):
            self.bad.add(path)
            return
        stories = path.stem != BY_SOURCE
        rows = [Row(row.article_id, row.split, row.group, row.story if stories else "") for row in read_splits(path)]
        self.corpus.splits[path.stem] = rows

    def check_records(self, reference: Reference, built: bool) -> None:
        """Check articles and sets, and adjudicated sets where ``built``, side by side; then all of them together."""
        project, public, withheld = self.project, self.project.articles, self.project.withheld
        sources = [path.stem for path in sorted(public.glob("*.jsonl"))]
        self.corpus.unread = {name for name in sources if {public / f"{name}.jsonl", withheld / f"{name}.jsonl"} & self.bad}
        read = [name for name in sources if name not in self.corpus.unread]
        articles = [self.reporter.track(f"check {name}", stored(name, public, withheld)) for name in read]
        set_files = sorted(project.annotations.glob("*/*.jsonl"))
        adjudicated_files = sorted(project.adjudicated.glob("*.jsonl")) if built else []
        sets = [self._about_read(read_lines(path, AnnotationSet), "annotation sets") for path in self._good(set_files)]
        adjudicated = [
            self._about_read(read_lines(path, AdjudicatedSet), "adjudicated sets") for path in self._good(adjudicated_files)
        ]
        walk = Walk(reference, self.corpus, whole=not self.bad.intersection(set_files))
        self._report(walk.check([self._counted(stream, "articles") for stream in articles], sets, adjudicated))
        self._report(walk.check_corpus())
        self.left_out.update(walk.left_out)

    def check_release(self, codebook_version: str) -> None:
        """Check the built release, if there is one."""
        facts, people = inspect(self.project.release), self.project.people
        accounts = json.loads(people.read_text(encoding="utf-8")) if people.is_file() else ()
        if facts is not None:
            self._report(check_release(ReleaseFacts(facts, self.corpus, codebook_version, accounts)))

    def counts(self) -> Counter[str]:
        """What was checked, in the order of the pipeline, what was not, and the issues by level."""
        seen = {name: self.seen[name] for name in ("articles", "annotation sets", "adjudicated sets")}
        left_out = {f"{name} not checked further": count for name, count in sorted(self.left_out.items()) if count}
        return Counter(seen | left_out | {"errors": self.levels["error"], "notes": self.levels["note"]})

    def _report(self, issues: Iterable[Issue]) -> bool:
        """Report the issues of the selected codes; return whether none, of any code, is an error."""
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
        kinds: tuple[tuple[Path, str, type[Record]], ...] = (
            (project.articles, "*.jsonl", Article),
            (project.withheld, "*.jsonl", Article),
            (project.annotations, "*/*.jsonl", AnnotationSet),
            (project.decisions, "*.jsonl", Decision),
            (project.adjudicated, "*.jsonl", AdjudicatedSet),
        )
        for folder, pattern, kind in kinds:
            for path in sorted(folder.glob(pattern)):
                name = path.relative_to(folder).with_suffix("").as_posix()
                yield File(path, self._name(path), kind, name, public=folder != project.withheld)

    def _stray_files(self) -> Iterator[str]:
        """The files of the data folders that neither the checks nor other commands read."""
        project, read = self.project, {file.path for file in self._files()}
        for folder in (project.articles, project.annotations, project.decisions, project.adjudicated):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path not in read and path.name not in ("README.md", ".gitkeep") and path != project.fixed:
                    yield self._name(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.project.root).as_posix()

    def _good(self, paths: Iterable[Path]) -> list[Path]:
        return [path for path in paths if path not in self.bad]

    def _counted(self, items: Iterable[Item], name: str) -> Iterator[Item]:
        for item in items:
            self.seen[name] += 1
            yield item

    def _about_read(self, sets: Iterable[SetItem], name: str) -> Iterator[SetItem]:
        """The sets of articles whose file was read."""
        for item in self._counted(sets, name):
            if source_of(item.article_id) in self.corpus.unread:
                self.left_out[name] += 1
            else:
                yield item
