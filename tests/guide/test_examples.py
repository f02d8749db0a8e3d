"""Markup means what guidelines/README.md says, the project's examples hold, and one that breaks a rule is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from another_codebook import another_codebook
from example import EXAMPLE
from nonempty import nonempty
from standpoint.checks.case import Reference
from standpoint.codebook.examples import (
    MarkError,
    Ruling,
    Worked,
    annotations_of,
    examples,
    load_rulings,
    load_worked,
    parse,
    problems,
)
from standpoint.core.model import Choice, Relation, Span, StandpointError
from standpoint.guide.guide import AUTHOR, KIND, actors_asked, check_examples, check_marked, open_book

PROJECT = EXAMPLE
BOOK = open_book(PROJECT)
GROUND = Reference(BOOK.codebook, BOOK.cast, {AUTHOR: KIND})
NO_EXAMPLES = {"positive": (), "negative": ()}
# The project's codebook with the examples of one event type: those of all take a second to check.
FEW_EXAMPLES = replace(
    BOOK.codebook,
    layers=tuple(
        replace(
            layer,
            labels=tuple(label if label.name == "strike.air" else replace(label, **NO_EXAMPLES) for label in layer.labels),
            **NO_EXAMPLES,
        )
        for layer in BOOK.codebook.layers
    ),
)


def test_every_example_of_the_project_holds():
    assert BOOK.rulings and list(check_examples(BOOK.codebook, BOOK.cast, BOOK.worked, tuple(BOOK.rulings.values()))) == []


def test_every_label_that_takes_judgement_has_examples_and_what_it_is_confused_with():
    with_labels = ("events", "status", "source", "stance", "places", "role")
    for label in nonempty(label for name in with_labels for label in BOOK.codebook.by_name[name].labels):
        assert len(label.positive) >= 4 and len(label.negative) >= 4, label.name
        assert label.confused, label.name
        assert label.definition
    for name in ("actors", "agent", "target"):
        assert len(BOOK.codebook.by_name[name].positive) >= 4 and len(BOOK.codebook.by_name[name].negative) >= 4


BROKEN = {
    "a role that the type does not have": (
        "The [Front]{@front} [took]{territory.capture agent=front} it with [guns]{OBJECT instrument=took}.", "facts", "ROLE-NONE"),
    "a thing that no event hits": ("It was [taken]{territory.capture} by [tram]{OBJECT}.", "facts", "EXAMPLE"),
    "a place between two events": ("They [took]{territory.capture} it and [left]{territory.loss} the [quay]{PLACE}.", "facts", "EXAMPLE"),
    "half a word": ("The [Fr]{@front}ont took it.", "facts", "SPAN-CUT"),
    "a mention of another actor": ("The [Front]{@pact} took it.", "facts", "ACTOR-LIST"),
    "nobody of the cast": ("The [Front]{@nobody} took it.", "facts", "EXAMPLE"),
    "an agent who is not in the text": ("It was [taken]{territory.capture agent=front}.", "facts", "ACTOR-UNMARKED"),
    "a link from nothing": ("A [quay]{PLACE place=took} was quiet.", "facts", "RELATION-DANGLING"),
    "a value that the layer has not": ("It was [taken]{territory.capture status=maybe}.", "facts", "LABEL-UNKNOWN"),
    "two answers where one is asked for": ("It was [taken]{territory.capture status=denied,possible}.", "facts", "CHOICE-SEVERAL"),
    "a label that no layer has": ("It was [taken]{territory.taking}.", "facts", "EXAMPLE"),
    "an answer that nothing asks": ("It was [taken]{territory.capture mood=sad}.", "facts", "EXAMPLE"),
    "a value other than 0 without evidence": ("The Front took it. {@front stance=positive}", "stance", "ANSWER-EVIDENCE"),
    "evidence for 0": ("The [great]{@front} Front. {@front stance=neutral}", "stance", "EVIDENCE-NEUTRAL"),
    "a layer of the other pass": ("It was [taken]{territory.capture}.", "stance", "EXAMPLE"),
    "a text that ingestion changes": ("Two  blanks.", "facts", "EXAMPLE"),
    "a stray bracket": ("It was [taken].", "facts", "EXAMPLE"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_an_example_that_breaks_a_rule_is_found(case):
    source, pass_name, code = BROKEN[case]
    assert code in [issue.code for issue in check_marked("x", source, pass_name, GROUND)]


def with_examples(label: str, **changes: object):
    """The project's codebook with other examples of one event type."""
    layers = [
        replace(layer, labels=tuple(replace(one, **changes) if one.name == label else one for one in layer.labels))
        for layer in BOOK.codebook.layers
    ]
    return replace(BOOK.codebook, layers=tuple(layers))


