"""Articles go to Label Studio and annotation sets come back: the project's push, pull and import."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from standpoint.adjudication.fix import record_fixes
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Pass
from standpoint.core.corpus import no_text, read_articles, store_sets
from standpoint.core.files import read_lines, written_whole
from standpoint.core.model import AnnotationSet, Issue
from standpoint.core.paths import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.reporter import Reporter
from standpoint.labelstudio.client import Client, ensure_project, list_projects, user_emails
from standpoint.labelstudio.export_file import read_export
from standpoint.labelstudio.import_annotations import AnnotationImporter, People
from standpoint.labelstudio.pull import pull_tasks
from standpoint.labelstudio.push import delete_tasks_except, push_tasks, upload_annotations
from standpoint.pages.label_config import instructions, label_config
from standpoint.pages.results import write_result
from standpoint.pages.task_types import DECODE_TASK, task_key
from standpoint.pages.tasks import make_task, sending_problems
from standpoint.suggestions import has_suggestions


def shown_on(codebook: Codebook, client: Client) -> Codebook:
    """The codebook as a server's pages have it: the guide is where the codebook says, or else on the server itself."""
    return replace(codebook, guide=codebook.guide or client.guide)


NAME = "standpoint"  # how the titles of our Label Studio projects begin; another one where two of us share a server
TITLE = "{} {} {}"  # of a Label Studio project: name, pass, annotator


def safe_tasks(project: Project, pass_name: str, control: float, reporter: Reporter, codebook: Codebook) -> Iterator[dict]:
    """The tasks of a pass, an article each; an article without text, or that is not safe to send, is told and left out."""
    _, registry = open_codebook(project)
    for article in read_articles(project):
        if article.text is None:
            reporter.report(no_text(article, "its text is withheld and not in the local store, ingest it here first"))
            continue
        task = make_task(article, pass_name, codebook, registry, has_suggestions(article.id, control))
        problems = list(sending_problems(article.id, task, [], codebook))
        for problem in problems:
            reporter.report(problem)
        if not problems:
            yield task


def write_tasks(project: Project, control: float, reporter: Reporter) -> Counter:
    """Write each pass's label config and tasks to files that Label Studio's own import button takes."""
    codebook, _ = open_codebook(project)
    counts: Counter = Counter()
    for one in codebook.passes:
        with written_whole(project.tasks / f"{one.name}.xml") as file:
            file.write(label_config(codebook, one.name).encode())
        with written_whole(project.tasks / f"{one.name}.json") as file:
            file.write(b"[")
            for number, task in enumerate(
                reporter.track(f"tasks {one.name}", safe_tasks(project, one.name, control, reporter, codebook))
            ):
                file.write((b",\n" if number else b"\n") + msgspec.json.encode(task))
                counts[f"tasks {one.name}"] += 1
            file.write(b"\n]\n")
    return counts


def instructions_of(project: Project, codebook: Codebook, pass_name: str) -> str:
    """What a pass's project tells its annotators: guidelines/<pass>.md, or what the codebook says where there is none."""
    path = project.guidelines / f"{pass_name}.md"
    if not path.is_file():
        return codebook.pass_by_name[pass_name].instructions
    return instructions(path.read_text(encoding="utf-8"), codebook)


def push_articles(
    project: Project,
    client: Client,
    annotators: Sequence[str] | Callable[[str], Mapping[str, list[str]]],
    control: float,
    reporter: Reporter,
    name: str = NAME,
) -> Counter:
    """Make one Label Studio project a pass and annotator, and send each task that is not there yet.

    ``annotators``: all articles to each, or, for a pass, the articles of each annotator in the order they get them.
    """
    codebook = shown_on(open_codebook(project)[0], client)
    counts: Counter = Counter()
    for one in codebook.passes:
        config = label_config(codebook, one.name)
        own = annotators(one.name) if callable(annotators) else dict.fromkeys(annotators)
        for annotator, articles in own.items():
            title = TITLE.format(name, one.name, annotator)
            number = ensure_project(client, title, config, instructions_of(project, codebook, one.name))
            tasks = _tasks_of(one, articles, safe_tasks(project, one.name, control, reporter, codebook))
            pushed = push_tasks(client, number, reporter.track(f"push {title}", tasks))
            counts.update({"tasks sent": pushed.sent, "tasks there already": pushed.present})
            if articles is not None:  # what was given to somebody else since, unless it has been begun
                counts["tasks deleted"] += delete_tasks_except(
                    client, number, {task_key(article, one.mask) for article in articles}
                )
    return counts


