"""Zones: what each paragraph of an article is for, by rules on the paragraph alone and then by where it stands.

Only headline, standfirst and body are annotatable, so a rule that is wrong loses an article's words. Each therefore takes
a whole line of a known form, or two cues that news does not have together; what somebody is quoted as saying is body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from standpoint.acquire.head import BYLINE, CREDIT, FIELD, ORIGIN, byline_of, inline_dateline, is_dateline
from standpoint.acquire.rules import rule_for
from standpoint.model import Zone

ANNOTATABLE = ("headline", "standfirst", "body")
TAIL_WORDS = 14  # an unfinished line this short among boilerplate after the body is boilerplate too
STANDFIRST_WORDS = 90
QUOTED = re.compile(
    r"[\"“”„«][^\"“”„«»]+[\"“”»].*\b(?:said|says|told|added|wrote|according)\b|\b(?:said|says|told|added|wrote)\b.*[\"“«]",
    re.DOTALL,
)


def zone_names(paragraphs: Sequence[str], hints: Sequence[str]) -> list[str]:
    """The zone of each paragraph. ``hints`` are what the format knew: the zone itself, or a clue (see readers)."""
    names = [_zone_alone(text, hint) for text, hint in zip(paragraphs, hints, strict=True)]
    if "body" not in names and "links" not in hints:
        return names
    _mark_standfirst(names, paragraphs, hints)
    _close_tail(names, paragraphs)
    return names


def _zone_alone(text: str, hint: str) -> str:
    if hint in ("headline", "standfirst", "byline", "dateline", "caption"):
        return hint
    if FIELD.fullmatch(text) and len(text.split()) <= 30:
        return "metadata"
    if CREDIT.fullmatch(text) or (BYLINE.fullmatch(text) and byline_of(text)):
        return "byline"
    if is_dateline(text):
        return "dateline"
    if ORIGIN.fullmatch(text):
        return "copyright"
    found = None if QUOTED.search(text) else rule_for(text)
    return found.zone if found else "boilerplate" if hint == "links" else "body"


def _mark_standfirst(names: list[str], paragraphs: Sequence[str], hints: Sequence[str]) -> None:
    """The first paragraph is a standfirst if it alone is emphasised, or stands between headline and byline or date."""
    bodies = [index for index, name in enumerate(names) if name == "body"]
    if len(bodies) < 2 or "standfirst" in names or len(paragraphs[bodies[0]].split()) > STANDFIRST_WORDS:
        return
    first, second = bodies[:2]
    between = any(name in ("byline", "dateline") for name in names[first:second])
    headed = "headline" in names[:first] and not any(name in ("byline", "dateline") for name in names[:first])
    if (hints[first] == "emphasis" and hints[second] != "emphasis") or (between and headed):
        names[first] = "standfirst"


def _close_tail(names: list[str], paragraphs: Sequence[str]) -> None:
    """Short unfinished lines among the boilerplate after the last full paragraph of the body belong to it."""
    last = max((index for index, name in enumerate(names) if name == "body" and not _is_scrap(paragraphs[index])), default=0)
    others = [index for index in range(last + 1, len(names)) if names[index] in ("donation", "copyright", "boilerplate")]
    for index in range(others[0], len(names)) if others else ():
        if names[index] == "body":
            names[index] = "boilerplate"


def _is_scrap(text: str) -> bool:
    return len(text.split()) <= TAIL_WORDS and not text.rstrip("\"”’')").endswith((".", "!", "?", "…", "؟", "。"))


def stretches_of(names: Sequence[str], spans: Sequence[tuple[int, int]], text: str) -> Iterator[Zone]:
    """Each paragraph as a zone, or as two where it begins with a wire report's dateline."""
    for name, (start, end) in zip(names, spans, strict=True):
        cut = start + (inline_dateline(text[start:end]) if name == "body" else 0)
        if cut > start:
            yield Zone(name="dateline", start=start, end=cut)
        yield Zone(name=name, start=cut, end=end)


def partition(stretches: Sequence[Zone], length: int) -> tuple[Zone, ...]:
    """Zones side by side over the whole text: neighbours of one name are one, and each goes on to where the next begins."""
    joined: list[Zone] = []
    for item in stretches:
        if not joined or joined[-1].name != item.name:
            joined.append(item)
    ends = [zone.start for zone in joined[1:]] + [length]
    return tuple(Zone(name=zone.name, start=zone.start, end=end) for zone, end in zip(joined, ends, strict=True))