FOUR = ("It [fell]{territory.capture}.", "It was [taken]{territory.capture}.", "They [took]{territory.capture} it.")
COLLECTIONS = {
    "too few": ({"positive": FOUR}, "should have 4"),
    "twice": ({"positive": (*FOUR, FOUR[0])}, "repeats"),
    "a positive one of another label": ({"positive": (*FOUR, "They [fled]{territory.loss}.")}, "no mark of its label"),
    "a negative one that is positive": ({"negative": FOUR}, "is marked territory.capture"),
    "a negative one that says nothing": ({"negative": ("It rained.",) * 4}, "neither"),
}


@pytest.mark.parametrize("case", COLLECTIONS)
def test_a_collection_that_breaks_a_rule_is_found(case):
    changes, expected = COLLECTIONS[case]
    found = [
        problem for where, problem in problems(with_examples("territory.capture", **changes)) if "territory.capture" in where
    ]
    assert any(expected in problem for problem in found)


def test_a_mark_becomes_spans_answers_and_links():
    source = "The [Front]{@front} [shot down]{strike.shootdown agent=front status=possible | a hedge} a [drone]{OBJECT target=shot-down}. | so"
    marked = parse(source)
    assert (marked.text, marked.reason) == ("The Front shot down a drone.", "so")
    assert [mark.reason for mark in marked.marks] == ["", "a hedge", ""]
    found = annotations_of(marked, "facts", BOOK.codebook, {"front": "act-000001"})
    assert found == [
        Span(id="front", layer="actors", label="act-000001", start=4, end=9, quote="Front"),
        Span(id="shot-down", layer="events", label="strike.shootdown", start=10, end=19, quote="shot down"),
        Choice(id="shot-down.agent.act-000001", layer="agent", label="act-000001", of="shot-down"),
        Choice(id="shot-down.status", layer="status", label="possible", of="shot-down"),
        Span(id="drone", layer="places", label="OBJECT", start=22, end=27, quote="drone"),
        Relation(id="shot-down.role.target.drone", layer="role", label="target", head="shot-down", tail="drone"),
    ]


def test_the_second_span_of_the_same_words_has_a_name_of_its_own():
    assert [mark.id for mark in parse("[a]{X} [a]{X} [A b]{X} [c]{X #mine}").marks] == ["a", "a-2", "a-b", "mine"]


def test_a_mark_may_stand_inside_another():
    marked = parse("A [[captured]{coercion.detain} soldier]{@army} slept.")
    assert marked.text == "A captured soldier slept."
    assert [(mark.words, mark.start, mark.end) for mark in marked.marks] == [("captured soldier", 2, 18), ("captured", 2, 10)]


def test_answers_leave_no_trace_in_the_text():
    assert parse("It rained. {genre=other} {@front stance=neutral | why} | a reason").text == "It rained."


