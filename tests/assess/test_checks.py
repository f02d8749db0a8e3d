"""Each check finds its own fault, and nothing but it; no check is without a bad case."""

from __future__ import annotations

import msgspec
import pytest
from quay import BAD, HARVEST, KINDS, REGISTRY, article_of, bad_case, choice, codebook, facts, made, relation, span, stance

from standpoint.assess.checks import all_checks, check, checks_of, modules
from standpoint.model import AnnotationSet, Article, StandpointError

CODES = sorted(path.stem for path in BAD.glob("*.json"))


def issues_of(articles: list[Article], sets: list[AnnotationSet]) -> list:
    return list(check([[article] for article in articles], [[one] for one in sets], codebook(), REGISTRY, KINDS))


def good_article() -> Article:
    return msgspec.convert(article_of(), Article)


def test_a_good_article_and_good_sets_have_no_issue():
    assert issues_of([good_article()], [made(facts()), made(facts(), "a02"), made(stance(), "a01", "stance")]) == []


@pytest.mark.parametrize("code", CODES)
def test_a_fault_is_found_under_its_code_and_no_other(code):
    issues = issues_of(*bad_case(code))
    assert {issue.code for issue in issues} == {code}
    assert {issue.level for issue in issues} == {all_checks()[code].level}


def test_no_check_is_without_a_bad_case_and_no_code_is_two_checks():
    codes = [item.code for name in modules() for item in checks_of(name)]
    assert sorted(codes) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_message_has_the_rule_and_what_is_there(code):
    rule = all_checks()[code].rule
    assert rule and "\n" not in rule and not rule.endswith(".")
    for issue in issues_of(*bad_case(code)):
        assert issue.message.startswith(f"{rule}: ") and len(issue.message) > len(rule) + 3


def test_an_issue_says_where():
    (issue,) = issues_of(*bad_case("SPAN-QUOTE"))
    expected = "facts a01 places-dawn: SPAN-QUOTE a span's quote is the text between its offsets: quote 'dusk', text 'dawn'"
    assert str(issue) == f"{good_article().id} {expected}"


def test_articles_and_sets_come_in_the_order_of_ids_whatever_file_they_are_in():
    good = good_article()
    ids = ["courier-2031-05-04", "courier-north-2031-05-04", "courier-undated"]
    sources = ["courier", "courier-north", "courier"]
    articles = [
        msgspec.structs.replace(good, id=f"{start}-{good.sha256[:8]}", source=source)
        for start, source in zip(ids, sources, strict=True)
    ]
    sets = [made(facts(), name, article_id=article.id) for article in articles for name in ("a01", "a02")]
    files = [articles[1:2], [articles[0], articles[2]]]
    assert list(check(files, [sets[::2], sets[1::2]], codebook(), REGISTRY, KINDS)) == []


def test_a_file_that_is_not_sorted_is_refused():
    sets = [made(facts(), article_id=article_id) for article_id in ("b", "a")]
    with pytest.raises(StandpointError, match="not sorted: a stands after b"):
        list(check([], [sets], codebook(), REGISTRY, KINDS))


def test_another_codebook_is_checked_by_the_same_checks():
    annotations = [span("crops", "grain", "mill"), span("amounts", "price", "dawn"), choice("mood", "worried")]
    annotations += [relation("measure", "sold_for", "crops-mill", "amounts-dawn")]
    one = made(annotations, "a01", "reading", codebook_version="1.0.0")
    assert list(check([[good_article()]], [[one]], codebook(HARVEST), REGISTRY, KINDS)) == []
    turned = made([*annotations[:3], relation("measure", "sold_for", "amounts-dawn", "crops-mill")], "a01", "reading")
    found = check([[good_article()]], [[turned]], codebook(HARVEST), REGISTRY, KINDS)
    assert [issue.code for issue in found] == ["RELATION-ENDS", "SET-VERSION"]
