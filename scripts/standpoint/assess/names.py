"""The names of new actors: what was typed for a spare slot is settled where something about that actor is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from standpoint.assess.settle import names_new_actors
from standpoint.assess.settled import Settled, choice_id
from standpoint.assess.slots import NEW
from standpoint.assess.views import View
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, Choice, Decision, Relation, Settlement

FOLLOWS = "follows"


def settle_names(views: Sequence[View], decisions: Iterable[Decision], settled: Settled) -> None:
    """Settle the names that all typed, and those of the new actors that are settled: equal names are one actor."""
    used = actors_in(settled.annotations, settled.codebook)
    for one in settled.codebook.passes:
        readers = {view.annotator for view in views if view.made.pass_name == one.name}
        for layer in settled.codebook.layers_of(one.name):
            typed = _typed(layer.name, views, decisions) if names_new_actors(layer) else {}
            for actor, names in sorted(typed.items()):
                if actor in used or names.keys() >= readers:
                    label = min(names.values())
                    how = FOLLOWS if not names.keys() >= readers else "unanimous" if len(readers) > 1 else "single"
                    choice = Choice(id=choice_id(layer, actor, label), layer=layer.name, label=label, of=actor)
                    settled.take(choice, Settlement(how=how, by=tuple(sorted(names))))


def _typed(layer: str, views: Iterable[View], decisions: Iterable[Decision]) -> dict[str, dict[str, str]]:
    """{actor: {who: name}}."""
    found: dict[str, dict[str, str]] = {}
    for view in views:
        for actor, answers in view.answers.get(layer, {}).items():
            found.setdefault(actor, {})[view.annotator] = min(answer.label for answer in answers.values())
    for decision in decisions:
        for item in decision.annotations:
            if item.layer == layer:
                found.setdefault(item.of, {})[decision.by] = item.label
    return found


def actors_in(annotations: Iterable[Annotation], codebook: Codebook) -> set[str]:
    """The new actors that annotations speak of."""
    found: set[str] = set()
    for item in annotations:
        layer = codebook.by_name[item.layer]
        if not isinstance(item, Relation) and not names_new_actors(layer):
            found |= {item.label} if layer.labels_from else set()
            found |= {item.of} if isinstance(item, Choice) and layer.for_each else set()
    return {actor for actor in found if actor.startswith(NEW)}
