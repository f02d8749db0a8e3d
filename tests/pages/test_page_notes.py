"""The style in a task's data: what is grey, what is folded, and by which rules the panel lists the actors of a sentence first."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.hotkeys import LIST_KEYS
from standpoint.codebook.load import load_codebook
from standpoint.core.model import Article, Zone, sha256
from standpoint.ingest.article import sentences
from standpoint.pages.page_notes import Line, _starts, actor_rules, lines_of, page_notes, text_rules, unannotated_parts

CODEBOOK = load_codebook(EXAMPLE.codebook)
PARTS = (
    ("headline", "Guards at the mill\n\n"),
    ("byline", "By A. Reed\n\n"),
    ("dateline", "Kesten, 2 May\n\n"),
    ("body", "The guards came. The brigade left.\n\nNobody spoke.\n\n"),
    ("donation", "Give.\n\n"),
    ("copyright", "Reed Radio"),
)
TEXT = "".join(words for _, words in PARTS)


def article(parts: tuple[tuple[str, str], ...], until: int | None = None) -> Article:
    text, zones = "", []
    for name, words in parts:
        zones.append(Zone(name=name, start=len(text), end=len(text) + len(words)))
        text += words
    return Article(
        id="reed-2031-05-02-00000000", source="reed", publisher="Reed Radio", title="Guards", licence="CC0-1.0", language="en",
        sha256=sha256(text), text=text, zones=tuple(zones), sentences=tuple(sentences(text, "en")),
        annotated_until=len(text) if until is None else until,
    )  # fmt: skip


def style_of(one: Article) -> str:
    return "".join(text_rules(lines_of(one.text, one, CODEBOOK)))


def folded(style: str) -> list[tuple[int, int]]:
    """The first and last line of each folded stretch."""
    ranges = re.findall(r"\.sp-text \.lsf-richtext__line:nth-of-type\(n\+(\d+)\):nth-of-type\(-n\+(\d+)\)\{height:auto", style)
    return [(int(first), int(last)) for first, last in ranges]


def test_stretches_of_boilerplate_are_grey_and_folded_with_the_empty_lines_around_them():
    one = article(PARTS)
    assert [TEXT[start:end].strip() for start, end in unannotated_parts(one, CODEBOOK)] == [
        "By A. Reed", "Kesten, 2 May", "Give.", "Reed Radio",
    ]  # fmt: skip
    style = style_of(one)
    assert re.findall(r"nth-of-type\((\d+)\)\{color", style) == ["3", "5", "11", "13"]
    assert folded(style) == [(2, 6), (10, 13)]
    assert "{min-height:5px" in style and style.count(":hover") == 2


def test_what_comes_after_the_annotation_window_is_grey_and_can_be_read():
    until = TEXT.index("Nobody")
    style = style_of(article(PARTS, until))
    assert re.findall(r"nth-of-type\((\d+)\)\{color", style) == ["3", "5", "9", "11", "13"]
    assert folded(style) == [(2, 6), (10, 13)]


def test_the_style_of_the_page_is_read_by_the_browser_as_it_is_written():
    """Label Studio writes ">" and "<" as entities, which no selector understands; only actors with a key of LIST_KEYS show one."""
    style = files("standpoint.pages").joinpath("page.css").read_text(encoding="utf-8")
    assert not set("<>&") & set(style) and f".lsf-choice:nth-of-type(n+{len(LIST_KEYS) + 1}) sup{{display:none}}" in style


def test_an_article_without_boilerplate_has_no_notes():
    whole = article((("headline", "One.\n\n"), ("body", "Two.")))
    assert style_of(whole) == "" and page_notes((), None) == "" and page_notes((), 0) == ""
    assert "in 3 place(s)" in page_notes((), 3)


@pytest.mark.parametrize("words", ['"}</style><script>alert(1)</script>', "a\\b", "😀 لواء", "--><style>"])
def test_words_that_are_drawn_grey_and_names_of_actors_cannot_end_the_style(words):
    one = article((("dateline", words), ("body", " The guards came.")))
    lines = lines_of(one.text, one, CODEBOOK)
    note = page_notes([*text_rules(lines), *actor_rules(lines, one, [words], [])], None)
    assert note.count("<") == 2 and note.startswith("<style>") and note.endswith("</style>")
    strings = re.findall(r'"([^"]*)"', note)
    assert {re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), one) for one in strings} >= {words, f":{words}"}


def test_each_sentence_has_a_number_and_each_actor_the_numbers_of_its_sentences():
    one = article(PARTS)
    mentions = [(0, 0), (TEXT.index("guards came"), 0), (TEXT.index("brigade"), 1)]
    rules = [*actor_rules(lines_of(TEXT, one, CODEBOOK), one, ["Guards", "Brigade", "new actor 1"], mentions)]
    number = {TEXT[start:end].strip(): at for at, (start, end) in enumerate(one.sentences)}
    first, came, left, nobody = (
        number[words] for words in ("Guards at the mill", "The guards came.", "The brigade left.", "Nobody spoke.")
    )
    guards, brigade = (rule for rule in rules if "--sp-far:min" in rule)
    assert (
        f"max({first} - " in guards
        and f"max({came} - " in guards
        and f"max({left} - " in brigade
        and guards.count("max") == 2
        and "--sp-near:var(--sp-near1,1)" in guards
    )
    at = {int(rule.rpartition(":")[2][:-1]): rule for rule in rules if "{--sp-at" in rule}
    assert at.keys() == {first, came, left, nobody}
    assert "data-start" not in at[came] and "data-start" in at[left]
    assert sum('[data-label$=":' in rule and "{--sp-near" in rule for rule in rules) == 3


@given(st.integers(0, 20_000), st.integers(2, 400), st.integers(1, 400))
def test_the_selectors_of_a_sentence_match_what_begins_in_it_or_later_in_its_line(begin, length, further):
    line = Line(1, begin, "x" * length, 0, False)
    start = begin + min(further, length - 1)
    selectors = [re.fullmatch(r'\[data-start(\^?)="(\d+)"\]', one) for one in nonempty(list(_starts(start, line)))]
    for offset in range(begin, line.end):
        matched = any(str(offset).startswith(one[2]) if one[1] else str(offset) == one[2] for one in selectors)
        assert matched == (offset >= start), offset
