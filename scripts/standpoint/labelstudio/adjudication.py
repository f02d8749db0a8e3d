"""Adjudication in Label Studio: conflicts are pushed as tasks, and what adjudicators submitted is read as decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from standpoint.adjudication.adjudicate import adjudicate_article, adjudicate_project, rules_of
from standpoint.adjudication.article_tasks import is_safe
from standpoint.adjudication.content import Mark, describe, span_id
from standpoint.adjudication.decisions import Answer, Answers, DecisionLookup, decide
from standpoint.adjudication.new_actors import actor_ids, given_names, with_named_slots
from standpoint.adjudication.renames import answers_today
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import (
    article_streams,
    by_article,
    no_text,
    read_articles,
    read_decisions,
    sets_to_adjudicate,
    store_decisions,
)
from standpoint.core.model import NONE, Annotation, AnnotationSet, Asked, Decision, Issue, Reporter, Span, sha256
from standpoint.core.offsets import whole_number
from standpoint.core.project import PROJECT_NAME, Project
from standpoint.labelstudio.client import Client
from standpoint.labelstudio.exchange import committed_sets, people_of
from standpoint.labelstudio.import_annotations import TEXT_CHANGED, PredictedRegion, Prediction, Who, drafts_issue
from standpoint.labelstudio.own_projects import ADJUDICATION, OwnProject, OwnProjects, own_projects, pull_projects
from standpoint.labelstudio.push import delete_tasks_except, push_tasks
from standpoint.pages.adjudication_page import (
    COMMENT,
    DECISION,
    INSTRUCTIONS,
    LIST,
    REASON,
    OpenConflicts,
    adjudication_config,
    adjudication_task,
)
from standpoint.pages.task_json import ListedActor, Submission, Task, TaskData, fill_defaults, read_result, task_key


class ListedConflict(msgspec.Struct):
    """A conflict in a task's list."""

    asked: Asked
    options: list[ListedActor]
    readings: dict[str, tuple[Annotation, ...]]


class AdjudicationData(TaskData, rename={"pass_name": "pass", "conflicts": LIST}):
    """The data of one of our adjudication tasks."""

    article: str = ""
    agreed: list[str] = []
    conflicts: list[ListedConflict] = []


class AnswerReader:
    """Reads submitted adjudication tasks. ``article_ids`` are the ids of all articles."""

    def __init__(self, codebook: Codebook, who: Who, article_ids: Iterable[str]) -> None:
        self.codebook, self.who = codebook, who
        self.keys = {task_key(each, masked): each for each in article_ids for masked in (False, True)}

    def read(self, task: Task) -> Iterator[Answers | Issue]:
        """Each submission on a task, latest last, and an Issue for everything that is not taken."""
        try:
            data = msgspec.json.decode(task.data, type=AdjudicationData)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            yield Issue(f"task {task.id}", "ADJUDICATION-TASK", f"{error}; should be as `standpoint adjudicate push` sent it")
            return
        article_id = self.keys.get(data.article)
        where = f"{article_id or f'task {task.id}'} adjudication"
        if article_id is None or data.pass_name not in self.codebook.pass_by_name:
            yield Issue(where, "TASK-ARTICLE", f"the project has no article {data.article!r} with a pass {data.pass_name!r}")
        elif sha256(data.text or "") != data.shown_sha256:
            yield Issue(where, "TASK-TEXT", TEXT_CHANGED)
        else:
            if task.drafts:
                yield drafts_issue(where, task)
            agreed = frozenset(data.agreed)
            drawn = [item for raw in task.predictions for item in msgspec.json.decode(raw, type=Prediction).result]
            shown = _contents(item for item in drawn if item.id in agreed)
            ids = _span_ids(drawn, self.codebook)
            for work in sorted(task.annotations, key=lambda work: (work.changed or "", str(work.id or 0).zfill(20))):
                for read in self._read_submission(work, data, article_id, shown):
                    yield read if isinstance(read, Issue) else answers_today(read, ids, self.codebook)

    def _read_submission(
        self, work: Submission, data: AdjudicationData, article_id: str, shown: Mapping
    ) -> Iterator[Answers | Issue]:
        name, kind = self.who(work.completed_by)
        pass_name = data.pass_name or ""
        where = f"{article_id} {pass_name} {name}"
        if work.was_cancelled:
            yield Issue(where, "TASK-SKIPPED", "the adjudicator skipped this task; nothing is decided", "note")
            return
        reading = read_result(where, [item for item in work.result if not _is_control(item)], data, pass_name, self.codebook)
        yield from reading.issues
        for (region, control), _ in shown.items() - _contents(work.result).items():
            message = f"{region} {control} was changed, but all annotators agree on it; the change is not taken"
            yield Issue(where, "ADJUDICATION-AGREED", message, "note")
        marked = AnnotationSet(
            article_id=article_id,
            annotator=name,
            annotator_kind=kind,
            pass_name=pass_name,
            codebook_version=data.codebook_version or "",
            text_sha256=data.text_sha256 or "",
            annotations=tuple(fill_defaults(reading.annotations, data.sentences, pass_name, self.codebook)),
        )
        typed = {item.from_name: _typed(item) for item in work.result if _is_control(item)}
        answers = []
        for number, listed in enumerate(data.conflicts):
            words = tuple(option.value for option in listed.options if option.alias in listed.readings)
            parts = [typed.get(f"{control}_{number}", "") for control in (DECISION, REASON, COMMENT)]
            answers.append(Answer(listed.asked, listed.readings, words, *parts))
        yield Answers(marked, answers, frozenset(data.agreed), work.changed or work.submitted)


