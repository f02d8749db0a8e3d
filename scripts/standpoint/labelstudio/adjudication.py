"""What adjudicators submitted is read back, and conflicts and decisions are exchanged with a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from standpoint.adjudication.adjudicate import Outcome, adjudicate_project, rules_of, work_out
from standpoint.adjudication.content import said
from standpoint.adjudication.decisions import decide, decisions_of
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams, no_text, read_articles, read_decisions, sets_of, store_decisions
from standpoint.core.merge import by_article
from standpoint.core.model import NONE, Annotation, AnnotationSet, Article, Asked, Decision, Issue, Span
from standpoint.core.paths import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.reporter import Reporter
from standpoint.labelstudio.client import Client, ensure_project, list_projects, user_map
from standpoint.labelstudio.exchange import NAME
from standpoint.labelstudio.import_annotations import People, Who, complete
from standpoint.labelstudio.pull import pull_tasks
from standpoint.labelstudio.push import push_tasks, withdraw
from standpoint.pages.adjudication_page import (
    COMMENT,
    DECISION,
    INSTRUCTIONS,
    LIST,
    REASON,
    Open,
    adjudication_config,
    adjudication_task,
)
from standpoint.pages.tasks import read_result, unsafe
from standpoint.pages.types import DECODE_TASK, Data, ListedActor, Task, Work, sha256, task_key


class Listed(msgspec.Struct):
    """A conflict as it was listed."""

    asked: Asked
    options: list[ListedActor]
    readings: dict[str, tuple[Annotation, ...]]


class AdjudicationData(Data, rename={"pass_name": "pass", "conflicts": LIST}):
    """The data of one of our adjudication tasks."""

    article: str = ""
    agreed: list[str] = []
    conflicts: list[Listed] = []


class Answer(msgspec.Struct):
    """An answered question: ``choice`` is a reader's letter, none, or mine (""; nothing was chosen)."""

    asked: Asked
    readings: dict[str, tuple[Annotation, ...]]
    words: tuple[str, ...]
    choice: str = ""
    reason: str = ""
    comment: str = ""


class Answers(msgspec.Struct):
    """One adjudicator's work on one task; ``marked`` is what stands on the page, ``agreed`` the ids of what did before."""

    marked: AnnotationSet
    answers: list[Answer]
    agreed: frozenset[str] = frozenset()
    decided: str | None = None


@dataclass
class Answered:
    """Reads adjudication tasks. ``article_ids`` are all that there are."""

    codebook: Codebook
    who: Who
    article_ids: Iterable[str]
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {task_key(one, masked): one for one in self.article_ids for masked in (False, True)}

    def read(self, task: Task) -> Iterator[Answers | Issue]:
        """Each submitted work on a task, the latest last; and an Issue for all that is not taken."""
        try:
            data = msgspec.json.decode(task.data, type=AdjudicationData)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            yield Issue(f"task {task.id}", "ADJUDICATION-TASK", f"{error}; should be as `standpoint adjudicate push` sent it")
            return
        article_id = self.keys.get(data.article)
        where = f"{article_id or f'task {task.id}'} adjudication"
        if article_id is None or data.pass_name not in self.codebook.pass_by_name:
            yield Issue(where, "TASK-ARTICLE", f"article {data.article!r}, pass {data.pass_name!r}: the project has no such")
        elif sha256(data.text or "") != data.shown_sha256:
            yield Issue(
                where, "TASK-TEXT", "its text was changed in Label Studio, should be as it was sent; no offset can be trusted"
            )
        else:
            if task.drafts:
                yield Issue(where, "TASK-DRAFT", f"{len(task.drafts)} draft(s) begun and not submitted; not taken", "note")
            adjudicated = _adjudicated(task, frozenset(data.agreed))
            for work in sorted(task.annotations, key=lambda one: (one.updated_at or "", one.id or 0)):
                yield from self._work(work, data, article_id, adjudicated)

    def _work(self, work: Work, data: AdjudicationData, article_id: str, adjudicated: Mapping) -> Iterator[Answers | Issue]:
        name, kind = self.who(work.completed_by)
        where = f"{article_id} {data.pass_name} {name}"
        if work.was_cancelled:
            yield Issue(where, "TASK-SKIPPED", "the adjudicator skipped this task; nothing is decided", "note")
            return
        asked = {key: item for item in work.result if (key := _ours(item))}
        reading = read_result(where, [item for item in work.result if not _is_ours(item)], data, data.pass_name, self.codebook)
        yield from reading.issues
        for gone in adjudicated.items() - _content(work.result).items():
            message = f"{gone[0][0]} {gone[0][1]} was changed, and all agree on it; it stays as it was"
            yield Issue(where, "ADJUDICATION-AGREED", message, "note")
        marked = AnnotationSet(
            **{"article_id": article_id, "annotator": name, "annotator_kind": kind, "pass_name": data.pass_name},
            **{"codebook_version": data.codebook_version or "", "text_sha256": data.text_sha256 or ""},
            annotations=tuple(complete(reading.annotations, data.sentences, data.pass_name, self.codebook)),
        )
        answers = [_answer(number, listed, asked) for number, listed in enumerate(data.conflicts)]
        yield Answers(marked, answers, frozenset(data.agreed), work.updated_at or work.created_at)


