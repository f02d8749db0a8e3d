"""Events with arguments, for the formats that have them, from the annotations of an article.

An event is a span of a layer that asks for actors about each of its spans, or whose labels state their roles. An argument is an
actor, which is asked for, or a span, to which the event is linked. An actor is no place in the text. Its argument is **derived**:
it is the mention that ``nearest_mention`` finds, as in ``standpoint.loading.event_arguments``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.model import Choice, Relation, Span, StandpointError
from standpoint.core.offsets import nearest_mention, places_in
from standpoint.formats import Document, Place


class Argument(NamedTuple):
    """A span that takes part in an event. ``said``: the annotation that says so."""

    role: str
    filler: Span
    said: Choice | Relation

    @property
    def is_derived(self) -> bool:
        return isinstance(self.said, Choice)


class EventLayers:
    """What the layers of a codebook are to events."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        spans = [layer for layer in codebook.layers if layer.kind == "span"]
        self.events = {layer.name: layer for layer in spans if _is_of_events(layer, codebook)}
        self.mentions = [layer for layer in spans if layer.labels_from and not _is_evidence(layer, codebook)]
        others = [layer for layer in spans if layer.labels and layer.name not in self.events]
        self.entities = {layer.name: layer for layer in codebook.layers if layer in (*self.mentions, *others)}
        self.questions = {layer.name for layer in codebook.layers if layer.of in self.events and layer.labels_from}
        self.links = {layer.name for layer in codebook.layers if layer.kind == "relation" and layer.head in self.events}
        names = [label for layer in self.entities.values() for label in layer.label_names]
        self.ambiguous = {name for name in names if names.count(name) > 1}

    def refuse_without_events(self, name: str) -> None:
        """StandpointError if the codebook has no events, for a format that is about them."""
        if not self.events:
            hint = "a layer of events has a choice with `labels_from: actors` about its spans, or labels with `roles`"
            raise StandpointError(f"{name} is a format of events, and the codebook has no layer of them", hint)

    def undecided(self, article: Document) -> list[Place]:
        """The places of the events, entities and arguments about which annotators disagree and nobody has decided."""
        layers = self.events.keys() | self.entities.keys() | self.questions | self.links
        conflicts = (one for one in article.about.get("open_conflicts", ()) if one["layer"] in layers)
        return sorted({place for one in conflicts for place in places_in(one["place"] or "")})

    def roles_of(self, layer: Layer) -> list[str]:
        """The roles that events of a layer may have, in the order of the codebook."""
        asked = (other.name for other in self.codebook.layers if other.of == layer.name and other.name in self.questions)
        links = (other for other in self.codebook.layers if other.head == layer.name and other.name in self.links)
        return list(dict.fromkeys([*asked, *(label for link in links for label in link.label_names)]))

    def type_of(self, entity: Span) -> str:
        """The type of an entity: its label, or the name of its layer if its labels are actors."""
        if self.entities[entity.layer].labels_from:
            return entity.layer
        return f"{entity.layer}:{entity.label}" if entity.label in self.ambiguous else entity.label

    def events_of(self, article: Document, spans: Mapping[str, Span]) -> Iterator[tuple[Span, list[Argument]]]:
        """Each event and its arguments, among the spans of the article that a format has, by id."""
        said: dict[str, list[Choice | Relation]] = defaultdict(list)
        for item in article.annotations:
            if isinstance(item, Choice) and item.layer in self.questions:
                said[item.of].append(item)
            elif isinstance(item, Relation) and item.layer in self.links:
                said[item.head].append(item)
        actors: dict[str, dict[tuple[int, int], Span]] = defaultdict(dict)
        layers = {layer.name for layer in self.mentions}
        for span in spans.values():
            if span.layer in layers:
                actors[span.label].setdefault((span.start, span.end), span)
        for span in spans.values():
            if span.layer in self.events:
                arguments = []
                for item in said[span.id]:
                    if isinstance(item, Relation):
                        role, filler = item.label, spans.get(item.tail)
                    else:
                        mentions = actors.get(item.label, {})
                        place = nearest_mention(span.start, list(mentions), article.sentences)
                        role, filler = item.layer, mentions[place] if place else None
                    if filler:
                        arguments.append(Argument(role, filler, item))
                yield span, arguments


def _is_of_events(layer: Layer, codebook: Codebook) -> bool:
    return any(other.labels_from for other in codebook.attributes_of(layer.name)) or any(label.roles for label in layer.labels)


def _is_evidence(layer: Layer, codebook: Codebook) -> bool:
    """Whether a layer marks wording about actors. Beside a scale for each actor, a layer that names them has spare slots."""
    beside = (other for one in codebook.passes if layer.name in one.layers for other in codebook.layers_of(one.name))
    return not layer.spare and any(other.ordinal and other.for_each == ACTORS for other in beside)
