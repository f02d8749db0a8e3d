"""Whether two servers hold the same: annotations, drafts and predictions by their content, as numbers and dates differ."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec

Key = Callable[[dict], str]


def content(value: object) -> str:
    """A digest of a JSON value; the order of keys does not count, as databases change it."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def annotation_key(one: dict) -> str:
    """What makes an annotation what it is; ``completed_by`` is an e-mail."""
    return content([one[name] for name in ("completed_by", "was_cancelled", "ground_truth", "lead_time", "result")])


def draft_key(one: dict) -> str:
    """What makes begun work what it is; ``user`` is an e-mail."""
    return content([one[name] for name in ("user", "was_postponed", "lead_time", "result")])


def prediction_key(one: dict) -> str:
    """What makes a prediction what it is."""
    return content([one[name] for name in ("model_version", "score", "result")])


def missing(wanted: Iterable[dict], there: Iterable[dict], key: Key) -> list[dict]:
    """What is wanted and not there, the number of equal ones counting."""
    counts, lacking = Counter(map(key, there)), []
    for one in wanted:
        if not counts[key(one)]:
            lacking.append(one)
        counts[key(one)] -= 1 if counts[key(one)] else 0
    return lacking


def pairs(ones: Iterable[dict], others: Iterable[dict], key: Key) -> Iterator[tuple[dict, dict]]:
    """Each one with the other of the same content, in their order."""
    waiting: dict[str, list[dict]] = defaultdict(list)
    for other in others:
        waiting[key(other)].append(other)
    for one in ones:
        if waiting[key(one)]:
            yield one, waiting[key(one)].pop(0)
