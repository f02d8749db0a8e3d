"""Scales that are never adjudicated away: each annotator's answer is kept, the median is the label (codebook, adjudication)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from standpoint.codebook.types import Layer
from standpoint.model import Settlement


def median_settlement(layer: Layer, given: Mapping[str, str], asked: int) -> tuple[str, Settlement]:
    """The median label of ``{annotator: label}``, and how it came about where ``asked`` annotators could have answered.

    Who gave no answer does not dissent, but then it is not unanimous.
    """
    label = median_label(layer, list(given.values()))
    by = tuple(name for name, answer in given.items() if answer == label)
    how = "median" if len(by) < asked else "unanimous" if asked > 1 else "single"
    return label, Settlement(how=how, by=by, dissent=tuple(name for name in given if name not in by))


def median_label(layer: Layer, labels: Sequence[str]) -> str:
    """The label at the median of the answers' values.

    An even number of answers leaves the median open between two values: the point nearest 0 is taken, so that -1 and
    +1 give 0, and neither side is favoured. Where the scale has no label there, the nearest is taken: by its value,
    then the one nearer to 0, then by name.
    """
    values = sorted(layer.by_name[label].value for label in labels)
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    target = min(max(0, low), high)
    return min(layer.labels, key=lambda label: (abs(label.value - target), abs(label.value), label.name)).name
