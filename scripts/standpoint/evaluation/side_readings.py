"""The readings of both sides, article by article: under the present ids of actors, and without what nobody has decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from standpoint.adjudication.content import views_by_pass
from standpoint.adjudication.new_actors import with_actor_ids
from standpoint.agreement.counts import Reading, continuum_of
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import Streams, by_article
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article
from standpoint.core.provenance import as_listed
from standpoint.evaluation.sides import ADJUDICATED, Side, adjudicated_sets
from standpoint.scoring.doc import Doc
from standpoint.scoring.undecided import LeftOut, annotatable, leave_out


class Material(NamedTuple):
    """What is compared: streams sorted by article. The kinds, models and stories are as in ``agreement.compute_agreement``.

    Texts are those that may be shown: an article whose text is withheld has none.
    """

    articles: Streams[Article]
    sets: Streams[AnnotationSet]
    adjudicated: Streams[AdjudicatedSet] = ()
    kinds: Mapping[str, str] = {}
    models: Mapping[str, str] = {}
    stories: Mapping[str, str] = {}
    registry: Registry = NO_ACTORS


class ArticleReadings(NamedTuple):
    """The readings of both sides of an article in a pass, and the same as documents for the scorer, by annotator.

    ``tier`` is that of its adjudicated set, "" if none is compared. ``own``: one side helped to adjudicate the other.
    ``left_out`` is what cannot be compared with the adjudicated set, because nobody has decided it.
    """

    article: Doc
    pass_name: str
    readings: list[Reading]
    docs: dict[str, Doc]
    tier: str
    own: bool
    left_out: LeftOut


def article_readings(sides: tuple[Side, Side], material: Material, codebook: Codebook) -> Iterator[ArticleReadings]:
    """The readings of both sides, article by article and pass by pass."""
    for article_id, known, sets, adjudicated in by_article(material.articles, material.sets, material.adjudicated):
        listed = [as_listed(one, material.kinds) for one in sets]
        helpers = {name for one in adjudicated for name in one.annotators}
        listed += [made for one in adjudicated for made in adjudicated_sets(one, sets, codebook)]
        story = material.stories.get(article_id, article_id)
        article = _document(known[0], story, codebook) if known else Doc(article_id, story)
        conflicts = tuple((conflict.layer, conflict.where) for one in adjudicated for conflict in one.conflicts)
        named = list(with_actor_ids(listed, codebook, material.registry))
        decided, left_out = _decided(named, sides, replace(article, conflicts=conflicts), codebook)
        continuum = continuum_of(known[0] if known else None, codebook)
        for name, views in views_by_pass(decided, codebook, material.registry):
            chosen = [view for view in views if any(side.has(view.annotation_set) for side in sides)]
            docs = {}
            for view in chosen:
                made = replace(article, annotations=view.annotation_set.annotations)
                docs[view.annotator] = annotatable(replace(made, conflicts=conflicts) if view.annotator == ADJUDICATED else made)
            own = any(view.annotator in helpers for view in chosen)
            readings = [Reading(view, continuum) for view in chosen]
            tier = adjudicated[0].tier if adjudicated else ""
            yield ArticleReadings(article, name, readings, docs, tier, own, left_out.get(name, Counter()))


def _document(article: Article, story: str, codebook: Codebook) -> Doc:
    """An article for the scorer, without annotations."""
    parts = codebook.zones.parts_of(article)
    return Doc(article.id, story, article.length, article.text, parts=None if parts is None else tuple(parts))


def _decided(
    sets: Sequence[AnnotationSet], sides: tuple[Side, Side], article: Doc, codebook: Codebook
) -> tuple[list[AnnotationSet], dict[str, LeftOut]]:
    """The sets of an article; those that are compared with the adjudicated set are without what is in its open conflicts.

    ``article`` has these conflicts. What is left out is counted by pass.
    """
    gold = {one.pass_name: replace(article, annotations=one.annotations) for one in sets if one.annotator == ADJUDICATED}
    kept, left_out = [], dict[str, LeftOut]()
    for one in sets:
        if one.annotator != ADJUDICATED and one.pass_name in gold and any(side.has(one) for side in sides):
            reading = replace(article, annotations=one.annotations)
            _, decided, left = leave_out(annotatable(gold[one.pass_name]), reading, codebook)
            one = structs.replace(one, annotations=decided.annotations)
            left_out.setdefault(one.pass_name, Counter()).update(left)
        kept.append(one)
    return kept, left_out
