"""What a check of an annotation set looks at: the set beside its article, the codebook and the registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from standpoint.codebook.actors import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, AnnotationSet, Article, Choice, Relation, Span

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
KINDS = {"span": Span, "choice": Choice, "text": Choice, "relation": Relation}  # what a layer of each kind holds


def note(check: Callable) -> Callable:
    """Mark a check whose findings are notes: as they may be, and yet not to pass in silence."""
    check.level = "note"
    return check


def mail_in(text: str) -> str:
    """The first e-mail address in a text, or ""."""
    found = MAIL.search(text) if "@" in text else None
    return found.group() if found else ""


@dataclass
class Case:
    """One annotation set. ``article`` is None where there is none; ``kinds`` is what is known of each annotator."""

    set: AnnotationSet
    article: Article | None
    codebook: Codebook
    registry: Registry
    kinds: Mapping[str, str]

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """The layers that this pass asks for, by name."""
        return {layer.name: layer for layer in self.codebook.layers_of(self.set.pass_name)}

    @cached_property
    def known(self) -> list[tuple[Annotation, Layer]]:
        """The annotations that fit a layer of the pass, with it; LAYER-… finds the others."""
        found = ((item, self.layers.get(item.layer)) for item in self.set.annotations)
        return [(item, layer) for item, layer in found if layer and isinstance(item, KINDS.get(layer.kind, object))]

    @cached_property
    def spans(self) -> list[tuple[Span, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Span)]

    @cached_property
    def choices(self) -> list[tuple[Choice, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Choice)]

    @cached_property
    def relations(self) -> list[tuple[Relation, Layer]]:
        return [(item, layer) for item, layer in self.known if isinstance(item, Relation)]

    @cached_property
    def span_layers(self) -> dict[str, str]:
        """The layer of each span, by the span's id."""
        return {item.id: item.layer for item, _ in self.spans}

    @cached_property
    def length(self) -> int:
        """The length of the article's text in code points, also where the text is withheld."""
        if self.article.text is not None:
            return len(self.article.text)
        return self.article.zones[-1].end if self.article.zones else self.article.annotated_until