def _span_ids(drawn: Iterable[PredictedRegion], codebook: Codebook) -> dict[str, str]:
    """The id of each span that a task shows, by its id there, under the present names of layers and labels."""
    ids: dict[str, str] = {}
    for item in drawn:
        if item.value and item.value.labels and not _is_control(item):
            start, end = whole_number(item.value.start), whole_number(item.value.end)
            names = codebook.present(item.from_name or "", item.value.labels[0])
            if item.id and start is not None and end is not None:
                ids[str(item.id)] = span_id(Mark(start, end, **names))
    return ids


def _is_control(item: Item | PredictedRegion) -> bool:
    """Whether an item belongs to the list of conflicts or is one of its signs, and so belongs to no layer."""
    return (item.from_name or "").startswith("__")


def _typed(item: Item) -> str:
    """What was chosen or typed in a control, in one line."""
    text = item.content.text or ""
    return " ".join(" ".join(item.content.choices or ([text] if isinstance(text, str) else text)).split())


def _contents(items: Iterable[Item | PredictedRegion]) -> dict[tuple, tuple]:
    """The offsets and labels of regions and of the answers on them, by region id and control."""
    contents = {}
    for item in items:
        if item.value and not _is_control(item):
            labels = tuple(item.value.labels or sorted(item.value.choices or ()))
            contents[item.id or "", item.from_name or ""] = (item.value.start, item.value.end, labels)
    return contents


def push_conflicts(
    project: Project, client: Client, adjudicators: Sequence[str], reporter: Reporter, name: str = PROJECT_NAME
) -> Counter:
    """Fetch all decisions; then make one Label Studio project per pass and adjudicator, and push the open conflicts.

    Tasks whose conflicts are no longer open are deleted, unless somebody has worked on them.
    """
    own = OwnProjects(project, client, name, reporter)
    counts = _fetch_decisions(project, client, reporter, own.of(ADJUDICATION))
    codebook, _ = open_codebook(project)
    for annotation_pass in codebook.passes:
        for adjudicator in adjudicators:
            mark = own.mark(annotation_pass.name, adjudicator, ADJUDICATION)
            tasks = reporter.track(f"push {mark.title}", conflict_tasks(project, annotation_pass.name, reporter))
            first = next(tasks, None)
            if first is None and not own.has(mark):
                continue
            number = own.ensure(mark, adjudication_config(codebook, annotation_pass.name), INSTRUCTIONS)
            keys: set[str] = set()
            pushed = push_tasks(client, number, _with_keys(chain([first] if first else (), tasks), keys))
            deleted = delete_tasks_except(client, number, keys)
            counts.update({"tasks sent": pushed.sent, "tasks there already": pushed.present, "tasks deleted": deleted})
    return counts


