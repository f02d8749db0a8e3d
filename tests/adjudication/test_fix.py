"""What is certainly wrong in a set is fixed back to what it was; everything else is refused, and never changed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from standpoint.adjudication.fix import VERSION, differ_by_fixes
from standpoint.adjudication.fix import fix_set as fix_set
from standpoint.cli import main
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AnnotationSet, Article, Choice, Relation, Span, in_reading_order
from standpoint.core.offsets import NEARBY, Repair, certain_place, fault, fault_message, whole_number

TEXT = "The mill sold rye 😀 flour.\n\nThe mill bought oats; the épi of rye was late."


CODEBOOK = """\
title: Crops
version: 0.3.0
passes: [{name: reading, layers: [crops]}]
layers: [{name: crops, kind: span, labels: [grain]}]
"""


def article_of(text: str) -> Article:
    return Article(
        id="gazette-undated-00000000", source="gazette", publisher="The Gazette", title="Mill", licence="CC0-1.0",
        language="en", sha256="0" * 64, text=text, annotated_until=len(text),
    )  # fmt: skip


def set_of(*annotations) -> AnnotationSet:
    return AnnotationSet(
        article_id="gazette-undated-00000000", annotator="a01", pass_name="reading", annotator_kind="human_trained",
        codebook_version="0.3.0", text_sha256="0" * 64, annotations=annotations,
    )  # fmt: skip


def span(identity: str, start: int, end: int, quote: str | None = None, label: str = "grain") -> Span:
    return Span(id=identity, layer="crops", label=label, start=start, end=end, quote=TEXT[start:end] if quote is None else quote)


OATS = TEXT.index("oats")
# offsets and quote -> the class, and where the span certainly stands
CASES = {
    "right": ((4, 8, "mill"), "", None),
    "whole text": ((0, len(TEXT), TEXT), "", None),
    "a blank before it": ((3, 8, " mill"), "whitespace", (4, 8)),
    "a blank that the quote has not": ((3, 8, "mill"), "whitespace", (4, 8)),
    "a line break after it": ((20, 28, "flour.\n\n"), "whitespace", (20, 26)),
    "folded blanks in the quote": ((20, 36, "flour. The mill"), "whitespace", (20, 36)),
    "nothing but a blank": ((3, 4, " "), "whitespace", None),
    "one too far": ((OATS + 1, OATS + 5, "oats"), "shifted", (OATS, OATS + 4)),
    "one too far, with its blank": ((OATS, OATS + 5, " oats"), "shifted", (OATS, OATS + 4)),
    "twice nearby": ((5, 9, "mill"), "shifted", None),
    "behind the text": ((len(TEXT), len(TEXT) + 4, "oats"), "out of range", (OATS, OATS + 4)),
    "before the text": ((-3, 1, "oats"), "out of range", (OATS, OATS + 4)),
    "behind the text, twice nearby": ((len(TEXT), len(TEXT) + 4, "mill"), "out of range", None),
    "far behind the text": ((9000, 9004, "oats"), "out of range", None),
    "no numbers": ((None, 4, "oats"), "out of range", None),
    "no character": ((4, 4, "oats"), "collapsed", None),
    "end before start": ((8, 4, "oats"), "collapsed", None),
    "another word": ((4, 8, "barn"), "other text", None),
    "part of a longer span": ((0, 8, "mill"), "other text", None),
    "an empty quote": ((4, 8, ""), "other text", None),
    "no quote": ((4, 8, None), "", None),
    "no quote, and a blank": ((3, 8, None), "whitespace", (4, 8)),
}


@pytest.mark.parametrize("case", CASES)
def test_every_bad_offset_has_its_class_and_is_fixed_only_where_that_is_certain(case):
    (start, end, quote), kind, place = CASES[case]
    assert fault(start, end, quote, TEXT) == kind
    assert certain_place(start, end, quote, TEXT) == place
    if kind:
        assert fault_message(start, end, quote, TEXT).startswith(f"{kind}: ")


def test_nearby_ends_where_it_says():
    text = "oats" + "." * NEARBY + "rye"
    assert certain_place(NEARBY, NEARBY + 4, "oats", text) == (0, 4)
    assert fault(NEARBY + 1, NEARBY + 5, "oats", text) == "other text"


@pytest.mark.parametrize(
    "value, number", [(5, 5), ("5", 5), (5.0, 5), (4.7, None), ("x", None), (None, None), (float("inf"), None)]
)
def test_a_whole_number_is_never_rounded(value, number):
    assert whole_number(value) == number


def test_answers_and_relations_follow_the_span_that_stays():
    one = set_of(
        span("a", 14, 17), span("b", 14, 17), span("oats", OATS, OATS + 4),
        Choice(id="b.health", layer="health", label="blighted", of="b"),
        Relation(id="b.measure.yield.oats", layer="measure", label="yield", head="b", tail="oats"),
        Relation(id="oats.measure.yield.b", layer="measure", label="yield", head="oats", tail="b"),
        Relation(id="oats.measure.yield.a", layer="measure", label="yield", head="oats", tail="a"),
    )  # fmt: skip
    found = fix_set(one, article_of(TEXT))
    assert found.issues == []
    assert set(found.set.annotations) == {
        span("a", 14, 17), span("oats", OATS, OATS + 4), Choice(id="a.health", layer="health", label="blighted", of="a"),
        Relation(id="a.measure.yield.oats", layer="measure", label="yield", head="a", tail="oats"),
        Relation(id="oats.measure.yield.b", layer="measure", label="yield", head="oats", tail="a"),
    }  # fmt: skip
    assert [(repair.annotation, repair.fault) for repair in found.repairs] == [
        ("b", "duplicate"), ("b.health", "duplicate"), ("b.measure.yield.oats", "duplicate"),
        ("oats.measure.yield.b", "duplicate"), ("oats.measure.yield.a", "duplicate"),
    ]  # fmt: skip
    assert fix_set(found.set, article_of(TEXT)) == (found.set, [], [], {})


def test_nothing_is_fixed_in_a_set_whose_quotes_are_another_article_s():
    """One of its words stands once near its place; that is chance."""
    strangers = [span(word, 0, len(word), word) for word in ("exports", "inflation")]
    found = fix_set(set_of(*strangers, span("moved", OATS + 1, OATS + 5, "oats")), article_of(TEXT))
    assert found.repairs == [] and [issue.code for issue in found.issues] == ["FIX-OTHER"]
    found = fix_set(set_of(strangers[0], span("mill", 4, 8), span("moved", OATS + 1, OATS + 5, "oats")), article_of(TEXT))
    assert [(repair.annotation, repair.after["start"]) for repair in found.repairs] == [("moved", OATS)]
    assert [issue.code for issue in found.issues] == ["FIX-OTHER-TEXT"]


def test_a_fixed_set_differs_from_what_was_submitted_by_its_repairs_only():
    one = set_of(
        span("a", 3, 8), span("b", 14, 17), span("c", 14, 17), Choice(id="c.health", layer="health", label="ill", of="c")
    )
    fixed = fix_set(one, article_of(TEXT))
    assert differ_by_fixes(one, fixed.set, fixed.repairs, same=False)
    assert not differ_by_fixes(one, fixed.set, fixed.repairs[:-1], same=True)
    assert not differ_by_fixes(one, fixed.set, [], same=True)
    newer = msgspec.structs.replace(fixed.set, codebook_version="0.4.0")
    version = Repair(fixed.repairs[0].set, "", VERSION, {"codebook_version": "0.3.0"}, {"codebook_version": "0.4.0"})
    assert differ_by_fixes(one, newer, [*fixed.repairs, version], same=False)
    assert not differ_by_fixes(one, newer, fixed.repairs, same=True)
    without = msgspec.structs.replace(one, annotations=one.annotations[1:])
    assert differ_by_fixes(without, fixed.set, fixed.repairs, same=True)
    assert not differ_by_fixes(without, fixed.set, fixed.repairs, same=False)
    more = msgspec.structs.replace(one, annotations=(*one.annotations, span("d", OATS, OATS + 4)))
    assert not differ_by_fixes(more, fixed.set, fixed.repairs, same=True)
    assert not differ_by_fixes(one, msgspec.structs.replace(fixed.set, lead_time=3.0), fixed.repairs, same=True)


NOT_MERGED = {
    "answers differ": (
        Choice(id="1", layer="health", label="sound", of="a"),
        Choice(id="2", layer="health", label="ill", of="b"),
    ),
    "linked": (Relation(id="1", layer="measure", label="yield", head="a", tail="b"),),
    "another span's": (span("b", OATS, OATS + 4),),
}


@pytest.mark.parametrize("reason", NOT_MERGED)
def test_duplicates_that_nobody_could_merge_without_choosing_stay(reason):
    one = set_of(span("a", 14, 17), span("b", 14, 17), *NOT_MERGED[reason])
    found = fix_set(one, article_of(TEXT))
    assert found.set == one and found.repairs == []
    assert [issue.code for issue in found.issues] == ["FIX-DUPLICATE"]
    assert reason in found.issues[0].message


def test_another_label_at_the_same_place_is_no_duplicate():
    one = set_of(span("a", 14, 17), span("b", 14, 17, label="fruit"))
    assert fix_set(one, article_of(TEXT)).set == one


@pytest.mark.parametrize("origins", [("manual", "prediction"), ("prediction", "manual"), ("manual", "prediction-changed")])
def test_a_suggestion_that_was_drawn_again_stays_the_suggestion(origins):
    """Both are one span, and only one of them may count; what was suggested is nobody's independent work."""
    first, second = (
        msgspec.structs.replace(span(name, 14, 17), origin=origin) for name, origin in zip("ab", origins, strict=True)
    )
    answer = Choice(id="a.health", layer="health", label="blighted", of="a")
    found = fix_set(set_of(first, second, answer), article_of(TEXT))
    stays, goes = (first, second) if first.origin != "manual" else (second, first)
    assert set(found.set.annotations) == {stays, msgspec.structs.replace(answer, id=f"{stays.id}.health", of=stays.id)}
    assert (goes.id, {"kept": stays.id}) in [(repair.annotation, repair.after) for repair in found.repairs]
    assert found.issues == [] and fix_set(found.set, article_of(TEXT)).repairs == []


