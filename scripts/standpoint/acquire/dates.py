"""Dates as outlets print them, as ISO dates."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import dateparser

ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?\d\d:?\d\d.*)?")
NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:\D.*)?")
SETTINGS = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"], "RETURN_AS_TIMEZONE_AWARE": False}


@lru_cache(maxsize=1 << 14)
def iso_date(printed: str, language: str = "en", order: str = "") -> str | None:
    """The day that is meant, YYYY-MM-DD; None where none is, or it could be two (05/06/2031 without an ``order``)."""
    printed = printed.strip()
    if found := ISO.fullmatch(printed):
        return _day(found[1], found[2], found[3])
    if found := NUMBERS.fullmatch(printed):
        days = {"DMY": _day(found[3], found[2], found[1]), "MDY": _day(found[3], found[1], found[2])}
        return days[order] if order else _one(set(days.values()) - {None})
    try:
        parsed = dateparser.parse(printed, languages=[language[:2]], settings=SETTINGS)
    except ValueError:  # a language that dateparser does not know
        parsed = dateparser.parse(printed, settings=SETTINGS)
    return parsed.date().isoformat() if parsed else None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _one(days: set) -> str | None:
    return days.pop() if len(days) == 1 else None
