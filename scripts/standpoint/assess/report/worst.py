"""The articles that are shown whole: only these are held, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from standpoint.assess.figures import Agreement, Part
from standpoint.assess.made import HEADINGS, as_listed, heading
from standpoint.assess.streams import Streams, joined
from standpoint.assess.views import View, views_by_pass
from standpoint.codebook.types import Codebook
from standpoint.model import AnnotationSet, Article

MOST = 10  # articles shown of each heading and pass


class Held(NamedTuple):
    """One article (None where it is not in the project) and all its sets."""

    article: Article | None
    sets: tuple[AnnotationSet, ...]


class CloseUp(NamedTuple):
    """One article as those read it who are compared under one heading; ``parts`` are its figures, the worst first."""

    kind: str
    pass_name: str
    article_id: str
    article: Article | None
    views: tuple[View, ...]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str | None:
        """The text that every set is about; None where it is withheld, or is not the text that was read."""
        read = {view.made.text_sha256 for view in self.views}
        return self.article.text if self.article is not None and read == {self.article.sha256} else None


def chosen(agreement: Agreement) -> dict[tuple[str, str], dict[str, list[Part]]]:
    """By heading and pass, at most ``MOST`` articles with their figures, in the order of ``by_article``."""
    found: dict[tuple[str, str], dict[str, list[Part]]] = {}
    for part in sorted(agreement.by_article, key=lambda part: HEADINGS.index(part.kind)):
        by_article = found.setdefault((part.kind, part.pass_name), {})
        if part.part in by_article or len(by_article) < MOST:
            by_article.setdefault(part.part, []).append(part)
    return found


def worst_articles(
    agreement: Agreement, articles: Streams[Article], sets: Streams[AnnotationSet], kinds: Mapping[str, str]
) -> dict[str, Held]:
    """What the report shows of the articles that ``agreement.by_article`` names; streams are each sorted by article.

    ``kinds`` is what is known of each annotator (annotators.yaml).
    """
    wanted = {article_id for by_article in chosen(agreement).values() for article_id in by_article}
    found = ((article_id, known, sets) for article_id, known, sets in joined(articles, sets) if article_id in wanted)
    return {
        article_id: Held(known[0] if known else None, tuple(as_listed(one, kinds) for one in sets))
        for article_id, known, sets in found
    }


def close_ups(agreement: Agreement, held: Mapping[str, Held], codebook: Codebook) -> Iterator[CloseUp]:
    """The worst articles that are held, with those who read them."""
    for (kind, pass_name), by_article in chosen(agreement).items():
        for article_id, parts in by_article.items():
            known = held.get(article_id)
            views = compared(known.sets, pass_name, kind, codebook) if known else ()
            if views:
                yield CloseUp(kind, pass_name, article_id, known.article, views, tuple(parts))


def compared(sets: Sequence[AnnotationSet], pass_name: str, kind: str, codebook: Codebook) -> tuple[View, ...]:
    """The views of those who are compared with somebody under a heading, by pseudonym."""
    views = dict(views_by_pass((one for one in sets if one.pass_name == pass_name), codebook)).get(pass_name, [])
    pairs = (pair for pair in combinations(views, 2) if heading(pair[0].made, pair[1].made) == kind)
    names = {view.annotator for pair in pairs for view in pair}
    return tuple(view for view in views if view.annotator in names)
