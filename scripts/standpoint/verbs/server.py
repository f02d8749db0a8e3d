"""Which Label Studio is meant: one that is named, or the embedded one, started for the time of a verb or for a person."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from standpoint.annotate import server as embedded
from standpoint.annotate import sync
from standpoint.model import Issue, StandpointError
from standpoint.project import Project
from standpoint.verbs import guide, labelling, team
from standpoint.verbs._sets import kinds_of
from standpoint.verbs.tell import Teller


@contextmanager
def client(project: Project, url: str | None, token: str | None) -> Iterator[sync.Client]:
    """A client of the named Label Studio, or of the embedded one, which runs as long as the block."""
    if url:
        if not token:
            raise StandpointError(f"no token for {url}", "give --token, or set LABEL_STUDIO_API_KEY")
        yield sync.connect(url, token)
        return
    with embedded.serve(project.server) as running:
        yield embedded.client(running)


def use(project: Project, database: str) -> None:
    """Name the PostgreSQL, by its URL, that the embedded server works on from now on."""
    embedded.use(project.server, database)


def warn_if_crowded(project: Project, tell: Teller) -> None:
    """Say so where the embedded server has more annotators than it should have on SQLite."""
    machines = [name for name, kind in kinds_of(project).items() if not kind.startswith("human_")]
    if warning := embedded.crowded(project.server, machines):
        tell.tell(Issue("server", "SERVER-SQLITE", warning, "note"))


def serve(project: Project, port: int, annotators: str | None, tell: Teller, say: Callable[[str], None]) -> None:
    """Start the embedded server with every pass set up and every task in; stay up until it is interrupted, or ends."""
    asked = team.asked(project, annotators)
    with embedded.serve(project.server, port) as running:
        user_ids = embedded.accounts(running, team.working(project) if callable(asked) else asked)
        labelling.push(project, embedded.client(running), asked, labelling.CONTROL, tell)
        _show_guide(project, tell)
        say(f"\nLabel Studio is at {running.url}")
        for name in user_ids:
            say(f"  {name}: log in as {name}@standpoint.invalid with password {embedded.password_of(running, name)}")
        say(f"  administrator: {running.email} with password {running.password}")
        say("Say who they are in dataset/annotators.yaml; the guide begins with guidelines/00-cheat-sheet.md.")
        warn_if_crowded(project, tell)
        say("Ctrl-C stops it; nothing is lost, `standpoint pull` fetches what was submitted.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's Ctrl-C
        try:
            embedded.until_it_ends(running)
        except KeyboardInterrupt:
            say("stopped")


def _show_guide(project: Project, tell: Teller) -> None:
    """Build the guide where the server shows it; a note where that cannot be, as the pages' links then lead nowhere."""
    try:
        guide.build(project, embedded.folder_of(project.server))
    except StandpointError as error:
        tell.tell(Issue("guide", "GUIDE-ABSENT", f"not shown on the server: {error.message}; {error.hint}", "note"))
