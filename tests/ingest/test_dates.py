"""Printed dates: what is certain is read, and what may be two days is refused."""

from __future__ import annotations

import pytest

from standpoint.ingest.metadata import iso_date


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
        ("1612051200", "", None),
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
