"""One run of all checks over a project, the check of its codebook, and the page that explains the checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import msgspec

from standpoint.checks.case import AdjudicatedCase, ArticleContext, ArticleKey, Case, Corpus, Reference, set_pairs
from standpoint.checks.committed import Committed, committed_files, search
from standpoint.checks.dossiers import project_dossier_issues
from standpoint.checks.files import File, Record, lines_of
from standpoint.checks.past import past_of
from standpoint.checks.release import ReleaseFacts
from standpoint.checks.splits import split_lines
from standpoint.checks.table import all_checks, checks_on, checks_page, issues_from, selected_codes
from standpoint.codebook.hotkeys import shared_lists, without_keys
from standpoint.codebook.load import load_changes, open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.codes import language_code, licence_id
from standpoint.core.corpus import ArticleRecords, by_article, prompts_of, source_of, stored
from standpoint.core.files import write_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Decision, Issue, Reporter, StandpointError
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier, apart_from_adjudication, critics_of, kinds_of, load_people, prompt_files
from standpoint.core.standoff import Standoff
from standpoint.dataset.release_folder import inspect
from standpoint.dataset.schema import features
from standpoint.ingest.sources import load_sources
from standpoint.pages.adjudication_page import adjudication_config
from standpoint.processes import mapped
from standpoint.splits.splits import BY_SOURCE, load_plan, read_splits


def check_guidelines(project: Project, reporter: Reporter | None = None) -> Counter[str]:
    """Load codebook, registry and changelog strictly, make each page and the dataset's schema, and count what is defined.

    Whatever a later command would refuse in them is refused here, before anybody labels.
    """
    codebook, registry = open_codebook(project)
    load_changes(project.guidelines_changelog, codebook)
    for codebook_pass in codebook.passes:
        adjudication_config(codebook, codebook_pass.name)  # the page of the annotators, and more
    for name, first, second in shared_lists(codebook):
        message = f"pass {name}: the lists of {first} and {second} have the same keys, so that one key does two things"
        hint = f"give {second} other `hotkeys` in codebook.yaml: shift, alt or none"
        raise StandpointError(message, hint)
    for layer, label in without_keys(codebook):
        message = "its page has no key left for this label; it can be clicked, and `hotkey: none` at another label frees a key"
        (reporter or Reporter()).report(Issue(f"{layer}/{label}", "NO-KEY-LEFT", message, "note"))
    features(codebook)
    if not codebook.licence.strip():
        raise StandpointError(f"{project.codebook}: licence is empty", "write the labels' licence; a release needs it")
    codes = (
        ("language", codebook.language, language_code(codebook.language)),
        ("licence", codebook.licence, licence_id(codebook.licence)),
    )
    for field, stated, code in codes:
        if stated != code:
            hint = f"write {code}" if code else "a language has a code of ISO 639, such as en, and a licence an id of SPDX"
            raise StandpointError(f"{project.codebook}: the {field} {stated!r} is not a code that the Hub takes", hint)
    return Counter(
        {
            "passes": len(codebook.passes),
            "layers": len(codebook.layers),
            "labels": sum(len(layer.labels) for layer in codebook.layers),
        }
        | ({"actors": len(registry.actors), "places": len(registry.places)} if project.actors.exists() else {})
    )


def check_release(release: ReleaseFacts) -> Iterator[Issue]:
    """All issues of a release."""
    yield from _errors_or_notes(("release",), "release", "release", release)


class Walk:
    """Checks all articles and their sets, article by article. ``complete``: every file of sets was read.

    Afterwards, ``corpus`` has keys and counts of all of them, and ``left_out`` counts what was not checked further. ``jobs``:
    the number of processes; the issues and their order are the same for any number.
    """

    def __init__(self, reference: Reference, corpus: Corpus | None = None, complete: bool = True, jobs: int = 1) -> None:
        self.reference, self.corpus, self.complete, self.jobs = reference, corpus or Corpus(), complete, jobs
        self.left_out: Counter[str] = Counter()

    def check(
        self,
        articles: Iterable[Iterable[Article]],
        sets: Iterable[Iterable[AnnotationSet]],
        adjudicated: Iterable[Iterable[AdjudicatedSet]] = (),
    ) -> Iterator[Issue]:
        """All issues of articles and sets. Each stream is sorted by article."""
        work = partial(_check_article, reference=self.reference, complete=self.complete)
        for issues, part, left_out in mapped(work, by_article(articles, sets, adjudicated), self.jobs):
            self.corpus.take(part)
            self.left_out.update(left_out)
            yield from issues

    def check_corpus(self) -> Iterator[Issue]:
        """All issues of the corpus. Only the splits that could be read are checked."""
        yield from issues_from(checks_on("corpus"), "", self.corpus)


class Checked(NamedTuple):
    """The issues of an article and its sets, what the corpus keeps of them, and how many were not checked further."""

    issues: list[Issue]
    part: Corpus
    left_out: dict[str, int]


def _check_article(records: ArticleRecords, reference: Reference, complete: bool) -> Checked:
    article_id, articles, sets, adjudicated = records
    corpus = Corpus()
    issues = list(issues_from(checks_on("articles of an id"), article_id, articles))
    for article in articles:
        issues += _errors_or_notes(("article",), "article", article_id, article, reference)
    context = ArticleContext(articles[0] if articles else None, reference.registry)
    sound = not _has_error(issues)
    if articles:
        first = articles[0]
        corpus.articles[article_id] = ArticleKey(first.group, first.sha256, first.url, first.licence, first.stand_off)
    clean = []
    for annotation_set in sets:
        found = list(_check_set(Case(annotation_set, context, reference), sound))
        issues += found
        if not _has_error(found):
            clean.append(annotation_set)
    repeated = list(issues_from(checks_on("sets of an article"), article_id, sets))
    issues += repeated
    left_out = {"articles": int(not sound), "annotation sets": len(sets) - len(clean)}
    if sound and not repeated:
        pairs = list(set_pairs(clean))
        issues += issues_from(checks_on("pair of sets"), article_id, pairs)
        corpus.add(clean, pairs, reference.codebook)
        for adjudicated_set in adjudicated if complete and len(clean) == len(sets) else ():
            corpus.adjudicated.add(article_id)
            case = AdjudicatedCase(adjudicated_set, context.known, clean, reference)
            issues += issues_from(checks_on("adjudicated set"), f"{article_id} adjudicated", case)
    return Checked(issues, corpus, left_out)


def _check_set(case: Case, sound: bool) -> Iterator[Issue]:
    """Check one set, scope by scope, up to a scope with an error."""
    for scope in ("article", "annotation", "set"):
        issues = list(_errors_or_notes(("set", "set in text") if sound else ("set",), scope, case.annotation_set.where, case))
        yield from issues
        if _has_error(issues):
            return


def _errors_or_notes(subjects: Sequence[str], scope: str, where: str, *about: object) -> Iterator[Issue]:
    """The errors that the checks of a scope find; their notes only if there is no error."""
    errors = list(issues_from(checks_on(*subjects, scope=scope, level="error"), where, *about))
    yield from errors or issues_from(checks_on(*subjects, scope=scope, level="note"), where, *about)


def _has_error(issues: Iterable[Issue]) -> bool:
    return any(issue.level == "error" for issue in issues)


Item = TypeVar("Item")
SetItem = TypeVar("SetItem", AnnotationSet, AdjudicatedSet)


def check_project(
    project: Project,
    reporter: Reporter,
    *,
    built: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    jobs: int = 1,
) -> Counter[str]:
    """Report all issues of a project, scope by scope, and count what was checked and what was left out.

    ``built``: also check what may be stale: the adjudicated sets, what was released before and, if nothing has an error, the
    release. ``select``, ``ignore``: codes, or beginnings of codes, to report or not to report. ``jobs``: the number of processes;
    the issues and their order are the same for any number.
    """
    codes = selected_codes(select, ignore)
    codebook, registry = open_codebook(project)
    if project.sources.exists():
        load_sources(project.sources)
    load_plan(project.split_plan)
    run = _Run(project, reporter, codes, jobs)
    run.check_files()
    run.check_committed()
    reference = Reference(codebook, registry, kinds_of(project), apart_from_adjudication(project), critics_of(project))
    run.check_records(reference, built)
    if built:
        run.check_past(codebook)
    if built and not run.failed:
        run.check_release(codebook.version)
    return run.counts()


def write_checks_page(path: Path, only_check: bool) -> bool:
    """Write the page of all checks, whole or not at all, or only check it; return whether it is up to date."""
    page = checks_page().encode()
    if only_check:
        return path.is_file() and path.read_bytes() == page
    write_whole(path, page)
    return True


def issue_as_json(issue: Issue) -> str:
    """An issue as one line of JSON: code, level, scope, where, message, rule, fix."""
    values = {"code": issue.code, "level": issue.level, "scope": all_checks()[issue.code].scope}
    details = {"where": issue.where, "message": issue.message, "rule": issue.rule, "fix": issue.fix}
    return msgspec.json.encode(values | details).decode()


class _Run:
    """One run of the checks over a project: the files with an error, and the counts."""

    def __init__(self, project: Project, reporter: Reporter, codes: Collection[str], jobs: int) -> None:
        self.project, self.reporter, self.codes, self.jobs = project, reporter, codes, jobs
        self.corpus, self.failed = Corpus(), False
        self.bad: set[Path] = set()
        self.seen: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def check_files(self) -> None:
        """Check each file alone. ``bad`` are the files with an error. The rows of splits are kept for the corpus."""
        files = list(self._files())
        for file in files:
            numbered = ((f"{file.where}:{number}" if number else file.where, line) for number, line in lines_of(file))
            self._check_file(file.path, "line", numbered)
        for path in sorted(self.project.splits.glob("*.tsv")):
            self._check_file(
                path, "splits line", ((f"{self._name(path)}:{line.line.number}", line) for line in split_lines(path))
            )
            if path not in self.bad:
                rows = read_splits(path)
                if path.stem == BY_SOURCE:  # this file holds out sources, and may divide a story
                    rows = [row._replace(story="") for row in rows]
                self.corpus.splits[path.stem] = rows
        for path in self._stray_files({file.path for file in files}):
            name = self._name(path)
            self._report(issues_from(checks_on("stray file"), name, name))
        self.left_out["files"] = len(self.bad)

    def check_committed(self) -> None:
        """Check that no committed file has words of a withheld text. The words of texts that are not on this machine are not
        known (ARTICLE-NO-TEXT).
        """
        if not self.standoff.withheld:
            return
        kinds = {path: kind for path, kind in self.standoff.files() if path not in self.bad}
        files = self.reporter.track("files for withheld words", committed_files(self.standoff))
        found = {path: (stretches, unread) for path, stretches, unread in search(self.standoff, list(files), self._articles)}
        for path in sorted(found.keys() | kinds.keys()):
            stretches, unread = found.get(path, ((), False))
            quoting = self.standoff.quoting(path, kinds[path]) if path in kinds else 0
            self._report(issues_from(checks_on("committed file"), self._name(path), Committed(quoting, stretches, unread)))

    def _articles(self) -> Iterator[Article]:
        """The articles of all sources whose files could be read, with the texts that are on this machine."""
        return chain.from_iterable(stored(name, self.project.articles, self.project.withheld) for name in self._sources())

    def _sources(self) -> list[str]:
        """The sources of which both files could be read."""
        public, withheld = self.project.articles, self.project.withheld
        names = [path.stem for path in sorted(public.glob("*.jsonl"))]
        return [name for name in names if not {public / f"{name}.jsonl", withheld / f"{name}.jsonl"} & self.bad]

    @cached_property
    def standoff(self) -> Standoff:
        """What is withheld, after the files of articles have been checked."""
        return Standoff(self.project, unread=self.bad)

    def _check_file(self, path: Path, subject: str, lines: Iterable[tuple[str, object]]) -> None:
        """Check the lines of a file, given with their places."""
        checks = checks_on(subject)
        if not self._report(issue for where, line in lines for issue in issues_from(checks, where, line)):
            self.bad.add(path)

    def check_records(self, reference: Reference, built: bool) -> None:
        """Check articles, sets and, with ``built``, adjudicated sets, article by article; then the corpus."""
        project, public, withheld, read = self.project, self.project.articles, self.project.withheld, self._sources()
        self.corpus.unread = {path.stem for path in public.glob("*.jsonl")} - set(read)
        articles = [self.reporter.track(f"check {name}", stored(name, public, withheld)) for name in read]
        set_files = sorted(project.annotations.glob("*/*.jsonl"))
        adjudicated_files = sorted(project.adjudicated.glob("*.jsonl")) if built else []
        walk = Walk(reference, self.corpus, complete=not self.bad.intersection(set_files), jobs=self.jobs)
        issues = walk.check(
            [self._counted(stream, "articles") for stream in articles],
            [self._about_read(path, AnnotationSet, "annotation sets") for path in set_files if path not in self.bad],
            [self._about_read(path, AdjudicatedSet, "adjudicated sets") for path in adjudicated_files if path not in self.bad],
        )
        self._report(issues)
        self._report(project_dossier_issues(project, self.corpus, self.bad, self._counted))
        self._report(walk.check_corpus())
        self.left_out.update(walk.left_out)

    def check_past(self, codebook: Codebook) -> None:
        """Check that what was released is as it was."""
        with TemporaryDirectory(prefix="standpoint-past-") as folder:
            self._report(issues_from(checks_on("released version"), "", past_of(self.project, codebook, Path(folder))))

    def check_release(self, codebook_version: str) -> None:
        """Check the built release, if there is one."""
        facts, accounts = inspect(self.project.release, self.jobs), load_people(self.project.people)
        if facts is not None:
            self._report(check_release(ReleaseFacts(facts, self.corpus, codebook_version, accounts)))

    def counts(self) -> Counter[str]:
        """What was checked, in the order of the pipeline, what was left out, and the issues by level."""
        seen = {name: self.seen[name] for name in ("articles", "annotation sets", "adjudicated sets")}
        seen |= {name: self.seen[name] for name in ("dossiers",) if self.seen[name]}
        left_out = {f"{name} not checked further": count for name, count in sorted(self.left_out.items()) if count}
        return Counter(seen | left_out | {"errors": self.levels["error"], "notes": self.levels["note"]})

    def _report(self, issues: Iterable[Issue]) -> bool:
        """Report the issues of the selected codes; return whether no issue, of any code, is an error."""
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
            (project.annotations, project.fixed.name, Repair),
            (project.dossiers, "*/*.jsonl", Dossier),
            (project.decisions, "*.jsonl", Decision),
            (project.adjudicated, "*.jsonl", AdjudicatedSet),
        )
        for folder, pattern, kind in kinds:
            for path in sorted(folder.glob(pattern)):
                name = path.relative_to(folder).with_suffix("").as_posix()
                yield File(path, self._name(path), kind, name, public=folder != project.withheld)

    def _stray_files(self, read: Collection[Path]) -> Iterator[Path]:
        """The files in the data folders that neither the checks nor other commands read."""
        project = self.project
        named = {file for name in prompts_of(project, self.bad) for file in prompt_files(project.prompts, name)}
        if any(path.is_relative_to(project.dossiers) for path in self.bad):  # nobody knows which prompts it names
            named |= set(project.prompts.glob("*"))
        known = named.union(read)
        for folder in (project.articles, project.annotations, project.dossiers, project.decisions, project.adjudicated):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path not in known and path.name not in ("README.md", ".gitkeep"):
                    yield path

    def _name(self, path: Path) -> str:
        return path.relative_to(self.project.root).as_posix()

    def _counted(self, items: Iterable[Item], name: str) -> Iterator[Item]:
        for item in items:
            self.seen[name] += 1
            yield item

    def _about_read(self, path: Path, kind: type[SetItem], name: str) -> Iterator[SetItem]:
        """The sets of a file whose articles could be read."""
        for item in self._counted(self.standoff.read(path, kind), name):
            if source_of(item.article_id) in self.corpus.unread:
                self.left_out[name] += 1
            else:
                yield item