def _is_ours(item: Item) -> bool:
    """Whether an item is of the list of conflicts or one of its signs, and of no layer."""
    return (item.from_name or "").startswith("__")


def _ours(item: Item) -> tuple[str, int] | None:
    name, _, number = (item.from_name or "").rpartition("_")
    return (name, int(number)) if name in (DECISION, REASON, COMMENT) and number.isdecimal() else None


def _answer(number: int, listed: Listed, items: Mapping[tuple[str, int], Item]) -> Answer:
    words = tuple(option.value for option in listed.options if option.alias in listed.readings)
    said = [_said(items.get((name, number))) for name in (DECISION, REASON, COMMENT)]
    return Answer(listed.asked, listed.readings, words, *said)


def _said(item: Item | None) -> str:
    if item is None or item.value is None:
        return ""
    texts = item.value.text if isinstance(item.value.text, list) else [item.value.text or ""]
    return " ".join(" ".join(item.value.choices or texts).split())


def _content(items: Iterable[Item]) -> dict[tuple, tuple]:
    """What regions and answers on them say, by region and control."""
    found = {}
    for item in items:
        if item.value and not _is_ours(item):
            said = tuple(item.value.labels or sorted(item.value.choices or ()))
            found[item.id or "", item.from_name or ""] = (item.value.start, item.value.end, said)
    return found


def _adjudicated(task: Task, agreed: frozenset[str]) -> dict[tuple, tuple]:
    """What the page showed as agreed."""
    drawn = [item for one in task.predictions for item in msgspec.json.decode(one, type=_Prediction).result]
    return {key: said for key, said in _content(drawn).items() if key[0] in agreed}


class _Prediction(msgspec.Struct):
    result: list[Item] = []


TITLE = "{} adjudication: {} {}"  # of a Label Studio project: name, pass, adjudicator


def push_conflicts(
    project: Project, client: Client, adjudicators: Sequence[str], reporter: Reporter, name: str = NAME
) -> Counter:
    """Fetch what was decided; then make a Label Studio project a pass and adjudicator, and send what is not decided yet.

    Tasks that ask what is not in question any more are taken back, unless somebody has worked on them.
    """
    counts = _fetch(project, client, reporter, name)
    codebook, _ = open_codebook(project)
    there = dict(list_projects(client, TITLE.format(name, "", "").rstrip()))
    for one in codebook.passes:
        for title in (TITLE.format(name, one.name, adjudicator) for adjudicator in adjudicators):
            tasks = reporter.track(f"push {title}", _tasks(project, one.name, reporter))
            first = next(tasks, None)
            if first is None and title not in there:
                continue
            number = ensure_project(client, title, adjudication_config(codebook, one.name), INSTRUCTIONS)
            keys: set[str] = set()
            pushed = push_tasks(client, number, _noted(chain([first] if first else (), tasks), keys))
            withdrawn = withdraw(client, number, keys)
            counts.update({"tasks sent": pushed.sent, "tasks there already": pushed.present, "tasks taken back": withdrawn})
    return counts


