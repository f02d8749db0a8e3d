"""Serving people, and choosing a server, the embedded Label Studio or a named one; restore of either; the demo."""

from __future__ import annotations

import signal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from datasets import disable_progress_bars, load_dataset

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.agreement.agreement import measure_agreement
from standpoint.agreement.figures import Agreement
from standpoint.checks.run import check_project
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.model import Issue, Reporter, Span, StandpointError
from standpoint.core.project import CONTROL, Project
from standpoint.core.provenance import ACCOUNT_DOMAIN, is_human, kinds_of, load_annotators
from standpoint.guide.guide import build_guide
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.adjudication import pull_decisions, push_conflicts
from standpoint.labelstudio.backup import restore_backup, survey_backup
from standpoint.labelstudio.client import Client, connect
from standpoint.labelstudio.exchange import delete_article, pull_annotations, push_articles, upload_annotation_sets
from standpoint.release.create import build_project
from standpoint.server.accounts import (
    RunningServer,
    ensure_accounts,
    ensure_accounts_on,
    has_server,
    load_secrets,
    password_of,
    sqlite_warning,
)
from standpoint.server.server_process import embedded_client, running_server, wait_for_end
from standpoint.server.web import guide_folder
from standpoint.splits.splits import split_articles
from standpoint.team.plan import active_members, requested_articles

COMMAND = "standpoint serve"  # as the lock of the project names it
STARTING = "starting Label Studio; the first start in a project makes its database, which takes a minute or two"


def accounts_of(project: Project, client: Client, pseudonyms: Sequence[str] = ()) -> dict[str, str]:
    """The password of each account on a server, by e-mail; "" if the account was not made here. Missing accounts are made.

    The accounts are those of the members of the team, or of ``pseudonyms``.
    """
    folder = password_folder(project, client)
    user_ids = ensure_accounts_on(client, folder, pseudonyms or active_members(project))
    passwords = load_secrets(folder).passwords
    return {f"{name}{ACCOUNT_DOMAIN}": passwords.get(name, "") for name in user_ids}


def password_folder(project: Project, client: Client) -> Path:
    """The folder that keeps the passwords of the accounts that were made on a server."""
    if client.url.startswith("http://127.0.0.1:"):
        return project.server
    return project.local / "accounts" / quote(client.url, "")


@contextmanager
def open_client(project: Project, url: str | None, token: str | None, making: bool = False) -> Iterator[Client]:
    """A client of the named Label Studio, or of the embedded one, which runs for the length of the block.

    If the embedded one does not exist, it is made (``making``), or a StandpointError says so: a new server has nothing to read.
    """
    if url:
        if not token:
            raise StandpointError(f"no token for {url}", "give --token, or set LABEL_STUDIO_API_KEY")
        yield connect(url, token)
        return
    if not making and not has_server(project.server):
        hint = "`standpoint server restore FILE` restores one from a backup, `standpoint push` makes one, --url names another"
        raise StandpointError(f"{project.server}: there is no Label Studio here", hint)
    with running_server(project.server) as running:
        yield embedded_client(running)


def build_served_guide(project: Project, reporter: Reporter) -> list[Path]:
    """Build the guide for the server if the project has one, and return its pages.

    A note is reported if the guide cannot be built, as the links of the pages in Label Studio then lead nowhere.
    """
    pages = project.guide_pages(open_codebook(project)[0].pass_by_name)
    try:
        if pages:
            build_guide(project, guide_folder(project.server))
    except StandpointError as error:
        reporter.report(Issue("guide", "GUIDE-ABSENT", f"not shown on the server: {error.message}; {error.hint}", "note"))
    return pages


def warn_about_sqlite(project: Project, reporter: Reporter) -> None:
    """Report a note if the embedded server has more annotators than SQLite bears."""
    machines = [name for name, kind in kinds_of(project).items() if not is_human(kind)]
    if warning := sqlite_warning(project.server, machines):
        reporter.report(Issue("server", "SERVER-SQLITE", warning, "note"))


