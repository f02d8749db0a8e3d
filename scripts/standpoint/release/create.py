"""Create a release: build it in a checkout of the last commit, check it, and commit it completely or not at all."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.agreement.agreement import Options, measure_agreement
from standpoint.checks.run import check_project, write_checks_page
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import article_streams
from standpoint.core.files import workspace, written_whole
from standpoint.core.model import TAKEN_DOWN, Issue, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import HEADINGS
from standpoint.core.reporter import Reporter
from standpoint.core.version import VersionNumber, parse_version
from standpoint.dataset.build import Summary
from standpoint.guide.guide import update_guide
from standpoint.release.build import build_with_extras, link_local_files
from standpoint.release.changes import ARTICLE, Bump, ChangeSummary
from standpoint.release.compare import compare_releases
from standpoint.release.locate import ProjectVersions, Repository, find_version_commit, project_versions
from standpoint.release.versions import (
    AgreementChange,
    ChangelogEntry,
    HistoryRow,
    add_entry,
    count_rows,
    find_row,
    pair_counts,
    refuse_small_number,
    write_history,
)
from standpoint.splits.leaks import find_project_leaks
from standpoint.splits.splits import split_articles

Figures = Mapping[tuple[str, str], float]  # by heading and figure


def _generate_checks_page(project: Project, reporter: Reporter) -> None:
    if project.checks_page.exists():
        write_checks_page(project.checks_page, only_check=False)


def _generate_guide(project: Project, reporter: Reporter) -> None:
    if project.trees.exists():
        update_guide(project, only_check=False, reporter=reporter)


# The commands that generate committed files. A file that differs after its command was run in a checkout is stale.
GENERATORS: dict[str, Callable[[Project, Reporter], object]] = {
    "standpoint adjudicate": adjudicate_project,
    "standpoint split": split_articles,
    "standpoint guide": _generate_guide,
    "standpoint check --reference docs/checks.md": _generate_checks_page,
}


class ReleaseResult(NamedTuple):
    """What was done, or would be done. In a dry run, ``commit`` is None.

    ``only_tagged``: an interrupted run had committed the release, and only its tag was missing; the summary is not repeated.
    """

    number: str
    tag: str
    commit: str | None
    previous: str | None = None
    bump: Bump = Bump.PATCH
    content: str = ""
    counts: Counter = Counter()
    only_tagged: bool = False


@dataclass
class ReleaseRun:
    """The state of one release: what it is made from, what was found, and how many problems prevent it."""

    project: Project
    repository: Repository
    versions: ProjectVersions
    number: VersionNumber
    day: str
    reporter: Reporter
    changes: ChangeSummary = field(default_factory=lambda: ChangeSummary(limit=0))
    taken_down: list[str] = field(default_factory=list)
    problems: int = 0

    @property
    def previous(self) -> VersionNumber | None:
        """The last released version."""
        return self.versions.history[-1].number if self.versions.history else None

    def refuse(self, issue: Issue) -> None:
        """Report a problem that prevents the release."""
        self.problems += 1
        self.reporter.report(issue)


def create_release(project: Project, version: str, day: str, reporter: Reporter, dry_run: bool = False) -> ReleaseResult:
    """Release a version, or find out what that would do; StandpointError if anything prevents it.

    ``day`` is the ISO date of the release. Nothing in the project changes unless the whole release succeeds.
    """
    number, versions = parse_version(version), project_versions(project)
    repository = versions.repository
    if repository is None:
        raise StandpointError(f"{project.root}: is in no git repository", "a version is a commit and its tag: git init, commit")
    run = ReleaseRun(project, repository, versions, number, day, reporter)
    with workspace(project.local / "release") as beside:
        repository.git("worktree", "prune")  # removes the worktrees of killed runs
        if row := find_row(versions.history, version):
            return _tag_committed_release(run, row, dry_run)
        if repository.find_tag(number.tag):
            raise StandpointError(f"{number.tag}: the tag exists, but no such release", f"run: git tag --delete {number.tag}")
        with repository.worktree(beside / "tree") as root:
            return _release(run, beside, Project(root), dry_run)


def _release(run: ReleaseRun, beside: Path, checkout: Project, dry_run: bool) -> ReleaseResult:
    """Build the release in a checkout, and commit it if nothing prevents that."""
    for path in run.repository.uncommitted():
        run.refuse(Issue(path, "RELEASE-DIRTY", "has uncommitted changes, should be committed or removed"))
    link_local_files(run.project, checkout)
    for issue in find_stale_files(checkout, run.repository, beside / "tree", run.reporter):
        run.refuse(issue)
    previous = _extract_previous(run, beside / "old")
    shutil.rmtree(checkout.release, ignore_errors=True)  # only in the checkout, so that no old file stays in it

    def changelog(built: Path) -> bytes:
        return _write_changelog(run, checkout, previous, built)

    summary = build_with_extras(checkout, str(run.number), run.reporter, {"CHANGELOG.md": changelog})
    for issue in find_problems(checkout, run.reporter):
        run.refuse(issue)
    if run.problems:
        message = f"{run.number} is not released: {run.problems:,} problems prevent it"
        raise StandpointError(message, "fix the problems that are reported above")
    return _commit_release(run, checkout, summary, dry_run)


def find_stale_files(project: Project, repository: Repository, tree: Path, reporter: Reporter) -> Iterator[Issue]:
    """The generated files of a checkout that differ from what their commands generate. The new files stay in the checkout."""

    def report_error(issue: Issue) -> None:
        if issue.level == "error":
            reporter.report(issue)

    reported: set[str] = set()
    for command, generate in GENERATORS.items():
        errors_only = Reporter(issue=report_error, progress=reporter.progress)
        generate(project, errors_only)
        if errors_only.levels["error"]:
            yield Issue(command, "RELEASE-STALE", f"{errors_only.levels['error']:,} errors, should be none")
        for path in repository.uncommitted(tree):
            if path not in reported:
                reported.add(path)
                yield Issue(path, "RELEASE-STALE", f"differs from what {command} generates; run it, and commit")


def find_problems(project: Project, reporter: Reporter) -> Iterator[Issue]:
    """What prevents the release of a project that was just built. The findings of the checks are reported directly."""
    yield from _missing_licences(project)
    inner = Reporter(issue=reporter.report, progress=reporter.progress)
    errors = check_project(project, inner, built=True)["errors"]
    if errors:
        yield Issue("checks", "RELEASE-CHECKS", f"{errors:,} errors, should be none")
    yield from leak_issues(project, reporter)


def leak_issues(project: Project, reporter: Reporter) -> Iterator[Issue]:
    """An issue for each pair of articles that are copies of each other and are in different splits."""
    for leak in find_project_leaks(project, reporter):
        message = f"{leak.describe()}; should be in one split, or the newer in quarantine"
        yield Issue(leak.first, "RELEASE-LEAK", message)


def _missing_licences(project: Project) -> Iterator[Issue]:
    """The labels, each article, and the release need a licence. (Sources without one are refused when they are read.)"""
    if not open_codebook(project)[0].licence.strip():
        yield Issue("guidelines/codebook.yaml", "RELEASE-NO-LICENCE", "licence is empty, should be the labels' licence")
    for stream in article_streams(project, with_text=False):
        for article in stream:
            if not article.licence.strip():
                yield Issue(article.id, "RELEASE-NO-LICENCE", "the article has no licence, should have its source's")
    if not (project.release / "LICENSE").is_file():
        yield Issue("dataset/release/LICENSE", "RELEASE-NO-LICENCE", "is missing, should be built with the release")


def _tag_committed_release(run: ReleaseRun, row: HistoryRow, dry_run: bool) -> ReleaseResult:
    """Add the tag to a release that a killed run left without it; StandpointError if the version is released."""
    tag = run.number.tag
    if run.repository.find_tag(tag) or run.repository.find_commit(row.commit) is None:
        raise StandpointError(f"{row.version} is already released, on {row.date}", "a released version is never changed")
    if not dry_run:
        run.repository.git("tag", "--annotate", "--message", f"Release {tag}", tag, row.commit)
    return ReleaseResult(row.version, tag, row.commit, only_tagged=True)


def _extract_previous(run: ReleaseRun, folder: Path) -> Project | None:
    """The project at the last version, extracted into a folder; None if there is no version yet."""
    if run.previous is None:
        return None
    repository, commit = find_version_commit(str(run.previous), run.versions)
    repository.extract(commit, folder)
    return Project(folder / repository.prefix)


def _write_changelog(run: ReleaseRun, checkout: Project, previous: Project | None, built: Path) -> bytes:
    """The changelog with an entry for this version. Refuses the release if its number is too small for the changes."""
    if previous and run.previous:
        for change in compare_releases(previous.release, built):
            run.changes.add(change)
            if change.kind == ARTICLE and change.after.get("text_status") == TAKEN_DOWN:
                run.taken_down.append(change.id)
        try:
            refuse_small_number(run.previous, run.number, run.changes.bump)
        except StandpointError as error:
            run.refuse(Issue(str(run.number), "RELEASE-NUMBER", f"{error.message}; {error.hint}"))
    entry = ChangelogEntry(
        number=run.number,
        date=run.day,
        previous=run.previous,
        changes=run.changes,
        counts=pair_counts(count_rows(previous.release) if previous else Counter(), count_rows(built)),
        agreement=_pair_figures(_main_figures(previous, run.reporter) if previous else {}, _main_figures(checkout, run.reporter)),
        taken_down=run.taken_down,
    )
    path = checkout.release_changelog
    return add_entry(path.read_text(encoding="utf-8") if path.exists() else "", entry).encode()


def _main_figures(project: Project, reporter: Reporter) -> Figures:
    """The main figures of agreement; none, with a note, if today's code cannot read the codebook of an earlier version."""
    try:
        figures = measure_agreement(project, reporter, Options(resamples=0)).published()
    except StandpointError as error:
        reporter.report(Issue("agreement before", "RELEASE-AGREEMENT", f"not computed: {error.message}", "note"))
        return {}
    return {(figure.kind, f"{figure.layer}, {figure.statistic}"): figure.value for figure in figures if figure.value is not None}


