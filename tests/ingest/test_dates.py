"""Printed dates: what is certain is read, and what may be two days is refused."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from ingest_samples import BODY, COURIER, read
from standpoint.ingest.dates import iso_date


@pytest.mark.parametrize(
    "printed, order, day",
    [
        ("2031-03-12", "", "2031-03-12"),
        ("2031-03-12T23:30:00+02:00", "", "2031-03-12"),
        ("2031-03-12 23:30", "", "2031-03-12"),
        ("20310312", "", "2031-03-12"),
        ("20310312T233000Z", "", "2031-03-12"),
        ("203103122330", "", "2031-03-12"),
        ("2031/3/5", "", "2031-03-05"),
        ("2031.03.05 14:05", "MDY", "2031-03-05"),
        ("25/12/2031", "", "2031-12-25"),
        ("05/06/2031", "", None),
        ("05/05/2031", "", "2031-05-05"),
        ("05/06/2031", "DMY", "2031-06-05"),
        ("05/06/2031", "MDY", "2031-05-06"),
        ("05-06-2031 14:05", "DMY", "2031-06-05"),
        ("12 03 2031", "DMY", "2031-03-12"),
        ("12 03 2031", "", None),
        ("03/12/31", "", None),
        ("03/12/31", "DMY", "2031-12-03"),
        ("03/12/31", "MDY", "2031-03-12"),
        ("03.12.31", "DMY", "2031-12-03"),
        ("03-12-31", "DMY", "2031-12-03"),
        ("05/06/31 14:05", "DMY", "2031-06-05"),
        ("05/06/69", "DMY", "1969-06-05"),
        ("25/12/31", "", None),  # the last days of 2025, or Christmas of 2031
        ("12.12.12", "", "2012-12-12"),
        ("31/31/31", "", None),
        ("05/06-2031", "DMY", None),
        ("1612051200000", "", "2021-01-31"),
        ("1612051200", "", "2021-01-31"),
        ("1612051200.0", "", "2021-01-31"),
        ("1930000000000000", "", "2031-02-27"),
        ("1930000000000000000", "", "2031-02-27"),
        ("2031031214", "", None),  # the hour of a day, or seconds since 1970
        ("05–06–2031", "DMY", "2031-06-05"),
        ("5 / 6 / 2031", "MDY", "2031-05-06"),
        ("05_06_2031", "", None),
        ("Mon 05/06/2031", "", None),
        ("Mon 05/06/2031", "DMY", "2031-06-05"),
        ("14:05 h, 05/06/2031", "MDY", "2031-05-06"),
        ("2031. 3. 5.", "", "2031-03-05"),
        ("Published: 2031-03-05", "", "2031-03-05"),
        ("1599-12-31", "", None),
        ("2200-01-01", "", None),
        ("0000-01-01", "", None),
        ("2031-03-00", "", None),
        ("2031-00-12", "", None),
        ("1850-01-02", "", "1850-01-02"),
        ("2031", "", None),
        ("99999999", "", None),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_numbers_are_read_as_a_day_only_if_they_are_one(printed, order, day, language):
    assert iso_date(printed, language, order) == day


@pytest.mark.parametrize(
    "printed, language", [("12 March 2031", "en"), ("March 12, 2031", "en"), ("12. März 2031", "de"), ("12 марта 2031", "ru")]
)
def test_words_are_read_in_the_language_of_the_source(printed, language):
    assert iso_date(printed, language) == "2031-03-12"


@pytest.mark.parametrize(
    "printed, language, day",
    [
        ("1403-01-01", "fa", "2024-03-20"),
        ("۱۴۰۴/۰۱/۰۱", "fa", "2025-03-21"),
        ("30 اسفند 1403", "fa", "2025-03-20"),
        ("یکشنبه ۱۹ فروردین ۱۴۰۳", "fa", "2024-04-07"),
        ("22 دلو 1357", "ps", "1979-02-11"),
        ("15 مارس 2024", "fa", "2024-03-15"),
        ("1404-12-30", "fa", None),
        ("15/1/03", "fa", None),
        ("2567-03-12", "th", "2024-03-12"),
        ("12 มีนาคม พ.ศ. 2567", "th", "2024-03-12"),
        ("๑๒ มี.ค. ๒๕๖๗", "th", "2024-03-12"),
        ("12 มี.ค. 67", "th", None),
        ("令和6年3月12日", "ja", "2024-03-12"),
        ("令和元年5月1日", "ja", "2019-05-01"),
        ("昭和64年1月7日", "ja", "1989-01-07"),
        ("R6.3.12", "ja", "2024-03-12"),
        ("R6.3.12", "en", None),
        ("民國113年3月12日", "zh", "2024-03-12"),
        ("2024년 3월 12일", "ko", "2024-03-12"),
        ("12 آذار 2024", "ar", "2024-03-12"),
        ("25 ديسمبر/كانون الأول 2023", "ar", "2023-12-25"),
        ("2 رمضان 1445", "ar", None),
        ("1445-09-02", "ar", None),
        ("2024-03-12 الموافق 2 رمضان 1445", "ar", "2024-03-12"),
        ("5784-06-02", "he", None),
        ("2 Adar 5784", "en", None),
        ("2081-11-28", "ne", None),
        ("1403-01-15", "en", None),
        ("2567-03-12", "en", None),
    ],
)
def test_other_calendars_are_converted_where_it_is_certain_and_refused_elsewhere(printed, language, day):
    assert iso_date(printed, language) == day


def test_a_converted_date_is_reported_once_for_a_file(tmp_path):
    source = replace(COURIER, language="fa")
    rows = [{"title": str(number), "text": f"{BODY[0]} {number}", "published": f"1403-01-{number}"} for number in range(10, 13)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    articles, issues, _ = read(tmp_path / "a.jsonl", source=source)
    assert [article.published for article in articles] == ["2024-03-29", "2024-03-30", "2024-03-31"]
    assert [(issue.code, issue.level) for issue in issues] == [("DATE-CONVERTED", "note")]
    assert "'1403-01-10' is the Gregorian day 2024-03-29 (so are 2 more records)" in issues[0].message
