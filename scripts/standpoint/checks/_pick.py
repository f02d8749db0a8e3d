"""Which checks are told: all, or those of some codes or beginnings of codes, without some others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from standpoint.checks._table import all_checks
from standpoint.core.model import StandpointError


def picked(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """The codes that are told. A word stands for the code, or for all codes that begin with it: SPAN for SPAN-….

    StandpointError for a word that stands for none, with those that it is near to.
    """
    return frozenset(_codes(select) if select else all_checks()) - frozenset(_codes(ignore))


def _codes(words: Sequence[str]) -> Iterable[str]:
    for word in words:
        found = [code for code in all_checks() if _means(word, code)]
        if not found:
            near = get_close_matches(word.upper(), _names(), 3, 0.6)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks.md lists them; SPAN stands for all of SPAN-…"
            raise StandpointError(f"no check has the code {word!r}", hint)
        yield from found


def _means(word: str, code: str) -> bool:
    whole = word.upper().rstrip("-")
    return code == whole or code.startswith(f"{whole}-")


def _names() -> list[str]:
    """All codes, and all their beginnings."""
    parts = (code.split("-") for code in all_checks())
    return sorted({"-".join(words[:length]) for words in parts for length in range(1, len(words) + 1)})
