"""The words of a text and of the lexicon, as ``_name_rules`` needs them to guess names."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

WORD = re.compile(r"\w(?:[\w&]|[-.](?=\w)|['’](?=\w\w))*")  # not the 's of "Morn's", but the 'a of "Shi'ar"
SENTENCE_END = re.compile(r"[.!?:;\n\]\"“”)(\[]")
PARTICLE = re.compile(r"(?:al|el|ul|as|ash|an|ar|at)-", re.IGNORECASE)
# Small words inside names.
CONNECTORS = {"of", "for", "the", "and", "on", "de", "del", "la", "los", "las", "bin", "ibn", "al", "el", "ul", "von", "van"}
DETERMINERS = {"the", "a", "an", "its", "their", "his", "her", "our", "this", "that", "these", "those", "both"}


class Lexicon:
    """The lists of ``new_names.toml`` as attributes, each a frozenset of words in lower case, and the names of countries."""

    def __init__(self) -> None:
        written = tomllib.loads(Path(__file__).with_name("new_names.toml").read_text(encoding="utf-8"))
        phrases = {
            key: [item.strip() for item in re.split(r"[|\n]", written.pop(key).strip())] for key in ("bodies", "well_known")
        }
        self._words = {key: frozenset(value.split()) for key, value in written.items()}
        self.adjectives = frozenset(name.rstrip("*") for name in phrases["bodies"] if name.endswith("*"))
        self.bodies = frozenset(name.rstrip("*") for name in phrases["bodies"])
        self.well_known = [names.split("=") for names in phrases["well_known"]]

    def __getattr__(self, name: str) -> Any:
        return self._words[name]

    @cached_property
    def all_titles(self) -> frozenset[str]:
        return self.titles | self.strong_titles

    @cached_property
    def not_of_people(self) -> frozenset[str]:
        """The words that are in no name of a person."""
        return self.heads | self.other_heads | self.nations | self.countries | self.all_titles | self.members

    @cached_property
    def after_names(self) -> frozenset[str]:
        """The words after which a name is complete."""
        return self.verbs | self.deeds | self.places_before | CONNECTORS | {"in"}

    @cached_property
    def not_in_names(self) -> frozenset[str]:
        """The words that end a name in a text that is all in capitals."""
        return self.common | self.calendar | self.after_names | DETERMINERS

    @cached_property
    def countries(self) -> frozenset[str]:
        from babel import Locale  # takes a quarter of a second, and few commands need it

        territories = Locale("en").territories.items()
        return frozenset(name.lower() for code, name in territories if code.isalpha()) | self.other_countries


@cache
def lexicon() -> Lexicon:
    """The lexicon. It is read once."""
    return Lexicon()


class Word(NamedTuple):
    """A word of the text, and the text between it and the word before."""

    text: str
    start: int
    end: int
    gap: str

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital, also after an article that belongs to it ("al-Tarn"); a number with "th" does."""
        if PARTICLE.sub("", self.text, count=1)[:1].isupper():
            return True
        return self.text[0].isdigit() and bool(re.fullmatch(r"\d+(?:st|nd|rd|th)", self.low))

    @property
    def may_be_of_person(self) -> bool:
        """Whether it may be part of the name of a person."""
        part = self.is_capital or self.low in ("al", "el", "bin", "ibn", "de", "del", "van", "von")
        return part and self.low not in lexicon().not_of_people and not any(map(str.isdigit, self.text))

    @property
    def may_be_in_name(self) -> bool:
        """Whether it may be in a name of a text that is all in capitals: no function word, form of a verb or number."""
        is_form = self.low.endswith(("ed", "ing")) and self.low not in ("armed", "united", "allied")
        return not (is_form or self.text.isdigit() or self.low in lexicon().not_in_names)


def words_of(text: str) -> list[Word]:
    words, before = [], 0
    for match in WORD.finditer(text):
        words.append(Word(match.group(), *match.span(), text[before : match.start()]))
        before = match.end()
    return words


def written(words: Sequence[Word]) -> str:
    """Words in a row, as they stand in the text."""
    return words[0].text + "".join(word.gap + word.text for word in words[1:])


class Run(NamedTuple):
    """Capitalised words in a row with the small words inside names, and the words around them in the same sentence."""

    words: list[Word]
    before: Word | None
    after: list[Word]  # up to three


def runs(text: str, words: Sequence[Word]) -> Iterator[Run]:
    """The runs of a text. Headlines are left out, because each of their words has a capital.

    A common word, a month, and a word that begins a sentence and is written small elsewhere begin no name.
    """
    lex, small = lexicon(), Counter(word.low for word in words if not word.is_capital)
    headlines = list(_headlines(text))
    first = last = -1  # of the run, as numbers of words; ``last`` is capitalised
    for number, word in enumerate(words):
        joined = first >= 0 and _joins(word, words[number - 1])
        begins = not joined and (not word.start or bool(SENTENCE_END.search(word.gap)))
        capital = word.is_capital and word.low not in lex.calendar and word.low not in lex.common
        capital = capital and not (begins and small[word.low] and word.text[1:].islower())
        if first >= 0 and not (joined and (capital or word.low in CONNECTORS)):
            yield from _run(words, first, last, headlines)
            first = -1
        if capital:
            first, last = first if first >= 0 else number, number
    if first >= 0:
        yield from _run(words, first, last, headlines)


def _run(words: Sequence[Word], first: int, last: int, headlines: Sequence[tuple[int, int]]) -> Iterator[Run]:
    if not any(start <= words[first].start < end for start, end in headlines):
        before = words[first - 1] if first and words[first].gap in (" ", ". ") else None
        yield Run(list(words[first : last + 1]), before, list(words[last + 1 : last + 4]))


def _joins(word: Word, before: Word) -> bool:
    """Whether a word belongs to the run of the word before: after a blank, a dash, or the dot of an initial or a title."""
    if word.gap in (". ", "."):
        return len(before.text) == 1 or before.low in lexicon().strong_titles | {"st", "u.s", "u.n", "sr", "jr"}
    return word.gap in (" ", " - ")


def _headlines(text: str) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of the lines in which nearly every longer word has a capital, and which end as no sentence does."""
    for line in re.finditer(r"[^\n]+", text):
        if line.group().endswith(tuple('.!?:"”’)')):  # asked in the expression, this would try each character of a long line
            continue
        longer = [word for word in WORD.findall(line.group()) if len(word) > 3 and word.isalpha()]
        if len(longer) > 3 and sum(word[0].isupper() for word in longer) > 0.7 * len(longer):
            yield line.span()
