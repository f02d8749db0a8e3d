"""Zones: the function of each paragraph of an article, by rules on its text and then by its position."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    find: Callable[[str], re.Match[str] | None]
    matches: str
    words: int
    paywall: bool


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are tried. Compiled on first use, because that takes 40 ms."""
    data = tomllib.loads(files("standpoint.ingest").joinpath("zone_rules.toml").read_text(encoding="utf-8"))
    compiled_rules = []
    for entry in data["rules"]:
        parts = [part.replace("NETWORK", data["network"]) for part in entry["find"]]
        pattern = parts[0] if len(parts) == 1 else "^" + "".join(f"(?=.*?(?:{part}))" for part in parts)
        compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        # A search for a pattern with ^ would be tried at every character of the paragraph.
        at_start = pattern.startswith("^") and "|^" not in pattern
        find = compiled.match if at_start else compiled.search
        paywall = entry.get("paywall", False)
        compiled_rules.append(Rule(entry["zone"], find, entry["matches"], entry.get("words", 400), paywall))
    return tuple(compiled_rules)


ANNOTATABLE = Zones().annotatable  # the default of a codebook
TAIL_WORDS = 14  # an unfinished line of at most so many words among boilerplate after the body is boilerplate too
STANDFIRST_WORDS = 90
# A word of more characters is none: so the limits of the rules also hold for a text without blanks, such as data.
WORD_LENGTH = 20
QUOTATION = re.compile('["“”„«][^"“”„«»]+["“”»]')
OPENING = re.compile('["“«]')
SPEECH = re.compile(r"\b(?:said|says|told|added|wrote)\b")
ATTRIBUTION = re.compile(r"\b(?:said|says|told|added|wrote|according)\b")


def zone_names(paragraphs: Sequence[str], hints: Sequence[str]) -> list[str]:
    """The zone of each paragraph. ``hints``: from the format of the file, the zone or a clue (see readers/_raw.py)."""
    names = [_zone_alone(text, hint) for text, hint in zip(paragraphs, hints, strict=True)]
    if "body" in names or "links" in hints:
        _mark_standfirst(names, paragraphs, hints)
        _close_tail(names, paragraphs)
    return names


def _zone_alone(text: str, hint: str) -> str:
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
    if not _quotes(text) and (rule := first_match(text, rules())):
        return rule.zone
    return "boilerplate" if hint == "links" else "body"


def first_match(text: str, among: Iterable[Rule]) -> Rule | None:
    """The first of the rules that a paragraph matches."""
    count = max(count_words(text), len(text) // WORD_LENGTH)
    return next((rule for rule in among if count <= rule.words and rule.find(text)), None)


def _quotes(text: str) -> bool:
    """Whether a paragraph quotes somebody: then it is body text, even if the quoted words are an appeal or a notice."""
    quotation, speech = QUOTATION.search(text), SPEECH.search(text)
    after = quotation is not None and ATTRIBUTION.search(text, quotation.end())
    return bool(after or (speech and OPENING.search(text, speech.end())))


def _mark_standfirst(names: list[str], paragraphs: Sequence[str], hints: Sequence[str]) -> None:
    """Make the first paragraph the standfirst if only it is emphasised, or if it is between headline and byline or date.

    Outlets mark a standfirst in one of these two ways; otherwise the first paragraph is the lead, which is body.
    """
    bodies = [index for index, name in enumerate(names) if name == "body"]
    if len(bodies) < 2 or "standfirst" in names or count_words(paragraphs[bodies[0]]) > STANDFIRST_WORDS:
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
        is_scrap = count_words(text) <= TAIL_WORDS and not ends_sentence(text)
        if name == "body" and not is_scrap:
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
