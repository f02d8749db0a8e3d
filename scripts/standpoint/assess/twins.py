"""Exact duplicates in an annotation set, merged: annotations that are the same in everything but their id.

The first stays. What was said of the others is said of it: answers and relations follow, and where that makes them
duplicates too, they are merged. Spans whose answers contradict each other, or that are linked to each other, cannot be
merged without choosing, and stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set

from msgspec.structs import asdict, replace

from standpoint.codebook.offsets import DUPLICATE, Repair
from standpoint.model import Annotation, Choice, Issue, Relation, Span


def merged(
    annotations: Sequence[Annotation], refused: Set[Annotation], where: str
) -> tuple[list[Annotation], list[Repair], list[Issue]]:
    """The annotations without exact duplicates; a repair for each change; an Issue for each group that is not merged.

    Spans that were ``refused`` for their offsets stay too: that two wrong places are the same says nothing of the right ones.
    """
    kept, issues = _kept([item for item in annotations if item not in refused], where)
    used, first = {item.id for item in annotations}, {}
    left: list[Annotation] = []
    repairs: list[Repair] = []
    for item in annotations:
        better = _following(item, kept, used)
        key = (type(item), *_content(better).values(), kept.get(item.id, item.id) if isinstance(item, Span) else "")
        if key in first and item not in refused:
            repairs.append(_repair(where, item, _content(item), {"kept": first[key]}))
            continue
        first[key] = better.id
        left.append(better)
        if better != item:
            after = {name: value for name, value in asdict(better).items() if value != getattr(item, name)}
            repairs.append(_repair(where, item, {name: getattr(item, name) for name in after}, after))
    return left, repairs, issues


def _repair(where: str, item: Annotation, before: dict, after: dict) -> Repair:
    return Repair(set=where, annotation=item.id, fault=DUPLICATE, before=before, after=after)


def _content(item: Annotation) -> dict[str, str | int]:
    return {name: value for name, value in asdict(item).items() if name != "id"}


def _kept(annotations: Sequence[Annotation], where: str) -> tuple[dict[str, str], list[Issue]]:
    """The id of each span that is merged -> the id of the one that stays."""
    groups: dict[tuple, list[str]] = defaultdict(list)
    for span in dict.fromkeys(item for item in annotations if isinstance(item, Span)):
        groups[tuple(_content(span).values())].append(span.id)
    kept: dict[str, str] = {}
    issues: list[Issue] = []
    for ids in groups.values():
        reason = _reason(ids, annotations) if len(ids) > 1 else ""
        if reason:
            issues.append(Issue(f"{where} {ids[-1]}", "MEND-DUPLICATE", f"{DUPLICATE}: the same span as {ids[0]}, but {reason}"))
        else:
            kept.update(dict.fromkeys(ids[1:], ids[0]))
    return kept, issues


def _reason(ids: Sequence[str], annotations: Sequence[Annotation]) -> str:
    """Why the same span under several ids is not merged, or ""."""
    known = Counter(item.id for item in dict.fromkeys(annotations) if isinstance(item, Span))
    if any(known[identity] > 1 for identity in ids):
        return "one of the ids is another span's too"
    if any(isinstance(item, Relation) and item.head in ids and item.tail in ids for item in annotations):
        return "they are linked to each other"
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # layer -> id -> labels
    for item in annotations:
        if isinstance(item, Choice) and item.of in ids:
            said[item.layer][item.of].add(item.label)
    differing = [layer for layer, answers in said.items() if len(set(map(frozenset, answers.values()))) > 1]
    return f"their answers differ in {', '.join(differing)}" if differing else ""


def _following(item: Annotation, kept: Mapping[str, str], used: set[str]) -> Annotation:
    """An answer or relation on the span that stays, under the id that it would have got there."""
    if isinstance(item, Choice) and item.of in kept:
        of, prefix = kept[item.of], f"{item.of}."
        identity = f"{of}.{item.id.removeprefix(prefix)}" if item.id.startswith(prefix) else item.id
        return replace(item, id=item.id if identity in used else identity, of=of)
    if isinstance(item, Relation) and (item.head in kept or item.tail in kept):
        head, tail = (kept.get(end, end) for end in (item.head, item.tail))
        own = item.id == f"{item.head}.{item.layer}.{item.label}.{item.tail}"
        identity = f"{head}.{item.layer}.{item.label}.{tail}" if own else item.id
        return replace(item, id=item.id if identity in used else identity, head=head, tail=tail)
    return item
