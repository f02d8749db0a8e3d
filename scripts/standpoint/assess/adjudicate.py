"""Annotation sets become one settled set an article: what is agreed, what is not, how it was settled, and its tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from standpoint.assess.made import as_listed, tier_of
from standpoint.assess.settle import Settled, settle_pass
from standpoint.assess.streams import Streams, by_article
from standpoint.assess.views import unusable, views_by_pass
from standpoint.codebook.types import Codebook
from standpoint.model import AnnotationSet, SettledSet, in_reading_order


def settle_all(sets: Streams[AnnotationSet], codebook: Codebook, kinds: Mapping[str, str]) -> Iterator[SettledSet]:
    """The settled set of each article, in the order of the ids; ``sets`` are streams, each sorted by article."""
    for article_id, one_article in by_article(sets):
        yield settle(article_id, one_article, codebook, kinds)


def settle(article_id: str, sets: Sequence[AnnotationSet], codebook: Codebook, kinds: Mapping[str, str]) -> SettledSet:
    """Settle the sets of one article, over all passes. ``kinds`` is what is known of each annotator (annotators.yaml)."""
    sets = [as_listed(one, kinds) for one in sets]
    shas = {one.text_sha256 for one in sets}
    if len(shas) > 1:
        raise unusable(sets[0], "", "the sets of this article are about different texts")
    settled = Settled(codebook)
    for pass_name, views in views_by_pass(sets, codebook):
        settle_pass(views, codebook.layers_of(pass_name), settled)
    return SettledSet(
        article_id=article_id,
        tier=tier_of(sets),
        codebook_version=", ".join(sorted({one.codebook_version for one in sets})),
        text_sha256=shas.pop(),
        annotators=tuple(sorted({one.annotator for one in sets})),
        annotations=tuple(in_reading_order(settled.annotations)),
        settlements=dict(sorted(settled.settlements.items())),
        conflicts=tuple(settled.conflicts),
        distributions=settled.distributions,
    )
