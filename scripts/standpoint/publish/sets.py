"""Each annotator's own set, under its pseudonym, becomes one row of the annotations."""

from __future__ import annotations

from standpoint.model import AnnotationSet, Choice, Relation, Span


def annotation_row(item: AnnotationSet, tier: str) -> dict:
    """The row of one set on an article of a tier. Its annotations stay the nouns they are: the writer takes their fields."""
    kinds = {"spans": Span, "choices": Choice, "relations": Relation}
    return {
        "article_id": item.article_id,
        "article_tier": tier,
        "annotator": item.annotator,
        "annotator_kind": item.annotator_kind,
        "assistance": item.assistance,
        "pass": item.pass_name,
        "codebook_version": item.codebook_version,
        "lead_time": item.lead_time,
        "drafts": list(item.drafts),
        **{name: [one for one in item.annotations if type(one) is kind] for name, kind in kinds.items()},
    }