def _with_keys(tasks: Iterable[dict], keys: set[str]) -> Iterator[dict]:
    """The tasks; their keys are added to ``keys`` on the way."""
    for task in tasks:
        keys.add(task["data"]["article_id"])
        yield task


def conflict_tasks(project: Project, pass_name: str, reporter: Reporter) -> Iterator[dict]:
    """A task for each article with open conflicts in a pass; conflicts that cannot be sent are reported."""
    codebook, registry = open_codebook(project)
    layers = {layer.name for layer in codebook.layers_of(pass_name)}
    rules, decisions = rules_of(project), DecisionLookup(read_decisions(project))
    for article_id, articles, sets, _ in by_article(article_streams(project), sets_to_adjudicate(project)):
        if not sets:
            continue
        outcome = adjudicate_article(article_id, sets, rules, decisions.of(article_id))
        questions = [question for question in outcome.questions if question.asked.pass_name == pass_name]
        if questions and (not articles or articles[0].text is None):
            message = "its text is missing, so its conflicts cannot be shown; ingest it here first"
            reporter.report(no_text(articles[0], message) if articles else Issue(article_id, "ARTICLE-NO-TEXT", message))
        elif questions:
            adjudicated = [item for item in outcome.adjudicated.annotations if item.layer in layers]
            questions.sort(key=lambda question: (question.asked.start, question.asked.end))  # in reading order
            named = [with_named_slots(item, codebook) for item in sets]
            names = given_names(named, actor_ids(named, codebook, registry))
            task = adjudication_task(OpenConflicts(articles[0], pass_name, adjudicated, questions, names), codebook, registry)
            if is_safe(article_id, {"data": task["data"]}, [], codebook, reporter):
                yield task


def pull_decisions(
    project: Project, client: Client, reporter: Reporter, name: str = PROJECT_NAME, *, served: bool = False
) -> Counter:
    """Fetch what adjudicators submitted into ``dataset/decisions``, and adjudicate the project with it.

    It is told if there is nothing, except at the end of `serve`: there may have been no conflict, or nobody at work.
    """
    if served:
        own = OwnProjects(project, client, name, reporter).of(ADJUDICATION)
    else:
        own = own_projects(project, client, name, ADJUDICATION, reporter, marking=True)
    counts = _fetch_decisions(project, client, reporter, own)
    if not counts["decisions"] and not served:
        message = f"nothing was decided in any of {len(own)} project(s); the stored decisions are unchanged"
        reporter.report(Issue(client.url, "PULL-NOTHING", message))
    return counts + adjudicate_project(project, reporter)


def _fetch_decisions(project: Project, client: Client, reporter: Reporter, own: Iterable[OwnProject]) -> Counter:
    people, codebook = people_of(project, client), open_codebook(project)[0]
    reader = AnswerReader(codebook, people.who, [article.id for article in read_articles(project, with_text=False)])
    decisions: list[Decision] = []
    for task in chain.from_iterable(tasks for _, tasks in pull_projects(project, client, own, reporter)):
        if isinstance(task, Issue):
            reporter.report(task)
            continue
        for answers in reporter.split_issues(reader.read(task)):
            decisions += reporter.split_issues(decide(answers, codebook))
    changed = store_decisions(project, map(committed_sets(project), decisions))
    people.save()
    return Counter({"decisions": len(decisions), "decisions new or changed": changed})


def guideline_gaps(project: Project, reason: str) -> Iterator[str]:
    """The lines of a report on decisions with a reason: article, place, readings, decision and comment."""
    for decision in read_decisions(project):
        if decision.reason == reason:
            asked = decision.asked
            place = f"[{asked.start},{asked.end}) " if asked.start < asked.end else ""
            yield f"{asked.article_id} {place}{asked.layer}: {decision.comment or 'no comment'}"
            yield from (f"    {words}" for words in decision.readings)
            spans = {item.id: item for item in decision.annotations if isinstance(item, Span)}
            yield f"    decided by {decision.by}: {describe(decision.annotations, spans) or NONE}"