def test_without_the_text_it_was_made_on_nothing_is_touched():
    one, article = set_of(span("a", 3, 8)), article_of(TEXT)
    for known, code, level in (
        (None, "FIX-NO-TEXT", "note"),
        (msgspec.structs.replace(article, text=None), "FIX-NO-TEXT", "note"),
        (msgspec.structs.replace(article, sha256="1" * 64), "FIX-TEXT", "error"),
    ):
        found = fix_set(one, known)
        assert found.set is one and [(issue.code, issue.level) for issue in found.issues] == [(code, level)]


# Emoji with joiners, Arabic, combining marks, a character outside the basic plane, both kinds of line break.
WORDS = st.sampled_from(["wheat", "wheat", "😀", "👨‍👩‍👧", "القمح", "e\u0301pi", "𝒳yz", "rye.", "rye", "‘oats’", "面包"])
GAPS = st.sampled_from([" ", " ", "  ", "\n\n", "\r\n", "\t", ", "])


@st.composite
def right_sets(draw) -> tuple[str, list]:
    """A text, and spans of one to three words in it with answers and relations, all of them right."""
    words = draw(st.lists(st.tuples(WORDS, GAPS), min_size=3, max_size=40))
    text, edges = "", []
    for word, gap in words:
        edges.append((len(text), len(text) + len(word)))
        text += word + gap
    firsts = draw(st.sets(st.integers(0, len(edges) - 1), min_size=1, max_size=6))
    spans = []
    for number, first in enumerate(sorted(firsts)):
        start, end = edges[first][0], edges[min(first + draw(st.integers(0, 2)), len(edges) - 1)][1]
        layer, label = draw(st.sampled_from([("crops", "grain"), ("crops", "fruit"), ("amounts", "price")]))
        spans.append(Span(id=f"r{number}", layer=layer, label=label, start=start, end=end, quote=text[start:end]))
    others = [Choice(id=f"{one.id}.health", layer="health", label=draw(st.sampled_from("ab")), of=one.id) for one in spans]
    for head, tail in zip(spans, spans[1:], strict=False):
        identity = f"{head.id}.measure.yield.{tail.id}"
        others.append(Relation(id=identity, layer="measure", label="yield", head=head.id, tail=tail.id))
    return text, in_reading_order([*spans, *others])


