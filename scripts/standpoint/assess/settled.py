"""What has been settled of an article so far, and the ids of settled annotations."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from standpoint.assess.views import Mark
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, Conflict, Question, Settlement, Span

Pattern = tuple[tuple[str, str], ...]  # who answered what, sorted


@dataclass
class Settled:
    """What has been settled so far. ``labels`` are Dawid and Skene's: {layer: {pattern: label}}."""

    codebook: Codebook
    labels: Mapping[str, Mapping[Pattern, str]] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)  # what no rule settles
    conflicts: list[Conflict] = field(default_factory=list)  # the same, in words, and not decided either
    resolved: list[Conflict] = field(default_factory=list)
    distributions: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)  # all that anybody marked
    patterns: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))

    def take(self, annotation: Annotation, settlement: Settlement) -> None:
        """Take an annotation with how it came to be."""
        self.annotations.append(annotation)
        self.settlements[annotation.id] = settlement


def others(asked: Collection[str], names: Collection[str]) -> tuple[str, ...]:
    """Those of the asked who are not among the names."""
    return tuple(name for name in asked if name not in names)


def span_id(mark: Mark) -> str:
    """The id of a settled span follows from what it says, so that settling again gives the same."""
    content = "\0".join((mark.layer, mark.label, str(mark.start), str(mark.end)))
    return f"{mark.layer}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"


def choice_id(layer: Layer, of: str, label: str) -> str:
    """``<of>.<layer>``, and the label where several are allowed; as when annotations are collected."""
    return ".".join(part for part in (of, layer.name, label if layer.multiple else "") if part)


def link_id(layer: str, label: str, head: str, tail: str) -> str:
    """``<head>.<layer>.<label>.<tail>``; as when annotations are collected."""
    return f"{head}.{layer}.{label}.{tail}"