def _pair_figures(before: Figures, after: Figures) -> list[AgreementChange]:
    """Agreement before and after, by heading, in the order of the later version."""
    names = [*after, *(name for name in before if name not in after)]
    names.sort(key=lambda name: HEADINGS.index(name[0]))
    return [AgreementChange(*name, before.get(name), after.get(name)) for name in names]


def _commit_release(run: ReleaseRun, checkout: Project, summary: Summary, dry_run: bool) -> ReleaseResult:
    """Commit the release and its row of versions.tsv in the checkout, move the branch there, and tag the release."""
    tag, repository, commit = run.number.tag, run.repository, None
    if not dry_run:
        with written_whole(checkout.release_changelog) as changelog, written_whole(checkout.version) as version:
            changelog.write((checkout.release / "CHANGELOG.md").read_bytes())
            version.write(f"{run.number}\n".encode())
        paths = [checkout.release_changelog, checkout.version, checkout.release]
        commit = repository.commit(checkout.root, f"Release {tag}", *map(str, paths))
        row = HistoryRow(str(run.number), run.day, commit, summary.content)
        write_history(checkout.versions, [*run.versions.history, row])
        last = repository.commit(checkout.root, f"Record {tag}", str(checkout.versions))
        # The only step that changes the branch and the files of the project: a kill before it leaves all as it was.
        repository.git("merge", "--quiet", "--ff-only", last)
        repository.git("tag", "--annotate", "--message", f"Release {tag}", tag, commit)
    counts = Counter({f"{kind} {action}": count for (kind, action), count in sorted(run.changes.counts.items())})
    previous = str(run.previous) if run.previous else None
    return ReleaseResult(str(run.number), tag, commit, previous, run.changes.bump, summary.content, counts)