def corrupted(draw, text: str, one: Span) -> Span:
    """The span with its offsets moved, or with blanks that stand around it taken in."""
    if draw(st.booleans()):
        by = draw(st.integers(-NEARBY, NEARBY))
        assume(by == 0 or one.start + by < 0 or text[one.start + by : one.end + by] != one.quote)
        return msgspec.structs.replace(one, start=one.start + by, end=one.end + by)
    before, after = text[: one.start], text[one.end :]
    left = draw(st.integers(0, len(before) - len(before.rstrip())))
    right = draw(st.integers(0, len(after) - len(after.lstrip())))
    start, end = one.start - left, one.end + right
    return msgspec.structs.replace(one, start=start, end=end, quote=text[start:end])


@given(right_sets(), st.data())
@settings(max_examples=400, deadline=None)
def test_a_corrupted_span_is_fixed_to_what_it_was_or_refused(pair, data):
    text, right = pair
    wrong = [corrupted(data.draw, text, one) if isinstance(one, Span) else one for one in right]
    found = fix_set(set_of(*wrong), article_of(text))
    refused = {issue.where.split()[-1] for issue in found.issues}
    after = {one.id: one for one in found.set.annotations}
    assert after.keys() == {one.id for one in right}
    for was, now in zip(right, wrong, strict=True):
        assert after[was.id] == (now if was.id in refused else was)
    again = fix_set(found.set, article_of(text))
    assert not again.repairs and again.set == found.set and sorted(again.issues) == sorted(found.issues)


