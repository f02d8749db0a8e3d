"""What stands against releasing a project as it is, apart from its number: stale files, failed checks, leaks, licences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from standpoint.model import Issue
from standpoint.project import Project, article_streams
from standpoint.publish.leaks import WORDS
from standpoint.publish.versions.repository import Repository
from standpoint.verbs import adjudicate, check, guide, splits
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def _page_of_checks(project: Project, tell: Teller) -> None:
    if project.checks_page.exists():
        check.reference(project.checks_page, only_check=False)


def _guide(project: Project, tell: Teller) -> None:
    if project.trees.exists():
        guide.guide(project, only_check=False, tell=tell)


# What is generated and committed, and what makes it anew: in a checkout, whatever differs afterwards was stale.
GENERATORS: dict[str, Callable[[Project, Teller], object]] = {
    "standpoint adjudicate": adjudicate.adjudicate,
    "standpoint split": splits.split,
    "standpoint guide": _guide,
    "standpoint check --reference docs/checks.md": _page_of_checks,
}


def stale(project: Project, git: Repository, tree: Path, tell: Teller) -> Iterator[Issue]:
    """The generated files of a checkout that are not what their generators make of it; they are left made anew."""
    told: set[str] = set()
    for command, make in GENERATORS.items():
        own = Teller(issue=lambda issue: tell.tell(issue) if issue.level == "error" else None, progress=tell.progress)
        make(project, own)
        if own.levels["error"]:
            yield Issue(command, "RELEASE-STALE", f"{own.levels['error']:,} errors, should be none")
        for path in git.dirty(tree):
            if path not in told:
                told.add(path)
                yield Issue(path, "RELEASE-STALE", f"is not what {command} makes of the rest; run it, and commit")


def refusals(project: Project, tell: Teller) -> Iterator[Issue]:
    """What is wrong with a project whose release has just been built; what the checks find is told as they tell it."""
    yield from _without_licence(project)
    quiet = Teller(issue=tell.tell, progress=tell.progress)
    errors = check.check(project, quiet, built=True)["errors"]
    if errors:
        yield Issue("checks", "RELEASE-CHECKS", f"{errors:,} errors, should be none")
    yield from leaks(project, tell)


def leaks(project: Project, tell: Teller) -> Iterator[Issue]:
    """The articles of different splits that are copies of each other, in whole or in part."""
    for pair in splits.found_leaks(project, tell):
        what = f"in {pair.splits[0]} is {WORDS[pair.why]} {pair.other} in {pair.splits[1]}"
        yield Issue(pair.one, "RELEASE-LEAK", f"{what}; should be in one split, or the newer in quarantine")


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
