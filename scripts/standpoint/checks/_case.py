"""What a check of an annotation set looks at: the set beside its article, the codebook and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from standpoint.adjudication.content import slots_of, typed_names
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import SPARE, Codebook, Layer
from standpoint.core.model import Annotation, AnnotationSet, Article, Choice, Relation, Span
from standpoint.core.offsets import SHIFTED, WHITESPACE, fault

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HALF = re.compile("[\ud800-\udfff]")
KINDS = {"span": Span, "choice": Choice, "text": Choice, "relation": Relation}  # what a layer of each kind holds
NEAR = 0.8  # of the letters: two names that share so many are one, misspelt
OPEN = 16  # so many spans that have not ended yet are compared with the next one


def mail_in(text: str) -> str:
    """The first e-mail address in a text, or ""."""
    found = MAIL.search(text) if "@" in text else None
    return found.group() if found else ""


def nearest(name: str, names: Mapping[str, object] | tuple[str, ...]) -> str:
    """The name that was meant by one that is not there, or "": it differs in capitals or blanks, or in few letters."""
    plain = {other.strip().casefold(): other for other in names}
    found = get_close_matches(name.strip().casefold(), plain, 1, NEAR)
    return plain[found[0]] if found else ""


class Ground(NamedTuple):
    """What all sets are checked against. ``kinds`` is what is known of each annotator."""

    codebook: Codebook
    registry: Registry
    kinds: Mapping[str, str]


@dataclass
class Here:
    """An article, or None where there is none, and what is found in its text once for all of its sets."""

    article: Article | None
    registry: Registry

    @cached_property
    def length(self) -> int:
        """The length of the text in code points, also where the text is withheld."""
        if self.article.text is not None:
            return len(self.article.text)
        return self.article.zones[-1].end if self.article.zones else self.article.annotated_until

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The actors that the registry's names find in the text."""
        return frozenset(mention.id for mention, is_actor in self.registry.mentions(self.article.text) if is_actor)

    @cached_property
    def words(self) -> int:
        """How many words there are to read, up to the end of the annotation window; 0 where the text is withheld."""
        return len((self.article.text or "")[: self.article.annotated_until].split())


@dataclass
class Case:
    """One annotation set."""

    set: AnnotationSet
    here: Here
    ground: Ground

    def __post_init__(self) -> None:
        self.article = self.here.article
        self.codebook, self.registry, self.kinds = self.ground

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
    def unlabelled(self) -> list[tuple[Annotation, Layer]]:
        """The annotations whose label their layer does not have; LABEL-… finds them."""
        return [(item, layer) for item, layer in self.known if layer.labels and item.label not in layer.by_name]

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
    def by_id(self) -> dict[str, Span]:
        """The spans by their ids."""
        return {item.id: item for item, _ in self.spans}

    @cached_property
    def slots(self) -> set[str]:
        """The spare slots that something but a typed name speaks of."""
        return {slot for item, layer in self.known if layer.kind != "text" for slot in slots_of(item, self.codebook)}

    @cached_property
    def asks_names(self) -> bool:
        """Whether the pass asks for the names of new actors."""
        return any(layer.kind == "text" and layer.for_each == SPARE for layer in self.layers.values())

    @cached_property
    def typed(self) -> dict[str, str]:
        """What was typed for each spare slot, where the pass asks for it; sorted."""
        return dict(sorted(typed_names(self.set, self.codebook).items())) if self.asks_names else {}

    @cached_property
    def placed(self) -> list[Span]:
        """The spans that are somewhere in the text."""
        return [span for span, _ in self.spans if 0 <= span.start < span.end <= self.here.length]

    @cached_property
    def pairs(self) -> list[tuple[Span, Span]]:
        """The pairs of spans in one layer that share a character, the earlier one first."""
        spans = sorted((span for span, _ in self.spans if span.start < span.end), key=attrgetter("layer", "start", "end"))
        return [pair for _, row in groupby(spans, key=attrgetter("layer")) for pair in _sharing(row)]

    @cached_property
    def misquoted(self) -> list[tuple[Span, str, str]]:
        """The spans whose quote is not what stands at their offsets, what stands there, and why that may be."""
        text = self.article.text
        if text is None:
            return []
        there = ((span, text[span.start : span.end]) for span in self.placed)
        return [(span, slice_, _cause(span, text)) for span, slice_ in there if slice_ != span.quote]


def _sharing(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    reached: list[Span] = []
    for span in spans:
        reached = [one for one in reached if one.end > span.start]
        yield from ((one, span) for one in reached)
        if not any((one.start, one.end) == (span.start, span.end) for one in reached):
            reached = [*reached[1 - OPEN :], span]


def _cause(span: Span, text: str) -> str:
    """half, units, blanks, elsewhere; "" where nothing explains it."""
    if HALF.search(span.quote):
        return "half"
    if span.quote in _other_units(span, text):
        return "units"
    return {WHITESPACE: "blanks", SHIFTED: "elsewhere"}.get(fault(span.start, span.end, span.quote, text), "")


def _other_units(span: Span, text: str) -> Iterator[str]:
    """What stands at the offsets where they count UTF-16 units, or bytes."""
    for name, size in (("utf-16-le", 2), ("utf-8", 1)):
        units = text.encode(name, "surrogatepass")[span.start * size : span.end * size]
        yield units.decode(name, "replace")


def place(span: Span) -> str:
    """Where a span stands, and what it quotes."""
    return f"[{span.start},{span.end}) {span.quote!r}"
