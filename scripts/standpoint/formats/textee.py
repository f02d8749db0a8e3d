"""The JSON of TextEE, which its systems read, OneIE among them: ``train.json``, ``dev.json``, ``test.json``, one window per line.

A window is a sentence, or the sentences that a span runs over. Offsets are numbers of tokens in the window, half-open. ``start``
and ``end`` are the place of the window in the article, in code points; ``undecided`` are the tokens about which there are open
conflicts. (TextEE, data/README.md, "Processed Data Format".)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.model import Relation, Span
from standpoint.formats import Account, Document, Place, files_in
from standpoint.formats._events import Argument, EventLayers
from standpoint.formats._tokens import stripped, tokens, windows

LOSS = (
    "answers that name no actor, evidence, actors in a role who are not mentioned, links between spans of different "
    "windows, arguments that are events, blanks at the ends of spans, spans of blanks only, text that could not be "
    "annotated, which spans nobody decided, and the other fields of the article but for its split; the mention of an actor "
    "in a role is derived: the nearest in the sentence, otherwise the first in the article"
)
FILES = "`train.json`, `dev.json`, `test.json`"
NAMES = {"validation": "dev", "": "articles"}  # of the files, where TextEE calls the split otherwise


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    account, layers = Account(), EventLayers(codebook)
    layers.refuse_without_events("textee")
    with files_in(folder) as file:
        for article in articles:
            made = _Windows(article, codebook, layers, account)
            for window in made.all():
                file(f"{NAMES.get(article.split, article.split)}.json").write(msgspec.json.encode(window) + b"\n")
            account.carry(article, made.carried)
    return account


class _Windows:
    """The windows of an article. ``carried``: the ids of the annotations that are in the windows so far."""

    def __init__(self, article: Document, codebook: Codebook, layers: EventLayers, account: Account) -> None:
        self.article, self.layers, self.account = article, layers, account
        self.language = article.about.get("language") or codebook.language
        kinds = layers.entities.keys() | layers.events.keys()
        self.spans = {span.id: span for span in stripped(article) if span.layer in kinds}
        self.events = list(layers.events_of(article, self.spans))
        self.links = [item for item in article.annotations if isinstance(item, Relation) and item.layer not in layers.links]
        self.places = windows(article, codebook, self.spans.values())
        self.undecided = layers.undecided(article)
        self.carried: set[str] = set()

    def all(self) -> Iterator[dict[str, Any]]:
        cuts = [edge for span in self.spans.values() for edge in (span.start, span.end)]
        for number, (start, end) in enumerate(self.places):
            found = list(tokens(self.article.text, start, end, cuts))
            if found:
                name = f"{self.article.id}-{number}"
                yield self._window(name, start, end, found)

    def _window(self, name: str, start: int, end: int, found: list[Place]) -> dict[str, Any]:
        text = self.article.text
        firsts = {left: number for number, (left, _) in enumerate(found)}
        lasts = {right: number for number, (_, right) in enumerate(found, 1)}
        inside = [span for span in self.spans.values() if start <= span.start and span.end <= end]
        self.carried.update(span.id for span in inside)
        marks = {
            span.id: {"text": text[span.start : span.end], "start": firsts[span.start], "end": lasts[span.end]} for span in inside
        }
        entities = [span for span in inside if span.layer in self.layers.entities]
        return {
            "doc_id": self.article.id,
            "wnd_id": name,
            "text": text[start:end],
            "lang": self.language,
            "tokens": [text[left:right] for left, right in found],
            "entity_mentions": [self._entity(span, marks) for span in entities],
            "event_mentions": [
                {"id": self._id(trigger.id), "event_type": trigger.label, "trigger": marks[trigger.id]}
                | {"arguments": self._arguments(arguments, marks)}
                for trigger, arguments in self.events
                if trigger.id in marks
            ],
            "relation_mentions": list(self._relations({span.id for span in entities}, marks)),
            "start": start,
            "end": end,
            **({"undecided": self._undecided(found)} if self.article.knows_conflicts else {}),
            **({"split": self.article.split} if self.article.split else {}),
        }

    def _undecided(self, found: list[Place]) -> list[Place]:
        """The tokens in open conflicts, from the first to after the last of each."""
        touched = [
            [number for number, (first, last) in enumerate(found) if left < last and first < right]
            for left, right in self.undecided
        ]
        return sorted({(numbers[0], numbers[-1] + 1) for numbers in touched if numbers})

    def _id(self, name: str) -> str:
        return f"{self.article.id}-{name}"  # unique in the whole corpus, as readers expect

    def _entity(self, span: Span, marks: dict[str, Any]) -> dict[str, Any]:
        entity = {"id": self._id(span.id), "entity_type": self.layers.type_of(span)} | marks[span.id]
        # The actor, by whom mentions corefer.
        return entity | ({"entity_id": span.label} if self.layers.entities[span.layer].labels_from else {})

    def _arguments(self, arguments: Iterable[Argument], marks: dict[str, Any]) -> list[dict[str, Any]]:
        here = [one for one in arguments if one.filler.id in marks and one.filler.layer in self.layers.entities]
        self.carried.update(one.said.id for one in here)
        self.account.derived.update(one.said.layer for one in here if one.is_derived)
        made = [
            {"entity_id": self._id(one.filler.id), "role": one.role}
            | marks[one.filler.id]
            | ({"derived": True} if one.is_derived else {})
            for one in here
        ]
        return sorted(made, key=lambda one: (one["start"], one["end"]))

    def _relations(self, entities: set[str], marks: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for link in self.links:
            if link.head in entities and link.tail in entities:
                self.carried.add(link.id)
                ends = (("Arg-1", link.head), ("Arg-2", link.tail))
                made = [{"entity_id": self._id(end), "role": role} | marks[end] for role, end in ends]
                yield {"id": self._id(link.id), "relation_type": link.label, "arguments": made}