WORDS = (
    st.text(st.characters(exclude_characters="[]{}|\r\n", exclude_categories=["Cs", "Cc"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)


@given(st.lists(st.tuples(st.sampled_from(["", "an 😀 ", "e\u0301 ", "الجيش "]), WORDS), min_size=1, max_size=5))
def test_offsets_are_code_points_of_the_plain_text(parts):
    source = " ".join(f"{before}[{words}]{{LABEL}}" for before, words in parts)
    marked = parse(source)
    assert [marked.text[mark.start : mark.end] for mark in marked.marks] == [words for _, words in parts]
    assert marked.text == source.strip().replace("[", "").replace("]{LABEL}", "")


@pytest.mark.parametrize("source", ["a [b", "a b]", "{", "[b]{X y}", "[b]{x=1}", "[b ]{X}", "[]{X}", "[a [b]{X} c"])
def test_markup_that_cannot_be_read_is_one_line(source):
    with pytest.raises(MarkError) as caught:
        parse(source)
    assert "\n" not in str(caught.value)


def test_a_codebook_of_somebody_else_has_examples_too():
    codebook = another_codebook()
    grain, fruit = codebook.by_name["crops"].labels
    marked = (
        "The [rye]{grain health=blighted} gave [9 t]{weight yield=rye}.",
        "[Oats]{grain}.",
        "[Corn]{grain}.",
        "[Rice]{grain}.",
    )
    told = ("[Figs]{fruit}.", "[Pears]{fruit}.", "[Plums]{fruit}.", "Hay. | no crop")
    crops = replace(codebook.by_name["crops"], labels=(replace(grain, positive=marked, negative=told), fruit))
    codebook = replace(codebook, layers=tuple(crops if layer.name == "crops" else layer for layer in codebook.layers))
    assert len(list(examples(codebook))) == 8
    assert list(check_examples(codebook, BOOK.cast)) == []


WORKED = Worked(id="x", outlet="X", passes={"facts": "It rained.\n\nIt rained again.", "stance": "It rained.\n\nIt snowed."})


def test_worked_articles_are_one_text_in_all_passes_with_a_reason_for_each_mark(tmp_path):
    (issue,) = check_examples(FEW_EXAMPLES, BOOK.cast, [WORKED])
    assert "not the text of the other passes" in issue.message
    bare = replace(WORKED, passes={"facts": "It rained.\n\nIt [fell]{territory.capture}."})
    assert "no reason" in [*check_examples(FEW_EXAMPLES, BOOK.cast, [bare])][0].message
    stray = replace(WORKED, passes={"facts": "It rained.\n\nIt [fell."})
    assert "no mark" in [*check_examples(FEW_EXAMPLES, BOOK.cast, [stray])][0].message
    path = tmp_path / "worked.yaml"
    path.write_text("articles:\n  - {id: a, outlet: b, passes: {reading: c}}\n")
    with pytest.raises(StandpointError, match="no pass of the codebook"):
        load_worked(path, BOOK.codebook)


TALE = "Front takes quay\n\nThe Front left. The army and a radio slept."
TALE_FACTS = (
    "[Front]{@front | a} [takes]{territory.capture agent=front | b} quay\n\nThe [Front]{@front | c} [left]{territory.loss agent=front | d}. "
    "The [army]{@army | e} and a radio slept. {in_scope=yes genre=news_report | f}"
)
TALES = {
    "as the page asks": ("{@front stance=neutral | a} {@army stance=neutral | b}", []),
    "an actor without an answer": ("{@front stance=neutral | a}", ["no stance of Ostrel Army, which the task lists"]),
    "an answer that nobody asks for": (
        "{@front stance=neutral | a} {@army stance=neutral | b} {@radio stance=neutral | c}",
        ["stance of act-000017, which the task does not list"],
    ),
}


@pytest.mark.parametrize("case", TALES)
def test_a_worked_article_answers_about_the_actors_of_its_facts_as_the_page_of_any_article_asks(case):
    answers, problems = TALES[case]
    worked = Worked(id="x", outlet="X", passes={"facts": TALE_FACTS, "stance": f"{TALE} {answers}"})
    found = [issue.message for issue in check_examples(FEW_EXAMPLES, BOOK.cast, [worked])]
    assert [message for message in found if "the task" in message] == problems and bool(found) == bool(problems)
    # The army is mentioned once, and not in the headline.
    assert actors_asked("stance", GROUND, worked) == {"act-000001": "Free Harbour Front", "act-000003": "Ostrel Army"}
    (issue,) = check_examples(FEW_EXAMPLES, BOOK.cast, [replace(worked, passes={"stance": worked.passes["stance"]})])
    assert "has no pass facts" in issue.message


RULING = Ruling(
    name="x",
    page="13-faq",
    question="Is it?",
    rule="It is.",
    positive=("It [burst]{strike.explosive}.", "They [burst]{strike.explosive}."),
    negative=("It sang. | no event", "They sang. | no event"),
)
FAULTY_RULINGS = {
    "too few": ({"negative": RULING.negative[:1]}, "should have 2 positive and 2 negative"),
    "one that is nothing": ({"positive": ("It burst.", *RULING.positive)}, "no mark of its label or layer"),
    "one that says nothing": ({"negative": ("It rained.", *RULING.negative)}, "neither"),
    "one of the codebook again": (
        {"positive": (*RULING.positive, "[Strikes]{strike.air}."), "negative": ("It sang. | a", "It sang. | b")},
        "repeats",
    ),
    "one that breaks a rule": ({"positive": ("It [burst]{strike.explosive agent=front}.", *RULING.positive)}, "ACTOR"),
}


def test_a_ruling_that_keeps_the_rules_has_no_issue():
    assert list(examples(FEW_EXAMPLES)) and list(check_examples(FEW_EXAMPLES, BOOK.cast, (), [RULING])) == []


@pytest.mark.parametrize("case", FAULTY_RULINGS)
def test_a_ruling_that_breaks_a_rule_is_found(case):
    changes, expected = FAULTY_RULINGS[case]
    found = list(check_examples(FEW_EXAMPLES, BOOK.cast, (), [replace(RULING, **changes)]))
    assert found and {issue.where.split()[:2] == ["ruling", "x"] for issue in found} == {True}
    assert any(expected in issue.code or expected in issue.message for issue in found)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("{name: a, question: d}", "this name or question"),
        ("{name: b, question: c}", "this name or question"),
        ("{name: b, question: d, layer: moods}", "no layer"),
    ],
)
def test_rulings_that_cannot_be_used_are_one_line(second, problem, tmp_path):
    path = tmp_path / "rulings.yaml"
    rest = "page: b, rule: d, positive: [], negative: []"
    path.write_text(f"rulings:\n  - {{name: a, question: c, {rest}}}\n  - {second[:-1]}, {rest}}}\n")
    with pytest.raises(StandpointError, match=problem):
        load_rulings(path, BOOK.codebook)
