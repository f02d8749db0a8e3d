"""Line breaks: those of a width, of an indent, of a divided word, and those that end a paragraph."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_samples import BODY, read, zones_of
from standpoint.ingest.article import normalise
from standpoint.ingest.layout import layout_of

ONE = (
    "The army left the old bridge on Tuesday after two days of fighting, a spokesman said. Residents of the quarter walked north in"
    " the rain, and the council asked everybody to share bread and water with those who came at night."
)
TWO = (
    "Nobody would say when the road would open again. The ferry at the quay took carts only, and the mill stood still for a week."
)
ZH = "军队在两天的战斗后于星期二撤离了磨坊旁的桥，居民带着行李向北逃走，没有人知道道路何时重新开放。市议会请大家与夜里到来的人分享面包和水。"


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=rest)


@pytest.mark.parametrize("width", [34, 40, 50, 60, 72, 80, 100, 130, 160])
@pytest.mark.parametrize("between", ["\n\n", "\n \t\n", "\r\n\r\n\r\n"])
def test_lines_of_one_width_are_joined_whatever_the_width(width, between):
    text = between.join(wrapped(paragraph, width) for paragraph in (ONE, TWO))
    assert normalise(text) == f"{ONE}\n\n{TWO}"


@pytest.mark.parametrize("indent", ["    ", "  ", "\t", "\u3000"])
@pytest.mark.parametrize("width", [50, 66, 140])
def test_an_indented_line_begins_a_paragraph(indent, width):
    text = "ARMY LEAVES BRIDGE\n" + "\n".join(wrapped(paragraph, width, indent) for paragraph in (ONE, TWO, ONE)) + "\n Desk\n"
    assert normalise(text) == f"ARMY LEAVES BRIDGE\n\n{ONE}\n\n{TWO}\n\n{ONE}\n\nDesk"


def test_a_block_that_is_indented_as_a_whole_is_one_paragraph():
    assert normalise(wrapped(ONE, 60) + "\n\n" + wrapped(TWO, 60, "     ", "     ")) == f"{ONE}\n\n{TWO}"


def test_a_short_line_ends_a_paragraph_of_a_wrapped_text():
    text = f"By Mira Sol\n12 March 2031\n\n{wrapped(ONE, 60)}\n{wrapped(TWO, 60)}"
    assert normalise(text) == f"By Mira Sol\n\n12 March 2031\n\n{ONE}\n\n{TWO}"


@pytest.mark.parametrize("longer", ["A headline above the text that is longer than its lines are, as the desk wrote it", ""])
def test_one_longer_line_does_not_hide_the_width(longer):
    address = "https://courier.example/2031/03/12/the-army-left-the-old-bridge-on-tuesday-after-two-days-of-fighting"
    text = (
        f"{longer}\n{wrapped(ONE, 60)}\n\n{wrapped(TWO, 60)}"
        if longer
        else f"{wrapped(ONE, 60)}\n\n{wrapped(TWO, 60)}\n{address}"
    )
    assert normalise(text) == f"{longer}\n\n{ONE}\n\n{TWO}".strip() + ("" if longer else f"\n\n{address}")


def test_chinese_lines_are_joined_without_a_blank():
    lines = [ZH[start : start + 32] for start in range(0, len(ZH), 32)]
    assert normalise("\n".join(lines)) == ZH


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(BODY),
        "\n".join((*BODY, BODY[0][:60] + ".")),
        "Roses stood there,\nViolets lay here,\nSalt on the quay,\nCarts on the way,",
        "Mira Sol\nTom Reed\nAda Quay\nJon Mill\nEve Ford",
        "محمد علي\nحسن كريم\nعمر سالم\nزيد خالد",
        f"{ZH}\n{ZH[::-1][1:]}。\n{ZH}",
        "The council wants:\nbread,\nwater,\nsalt and\noil.",
        "One sentence of a paragraph that ends here, in the line of the first paragraph.\nAnother one, which is shorter.",
    ],
)
def test_other_lines_are_paragraphs(text):
    assert normalise(text).split("\n\n") == text.split("\n")


@pytest.mark.parametrize(
    "text, joined",
    [
        ("The govern-\nment and the inter-\nnational coun-\ncil met on Tues-\nday.", "The government and the international council met on Tuesday."),
        ("The govern-\nment met in the town.", "The government met in the town."),
        ("The govern\u2010\nment met.", "The government met."),
        ("The govern\xad\n  ment met.", "The government met."),
        ("A well-known man. The well-\nknown man left.", "A well-known man. The well-known man left."),
        ("The co-op, or coop, met. The co-\nop left.", "The co-op, or coop, met. The coop left."),
        ("It was a two-\nand three-day march.", "It was a two- and three-day march."),
        ("The pro-\nVeld side left.\nIt was 20-\nfold.", "The pro-\n\nVeld side left.\n\nIt was 20-\n\nfold."),
        ("He left -\nand came back.", "He left -\n\nand came back."),
    ],
)  # fmt: skip
def test_a_divided_word_is_joined(text, joined):
    assert normalise(text) == joined


def test_where_next_to_no_word_is_divided_the_hyphens_are_those_of_compounds():
    text = " ".join([ONE, TWO] * 8).replace("old bridge", "salt-road bridge", 1)
    lines = wrapped(text, 72).split("\n")
    place = next(number for number, line in enumerate(lines) if "salt-road" in line)
    lines[place : place + 1] = [lines[place].split("-road")[0] + "-", "road" + lines[place].split("-road")[1]]
    assert "salt-road" in normalise("\n".join(lines)) and "saltroad" not in normalise("\n".join(lines))


@given(
    st.lists(
        st.sampled_from(["The army", "left-", "ment", "日本", "。", "said.", "\n", "\n    ", "\n\n", "\t", "a" * 60, "\xad\n"]),
        max_size=40,
    )
)
def test_a_text_with_lines_stays_normal(parts):
    normal = normalise(" ".join(parts))
    assert normalise(normal) == normal and layout_of([normal]).width == 0


def test_what_was_done_is_reported(tmp_path):
    (tmp_path / "a.txt").write_text(f"Bridge left\n\n{wrapped(ONE, 50)}\n\nThe govern-\nment met.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("Bridge left\n\nThe army left\nthe bridge.\nNobody\nwas hurt, it said.\n", encoding="utf-8")
    (tmp_path / "c.txt").write_text("Bridge left\n\nThe mill stood still.\nNobody was hurt.\n", encoding="utf-8")
    (article, broken, plain), notes, _ = read(tmp_path)
    assert [name for name, _ in zones_of(article)] == ["headline", "body"] and len(article.paragraphs) == 3
    assert len(broken.paragraphs) == 5 and len(plain.paragraphs) == 3
    assert [(note.code, note.level, note.where[-7:]) for note in notes] == [
        ("LINES-JOINED", "note", "a.txt:1"),
        ("LINES-HYPHEN", "note", "a.txt:1"),
        ("LINES-BROKEN", "note", "b.txt:1"),
    ]
    assert "at 49 columns" in notes[0].message and "government" in notes[1].message and "2 end inside" in notes[2].message


def test_a_file_of_many_records_is_reported_once(tmp_path):
    records = [{"title": f"Report {number}", "text": wrapped(f"{ONE} It was report {number}.", 60)} for number in range(4)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    articles, (note,), _ = read(tmp_path)
    assert [len(article.paragraphs) for article in articles] == [2] * 4
    assert note.code == "LINES-JOINED" and note.where.endswith("a.jsonl:1") and note.message.endswith("(so are 3 more records)")
