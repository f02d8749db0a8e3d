"""Conflicts to adjudicators in Label Studio, and decisions back: adjudicate push, pull, serve, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

import msgspec

from standpoint.annotate import server as embedded
from standpoint.annotate import sync
from standpoint.annotate.adjudication import INSTRUCTIONS, adjudication_config
from standpoint.annotate.adjudication_answers import Answered
from standpoint.annotate.adjudication_tasks import Open, adjudication_task
from standpoint.annotate.people import People, load_annotators
from standpoint.annotate.studio import DECODE_TASK
from standpoint.annotate.tasks import unsafe
from standpoint.annotate.withdraw import withdraw
from standpoint.assess.adjudicate import Outcome, work_out
from standpoint.assess.decide import decide
from standpoint.assess.read_aloud import said
from standpoint.assess.streams import joined
from standpoint.model import NONE, Article, Decision, Issue, Span
from standpoint.project import Project, article_streams, read_articles
from standpoint.verbs._decisions import decisions_of, read_decisions, store_decisions
from standpoint.verbs._sets import sets_of
from standpoint.verbs._texts import no_text
from standpoint.verbs.adjudicate import adjudicate, rules_of
from standpoint.verbs.labelling import NAME, open_codebook
from standpoint.verbs.tell import Teller

TITLE = "{} adjudication: {} {}"  # of a Label Studio project: name, pass, adjudicator


def push(project: Project, client: sync.Client, adjudicators: Sequence[str], tell: Teller, name: str = NAME) -> Counter:
    """Fetch what was decided; then make a Label Studio project a pass and adjudicator, and send what is not decided yet.

    Tasks that ask what is not in question any more are taken back, unless somebody has worked on them.
    """
    counts = _fetch(project, client, tell, name)
    codebook, _ = open_codebook(project)
    there = dict(sync.list_projects(client, TITLE.format(name, "", "").rstrip()))
    for one in codebook.passes:
        for title in (TITLE.format(name, one.name, adjudicator) for adjudicator in adjudicators):
            tasks = tell.counted(f"push {title}", _tasks(project, one.name, tell))
            first = next(tasks, None)
            if first is None and title not in there:
                continue
            number = sync.ensure_project(client, title, adjudication_config(codebook, one.name), INSTRUCTIONS)
            keys: set[str] = set()
            pushed = sync.push_tasks(client, number, _noted(chain([first] if first else (), tasks), keys))
            withdrawn = withdraw(client, number, keys)
            counts.update({"tasks sent": pushed.sent, "tasks there already": pushed.present, "tasks taken back": withdrawn})
    return counts


def _noted(tasks: Iterable[dict], keys: set[str]) -> Iterator[dict]:
    for task in tasks:
        keys.add(task["data"]["article_id"])
        yield task


def _tasks(project: Project, pass_name: str, tell: Teller) -> Iterator[dict]:
    """A task for each article with something in question in a pass; what cannot be asked is told."""
    codebook, registry = open_codebook(project)
    layers = {layer.name for layer in codebook.layers_of(pass_name)}
    for articles, outcome in _outcomes(project):
        questions = [one for one in outcome.questions if one.asked.pass_name == pass_name]
        if not questions:
            continue
        if not articles or articles[0].text is None:
            message = "its text is not here, and its conflicts cannot be shown: ingest it here first"
            known = Issue(outcome.settled.article_id, "ARTICLE-NO-TEXT", message)
            tell.tell(no_text(articles[0], message) if articles else known)
            continue
        settled = [item for item in outcome.settled.annotations if item.layer in layers]
        questions.sort(key=lambda one: (one.asked.start, one.asked.end))  # as the text is read
        task = adjudication_task(Open(articles[0], pass_name, settled, questions), codebook, registry)
        problems = list(unsafe(articles[0].id, {"data": task["data"]}, [], codebook))
        for problem in problems:
            tell.tell(problem)
        if not problems:
            yield task


def _outcomes(project: Project) -> Iterator[tuple[list[Article], Outcome]]:
    rules, decisions = rules_of(project), decisions_of(project)
    for article_id, articles, sets in joined(article_streams(project), sets_of(project)):
        if sets:
            yield articles, work_out(article_id, sets, rules, decisions.of(article_id))


def pull(project: Project, client: sync.Client, tell: Teller, name: str = NAME) -> Counter:
    """Fetch what adjudicators submitted into ``dataset/decisions``, and settle anew."""
    counts = _fetch(project, client, tell, name)
    return counts + adjudicate(project, tell)


def _fetch(project: Project, client: sync.Client, tell: Teller, name: str) -> Counter:
    people = People(project.people, load_annotators(project.annotators), sync.user_map(client), client.url)
    ids = [article.id for article in read_articles(project, with_text=False)]
    codebook, _ = open_codebook(project)
    answered, decided = Answered(codebook, people.who, ids), []
    for title, number in sync.list_projects(client, TITLE.format(name, "", "").rstrip()):
        pages = project.local / "pull" / title.replace(" ", "-").replace(":", "")
        for task in tell.counted(f"pull {title}", sync.pull_tasks(client, number, pages)):
            for answers in tell.apart(answered.read(DECODE_TASK(msgspec.json.encode(task)))):
                decided += tell.apart(decide(answers, codebook))
    changed = store_decisions(project, decided)
    people.save()
    return Counter({"decisions": len(decided), "decisions new or changed": changed})


def serve(project: Project, port: int, adjudicators: Sequence[str], tell: Teller, say: Callable[[str], None]) -> None:
    """Start the embedded server with what is in question on it; stay up until it is interrupted, then fetch and settle."""
    with embedded.serve(project.server, port) as running:
        embedded.accounts(running, list(adjudicators))
        client = embedded.client(running)
        push(project, client, adjudicators, tell)
        say(f"\nLabel Studio is at {running.url}")
        for name in adjudicators:
            say(f"  {name}: log in as {name}@standpoint.invalid with password {embedded.password_of(running, name)}")
        say("Say who they are in dataset/annotators.yaml: only what people decide can be gold.")
        say("Ctrl-C fetches what was decided, settles it, and stops.")
        with suppress(KeyboardInterrupt):
            embedded.until_it_ends(running)
        pull(project, client, tell)


def gaps(project: Project, reason: str) -> Iterator[str]:
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
