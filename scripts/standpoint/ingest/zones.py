"""Zones: the function of each paragraph of an article, by rules on its text and then by its position."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from standpoint.codebook.types import Zones
from standpoint.core.model import Zone
from standpoint.core.words import count_words, ends_sentence
from standpoint.ingest.metadata import BYLINE, CREDIT, FIELD, ORIGIN, byline_of, inline_dateline, is_dateline


class Rule(NamedTuple):
    """One entry of zone_rules.toml, where its fields are explained."""

    zone: str
    pattern: re.Pattern[str]
    matches: str
    words: int
    has: tuple[str, ...]
    paywall: bool

    def find(self, text: str) -> re.Match[str] | None:
        """Where the rule matches in a paragraph; None if it does not."""
        # A search for a pattern with ^ would be tried at every character of the paragraph.
        at_start = self.pattern.pattern.startswith("^") and "|^" not in self.pattern.pattern
        return self.pattern.match(text) if at_start else self.pattern.search(text)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are tried. Compiled on first use, because that takes 40 ms."""
    data = tomllib.loads(files("standpoint.ingest").joinpath("zone_rules.toml").read_text(encoding="utf-8"))
    compiled_rules = []
    for entry in data["rules"]:
        parts = [part.replace("NETWORK", data["network"]) for part in entry["find"]]
        pattern = parts[0] if len(parts) == 1 else "^" + "".join(f"(?=.*?(?:{part}))" for part in parts)
        compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        words, has, paywall = entry.get("words", 400), tuple(entry.get("has", ())), entry.get("paywall", False)
        compiled_rules.append(Rule(entry["zone"], compiled, entry["matches"], words, has, paywall))
    return tuple(compiled_rules)


