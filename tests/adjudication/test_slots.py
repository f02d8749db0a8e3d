"""The names of actors that the registry does not know."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standpoint.adjudication.new_actors import untyped_names, with_named_slots
from standpoint.codebook.name_forms import key_of
from two_pass_article import choice, codebook, made, span

NAMES = [
    ("Netters of the quay", "NETTERS_OF_THE_QUAY"),
    ("  netters  of the QUAY. ", "NETTERS_OF_THE_QUAY"),
    ("Brigade 7 of Élmar", "BRIGADE_7_OF_ELMAR"),
    ("Straße", "STRASSE"),
]


@pytest.mark.parametrize("typed, key", NAMES)
def test_a_name_is_written_in_capitals_digits_and_underscores(typed, key):
    assert key_of(typed) == key


def test_names_in_other_scripts_are_told_apart():
    keys = {key_of(name) for name in ("Отряд 7", "Полк 7", "حرس الميناء", "7")}
    assert len(keys) == 4


@given(st.text(min_size=1))
def test_a_key_has_no_other_characters_and_does_not_depend_on_capitals_or_blanks(typed):
    assert re.fullmatch("[A-Z0-9_]+", key_of(typed))
    assert key_of(f"  {typed} ") == key_of(typed)


def test_two_slots_of_one_annotator_stay_two_even_with_one_name():
    names = [choice("newcomer", "Guard", slot) for slot in ("NEW:1", "NEW:2")]
    one = made([span("actors", "NEW:1", "Netters"), span("actors", "NEW:2", "army"), *names])
    assert [item.label for item in with_named_slots(one, codebook()).annotations[:2]] == ["NEW:GUARD", "NEW:GUARD_2"]


def test_what_is_typed_stays_as_it_was_typed():
    one = made([choice("newcomer", "NEW:1", "NEW:1"), choice("remark", "NEW:1")])
    assert [(item.label, item.of) for item in with_named_slots(one, codebook()).annotations] == [
        ("NEW:1", "NEW:NEW_1"),
        ("NEW:1", ""),
    ]


def names_of(*mentions: dict) -> list[tuple[str, str]]:
    """The slots that get a name from these mentions."""
    return [(name.of, name.label) for name in untyped_names(made(list(mentions)), codebook())]


def test_a_slot_without_a_typed_name_has_that_of_its_first_mention_with_a_capital():
    assert names_of(span("actors", "NEW:1", "army"), span("actors", "NEW:1", "Netters")) == [("NEW:1", "Netters")]
    assert names_of(span("actors", "NEW:2", "army"), span("actors", "NEW:2", "mill")) == [("NEW:2", "army")]
    assert (
        names_of(span("actors", "NEW:1", "Netters"), choice("newcomer", "Crew", "NEW:1"), span("actors", "act-000001", "army"))
        == []
    )
    assert names_of(choice("agent", "NEW:1", "events-fled"), span("places", "PLACE", "mill")) == []


def test_a_name_that_was_not_typed_has_no_more_words_than_a_withheld_text_may_show():
    assert names_of(span("actors", "NEW:1", "😀\n\nThe army seized the mill at dawn. Netters")) == [
        ("NEW:1", "😀 The army seized the mill at dawn.")
    ]
    japanese = {"quote": "港を守る人々と隣の町の人々の集まり"}
    assert names_of(span("actors", "NEW:1", "mill") | japanese) == [("NEW:1", "港を守る人々と隣の町の人々の集ま"[:16])]
