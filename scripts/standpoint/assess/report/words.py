"""How the report calls things: headings, numbers, labels, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from standpoint.assess.figures import Figure
from standpoint.assess.report.close_up import BOTH, EXTENT, LABEL, ONLY, SAME
from standpoint.codebook.types import Codebook

HEADINGS = {
    "human": ("People among themselves", "People who read on their own, none of them from a draft."),
    "human-assisted": (
        "People among themselves, some of whom worked on drafts",
        "Of each two, one or both began from a machine's draft, which draws readings together: "
        "this is not agreement between people on their own.",
    ),
    "human-model": (
        "People and machines",
        "How near a machine comes to a person. This is not human agreement.",
    ),
    "model-model": (
        "Machines among themselves",
        "How far machines give the same answers; they may well make the same mistakes. This is not human agreement.",
    ),
    "unknown": (
        "Annotators of whom nothing is known",
        "Of one of each two, the list of annotators does not say whether it is a person or a machine: "
        "this cannot count as human agreement.",
    ),
}
STATES = {
    SAME: ("", "the same"),
    ONLY: ("◆", "only {}"),
    LABEL: ("▲", "other label"),
    EXTENT: ("↔", "other extent"),
    BOTH: ("↔▲", "other extent and label"),
}
REACHED, MISSED = "✔ reached", "✘ missed"
UNSAID = "not annotated"  # a confusion's label ""


class Names(NamedTuple):
    """What labels are called: actors by their names, the codebook's labels as annotators see them."""

    codebook: Codebook
    actors: Mapping[str, str]

    def of(self, layer: str, label: str) -> str:
        """A label as it is shown; typed texts, and labels that the codebook does not list, as they are."""
        known = self.codebook.by_name.get(layer)
        if known is not None and label in known.by_name:
            return known.by_name[label].show or label
        return self.actors.get(label, label)


def number(value: float | None) -> str:
    """Two decimals; a dash for no value."""
    return "–" if value is None else f"{value:.2f}".replace("-", "\u2212")


def counted(count: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def interval(figure: Figure) -> str:
    """The 95 % interval of a figure."""
    return "–" if figure.low is None or figure.high is None else f"{number(figure.low)} to {number(figure.high)}"


def verdict(figure: Figure) -> str:
    """Whether a figure reaches its target, if it has one."""
    if figure.target is None or figure.value is None:
        return ""
    reached = REACHED if figure.value >= figure.target else MISSED
    across = figure.low is not None and figure.high is not None and figure.low < figure.target <= figure.high
    return reached + (", not certain" if across else "")


def only(annotators: Sequence[str], readings: Sequence[object]) -> str:
    """Who has something where others have nothing."""
    return STATES[ONLY][1].format(" and ".join(name for name, reading in zip(annotators, readings, strict=True) if reading))
