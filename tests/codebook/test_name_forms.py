"""Forms of names: spellings of one actor have one form, and names of two actors do not."""

from __future__ import annotations

import pytest

from standpoint.codebook.name_forms import acronym, folded, initials, is_description, skeleton

SPELLINGS = [
    ("Jabhat al-Mirsa", "Jabhat an-Mirṣa", "JABHAT AL MIRSA", "The Jabhat al Mirsa"),
    ("Marsh Compact", "the marsh compact", "Marsh-Compact"),
    ("F.H.F.", "FHF", "fhf"),
]
SOUNDS = [("Jabhat al-Mirsa", "جبهة المرسى", "Jabha Mirsah"), ("Doubrava Ridge", "Dubrava Ridge", "Дубрава Ридге")]


@pytest.mark.parametrize("names", SPELLINGS)
def test_spellings_of_a_name_are_folded_alike(names):
    assert len({folded(name) for name in names}) == 1


@pytest.mark.parametrize("names", SOUNDS)
def test_transliterations_of_a_name_have_the_same_consonants(names):
    assert len({skeleton(name) for name in names}) == 1 and skeleton(names[0])


def test_other_names_have_other_forms():
    names = ("Marsh Compact", "Reed Front", "Lantern Brigade", "River Guard", "Quay Guard")
    assert len({folded(name) for name in names}) == len({skeleton(name) for name in names}) == len(names)


def test_a_name_of_few_consonants_has_no_skeleton():
    assert skeleton("Rio") == skeleton("Houthi") == ""


def test_initials_and_acronyms():
    assert initials("Front for the Free Harbours") == acronym("F.F.H.") == acronym("FFH") == "ffh"
    assert initials("Marsh Compact") == acronym("Compact") == acronym("A") == ""


@pytest.mark.parametrize(
    "name, expected", [("gunmen", True), ("two brothers", True), ("Gunmen", False), ("جنود", False), ("FHF", False)]
)
def test_a_description_has_no_capital(name, expected):
    assert is_description(name) is expected


def test_a_name_of_articles_only_is_not_empty():
    assert folded("The A") == "the a"
