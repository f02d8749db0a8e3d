"""Which Label Studio is used: a named one, or the embedded one, started for a command or for people."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from standpoint.core.model import Issue, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of
from standpoint.core.reporter import Reporter
from standpoint.guide.guide import build_guide
from standpoint.labelstudio.adjudication import pull_decisions, push_conflicts
from standpoint.labelstudio.backup import (
    Accounts,
    Kept,
    Line,
    Restorer,
    Settings,
    finish_project,
    lines_of,
    projects_of,
    read_backup,
    write_backup,
)
from standpoint.labelstudio.client import Client, connect, found_or_made, list_projects, user_map
from standpoint.labelstudio.exchange import push_articles
from standpoint.labelstudio.import_annotations import OWN_DOMAIN
from standpoint.server import embedded
from standpoint.server.accounts import DOMAIN, accounts_at, crowded, ensure_accounts, load_secrets, password_of
from standpoint.server.shown_guide import folder_of
from standpoint.suggestions import CONTROL
from standpoint.team.plan import active_members, requested_articles


def member_accounts(project: Project, client: Client) -> dict[str, str]:
    """The log-in of each member's account on a server, made where there is none: account -> password, if it was made here."""
    made = accounts_at(client, passwords_of(project, client), active_members(project))
    kept = load_secrets(passwords_of(project, client)).passwords
    return {f"{name}{DOMAIN}": kept.get(name, "") for name in made}


def passwords_of(project: Project, client: Client) -> Path:
    """The folder where the passwords of the accounts that were made on a server are kept."""
    if client.url.startswith("http://127.0.0.1:"):
        return project.server
    return project.local / "accounts" / quote(client.url, "")


def serve_adjudicators(
    project: Project, port: int, adjudicators: Sequence[str], reporter: Reporter, say: Callable[[str], None]
) -> None:
    """Start the embedded server with what is in question on it; stay up until it is interrupted, then fetch and resolve."""
    with embedded.running_server(project.server, port) as running:
        ensure_accounts(running, list(adjudicators))
        client = embedded.embedded_client(running)
        push_conflicts(project, client, adjudicators, reporter)
        say(f"\nLabel Studio is at {running.url}")
        for name in adjudicators:
            say(f"  {name}: log in as {name}@standpoint.invalid with password {password_of(running, name)}")
        say("Say who they are in dataset/annotators.yaml: only what people decide can be gold.")
        say("Ctrl-C fetches what was decided, resolves it, and stops.")
        with suppress(KeyboardInterrupt):
            embedded.until_it_ends(running)
        pull_decisions(project, client, reporter)


@contextmanager
def open_client(project: Project, url: str | None, token: str | None) -> Iterator[Client]:
    """A client of the named Label Studio, or of the embedded one, which runs as long as the block."""
    if url:
        if not token:
            raise StandpointError(f"no token for {url}", "give --token, or set LABEL_STUDIO_API_KEY")
        yield connect(url, token)
        return
    with embedded.running_server(project.server) as running:
        yield embedded.embedded_client(running)


def use_database(project: Project, database: str) -> None:
    """Name the PostgreSQL, by its URL, that the embedded server works on from now on."""
    embedded.set_database(project.server, database)


def warn_if_crowded(project: Project, reporter: Reporter) -> None:
    """Say so where the embedded server has more annotators than it should have on SQLite."""
    machines = [name for name, kind in kinds_of(project).items() if not kind.startswith("human_")]
    if warning := crowded(project.server, machines):
        reporter.report(Issue("server", "SERVER-SQLITE", warning, "note"))


def serve_annotators(project: Project, port: int, annotators: str | None, reporter: Reporter, say: Callable[[str], None]) -> None:
    """Start the embedded server with every pass set up and every task in; stay up until it is interrupted, or ends."""
    asked = requested_articles(project, annotators)
    with embedded.running_server(project.server, port) as running:
        user_ids = ensure_accounts(running, active_members(project) if callable(asked) else asked)
        push_articles(project, embedded.embedded_client(running), asked, CONTROL, reporter)
        _show_guide(project, reporter)
        say(f"\nLabel Studio is at {running.url}")
        for name in user_ids:
            say(f"  {name}: log in as {name}@standpoint.invalid with password {password_of(running, name)}")
        say(f"  administrator: {running.email} with password {running.password}")
        say("Say who they are in dataset/annotators.yaml; the guide begins with guidelines/00-cheat-sheet.md.")
        warn_if_crowded(project, reporter)
        say("Ctrl-C stops it; nothing is lost, `standpoint pull` fetches what was submitted.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's Ctrl-C
        try:
            embedded.until_it_ends(running)
        except KeyboardInterrupt:
            say("stopped")


def _show_guide(project: Project, reporter: Reporter) -> None:
    """Build the guide where the server shows it; a note where that cannot be, as the pages' links then lead nowhere."""
    try:
        build_guide(project, folder_of(project.server))
    except StandpointError as error:
        reporter.report(Issue("guide", "GUIDE-ABSENT", f"not shown on the server: {error.message}; {error.hint}", "note"))


def backup_projects(project: Project, client: Client, path: Path | None, reporter: Reporter, name: str) -> tuple[Path, Counter]:
    """Write all projects whose titles begin with ``name`` ("": all there are) to a file; where, and the counts."""
    path = path or project.backups / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.jsonl.gz"
    found = list_projects(client, f"{name} " if name else "")
    counts: Counter = Counter()
    lines = lines_of(client, found, project.backups / "pages", lambda title, tasks: reporter.track(f"backup {title}", tasks))
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


def restore_projects(
    project: Project, path: Path, server: tuple[str | None, str | None], reporter: Reporter, name: str
) -> Counter:
    """Bring a backup's projects whose titles begin with ``name`` into a Label Studio; what is there already stays.

    ``server`` is an address and a token, or twice None for the embedded one. Pseudonyms that have no account get one.
    """
    counts: Counter = Counter()
    emails = [email for line in _tallied(read_backup(path), counts) if isinstance(line, Accounts) for email in line.emails]
    if not emails:
        raise StandpointError(f"{path} names no accounts", "is it a file that `standpoint backup` wrote?")
    totals, counts = counts, Counter()
    with open_client(project, *server) as client:
        ours = [email.removesuffix(OWN_DOMAIN) for email in emails if email.endswith(OWN_DOMAIN)]
        accounts_at(client, passwords_of(project, client), ours)
        user_ids = {email: number for number, email in user_map(client).items()}
        for settings, tasks in projects_of(read_backup(path)):
            if settings["title"].startswith(f"{name} " if name else ""):
                counted = reporter.track("restore", tasks, totals["tasks"])
                counts.update(_restore(client, settings, counted, user_ids, reporter))
    return counts


def _restore(client: Client, settings: dict, tasks: Iterator[dict], user_ids: Mapping[str, int], reporter: Reporter) -> Counter:
    number = found_or_made(client, {key: value for key, value in settings.items() if key != "model_version"})
    restorer = Restorer(client, number, user_ids)
    for issue in chain(restorer.restore(tasks), finish_project(client, number, settings)):
        reporter.report(issue)
    return Counter(projects=1) + restorer.counts
