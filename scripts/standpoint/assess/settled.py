"""What has been settled of an article so far, and the ids of settled annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from standpoint.assess.views import About, Mark, View
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, Conflict, Relation, Settlement, Span


@dataclass
class Settled:
    """What has been settled so far."""

    codebook: Codebook
    annotations: list[Annotation] = field(default_factory=list)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    distributions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    ids: dict[About, str] = field(default_factory=dict)  # of the settled spans

    def agreed(self, annotation: Annotation, views: Sequence[View]) -> None:
        """Take what all say: "unanimous", or "single" where there is one annotator only."""
        how = "unanimous" if len(views) > 1 else "single"
        self.take(annotation, Settlement(how=how, by=tuple(view.annotator for view in views)))

    def take(self, annotation: Annotation, settlement: Settlement) -> None:
        """Take an annotation with how it came to be."""
        self.annotations.append(annotation)
        self.settlements[annotation.id] = settlement


def span_id(mark: Mark) -> str:
    """The id of a settled span follows from what it says, so that settling again gives the same."""
    content = "\0".join((mark.layer, mark.label, str(mark.start), str(mark.end)))
    return f"{mark.layer}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"


def choice_id(layer: Layer, of: str, label: str) -> str:
    """``<of>.<layer>``, and the label where several are allowed; as when annotations are collected."""
    return ".".join(part for part in (of, layer.name, label if layer.multiple else "") if part)


def origin_of(items: Sequence[Span | Relation]) -> str:
    """How it was drawn; "manual" if anybody drew it by hand."""
    origins = {item.origin for item in items}
    return "manual" if "manual" in origins else min(origins)
