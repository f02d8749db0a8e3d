"""The release to the Hugging Face Hub: publish."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from standpoint.assess import checks
from standpoint.assess.checks import Corpus, Release
from standpoint.model import StandpointError
from standpoint.project import Project
from standpoint.publish import hub
from standpoint.publish.inspect import inspect
from standpoint.publish.versions.history import read_history, refuse_yanked
from standpoint.verbs.tell import Teller

# The checks that need no more than the release itself: an older version can be published too.
CODES = ("SUMS", "UNLISTED", "TABLE", "QUOTE", "LICENCE", "MAIL", "NAME")


def publish(project: Project, target: hub.Target, folder: Path | None, dry_run: bool, tell: Teller) -> tuple[hub.Step, Counter]:
    """Publish the project's release, or the one in ``folder``; ``dry_run``: only look. What was, or would be, done."""
    folder = folder or project.release
    refuse_yanked(read_history(project.versions), hub.sound(folder))
    _check(project, folder, tell)
    done = hub.step(folder, target) if dry_run else hub.publish(folder, target, tell.progress)
    return done, Counter({"files of the version": done.files, "files sent": len(done.added), "files deleted": len(done.deleted)})


def _check(project: Project, folder: Path, tell: Teller) -> None:
    """StandpointError where the release tells what it may not, or is not whole; all that is wrong is told before."""
    people = project.people
    accounts = json.loads(people.read_text(encoding="utf-8")) if people.is_file() else ()
    release = Release(inspect(folder), Corpus(), "", accounts)
    wrong = [issue for issue in checks.check_release(release) if issue.code in {f"RELEASE-{code}" for code in CODES}]
    for issue in wrong:
        tell.tell(issue)
    if wrong:
        raise StandpointError(
            f"{folder}: {len(wrong)} things in it must not be published", "mend them, and run: standpoint build"
        )
