"""Push, pull and import of a whole project: its articles become tasks, and tasks become its annotation sets."""

from __future__ import annotations

import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import cache, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.article_tasks import article_tasks, completion_of, is_safe
from standpoint.adjudication.fix import record_fixes, recorded_fixes
from standpoint.agreement.figures import Agreement
from standpoint.agreement.report import no_link, report
from standpoint.agreement.report_articles import TaskLink, worst_articles
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Pass
from standpoint.codebook.validate import faults_in
from standpoint.core.corpus import RecordStore, article_streams, read_articles, sets_of
from standpoint.core.files import inside, read_text, write_whole, written_whole
from standpoint.core.model import TAKEN_DOWN, AnnotationSet, Issue, Reporter, StandpointError
from standpoint.core.project import PROJECT_NAME, Project
from standpoint.core.provenance import ACCOUNT_DOMAIN, is_machine, kinds_of, load_annotators
from standpoint.core.standoff import Kept, Standoff, article_id_of
from standpoint.formats import read_documents
from standpoint.ingest.sources import load_sources
from standpoint.labelstudio.client import Client, user_emails
from standpoint.labelstudio.export_file import Element, read_elements, tasks_in
from standpoint.labelstudio.import_annotations import AnnotationImporter, Who
from standpoint.labelstudio.import_documents import LABEL_STUDIO, DocumentImporter, DocumentOptions, sources_of
from standpoint.labelstudio.merge import Batch, Imported, Packed, packed
from standpoint.labelstudio.own_projects import ANNOTATION, OwnProjects, all_own_projects, own_projects, pull_projects
from standpoint.labelstudio.people import People
from standpoint.labelstudio.pull import list_tasks
from standpoint.labelstudio.push import delete_tasks_except, encoded_task, keys_to_ids, push_tasks, upload_annotations
from standpoint.labelstudio.task_text import Articles, tops_of
from standpoint.pages.label_config import instructions, label_config
from standpoint.pages.task_json import Task, task_key, write_result
from standpoint.processes import mapped


def shown_on(client: Client, codebook: Codebook, project: Project) -> Codebook:
    """The codebook for a server's pages: if it names no address of the guide, the project's guide on the server is used."""
    here = client.guide if project.guide_pages(codebook.pass_by_name) else ""
    return replace(codebook, guide=codebook.guide or here)


def refuse_no_model(project: Project, name: str) -> None:
    """StandpointError if a pseudonym is not a machine's that has annotation sets: a person's work is no suggestion to another."""
    listed = load_annotators(project.annotators).get(name)
    if listed is None or not is_machine(listed.kind):
        what = f"is listed as {listed.kind}" if listed else "is not listed"
        hint = "only a model's spans are suggested: people annotate without seeing each other's work"
        raise StandpointError(f"{name} {what} in {project.annotators}", hint)
    if not any(project.annotations.glob(f"*/{name}.jsonl")):
        raise StandpointError(f"{name} has no annotation sets", "standpoint annotate makes them")


def write_tasks(project: Project, folder: Path, control: float, reporter: Reporter, model: str = "") -> Counter:
    """Write each pass's label config and tasks to files in a folder, for Label Studio's own import button."""
    if model:
        refuse_no_model(project, model)
    codebook, _ = open_codebook(project)
    counts: Counter = Counter()
    for pass_name in codebook.pass_by_name:
        write_whole(inside(folder, f"{pass_name}.xml"), label_config(codebook, pass_name))
        tasks = reporter.track(f"tasks {pass_name}", article_tasks(project, pass_name, control, reporter, codebook, model=model))
        with written_whole(inside(folder, f"{pass_name}.json")) as file:
            file.write(b"[")
            for number, (_, task) in enumerate(tasks):
                file.write((b",\n" if number else b"\n") + encoded_task(task))
                counts[f"tasks {pass_name}"] += 1
            file.write(b"\n]\n")
    return counts


def instructions_of(project: Project, codebook: Codebook, pass_name: str) -> str:
    """The instructions of a pass's project, as HTML: guidelines/<pass>.md, or the codebook's if there is no such file."""
    path = project.guidelines / f"{pass_name}.md"
    if not path.is_file():
        return codebook.pass_by_name[pass_name].instructions
    return instructions(read_text(path), codebook)