@given(right_sets(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_duplicated_span_is_merged_and_all_that_hangs_on_it_follows(pair, data):
    text, right = pair
    twins = {one.id: f"copy-of-{one.id}" for one in right if isinstance(one, Span) and data.draw(st.booleans())}
    wrong = list(right)
    for number, one in enumerate(right):
        if isinstance(one, Span) and one.id in twins:
            wrong.append(msgspec.structs.replace(one, id=twins[one.id]))
        elif isinstance(one, Choice) and one.of in twins:
            moved = msgspec.structs.replace(one, id=f"{twins[one.of]}.health", of=twins[one.of])
            wrong[number : number + 1] = [moved] if data.draw(st.booleans()) else [one]
        elif isinstance(one, Relation):
            head, tail = (twins.get(end, end) if data.draw(st.booleans()) else end for end in (one.head, one.tail))
            wrong[number] = msgspec.structs.replace(one, id=f"{head}.measure.yield.{tail}", head=head, tail=tail)
    found = fix_set(set_of(*wrong), article_of(text))
    assert found.issues == [] and list(found.set.annotations) == right


@pytest.fixture
def project_with_a_fix(tmp_path: Path) -> Path:
    """A project with one article and two annotators: one file has something to fix, the other has not."""
    (tmp_path / "guidelines").mkdir()
    (tmp_path / "guidelines" / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (tmp_path / "guidelines" / "actors.yaml").write_text("version: 0.1.0\nactors: []\n", encoding="utf-8")
    write_lines(tmp_path / "dataset" / "articles" / "gazette.jsonl", [article_of(TEXT)])
    folder = tmp_path / "dataset" / "annotations" / "reading"
    bad = set_of(
        span("a", 3, 8), span("b", OATS + 2, OATS + 6, "oats"), span("c", 14, 17), span("d", 14, 17), span("e", 5, 9, "mill")
    )
    write_lines(folder / "a01.jsonl", [bad])
    write_lines(folder / "a02.jsonl", [msgspec.structs.replace(set_of(span("a", 4, 8)), annotator="a02")])
    return tmp_path


def contents(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*.jsonl")}


def run(project: Path, *words: str):
    return CliRunner().invoke(main, ["--project", str(project), "fix", *words])


def test_fixing_is_a_dry_run_unless_told_and_changes_nothing_the_second_time(project_with_a_fix):
    before = contents(project_with_a_fix)
    dry = run(project_with_a_fix)
    assert dry.exit_code == 1 and contents(project_with_a_fix) == before
    for line in (
        "fixed: whitespace",
        "fixed: shifted",
        "fixed: duplicate",
        "refused: shifted",
        "3  repairs",
        "1  files to change",
    ):
        assert line in dry.output, line
    assert "FIX-SHIFTED shifted: [5, 9) is 'ill ', should be 'mill', which occurs more than once" in dry.output
    assert run(project_with_a_fix, "--write").exit_code == 1
    after = contents(project_with_a_fix)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"dataset/annotations/reading/a01.jsonl", "dataset/annotations/fixes.jsonl"}
    assert "0  repairs" in run(project_with_a_fix, "--write").output and contents(project_with_a_fix) == after


def test_a_set_whose_codebook_version_is_none_is_reported_and_stops_no_other(project_with_a_fix):
    path = project_with_a_fix / "dataset" / "annotations" / "reading" / "a02.jsonl"
    path.write_text(path.read_text().replace('"codebook_version":"0.3.0"', '"codebook_version":"draft"'))
    result = run(project_with_a_fix)
    assert "SET-VERSION its codebook version 'draft' is not a version" in result.output and "3  repairs" in result.output


def test_the_record_says_what_was_changed_without_a_date(project_with_a_fix):
    run(project_with_a_fix, "--write")
    (first, *rest) = (project_with_a_fix / "dataset" / "annotations" / "fixes.jsonl").read_text(encoding="utf-8").splitlines()
    assert msgspec.json.decode(first) == {
        "set": "gazette-undated-00000000 reading a01",
        "annotation": "a",
        "class": "whitespace",
        "before": {"start": 3, "end": 8, "quote": " mill"},
        "after": {"start": 4, "end": 8, "quote": "mill"},
    }
    assert [msgspec.json.decode(line)["class"] for line in rest] == ["shifted", "duplicate"]
    assert msgspec.json.decode(rest[1])["after"] == {"kept": "c"}


def test_the_same_damage_again_is_fixed_again_and_recorded_once(project_with_a_fix):
    path = project_with_a_fix / "dataset" / "annotations" / "reading" / "a01.jsonl"
    damaged = path.read_bytes()
    run(project_with_a_fix, "--write")
    after = contents(project_with_a_fix)
    path.write_bytes(damaged)
    run(project_with_a_fix, "--write")
    assert contents(project_with_a_fix) == after


def test_a_file_that_cannot_be_read_leaves_all_as_it_was(project_with_a_fix):
    folder = project_with_a_fix / "dataset" / "annotations" / "reading"
    (folder / "a03.jsonl").write_text("{}\n", encoding="utf-8")
    before = contents(project_with_a_fix)
    result = run(project_with_a_fix, "--write")
    assert result.exit_code == 2 and "a03.jsonl:1" in result.output and contents(project_with_a_fix) == before


def test_a_fixed_set_reads_back(project_with_a_fix):
    run(project_with_a_fix, "--write")
    (one,) = read_lines(project_with_a_fix / "dataset" / "annotations" / "reading" / "a01.jsonl", AnnotationSet)
    assert [(item.id, TEXT[item.start : item.end] == item.quote) for item in one.annotations] == [
        ("a", True), ("e", False), ("c", True), ("b", True),
    ]  # fmt: skip
