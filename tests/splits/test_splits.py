"""Splits: what is assigned never moves, what belongs together stays together, and the files are read strictly."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from example import EXAMPLE
from standpoint.agreement.agreement import Options
from standpoint.agreement.agreement import measure_agreement as agree
from standpoint.core.corpus import read_annotation_sets
from standpoint.core.model import Reporter, StandpointError
from standpoint.splits.splits import (
    BY_CONFLICT,
    BY_DATE,
    BY_SOURCE,
    DEFAULT,
    QUARANTINE,
    ArticleFacts,
    SplitPlan,
    SplitRow,
    assign_splits,
    current_stories,
    draw_split,
    load_plan,
    propose_splits,
    read_splits,
    write_splits,
)

names = st.text("abcd", min_size=1, max_size=3)
PLAN = SplitPlan(
    by_date={"validation": date(2031, 3, 10), "test": date(2031, 3, 20)},
    by_source={"validation": ("gazette",), "test": ("radio",)},
    by_conflict={"test": ("oskel",)},
)


def known(name, story="", group="", day="2031-03-01", source="courier"):
    return ArticleFacts(name, group or name, day, source=source, story=story or name)


def row(name, split, story="", reason="drawn"):
    return SplitRow(name, split, name, story or name, reason)


def put(pairs, rows=(), name=DEFAULT):
    """The rows after articles, as (id, story) or as ArticleFacts, have come."""
    articles = [one if isinstance(one, ArticleFacts) else known(*one) for one in pairs]
    return assign_splits(name, propose_splits(PLAN, name, articles), list(rows))


def test_the_draw_has_the_shares_it_says():
    counts = Counter(draw_split(f"group-{number}") for number in range(20_000))
    assert counts["train"] / 20_000 == pytest.approx(0.70, abs=0.015)
    assert counts["validation"] / 20_000 == pytest.approx(0.15, abs=0.015)


def test_the_draw_is_the_one_it_always_was():
    draws = [draw_split(f"quay-{number}") for number in range(1, 7)]
    assert draws == ["validation", "test", "validation", "validation", "test", "train"]
    assert draw_split("quay-1", "another salt") != draw_split("quay-1")


@given(st.lists(st.dictionaries(names, names), max_size=5), st.sampled_from([DEFAULT, BY_DATE, BY_SOURCE]))
@example([{"a": "a"}, {"b": "a", "c": "c"}], DEFAULT)
def test_what_is_assigned_never_moves(batches, name):
    rows = []
    for batch in batches:
        after, _ = put(batch.items(), rows, name)
        assert set(rows) <= set(after)
        assert {row.article_id for row in after} == {row.article_id for row in rows} | set(batch)
        assert after == sorted(after)
        rows = after


@given(st.dictionaries(names, names), st.randoms())
def test_order_and_repetition_make_no_difference(articles, random):
    pairs = list(articles.items())
    random.shuffle(pairs)
    rows, notes = put(pairs)
    assert rows == put(articles.items())[0] == put(pairs, rows)[0]
    assert not notes


@given(st.lists(st.dictionaries(names, st.just(""), min_size=1), min_size=1, max_size=4))
@example([{"a": "", "ab": ""}, {"ac": ""}])
def test_a_story_stands_in_one_split_however_it_grows(batches):
    rows = []
    for batch in batches:
        rows, notes = put([(name, name[0]) for name in batch], rows)
        assert not notes
    for story in {row.story for row in rows}:
        assert len({row.split for row in rows if row.story == story}) == 1


known_articles = st.builds(
    known,
    st.text("abcdefgh", min_size=1, max_size=2),
    day=st.sampled_from([None, "2031-03-09", "2031-03-10", "2031-03-21"]),
    source=st.sampled_from(["courier", "gazette", "radio"]),
)


@given(st.lists(st.lists(known_articles, unique_by=lambda one: one.id), max_size=4), st.sampled_from([BY_DATE, BY_SOURCE]))
@example([[known("a", day="2031-03-09"), known("ab", day="2031-03-21")], [known("b", source="radio")]], BY_DATE)
def test_where_something_is_held_out_nothing_of_it_is_elsewhere_and_no_family_is_over_two_splits(batches, name):
    rows, own = [], {}
    for batch in batches:
        batch = [one._replace(group=one.id[0], story=one.id[0]) for one in batch if one.id not in own]
        own |= {one.article_id: one.split for one in propose_splits(PLAN, name, batch)}
        rows, _ = put(batch, rows, name)
    assert all(one.split in (own[one.article_id], QUARANTINE) for one in rows)
    for story in {one.story for one in rows}:
        assert len({one.split for one in rows if one.story == story} - {QUARANTINE}) <= 1


def test_a_story_that_gets_an_older_member_keeps_its_split():
    first, _ = put([("b", "b")])
    renamed = next(name for name in "acdefgh" if draw_split(name) != draw_split("b"))
    rows, notes = put([("b", renamed), (renamed, renamed)], first)
    assert {row.split for row in rows} == {draw_split("b")} and not notes
    assert {row.reason for row in rows} == {"drawn", "with b"}


def test_an_article_that_joins_two_splits_is_quarantined_and_told():
    rows = [row("a", "train"), row("b", "test")]
    after, notes = put([("a", "a"), ("b", "a"), ("c", "a")], rows)
    assert after == [*rows, row("c", QUARANTINE, "a", "between a and b")]
    assert [(note.code, note.level) for note in notes] == [("ACROSS-SPLITS", "note")]
    assert "one story in test and train" in notes[0].message and "quarantined: c" in notes[0].message


def test_what_is_like_the_quarantined_and_the_others_is_quarantined():
    rows = [row("a", "train"), row("b", "test"), row("c", QUARANTINE, "a")]
    after, _ = put([("a", "a"), ("b", "a"), ("c", "a"), ("d", "a")], rows)
    assert after[-1] == row("d", QUARANTINE, "a", "between a and b")


def test_the_quarantined_joins_nothing_together():
    rows = [row("a", "train"), row("b", "test"), row("c", QUARANTINE, "a")]
    after, _ = put([("a", "a"), ("b", "b"), ("d", "a"), ("e", "b")], rows)
    assert [(one.split, one.reason) for one in after[-2:]] == [("train", "with a"), ("test", "with b")]


def test_a_vanished_article_stays_and_keeps_its_story_in_its_split():
    split = next(name for name in ("train", "validation", "test") if name != draw_split("a"))
    after, _ = put([("b", "a")], [row("a", split)])
    assert after == [row("a", split), row("b", split, "a", "with a")]


def test_by_date_what_reaches_into_a_later_split_is_there_only_with_its_later_articles():
    story = [known("a", "a", day="2031-03-09"), known("b", "a", day="2031-03-10"), known("c", day="2031-03-20")]
    rows, notes = put([*story, known("d", day=None)], name=BY_DATE)
    splits = [(one.split, one.reason) for one in rows]
    assert splits[0] == (QUARANTINE, "off a") and splits[1] == ("validation", "published 2031-03-10")
    assert splits[2] == ("test", "published 2031-03-20") and splits[3] == (QUARANTINE, "undated")
    assert [note.where for note in notes] == ["a", "d"]


def test_by_date_a_train_story_that_goes_on_after_train_is_quarantined():
    rows, _ = put([known("a", day="2031-03-09")], name=BY_DATE)
    after, _ = put([known("a", day="2031-03-09"), known("b", "a", day="2031-03-12")], rows, BY_DATE)
    assert (after[0].split, after[1].split, after[1].reason) == ("train", QUARANTINE, "off a")


def test_by_source_divides_stories_and_not_copies():
    articles = [known("a", "a"), known("b", "a", source="radio"), known("c", "a", "b"), known("d", "a", source="gazette")]
    rows, (note,) = put(articles, name=BY_SOURCE)
    assert [one.split for one in rows] == ["train", "test", QUARANTINE, "validation"]
    assert "copies of one text in test; quarantined: c" in note.message


def test_written_and_read_back(tmp_path):
    path, rows = tmp_path / "splits" / "default.tsv", [row("a", "train"), row("é", "test", "a")]
    assert read_splits(path) == []
    write_splits(path, reversed(rows))
    before = path.stat().st_mtime_ns
    write_splits(path, rows)
    assert read_splits(path) == rows and path.stat().st_mtime_ns == before


HEAD, END = "article_id\tsplit\tgroup\tstory\treason\n", "\tg\ts\tdrawn\n"


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("", 1, "header"),
        ("article_id,split,group\n", 1, "header"),
        (HEAD + "a\ttrain" + END + "a\ttrain" + END, 3, "appears twice"),
        (HEAD + "b\ttrain" + END + "a\ttrain" + END, 3, "sorted"),
        (HEAD + "a\tdev" + END, 2, "'dev'"),
        (HEAD + "a\ttrain\ta\n", 2, "3 fields"),
        (HEAD + "a\ttrain\ta\t\tdrawn\n", 2, "none empty"),
        (HEAD + "a\ttrain\tg\ts\tdrawn\r\n", 2, "as on Windows"),
        (HEAD + "a\ttrain" + END + "\n", 3, "1 fields"),
        (HEAD + "a\ttrain\tg\ts\tdrawn", 2, "newline"),
    ],
)
def test_a_file_that_is_not_as_written_is_refused_with_its_line(tmp_path, text, line, words):
    path = tmp_path / "default.tsv"
    path.write_bytes(text.encode())
    with pytest.raises(StandpointError) as caught:
        read_splits(path)
    assert f"{path}:{line}:" in caught.value.message and words in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text, words",
    [
        ("salts: x\n", "salts"),
        ("by-date: {test: 2031-03-20}\n", "should have validation and test"),
        ("by-date: {validation: 2031-03-20, test: 2031-03-20}\n", "test should begin after"),
        ("by-date: {validation: soon, test: 2031-03-20}\n", "by-date"),
        ("by-source: {validation: [a], test: [b, a]}\n", "a is in both splits"),
        ("by-source: {validation: [a], dev: [b]}\n", "has validation, dev"),
        ("by-conflict: {validation: [a]}\n", "has validation; should have test, and may have validation"),
        ("by-conflict: {test: [a], dev: [b]}\n", "has test, dev; should have test"),
        ("by-conflict: {test: [a, b], validation: [b]}\n", "by-conflict: b is in both splits"),
    ],
)
def test_a_plan_that_is_not_right_is_refused(tmp_path, text, words):
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    with pytest.raises(StandpointError, match=words) as caught:
        load_plan(path)
    assert str(path) in caught.value.message and caught.value.hint


def test_a_story_has_one_split_by_conflict_and_what_has_no_conflict_is_in_none():
    articles = [
        known("a")._replace(conflict="tarn"),
        known("b")._replace(conflict="oskel"),
        known("c", "b")._replace(conflict="tarn"),  # the same events as b, about another conflict
        known("d"),
    ]
    rows, notes = put(articles, name=BY_CONFLICT)
    assert [(row.article_id, row.split, row.reason) for row in rows] == [
        ("a", "train", "conflict tarn"),
        ("b", "test", "conflict oskel"),
        ("c", QUARANTINE, "off b"),
        ("d", QUARANTINE, "no conflict"),
    ]
    assert [(note.where, note.message) for note in notes] == [
        ("b", "by-conflict: one story in test; quarantined: c"),
        ("d", "by-conflict: one story in no split; quarantined: d"),
    ]


def test_without_a_plan_there_is_the_default_alone(tmp_path):
    assert load_plan(tmp_path / "plan.yaml").files == (DEFAULT,)
    (tmp_path / "plan.yaml").write_text("by-date: {validation: 2031-03-10, test: '2031-03-20'}\n")
    assert load_plan(tmp_path / "plan.yaml").files == (DEFAULT, BY_DATE)


def test_stories_that_a_later_row_joins_are_one():
    rows = [SplitRow("a", "train", "a", "a", "drawn"), SplitRow("b", "train", "b", "b", "drawn")]
    assert current_stories(rows) == {"a": "a", "b": "b"}
    assert current_stories([*rows, SplitRow("b2", "train", "b2", "a", "with a"), SplitRow("c", "test", "c", "c", "drawn")]) == {
        "a": "a",
        "b": "b",
        "b2": "a",
        "c": "c",
    }
    joined = [rows[1], SplitRow("a", "train", "a", "a", "drawn"), SplitRow("b2", "quarantine", "b2", "b", "between a and b")]
    assert current_stories([*joined, SplitRow("b", "train", "b", "a", "with a")]) == {"a": "a", "b": "a", "b2": "a"}


def test_agreement_resamples_the_stories_of_the_splits():
    project = EXAMPLE
    story = current_stories(read_splits(project.split_file("default")))
    done = Counter(one.article_id for one in read_annotation_sets(project) if one.pass_name == "facts")
    twice = [article for article, sets in done.items() if sets > 1]
    counted = agree(project, Reporter(), Options(resamples=0, layers=("genre",)))
    assert counted.articles == len(twice) and counted.groups == len({story[article] for article in twice}) < len(twice)
