"""The draw: minima of strata, whole stories, the same articles in any order."""

from __future__ import annotations

import random

from standpoint.pool.archive import Place
from standpoint.pool.draw import Wish, draw, stories_of_several
from standpoint.pool.sift import Facts


def facts(
    number: int, outlet: str = "courier", day: str = "2031-03-01", events: tuple[str, ...] = (), **named: tuple[str, ...]
) -> Facts:
    place = Place(0, number)
    names = {"actors": named.get("actors", ()), "places": named.get("places", ())}
    return Facts(place, f"a:{number}", f"a-{number:04}", outlet, outlet, day, events, **names)


def got(drawn, kind: str) -> dict[str, tuple[int, int, int]]:
    return {one.value: (one.available, one.wanted, one.got) for one in drawn.strata if one.kind == kind}


def test_what_is_rare_has_its_minimum():
    articles = [facts(number) for number in range(200)]
    articles += [facts(300, "herald"), facts(301, "herald"), facts(302, "herald"), facts(303, day="2030-01-01")]
    articles += [facts(number, events=("siege",)) for number in range(400, 405)]
    drawn = draw(articles, [], Wish(number=20, minimum=3))
    assert len(drawn.articles) == 20
    assert got(drawn, "outlet") == {"courier": (206, 3, 17), "herald": (3, 3, 3)}
    assert got(drawn, "month")["2030-01"] == (1, 1, 1)
    assert got(drawn, "event") == {"siege": (5, 3, 3)}


def test_too_few_places_for_all_minima_are_said():
    articles = [facts(number, outlet=f"outlet-{number % 10}") for number in range(100)]
    drawn = draw(articles, [], Wish(number=8, minimum=2))
    assert len(drawn.articles) == 8
    assert sum(one.got < one.wanted for one in drawn.strata if one.kind == "outlet") == 6


def test_the_order_of_articles_is_nothing_and_the_seed_is_all():
    articles = [facts(number, outlet=f"outlet-{number % 7}") for number in range(100)]
    first = draw(articles, [], Wish(number=30))
    random.Random(5).shuffle(articles)
    assert set(draw(articles, [], Wish(number=30)).articles) == set(first.articles)
    assert set(draw(articles, [], Wish(number=30, seed=2)).articles) != set(first.articles)
    assert len(draw(articles, [], Wish(number=500)).articles) == 100
    assert draw([], [], Wish()).articles == {}


def test_a_story_that_several_outlets_tell_is_drawn_whole():
    crowd = [facts(number) for number in range(500)]
    same = {"actors": ("act-1", "act-2"), "places": ("plc-1",)}
    one = [facts(600, "courier", **same), facts(601, "herald", **same), facts(602, "herald", **same)]
    alone = [
        facts(700, "courier", actors=("act-3", "act-4"), places=("plc-2",)),
        facts(701, actors=("act-3",), places=("plc-2",)),
    ]
    stories = stories_of_several([*crowd, *one, *alone], Wish(), {})
    assert len(stories) == 1 and "a-0600" in stories[0] and len({"a-0601", "a-0602"} & set(stories[0])) == 1
    drawn = draw([*crowd, *one, *alone], stories, Wish(number=10, minimum=1))
    assert drawn.articles.keys() >= set(stories[0])
    assert got(drawn, "story") == {"told by several outlets": (1, 1, 1)}


def test_a_long_story_is_drawn_where_articles_report_the_same_events_by_themselves():
    army, ford, mill = ("act-1", "act-2"), ("plc-1",), ("plc-2",)
    chain = [
        facts(1, "courier", day="2031-03-01", actors=army, places=ford),
        facts(2, "herald", day="2031-03-02", actors=army, places=ford + mill),
        facts(3, "gazette", day="2031-03-03", actors=army, places=mill),  # shares nothing with the first
        facts(4, "courier", day="2031-03-05", actors=army, places=mill),
        facts(5, "herald", day="2031-03-05", actors=army, places=mill),
    ]
    found = {tuple(map(tuple, map(sorted, stories_of_several(chain, Wish(seed=seed, stories=9), {})))) for seed in range(30)}
    assert all({"a-0001", "a-0003"} - {*story} for stories in found for story in stories if "a-0002" not in story)
    assert any(len(stories) == 2 for stories in found)  # of one chain, if they tell of other days
    assert stories_of_several(chain[:3], Wish(outlets=3), {})[0][0] == "a-0002"  # the only one that is near both others
    assert stories_of_several(chain[:2], Wish(outlets=3), {}) == []


def test_a_story_is_told_by_several_sides():
    names = {"actors": ("act-1", "act-2"), "places": ("plc-1",)}
    story = [facts(number, outlet, **names) for number, outlet in enumerate("abcde")]
    sides = {"a": "army", "b": "army", "c": "army", "d": "rebels"}  # e stands on none
    (team,) = stories_of_several(story, Wish(most_outlets=3, sides=2), sides)
    assert len(team) == 3 and "a-0003" in team and "a-0004" in team
    assert stories_of_several(story, Wish(sides=3), sides) == []
    crowd = [facts(number) for number in range(10, 60)]
    only = draw([*story, *crowd], [team], Wish(stories=1, only_stories=True))
    assert sorted(only.articles) == sorted(team)
