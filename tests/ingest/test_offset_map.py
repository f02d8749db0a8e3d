"""Words of a raw text stand at the same words of its article, whatever ingestion does between them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standpoint.ingest.article import normalise
from standpoint.ingest.offset_map import OffsetMap, letters_in, texts_of

PIECES = (
    " ", "  ", "\t", "\n", "\n\n", "\r\n", "\r\n\r\n", "\u2029", "\xa0", "\ufeff", "\u200b", "\xad", "-", "- ", "\u2010\n", "— ",
    "e\u0301pi ", "a\u0323\u0302 ", "Ａ", "ᄒ\u1161\u11ab", "한", "क\u094d", "می\u200cگوید ", "👨\u200d👩\u200d👧 ", "❤\ufe0f", "面包。",
    "mira@osk.example ", "sol (at) osk.example, ", "[e-mail]", "the ", "mill, ", "Rye.", "* * *", "[1]", "a_b", "> ", "&amp; ", "< ", "ends.\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=30))
@settings(max_examples=400, deadline=None)
def test_each_marked_word_is_found_at_its_own_place(pieces):
    """Between the pieces stand words that occur once, so that a place is right or wrong."""
    marks = [f"Zq{chr(97 + number // 26)}{chr(97 + number % 26)}zq" for number in range(len(pieces))]
    text = "".join(f"{piece} {mark} " for piece, mark in zip(pieces, marks, strict=True))
    normal = normalise(text)
    offsets = OffsetMap(text, normal)
    for mark in marks:
        start = text.index(mark)
        place = offsets.place(start, start + len(mark))
        assert place and normal[slice(*place)] == mark
    whole = offsets.place(0, len(text))
    assert whole and normal[slice(*whole)].endswith(marks[-1])


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=20), st.integers(0, 99), st.integers(1, 20))
@settings(max_examples=300, deadline=None)
def test_a_place_in_a_normal_text_is_itself(pieces, start, length):
    text = normalise("Rye " + "".join(pieces) + " oats")
    region = text[start : start + length]
    place = OffsetMap(text, text).place(start, start + len(region))
    if "[e-mail]" not in text:  # an address is one letter, of which a region may have a part
        letters = letters_in(region).text
        assert (letters_in(text[slice(*place)]).text if place else "") == letters
        seen = region.strip(" \n\u200c\u200d\ufe0f\u094d")
        assert place is None or seen in text[slice(*place)]


CASES = {
    "letter and accent": ("E\u0301lmar", "E\u0301", "É"),
    "half a letter is the whole": ("E\u0301lmar", "E", "É"),
    "Korean letters": ("\u1112\u1161\u11ab밭", "\u1112\u1161\u11ab", "한"),
    "an accent that stays": ("कक\u094d त", "क\u094d", "क\u094d"),
    "an address": ("to mira@osk.example, now", "mira@osk.example", "[e-mail]"),
    "part of an address": ("to mira@osk.example, now", "osk", "[e-mail]"),
    "a hyphen at the border": ("the pre-  war rye", "pre-", "pre-"),
    "a bracket at the border": ("the  [rye] here", "[rye]", "[rye]"),
    "marks and blanks at the border": ("now * *  rye  * - on", "* *  rye  * -", "* * rye * -"),
    "blanks at the border": ("the  rye  here", "  rye  ", "rye"),
    "a divided word": ("the har-\nvest was late", "har-\nvest", "harvest"),
    "half of a divided word": ("the har-\nvest was late", "vest", "vest"),
    "nothing but blanks": ("the   rye", "   ", None),
    "what is not seen": ("the\u200b rye", "\u200b", None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_borders_of_a_place(case):
    text, region, found = CASES[case]
    normal, start = normalise(text), text.rindex(region) if case == "an accent that stays" else text.index(region)
    place = OffsetMap(text, normal).place(start, start + len(region))
    assert (place and normal[slice(*place)]) == found


def test_a_paragraph_that_the_string_has_twice_has_no_place_of_its_own():
    """It has a place beside one that is certain: a page repeats headlines in menus."""
    source, text = "Rye sold\n\nHome\n\nRye sold\n\nThe mill sold rye.\n\nMore", "Rye sold\n\nThe mill sold rye."
    offsets = OffsetMap(source, text)
    assert offsets.place(0, 3) is None and offsets.place(source.rindex("Rye"), source.rindex("Rye") + 3) == (0, 3)
    apart = OffsetMap("Rye sold\n\nA\n\nRye sold\n\nB\n\nThe mill sold rye.", text)
    assert apart.place(0, 3) is None and apart.place(13, 16) is None and apart.place(26, 34) == (10, 18)


def test_a_string_is_read_in_each_way_in_which_it_may_have_been_ingested():
    page = "<html><body><article><h1>Rye</h1><p>The mill sold rye.</p></article></body></html>"
    assert "Rye\n\nThe mill sold rye." in list(texts_of({"page": page}, "page"))
    assert "# Rye" in list(texts_of({"a": "# Rye"}, "a")) and "Rye" in list(texts_of({"a": "# Rye"}, "a"))
    record = {"head": "Rye", "body": "Sold.", "source": ["no", "text"]}
    assert list(texts_of(record, "body", [{"text": "body", "title": "head"}]))[0] == "Sold."
    assert "Rye\n\nSold." in list(texts_of(record | {"source": ""}, "body", [{"text": "body", "title": "head"}]))
