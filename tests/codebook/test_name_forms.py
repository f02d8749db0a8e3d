"""Forms of names: spellings of one actor have one form, and names of two actors do not."""

from __future__ import annotations

import pytest

from standpoint.codebook.name_forms import acronym, folded, initials, is_description, is_in_capitals, skeleton
from standpoint.codebook.registry import Actor, Alias, Place, Registry

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


def test_names_are_found_in_a_text_in_capitals():
    coast = Actor(id="act-000001", name="Coast Guard", aliases=(Alias(text="coast guardsman", kind="descriptor"),))
    union = Actor(
        id="act-000002", name="Inner Sea Union", aliases=(Alias(text="IS", kind="acronym"), Alias(text="ISU", kind="acronym"))
    )
    registry = Registry(version="0.1.0", actors=(coast, union), places=(Place(id="plc-0001", name="Port Sele"),))
    text = "THE COAST GUARD IS IN PORT SELE. TWO COAST GUARDSMEN OF THE ISU WERE SHOT."
    assert [mention.name for mention, _ in registry.mentions(text)] == ["Coast Guard", "Port Sele", "coast guardsman", "ISU"]
    assert [text[mention.start : mention.end] for mention, _ in registry.mentions(text)][0] == "COAST GUARD"
    assert [mention.name for mention, _ in registry.mentions("The IS took it. The COAST GUARD fled.")] == ["IS"]
    assert (
        is_in_capitals(text)
        and not is_in_capitals("The ISU was there.")
        and not is_in_capitals("12 5/3")
        and not is_in_capitals("")
    )
