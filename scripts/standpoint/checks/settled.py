"""Whether what is settled fits its article, and the sets that it was settled from."""

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


def settled_article(standing: Standing) -> Found:
    """a settled set is about an article of dataset/articles

    Why: build refuses it; labels without a text are labels of nothing.
    Mend: bring the article back, or take the settled set out (standpoint adjudicate writes what there is).
    """
    if standing.article is None:
        yield "", "there is no such article"


def settled_text(standing: Standing) -> Found:
    """a settled set was made on the text that the article has

    Why: its offsets point into another text.
    Mend: run standpoint adjudicate, once the article's own sets fit its text.
    """
    if standing.article and standing.settled.text_sha256 != standing.article.sha256:
        yield "", f"made on text {standing.settled.text_sha256[:8]}…, the article has {standing.article.sha256[:8]}…"


def settled_quote(standing: Standing) -> Found:
    """a settled span's quote is the text between its offsets

    Why: it is what the release publishes.
    Mend: run standpoint adjudicate; settled sets are not edited by hand.
    """
    text = standing.article.text if standing.article else None
    if text is None or standing.settled.text_sha256 != standing.article.sha256:
        return
    for item in standing.settled.annotations:
        if isinstance(item, Span) and text[max(item.start, 0) : item.end] != item.quote:
            yield item.id, place(item)


def settled_ids(standing: Standing) -> Found:
    """each annotation of a settled set has an id of its own

    Why: answers, relations and the record of how each was settled name annotations by their ids.
    Mend: run standpoint adjudicate.
    """
    for identity, count in Counter(item.id for item in standing.settled.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


def settled_how(standing: Standing) -> Found:
    """each settled annotation says how it was settled, and nothing else does

    Why: what was agreed, voted and decided differ in how far they can be trusted.
    Mend: run standpoint adjudicate.
    """
    there, said = {item.id for item in standing.settled.annotations}, set(standing.settled.settlements)
    for identity in sorted(there ^ said):
        yield identity, "nothing says how" if identity in there else "no such annotation"


def settled_tier(standing: Standing) -> Found:
    """a tier claims no more than the sets that were settled allow

    Why: gold is what people made; a machine's labels are never called that.
    Mend: run standpoint adjudicate, which computes the tier.
    """
    settled = standing.settled
    if _without_set(standing):
        return
    sets = [as_listed(one, standing.ground.kinds) for one in standing.sets if one.annotator in settled.annotators]
    allowed = tier_of(sets)
    if settled.tier not in TIERS or TIERS.index(settled.tier) > TIERS.index(allowed):
        yield "", f"{settled.tier!r}, its sets allow {allowed}"


def settled_annotators(standing: Standing) -> Found:
    """who is named as an annotator of a settled set has a set of the article

    Why: what was settled from work that is gone cannot be checked by anybody.
    Mend: bring the set back, or run standpoint adjudicate.
    """
    for name in _without_set(standing) if standing.article else ():
        yield "", f"{name} has none"


@note
def settled_behind(standing: Standing) -> Found:
    """all annotators of an article are in its settled set

    Why: what they said is in no figure of the release.
    Mend: run standpoint adjudicate.
    """
    for name in sorted({one.annotator for one in standing.sets} - set(standing.settled.annotators)):
        yield "", f"{name} is not"


@note
def settled_version(standing: Standing) -> Found:
    """a settled set was settled by the codebook that there is

    Why: a label whose meaning changed is one name for two things.
    Mend: run standpoint adjudicate, once the sets are mended (SET-VERSION).
    """
    if standing.settled.codebook_version != standing.ground.codebook.version:
        yield "", f"settled by {standing.settled.codebook_version}, this is {standing.ground.codebook.version}"


def _without_set(standing: Standing) -> list[str]:
    """Who is named as an annotator, and has no set of the article."""
    return sorted(set(standing.settled.annotators) - {one.annotator for one in standing.sets})