ANNOTATABLE = Zones().annotatable  # the default of a codebook
TAIL_WORDS = 14  # an unfinished line of at most so many words among boilerplate after the body is boilerplate too
STANDFIRST_WORDS = 90
# A word of more characters is none: so the limits of the rules also hold for a text without blanks, such as data.
WORD_LENGTH = 20
# The letters that a pattern ignoring case takes for letters of ASCII, and that str.lower does not make such letters.
SMALL = (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"))
QUOTATION = re.compile('["“”„«][^"“”„«»]+["“”»]')
OPENING = '"“«'
QUOTES = '"“”„«'
SPEECH = re.compile(r"\b(?:said|says|told|added|wrote)\b")
ATTRIBUTION = re.compile(r"\b(?:said|says|told|added|wrote|according)\b")


def zone_names(paragraphs: Sequence[str], hints: Sequence[str]) -> list[str]:
    """The zone of each paragraph. ``hints``: from the format of the file, the zone or a clue (see readers/_raw.py)."""
    small = [_in_small_letters(text) for text in paragraphs]
    # Most texts have the words of a few rules: to see that in the whole text is quicker than in each paragraph.
    among = _having(rules(), "\n".join(small))
    names = [_zone_alone(*item, among) for item in zip(paragraphs, small, hints, strict=True)]
    if "body" in names or "links" in hints:
        _mark_standfirst(names, paragraphs, hints)
        _close_tail(names, paragraphs)
    return names


def _zone_alone(text: str, small: str, hint: str, among: Sequence[Rule]) -> str:
    if hint in ("headline", "standfirst", "byline", "dateline", "caption"):
        return hint
    if FIELD.fullmatch(text) and count_words(text) <= 30:
        return "metadata"
    if CREDIT.fullmatch(text) or (BYLINE.fullmatch(text) and byline_of(text)):
        return "byline"
    if is_dateline(text):
        return "dateline"
    if ORIGIN.fullmatch(text):
        return "copyright"
    if not _quotes(text) and (rule := first_match(text, _possible(text, small, among))):
        return rule.zone
    return "boilerplate" if hint == "links" else "body"


def first_match(text: str, among: Sequence[Rule]) -> Rule | None:
    """The first of the rules that a paragraph matches."""
    count = max(count_words(text), len(text) // WORD_LENGTH) if among else 0
    return next((rule for rule in among if count <= rule.words and rule.find(text)), None)


def _possible(text: str, small: str, among: Sequence[Rule]) -> list[Rule]:
    """The rules that a paragraph may match; ``small``: the paragraph in small letters."""
    begins = _beginnings().match(text) is not None
    return _having(among if begins else [rule for rule in among if rule.has], small)


def _having(among: Iterable[Rule], small: str) -> list[Rule]:
    """The rules without the words in ``has``, and those of whose words a text in small letters has one.

    A pattern that ignores case is tried at each character, which takes fifty times as long as to look for such a word.
    """
    found = []
    for rule in among:
        if not rule.has:
            found.append(rule)
            continue
        for word in rule.has:
            if word in small:
                found.append(rule)
                break
    return found


def _in_small_letters(text: str) -> str:
    for letter, small in SMALL if not text.isascii() else ():
        text = text.replace(letter, small)
    return text.lower()


@cache
def _beginnings() -> re.Pattern[str]:
    """A pattern that matches the beginning of each paragraph that a rule without ``has`` matches: it is tried for all of them."""
    patterns = (rule.pattern.pattern for rule in rules() if not rule.has)
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | re.DOTALL)


def _quotes(text: str) -> bool:
    """Whether a paragraph quotes somebody: then it is body text, even if the quoted words are an appeal or a notice."""
    if not any(mark in text for mark in QUOTES):  # most paragraphs; the rest is slower
        return False
    quotation = QUOTATION.search(text)
    if quotation and ATTRIBUTION.search(text, quotation.end()):
        return True
    last = max(map(text.rfind, OPENING))
    return last > 0 and SPEECH.search(text, 0, last) is not None


def _mark_standfirst(names: list[str], paragraphs: Sequence[str], hints: Sequence[str]) -> None:
    """Make the first paragraph the standfirst if only it is emphasised, or if it is between headline and byline or date.

    Outlets mark a standfirst in one of these two ways; otherwise the first paragraph is the lead, which is body.
    """
    bodies = [index for index, name in enumerate(names) if name == "body"]
    if len(bodies) < 2 or "standfirst" in names or count_words(paragraphs[bodies[0]], STANDFIRST_WORDS) > STANDFIRST_WORDS:
        return
    first, second = bodies[:2]
    between = any(name in ("byline", "dateline") for name in names[first:second])
    headed = "headline" in names[:first] and not any(name in ("byline", "dateline") for name in names[:first])
    if (hints[first] == "emphasis" and hints[second] != "emphasis") or (between and headed):
        names[first] = "standfirst"


def _close_tail(names: list[str], paragraphs: Sequence[str]) -> None:
    """After the last full paragraph of the body, make short unfinished lines among boilerplate boilerplate too.

    They are titles of other articles and names of authors, which no rule on words can distinguish from a cross-heading.
    """
    last = 0
    for index, (name, text) in enumerate(zip(names, paragraphs, strict=True)):
        if name == "body" and (ends_sentence(text) or count_words(text, TAIL_WORDS) > TAIL_WORDS):
            last = index
    others = [index for index in range(last + 1, len(names)) if names[index] in ("donation", "copyright", "boilerplate")]
    for index in range(others[0], len(names)) if others else ():
        if names[index] == "body":
            names[index] = "boilerplate"


def stretches_of(names: Sequence[str], spans: Sequence[tuple[int, int]], text: str) -> Iterator[Zone]:
    """Each paragraph as a zone, or as two if it begins with the dateline of a wire report."""
    for name, (start, end) in zip(names, spans, strict=True):
        cut = start + (inline_dateline(text[start:end]) if name == "body" else 0)
        if cut > start:
            yield Zone(name="dateline", start=start, end=cut)
        yield Zone(name=name, start=cut, end=end)


def partition(stretches: Sequence[Zone], length: int) -> tuple[Zone, ...]:
    """Zones that cover the text: neighbours of the same name are joined, and each zone ends where the next begins."""
    joined: list[Zone] = []
    for item in stretches:
        if not joined or joined[-1].name != item.name:
            joined.append(item)
    ends = [zone.start for zone in joined[1:]] + [length]
    return tuple(Zone(name=zone.name, start=zone.start, end=end) for zone, end in zip(joined, ends, strict=True))
