"""Dublin Core: the names under which archives and libraries state facts about a document, in pages and in records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

PREFIXES = ("dc.", "dc:", "dcterms.", "dcterms:")
# Our columns, and the elements that have them, the most certain one first. An identifier may be an address.
ELEMENTS = {
    "title": ("title",),
    "published": ("issued", "date.issued", "created", "date.created", "date"),
    "byline": ("creator",),
    "source": ("publisher", "source"),
    "url": ("identifier",),
    "language": ("language",),
    "standfirst": ("abstract", "description.abstract"),
}


@lru_cache(maxsize=256)
def dublin_core(names: Sequence[str]) -> dict[str, str]:
    """Our name of a column -> the first of the names that states it in Dublin Core, such as dc:date or DCTERMS.issued."""
    elements: dict[str, str] = {}
    for name in names:
        prefix = next((prefix for prefix in PREFIXES if name.lower().startswith(prefix)), "")
        if prefix:
            elements.setdefault(name.lower().removeprefix(prefix), name)
    found = ((ours, next((elements[item] for item in items if item in elements), "")) for ours, items in ELEMENTS.items())
    return {ours: name for ours, name in found if name}


def address(identifier: str) -> str:
    """An identifier if it is an address, otherwise ""."""
    return identifier if identifier.startswith(("http://", "https://")) else ""
