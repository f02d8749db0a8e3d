"""Everything that people did in Label Studio into one file, and from such a file into a Label Studio: backup, restore."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from standpoint.annotate import sync
from standpoint.annotate.accounts import accounts_at
from standpoint.annotate.backup import Accounts, Kept, Line, Settings, lines_of, projects_of, read_backup, write_backup
from standpoint.annotate.people import OWN_DOMAIN
from standpoint.annotate.projects import found_or_made
from standpoint.annotate.restore import Restorer, finish_project
from standpoint.model import StandpointError
from standpoint.project import Project
from standpoint.verbs.server import client as client_of
from standpoint.verbs.team import passwords_of
from standpoint.verbs.tell import Teller


def backup(project: Project, client: sync.Client, path: Path | None, tell: Teller, name: str) -> tuple[Path, Counter]:
    """Write all projects whose titles begin with ``name`` ("": all there are) to a file; where, and the counts."""
    path = path or project.backups / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.jsonl.gz"
    found = sync.list_projects(client, f"{name} " if name else "")
    counts: Counter = Counter()
    lines = lines_of(client, found, project.backups / "pages", lambda title, tasks: tell.counted(f"backup {title}", tasks))
    write_backup(path, _tallied(lines, counts))
    return path, counts


def _tallied(lines: Iterator[Line], counts: Counter) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, Settings):
            counts["projects"] += 1
        elif isinstance(line, Kept):
            counts["tasks"] += 1
            counts.update({kind: len(line.task[kind]) for kind in ("annotations", "drafts", "predictions")})
        yield line


def restore(project: Project, path: Path, server: tuple[str | None, str | None], tell: Teller, name: str) -> Counter:
    """Bring a backup's projects whose titles begin with ``name`` into a Label Studio; what is there already stays.

    ``server`` is an address and a token, or twice None for the embedded one. Pseudonyms that have no account get one.
    """
    counts: Counter = Counter()
    emails = [email for line in _tallied(read_backup(path), counts) if isinstance(line, Accounts) for email in line.emails]
    if not emails:
        raise StandpointError(f"{path} names no accounts", "is it a file that `standpoint backup` wrote?")
    totals, counts = counts, Counter()
    with client_of(project, *server) as client:
        ours = [email.removesuffix(OWN_DOMAIN) for email in emails if email.endswith(OWN_DOMAIN)]
        accounts_at(client.http, client.url, passwords_of(project, client), ours)
        user_ids = {email: number for number, email in sync.user_map(client).items()}
        for settings, tasks in projects_of(read_backup(path)):
            if settings["title"].startswith(f"{name} " if name else ""):
                counted = tell.counted("restore", tasks, totals["tasks"])
                counts.update(_restore(client, settings, counted, user_ids, tell))
    return counts


def _restore(client: sync.Client, settings: dict, tasks: Iterator[dict], user_ids: Mapping[str, int], tell: Teller) -> Counter:
    number = found_or_made(client, {key: value for key, value in settings.items() if key != "model_version"})
    restorer = Restorer(client, number, user_ids)
    for issue in chain(restorer.restore(tasks), finish_project(client, number, settings)):
        tell.tell(issue)
    return Counter(projects=1) + restorer.counts
