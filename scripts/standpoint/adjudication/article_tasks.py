"""The tasks of articles: one per article and pass, what they lack later, and what may not be sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from html import escape
from operator import itemgetter
from typing import Any

from standpoint.adjudication.article_actors import ArticleActors, actor_pass, actors_by_article
from standpoint.codebook.kinds._items import FINDINGS, TO_FIX
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.core.corpus import Lookup, article_streams, merged, no_text
from standpoint.core.files import inside
from standpoint.core.model import AnnotationSet, Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff, article_id_of
from standpoint.pages.suggestions import has_suggestions, read_annotated, report_missing_gazetteer
from standpoint.pages.tasks import actor_lists, make_task, sending_problems

# What a task on the server lacks: from the task as it would be sent, and the ids in the list of actors of the task on the server,
# the changes to its data, and the further ones if somebody has submitted work on it; None if it lacks nothing.
Completion = Callable[[dict, list[str]], tuple[dict[str, Any], dict[str, Any]] | None]


def article_tasks(
    project: Project,
    pass_name: str,
    control: float,
    reporter: Reporter,
    codebook: Codebook,
    wanted: Collection[str] | None = None,
    model: str = "",
) -> Iterator[tuple[Article, dict]]:
    """Each article, or each in ``wanted``, with its task for a pass. What cannot be sent is reported and left out.

    ``model``: a machine annotator whose spans are suggested, where it has a set, in place of those of the rules.

    A pass that asks about the actors of another pass has no task until somebody has annotated that pass. Its tasks have a key
    ``actors``, which is not sent: the article's ``ArticleActors``.
    """
    _, registry = open_codebook(project)
    first = actor_pass(codebook, pass_name)
    found = Lookup(actors_by_article(project, pass_name, codebook, registry, wanted) if first else (), key=itemgetter(0))
    path = inside(inside(project.annotations, pass_name), f"{model}.jsonl") if model else None
    sets = Lookup(Standoff(project).read(path, AnnotationSet) if path else (), key=article_id_of)
    annotated = read_annotated(project)
    report_missing_gazetteer(codebook, reporter)
    for article in merged(article_streams(project)):
        if wanted is not None and article.id not in wanted:
            continue
        if article.text is None:
            reporter.report(no_text(article, "its text is withheld and not in the local store; ingest it here first"))
            continue
        actors = next((actors for _, actors in found.of(article.id)), None)
        if first and actors is None:
            message = f"the task waits: nobody has annotated the article in pass {first}"
            fix = "run standpoint push again after that"
            reporter.report(Issue(f"{article.id} {pass_name}", "TASK-WAITS", message, "note", fix=fix))
            continue
        asked = actors.names if actors else None
        model_set = next(iter(sets.of(article.id)), None)
        suggesting = has_suggestions(article.id, control)
        task = make_task(article, pass_name, codebook, registry, suggesting, annotated, asked, model_set)
        if is_safe(article.id, task, [], codebook, reporter):
            yield article, task | ({ACTORS: actors} if actors else {})


def completion_of(pass_name: str, codebook: Codebook, registry: Registry) -> Completion | None:
    """How a pass's tasks on a server are completed when the articles' facts have changed; None if they list no such actors.

    Actors are added at the end of the list and none is removed: answers are stored by their place in the list. The page of a
    task with submitted work says that answers are missing.
    """
    if not actor_pass(codebook, pass_name):
        return None

    def complete(task: dict, listed: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        actors: ArticleActors = task[ACTORS]
        wanted = [entry["alias"] for entry in task["data"][ACTORS]]
        missing = [actor for actor in actors.missing(listed) if actor in wanted]
        if not missing:
            return None
        ids = [*listed, *missing]
        names = {actor: actors.names.get(actors.ids.present(actor), actor) for actor in ids}
        added = ", ".join(names[actor] for actor in missing)
        message = f"added since this was submitted, and without an answer: {added} (ACTOR-UNANSWERED)"
        warning = {FINDINGS: escape(message), TO_FIX: str(len(missing))}
        return dict(actor_lists(ids, pass_name, codebook, registry, names)), warning

    return complete


def is_safe(article_id: str, task: dict, result: list[dict], codebook: Codebook, reporter: Reporter) -> bool:
    """Whether a task and a result on it may be sent; what speaks against it is reported."""
    problems = list(sending_problems(article_id, task, result, codebook))
    for problem in problems:
        reporter.report(problem)
    return not problems
