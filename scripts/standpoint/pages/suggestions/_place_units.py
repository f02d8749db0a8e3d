"""How far a place reaches: "Idlib province", "key town of Douma", "checkpoint in the northern countryside of Homs"."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from standpoint.pages.suggestions._gazetteer import country_of_adjective

WORDS = {
    section: {name: frozenset(words.split()) for name, words in lists.items()}
    for section, lists in tomllib.loads(Path(__file__).with_name("toponyms.toml").read_text(encoding="utf-8")).items()
}
HEADS, MODIFIERS, NOT_PLACES = WORDS["heads"], WORDS["modifiers"], WORDS["not_places"]
BEFORE, AFTER, EVENTS = WORDS["before"], WORDS["after"], WORDS["events"]
WORD_BEFORE = re.compile(r"(?<![\w-])([\w.]+(?:-[\w.]+)*)[ \n]$")
REACH = 40  # characters that are looked at for one word


def _any(words: frozenset[str]) -> str:
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


@cache
def _after() -> re.Pattern[str]:
    heads, sides = _any(HEADS["one"] | HEADS["many"]), _any(MODIFIERS["sides"])
    return re.compile(rf"(?:[ \n](?:{sides}))?[ \n-](?:{heads})(?:[ \n](?:{heads}))?(?![\w-])", re.IGNORECASE)


@cache
def _head_before(described: bool) -> re.Pattern[str]:
    """The word before a place, and what joins them: "suburbs of the "; where ``described``, also "checkpoint in "."""
    sides = _any(MODIFIERS["sides"])
    of = rf"(?:{_any(HEADS['before_of'])})(?: (?:{sides}))?"
    within = rf"(?:{_any(HEADS['before_in'])}) (?:around|at|in|near|outside)"
    side = rf"(?:the|its) (?:\w+-\w+ )?(?P<side>(?:{sides}) of)"  # "west of Homs" says where something else is
    before = "|".join([side, f"{of} of", *([within] if described else ())])
    return re.compile(rf"(?<![\w-])(?:{before}) (?:the |its |their )?$", re.IGNORECASE)


def word_before(text: str, at: int) -> str:
    """The word that ends one blank before an offset; "" if there is none."""
    match = WORD_BEFORE.search(text, max(0, at - REACH), at)
    return match[1] if match else ""


def is_modifier(word: str) -> bool:
    """Whether a word before a place belongs to it: northern, rebel-held, nearby, Syrian."""
    low = word.lower()
    held = "-" in low and low.rpartition("-")[2] in MODIFIERS["held"]
    return low in MODIFIERS["sides"] or low in MODIFIERS["others"] or held or bool(country_of_adjective(word))


def with_modifiers(text: str, start: int) -> int:
    """The start of a place with the modifiers before it."""
    while (word := word_before(text, start)) and is_modifier(word):
        start -= len(word) + 1
    return start


def place_unit(text: str, start: int, end: int, described: bool = True) -> tuple[int, int]:
    """``[start, end)`` of the smallest place that a phrase names as a unit (guidelines, 7), from its name at ``[start, end)``.

    ``described``: "checkpoint in Homs" is such a unit.
    """
    if match := _after().match(text, end):
        end = match.end()
    start = with_modifiers(text, start)
    while match := _head_before(described).search(text, max(0, start - 2 * REACH), start):
        start = _described(text, match.start("side") if match["side"] else match.start())
    return start, end


def _described(text: str, start: int) -> int:
    """The start of a described place, "crowded market in …": at most three words after a determiner are its modifiers.

    A preposition shows less, so only one word after it is. A participle may be a trigger.
    """
    first = start
    for count in range(4):
        word = word_before(text, first)
        low = word.lower()
        if low in BEFORE["determiners"] or (count < 2 and low in BEFORE["prepositions"] | {"against", "of", "on"}):
            return first
        if not word or low in BEFORE["prepositions"] | {"and", "of", "on"} or re.fullmatch(r"\w+(?:ed|ing)|\d.*", word):
            break
        first -= len(word) + 1
    return with_modifiers(text, start)
