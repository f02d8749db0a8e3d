"""Stories: what reports the same happenings is one, from article to article; what only resembles it is not."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standpoint.splits import stories
from standpoint.splits.stories import ArticleFacts, find_stories, report_same_events

BOTH = {"army", "rebels"}


def facts(name, day=1, places=(), actors=BOTH, group=""):
    return ArticleFacts(name, group or name, f"2031-03-{day:02}" if day else None, frozenset(actors), frozenset(places))


def is_same_story(one: ArticleFacts, other: ArticleFacts) -> bool:
    """Whether two articles report the same events: two actors, and a place within a day or two places within three days."""
    if one.published is None or other.published is None:
        return False
    apart, shared = abs(int(one.published[-2:]) - int(other.published[-2:])), len(one.places & other.places)
    return len(one.actors & other.actors) >= 2 and (apart <= 1 and shared >= 1 or apart <= 3 and shared >= 2)


@pytest.mark.parametrize(
    "one, other, same",
    [
        (facts("a", 1, {"ford"}), facts("b", 2, {"ford", "mill"}), True),
        (facts("a", 1, {"ford"}), facts("b", 3, {"ford", "mill"}), False),  # one place is too little after two days
        (facts("a", 1, {"ford", "mill"}), facts("b", 4, {"ford", "mill"}), True),
        (facts("a", 1, {"ford", "mill"}), facts("b", 5, {"ford", "mill"}), False),
        (facts("a", 1, {"ford"}), facts("b", 1, {"mill"}), False),
        (facts("a", 1, {"ford"}), facts("b", 1, {"ford"}, {"army", "police"}), False),
        (facts("a", 1), facts("b", 1), False),
        (facts("a", 0, {"ford"}), facts("b", 1, {"ford"}), False),
    ],
)
def test_one_story_or_two(one, other, same):
    assert is_same_story(one, other) == is_same_story(other, one) == same
    if one.published and other.published:
        assert report_same_events(one, other) == same
    assert find_stories([other, one]) == {"a": "a", "b": "a" if same else "b"}


def test_a_story_goes_on_from_article_to_article_and_takes_copies_with_it():
    chain = [facts("c", 1, {"ford"}), facts("b", 2, {"ford", "mill"}), facts("a", 3, {"mill"})]
    copy = facts("d", 0, group="c")
    assert set(find_stories([*chain, copy]).values()) == {"a"}
    assert find_stories([]) == {}


DAYS, PLACES, PEOPLE = (
    st.integers(1, 12),
    st.sets(st.sampled_from("fmqr"), max_size=3),
    st.sets(st.sampled_from("xyz"), max_size=3),
)


@given(st.lists(st.tuples(DAYS, PLACES, PEOPLE, st.sampled_from(["", "g", "h"])), max_size=12), st.randoms(), st.integers(0, 30))
def test_stories_are_the_components_of_the_pairs_in_any_order(rows, random, cells):
    articles = [facts(f"{number:02}", day, places, people, group) for number, (day, places, people, group) in enumerate(rows)]
    whole = {one.id: {one.id} for one in articles}
    for one, other in combinations(articles, 2):
        if (is_same_story(one, other) or one.group == other.group) and whole[one.id] is not whole[other.id]:
            merged = whole[one.id] | whole[other.id]
            whole |= dict.fromkeys(merged, merged)
    random.shuffle(articles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stories, "CELLS", cells)  # the articles are compared in parts
        assert find_stories(articles) == {name: min(members) for name, members in whole.items()}
