"""Masking of the publisher in the stance pass, and the page notes: offsets stay, and the page says what is masked or grey."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from example import EXAMPLE
from nonempty import nonempty
from standpoint.codebook.kinds._items import MASK
from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Actor, Alias, Registry
from standpoint.core.model import Article, Zone
from standpoint.pages.task_json import sha256
from standpoint.pages.tasks import make_task, self_references, shown_text, shown_title

CODEBOOK = load_codebook(EXAMPLE.codebook)
STATION = Actor(
    id="act-000001",
    name="Reed Radio",
    aliases=(
        Alias(text="RR", kind="acronym"),
        Alias(text="the station", kind="descriptor"),
        Alias(text="راديو القصب", kind="name"),
    ),
)
REGISTRY = Registry(version="0.0.1", actors=(STATION, Actor(id="act-000002", name="Radio Guard")))
TEXT = (
    "Guards beat a Reed Radio man\n\nREED RADIO, 2 May\n\nThe Radio Guard beat him, Reed Radio has learnt. RR and راديو القصب 😀 ask why. "
    "See reed.example/why or write to desk@reed.example.\n\nThe station asks again.\n\nGive."
)


def article(text: str = TEXT, zones: tuple[tuple[str, str], ...] = (), until: int | None = None) -> Article:
    starts = [text.index(begin) for _, begin in zones]
    ends = [*starts[1:], len(text)][: len(starts)]
    return Article(
        id=f"reed-2031-05-02-{sha256(text)[:8]}",
        source="reed",
        publisher="Reed Radio",
        title="Guards beat a Reed Radio man",
        licence="CC0-1.0",
        language="en",
        sha256=sha256(text),
        text=text,
        zones=tuple(
            Zone(name=zones[n][0], start=start, end=end) for n, (start, end) in enumerate(zip(starts, ends, strict=True))
        ),
        annotated_until=len(text) if until is None else until,
    )


WHOLE = article(
    zones=(("headline", "Guards"), ("dateline", "REED RADIO"), ("body", "The Radio Guard"), ("donation", "Give")),
    until=TEXT.index("Give"),
)


def test_the_outlets_names_and_addresses_are_hidden_wherever_they_stand():
    shown = shown_text(WHOLE, True, CODEBOOK, REGISTRY)
    hidden = {TEXT[start:end] for start, end in self_references(TEXT, WHOLE, REGISTRY)}
    assert hidden == {"Reed Radio", "REED RADIO", "RR", "راديو القصب", "reed.example/why", "desk@reed.example"}
    assert not any(words in shown for words in nonempty(hidden))
    assert "The Radio Guard beat him" in shown and "The station asks" in shown  # another's name; what any outlet may be called
    assert shown_title(WHOLE, True, REGISTRY) == f"Guards beat a {MASK * 10} man"
    assert shown_text(WHOLE, False, CODEBOOK, REGISTRY) == TEXT and shown_title(WHOLE, False, REGISTRY) == WHOLE.title


def test_an_outlet_that_the_registry_does_not_know_is_hidden_by_its_own_name():
    assert [TEXT[a:b] for a, b in self_references(TEXT, WHOLE, Registry(version="0.0.1"))].count("Reed Radio") == 2


@given(
    st.lists(
        st.sampled_from(["Reed Radio", "RR", "reed.example/a", "😀", "é", "لواء", "\n", " ", ".", "Reed", "radio"]), max_size=30
    )
)
def test_what_is_hidden_keeps_every_offset(parts):
    text = "".join(parts) or "x"
    shown = shown_text(article(text), True, CODEBOOK, REGISTRY)
    assert len(shown) == len(text) and [n for n, char in enumerate(shown) if char == "\n"] == [
        n for n, char in enumerate(text) if char == "\n"
    ]
    assert all(new in (old, MASK) for old, new in zip(text, shown, strict=True))


def test_nobody_is_asked_about_the_outlet_that_is_hidden():
    text = TEXT.replace("\n\nGive.", " The Radio Guard is silent.\n\nGive.")
    one = article(text, (("headline", "Guards"), ("body", "The Radio Guard"), ("donation", "Give")))
    assert [entry["alias"] for entry in make_task(one, "stance", CODEBOOK, REGISTRY)["data"]["actors"]] == ["act-000002"]
    assert "act-000001" in [entry["alias"] for entry in make_task(one, "facts", CODEBOOK, REGISTRY)["data"]["actors"]]


def test_the_page_says_how_often_the_text_names_its_outlet():
    stance = make_task(WHOLE, "stance", CODEBOOK, REGISTRY)["data"]
    assert "in 7 place(s)" in stance["note"] and "Reed" not in "".join(
        value for value in stance.values() if isinstance(value, str)
    )
    assert "place(s)" not in make_task(WHOLE, "facts", CODEBOOK, REGISTRY)["data"]["note"]
