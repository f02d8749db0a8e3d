"""Happenings: which events of several articles are the same, by labels, actors, places and days."""

from __future__ import annotations

import random
from datetime import date

import pytest

from standpoint.dataset.happenings import Event, happenings, shared_by, story_rows


def event(
    name: str = "e", day: str = "2031-03-04", source: str = "courier", label: str = "strike.air", at: int = 0, **more
) -> Event:
    article = {"article_id": f"{source}-{day}", "article_source": source, "article_published": day, "article_tier": "silver"}
    roles = {role: frozenset(actors) for role, actors in more.get("roles", {"agent": ["army"]}).items()}
    return Event(
        article,
        date.fromisoformat(day).toordinal() if day else None,
        "story",
        "events",
        f"{source}-{name}",
        label,
        at,
        roles,
        frozenset(more.get("places", ("kesten",))),
    )


@pytest.mark.parametrize(
    "other, shared",
    [
        ({}, 2),
        ({"label": "harm.kill"}, 0),
        ({"day": "2031-03-07"}, 2),
        ({"day": "2031-03-08"}, 0),
        ({"day": ""}, 0),
        ({"places": ["osterby"]}, 0),
        ({"places": ["lower kesten"]}, 2),
        ({"places": ()}, 1),
        ({"roles": {"agent": ["rebels"]}}, 0),
        ({"roles": {"agent": ["air-corps", "army"]}}, 2),  # a part of the army, with its parent
        ({"roles": {"target": ["civilians"]}}, 1),  # the place alone
        ({"roles": {"target": ["civilians"]}, "places": ()}, 0),
    ],
)
def test_two_events_are_compatible_or_not(other, shared):
    first, second = event(), event(source="herald", **{"day": "2031-03-04"} | other)
    assert shared_by(first, second) == shared_by(second, first) == shared


def test_no_two_events_of_a_happening_contradict_each_other_and_the_order_is_nothing():
    said = [
        event("a", source="courier", roles={"agent": ["army"]}, places=()),
        event("b", source="herald", roles={"agent": ["army"]}, places=["kesten"]),
        event("c", source="radio", roles={"agent": ["army"]}, places=["osterby"]),  # like a, and unlike b
        event("d", source="wire", roles={"agent": ["rebels"]}, places=["kesten"]),
    ]
    found = [{one.id for one in happening.events} for happening in happenings(said)]
    assert found == [{"courier-a", "herald-b"}, {"radio-c"}, {"wire-d"}]
    rows = list(story_rows(said))
    random.Random(1).shuffle(said)
    assert list(story_rows(said)) == rows
    assert [row["article_id"] for row in rows] == sorted(row["article_id"] for row in rows)
    assert len({row["happening"] for row in rows}) == 3 and {row["how"] for row in rows} == {"rule"}
