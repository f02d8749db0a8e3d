"""Whether an adjudicated set fits its article and its annotation sets."""

from __future__ import annotations

from collections import Counter

from standpoint.checks.case import AdjudicatedCase, place
from standpoint.checks.table import Findings, check
from standpoint.core.model import Span
from standpoint.core.provenance import as_listed, tier_of

TIERS = ("silver", "reviewed", "human_single", "gold")  # the weakest claim first


@check("corpus", on="adjudicated set")
def adjudicated_article(case: AdjudicatedCase) -> Findings:
    """an adjudicated set is about an article of dataset/articles
    Why: build refuses it; labels without a text mean nothing.
    Fix: restore the article, or remove its annotation sets; then run standpoint adjudicate."""
    if case.article is None:
        yield "", "the article does not exist"


@check("corpus", on="adjudicated set")
def adjudicated_text(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was made on the article's text
    Why: its offsets belong to another text.
    Fix: make the article's annotation sets fit its text, then run standpoint adjudicate."""
    if case.article and case.adjudicated.text_sha256 != case.article.sha256:
        yield "", f"made on text {case.adjudicated.text_sha256[:8]}…, the article has {case.article.sha256[:8]}…"


@check("corpus", on="adjudicated set")
def adjudicated_quote(case: AdjudicatedCase) -> Findings:
    """an adjudicated span's quote is the text between its offsets
    Why: the release publishes the quote.
    Fix: run standpoint adjudicate; adjudicated sets are not edited by hand."""
    if case.article is None or case.article.text is None or case.adjudicated.text_sha256 != case.article.sha256:
        return
    text = case.article.text
    for item in case.adjudicated.annotations:
        if isinstance(item, Span) and text[max(item.start, 0) : item.end] != item.quote:
            yield item.id, place(item)


@check("corpus", on="adjudicated set")
def adjudicated_ids(case: AdjudicatedCase) -> Findings:
    """the annotations of an adjudicated set have different ids
    Why: answers, relations and resolutions refer to annotations by their ids.
    Fix: run standpoint adjudicate."""
    for identity, count in Counter(item.id for item in case.adjudicated.annotations).items():
        if count > 1:
            yield identity, f"{count} annotations"


@check("corpus", on="adjudicated set")
def adjudicated_how(case: AdjudicatedCase) -> Findings:
    """each adjudicated annotation has a resolution, and each resolution has an annotation
    Why: annotations that were agreed, voted on or decided are not equally reliable.
    Fix: run standpoint adjudicate."""
    ids = {item.id for item in case.adjudicated.annotations}
    for identity in sorted(ids ^ set(case.adjudicated.resolutions)):
        yield identity, "it has no resolution" if identity in ids else "no annotation has this id"


@check("corpus", on="adjudicated set")
def adjudicated_tier(case: AdjudicatedCase) -> Findings:
    """a tier claims no more than the article's annotation sets allow
    Why: gold is made by people; machine-made labels are never called gold.
    Fix: run standpoint adjudicate, which computes the tier."""
    adjudicated = case.adjudicated
    if _without_set(case):
        return
    sets = [as_listed(item, case.reference.kinds) for item in case.sets if item.annotator in adjudicated.annotators]
    allowed = tier_of(sets)
    if adjudicated.tier not in TIERS or TIERS.index(adjudicated.tier) > TIERS.index(allowed):
        yield "", f"{adjudicated.tier!r}, its sets allow {allowed}"


@check("corpus", on="adjudicated set")
def adjudicated_annotators(case: AdjudicatedCase) -> Findings:
    """each annotator that an adjudicated set names has a set of the article
    Why: without the sets, an adjudication cannot be checked.
    Fix: restore the set, or run standpoint adjudicate."""
    for name in _without_set(case) if case.article else ():
        yield "", f"{name} has no set"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_behind(case: AdjudicatedCase) -> Findings:
    """all annotators of an article are in its adjudicated set
    Why: the work of the missing annotators is in no figure of the release.
    Fix: run standpoint adjudicate."""
    for name in sorted({item.annotator for item in case.sets} - set(case.adjudicated.annotators)):
        yield "", f"{name} is missing"


@check("corpus", on="adjudicated set", level="note")
def adjudicated_version(case: AdjudicatedCase) -> Findings:
    """an adjudicated set was made with this version of the codebook
    Why: the same label may have had another meaning.
    Fix: fix the sets (SET-VERSION), then run standpoint adjudicate."""
    if case.adjudicated.codebook_version != case.reference.codebook.version:
        yield "", f"made with codebook {case.adjudicated.codebook_version}, this is {case.reference.codebook.version}"


def _without_set(case: AdjudicatedCase) -> list[str]:
    """The annotators that the adjudicated set names, and who have no set of the article."""
    return sorted(set(case.adjudicated.annotators) - {item.annotator for item in case.sets})