def push_articles(
    project: Project,
    client: Client,
    annotators: Sequence[str] | Callable[[str], Mapping[str, list[str]]],
    control: float,
    reporter: Reporter,
    name: str = PROJECT_NAME,
    model: str = "",
) -> Counter:
    """Make one Label Studio project per pass and annotator, and send each task that is not on the server yet.

    ``annotators`` are pseudonyms, who all get all articles; or a function from a pass to the article ids of each annotator,
    in the order in which they are shown. ``model``: as in ``article_tasks``.
    """
    if model:
        refuse_no_model(project, model)
    plain, registry = open_codebook(project)
    codebook = shown_on(client, plain, project)
    own = OwnProjects(project, client, name, reporter)
    counts, once = Counter[str](), reporter.once()
    for annotation_pass in codebook.passes:
        pass_name = annotation_pass.name
        config = label_config(codebook, pass_name)
        complete = completion_of(pass_name, codebook, registry)
        assigned = annotators(pass_name) if callable(annotators) else dict.fromkeys(annotators)
        for annotator, articles in assigned.items():
            mark = own.mark(pass_name, annotator)
            number = own.ensure(mark, config, instructions_of(project, codebook, pass_name))
            sendable = article_tasks(project, pass_name, control, once, codebook, articles and set(articles), model)
            tasks = _in_order(annotation_pass, articles, (task for _, task in sendable))
            pushed = push_tasks(client, number, reporter.track(f"push {mark.title}", tasks), complete=complete)
            counts.update({"tasks sent": pushed.sent, "tasks there already": pushed.present})
            counts["tasks completed"] += pushed.completed
            if articles is not None:  # delete articles that were assigned to somebody else since then, unless they were begun
                keys = {task_key(article, annotation_pass.mask) for article in articles}
                counts["tasks deleted"] += delete_tasks_except(client, number, keys)
    return counts


def _in_order(annotation_pass: Pass, articles: list[str] | None, tasks: Iterator[dict]) -> Iterable[dict]:
    """All tasks of a pass, or one annotator's in their order; the tasks of one person fit in memory."""
    if articles is None:
        return tasks
    keys = {task_key(article, annotation_pass.mask): number for number, article in enumerate(articles)}
    return sorted(tasks, key=lambda task: keys[task["data"]["article_id"]])


def delete_article(project: Project, client: Client, article_id: str, reporter: Reporter, name: str = PROJECT_NAME) -> int:
    """Delete the tasks of an article in all our projects on a server, with the work on them; returns their number."""
    keys, deleted = {task_key(article_id, masked) for masked in (False, True)}, 0
    for one in all_own_projects(project, client, name, reporter):
        for task in list(list_tasks(client, one.id, "id,data")):
            if not keys.isdisjoint(str(task["data"].get(key)) for key in ("article_id", "article")):  # adjudication: "article"
                client.delete_task(task["id"])
                deleted += 1
    return deleted


def update_pages(project: Project, client: Client, reporter: Reporter, name: str = PROJECT_NAME) -> Counter:
    """Bring the pages of our annotators' projects to the present codebook, and rename in the work there; no task is sent."""
    codebook = shown_on(client, open_codebook(project)[0], project)
    own = OwnProjects(project, client, name, reporter)
    marks = [one.mark for one in own.of(ANNOTATION) if one.mark.pass_name in codebook.pass_by_name]
    for mark in marks:
        own.ensure(mark, label_config(codebook, mark.pass_name), instructions_of(project, codebook, mark.pass_name))
    return Counter({"pages in Label Studio": len(marks)})


