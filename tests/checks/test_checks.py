"""Each check finds its own fault, and nothing but it; no check is without a bad file, a reason and a remedy."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faulty_project import data, fault_of, ground
from nonempty import nonempty
from standpoint.checks.case import ArticleContext, Case, Reference
from standpoint.checks.run import Walk
from standpoint.checks.table import SCOPES, all_checks, selected_codes
from standpoint.checks.table import checks_page as page
from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.model import StandpointError
from standpoint.core.words import in_cluster, in_word
from two_pass_article import BAD, CODEBOOK, HARVEST, TEXT, choice, codebook, facts, made, relation, span

IN_DATA = sorted(path.stem for path in BAD.glob("*.json") if not path.stem.startswith("RELEASE-"))
REFERENCE = Path(__file__).parent.parent.parent / "docs" / "checks.md"


def codes_of(fault: dict) -> set[str]:
    return {issue.code for issue in data(fault).issues()}


def test_a_good_article_good_sets_and_good_splits_have_no_issue():
    assert data().issues() == []
    assert data({"adjudicated": True, "articles": 3}).issues() == []
    assert data({"dossier": {}}).issues() == []


@pytest.mark.parametrize("code", IN_DATA)
def test_a_fault_is_found_under_its_code_and_no_other(code):
    fault = fault_of(code)
    issues = data(fault).issues()
    assert {issue.code for issue in issues} == {code, *fault.get("also", ())}, issues
    assert {issue.level for issue in issues if issue.code == code} == {all_checks()[code].level}


def test_no_check_is_without_a_bad_file_and_no_bad_file_without_its_check():
    bad = sorted(path.stem for path in BAD.iterdir())
    assert bad == sorted(all_checks()) and len(bad) >= 60


@pytest.mark.parametrize("check", all_checks().values(), ids=all_checks())
def test_a_check_says_its_rule_why_and_how_to_fix_it(check):
    assert check.rule and not check.rule.endswith(".") and check.rule[0].islower()
    assert check.why.endswith((".", ".)")) and check.fix.endswith((".", ".)")), check
    assert check.scope in SCOPES


@pytest.mark.parametrize("code", IN_DATA)
def test_a_message_has_the_rule_and_what_is_there(code):
    for issue in nonempty(data(fault_of(code)).issues()):
        rule = all_checks()[issue.code].rule
        assert issue.rule == rule and issue.message and str(issue).endswith(f"{issue.message}; rule: {rule}")


def test_an_issue_says_where():
    (issue,) = data(fault_of("SPAN-QUOTE")).issues()
    expected = "facts a01 places-dawn: SPAN-QUOTE the quote is 'dusk', the text has 'dawn'; rule: a span's quote is the text between its offsets"
    assert str(issue) == f"{data().articles[0].id} {expected}"


def test_a_near_name_is_suggested_and_a_far_one_is_not():
    (issue,) = data(fault_of("LABEL-MISSPELT")).issues()
    assert issue.message.endswith("should be 'territory.capture'?")
    assert codes_of({"change": {"places-dawn": {"label": "place"}}}) == {"LABEL-MISSPELT"}
    assert codes_of({"change": {"places-dawn": {"label": "weather"}}}) == {"LABEL-UNKNOWN"}


def test_a_layer_may_say_that_its_spans_have_several_sentences():
    fault = fault_of("SPAN-SENTENCE")
    assert codes_of(fault | {"codebook": {"places": {"sentences": "any"}}}) == set()
    assert codes_of(fault | {"codebook": {"events": {"sentences": "any"}}}) == {"SPAN-SENTENCE"}


def test_a_retired_label_is_no_label_and_its_heir_is_one():
    for retired in ({"harm.displace": ""}, {"territory.seize": "territory.take"}):
        layers = [layer | ({"retired": retired} if layer["name"] == "events" else {}) for layer in CODEBOOK["layers"]]
        ((where, _),) = check_codebook(msgspec.convert(CODEBOOK | {"layers": layers}, Codebook))
        assert where == "layers[1] (events).retired"


# What has an error in one scope is not looked at in the next.


def test_a_set_with_a_bad_annotation_is_not_checked_as_a_set():
    assert codes_of({"change": {"events-seized": {"label": "x"}}, "set": {"annotator_kind": "model"}}) == {"LABEL-UNKNOWN"}


def test_of_an_article_with_an_error_no_offset_is_checked():
    wrong = {"places-dawn": {"start": 0, "end": 4}, "events-seized": {"label": "x"}}
    assert codes_of({"article": {"sentences": [[5, 2]]}, "change": wrong}) == {"ARTICLE-SENTENCES", "LABEL-UNKNOWN"}


def test_a_set_of_another_text_is_not_checked_at_all():
    assert codes_of({"set": {"text_sha256": "0" * 64, "annotator": "nobody"}}) == {"SET-TEXT"}


def test_notes_wait_for_errors():
    late = {"articles": 2, "change": {"places-dawn": {"start": 43, "end": 47}}}  # moved by one: it also cuts a word
    assert codes_of(late) == {"SPAN-UNITS"}


def test_what_is_left_out_is_counted():
    made = data(fault_of("LABEL-UNKNOWN"))
    walk = Walk(made.ground)
    list(walk.check([made.articles], [[one] for one in made.sets]))
    assert walk.left_out == {"articles": 0, "annotation sets": 1}


def test_of_an_article_whose_file_was_not_read_nobody_says_that_it_is_gone():
    made = data(fault_of("SPLIT-VANISHED"))
    walk = Walk(made.ground)
    walk.corpus.splits, walk.corpus.unread = {"default": made.rows}, {"courier"}
    assert list(walk.check([made.articles], [])) == [] and list(walk.check_corpus()) == []


# Streams


def test_articles_and_sets_come_in_the_order_of_ids_whatever_file_they_are_in():
    good = data().articles[0]
    starts, sources = (
        ["courier-2031-05-04", "courier-north-2031-05-04", "courier-undated"],
        ["courier", "courier-north", "courier"],
    )
    articles = [
        msgspec.structs.replace(
            good, id=f"{start}-{good.sha256[:8]}", source=source, published=start[-10:] if "-2" in start else None
        )
        for start, source in zip(starts, sources, strict=True)
    ]
    sets = [made(facts()[:-number], name, article_id=item.id) for item in articles for number, name in ((1, "a01"), (2, "a02"))]
    assert list(Walk(ground()).check([articles[1:2], [articles[0], articles[2]]], [sets[::2], sets[1::2]])) == []


def test_a_stream_that_is_not_sorted_is_refused():
    sets = [made(facts(), article_id=article_id) for article_id in ("b", "a")]
    with pytest.raises(StandpointError, match="not sorted: a comes after b"):
        list(Walk(ground()).check([], [sets]))


def test_another_codebook_is_checked_by_the_same_checks():
    annotations = [span("crops", "grain", "mill"), span("amounts", "price", "dawn"), choice("mood", "worried")]
    annotations += [relation("measure", "sold_for", "crops-mill", "amounts-dawn")]
    good = made(annotations, "a01", "reading", codebook_version="1.0.0")
    turned = made([*annotations[:3], relation("measure", "sold_for", "amounts-dawn", "crops-mill")], "a01", "reading")
    other = Reference(codebook(HARVEST), ground().registry, ground().kinds)
    articles = data().articles
    assert list(Walk(other).check([articles], [[good]])) == []
    assert [issue.code for issue in Walk(other).check([articles], [[turned]])] == ["RELATION-ENDS"]
    old = msgspec.structs.replace(good, codebook_version="0.9.0")
    assert [issue.code for issue in Walk(other).check([articles], [[old]])] == ["SET-VERSION"]


# Places


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=8))
def test_twice_nested_and_crossing_are_told_apart(places):
    items = [
        span("places", "PLACE", "mill", id=f"s{number}", start=start, end=start + size)
        for number, (start, size) in enumerate(places)
    ]
    found = Case(made(items), ArticleContext(data().articles[0], ground().registry), ground())
    codes = {code: any(all_checks()[code].find(found)) for code in ("SPAN-TWICE", "SPAN-NESTED", "SPAN-OVERLAP")}
    unique = sorted(set((start, start + size) for start, size in places))
    crossing = any(a < c < b < d for (a, b), (c, d) in combinations(unique, 2))
    nested = any((a <= c and d <= b) or (c <= a and b <= d) for (a, b), (c, d) in combinations(unique, 2))
    expected = {"SPAN-TWICE": len(unique) < len(places), "SPAN-NESTED": nested, "SPAN-OVERLAP": crossing}
    assert codes == expected


@given(st.integers(0, len(TEXT)), st.integers(1, 20))
def test_a_quote_that_is_not_at_its_offsets_is_found_under_one_code_and_a_true_one_under_none(start, size):
    end = min(start + size, len(TEXT))
    one = made([span("places", "PLACE", "dawn", start=start, end=end)])
    case = Case(one, ArticleContext(data().articles[0], ground().registry), ground())
    family = ("SPAN-QUOTE", "SPAN-BLANKS", "SPAN-UNITS", "SPAN-ELSEWHERE", "SPAN-RANGE")
    found = [code for code in family for _ in all_checks()[code].find(case)]
    assert len(found) == (TEXT[start:end] != "dawn")


WORDS = [
    ("the quay fell", 4, False),  # before a word
    ("the quay fell", 6, True),
    ("the quay fell", 8, False),
    ("T-72s", 2, False),  # a hyphen joins two words
    ("T-72s", 3, True),
    ("Ärzte", 1, True),
    ("الجيش في", 3, True),
    ("الجيش في", 5, False),
    ("军队占领了码头", 2, False),  # no blanks between words
    ("กองทัพ", 2, False),
    ("quay", 0, False),
    ("quay", 4, False),
]


@pytest.mark.parametrize("text, at, inside", WORDS)
def test_whether_a_place_is_inside_a_word(text, at, inside):
    assert in_word(text, at) == inside


SIGNS = [
    ("a👍🏽b", 1, False),
    ("a👍🏽b", 2, True),
    ("a👍🏽b", 3, False),
    ("🇫🇷🇩🇪", 1, True),
    ("🇫🇷🇩🇪", 2, False),
    ("🇫🇷🇩🇪", 3, True),
    ("कि", 1, True),
    ("❤\ufe0f", 1, True),
    ("👩\u200d🚒", 1, True),
    ("👩\u200d🚒", 2, True),
    ("q\u0303x", 1, True),
    ("q\u0303x", 2, False),
]


@pytest.mark.parametrize("text, at, inside", SIGNS)
def test_whether_a_place_is_inside_a_sign(text, at, inside):
    assert in_cluster(text, at) == inside


# Annotators


def test_two_who_agree_on_little_may_agree_on_all_of_it():
    assert "SET-COPIED" not in codes_of({"copied": True, "drop": [item["id"] for item in facts() if item["layer"] != "genre"]})


def test_two_who_took_over_the_same_suggestions_have_not_copied():
    suggested = {item["id"]: {"origin": "prediction"} for item in facts() if item["type"] == "span"}
    fault = {"copied": True, "change": suggested, "set": {"assistance": "rule_suggestion"}}
    assert "SET-COPIED" in codes_of({"copied": True})
    assert "SET-COPIED" in codes_of(fault | {"change": {}})
    assert "SET-COPIED" not in codes_of(
        fault | {"drop": [item["id"] for item in facts() if item["type"] != "span" and item["layer"] != "genre"]}
    )


def test_a_machine_may_be_as_quick_as_it_likes():
    assert codes_of({"set": {"lead_time": 0.01}}) == {"SET-HURRIED"}
    assert codes_of({"set": {"lead_time": 0.01, "annotator": "m01", "annotator_kind": "model"}}) == set()


# Which are told


def test_a_code_or_the_beginning_of_codes_is_selected_codes():
    assert selected_codes() == set(all_checks())
    assert selected_codes(["set-version"]) == {"SET-VERSION"}
    assert {code.partition("-")[0] for code in selected_codes(["SET", "SPAN-"])} == {"SET", "SPAN"}
    assert selected_codes(["SPAN"], ["SPAN-CUT"]) == selected_codes(["SPAN"]) - {"SPAN-CUT"}
    assert selected_codes(ignore=["SPAN"]) == set(all_checks()) - selected_codes(["SPAN"])


@pytest.mark.parametrize(
    "word, near",
    [
        ("SPAN-QOUTE", "SPAN-QUOTE"),
        ("SPA", "SPAN"),
        ("relation-twise", "RELATION-TWICE"),
        ("xyzzy", "standpoint check --reference"),
    ],
)
def test_a_code_that_there_is_not_is_refused_with_those_that_are_near(word, near):
    with pytest.raises(StandpointError) as refused:
        selected_codes(["SPAN"], [word])
    assert word in refused.value.message and near in refused.value.hint


# The page


def test_the_reference_page_is_fresh():
    assert REFERENCE.read_text(encoding="utf-8") == page(), "run: standpoint check --reference docs/checks.md"


def test_the_reference_page_explains_every_check_in_its_scope():
    text = page()
    places = [text.index(f"\n## {scope.capitalize()}\n") for scope in SCOPES]
    assert places == sorted(places)
    for check in nonempty(all_checks().values()):
        assert text.count(f"### {check.code}\n") + text.count(f"### {check.code} (note)\n") == 1
        assert (
            check.why.replace("<", "\\<").replace("``", "`") in text and check.fix.replace("<", "\\<").replace("``", "`") in text
        )
