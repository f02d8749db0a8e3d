"""Whether two annotators of one article worked by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from standpoint.checks._corpus import Likeness
from standpoint.checks._table import note

SCOPE = "corpus"
Found = Iterator[tuple[str, str]]


@note
def set_copied(likenesses: Sequence[Likeness]) -> Found:
    """two annotators do not say the same of a whole article, to the character

    Why: independent readers differ somewhere; what is the same throughout was copied, imported twice, or seen.
    Fix: ask how the sets came about; where they are one person's work, take one out, or agreement counts it twice.
    """
    for pass_name, one, other, size, alike in likenesses:
        if alike:
            yield f"{pass_name} {other}", f"as {one} in all {size} spans and answers"
