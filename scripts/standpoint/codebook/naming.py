"""How a name stands in running text: in the plural, at the beginning of a sentence, as an acronym that the text introduces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import inflect

URL = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?:\.[\w-]+)+/\S*")
DEFINITE = ("the ", "our ", "their ", "his ", "her ")
ACRONYM = re.compile(r"\s*\(\s*[\"“”'‘’]?([A-Z][A-Za-z.]{1,9})[\"“”'‘’]?\s*\)")
SMALL = {"of", "the", "for", "and", "in", "on", "de", "al", "el"}


def forms(name: str, is_descriptor: bool = False) -> set[str]:
    """A name as it is and as it begins a sentence; of a description that is no definite one, singular and plural too."""
    found = {name}
    if is_descriptor and not name.lower().startswith(DEFINITE):
        found |= {name.removesuffix(last) + other for last in [name.split()[-1]] for other in _other_number(last)}
    return found | {form[:1].upper() + form[1:] for form in found}


@cache
def _engine() -> inflect.engine:
    return inflect.engine()


@cache
def _other_number(word: str) -> tuple[str, ...]:
    """The singular of a plural, or the plural of a singular."""
    if not word.isascii() or not word.isalpha():
        return ()
    singular = _engine().singular_noun(word)
    return (singular if isinstance(singular, str) else _engine().plural_noun(word),)


def introduced(text: str, named: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """The acronyms that a text introduces after a name, "the Free Harbour Front (FHF)", each with that name's owner.

    ``named``: where each name ends, and whose it is. The letters must begin words of the name, in their order.
    """
    for end, owner in named:
        match = ACRONYM.match(text, end)
        if match and _stands_for(match[1].replace(".", ""), text[max(0, end - 80) : end]):
            yield match[1], owner


def _stands_for(letters: str, before: str) -> bool:
    """Whether the last words before the bracket begin with the acronym's capitals; small words may be left out."""
    wanted = [letter for letter in letters if letter.isupper()]
    words = [word for word in re.findall(r"\w+", before) if word.lower() not in SMALL or not word[0].islower()]
    return len(wanted) > 1 and [word[0].upper() for word in words[-len(wanted) :]] == wanted


def inside_urls(text: str) -> list[tuple[int, int]]:
    """Where addresses stand: a name in one is no mention."""
    return [match.span() for match in URL.finditer(text)]
