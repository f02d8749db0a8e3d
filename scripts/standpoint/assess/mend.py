"""Annotation sets mended where that is certain: offsets by their quote, blanks around a span, exact duplicates.

What is not certain stays as it is, and is an Issue with its reason. Mending a mended set changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.assess.twins import merged
from standpoint.codebook.offsets import Repair, fault, mended, told
from standpoint.model import Annotation, AnnotationSet, Article, Issue, Span, in_reading_order


class Mended(NamedTuple):
    """An annotation set after mending, what was mended in it, and what is wrong and was not."""

    set: AnnotationSet
    repairs: Sequence[Repair] = ()
    issues: Sequence[Issue] = ()
    faults: Counter = Counter()


def mend_set(one: AnnotationSet, article: Article | None) -> Mended:
    """A set mended against its article; without the text that it was made on, nothing in it can be judged."""
    where = f"{one.article_id} {one.pass_name} {one.annotator}"
    if article is None or article.text is None:
        return Mended(one, issues=[Issue(where, "MEND-NO-TEXT", "no text of its article is here; nothing is looked at", "note")])
    if one.text_sha256 != article.sha256:
        return Mended(one, issues=[Issue(where, "MEND-TEXT", "was made on another text than its article's; nothing is mended")])
    placed: list[Annotation] = []
    repairs: list[Repair] = []
    issues: list[Issue] = []
    for item in one.annotations:
        placed.append(_placed(item, article.text, where, repairs, issues) if isinstance(item, Span) else item)
    refused = {item for item in placed if isinstance(item, Span) and fault(item.start, item.end, item.quote, article.text)}
    kept, merges, unmerged = merged(placed, refused, where)
    repairs, issues = repairs + merges, issues + unmerged
    faults = Counter(f"mended: {repair.fault}" for repair in repairs)
    faults.update(f"refused: {issue.message.partition(':')[0]}" for issue in issues)
    return Mended(replace(one, annotations=tuple(in_reading_order(kept))) if repairs else one, repairs, issues, faults)


def _placed(span: Span, text: str, where: str, repairs: list[Repair], issues: list[Issue]) -> Span:
    """A span where it certainly stands, with the repair; or as it is, with the Issue that says why."""
    kind = fault(span.start, span.end, span.quote, text)
    place = mended(span.start, span.end, span.quote, text) if kind else None
    if place is None:
        if kind:
            code = f"MEND-{kind.upper().replace(' ', '-')}"
            issues.append(Issue(f"{where} {span.id}", code, told(span.start, span.end, span.quote, text)))
        return span
    better = replace(span, start=place[0], end=place[1], quote=text[slice(*place)])
    before, after = ({"start": one.start, "end": one.end, "quote": one.quote} for one in (span, better))
    repairs.append(Repair(set=where, annotation=span.id, fault=kind, before=before, after=after))
    return better


def mend_sets(joined: Iterator[tuple[str, list[Article], list[AnnotationSet]]]) -> Iterator[Mended]:
    """The sets of a stream, each beside its article, mended."""
    for _, articles, sets in joined:
        yield from (mend_set(one, articles[0] if articles else None) for one in sets)
