"""The names of places that annotators marked: what neighbouring articles know about a text."""

from __future__ import annotations

import re
from itertools import chain

from standpoint.core.corpus import read_adjudicated, sets_to_adjudicate
from standpoint.core.model import Span
from standpoint.core.project import Project
from standpoint.pages.suggestions._gazetteer import folded
from standpoint.pages.suggestions._place_units import HEADS, is_modifier

PLACE = "PLACE"
NAME = re.compile(r"(?:(?:a[ldnrstz]|ash|el|e[dsz])-\W?)?[^\W\d_][\w’'-]*")
GENERAL = frozenset().union(*HEADS.values())


class Annotated:
    """The folded names of places in annotation sets, and in which articles they are."""

    def __init__(self) -> None:
        self._articles: dict[str, set[str]] = {}

    def add(self, quote: str, article_id: str) -> None:
        """Add the name in a place: "Azaz" of "checkpoint in the town of Azaz"; nothing if it has no name, or several."""
        rows = [""]
        for word in NAME.findall(quote):
            is_name = any(char.isupper() for char in word[:5]) and word.lower() not in GENERAL and not is_modifier(word)
            rows = [*rows[:-1], f"{rows[-1]} {word}".strip()] if is_name else [*rows, ""]
        names = [row for row in rows if row]
        if len(names) == 1:
            articles = self._articles.setdefault(folded(names[0]), set())
            if len(articles) < 2:  # of more, nobody asks
                articles.add(article_id)

    def knows(self, name: str, article_id: str) -> bool:
        """Whether another article has a folded name. Its own sets tell nothing: its suggestions are measured against them."""
        return bool(self._articles.get(name, set()) - {article_id})


NOTHING_ANNOTATED = Annotated()


def read_annotated(project: Project) -> Annotated:
    """The places of the adjudicated sets and, for articles without one, of the annotation sets."""
    annotated, adjudicated = Annotated(), set()
    for decided in read_adjudicated(project):
        adjudicated.add(decided.article_id)
        for item in decided.annotations:
            if isinstance(item, Span) and item.label == PLACE:
                annotated.add(item.quote, decided.article_id)
    for annotation_set in chain.from_iterable(sets_to_adjudicate(project)):
        for item in annotation_set.annotations if annotation_set.article_id not in adjudicated else ():
            if isinstance(item, Span) and item.label == PLACE:
                annotated.add(item.quote, annotation_set.article_id)
    return annotated
