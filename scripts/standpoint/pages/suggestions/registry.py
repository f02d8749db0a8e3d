"""Suggestions from the registry: actors in layers labelled with actors, places in layers with the label PLACE.

A place is suggested as far as its phrase names it as a unit ("town of Osterby"), and only in a sentence that may have an event.
A description of an actor ("the army") or a loaded name is suggested only in an article that also names the actor otherwise: whose
army it is cannot be told from two words.
"""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Article
from standpoint.pages.suggestions._annotated import PLACE, Annotated
from standpoint.pages.suggestions._events import Words, read_words
from standpoint.pages.suggestions._place_units import place_unit

NO_WORDS = Words((), frozenset(), frozenset())


def suggest(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
) -> Iterator[tuple[int, int, str, str]]:
    """Start, end and label of each suggestion, and the name in the registry that was found."""
    text = article.text or ""
    mentions = registry.mentions(text, article)
    named = {mention.id for mention, _ in mentions if mention.is_name}
    has_places = not layer.labels_from and not all(is_actor for _, is_actor in mentions)
    read = read_words(article, codebook, layer.name) if has_places else NO_WORDS
    sentences = {word.start: word.sentence for word in read.words}
    for mention, is_actor in mentions:
        if layer.labels_from and is_actor and mention.id in named:
            yield mention.start, mention.end, mention.id, mention.name
        elif not layer.labels_from and not is_actor and (not read.events or sentences.get(mention.start) in read.with_event):
            yield *place_unit(text, mention.start, mention.end), PLACE, mention.name
