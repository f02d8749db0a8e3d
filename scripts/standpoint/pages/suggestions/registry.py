"""Suggestions from the registry: actors in layers labelled with actors, places in layers with the label PLACE.

A place is suggested as far as its phrase names it as a unit ("town of Osterby"), and only in a sentence that may have an event.
"""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Article
from standpoint.pages.suggestions._annotated import Annotated
from standpoint.pages.suggestions._events import begins_event, event_phrases, words_of
from standpoint.pages.suggestions._place_units import place_unit

PLACE = "PLACE"


def suggest(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each suggestion."""
    text, events = article.text or "", event_phrases(codebook, layer.name)
    words = [] if layer.labels_from else list(words_of(article))
    with_event = {word.sentence for at, word in enumerate(words) if begins_event(words, at, events)}
    sentences = {word.start: word.sentence for word in words}
    for mention, is_actor in registry.mentions(text):
        if layer.labels_from and is_actor:
            yield mention.start, mention.end, mention.id
        elif not layer.labels_from and not is_actor and (not events or sentences.get(mention.start) in with_event):
            yield *place_unit(text, mention.start, mention.end), PLACE
