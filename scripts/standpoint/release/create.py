"""Create a release: build it in a checkout of the last commit, check it, and commit it completely or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.proposals import unmerged
from standpoint.agreement.agreement import Options, compute_agreement, measure_agreement
from standpoint.agreement.figures import HEADING_TEXTS
from standpoint.checks.run import check_project, write_checks_page
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import load_registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams, read_articles, sets_of
from standpoint.core.files import LOCAL, read_text, replace_folder, same_files, workspace, write_whole
from standpoint.core.history import HistoryRow, find_row, read_history, write_history
from standpoint.core.model import TAKEN_DOWN, Issue, MissingExtra, Reporter, StandpointError
from standpoint.core.project import Project, VersionNumber, parse_version
from standpoint.core.provenance import kinds_of, load_annotators, models_of
from standpoint.core.repository import Repository, find_repository
from standpoint.dataset.build import Extra, Plan, Summary, build_release, copied_files, records_of
from standpoint.dataset.card_baselines import Baseline
from standpoint.dataset.card_tables import read_prose
from standpoint.dataset.release_folder import Release, content_hash, read_codebook
from standpoint.dataset.schema import Schema, features
from standpoint.guide.guide import update_guide
from standpoint.processes import cores
from standpoint.release.changes import ARTICLE, REQUIRED_BUMPS, Bump, ChangeSummary
from standpoint.release.compare import compare_releases
from standpoint.release.locate import find_version_commit
from standpoint.release.versions import Figures, add_entry, before_after_table, changes_table, count_rows, refuse_small_number
from standpoint.scoring.baseline import baseline_scores
from standpoint.splits.leaks import find_project_leaks, refuse_leaks, report_released_leaks
from standpoint.splits.splits import load_plan, split_articles

SAME_BYTES, SAME_CONTENT = "the same bytes", "the same content; another version of pyarrow or datasets wrote other bytes"


def build_project(project: Project, version: str | None, reporter: Reporter, jobs: int = 1) -> Counter:
    """Build the release from the adjudicated sets and read it back; the number of rows by config, and whether it changed.

    ``jobs``: the number of processes; the release is the same for any number.
    """
    refuse_leaks(find_project_leaks(project, reporter, jobs))
    summary = build_with_extras(project, version, reporter, jobs=jobs, leak_free=True)
    counts = Counter({f"rows of {config}": sum(splits.values()) for config, splits in summary.rows.items()})
    counts["releases changed"] = int(summary.changed)
    return counts


def build_with_extras(
    project: Project,
    version: str | None,
    reporter: Reporter,
    extras: Mapping[str, Extra] | None = None,
    jobs: int = 1,
    leak_free: bool = False,
) -> Summary:
    """Build the release. ``extras`` are further files; they replace files of the same name that each build copies. ``leak_free``:
    it is known that no article is a copy of one in another split.
    """
    codebook, registry = open_codebook(project)
    registry = replace(registry, off=frozenset())  # which concerns the pages only
    if version is None:
        if not project.version.exists():
            raise StandpointError(f"{project.version}: no such file", "write the version of the dataset in it, or give --version")
        version = read_text(project.version).strip()
    agreement = measure_agreement(project, reporter, Options(jobs=jobs)).published()
    files = copied_files(project) | dict(extras or {})
    leaks = report_released_leaks(project, reporter, jobs, leak_free)

    def baselines(folder: Path) -> list[Baseline]:
        try:
            return baseline_scores(Release(folder, Schema(codebook), registry, features(codebook)), jobs)
        except MissingExtra as error:
            message = f"the card has no scores of the baselines: {error.message}; to have them: {error.hint}"
            reporter.report(Issue("card", "CARD-BASELINES", message, "note"))
            return []

    card = read_prose(read_text(project.card), str(project.card)) if project.card.exists() else None
    plan = Plan(
        codebook,
        version,
        registry,
        agreement,
        files,
        card,
        baselines=baselines,
        leaks=leaks,
        shares=load_plan(project.split_plan).shares,
        annotators=load_annotators(project.annotators),
    )
    summary = build_release(records_of(project), plan, project.release)
    for note in summary.notes:
        reporter.report(note)
    return summary


def rebuild_version(project: Project, version: str, out: Path | None, reporter: Reporter) -> tuple[Path, str]:
    """Build an earlier version from its commit, with the code of that commit; its folder, and SAME_BYTES or SAME_CONTENT.

    StandpointError if the content differs from what was released; then no file is written.
    """
    repository, commit = find_version_commit(version, project)
    out = out or project.rebuilt / version
    with workspace(out) as beside:
        repository.extract(commit, beside / "tree")
        old = Project(beside / "tree" / repository.prefix)
        released = beside / "released"
        if old.release.is_dir():
            old.release.rename(released)
        link_local_files(project, old)
        _build_with_own_code(old, reporter)
        comparison = SAME_BYTES
        row, content = find_row(read_history(project.versions), version), content_hash(old.release)
        if not released.is_dir() or not same_files(released, old.release):
            comparison = SAME_CONTENT
            expected = row.content if row else content_hash(released) if released.is_dir() else content
            if content != expected:
                message = f"{version}: the build has content {content[:12]}…, the released version has {expected[:12]}…"
                raise StandpointError(message, "withheld texts must be in the local store: ingest them here first")
        elif row and row.content != content:
            message = f"{version}: its row in dataset/versions.tsv has content {row.content[:12]}…, its release {content[:12]}…"
            raise StandpointError(message, "restore the row from the last commit: git log -p dataset/versions.tsv")
        replace_folder(out, old.release)
    return out, comparison


def link_local_files(project: Project, copy: Project) -> None:
    """Link the files that are never committed, withheld texts and people.json, into a copy of the project, or copy them."""
    if copy.local.is_symlink():  # of somebody who committed the folder all the same
        copy.local.unlink()
    shutil.rmtree(copy.local, ignore_errors=True)
    copy.local.mkdir()
    for source, target in ((project.withheld, copy.withheld), (project.people, copy.people)):
        if source.exists():
            try:
                target.symlink_to(source.resolve(), target_is_directory=source.is_dir())
            except OSError:  # Windows asks for a privilege, and some file systems have no links
                (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)


def _build_with_own_code(old: Project, reporter: Reporter) -> None:
    """Build a checkout with its own code, which may write other tables; with the code of this version if it has none."""
    if not (old.code / "standpoint" / "cli").is_dir():
        build_with_extras(old, None, reporter, jobs=cores())
        return
    path = os.pathsep.join(filter(None, (str(old.code), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"}  # what it prints is read as UTF-8, on Windows too
    words = [sys.executable, "-c", "from standpoint.cli import main; main()", "--project", str(old.root), "build"]
    result = subprocess.run(words, cwd=old.root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        message = next((line for line in lines if line.startswith("error:")), lines[-1])
        raise StandpointError(f"the code of that version does not build it here: {message}", "install the packages of that time")


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
    """What was done or, in a dry run, would be done."""

    number: str
    tag: str
    commit: str | None  # None in a dry run
    previous: str | None = None
    bump: Bump = Bump.PATCH
    content: str = ""
    counts: Counter = Counter()
    only_tagged: bool = False  # an interrupted run had committed the release, and only its tag was missing


class ReleaseRun(NamedTuple):
    """The input of a release, its changes, and ``refusals``, which counts the problems that prevent it."""

    project: Project
    repository: Repository
    history: Sequence[HistoryRow]
    number: VersionNumber
    day: str
    reporter: Reporter
    refusals: Reporter
    changes: ChangeSummary

    @property
    def previous(self) -> VersionNumber | None:
        """The last released version."""
        return self.history[-1].number if self.history else None


def create_release(project: Project, version: str, day: str, reporter: Reporter, dry_run: bool = False) -> ReleaseResult:
    """Release a version on an ISO date; StandpointError if anything prevents it.

    The project changes only if the whole release succeeds, and not in a dry run.
    """
    number, repository, history = parse_version(version), find_repository(project), read_history(project.versions)
    tag = number.tag
    if repository is None:
        raise StandpointError(f"{project.root}: is in no git repository", "a version is a commit and its tag: git init, commit")
    if repository.find_commit("HEAD") is None:
        raise StandpointError(
            f"{project.root}: its git repository has no commit yet", "a version is a commit and its tag: commit"
        )
    refusals = Reporter(issue=reporter.report, progress=reporter.progress)
    run = ReleaseRun(project, repository, history, number, day, reporter, refusals, ChangeSummary(limit=0))
    with workspace(project.local / "release") as beside:
        repository.git("worktree", "prune")  # removes the worktrees of killed runs
        if row := find_row(history, version):
            # A killed run may have left the release without its tag.
            if repository.find_tag(tag) or repository.find_commit(row.commit) is None:
                raise StandpointError(f"{row.version} is already released, on {row.date}", "a released version is never changed")
            if not dry_run:
                repository.tag(tag, row.commit)
            return ReleaseResult(row.version, tag, row.commit, only_tagged=True)
        if repository.find_tag(tag):
            raise StandpointError(f"{tag}: the tag exists, but no such release", f"run: git tag --delete {tag}")
        with repository.worktree(beside / "tree") as root:
            return _release(run, beside, Project(root), dry_run)


def _release(run: ReleaseRun, beside: Path, checkout: Project, dry_run: bool) -> ReleaseResult:
    """Build the release in a checkout, and commit it if nothing prevents that."""
    if checkout.local.exists() or checkout.local.is_symlink():
        message = f"{run.project.local}: is committed, and has passwords and texts that may not be published"
        hint = f"git rm -r --cached {LOCAL}, and commit; earlier commits still have it, so publish none of them"
        raise StandpointError(message, hint)
    for path in run.repository.uncommitted():
        run.refusals.report(Issue(path, "RELEASE-DIRTY", "has uncommitted changes, should be committed or removed"))
    link_local_files(run.project, checkout)
    for issue in find_stale_files(checkout, run.repository, beside / "tree", run.reporter):
        run.refusals.report(issue)
    shutil.rmtree(checkout.release, ignore_errors=True)  # only in the checkout, so that no old file stays in it

    def changelog(built: Path) -> bytes:
        path = checkout.release_changelog
        text = read_text(path) if path.exists() else ""
        return add_entry(text, run.number, run.day, _changelog_lines(run, checkout, built, beside / "old")).encode()

    summary = build_with_extras(checkout, str(run.number), run.reporter, {"CHANGELOG.md": changelog}, cores())
    for issue in find_problems(checkout, run.reporter):
        run.refusals.report(issue)
    if problems := run.refusals.levels.total():
        message = f"{run.number} is not released: {problems:,} problems prevent it"
        raise StandpointError(message, "fix the problems that are reported above")
    commit = None if dry_run else _commit_release(run, checkout, summary)
    counts = Counter({f"{kind} {action}": count for (kind, action), count in sorted(run.changes.counts.items())})
    previous = str(run.previous) if run.previous else None
    return ReleaseResult(str(run.number), run.number.tag, commit, previous, run.changes.bump, summary.content, counts)


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
    # The labels, each article, and the release need a licence. (Sources without one are refused when they are read.)
    if not open_codebook(project)[0].licence.strip():
        yield Issue("guidelines/codebook.yaml", "RELEASE-NO-LICENCE", "licence is empty, should be the labels' licence")
    for article in read_articles(project, with_text=False):
        if not article.licence.strip():
            yield Issue(article.id, "RELEASE-NO-LICENCE", "the article has no licence, should have its source's")
    if not (project.release / "LICENSE").is_file():
        yield Issue("dataset/release/LICENSE", "RELEASE-NO-LICENCE", "is missing, should be built with the release")
    if errors := check_project(project, reporter, built=True, jobs=cores())["errors"]:
        yield Issue("checks", "RELEASE-CHECKS", f"{errors:,} errors, should be none")
    for why in unmerged(project):
        message = f"{why}; should be one actor: standpoint actors propose --certain"
        yield Issue("guidelines/actors.yaml", "RELEASE-ACTORS", message)
    yield from leak_issues(project, reporter)


def leak_issues(project: Project, reporter: Reporter) -> Iterator[Issue]:
    """An issue for each pair of articles that are copies of each other and are in different splits."""
    for leak in find_project_leaks(project, reporter, cores()):
        message = f"{leak.describe()}; should be in one split, or the newer in quarantine"
        yield Issue(leak.first, "RELEASE-LEAK", message)


def _changelog_lines(run: ReleaseRun, checkout: Project, built: Path, old: Path) -> Iterator[str]:
    """The counts of this version for the changelog. Refuses the release if its number is too small for the changes."""
    counts_before: Counter = Counter()
    counts_after = count_rows(built)
    agreement_before: Figures = {}
    taken_down = []
    if run.previous:
        repository, commit = find_version_commit(str(run.previous), run.project)
        repository.extract(commit, old)
        previous = Project(old / repository.prefix)
        for change in compare_releases(previous.release, built):
            run.changes.add(change)
            if change.kind == ARTICLE and change.after.get("text_status") == TAKEN_DOWN:
                taken_down.append(change.id)
        try:
            refuse_small_number(run.previous, run.number, run.changes.bump)
        except StandpointError as error:
            run.refusals.report(Issue(str(run.number), "RELEASE-NUMBER", f"{error.message}; {error.hint}"))
        yield f"Since {run.previous}, this is {REQUIRED_BUMPS[run.changes.bump]}."
        yield ""
        yield from changes_table(run.changes)
        counts_before = count_rows(previous.release)
        counts_after.update(dict.fromkeys(counts_before, 0))  # a row with 0 for what this version no longer has
        try:
            agreement_before = main_figures(previous, read_codebook(previous.codebook))  # may have an older grammar
        except StandpointError as error:  # this version of the code cannot read a file of the earlier version
            run.reporter.report(Issue("agreement before", "RELEASE-AGREEMENT", f"not computed: {error.message}", "note"))
    yield from before_after_table("in the release", counts_before, counts_after, ",")
    agreement_after = main_figures(checkout, open_codebook(checkout)[0])
    for heading, texts in HEADING_TEXTS.items():
        yield from before_after_table(texts.full, agreement_before.get(heading, {}), agreement_after.get(heading, {}), ".3f")
    if taken_down:
        yield f"Taken down: {', '.join(taken_down)}."
        yield ""


def main_figures(project: Project, codebook: Codebook) -> Figures:
    """The main figures of agreement that have a value."""
    registry = load_registry(project.actors)
    options = Options(resamples=0, articles=article_streams(project, with_text=False), registry=registry, jobs=cores())
    agreement = compute_agreement(sets_of(project), codebook, kinds_of(project), options=options, models=models_of(project))
    figures: dict[str, dict[str, float]] = {}
    for figure in agreement.published():
        if figure.value is not None:
            figures.setdefault(figure.kind, {})[f"{figure.layer}, {figure.statistic}"] = figure.value
    return figures


def _commit_release(run: ReleaseRun, checkout: Project, summary: Summary) -> str:
    """Commit the release and its row of versions.tsv in the checkout, move the branch there, and tag the release."""
    tag, repository = run.number.tag, run.repository
    write_whole(checkout.release_changelog, (checkout.release / "CHANGELOG.md").read_bytes())
    write_whole(checkout.version, f"{run.number}\n")
    paths = [checkout.release_changelog, checkout.version, checkout.release]
    commit = repository.commit(checkout.root, f"Release {tag}", *map(str, paths))
    row = HistoryRow(str(run.number), run.day, commit, summary.content)
    write_history(checkout.versions, [*run.history, row])
    last = repository.commit(checkout.root, f"Record {tag}", str(checkout.versions))
    # The only step that changes the branch and the files of the project: a kill before it leaves all as it was.
    repository.git("merge", "--quiet", "--ff-only", last)
    repository.tag(tag, commit)
    return commit
