"""The text is normal for good, and paragraphs, sentences and zones cover it without a gap that holds a word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standpoint.core.model import Zone
from standpoint.ingest.article import normalise, paragraphs, sentences, window_end

WORDS = st.sampled_from(
    ["The", "army", "said.", "“Go!”", "he", "😀", "👨‍👩‍👧", "وقال", "الجيش.", "ثم؟", "e\u0301lan", "\u0301", "U.S.", "Mr.",
     "橋。", "a@b.cd", "\n", "\r\n", "\n\n", "\t", "\u200b", "\ufeff", "\x00", "\ud800", "\u2029", "…", "12.", "x@y.zz%w@q.rr",
     "No."]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(WORDS, max_size=60).map(" ".join),
    st.lists(WORDS, max_size=30).map("".join),
    st.text(st.characters(codec=None), max_size=80),
)


@given(TEXTS)
def test_normal_stays_normal(text):
    normal = normalise(text)
    assert normalise(normal) == normal
    assert unicodedata.is_normalized("NFC", normal)
    assert "\n\n\n" not in normal and "  " not in normal and normal == normal.strip()
    assert all(unicodedata.category(char) not in ("Cc", "Cs") or char == "\n" for char in normal)
    assert not set(normal) & set("\u200b\u200e\u200f\u2060\ufeff\u202a\u202e\u2066\xad")
    normal.encode()


JOINED = ("او می\u200cگوید خانه\u200cهای مردم خراب شد.", "ශ්\u200dරී", "क्\u200dष", "👨\u200d👩\u200d👧 🏳️\u200d🌈 🧑🏽\u200d🚒")


@pytest.mark.parametrize("text", JOINED)
def test_a_joiner_stays_where_writing_needs_it(text):
    assert normalise(text) == text


@pytest.mark.parametrize(
    "text, normal",
    [
        ("ze\u200cro", "zero"),
        ("\u200dend \u200c", "end "),
        ("می\u200c\u200c\u200dرود", "می\u200cرود"),
        ("a\u200d👩", "a👩"),
        ("\u200c", ""),
    ],
)
def test_any_other_joiner_goes(text, normal):
    assert normalise(text) == normal.strip() and normalise(normal) == normal.strip()


@settings(max_examples=1000)
@example("a\u0301\u200cم")
@given(
    st.lists(
        st.sampled_from(["\u200c", "\u200d", "\u200b", "م", "ක", "්", "a", "👩", "\ufe0f", "🏽", "\u0301", " ", "\n"]), max_size=12
    ).map("".join)
)
def test_a_text_with_joiners_stays_normal(text):
    assert normalise(normalise(text)) == normalise(text)


@given(TEXTS, st.sampled_from(["en", "ar", "de", "tlh"]))
def test_sentences_slice_and_leave_nothing_out(text, language):
    normal = normalise(text)
    for spans in (list(paragraphs(normal)), list(sentences(normal, language))):
        at = 0
        for start, end in spans:
            assert at <= start < end and not normal[at:start].strip()
            assert normal[start:end] == normal[start:end].strip()
            at = end
        assert not normal[at:].strip()


def test_sentences_never_cross_a_paragraph():
    text = "He said 😀 yes. وقال الجيش. Then\n\nno end here"
    assert [text[start:end] for start, end in sentences(text, "en")] == ["He said 😀 yes.", "وقال الجيش.", "Then", "no end here"]


def test_e_mail_addresses_go():
    text = "Write to a.b+c@veld.example, news [at] veld.example or @veldnews at 5."
    assert normalise(text) == "Write to [e-mail], [e-mail] or @veldnews at 5."


def test_the_window_ends_with_the_sentence_that_fills_it():
    text = "Head.\n\nOne two three. Four five six. Seven."
    spans = list(sentences(text, "en"))
    zones = [Zone(name="dateline", start=0, end=7), Zone(name="body", start=7, end=len(text))]
    end = window_end(text, spans, zones, 4, ("body",))
    assert text[:end].endswith("Four five six.")
    assert window_end(text, spans, zones, 700, ("body",)) == len(text)
    assert text[: window_end(text, spans, zones, 1, ("dateline",))] == "Head."
