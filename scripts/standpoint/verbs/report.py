"""The HTML report of agreement, with links to the tasks where a Label Studio is named."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from standpoint.annotate import sync
from standpoint.annotate.shelf import keys_to_ids
from standpoint.annotate.studio import task_key
from standpoint.assess.figures import Agreement
from standpoint.assess.report import Link, no_link, report, worst_articles
from standpoint.jsonlines import written_whole
from standpoint.project import Project, article_streams
from standpoint.verbs import server
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import NAME, TITLE, open_codebook


class Tasks(NamedTuple):
    """Where the tasks are, if anywhere: a Label Studio, a token for it, and how the titles of our projects there begin."""

    url: str | None = None
    token: str | None = None
    name: str = NAME


NOWHERE = Tasks()


def write_report(project: Project, agreement: Agreement, path: Path, tasks: Tasks = NOWHERE) -> None:
    """Write the report, whole or not at all; with links to the tasks where a Label Studio is named."""
    codebook, registry = open_codebook(project)
    held = worst_articles(agreement, article_streams(project), sets_of(project), kinds_of(project))
    actors = {actor.id: actor.name for actor in registry.actors}
    with server.client(project, tasks.url, tasks.token) if tasks.url else nullcontext() as client:
        link = task_links(project, agreement, client, tasks.name) if client else no_link
        html = report(agreement, held, codebook, actors, link)
    with written_whole(path) as file:
        file.write(html.encode("utf-8"))


def task_links(project: Project, agreement: Agreement, client: sync.Client, name: str = NAME) -> Link:
    """Where each annotator's task of each of the worst articles is: article id, pass, annotator -> address, or None."""
    codebook, _ = open_codebook(project)
    wanted = {(one.pass_name, task_key(one.part, codebook.pass_by_name[one.pass_name].mask)) for one in agreement.by_article}
    found: dict[tuple[str, str, str], str] = {}
    for one in codebook.passes:
        begin = TITLE.format(name, one.name, "")
        for title, number in sync.list_projects(client, begin):
            for key, task in keys_to_ids(client, number):
                if (one.name, key) in wanted:
                    found[key, one.name, title.removeprefix(begin)] = f"{client.url}/projects/{number}/data?task={task}"

    def link(article_id: str, pass_name: str, annotator: str) -> str | None:
        return found.get((task_key(article_id, codebook.pass_by_name[pass_name].mask), pass_name, annotator))

    return link
