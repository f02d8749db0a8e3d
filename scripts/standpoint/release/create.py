"""A version is released: made in a checkout of what is committed, and taken over whole or not at all."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
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
from standpoint.dataset.build import Summary
from standpoint.guide.guide import update_guide
from standpoint.release.build import build_whole
from standpoint.release.changelog import Entry, rows_of, side_by_side, stamped
from standpoint.release.changes import ARTICLE, Change
from standpoint.release.compare import compare
from standpoint.release.locate import Ours, Repository, commit_of, link_local, versions_of
from standpoint.release.render_diff import Shown
from standpoint.release.versions import Number, Row, find_row, read_number, refuse_smaller, write_history
from standpoint.splits.leaks import find_project_leaks
from standpoint.splits.splits import split_articles


def _page_of_checks(project: Project, reporter: Reporter) -> None:
    if project.checks_page.exists():
        write_checks_page(project.checks_page, only_check=False)


def _guide(project: Project, reporter: Reporter) -> None:
    if project.trees.exists():
        update_guide(project, only_check=False, reporter=reporter)


# What is generated and committed, and what makes it anew: in a checkout, whatever differs afterwards was stale.
GENERATORS: dict[str, Callable[[Project, Reporter], object]] = {
    "standpoint adjudicate": adjudicate_project,
    "standpoint split": split_articles,
    "standpoint guide": _guide,
    "standpoint check --reference docs/checks.md": _page_of_checks,
}


def stale(project: Project, git: Repository, tree: Path, reporter: Reporter) -> Iterator[Issue]:
    """The generated files of a checkout that are not what their generators make of it; they are left made anew."""
    told: set[str] = set()
    for command, make in GENERATORS.items():
        own = Reporter(issue=lambda issue: reporter.report(issue) if issue.level == "error" else None, progress=reporter.progress)
        make(project, own)
        if own.levels["error"]:
            yield Issue(command, "RELEASE-STALE", f"{own.levels['error']:,} errors, should be none")
        for path in git.dirty(tree):
            if path not in told:
                told.add(path)
                yield Issue(path, "RELEASE-STALE", f"is not what {command} makes of the rest; run it, and commit")


def refusals(project: Project, reporter: Reporter) -> Iterator[Issue]:
    """What is wrong with a project whose release has just been built; what the checks find is told as they tell it."""
    yield from _without_licence(project)
    quiet = Reporter(issue=reporter.report, progress=reporter.progress)
    errors = check_project(project, quiet, built=True)["errors"]
    if errors:
        yield Issue("checks", "RELEASE-CHECKS", f"{errors:,} errors, should be none")
    yield from leaks(project, reporter)


def leaks(project: Project, reporter: Reporter) -> Iterator[Issue]:
    """The articles of different splits that are copies of each other, in whole or in part."""
    for leak in find_project_leaks(project, reporter):
        yield Issue(leak.first, "RELEASE-LEAK", f"{leak.describe()}; should be in one split, or the newer in quarantine")


def _without_licence(project: Project) -> Iterator[Issue]:
    """Articles, labels and the release itself need a licence each. (That sources have one, reading them makes sure of.)"""
    if not open_codebook(project)[0].licence.strip():
        yield Issue("guidelines/codebook.yaml", "RELEASE-NO-LICENCE", "licence is empty, should be the labels' licence")
    for stream in article_streams(project, with_text=False):
        for article in stream:
            if not article.licence.strip():
                yield Issue(article.id, "RELEASE-NO-LICENCE", "the article has no licence, should have its source's")
    if not (project.release / "LICENSE").is_file():
        yield Issue("dataset/release/LICENSE", "RELEASE-NO-LICENCE", "is missing, should be built with the release")


class Released(NamedTuple):
    """What was done, or would be: lines to tell."""

    lines: list[str]
    counts: Counter


@dataclass
class Run:
    """One release: the project, its repository and history, the version and its day."""

    project: Project
    number: Number
    day: str
    reporter: Reporter
    ours: Ours
    entry: Entry | None = None
    shown: Shown = field(default_factory=lambda: Shown(limit=0))
    taken_down: list[str] = field(default_factory=list)
    wrong: int = 0

    @property
    def git(self) -> Repository:
        return self.ours.repository

    def refuse(self, issue: Issue) -> None:
        """Tell what stands against the release."""
        self.wrong += 1
        self.reporter.report(issue)


def create_release(project: Project, version: str, day: str, reporter: Reporter, dry_run: bool = False) -> Released:
    """Release a version, or only say what that would do; StandpointError where anything stands against it."""
    run = Run(project, read_number(version), day, reporter, versions_of(project))
    if run.git is None:
        raise StandpointError(f"{project.root}: is in no git repository", "a version is a commit and its tag: git init, commit")
    with workspace(project.local / "release") as beside:
        run.git.git("worktree", "prune")  # those of killed runs
        if row := find_row(run.ours.history, version):
            return _finished(run, row, dry_run)
        if run.git.tagged(run.number.tag):
            raise StandpointError(f"{run.number.tag}: the tag is there, and no such release", "take it away: git tag --delete")
        with run.git.checkout(beside / "tree") as root:
            return _release(run, beside, Project(root), dry_run)


def _release(run: Run, beside: Path, made: Project, dry_run: bool) -> Released:
    """Make the release in a checkout, and take it over if nothing stands against it."""
    for path in run.git.dirty():
        run.refuse(Issue(path, "RELEASE-DIRTY", "is not as it is committed, should be committed or taken away"))
    link_local(run.project, made)
    for issue in stale(made, run.git, beside / "tree", run.reporter):
        run.refuse(issue)
    old = _old(run, beside / "old")
    shutil.rmtree(made.release, ignore_errors=True)  # in the checkout: all of it is built
    summary = build_whole(made, str(run.number), run.reporter, {"CHANGELOG.md": lambda new: _changelog(run, made, old, new)})
    for issue in refusals(made, run.reporter):
        run.refuse(issue)
    if run.wrong:
        raise StandpointError(f"{run.number} is not released: {run.wrong:,} things stand against it", "fix what is told above")
    return _take_over(run, made, summary, dry_run)


def _finished(run: Run, row: Row, dry_run: bool) -> Released:
    """A release that a killed run left without its tag gets it; any other is out already."""
    tag = run.number.tag
    if run.git.tagged(tag) or run.git.commit_of(row.commit) is None:
        raise StandpointError(f"{row.version} is out already, since {row.date}", "a released version is never changed")
    if not dry_run:
        run.git.git("tag", "--annotate", "--message", f"Release {tag}", tag, row.commit)
    return Released(
        [f"{'would tag' if dry_run else 'tagged'} {row.commit[:12]} as {tag}: {row.version} was released without"], Counter()
    )


def _old(run: Run, folder: Path) -> Project | None:
    """The project as it was at the last version; None where there is no version yet."""
    if not run.ours.history:
        return None
    run.git.take_out(commit_of(run.ours.history[-1].version, run.ours), folder)
    return Project(folder / run.git.prefix)


def _changelog(run: Run, made: Project, old: Project | None, new: Path) -> bytes:
    """The changelog with this version on top; that the number is too small is told on the way."""
    before = run.ours.history[-1].number if old else None
    if old:
        run.shown.take(_noting(run, compare(old.release, new)))
        try:
            refuse_smaller(before, run.number, run.shown.total.bump)
        except StandpointError as error:
            run.refuse(Issue(str(run.number), "RELEASE-NUMBER", f"{error.message}; {error.hint}"))
    run.entry = Entry(
        run.number,
        run.day,
        before,
        run.shown.total,
        side_by_side(rows_of(old.release) if old else Counter(), rows_of(new)),
        _agreement(_figures(old, run.reporter) if old else {}, _figures(made, run.reporter)),
        run.taken_down,
    )
    path = made.release_changelog
    return stamped(path.read_text(encoding="utf-8") if path.exists() else "", run.entry).encode()


def _noting(run: Run, changes: Iterator[Change]) -> Iterator[Change]:
    for change in changes:
        if change.kind == ARTICLE and change.after.get("text_status") == TAKEN_DOWN:
            run.taken_down.append(change.id)
        yield change


def _figures(project: Project, reporter: Reporter) -> dict[tuple[str, str], float]:
    """The main figures of agreement, by who is compared and what; none where an old codebook is not of today's grammar."""
    try:
        figures = measure_agreement(project, reporter, Options(resamples=0)).published()
    except StandpointError as error:
        reporter.report(Issue("agreement before", "RELEASE-AGREEMENT", f"not computed: {error.message}", "note"))
        return {}
    return {(figure.kind, f"{figure.layer}, {figure.statistic}"): figure.value for figure in figures if figure.value is not None}


