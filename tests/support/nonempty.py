"""Keeps a test from passing because there was nothing to look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def nonempty(items: Iterable[Item]) -> list[Item]:
    """The items, of which there is at least one: ``for item in nonempty(found): assert …`` can fail."""
    items = list(items)
    assert items, "there is nothing to check"
    return items
