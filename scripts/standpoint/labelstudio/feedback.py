"""Feedback: submitted work is checked, and the findings are shown to its annotator on the task's page."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

import msgspec

from standpoint.checks.case import Reference
from standpoint.checks.run import Walk
from standpoint.codebook.kinds._items import FINDINGS, TO_FIX
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_json, write_whole
from standpoint.core.model import AnnotationSet, Issue, Reporter, Span
from standpoint.core.project import Project
from standpoint.core.provenance import kinds_of
from standpoint.labelstudio.client import Client
from standpoint.labelstudio.exchange import article_ids, people_of, shown_on
from standpoint.labelstudio.import_annotations import AnnotationImporter
from standpoint.labelstudio.own_projects import ANNOTATION, own_projects, pull_projects
from standpoint.pages.label_config import address
from standpoint.pages.task_json import Task

NOT_FOR_ANNOTATORS = ("SET-", "TASK-", "REGION-POSSESSIVE", "REGION-FIXED", "ACTOR-NAMED")  # they cannot fix these, or need not
FOR_ANNOTATORS = ("SET-EMPTY",)  # although the codes above include it


class Finding(NamedTuple):
    """One finding: the quote it is about ("" for the article), its code and message, and the layer's page of the guide."""

    quote: str
    code: str
    message: str
    guide: str


def findings(annotation_set: AnnotationSet | None, issues: Iterable[Issue], codebook: Codebook) -> Iterator[Finding]:
    """The issues that annotators can do something about; ``annotation_set`` is the set they are about, if it could be read."""
    known = {item.id: item for item in annotation_set.annotations} if annotation_set else {}
    for issue in issues:
        if issue.code in FOR_ANNOTATORS or not issue.code.startswith(NOT_FOR_ANNOTATORS):
            about = issue.where.removeprefix(annotation_set.where) if annotation_set else ""
            annotation = next((known[word] for word in about.split() if word in known), None)
            span = known.get(getattr(annotation, "of", "") or getattr(annotation, "head", ""), annotation)
            layer = codebook.by_name.get(annotation.layer) if annotation else None
            quote = span.quote if isinstance(span, Span) else ""
            yield Finding(quote, issue.code, issue.text, layer.guide if layer else "")


def findings_html(items: Iterable[Finding], codebook: Codebook) -> str:
    """The findings as the HTML of the page, one line each; "" if there are none."""
    lines = []
    for finding in items:
        quote = f"“{escape(finding.quote)}”: " if finding.quote else ""
        page = escape(address(codebook, finding.guide or "index.html")) if codebook.guide else ""
        link = f' <a href="{page}" target="_blank" rel="noopener">guide</a>' if page else ""
        lines.append(f"{quote}{escape(finding.message)} ({escape(finding.code)}){link}")
    return "<br>".join(lines)


def update_page(client: Client, task: Task, items: Sequence[Finding], codebook: Codebook) -> bool:
    """Show the findings on the task's page, and their number in the list of tasks; returns whether anything changed."""
    html, data = findings_html(items, codebook), msgspec.json.decode(task.data)
    if not isinstance(data, dict) or data.get(FINDINGS) in (None, html):
        return False
    shown = {FINDINGS: html, TO_FIX: str(len(items) or "")}
    client.retry(client.sdk.tasks.update, str(task.id), data=data | shown)
    return True


def check_submitted(project: Project, client: Client, reporter: Reporter, name: str) -> Counter:
    """Check work that was submitted or changed since the last check, and show the findings on each task's page.

    Findings that were fixed are removed. After a change of the codebook or the registry, all work is checked again. The work
    of one person in one pass is in memory at a time.
    """
    reference = Reference(*open_codebook(project), kinds_of(project))
    codebook = reference.codebook
    people = people_of(project, client)
    importer = AnnotationImporter(codebook, people.who, article_ids(project))
    # The state in which each task was checked; without the file, all tasks are checked again.
    path = project.local / "live.json"
    states: dict[str, dict[str, str]] = read_json(path, dict[str, dict[str, str]]) if path.exists() else {}
    rules = b"".join(file.read_bytes() for file in (project.codebook, project.actors) if file.exists())
    digest = hashlib.sha256(rules).hexdigest()[:16]
    counts = Counter(dict.fromkeys(("tasks checked", "tasks with findings", "pages changed"), 0))
    own = own_projects(project, client, name, ANNOTATION, reporter)
    for one, tasks in pull_projects(project, client, own, reporter, "check"):
        checked = states.setdefault(f"{client.url} {one.id}", {})
        new = [task for task in reporter.split_issues(tasks) if checked.get(str(task.id), "") != _state(task, digest)]
        for task, (annotation_set, issues) in zip(new, _find_issues(project, new, importer, reference), strict=True):
            for issue in issues:
                reporter.report(issue)
            shown = list(findings(annotation_set, issues, codebook))
            changed = update_page(client, task, shown, shown_on(client, codebook, project))
            counts.update({"tasks checked": 1, "tasks with findings": bool(shown), "pages changed": changed})
            checked[str(task.id)] = _state(task, digest)
        people.save()  # the next run must give new annotators the same pseudonyms
        write_whole(path, json.dumps(states, indent=1, sort_keys=True))
    return counts


def _state(task: Task, digest: str) -> str:
    """Changes when work is submitted, changed or deleted, and with the rules; "" for a task without work, which is not new."""
    works = sorted([f"{work.id}:{work.changed}" for work in task.annotations] + [f"{part.place}:" for part in task.refused])
    return " ".join([digest, *works]) if works else ""


def _find_issues(
    project: Project, tasks: Iterable[Task], importer: AnnotationImporter, reference: Reference
) -> Iterator[tuple[AnnotationSet | None, list[Issue]]]:
    """The set that was submitted on each task (the latest of several), and the issues of reading it and of its checks."""
    read: list[tuple[AnnotationSet | None, list[Issue]]] = []
    for task in tasks:
        found = list(importer.convert([task]))
        sets = [item for item in found if isinstance(item, AnnotationSet)]
        read.append((sets[-1] if sets else None, [item for item in found if isinstance(item, Issue)]))
    wanted = {annotation_set.article_id for annotation_set, _ in read if annotation_set}
    articles = {article.id: article for article in read_articles(project) if article.id in wanted}
    for annotation_set, issues in read:
        if annotation_set:
            article = articles.get(annotation_set.article_id)
            about = Walk(reference).check([[article]] if article else [], [[annotation_set]])
            issues += (issue for issue in about if issue.where.startswith(annotation_set.where))
        yield annotation_set, issues
