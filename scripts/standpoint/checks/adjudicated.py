"""Whether what is adjudicated fits its article, and the sets that it was adjudicated from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.checks._case import place
from standpoint.checks._corpus import Standing
from standpoint.checks._table import note
from standpoint.core.model import Span
from standpoint.core.provenance import as_listed, tier_of

SCOPE = "corpus"
TIERS = ("silver", "reviewed", "human_single", "gold")  # what is claimed grows
Found = Iterator[tuple[str, str]]


def adjudicated_article(standing: Standing) -> Found:
    """an adjudicated set is about an article of dataset/articles

    Why: build refuses it; labels without a text are labels of nothing.
    Fix: bring the article back, or take the adjudicated set out (standpoint adjudicate writes what there is).
    """
    if standing.article is None:
        yield "", "there is no such article"


def adjudicated_text(standing: Standing) -> Found:
    """an adjudicated set was made on the text that the article has

    Why: its offsets point into another text.
    Fix: run standpoint adjudicate, once the article's own sets fit its text.
    """
    if standing.article and standing.adjudicated.text_sha256 != standing.article.sha256:
        yield "", f"made on text {standing.adjudicated.text_sha256[:8]}…, the article has {standing.article.sha256[:8]}…"


def adjudicated_quote(standing: Standing) -> Found:
    """an adjudicated span's quote is the text between its offsets

    Why: it is what the release publishes.
    Fix: run standpoint adjudicate; adjudicated sets are not edited by hand.
    """
    text = standing.article.text if standing.article else None
    if text is None or standing.adjudicated.text_sha256 != standing.article.sha256:
        return
    for item in standing.adjudicated.annotations:
        if isinstance(item, Span) and text[max(item.start, 0) : item.end] != item.quote:
            yield item.id, place(item)


def adjudicated_ids(standing: Standing) -> Found:
    """each annotation of an adjudicated set has an id of its own

    Why: answers, relations and the record of how each was adjudicated name annotations by their ids.
    Fix: run standpoint adjudicate.
    """
    for identity, count in Counter(item.id for item in standing.adjudicated.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


def adjudicated_how(standing: Standing) -> Found:
    """each adjudicated annotation says how it was adjudicated, and nothing else does

    Why: what was agreed, voted and decided differ in how far they can be trusted.
    Fix: run standpoint adjudicate.
    """
    there, said = {item.id for item in standing.adjudicated.annotations}, set(standing.adjudicated.resolutions)
    for identity in sorted(there ^ said):
        yield identity, "nothing says how" if identity in there else "no such annotation"


def adjudicated_tier(standing: Standing) -> Found:
    """a tier claims no more than the sets that were adjudicated allow

    Why: gold is what people made; a machine's labels are never called that.
    Fix: run standpoint adjudicate, which computes the tier.
    """
    adjudicated = standing.adjudicated
    if _without_set(standing):
        return
    sets = [as_listed(one, standing.ground.kinds) for one in standing.sets if one.annotator in adjudicated.annotators]
    allowed = tier_of(sets)
    if adjudicated.tier not in TIERS or TIERS.index(adjudicated.tier) > TIERS.index(allowed):
        yield "", f"{adjudicated.tier!r}, its sets allow {allowed}"


def adjudicated_annotators(standing: Standing) -> Found:
    """who is named as an annotator of an adjudicated set has a set of the article

    Why: what was adjudicated from work that is gone cannot be checked by anybody.
    Fix: bring the set back, or run standpoint adjudicate.
    """
    for name in _without_set(standing) if standing.article else ():
        yield "", f"{name} has none"


@note
def adjudicated_behind(standing: Standing) -> Found:
    """all annotators of an article are in its adjudicated set

    Why: what they said is in no figure of the release.
    Fix: run standpoint adjudicate.
    """
    for name in sorted({one.annotator for one in standing.sets} - set(standing.adjudicated.annotators)):
        yield "", f"{name} is not"


@note
def adjudicated_version(standing: Standing) -> Found:
    """an adjudicated set was adjudicated by the codebook that there is

    Why: a label whose meaning changed is one name for two things.
    Fix: run standpoint adjudicate, once the sets are fixed (SET-VERSION).
    """
    if standing.adjudicated.codebook_version != standing.ground.codebook.version:
        yield "", f"adjudicated by {standing.adjudicated.codebook_version}, this is {standing.ground.codebook.version}"


def _without_set(standing: Standing) -> list[str]:
    """Who is named as an annotator, and has no set of the article."""
    return sorted(set(standing.adjudicated.annotators) - {one.annotator for one in standing.sets})
