"""Which labels annotators use, and which one uses where the other uses another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import zip_longest

from standpoint.assess.figures import Confusion, Prevalence
from standpoint.assess.match import match_overlap
from standpoint.assess.slots import NEW
from standpoint.assess.statistics.reading import Reading
from standpoint.codebook.types import Layer

NOT_THERE = ""
MOST = 20  # labels of a table, where they are the articles' actors
NEW_ACTORS = f"{NEW}*"


def confused(layer: Layer, one: Reading, other: Reading) -> Iterator[tuple[str, str]]:
    """Both sides' labels of each thing; "" for what the other side has not annotated.

    Spans are the same thing as ``match_overlap`` pairs them. Answers and links are compared where both sides have the
    spans that they are about; of several on one place, the equal ones are paired first.
    """
    if layer.kind == "span":
        yield from _of_spans(one.marks(layer.name), other.marks(layer.name))
    elif layer.kind != "text":
        ones, others = (_by_place(layer, reading) for reading in (one, other))
        for place in ones | others:
            if all(_has(reading, place) for reading in (one, other)):
                yield from _paired(ones.get(place, ()), others.get(place, ()))


def _of_spans(ones: Sequence, others: Sequence) -> Iterator[tuple[str, str]]:
    pairs = match_overlap(ones, others)
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    yield from ((ones[i].label, others[j].label) for i, j in pairs)
    yield from ((mark.label, NOT_THERE) for i, mark in enumerate(ones) if i not in left)
    yield from ((NOT_THERE, mark.label) for j, mark in enumerate(others) if j not in right)


def _by_place(layer: Layer, reading: Reading) -> dict[tuple[Hashable, ...], list[str]]:
    """The labels on each place: (mark,) or (actor,) or ("",) of an answer, (mark, mark) of a link; marks without labels."""
    found: dict[tuple[Hashable, ...], list[str]] = defaultdict(list)
    if layer.kind == "relation":
        for head, tail, label in reading.links(layer.name):
            found[head[:3], tail[:3]].append(label)
    else:
        for about, label in reading.answers(layer.name):
            found[(about if isinstance(about, str) else about[:3],)].append(label)
    return found


def _has(reading: Reading, place: tuple[Hashable, ...]) -> bool:
    return all(isinstance(part, str) or part in reading.places for part in place)


def _paired(ones: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, str]]:
    same = set(ones) & set(others)
    yield from ((label, label) for label in sorted(same))
    rest = (sorted(set(row) - same) for row in (ones, others))
    yield from zip_longest(*rest, fillvalue=NOT_THERE)


def confusion(pass_name: str, layer: Layer, kind: str, counts: Counter) -> Confusion:
    """The table of counted pairs of labels, each pair both ways.

    Its labels are the layer's; of the articles' actors, those that were most often confused with another.
    """
    labels = list(layer.label_names) if layer.labels else _most_confused(counts)
    labels += [NOT_THERE] if any(NOT_THERE in pair for pair in counts) else []
    cells = tuple(tuple(counts[one, other] + counts[other, one] for other in labels) for one in labels)
    return Confusion(pass_name=pass_name, layer=layer.name, kind=kind, labels=tuple(labels), counts=cells)


def _most_confused(counts: Counter) -> list[str]:
    apart: Counter = Counter()
    for (one, other), count in counts.items():
        for label in (one, other):
            apart[label] += count if one != other and NOT_THERE not in (one, other) else 0
    ranked = sorted(apart.items(), key=lambda item: (-item[1], item[0]))
    return sorted(label for label, _ in ranked[:MOST] if label != NOT_THERE)


def used(layer: Layer, reading: Reading) -> Counter:
    """How often each label was used; actors that the registry does not know are one."""
    if layer.kind == "text":
        return Counter()
    rows = {"span": reading.marks, "relation": reading.links, "choice": reading.answers}[layer.kind](layer.name)
    labels = (row.label if layer.kind == "span" else row[-1] for row in rows)
    return Counter(NEW_ACTORS if layer.labels_from and label.startswith(NEW) else label for label in labels)


def prevalence(pass_name: str, layer: Layer, annotator: str, counts: Counter) -> Prevalence:
    """How often an annotator used each label: those of the layer, in its order, or the actors that occur."""
    names = layer.label_names or tuple(sorted(counts))
    return Prevalence(pass_name=pass_name, layer=layer.name, annotator=annotator, counts={name: counts[name] for name in names})
