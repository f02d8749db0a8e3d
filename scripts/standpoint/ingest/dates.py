"""Printed dates as days of the Gregorian calendar. What may be two days, or a day of an uncertain calendar, is no day.

Japanese eras, years of the Republic of China, Buddhist years in Thai and the Persian calendar in Persian and Pashto are
converted, because it is certain what they mean. Islamic, Hebrew, Nepali and all other days are not read: months of the Islamic
calendar begin when the moon is seen. Days of the Ethiopian calendar cannot be told from Gregorian ones, and are read as these.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache

FIRST, LAST = "1600-01-01", "2199-12-31"  # a day before or after them is one of another calendar, or a fault
_MARK = "[./\\-\u2010-\u2015\u2212\u2044\uff0f_]"  # between the numbers of a date, also with blanks around it
_BEFORE = r"(?:\D*\W)?"  # such as the name of a weekday
_BETWEEN = rf"\s?({_MARK})\s?(\d{{1,2}})\s?\2\s?"
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?\d{4}(?:\d\d)?(?:\D.*)?)?")
YEAR_FIRST = re.compile(rf"{_BEFORE}(\d{{4}}){_BETWEEN}(\d{{1,2}})(?:\D.*)?|(\d{{4}}) (\d{{1,2}}) (\d{{1,2}})(?:\D.*)?")
NUMBERS = re.compile(rf"{_BEFORE}(\d{{1,2}}){_BETWEEN}(\d{{4}}|\d\d)(?:\D.*)?|(\d{{1,2}}) (\d{{1,2}}) (\d{{4}}|\d\d)(?:\D.*)?")
EAST_ASIAN = re.compile(r"\D*(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})(?:\D.*)?")
# After other digits, such as those of a time, a date in numbers is certain only if its year has four.
LATER = re.compile(rf"(?<!\d)(\d{{1,2}}){_BETWEEN}(\d{{4}})(?!\d)")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
# Seconds since 1970, or a thousandth and less of them, as programs store times.
EPOCH = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d*)?")
SETTINGS = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"], "RETURN_AS_TIMEZONE_AWARE": False}

ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}
ERA_LETTERS = dict(zip("MTSHR", [*ERAS.values()], strict=False))  # in Japanese, R6.3.12
ERA = re.compile(
    rf"\D*(?P<era>{'|'.join(ERAS)}|(?<![A-Za-z])[MTSHR])\.?\s*(?P<year>\d{{1,3}}|元)\s*(?:年|{_MARK})"
    rf"\s*(?P<month>\d{{1,2}})\s*(?:月|{_MARK})\s*(?P<day>\d{{1,2}})(?!\d).*"
)
PERSIAN_MONTHS = (
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت",  # Afghanistan
)
PERSIAN = ("fa", "ps")
# Where years are counted in another way, a year of two digits has no certain century.
OTHER_YEARS = (*PERSIAN, "th", "ne")


@lru_cache(maxsize=1 << 14)
def iso_date(printed: str, language: str = "en", order: str = "") -> str | None:
    """A printed date as YYYY-MM-DD; None if it is no date, or is ambiguous (05/06/2031 without an ``order``).

    A year of two digits is from 1969 to 2068, as in POSIX. Such a date may also begin with the year (31/03/12), so without
    an ``order`` it is nearly always ambiguous.
    """
    day = _day_of(printed.strip(), language, order)
    return day if day and FIRST <= day <= LAST else None


def is_converted(printed: str, day: str) -> bool:
    """Whether a printed date of this day is one of another calendar."""
    years = YEAR.findall(printed)
    return bool(years and all(int(year) != int(day[:4]) for year in years)) or any(era in printed for era in ERAS)


def _day_of(printed: str, language: str, order: str) -> str | None:
    if match := COMPACT.fullmatch(printed):
        return _day(match[1], match[2], match[3], language)
    if match := YEAR_FIRST.fullmatch(printed):
        return _day(match[1] or match[5], match[3] or match[6], match[4] or match[7], language)
    if match := EAST_ASIAN.fullmatch(printed):
        return _day(match[1], match[2], match[3])
    if match := ERA.fullmatch(printed):
        era = ERAS.get(match["era"]) or (ERA_LETTERS[match["era"]] if language == "ja" else None)
        if era:
            return _day(str(era + (1 if match["year"] == "元" else int(match["year"]))), match["month"], match["day"])
    alone = len(YEAR.findall(printed)) == 1
    if match := NUMBERS.fullmatch(printed) or (LATER.search(printed) if alone else None):
        first, second, last = [part for part in match.groups() if part and part[0].isdecimal()]
        days = {"DMY": _day(last, second, first, language), "MDY": _day(last, first, second, language)}
        year_first = _day(first, second, last, language) if len(last) == 2 else None
        possible = ({days[order]} if order else {*days.values(), year_first}) - {None}
        return possible.pop() if len(possible) == 1 else None
    if match := EPOCH.fullmatch(printed):
        is_day = printed[:2] in ("19", "20", "21") and _day(printed[:4], printed[4:6], printed[6:8])  # 2031031214
        return None if is_day else datetime.fromtimestamp(int(match[1]) / 10 ** (len(match[1]) - 10), UTC).date().isoformat()
    if not any(char.isalpha() for char in printed):
        return None  # dateparser would guess an order
    return _day_in_words(printed, language)


# The months of some countries stand in two names: 12 آذار/مارس 2024. Thai may name the era before the year.
DAY_IN_WORDS = re.compile(r"(?<!\d)(\d{1,2})(?!\d)\s*(\D+?)\s*(?:[พค]\.ศ\.\s*)?(\d{4})(?!\d)")


def _day_in_words(printed: str, language: str) -> str | None:
    if language in OTHER_YEARS and not YEAR.search(printed):
        return None
    if months := _month_names(language):
        found = DAY_IN_WORDS.search(printed)
        named = {months.get("".join(part.split())) for part in re.split(r"[/(),،]", found[2])} - {None} if found else set()
        if found and len(named) == 1:
            return _day(found[3], str(named.pop()), found[1], language)
    if language == "th":
        return None  # dateparser takes มี.ค. (March) for ม.ค. (January)
    import dateparser  # imported here: it takes half a second, and most sources print dates in digits

    try:
        parsed = dateparser.parse(printed, languages=[language], settings=SETTINGS)
    except ValueError:  # a language that dateparser does not know
        parsed = dateparser.parse(printed, settings=SETTINGS)
    return _day(str(parsed.year), str(parsed.month), str(parsed.day), language) if parsed else None


@cache
def _month_names(language: str) -> Mapping[str, int]:
    """The numbers of the months that dateparser does not know or misreads: Persian ones, Thai, and those of Arabic by country."""
    if language in PERSIAN:
        return {name: number for names in PERSIAN_MONTHS for number, name in enumerate(names.split(), 1)}
    if language not in ("ar", "th"):
        return {}
    from babel.dates import get_month_names
    from babel.localedata import locale_identifiers

    numbers: dict[str, set[int]] = defaultdict(set)
    for locale in locale_identifiers():
        for width in ("wide", "abbreviated") if locale.split("_")[0] == language else ():
            for number, name in get_month_names(width, locale=locale).items():
                numbers["".join(name.split())].add(number)
    return {name: found.pop() for name, found in numbers.items() if len(found) == 1}


def _day(year: str, month: str, day: str, language: str = "") -> str | None:
    """A day of the calendar that the language and the year mean together; None if there is no such day, or it is not certain."""
    if len(year) <= 2 and language in OTHER_YEARS:
        return None
    full = int(year) + (0 if len(year) > 2 else 1900 if int(year) > 68 else 2000)
    try:
        if language in PERSIAN and 1300 <= full <= 1420:
            return _persian_day(full, int(month), int(day))
        if language == "th" and 2400 <= full <= 2600:
            full -= 543
        elif language == "ne" and 2040 <= full <= 2100:
            return None  # the Nepali calendar, in which 2081 began in 2024
        return date(full, int(month), int(day)).isoformat()
    except ValueError:
        return None


def _persian_day(year: int, month: int, day: int) -> str | None:
    """A day of the Persian calendar, whose first six months have 31 days. Its leap years of 1178 to 1501 recur after 33 years."""
    is_leap = (25 * year + 11) % 33 < 8
    length = 31 if month <= 6 else 30 if month < 12 or is_leap else 29
    if not (1 <= month <= 12 and 1 <= day <= length):
        return None
    before = 365 * (year - 1) + (8 * year + 21) // 33 + 30 * (month - 1) + min(month - 1, 6)
    return date.fromordinal(226_894 + before + day).isoformat()
