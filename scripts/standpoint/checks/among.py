"""Whether the sets of one article are one an annotator and pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from standpoint.core.model import AnnotationSet

SCOPE = "set"
Found = Iterator[tuple[str, str]]


def set_repeated(sets: Sequence[AnnotationSet]) -> Found:
    """an annotator has one set an article and pass

    Why: who is there twice agrees with themselves, and outvotes the others.
    Fix: keep the later submission.
    """
    for (pass_name, annotator), count in Counter((one.pass_name, one.annotator) for one in sets).items():
        if count > 1:
            yield f"{pass_name} {annotator}", f"{count} sets"