def upload_annotation_sets(
    project: Project, client: Client, user_ids: dict[str, int], reporter: Reporter, name: str = PROJECT_NAME
) -> Counter:
    """Store the annotation sets of ``dataset/annotations`` in Label Studio, under the accounts of their annotators."""
    codebook = shown_on(client, open_codebook(project)[0], project)
    own = OwnProjects(project, client, name, reporter)
    counts: Counter = Counter()
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        pass_name, annotator = path.parent.name, path.stem
        if pass_name in codebook.pass_by_name and annotator in user_ids:
            config, text = label_config(codebook, pass_name), instructions_of(project, codebook, pass_name)
            mark = own.mark(pass_name, annotator)
            number = own.ensure(mark, config, text)
            entries = reporter.track(f"upload {mark.title}", _entries(project, path, pass_name, reporter))
            uploaded = upload_annotations(client, number, entries, user_ids)
            counts.update({"sets uploaded": uploaded.sent, "sets there already": uploaded.present})
    return counts


def _entries(project: Project, path: Path, pass_name: str, reporter: Reporter) -> Iterator[tuple[str, dict]]:
    """The key of a task and an annotation for each annotation set of a file; sets that cannot be sent are reported."""
    codebook, _ = open_codebook(project)
    masked = codebook.pass_by_name[pass_name].mask
    sets = {task_key(item.article_id, masked): item for item in Standoff(project).read(path, AnnotationSet)}
    for _, task in article_tasks(project, pass_name, 1.0, reporter, codebook):
        annotation_set = sets.pop(task["data"]["article_id"], None)
        if annotation_set is None:
            continue
        if fault := next(faults_in(annotation_set.annotations, codebook, pass_name), None):
            where = f"{path.name} {annotation_set.article_id} {fault.where}".rstrip()
            reporter.report(Issue(where, fault.code, f"{fault.message}; the set is not sent"))
            continue
        result = write_result(annotation_set.annotations, task["data"], codebook)
        if is_safe(annotation_set.article_id, task, result, codebook, reporter):
            # The id follows from the set, so a repeated upload stores nothing twice.
            identity = f"{annotation_set.article_id}/{annotation_set.pass_name}/{annotation_set.annotator}"
            body: dict[str, Any] = {"result": result, "completed_by": annotation_set.annotator}
            body["unique_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, identity))
            if annotation_set.lead_time is not None:
                body["lead_time"] = annotation_set.lead_time
            yield task["data"]["article_id"], body
    for annotation_set in sets.values():
        where = f"{path.name} {annotation_set.article_id}"
        reporter.report(Issue(where, "SET-ARTICLE", "there is no such article, or it cannot be sent"))


def people_of(project: Project, client: Client | None = None) -> People:
    """Who is behind an account: of a server, or, without a client, of an export file."""
    annotators, stored = load_annotators(project.annotators), (path.stem for path in project.annotations.glob("*/*.jsonl"))
    accounts, server = (user_emails(client), client.url) if client else ({}, "")
    return People(project.people, annotators, accounts, server, stored)


def pull_annotations(project: Project, client: Client, reporter: Reporter, name: str = PROJECT_NAME) -> Counter:
    """Fetch the submitted work of all our projects on a server, and merge it into ``dataset/annotations``."""
    own = own_projects(project, client, name, ANNOTATION, reporter, marking=True)
    tasks = chain.from_iterable(tasks for _, tasks in pull_projects(project, client, own, reporter))
    counts = _import(project, {client.url: tasks}, people_of(project, client), reporter)
    if not counts["annotations"]:
        message = f"nothing was submitted on any of the {counts['tasks']:,} task(s) of {len(own)} project(s)"
        reporter.report(Issue(client.url, "PULL-NOTHING", f"{message}; the stored annotation sets are unchanged"))
    return counts


def import_exports(
    project: Project,
    paths: Iterable[Path],
    reporter: Reporter,
    fix: bool = False,
    annotator: str = "",
    options: DocumentOptions = DocumentOptions(),  # noqa: B008
    jobs: int = 1,
) -> Counter:
    """Read exports of any Label Studio project or of other tools, and merge their annotation sets into ``dataset/annotations``.

    ``fix``: regions with bad offsets are fixed if the fix is certain, and each fix is recorded. ``annotator``: the
    pseudonym of the person who made all of them. ``jobs``: the processes that share the tasks of Label Studio's exports.
    """
    codebook, registry = open_codebook(project)
    people = people_of(project)
    sources: dict[str, Iterable[Element | Task | Issue]] = {}
    tasks: Iterator[Element | Task | Issue]
    importers: list[DocumentImporter] = []
    known: set[str] = set()

    def account_of(name: str) -> str:
        """The account of an annotator whom a file names. A pseudonym of the project is that person, which is told."""
        if not name and not annotator:
            raise StandpointError("the files do not say who annotated them", "name the person by a pseudonym: --annotator a01")
        is_ours = not annotator and (name in people.annotators or name in people.stored)
        if is_ours and name not in known:
            known.add(name)
            message = "an annotator of the files has this pseudonym, and is taken for this person; --annotator names another"
            reporter.report(Issue(name, "ACCOUNT-KNOWN", message, "note"))
        return f"{name or annotator}{ACCOUNT_DOMAIN}" if is_ours or not name else name

    with TemporaryDirectory() as unpacked:
        for source in sources_of(paths, options.format, reporter, Path(unpacked)):
            if source.format == LABEL_STUDIO:
                tasks = chain.from_iterable(map(partial(read_elements, codebook=codebook), source.files))
            else:
                importers.append(importer := DocumentImporter(source, codebook, registry.by_id, options, account_of))
                read = partial(read_documents, name=source.format, codebook=codebook)
                tasks = importer.tasks(chain.from_iterable(map(read, source.files)))
            sources[source.name] = reporter.track(f"import {Path(source.name).name}", tasks)
        counts = _import(project, sources, people, reporter, fix, annotator, jobs)
    for importer in importers:
        counts.update(importer.counts)
        for issue in importer.issues():
            reporter.report(issue)
    return counts


def article_ids(project: Project) -> dict[str, str]:
    """The id of each article by its text's sha256."""
    return {article.sha256: article.id for article in read_articles(project, with_text=False)}


def record_columns(project: Project) -> list[dict[str, str]]:
    """The names that the sources give to the columns of records, each mapping once; first our own names."""
    sources = load_sources(project.sources) if project.sources.exists() else ()
    columns: list[dict[str, str]] = [{}]
    for source in sources:
        if source.columns not in columns:
            columns.append(source.columns)
    return columns


def committed_sets(project: Project) -> Callable[[Kept], Kept]:
    """A function that returns a set or a decision as it is stored: without words of an article that is withheld or taken down."""
    standoff = Standoff(project)

    def committed(record: Kept) -> Kept:
        if standoff.status.get(article_id_of(record)) != TAKEN_DOWN:
            return standoff.committed(record)
        from standpoint.dataset.schema import Schema  # here, as its libraries take half a second to import in each process
        from standpoint.dataset.withhold import without_words

        return without_words(record, Schema(open_codebook(project)[0]).typed)

    return committed


Names = Mapping[str, tuple[str, str]]  # pseudonym and kind of the annotators who are known so far, by ``completed_by``


class Made(NamedTuple):
    """What an import makes of an element of an export, and what of it the importer counts."""

    items: list[Packed | Issue]
    counts: Counter[str]


class NewAnnotatorError(Exception):
    """An annotator has no pseudonym yet. They are given in the order of the tasks, and so in one process."""


class TaskWork:
    """The work on one element of an export, in any process."""

    def __init__(self, project: Project, ids: Mapping[str, str], fix: bool) -> None:
        self.project, self.ids, self.fix = project, ids, fix
        self.codebook, self.committed = open_codebook(project)[0], committed_sets(project)
        articles = Articles(ids, record_columns(project), cache(lambda: tops_of(read_articles(project))))
        self.importer = AnnotationImporter(self.codebook, lambda _: ("", ""), ids, fix, articles)

    def __reduce__(self) -> tuple[type[TaskWork], tuple[Project, Mapping[str, str], bool]]:
        return TaskWork, (self.project, self.ids, self.fix)

    def __call__(self, item: tuple[Element | Task | Issue, Names]) -> Made | None:
        """What is made of an element; None if it names an annotator who has no pseudonym yet."""
        element, names = item

        def known(completed_by: object) -> tuple[str, str]:
            if (name := names.get(repr(completed_by))) is None:
                raise NewAnnotatorError
            return name

        try:
            return self.made(element, known)
        except NewAnnotatorError:
            return None

    def made(self, element: Element | Task | Issue, who: Who) -> Made:
        self.importer.who, self.importer.counts = who, Counter()
        items = self.importer.read(tasks_in(element, self.codebook))
        found = [packed(item, self.committed) if isinstance(item, Imported) else item for item in items]
        return Made(found, self.importer.counts)


def _converted(
    work: TaskWork, elements: Iterable[Element | Task | Issue], people: People, counts: Counter[str], jobs: int
) -> Iterator[Packed | Issue]:
    """The sets of the elements and the Issues, in their order. An element with a new annotator is done again, here."""
    names: dict[str, tuple[str, str]] = {}
    sent: deque[Element | Task | Issue] = deque()

    def who(completed_by: object) -> tuple[str, str]:
        nonlocal names
        name = people.who(completed_by)
        names = names | {repr(completed_by): name}  # another value, as the present one may be in elements that are to be sent
        return name

    def items() -> Iterator[tuple[Element | Task | Issue, Names]]:
        for element in elements:
            sent.append(element)
            yield element, names

    for made in mapped(work, items(), jobs):
        element = sent.popleft()
        items_of, counted = made or work.made(element, who)
        counts.update(counted)
        yield from items_of


def _import(
    project: Project,
    sources: Mapping[str, Iterable[Element | Task | Issue]],
    people: People,
    reporter: Reporter,
    fix: bool = False,
    annotator: str = "",
    jobs: int = 1,
) -> Counter:
    """Read all sources, and then store their sets, one source after the other: as if each were imported alone."""
    work = TaskWork(project, article_ids(project), fix)
    fixes, counts = cache(lambda: recorded_fixes(project)), Counter[str]()
    with ExitStack() as stack:
        batches: list[Batch] = []
        stored = stack.enter_context(closing(RecordStore(int)))
        for source, tasks in sources.items():
            people.begin(source, annotator)
            batches.append(
                batch := stack.enter_context(closing(Batch(people, project.annotations, stored, fixes, work.committed)))
            )
            for issue in batch.add(_converted(work, tasks, people, counts, jobs)):
                reporter.report(issue)
        del counts["annotation sets"], counts["items taken"]  # of what was read; the batches count what was stored of it
        for batch in batches:
            for issue in batch.store():
                reporter.report(issue)
            counts.update(batch.counts)
            record_fixes(project, batch.repairs)
    people.save()
    return counts


def write_linked_report(
    project: Project, agreement: Agreement, path: Path, client: Client | None = None, name: str = PROJECT_NAME
) -> None:
    """Write the report, whole or not at all; with links to the tasks of a Label Studio if its client is given."""
    codebook, registry = open_codebook(project)
    worst = worst_articles(agreement, article_streams(project), sets_of(project), kinds_of(project))
    html = report(agreement, worst, codebook, registry, task_links(project, agreement, client, name) if client else no_link)
    write_whole(path, html)


def task_links(project: Project, agreement: Agreement, client: Client, name: str = PROJECT_NAME) -> TaskLink:
    """The addresses of the tasks of the worst articles: article id, pass, annotator -> address, or None."""
    masks = {codebook_pass.name: codebook_pass.mask for codebook_pass in open_codebook(project)[0].passes}
    wanted = {(article.pass_name, task_key(article.part, masks[article.pass_name])) for article in agreement.by_article}
    addresses: dict[tuple[str, str, str], str] = {}
    for one in own_projects(project, client, name, ANNOTATION, Reporter()):
        for key, task in keys_to_ids(client, one.id):
            if (one.mark.pass_name, key) in wanted:
                address = f"{client.url}/projects/{one.id}/data?task={task}"
                addresses[key, one.mark.pass_name, one.mark.annotator] = address

    def link(article_id: str, pass_name: str, annotator: str) -> str | None:
        return addresses.get((task_key(article_id, masks[pass_name]), pass_name, annotator))

    return link