def _noted(tasks: Iterable[dict], keys: set[str]) -> Iterator[dict]:
    for task in tasks:
        keys.add(task["data"]["article_id"])
        yield task


def _tasks(project: Project, pass_name: str, reporter: Reporter) -> Iterator[dict]:
    """A task for each article with something in question in a pass; what cannot be asked is told."""
    codebook, registry = open_codebook(project)
    layers = {layer.name for layer in codebook.layers_of(pass_name)}
    for articles, outcome in _outcomes(project):
        questions = [one for one in outcome.questions if one.asked.pass_name == pass_name]
        if not questions:
            continue
        if not articles or articles[0].text is None:
            message = "its text is not here, and its conflicts cannot be shown: ingest it here first"
            known = Issue(outcome.adjudicated.article_id, "ARTICLE-NO-TEXT", message)
            reporter.report(no_text(articles[0], message) if articles else known)
            continue
        adjudicated = [item for item in outcome.adjudicated.annotations if item.layer in layers]
        questions.sort(key=lambda one: (one.asked.start, one.asked.end))  # as the text is read
        task = adjudication_task(Open(articles[0], pass_name, adjudicated, questions), codebook, registry)
        problems = list(unsafe(articles[0].id, {"data": task["data"]}, [], codebook))
        for problem in problems:
            reporter.report(problem)
        if not problems:
            yield task


def _outcomes(project: Project) -> Iterator[tuple[list[Article], Outcome]]:
    rules, decisions = rules_of(project), decisions_of(project)
    for article_id, articles, sets, _ in by_article(article_streams(project), sets_of(project)):
        if sets:
            yield articles, work_out(article_id, sets, rules, decisions.of(article_id))


def pull_decisions(project: Project, client: Client, reporter: Reporter, name: str = NAME) -> Counter:
    """Fetch what adjudicators submitted into ``dataset/decisions``, and resolve anew."""
    counts = _fetch(project, client, reporter, name)
    return counts + adjudicate_project(project, reporter)


def _fetch(project: Project, client: Client, reporter: Reporter, name: str) -> Counter:
    people = People(project.people, load_annotators(project.annotators), user_map(client), client.url)
    ids = [article.id for article in read_articles(project, with_text=False)]
    codebook, _ = open_codebook(project)
    answered, decided = Answered(codebook, people.who, ids), []
    for title, number in list_projects(client, TITLE.format(name, "", "").rstrip()):
        pages = project.local / "pull" / title.replace(" ", "-").replace(":", "")
        for task in reporter.track(f"pull {title}", pull_tasks(client, number, pages)):
            for answers in reporter.split_issues(answered.read(DECODE_TASK(msgspec.json.encode(task)))):
                decided += reporter.split_issues(decide(answers, codebook))
    changed = store_decisions(project, decided)
    people.save()
    return Counter({"decisions": len(decided), "decisions new or changed": changed})


def guideline_gaps(project: Project, reason: str) -> Iterator[str]:
    """The decisions with a reason, in lines: article, place, readings, decision and comment."""
    for decision in read_decisions(project):
        if decision.reason == reason:
            asked = decision.asked
            place = f"[{asked.start},{asked.end}) " if asked.start < asked.end else ""
            yield f"{asked.article_id} {place}{asked.layer}: {decision.comment or 'no comment'}"
            yield from (f"    {words}" for words in decision.readings)
            yield f"    decided by {decision.by}: {outcome(decision)}"


def outcome(decision: Decision) -> str:
    """What was decided, in short."""
    spans = {item.id: item for item in decision.annotations if isinstance(item, Span)}
    return said(decision.annotations, spans) or NONE
