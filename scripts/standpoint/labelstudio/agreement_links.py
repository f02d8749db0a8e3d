"""The agreement report of a project, with links to the tasks in a Label Studio."""

from __future__ import annotations

from pathlib import Path

from standpoint.agreement.figures import Agreement
from standpoint.agreement.report import no_link, report
from standpoint.agreement.report_articles import TaskLink, worst_articles
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import article_streams, sets_of
from standpoint.core.defaults import PROJECT_NAME
from standpoint.core.files import written_whole
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of
from standpoint.labelstudio.client import Client, list_projects
from standpoint.labelstudio.exchange import TITLE
from standpoint.labelstudio.push import keys_to_ids
from standpoint.pages.task_types import task_key


def write_linked_report(
    project: Project, agreement: Agreement, path: Path, client: Client | None = None, name: str = PROJECT_NAME
) -> None:
    """Write the report, whole or not at all; with links to the tasks of a Label Studio if its client is given."""
    codebook, registry = open_codebook(project)
    worst = worst_articles(agreement, article_streams(project), sets_of(project), kinds_of(project))
    actors = {actor.id: actor.name for actor in registry.actors}
    html = report(agreement, worst, codebook, actors, task_links(project, agreement, client, name) if client else no_link)
    with written_whole(path) as file:
        file.write(html.encode("utf-8"))


def task_links(project: Project, agreement: Agreement, client: Client, name: str = PROJECT_NAME) -> TaskLink:
    """The addresses of the tasks of the worst articles: article id, pass, annotator -> address, or None."""
    codebook, _ = open_codebook(project)
    masks = {codebook_pass.name: codebook_pass.mask for codebook_pass in codebook.passes}
    wanted = {(article.pass_name, task_key(article.part, masks[article.pass_name])) for article in agreement.by_article}
    addresses: dict[tuple[str, str, str], str] = {}
    for pass_name in masks:
        prefix = TITLE.format(name, pass_name, "")
        for title, number in list_projects(client, prefix):
            for key, task in keys_to_ids(client, number):
                if (pass_name, key) in wanted:
                    addresses[key, pass_name, title.removeprefix(prefix)] = f"{client.url}/projects/{number}/data?task={task}"

    def link(article_id: str, pass_name: str, annotator: str) -> str | None:
        return addresses.get((task_key(article_id, masks[pass_name]), pass_name, annotator))

    return link
