"""Splits: what is assigned never moves, groups stay together, and the file is read strictly."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standpoint.model import StandpointError
from standpoint.publish.splits import QUARANTINE, SplitRow, assign, drawn, read_splits, write_splits

names = st.text("abcd", min_size=1, max_size=3)


def test_the_draw_has_the_shares_it_says():
    counts = Counter(drawn(f"group-{number}") for number in range(20_000))
    assert counts["train"] / 20_000 == pytest.approx(0.70, abs=0.015)
    assert counts["validation"] / 20_000 == pytest.approx(0.15, abs=0.015)


def test_the_draw_is_the_one_it_always_was():
    draws = [drawn(f"quay-{number}") for number in range(1, 7)]
    assert draws == ["validation", "test", "validation", "validation", "test", "train"]
    assert drawn("quay-1", "another salt") != drawn("quay-1")


@given(st.lists(st.dictionaries(names, names), max_size=5))
def test_what_is_assigned_never_moves(batches):
    rows = []
    for batch in batches:
        after, _ = assign(batch.items(), rows)
        assert set(rows) <= set(after)
        assert {row.article_id for row in after} == {row.article_id for row in rows} | set(batch)
        assert after == sorted(after)
        rows = after


@given(st.dictionaries(names, names), st.randoms())
def test_order_and_repetition_make_no_difference(articles, random):
    pairs = list(articles.items())
    random.shuffle(pairs)
    rows, notes = assign(pairs, [])
    assert rows == assign(articles.items(), [])[0] == assign(pairs, rows)[0]
    assert not notes


@given(st.lists(st.dictionaries(names, st.just(""), min_size=1), min_size=1, max_size=4))
def test_a_group_stands_in_one_split_however_it_grows(batches):
    rows = []
    for batch in batches:
        rows, notes = assign([(name, name[0]) for name in batch], rows)
        assert not notes
    for group in {row.group for row in rows}:
        assert len({row.split for row in rows if row.group == group}) == 1


def test_a_group_that_gets_an_older_member_keeps_its_split():
    first, _ = assign([("b", "b")], [])
    renamed = next(name for name in "acdefgh" if drawn(name) != drawn("b"))
    rows, notes = assign([("b", renamed), (renamed, renamed)], first)
    assert {row.split for row in rows} == {drawn("b")} and not notes


def test_an_article_that_joins_two_splits_is_quarantined_and_told():
    rows = [SplitRow("a", "train", "a"), SplitRow("b", "test", "b")]
    after, notes = assign([("a", "a"), ("b", "a"), ("c", "a")], rows)
    assert after == [*rows, SplitRow("c", QUARANTINE, "a")]
    assert [(note.code, note.level) for note in notes] == [("GROUP-ACROSS-SPLITS", "note")]
    assert "test and train" in notes[0].message and "quarantined: c" in notes[0].message


def test_what_is_like_the_quarantined_is_quarantined():
    rows = [SplitRow("a", "train", "a"), SplitRow("b", "test", "b"), SplitRow("c", QUARANTINE, "a")]
    after, _ = assign([("a", "a"), ("b", "a"), ("c", "a"), ("d", "a")], rows)
    assert after[-1] == SplitRow("d", QUARANTINE, "a")


def test_a_vanished_article_stays_and_keeps_its_group_in_its_split():
    split = next(name for name in ("train", "validation", "test") if name != drawn("a"))
    after, _ = assign([("b", "a")], [SplitRow("a", split, "a")])
    assert after == [SplitRow("a", split, "a"), SplitRow("b", split, "a")]


def test_written_and_read_back(tmp_path):
    path, rows = tmp_path / "splits" / "default.tsv", [SplitRow("a", "train", "a"), SplitRow("é", "test", "a")]
    assert read_splits(path) == []
    write_splits(path, reversed(rows))
    before = path.stat().st_mtime_ns
    write_splits(path, rows)
    assert read_splits(path) == rows and path.stat().st_mtime_ns == before


HEAD = "article_id\tsplit\tgroup\n"


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("", 1, "header"),
        ("article_id,split,group\n", 1, "header"),
        (HEAD + "a\ttrain\ta\na\ttrain\ta\n", 3, "twice"),
        (HEAD + "b\ttrain\tb\na\ttrain\ta\n", 3, "sorted"),
        (HEAD + "a\tdev\ta\n", 2, "'dev'"),
        (HEAD + "a\ttrain\n", 2, "2 fields"),
        (HEAD + "a\ttrain\t\n", 2, "none empty"),
        (HEAD + "a\ttrain\ta\r\n", 2, "none empty"),
        (HEAD + "a\ttrain\ta\n\n", 3, "1 fields"),
        (HEAD + "a\ttrain\ta", 2, "newline"),
    ],
)
def test_a_file_that_is_not_as_written_is_refused_with_its_line(tmp_path, text, line, words):
    path = tmp_path / "default.tsv"
    path.write_bytes(text.encode())
    with pytest.raises(StandpointError) as caught:
        read_splits(path)
    assert f"{path}:{line}:" in caught.value.message and words in caught.value.message
    assert "\n" not in caught.value.message
