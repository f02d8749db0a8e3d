"""Scripts without blanks between words: copies, the window, headlines and names are found as in others."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ingest_samples import read, zones_of
from standpoint.codebook.registry import Actor, Alias, Registry
from standpoint.core.standoff import short
from standpoint.core.words import between, count_words, ends_sentence, in_word
from standpoint.ingest.article import Window
from standpoint.ingest.near_duplicates import EQUAL, INSIDE, NEAR, near_duplicates, shingles
from standpoint.pages.label_config import NO_WHOLE_WORDS
from standpoint.splits.overlap import find_overlaps

CLAUSES = {
    "zh": "军队离开了磨坊旁边的大桥 居民带着行李逃往北方 教师说他们再也不会回来了 议会请大家分享面包和水 工程师星期三开始清理道路"
    " 医生在学校里照顾伤员 商人关闭了市场的店铺 港口的渡轮停止了航行 士兵在河边搭起了帐篷 法官要求双方遵守停火",
    "ja": "軍は火曜日に水車の橋を離れた 住民は荷物を持って北へ逃げた 教師は二度と戻らないと話した 議会はパンと水を分けるよう求めた"
    " 技師は水曜日に道路の清掃を始めた 医師は学校で負傷者を看護した 商人は市場の店を全部閉めた 港の渡し船は運航をやめた",
    "th": "กองทัพออกจากสะพานข้างโรงสีเมื่อวันอังคาร ชาวบ้านหนีไปทางเหนือพร้อมสัมภาระ ครูบอกว่าพวกเขาจะไม่กลับมาอีก"
    " สภาเมืองขอให้ทุกคนแบ่งปันขนมปังและน้ำ วิศวกรเริ่มเก็บกวาดถนนในวันพุธ แพทย์ดูแลผู้บาดเจ็บในโรงเรียน"
    " พ่อค้าปิดร้านค้าทั้งหมดในตลาด เรือข้ามฟากที่ท่าเรือหยุดเดินเรือ",
}


def text_of(language: str, clauses: list[str]) -> str:
    return (" " if language == "th" else "，").join(clauses) + ("" if language == "th" else "。")


def likeness_of(one: str, other: str) -> list[str]:
    return [link.likeness for link in near_duplicates([("a", one), ("b", other)])]


@pytest.mark.parametrize("language", CLAUSES)
def test_copies_are_found_and_other_texts_are_not(language):
    clauses = CLAUSES[language].split()
    whole, middle = text_of(language, clauses), len(clauses) // 2
    replaced = text_of(language, [*clauses[:middle], "12" + clauses[0][::-1], *clauses[middle + 1 :]])
    part = text_of(language, clauses[: middle - 1])
    parts = [clause[start : start + 6] for clause in clauses for start in range(0, len(clause) - 5, 6)]
    random.Random(1).shuffle(parts)
    assert likeness_of(whole, text_of(language, clauses)) == [EQUAL]
    assert likeness_of(whole, replaced) == [NEAR]
    assert likeness_of(whole, part) == [INSIDE]
    assert likeness_of(whole, text_of(language, parts)) == []  # the same letters, other sentences
    assert [leak.kind for leak in find_overlaps([whole], [replaced])] == ["near"]
    assert [leak.kind for leak in find_overlaps([whole], [text_of(language, parts)])] == []


def test_a_shingle_has_two_letters_for_a_word():
    assert shingles("军队离开了磨坊旁边的大").size == 2  # 11 letters
    assert shingles("军队离开了磨坊旁边的").size == shingles("军队").size == 1
    mixed = shingles("The 军队 left 大桥 on Tuesday")  # six words long: two runs of five
    assert mixed.size == 2 and np.array_equal(mixed, shingles("the, 军 队 — LEFT 大桥 (on) Tuesday"))


def test_hindi_and_korean_have_blanks():
    assert count_words("सेना ने मंगलवार को पुल छोड़ा") == 6 and count_words("군대가 화요일에 다리를 떠났다") == 4
    assert shingles("군대가 화요일에 다리를 떠났다").size == 1


@pytest.mark.parametrize(
    "text, words",
    [("", 0), ("The army — left.", 4), ("军队离开，大桥。", 3), ("军", 1), ("UN 军队 12人", 4), ("กองทัพ", 3), ("it’s 5 %", 3)],
)
def test_words_are_counted(text, words):
    assert count_words(text) == words


def test_the_window_ends_where_so_many_words_are_read(tmp_path):
    paragraph = text_of("zh", CLAUSES["zh"].split())
    (tmp_path / "a.txt").write_text("军队离开大桥\n\n" + "\n\n".join([paragraph] * 9), encoding="utf-8")
    (article,), _, _ = read(tmp_path, window=Window(words=100))
    letters = sum(char.isalpha() for char in article.text[: article.annotated_until])
    assert 200 <= letters < 200 + len(paragraph)


@pytest.mark.parametrize(
    "first, is_headline",
    [
        ("军队离开大桥", True),
        ("军队离开大桥了吗？", True),
        ("军队在星期二离开了大桥。", False),
        ("居民逃往北方！没有人知道何时回来！", False),
        ("教师说：“我们不会回来。”", False),
        ("Bridge left by the army", True),
        ("Who holds the bridge?", True),
        ("“We will not go back”", True),
        ("Army chief: “We hold it!”", True),
        ("“We will hold the bridge,” the army said on Tuesday. “It is ours.”", False),
        ("Is the bridge open? Nobody would say on Tuesday!", False),
        ("Nobody in the quarter would say on Tuesday when the old road to the north would open for carts again!", False),
        ("The army left the bridge (and the mill.)", False),
        ("पुल सेना ने छोड़ दिया।", False),
        ("The army said:", False),
    ],
)
def test_a_first_line_is_a_headline_if_it_is_no_sentence(tmp_path, first, is_headline):
    (tmp_path / "a.txt").write_text(f"{first}\n\nThe carts came back at night, and nobody saw them.", encoding="utf-8")
    (article,), _, _ = read(tmp_path)
    assert [name for name, _ in zones_of(article)] == (["headline"] if is_headline else []) + ["body"]
    assert article.title == (first if is_headline else "")


def test_names_are_found_inside_a_run_of_letters():
    actor = Actor(id="act-000001", name="河谷军", aliases=(Alias(text="UN"),))
    registry = Registry(version="0.1.0", actors=(actor,))
    found = [
        text[mention.start : mention.end]
        for text in ("昨天河谷军离开。UN部队", "UNO", "of-UN")
        for mention, _ in registry.mentions(text)
    ]
    assert found == ["河谷军", "UN"]


def test_what_else_depends_on_words():
    assert short("军队离开大桥") and short("军队在星期二离开了磨坊旁边的大桥，居民逃往北方") is None
    assert {"km", "lo", "my", "th", "zh", "ja", "ar"} <= NO_WHOLE_WORDS
    assert not in_word("军队", 1) and in_word("army", 2)
    assert ends_sentence("他说：“不。”") and ends_sentence("No!)") and not ends_sentence("No,")
    assert (between("离开", "大桥"), between("离开，", "大桥"), between("left", "大桥"), between("left the", "bridge")) == (
        "",
        "",
        " ",
        " ",
    )
