"""Byline, dateline and republication, from the lines around an article."""

from __future__ import annotations

import re
from typing import NamedTuple

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,? )?"
DATE = rf"{DAY}(?:\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{4}}-\d\d-\d\d)"
TIME = r"(?:[T ,|·•–—-]*(?:at )?\d{1,2}[:.]?\d{0,2}(?::\d\d)? ?(?:[ap]\.?m\.?)?Z? ?(?:\(?[A-Z]{2,4}\)?)?(?:[+-]\d\d:?\d\d)?)?"
GAP = r"[\s,|·•/:–—-]*"

# A sentence may begin like a byline ("By Monday the city had fallen."). Therefore byline_of requires that the rest is at most 14
# capitalised words, as in names.
BYLINE = re.compile(
    r"(?:(?:Written |Words |Reporting |Report )?by|Author|Authors|Text|Reporter|Correspondent)(?::| )\s*(?P<who>\S.{1,120})",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"\((?:(?:Additional )?Reporting|Writing|Editing|Compiled|Edited|Written) (?:by|in) .{2,200}\)\.?", re.IGNORECASE
)
NAME = re.compile(
    r"(?:(?:[^\W\d_a-z][\w.'’-]*|and|of|in|for|the|de|da|di|la|le|van|von|der|bin|ibn|al|el|our|staff|writers?|reporters?"
    r"|correspondents?|editors?|agenc(?:y|ies)|&|-|–|—|\||/)(?:[,;]?\s+|,?$))+"
)
# The first digit of a dateline comes soon: at most 60 characters, what is between two facts, and the names of a day and a month
# are before it. To see that first spares most lines of text the search for a date after each of their first 60 characters.
DATELINE = re.compile(
    rf"(?=[^\d!?;]{{0,60}}+{GAP}+[^\d!?;]{{0,30}}+\d)"
    rf"(?P<who>[^\d.!?:;]{{0,60}}?){GAP}(?P<date>{DATE}){TIME}{GAP}(?P<after>[^\d.!?:;]{{0,40}})"
)
STAMP = re.compile(
    rf"(?P<what>First published|Originally published|Published|Posted|Updated|Last (?:updated|modified)|Date|Modified)"
    rf"(?: on| at)?:?\s*{GAP}(?P<date>{DATE}){TIME}\.?",
    re.IGNORECASE,
)
# A line about the first publication: the publisher, and sometimes the date. The whole line must match, because in a paragraph of
# the body "first published by" is about something else.
ORIGIN = re.compile(
    r"[(\[]?(?:(?:This (?:article|story|report|piece)(?: was| is)?|It was|The article)\s+)?"
    r"(?:(?:first|originally)\s+(?:published|appeared)(?:\s+(?:by|in|on|at))?|republished (?:from|with permission (?:of|from))"
    r"|reprinted (?:from|with permission (?:of|from))|the original source of this (?:article|story|report) is)"
    rf"\s+(?P<who>[^\d.!?]{{2,60}}?)(?:[\s,]+(?:on\s+)?(?P<date>{DATE}))?\s*[.)\]]*",
    re.IGNORECASE,
)
FIELD = re.compile(
    r"(?P<name>Regions?|Themes?|Topics?|Tags?|Keywords?|Sections?|Categor(?:y|ies)|In-depth Reports?|Filed under|Countr(?:y|ies)"
    r"|Series|Desk|Slug|Priority|Edition|Source|Related topics|Reading time|Genre|Location)\s*:\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
# The place, date and agency at the beginning of a wire report, followed by text in the same paragraph. Agencies write months in
# capitals, and years with two digits.
WIRE_DATE = rf"{DATE}|(?i:\d{{1,2}} {MONTH}(?:,? (?:\d{{4}}|\d\d)\b)?|{MONTH} \d{{1,2}}(?:, \d\d\b)?)"
INLINE = re.compile(
    rf"(?P<place>[A-Z][A-Z'’.-]+(?:[ ,]+(?!{WIRE_DATE})[A-Z][\w'’.-]*){{0,5}})(?:,? (?P<date>{WIRE_DATE}))?,?\s*"
    r"(?:\((?P<agency>[^\W\d_a-z][\w' .&/\[\]-]{1,60})\)\s*)?[–—-]{1,2}\s+"
)


class Facts(NamedTuple):
    """The facts in the lines around an article, "" for a missing fact. Dates are as printed."""

    byline: str
    published: str
    original_publisher: str
    original_published: str
    fields: list[tuple[str, str]]


def byline_of(line: str) -> str:
    """The authors if the line is a byline, otherwise ""."""
    match = BYLINE.fullmatch(line)
    authors = match["who"].strip() if match else ""
    return authors if authors and len(authors.split()) <= 14 and NAME.fullmatch(authors) else ""


def is_dateline(line: str) -> bool:
    """Whether a whole line is a date, with or without a publisher, place or time."""
    match = DATELINE.fullmatch(line)
    return bool(STAMP.fullmatch(line) or (match and _is_name(match["who"]) and _is_name(match["after"])))


def inline_dateline(paragraph: str) -> int:
    """The length of the dateline at the beginning of a paragraph: a place in capitals with a date or an agency, and a dash.

    0 for a place alone, because capitals before a dash may be part of the sentence ("NATO - the alliance that …").
    """
    match = _inline(paragraph)
    return match.end() if match else 0


def _inline(paragraph: str) -> re.Match[str] | None:
    match = INLINE.match(paragraph)
    return match if match and match.end() < len(paragraph) and (match["agency"] or match["date"]) else None


def dateline_facts(paragraph: str) -> tuple[str, str]:
    """The date and the agency, as printed, in the dateline at the beginning of a paragraph; "" for what it does not have.

    A date without a year is none. Of a year of two digits, the century is that of `dates.iso_date`.
    """
    match = _inline(paragraph)
    if match is None:
        return "", ""
    printed = match["date"] or ""
    if short := re.fullmatch(r"(?:(?P<day>\d+) (?P<month>\D+?)|(?P<month2>\D+?) (?P<day2>\d+)),? (?P<year>\d\d)", printed):
        day, month = short["day"] or short["day2"], short["month"] or short["month2"]
        printed = f"{day} {month} {19 if int(short['year']) > 68 else 20}{short['year']}"
    has_year = re.search(r"\d{4}", printed)
    return printed if has_year else "", " ".join((match["agency"] or "").split())


def facts_of(lines: list[tuple[str, str]], source_name: str) -> Facts:
    """The facts in the (zone, text) lines of an article. ``source_name``: the outlet that the file is from.

    A dateline with this outlet, or without an outlet, has the article's date. A dateline with another outlet is the origin of
    a republished article; if it is the only dateline, the article has its date, because the outlet printed no other.
    """
    datelines = [_outlet_and_date(text) for zone, text in lines if zone == "dateline"]
    dates = [date for outlet, date in datelines if not outlet or same_name(outlet, source_name)]
    other_outlets = [(outlet, date) for outlet, date in datelines if outlet and not same_name(outlet, source_name)]
    if not dates and other_outlets:
        dates = [other_outlets.pop(0)[1]]
    origin = next((match for _, text in lines if (match := ORIGIN.fullmatch(text))), None)
    stated = (origin["who"].strip(" ,"), origin["date"] or "") if origin else ("", "")
    publisher, day = other_outlets[0] if other_outlets else stated
    fields = (FIELD.fullmatch(text) for zone, text in lines if zone == "metadata")
    return Facts(
        byline=next((authors for zone, text in lines if zone == "byline" and (authors := byline_of(text))), ""),
        published=dates[0] if dates else "",
        original_publisher="" if same_name(publisher, source_name) else publisher,
        original_published=day,
        fields=[(match["name"].lower(), match["value"]) for match in fields if match],
    )


def same_name(first: str, second: str) -> bool:
    """Whether two names of outlets are equal without case, punctuation and a leading "The"."""
    plain_first, plain_second = (re.sub(r"^the\s+|[\W_]+", "", name.casefold()) for name in (first, second))
    return plain_first == plain_second


def _outlet_and_date(line: str) -> tuple[str, str]:
    match = STAMP.fullmatch(line) or DATELINE.fullmatch(line)
    groups = match.groupdict() if match else {}
    return (groups.get("who") or groups.get("after") or "").strip(" ,|·•–—-"), groups.get("date") or ""


def _is_name(text: str) -> bool:
    return not text.strip() or (len(text.split()) <= 8 and NAME.fullmatch(text.strip(" ,|·•/–—-")) is not None)
