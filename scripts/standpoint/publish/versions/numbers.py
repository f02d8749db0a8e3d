"""Version numbers, and which one a change of the data demands.

As Croissant 1.1 has it ("Dataset Versioning/Checkpoints", https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html):
PATCH, "the data remains the same, although it might be serialized differently"; MINOR, "the existing data is the same and can
still be retrieved as is: there might be additional data"; MAJOR, "the existing data has been changed (edited, removed or
shuffled records across splits)". Below 1.0.0, where Semantic Versioning 2.0.0 (its item 4) promises nothing, the second number
still has to grow for both of the latter, as is the custom there: a PATCH is a promise at any time.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from standpoint.model import StandpointError

PATTERN = re.compile(r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)", re.ASCII)


class Bump(IntEnum):
    """What a change demands; the greatest of all changes counts."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        return self.name


class Number(NamedTuple):
    """MAJOR.MINOR.PATCH."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def tag(self) -> str:
        """What git and the Hub call the version."""
        return f"v{self}"


def read_number(text: str) -> Number:
    """``0.2.0`` or ``v0.2.0``; StandpointError for anything else."""
    found = PATTERN.fullmatch(text)
    if not found:
        raise StandpointError(f"version {text!r} is not MAJOR.MINOR.PATCH", "for instance 0.2.0")
    return Number(*map(int, found.groups()))


def is_number(text: str) -> bool:
    """Whether a text is a version number, with or without the tag's v."""
    return PATTERN.fullmatch(text) is not None


def least(before: Number, bump: Bump) -> Number:
    """The smallest number that may follow ``before`` after changes that demand ``bump``."""
    if bump == Bump.PATCH:
        return before._replace(patch=before.patch + 1)
    if bump == Bump.MINOR or before.major == 0:
        return Number(before.major, before.minor + 1, 0)
    return Number(before.major + 1, 0, 0)


def refuse_smaller(before: Number, after: Number, bump: Bump) -> None:
    """StandpointError where ``after`` promises more than the changes keep."""
    needed = least(before, bump)
    if after < needed:
        why = f"the changes since {before} are {bump}" if after > before else f"{before} is out already"
        raise StandpointError(f"version {after} is too small: {why}", f"release {needed} or later; `standpoint diff` says why")
