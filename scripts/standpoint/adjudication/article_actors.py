"""The actors of an article: those that its annotators marked in the pass that makes new actors.

A later pass that asks about each actor (stance) lists them. So its task waits until somebody has annotated that first pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from standpoint.adjudication.new_actors import (
    ActorIds,
    actor_ids,
    actors_of,
    given_names,
    marking_layers,
    marks_actors,
    names_new_actors,
    with_named_slots,
)
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import NEW, Codebook
from standpoint.core.corpus import adjudicated_streams, by_article, sets_to_adjudicate
from standpoint.core.model import AdjudicatedSet, Annotation, AnnotationSet, Span
from standpoint.core.project import Project


def actor_pass(codebook: Codebook, pass_name: str) -> str:
    """The earlier pass whose marks are the actors that a pass asks about; "" for a pass that need not wait."""
    for name in codebook.pass_by_name:
        if name == pass_name:
            return ""
        if any(map(marks_actors, codebook.layers_of(name))):
            return name if codebook.asks_about_actors(pass_name) else ""
    return ""


@dataclass(frozen=True)
class ArticleActors:
    """The actors of an article: the name of each by its id, those with most mentions first. ``ids``: the ids of all actors."""

    names: Mapping[str, str]
    ids: ActorIds

    def missing(self, listed: Sequence[str]) -> list[str]:
        """The ids of the actors that are not in a list, which may have former ids."""
        present = set(map(self.ids.present, listed))
        return [actor for actor in self.names if actor not in present]


def article_actors(
    sets: Sequence[AnnotationSet], adjudicated: AdjudicatedSet | None, pass_name: str, codebook: Codebook, registry: Registry
) -> ArticleActors | None:
    """The actors that a pass of an article lists; None if nobody has annotated the pass that makes them.

    They are those of the adjudicated set if it exists and no mention is in question, otherwise those of all sets. Actors that
    have an answer in this pass already are listed too, so that no answer loses its actor.
    """
    named = [with_named_slots(item, codebook) for item in sets]
    first = [item for item in named if item.pass_name == actor_pass(codebook, pass_name)]
    asked = [item.annotations for item in named if item.pass_name == pass_name]
    if not first and not asked:
        return None
    ids = actor_ids(named, codebook, registry)
    marking = marking_layers(codebook)
    sources: list[Iterable[Annotation]] = [item.annotations for item in first]
    if adjudicated and not any(conflict.layer in marking for conflict in adjudicated.conflicts):
        sources = [adjudicated.annotations]
    mentions: Counter[str] = Counter()
    for items in sources:
        spans = sorted((item for item in items if isinstance(item, Span)), key=lambda span: span.start)
        mentions |= Counter(ids.present(span.label) for span in spans if span.layer in marking)  # the most of any annotator
    order = [actor for actor, _ in mentions.most_common()]
    for items in (*sources, *asked):  # an actor may have a role or an answer, and be marked nowhere
        used = (item for item in items if not names_new_actors(codebook.by_name[item.layer]))
        order += [ids.present(actor) for item in used for actor in actors_of(item, codebook).values()]
    given = given_names(first, ids)
    return ArticleActors({actor: _name(actor, given, registry) for actor in dict.fromkeys(order)}, ids)


def _name(actor: str, given: Mapping[str, str], registry: Registry) -> str:
    if known := registry.by_id.get(actor):
        return known.name
    return given.get(actor) or actor.removeprefix(NEW).replace("_", " ").capitalize()


def actors_by_article(
    project: Project, pass_name: str, codebook: Codebook, registry: Registry, wanted: Collection[str] | None = None
) -> Iterator[tuple[str, ArticleActors | None]]:
    """The id and the actors of each article that has an annotation set, or of those in ``wanted``, sorted by id."""
    for article_id, _, sets, results in by_article((), sets_to_adjudicate(project), adjudicated_streams(project)):
        if wanted is not None and article_id not in wanted:
            continue
        yield article_id, article_actors(sets, results[0] if results else None, pass_name, codebook, registry)
