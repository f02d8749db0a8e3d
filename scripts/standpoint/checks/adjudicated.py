"""Whether an adjudicated set fits its article, and the sets that it was adjudicated from."""

from __future__ import annotations

from collections import Counter

from standpoint.checks.case import AdjudicatedCase, place
from standpoint.checks.table import Findings, check
from standpoint.core.model import Span
from standpoint.core.provenance import as_listed, tier_of

TIERS = ("silver", "reviewed", "human_single", "gold")  # what is claimed grows


@check("corpus", on="adjudicated set")
def adjudicated_article(case: AdjudicatedCase) -> Findings:
    """an adjudicated set is about an article of dataset/articles

    Why: build refuses it; labels without a text are labels of nothing.
    Fix: bring the article back, or take the adjudicated set out (standpoint adjudicate writes what there is).
    """
    if case.article is None:
        yield "", "there is no such article"


@check("corpus", on="adjudicated set")
def adjudicated_text(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was made on the text that the article has

    Why: its offsets point into another text.
    Fix: run standpoint adjudicate, once the article's own sets fit its text.
    """
    if case.article and case.adjudicated.text_sha256 != case.article.sha256:
        yield "", f"made on text {case.adjudicated.text_sha256[:8]}…, the article has {case.article.sha256[:8]}…"


@check("corpus", on="adjudicated set")
def adjudicated_quote(case: AdjudicatedCase) -> Findings:
    """an adjudicated span's quote is the text between its offsets

    Why: it is what the release publishes.
    Fix: run standpoint adjudicate; adjudicated sets are not edited by hand.
    """
    if case.article is None or case.article.text is None or case.adjudicated.text_sha256 != case.article.sha256:
        return
    text = case.article.text
    for item in case.adjudicated.annotations:
        if isinstance(item, Span) and text[max(item.start, 0) : item.end] != item.quote:
            yield item.id, place(item)


@check("corpus", on="adjudicated set")
def adjudicated_ids(case: AdjudicatedCase) -> Findings:
    """each annotation of an adjudicated set has an id of its own

    Why: answers, relations and the record of how each was adjudicated name annotations by their ids.
    Fix: run standpoint adjudicate.
    """
    for identity, count in Counter(item.id for item in case.adjudicated.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


@check("corpus", on="adjudicated set")
def adjudicated_how(case: AdjudicatedCase) -> Findings:
    """each adjudicated annotation says how it was adjudicated, and nothing else does

    Why: what was agreed, voted and decided differ in how far they can be trusted.
    Fix: run standpoint adjudicate.
    """
    there, said = {item.id for item in case.adjudicated.annotations}, set(case.adjudicated.resolutions)
    for identity in sorted(there ^ said):
        yield identity, "nothing says how" if identity in there else "no such annotation"


@check("corpus", on="adjudicated set")
def adjudicated_tier(case: AdjudicatedCase) -> Findings:
    """a tier claims no more than the sets that were adjudicated allow

    Why: gold is what people made; a machine's labels are never called that.
    Fix: run standpoint adjudicate, which computes the tier.
    """
    adjudicated = case.adjudicated
    if _without_set(case):
        return
    sets = [as_listed(one, case.reference.kinds) for one in case.sets if one.annotator in adjudicated.annotators]
    allowed = tier_of(sets)
    if adjudicated.tier not in TIERS or TIERS.index(adjudicated.tier) > TIERS.index(allowed):
        yield "", f"{adjudicated.tier!r}, its sets allow {allowed}"


@check("corpus", on="adjudicated set")
def adjudicated_annotators(case: AdjudicatedCase) -> Findings:
    """who is named as an annotator of an adjudicated set has a set of the article

    Why: what was adjudicated from work that is gone cannot be checked by anybody.
    Fix: bring the set back, or run standpoint adjudicate.
    """
    for name in _without_set(case) if case.article else ():
        yield "", f"{name} has none"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_behind(case: AdjudicatedCase) -> Findings:
    """all annotators of an article are in its adjudicated set

    Why: what they said is in no figure of the release.
    Fix: run standpoint adjudicate.
    """
    for name in sorted({one.annotator for one in case.sets} - set(case.adjudicated.annotators)):
        yield "", f"{name} is not"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_version(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was adjudicated by the codebook that there is

    Why: a label whose meaning changed is one name for two things.
    Fix: run standpoint adjudicate, once the sets are fixed (SET-VERSION).
    """
    if case.adjudicated.codebook_version != case.reference.codebook.version:
        yield "", f"adjudicated by {case.adjudicated.codebook_version}, this is {case.reference.codebook.version}"


def _without_set(case: AdjudicatedCase) -> list[str]:
    """Who is named as an annotator, and has no set of the article."""
    return sorted(set(case.adjudicated.annotators) - {one.annotator for one in case.sets})