def _agreement(before: dict, after: dict) -> list[tuple[str, str, float | None, float | None]]:
    """Agreement before and after, heading by heading, in the order of the newer one."""
    names = [*after, *(name for name in before if name not in after)]
    names.sort(key=lambda name: HEADINGS.index(name[0]))
    return [(*name, before.get(name), after.get(name)) for name in names]


def _take_over(run: Run, made: Project, summary: Summary, dry_run: bool) -> Released:
    """Commit the release and its row where it was made, move the branch there, and tag; or say so."""
    tag, git = run.number.tag, run.git
    lines = _said(run, summary)
    if dry_run:
        lines += ["would write dataset/version.txt, dataset/CHANGELOG.md, dataset/release and a row of dataset/versions.tsv"]
        return Released([*lines, f"would commit, and tag the commit as {tag}"], _counts(run))
    _write(made.release_changelog, (made.release / "CHANGELOG.md").read_bytes())
    _write(made.version, f"{run.number}\n".encode())
    changed = [made.release_changelog, made.version, made.release]
    commit = git.commit(made.root, f"Release {tag}", *map(str, changed))
    write_history(made.versions, [*run.ours.history, Row(str(run.number), run.day, commit, summary.content)])
    last = git.commit(made.root, f"Record {tag}", str(made.versions))
    git.git("merge", "--quiet", "--ff-only", last)
    git.git("tag", "--annotate", "--message", f"Release {tag}", tag, commit)
    return Released([*lines, f"released {tag}: commit {commit[:12]}; to pass it on: git push --follow-tags"], _counts(run))


def _write(path: Path, content: bytes) -> None:
    with written_whole(path) as file:
        file.write(content)


def _said(run: Run, summary: Summary) -> list[str]:
    since = f"since {run.entry.before}: {run.shown.total.bump}" if run.entry.before else "the first version"
    return [f"{run.number}, {since}", f"content {summary.content}"]


def _counts(run: Run) -> Counter:
    """What changed, by kind and way."""
    return Counter({f"{kind} {how}": count for (kind, how), count in sorted(run.shown.total.counts.items())})
