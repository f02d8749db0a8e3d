"""What a codebook's layers are to a scorer, by their kind and what they hang on: no layer is known by its name."""

from __future__ import annotations

from dataclasses import dataclass

from standpoint.codebook.types import ACTORS, Codebook, Layer


@dataclass(frozen=True)
class Scheme:
    """``triggers``: spans that take roles; ``mentions``: spans labelled with actors; ``others``: the other spans;
    ``scales``: ordinal answers for each actor, each with the ``evidence`` for it: spans labelled with actors in its pass.
    """

    codebook: Codebook
    triggers: tuple[Layer, ...]
    mentions: tuple[Layer, ...]
    others: tuple[Layer, ...]
    scales: tuple[Layer, ...]
    evidence: dict[str, Layer]  # by the name of the scale

    def attributes(self, trigger: Layer) -> list[Layer]:
        """Answers of one value about a trigger, such as status and source."""
        found = self.codebook.attributes_of(trigger.name)
        return [layer for layer in found if layer.kind == "choice" and not layer.labels_from and not layer.multiple]

    def actor_roles(self, trigger: Layer) -> list[Layer]:
        """Answers about a trigger that name actors: each is a role."""
        return [layer for layer in self.codebook.attributes_of(trigger.name) if layer.labels_from]

    def links(self, trigger: Layer) -> list[Layer]:
        """Relations that begin on a trigger: each label is a role."""
        return [layer for layer in self.codebook.layers if layer.starts_on(trigger.name)]


def scheme_of(codebook: Codebook) -> Scheme:
    """The scheme of a codebook."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    scales = tuple(layer for layer in codebook.layers if layer.ordinal and layer.for_each == ACTORS)
    evidence = {scale.name: found for scale in scales if (found := _evidence_of(scale, codebook))}
    named = {layer.name for layer in evidence.values()}
    triggers = tuple(layer for layer in spans if codebook.roles_of(layer.name))
    mentions = tuple(layer for layer in spans if layer.labels_from and layer.name not in named and layer not in triggers)
    others = tuple(layer for layer in spans if layer not in (*triggers, *mentions) and layer.name not in named)
    return Scheme(codebook, triggers, mentions, others, scales, evidence)


def _evidence_of(scale: Layer, codebook: Codebook) -> Layer | None:
    asked = next(item.name for item in codebook.passes if scale.name in item.layers)
    found = (layer for layer in codebook.layers_of(asked) if layer.kind == "span" and layer.labels_from)
    return next(found, None)
