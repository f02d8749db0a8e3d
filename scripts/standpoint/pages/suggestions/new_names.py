"""Suggestions of actors that are not in the registry: their names are guessed from the text, and each gets a spare slot.

The ways: an acronym in brackets, a title before a person, the headword of an organisation, a name that is repeated, a name that
is known everywhere (``_name_rules``), and, where spaCy and a pipeline for the article's language are installed, spaCy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from standpoint.codebook.kinds._items import spare_count, spare_slots
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Article
from standpoint.pages.suggestions._annotated import Annotated
from standpoint.pages.suggestions._name_rules import Guess, guess

BLANK = 12  # slots that stay free for the names that nobody guesses
SPACY = "spacy"
LABELS = {"ORG", "PERSON", "PER"}  # of spaCy's entities; its languages have different ones


def suggest(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
) -> Iterator[tuple[int, int, str, str]]:
    """Start, end and slot of each mention, and the way in which its name was found."""
    names = guessed(article, codebook, registry) if layer.labels_from and layer.spare else []
    for slot, name in zip(spare_slots(layer.spare), names, strict=False):
        yield from ((start, end, slot, name.source) for start, end in name.places)


def guessed(article: Article, codebook: Codebook, registry: Registry) -> list[Guess]:
    """The names for an article's spare slots, in the order of first mention: the most mentioned, if there are too many.

    Only mentions that may be annotated count. Left out are what the registry names, the publisher, and what is switched off.
    """
    from standpoint.pages.suggestions import is_annotatable  # which imports this module as a plug-in

    text, spare = article.text or "", spare_count(codebook)
    if not spare:
        return []
    mentions = [mention for mention, is_actor in registry.mentions(text, article) if is_actor]
    named = {mention.id for mention in mentions if mention.is_name}
    # "Army" in "Ostrel army" may be another army's description; one with a capital in it is of no new actor.
    known = [(one.start, one.end) for one in mentions if one.id in named or not text[one.start + 1 : one.end].islower()]
    for outlet in filter(None, (article.publisher, article.original_publisher)):
        known += [match.span() for match in re.finditer(re.escape(outlet), text)]
    off = {way for source, _, _, way in registry.off if source == "new_names"}
    found = []
    for name in _guessed(text, tuple(known), article.language or codebook.language):
        places = tuple((start, end) for start, end in name.places if is_annotatable(start, end, article, codebook))
        found += [name._replace(places=places)] if places and name.source not in off else []
    most = sorted(found, key=lambda name: -len(name.places))[: spare - BLANK if spare > BLANK else spare // 2]
    return sorted(most, key=lambda name: name.places)


@lru_cache(maxsize=4)  # a task's list and its suggestions ask one after the other
def _guessed(text: str, known: tuple[tuple[int, int], ...], language: str) -> list[Guess]:
    return guess(text, known, language, entities(text, language))


def entities(text: str, language: str) -> list[tuple[str, str]]:
    """The names of organisations and people that spaCy finds, each with the way; none where no pipeline is installed.

    Nationalities are left out, because most are adjectives, which are no mentions.
    """
    pipeline = _pipeline(language.split("-")[0])
    found = pipeline(text).ents if pipeline else ()
    names = [entity.text.removeprefix("the ").removeprefix("The ") for entity in found if entity.label_ in LABELS]
    counts = Counter(names)
    return [(name, SPACY) for name in counts if counts[name] > 1 or len(name.split()) > 1]


@cache
def _pipeline(language: str) -> Any:
    """The spaCy pipeline of a language that is installed, the first by name; None if there is none. It takes seconds to load."""
    names = sorted(point.name for point in entry_points(group="spacy_models") if point.name.startswith(f"{language}_"))
    if not names or not find_spec("spacy"):
        return None
    import spacy

    return spacy.load(names[0])
