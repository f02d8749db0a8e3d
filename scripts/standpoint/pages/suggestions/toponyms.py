"""Suggestions of places that the registry does not have: countries, the towns of the article's countries, and names that the
text itself shows to be places. English only.

A name is suggested where the text says that something happens there: after "in" or "near", as the object of an event, beside a
word such as "province" or "village of", or in a row with such a place. It is not suggested as a part of a longer name ("Aleppo
Media Centre"), for people or authorities ("Damascus rejected"), as what a speaker comes from, for a place that only says where
another place is ("Azaz, Aleppo province"), or far from a word of the codebook's lexicon, because a place without an event is not
marked (guidelines, 7). In an article with few such words, those that other news has too ("meet", "supply") do not count.

Known names: those that annotators marked as places in other articles, then countries and capitals, then towns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.model import Article
from standpoint.pages.suggestions._annotated import PLACE, Annotated
from standpoint.pages.suggestions._events import Word, begins_event, read_words
from standpoint.pages.suggestions._gazetteer import capitals, countries, countries_in, country_of_adjective, folded, towns_of
from standpoint.pages.suggestions._place_units import AFTER, BEFORE, EVENTS, HEADS, MODIFIERS, NOT_PLACES, is_modifier, place_unit

WITH_ARTICLE = re.compile(r"(?:al|el|a[rsdntz]|ash|e[zdsr]|ul)-\W?[A-Z]")  # al-Bab begins with a small letter, and is a name
ARTICLES_OF_NAMES = ("el", "la", "las", "los")  # in an English text, they begin a name
ANY_HEAD = HEADS["one"] | HEADS["many"]
COMMON = ANY_HEAD | HEADS["before_of"]
AROUND_NAMES = ANY_HEAD | NOT_PLACES["others"]
BEGIN_SENTENCES = BEFORE["prepositions"] | BEFORE["determiners"] | BEFORE["others"]
DISTANCES = {"km", "kilometers", "kilometres", "miles"}
LONGEST = 4  # words of a name
FAR = 12  # words after an origin in which a destination may stand
NEAR = 10  # words before or after a place in which an event is near
CAPITALS = 0.7  # a text with this share of capitals is written in capitals
COUNTRY, CAPITAL, ANNOTATED, TOWN = "country", "capital", "annotated", "town"
# What joins a place to where it is; "towns" and the like after several names belong to none of them.
SIDE_OF = f"(?:(?:{'|'.join(sorted(MODIFIERS['sides']))}) )?of"
SAYS_WHERE = re.compile(rf"[ \n]|(?: \w+s)?,? (?:in|near|outside|close to|{SIDE_OF}) (?:the )?", re.IGNORECASE)


class Name(NamedTuple):
    """The words ``[first, last)``, and what is known of them; "" if nothing is."""

    first: int
    last: int
    kind: str


def suggest(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
) -> Iterator[tuple[int, int, str]]:
    """Start, end and label of each suggestion."""
    if PLACE in layer.by_name and article.text and article.language.startswith("en"):
        yield from (
            (start, end, PLACE) for start, end in Reading(article, article.text, layer, codebook, registry, annotated).places()
        )


class Reading:
    """One article, read for the names of places."""

    def __init__(
        self, article: Article, text: str, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated
    ) -> None:
        self.text = text
        self.words, self.events, self.with_event = read_words(article, codebook, layer.name)
        self.lows = {word.low for word in self.words}
        letters = [char for char in text if char.isalpha()]
        self.in_capitals = sum(map(str.isupper, letters)) > CAPITALS * len(letters)
        self.actors = [mention for mention, is_actor in registry.mentions(text, article) if is_actor]
        self.article_id, self.annotated = article.id, annotated
        # A word that the text also has with a small letter is no name.
        self.common = frozenset() if self.in_capitals else frozenset(word.low for word in self.words if word.text.islower())
        self.common |= HEADS["one"] | HEADS["many"] | NOT_PLACES["others"] | BEGIN_SENTENCES
        starts = [at for at, word in enumerate(self.words) if self._is_name(word) and word.low not in BEGIN_SENTENCES]
        counts = countries_in(self._phrase(at, at + count) for at in starts for count in (1, 2, 3))
        self.towns = towns_of(counts)
        self.known: dict[int, Name] = {}  # the known names, by their first words
        self.units: dict[tuple[Name, bool], tuple[int, int]] = {}  # how far each name reaches, as a rule is asked several times
        self.taken: dict[int, Name] = {}  # the places that were found, by their first words
        self.ends: set[int] = set()  # where they end
        self.capitals = {name for name, code in capitals().items() if code in counts}

    # The words.

    def _begins_event(self, at: int) -> bool:
        return begins_event(self.words, at, self.events)

    def _is_name(self, word: Word) -> bool:
        if folded(word.text[:-1]) in countries() and word.low.endswith("s") and folded(word.text) not in countries():
            return False  # a possessive that lost its apostrophe: "Syrias Idlib"
        return word.text[0].isupper() or bool(WITH_ARTICLE.match(word.text))

    def _phrase(self, first: int, last: int) -> str:
        return " ".join(word.text for word in self.words[first:last])

    def _joined(self, at: int) -> bool:
        """Whether only a blank is between a word and the word before."""
        if not 0 < at < len(self.words) or self.words[at - 1].sentence != self.words[at].sentence:
            return False
        return not self.words[at - 1].possessive and self.text[self.words[at - 1].end : self.words[at].start] in (" ", "\n", "-")

    def _low(self, at: int, beside: int) -> str:
        """A word in lower case; "" outside the sentence of the word ``beside``."""
        inside = 0 <= at < len(self.words) and self.words[at].sentence == self.words[beside].sentence
        return self.words[at].low if inside else ""

    def _kind(self, first: int, last: int) -> str:
        words = self.words[first:last]
        if all(word.low in self.common or is_modifier(word.text) for word in words):
            return ""
        key = folded(self._phrase(first, last))
        if self.in_capitals and key == "us":
            return ""
        if self.annotated.knows(key, self.article_id):
            return ANNOTATED
        if key in countries():
            return COUNTRY
        if key in self.capitals:
            return CAPITAL
        return TOWN if key in self.towns and not country_of_adjective(key) else ""

    # The names.

    def _names(self) -> Iterator[Name]:
        """The names of a text in capitals and small letters: each is a whole row of words with a capital, and no part of it."""
        at = 0
        while at < len(self.words):
            first = last = at
            while last < len(self.words) and (last == first or self._joined(last)):
                is_inside = last > first and self.words[last].low in HEADS["inside"] and self._joined(last + 1)
                if not (is_inside or self._is_name(self.words[last])):
                    break
                last += 1
            at = max(last, at + 1)
            while last > first and not self._is_name(self.words[last - 1]):
                last -= 1
            yield from self._parts(first, last)

    def _parts(self, first: int, last: int) -> Iterator[Name]:
        """The names in a row of words with a capital: known names side by side, or one name that is not known."""
        while first < last and not self._kind(first, last) and self._is_before_name(self.words[first]):
            first += 1
        while first < last and not self._kind(first, last) and self.words[last - 1].low in AROUND_NAMES:
            last -= 1
        known, at = [], first
        while at < last and (found := self._longest(at, last)):
            known.append(found)
            at = found.last
        if at == last:
            yield from known
        elif last - first <= LONGEST:
            yield Name(first, last, "")

    def _is_before_name(self, word: Word) -> bool:
        return word.low in BEGIN_SENTENCES | NOT_PLACES["others"] or is_modifier(word.text)

    def _longest(self, first: int, last: int) -> Name | None:
        if not self.words[first].text[0].isalpha():
            return None
        ends = range(min(last, first + LONGEST), first, -1)
        return next((Name(first, end, kind) for end in ends if (kind := self._kind(first, end))), None)

    def _names_in_capitals(self) -> Iterator[Name]:
        """The names of a text in capitals: known names, a word after a Spanish article, and what stands before a head."""
        at = 0
        while at < len(self.words):
            last = at + 1
            while last < len(self.words) and last < at + LONGEST and self._joined(last) and self.words[last].text[0].isalpha():
                last += 1
            found = self._longest(at, last)
            if found and found.last == at + 1 and self._begins_event(at):
                found = None
            if not found and self.words[at].low in ARTICLES_OF_NAMES and self._joined(at + 1):
                found = Name(at, at + 2, "")
            if not found and self.words[at].low in HEADS["one"] and (first := self._before_head(at)) < at:
                found = Name(first, at, "")
            if found:
                yield found
            at = max(at + 1, found.last if found else 0)

    def _before_head(self, head: int) -> int:
        """Where the name before a head begins in a text in capitals: after a preposition; ``head`` if there is none."""
        first = head
        while head - first < LONGEST - 1 and self._joined(first) and self.words[first - 1].text.isalpha():
            low = self.words[first - 1].low
            if low in BEFORE["prepositions"] | BEFORE["determiners"]:
                return head if low in ("a", "an") else first
            if is_modifier(self.words[first - 1].text) or self._begins_event(first - 1):
                return head
            first -= 1
        return head

    # The places.

    def places(self) -> Iterator[tuple[int, int]]:
        """``[start, end)`` of each place, in order."""
        names = list(self._names_in_capitals() if self.in_capitals else self._names())
        names = [name for name in names if self._may_be_place(name)]
        self.known = {name.first: name for name in names if name.kind}
        taken = self.taken
        # A name that is a place once is one in all the text, so what was found decides about what is left.
        for _ in range(3):
            shown = {folded(self._phrase(name.first, name.last)) for name in taken.values()}
            for name in names:
                kind = name.kind or (ANNOTATED if folded(self._phrase(name.first, name.last)) in shown else "")
                if name.first not in taken and self._is_where(name, kind):
                    taken[name.first] = name
                    self.ends.add(name.last)
        end_before = 0
        for _, name in sorted(taken.items()):
            if self.events and self.words[name.first].sentence not in self.with_event:
                continue
            start, end = self._unit(name)
            says_where = end_before and self._only_says_where(name, start, end_before)
            if start >= end_before and not says_where and not self._is_state(name):
                yield start, end
            end_before = max(end, end_before)

    def _unit(self, name: Name, described: bool = True) -> tuple[int, int]:
        """``[start, end)`` of the place that a name names, with "of" and another name after it: "Sumy region of Ukraine"."""
        key = (name, described)
        if key not in self.units:
            self.units[key] = self._find_unit(*key)
        return self.units[key]

    def _find_unit(self, name: Name, described: bool) -> tuple[int, int]:
        # "The capital city" is no name, so "areas in the capital city" ends before "in".
        described &= not all(word.low in COMMON for word in self.words[name.first : name.last])
        start, end = place_unit(self.text, self.words[name.first].start, self.words[name.last - 1].end, described)
        of = self._word_from(end, name)
        after = of + 1 + (self._low(of + 1, name.first) == "the")
        if self._low(of, name.first) == "of" and self._joined(of) and self._joined(after) and after in self.known:
            _, end = self._unit(self.known[after])
        return start, end

    def _word_from(self, offset: int, name: Name) -> int:
        """The first word after a name that begins at an offset or later."""
        return next((at for at in range(name.last, len(self.words)) if self.words[at].start >= offset), len(self.words))

    def _may_be_place(self, name: Name) -> bool:
        """Whether a name is no part of another name, and what follows does not make it people or an organisation."""
        first, last, kind = name
        words, after = self.words[first:last], self._low(last, first)
        span = (words[0].start, words[-1].end)
        if any(actor.start < span[1] and span[0] < actor.end for actor in self.actors) or words[-1].possessive:
            return False
        if not kind and not self._may_be_unknown(words, after):
            return False
        if words[-1].low.endswith("s") and words[-1].low[:-1] in self.lows:
            return False  # a possessive that lost its apostrophe: "Aleppos suburbs"
        if self.text[span[1] : span[1] + 6].lower() == "-based":
            return False
        if kind == COUNTRY and self._low(first - 2, first) == "part" and not is_modifier(self.words[first - 3].text):
            return False  # "on the part of Chad"
        if not self._joined(last):
            return True
        if after in NOT_PLACES["people"] or kind == COUNTRY and after in HEADS["vague"]:
            return False  # "the Homs police", "the U.S. Department of …"
        is_longer = self._is_name(self.words[last]) and not self.in_capitals
        return not is_longer or after in AROUND_NAMES or bool(self._kind(last, last + 1))

    def _may_be_unknown(self, words: Sequence[Word], after: str) -> bool:
        """Whether a name that nobody knows may be a place: not an acronym, a people, an organisation or a common word."""
        if after == "of" or any(map(country_of_adjective, words[-1].text.split("-"))):
            return False
        lows = {word.low for word in words if word.low not in HEADS["first"]}
        if lows & (self.common | NOT_PLACES["organisations"] | NOT_PLACES["others"]):
            return False
        has_acronym = any(word.text.isupper() for word in words)
        return self.in_capitals or not (has_acronym or any((word.low,) in self.events for word in words))

    def _is_where(self, name: Name, kind: str) -> bool:
        """Whether the words around a name, or around the place that it describes, show that something happens there."""
        begin, begin_described = self._begin(name, described=False), self._begin(name)
        return self._is_shown(name, kind, begin) or begin_described < begin and self._is_shown(name, TOWN, begin_described)

    def _is_shown(self, name: Name, kind: str, begin: int) -> bool:
        """Whether the words before ``begin``, where the place begins, and those after it show that something happens there."""
        first, last, _ = name
        after = self._low(last, first) if self._joined(last) else ""
        is_bare = begin == first
        if is_bare and self._ends_longer_name(first):
            return False
        has_determiner = self._low(begin - 1, first) in BEFORE["determiners"]
        begin -= has_determiner
        before, before_it = self._low(begin - 1, first), self._low(begin - 2, first)
        if not kind and self.words[first].low in HEADS["first"] and last - first > 1:
            kind = TOWN
        has_head = self._has_head(first, after, kind)
        names_event = bool(after) and self._begins_event(last)  # "the Homs offensive", "Homs fell"
        if self._shares_head(name):
            return True
        if has_determiner and is_bare and not has_head:
            is_word = not kind or kind == TOWN and last - first == 1
            if is_word and not (kind and names_event):
                return False  # "the Price"
        if self._in_row(name, begin):
            return True
        if before_it in (HEADS["before_in"] if before == "between" else ANY_HEAD) and before in BEFORE["prepositions"]:
            return False  # it says where another place is: "Freedom Square in Kharkiv"
        known = bool(kind) or has_head
        earlier = {self._low(at, first) for at in range(begin - 6, begin - 1)}
        if before == "of":
            is_one_of = before_it in HEADS["many"] and kind != COUNTRY and "from" not in earlier  # "the villages of X and Y"
            has_event = before_it in BEFORE["events"] and (known or before_it in BEFORE["sure_events"])
            is_side = known and before_it in MODIFIERS["sides"] and not earlier & DISTANCES
            return has_event or (is_one_of or is_side) and self._is_near_event(begin, last)
        if before == "from":
            # An origin counts only if no destination is given.
            has_destination = "to" in {self._low(at, first) for at in range(last, last + FAR)}
            return known and not has_destination and bool(earlier & BEFORE["leaving"])
        if before == "to":
            return known and bool(earlier & BEFORE["motion"])
        if before in ("on", "against"):  # a country is attacked as an actor, but it is also where strikes on it fall
            is_hit = before == "on" and any(self._begins_event(at) for at in range(max(0, begin - 4), begin - 1))
            return known and (kind != COUNTRY or is_hit)
        if before in BEFORE["prepositions"]:
            # "Trade between Chad and Niger", "shots at Chad": there it is an actor.
            is_actor = not has_head and (before == "between" and kind in (COUNTRY, CAPITAL) or before == "at" and kind == COUNTRY)
            is_sure = known or before in BEFORE["sure"] and is_bare and not self.in_capitals
            return is_sure and not is_actor and self._is_near_event(begin, last)
        if not known or before in BEFORE["others"] and not (has_determiner and names_event):
            return False
        if before and self._begins_event(begin - 1) or before in BEFORE["reaching"]:
            return has_head or kind != COUNTRY and not (self.in_capitals and kind == TOWN)
        if has_head:
            is_part = before == "," or before and self._is_name(self.words[begin - 1])
            return bool(kind) and not is_part and self._is_near_event(begin, last)
        # A capital that does something is a government: "Damascus rejected", "Damascus warns".
        may_act = kind in (ANNOTATED, TOWN) and not (self.in_capitals and kind == TOWN)
        is_verb = after.endswith("ed") or after.removesuffix("s") in EVENTS["everyday"]
        return names_event and (may_act or kind == CAPITAL and not is_verb)

    def _has_head(self, first: int, after: str, kind: str) -> bool:
        """Whether a word such as "province" or "village of" shows that a name is a place."""
        vague = frozenset() if kind else HEADS["vague"]
        is_of = self._low(first - 1, first) == "of" and self._low(first - 2, first) in HEADS["before_of"] - vague
        return is_of or after in HEADS["one"] - vague

    def _ends_longer_name(self, first: int) -> bool:
        """Whether the word before a name belongs to the same name, which is not known: "Media Centre Aleppo"."""
        if self.in_capitals or not self._joined(first) or not self._is_name(self.words[first - 1]):
            return False
        return self.words[first - 1].low not in BEGIN_SENTENCES and first not in self.ends

    def _begin(self, name: Name, described: bool = True) -> int:
        """The first word of the place that a name names or describes."""
        start, _ = self._unit(name, described)
        begin = name.first
        while begin and self.words[begin - 1].start >= start:
            begin -= 1
        return begin

    def _is_near_event(self, begin: int, last: int) -> bool:
        """Whether a word of an event is near: in a long sentence, much else is said to be in some place."""
        near = (*range(max(0, begin - NEAR), begin), *range(last, min(len(self.words), last + NEAR)))
        inside = (at for at in near if self.words[at].sentence == self.words[begin].sentence)
        return not self.events or any(self._begins_event(at) for at in inside)

    def _is_state(self, name: Name) -> bool:
        """Whether something only is in a place ("the house, located in Homs", "the Guard in Homs said")."""
        begin = self._begin(name)
        begin -= self._low(begin - 1, name.first) in BEFORE["determiners"]
        if self._low(begin - 2, name.first) in BEFORE["states"]:
            return True
        last = self._word_from(self._unit(name)[1], name)
        earlier = takewhile(lambda at: self._low(at, name.first), range(begin - 1, -1, -1))
        return self._low(last, name.first) in AFTER["saying"] and not any(map(self._begins_event, earlier))

    def _shares_head(self, name: Name) -> bool:
        """Whether a name is one of several before a head: "X and Y districts"."""
        follows = self.taken.get(name.last + 1)
        last = follows.last if follows and self._low(name.last, name.first) in ("and", ",") else name.last
        return self._joined(last) and self._low(last, name.first) in HEADS["many"]

    def _in_row(self, name: Name, begin: int) -> bool:
        """Whether a name stands in a row after a place: "Homs, Hama and X"."""
        joins = ("and", "or") if name.kind == COUNTRY else ("and", "or", ",")  # "in Odesa, Russia is …" is no row
        is_apposition = self._low(begin, name.first) in ("a", "an")  # "Homs, a town in the west of Syria"
        if self._low(begin - 1, name.first) not in joins or is_apposition or not (name.kind or begin == name.first):
            return False
        skipped = self._low(begin - 2, name.first) in ANY_HEAD | {","}  # "Homs province and X"
        return begin - 1 in self.ends or begin - 1 - skipped in self.ends

    def _only_says_where(self, name: Name, start: int, end_before: int) -> bool:
        """Whether a place only says where the place before it is: "Azaz, Aleppo province", "Camp Hurriya in Iraq"."""
        between = self.text[end_before:start]
        if between != ", ":
            return SAYS_WHERE.fullmatch(between) is not None
        goes_on = self._low(name.last, name.first) in ("and", "or", ",")
        return not (goes_on and (name.last + 1 in self.taken or name.last + 2 in self.taken))