def serve_annotators(project: Project, port: int, annotators: str | None, reporter: Reporter, say: Callable[[str], None]) -> None:
    """Start the embedded server with all passes and tasks, and stay until it is interrupted or ends."""
    assigned = requested_articles(project, annotators)
    say(STARTING)
    with running_server(project.server, port) as running:
        with project.locked(COMMAND, say):  # not while it serves: people work for hours, and `pull` writes
            user_ids = ensure_accounts(running, active_members(project) if callable(assigned) else assigned)
            push_articles(project, embedded_client(running), assigned, CONTROL, reporter)
            pages = build_served_guide(project, reporter)
        _say_log_ins(running, user_ids, say)
        say(f"  administrator: {running.email} with password {running.password}")
        _say_undescribed(project, user_ids, "the dataset says who or what made each set", say)
        if pages:
            say(f"The guide begins with guidelines/{pages[0].name}.")
        warn_about_sqlite(project, reporter)
        say("Ctrl-C stops the server; nothing is lost, and `standpoint pull` fetches what was submitted.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager sends SIGTERM instead of Ctrl-C
        try:
            wait_for_end(running)
        except KeyboardInterrupt:
            say("stopped")


def serve_adjudicators(
    project: Project, port: int, adjudicators: Sequence[str], reporter: Reporter, say: Callable[[str], None]
) -> None:
    """Start the embedded server with all conflicts, stay until it is interrupted, then fetch the decisions and apply them."""
    say(STARTING)
    with running_server(project.server, port) as running:
        client = embedded_client(running)
        with project.locked(COMMAND, say):
            ensure_accounts(running, list(adjudicators))
            push_conflicts(project, client, adjudicators, reporter)
        _say_log_ins(running, adjudicators, say)
        _say_undescribed(project, adjudicators, "only decisions by people can be gold", say)
        say("Ctrl-C fetches the decisions, applies them, and stops the server.")
        with suppress(KeyboardInterrupt):
            wait_for_end(running)
        with project.locked(COMMAND, say):
            counts = pull_decisions(project, client, reporter, served=True)
        say(", ".join(f"{count:,} {name}" for name, count in counts.items()))


def _say_log_ins(running: RunningServer, pseudonyms: Iterable[str], say: Callable[[str], None]) -> None:
    say(f"\nLabel Studio is at {running.url}")
    for name in pseudonyms:
        say(f"  {name}: log in as {name}{ACCOUNT_DOMAIN} with password {password_of(running, name)}")


def _say_undescribed(project: Project, pseudonyms: Iterable[str], why: str, say: Callable[[str], None]) -> None:
    known = load_annotators(project.annotators)
    if missing := [name for name in pseudonyms if name not in known]:
        say(f"Describe {', '.join(missing)} in dataset/annotators.yaml: {why}.")


def restore_projects(
    project: Project, path: Path, server: tuple[str | None, str | None], reporter: Reporter, name: str
) -> Counter:
    """Restore a backup's projects of this one under a name into a Label Studio; existing work stays as it is.

    ``server`` is an address and a token, or (None, None) for the embedded server. Pseudonyms get accounts if they have none.
    """
    emails, totals = survey_backup(path)
    with open_client(project, *server, making=True) as client:
        pseudonyms = [email.removesuffix(ACCOUNT_DOMAIN) for email in emails if email.endswith(ACCOUNT_DOMAIN)]
        ensure_accounts_on(client, password_folder(project, client), pseudonyms)
        return restore_backup(project, client, path, totals["tasks"], reporter, name)


def delete_on_server(
    project: Project, article_id: str, server: tuple[str | None, str | None], reporter: Reporter, name: str
) -> Counter:
    """Delete the tasks of an article in our projects on a Label Studio, given as an address and a token, or the embedded one."""
    with open_client(project, *server) as client:
        deleted = delete_article(project, client, article_id, reporter, name)
    database = project.server / "label_studio.sqlite3"
    if deleted and not server[0] and database.exists():
        with closing(sqlite3.connect(database, timeout=60)) as connection:
            connection.execute("VACUUM")  # otherwise what was deleted stays in the file until it is written over
    return Counter({"tasks deleted": deleted})


class Demo(NamedTuple):
    """The counts of each step, the agreement, and the folder and the rows per split of the dataset."""

    counts: Mapping[str, Counter]
    agreement: Agreement
    folder: Path
    rows: Mapping[str, int]


def run_demo(project: Project, reporter: Reporter) -> Demo:
    """Ingest, push, submit the existing annotation sets, pull, check, agree, adjudicate, split, build and load."""
    annotators = sorted(load_annotators(project.annotators))
    counts = {"ingest": ingest_paths(project, [project.raw], project.sources, reporter)}
    reporter.progress("starting Label Studio", 0, None)
    with running_server(project.server) as running:
        reporter.progress("starting Label Studio", 1, 1)
        user_ids = ensure_accounts(running, annotators)
        client = embedded_client(running)
        counts["push"] = push_articles(project, client, annotators, CONTROL, reporter)
        counts["upload"] = upload_annotation_sets(project, client, user_ids, reporter)
        counts["pull"] = pull_annotations(project, client, reporter)
    counts["check"] = check_project(project, reporter)
    agreement = measure_agreement(project, reporter)
    counts["adjudicate"] = adjudicate_project(project, reporter)
    counts["split"] = split_articles(project, reporter)
    counts["build"] = build_project(project, None, reporter)
    sets = read_annotation_sets(project)
    spans = Counter(item.layer for annotation_set in sets for item in annotation_set.annotations if isinstance(item, Span))
    counts["spans"] = Counter(dict(spans.most_common()))
    return Demo(counts, agreement, project.release, count_rows(project.release))


def count_rows(folder: Path) -> dict[str, int]:
    """The rows per split that ``load_dataset`` reads from a release; its cache is deleted afterwards."""
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        loaded = load_dataset(str(folder), cache_dir=cache)
        rows = {str(split): part.num_rows for split, part in loaded.items()}
        del loaded  # it holds files of the cache open
    return rows