def _tasks_of(one: Pass, articles: list[str] | None, tasks: Iterator[dict]) -> Iterable[dict]:
    """All tasks of a pass, or those of one annotator in their order: what one person can do fits in memory."""
    if articles is None:
        return tasks
    keys = {task_key(article, one.mask): number for number, article in enumerate(articles)}
    own = (task for task in tasks if task["data"]["article_id"] in keys)
    return sorted(own, key=lambda task: keys[task["data"]["article_id"]])


def upload_annotation_sets(
    project: Project, client: Client, user_ids: dict[str, int], reporter: Reporter, name: str = NAME
) -> Counter:
    """Enter the annotation sets of ``dataset/annotations`` into Label Studio, under the accounts of their annotators."""
    codebook = shown_on(open_codebook(project)[0], client)
    counts: Counter = Counter()
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        pass_name, annotator = path.parent.name, path.stem
        if pass_name in codebook.pass_by_name and annotator in user_ids:
            title = TITLE.format(name, pass_name, annotator)
            said = instructions_of(project, codebook, pass_name)
            number = ensure_project(client, title, label_config(codebook, pass_name), said)
            entries = reporter.track(f"enter {title}", _entries(project, path, pass_name, reporter))
            entered = upload_annotations(client, number, entries, user_ids)
            counts.update({"sets entered": entered.sent, "sets there already": entered.present})
    return counts


def _entries(project: Project, path: Path, pass_name: str, reporter: Reporter) -> Iterator[tuple[str, dict]]:
    codebook, _ = open_codebook(project)
    masked = codebook.pass_by_name[pass_name].mask
    sets = {task_key(item.article_id, masked): item for item in read_lines(path, AnnotationSet)}
    for task in safe_tasks(project, pass_name, 1.0, reporter, codebook):
        annotation_set = sets.pop(task["data"]["article_id"], None)
        if annotation_set is None:
            continue
        result = write_result(annotation_set, task["data"], codebook)
        problems = list(sending_problems(annotation_set.article_id, task, result, codebook))
        for problem in problems:
            reporter.report(problem)
        if not problems:
            yield task["data"]["article_id"], _work(annotation_set, result)
    for annotation_set in sets.values():
        reporter.report(
            Issue(f"{path.name} {annotation_set.article_id}", "SET-ARTICLE", "there is no such article, or none that can be sent")
        )


def _work(annotation_set: AnnotationSet, result: list[dict]) -> dict:
    name = f"{annotation_set.article_id}/{annotation_set.pass_name}/{annotation_set.annotator}"
    work = {"result": result, "completed_by": annotation_set.annotator, "unique_id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}
    return work | ({"lead_time": annotation_set.lead_time} if annotation_set.lead_time is not None else {})


def pull_annotations(project: Project, client: Client, reporter: Reporter, name: str = NAME) -> Counter:
    """Fetch what was submitted in all our projects on a server, and merge it into ``dataset/annotations``."""
    people = People(project.people, load_annotators(project.annotators), user_emails(client), client.url)
    pages = project.local / "pull"
    begins = [TITLE.format(name, one.name, "") for one in open_codebook(project)[0].passes]
    ours = [found for begin in begins for found in list_projects(client, begin)]

    def tasks() -> Iterator:
        for title, number in ours:
            for task in reporter.track(f"pull {title}", pull_tasks(client, number, pages / title.replace(" ", "-"))):
                yield DECODE_TASK(msgspec.json.encode(task))

    return _import(project, tasks(), people, reporter)


def import_exports(project: Project, paths: Iterable[Path], reporter: Reporter, fix: bool = False) -> Counter:
    """Read export files, ours or anyone's, and merge their annotation sets into ``dataset/annotations``.

    ``fix``: regions with bad offsets are fixed where that is certain, and each repair goes into the record.
    """
    people = People(project.people, load_annotators(project.annotators))
    tasks = (task for path in paths for task in reporter.track(f"import {path.name}", read_export(path)))
    return _import(project, tasks, people, reporter, fix)


def _import(project: Project, tasks: Iterable, people: People, reporter: Reporter, fix: bool = False) -> Counter:
    codebook, _ = open_codebook(project)
    ids = {article.sha256: article.id for article in read_articles(project, with_text=False)}
    importer = AnnotationImporter(codebook, people.who, ids, fix)
    changed = [path for path in reporter.split_issues(store_sets(importer.convert(tasks), project.annotations))]
    people.save()
    record_fixes(project, importer.repairs)
    importer.counts["files changed"] = len(changed)
    return importer.counts
