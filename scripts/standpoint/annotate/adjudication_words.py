"""Readings as an adjudicator reads them: with names instead of ids, and with what stands around them in the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from standpoint.codebook.actors import Registry
from standpoint.codebook.kinds._studio import SPARE_PREFIX
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, Article, Asked, Choice, Relation, Span

NOTHING = "nothing"
AROUND = 70  # characters of the text on each side of what is in question


@dataclass
class Words:
    """Says things of one article; ``spans`` are all that are settled or in question, by id."""

    article: Article
    shown: str  # the article's text as the pass shows it
    codebook: Codebook
    registry: Registry
    spans: Mapping[str, Span]

    def title(self, asked: Asked) -> str:
        """What is in question: ``events``, ``agent of capture “seized”``, ``role of capture “seized”, to PLACE “mill”``."""
        name = (self.codebook.by_name[asked.layer].show or asked.layer).replace("_", " ")
        ends = [self.end(about) if about in self.spans else self.actor(about) for about in asked.about if about]
        return name + (f" of {', to '.join(ends)}" if ends else "" if not asked.about else " of the article")

    def around(self, asked: Asked) -> str:
        """The text around a place, with the place between ⟦ and ⟧."""
        if asked.start == asked.end:
            return ""
        text = self.shown
        before, after = text[max(0, asked.start - AROUND) : asked.start], text[asked.end : asked.end + AROUND]
        before = before if asked.start <= AROUND else f"…{before.partition(' ')[2]}"  # whole words
        after = after if asked.end + AROUND >= len(text) else f"{after.rpartition(' ')[0]}…"
        return " ".join(f"{before}⟦{text[asked.start : asked.end]}⟧{after}".split())

    def reading(self, reading: Iterable[Annotation]) -> str:
        """A reading: spans with what hangs on them, or answers, or links."""
        reading = list(reading)
        spans = [item for item in reading if isinstance(item, Span)]
        if spans:
            return "; ".join(self._span(span, reading) for span in spans)
        said = [self.label(item) for item in reading if isinstance(item, Choice)]
        said += [item.label.replace("_", " ") for item in reading if isinstance(item, Relation)]
        return ", ".join(said) or NOTHING

    def _span(self, span: Span, reading: Iterable[Annotation]) -> str:
        answers: dict[str, list[str]] = {}
        for item in reading:
            if isinstance(item, Choice) and item.of == span.id:
                answers.setdefault(item.layer, []).append(self.label(item))
        layers = [layer for layer in self.codebook.attributes_of(span.layer) if layer.name in answers]
        said = [f"{layer.show or layer.name}: {', '.join(answers[layer.name])}" for layer in layers]
        said += [
            f"{item.label} → {self.end(item.tail)}" for item in reading if isinstance(item, Relation) and item.head == span.id
        ]
        said += [
            f"{item.label} of {self.end(item.head)}" for item in reading if isinstance(item, Relation) and item.tail == span.id
        ]
        return " · ".join([self.end(span.id), *said])

    def end(self, identity: str) -> str:
        """A span in short: ``capture “seized”``."""
        span = self.spans[identity]
        return f"{self.label(span)} “{' '.join(span.quote.split())}”"

    def label(self, item: Span | Choice) -> str:
        """A label as the page shows it."""
        layer = self.codebook.by_name[item.layer]
        if layer.labels_from:
            return self.actor(item.label)
        return (layer.by_name[item.label].show or item.label) if layer.labels else f"“{item.label}”"

    def actor(self, identity: str) -> str:
        """An actor's name; a new one is called by what was typed for it."""
        new = identity.removeprefix(SPARE_PREFIX)
        if known := self.registry.by_id.get(identity):
            return known.name
        return (
            identity if new == identity else f"new actor {new}" if new.isdecimal() else f"{new.replace('_', ' ').title()} (new)"
        )
