"""One side against another as by hand; people among themselves beside it; nothing is compared with itself, or silently left out."""

from __future__ import annotations

import json

import msgspec
import pytest

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from command_line import run
from nonempty import nonempty
from standpoint.agreement.agreement import Options, compute_agreement
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_lines
from standpoint.core.model import (
    AdjudicatedSet,
    AnnotationSet,
    Article,
    Choice,
    Conflict,
    Relation,
    Span,
    StandpointError,
    Zone,
    sha256,
)
from standpoint.core.project import Project
from standpoint.core.yaml_files import yaml_text
from standpoint.evaluation.compare_sides import Material, Settings, SideComparison, compare_sides
from standpoint.evaluation.label_errors import ADDED, BOTH, EXTENT, LABEL, MISSED, ONE_ANSWER
from standpoint.evaluation.sides import Side
from standpoint.scoring.scores import Score
from two_pass_article import ACTORS, CODEBOOK, KINDS, article_of, choice, codebook, facts, made, span, stance
from whole_projects import new_project, store_sets

QUICK = Settings(resamples=0)
ARTICLE = msgspec.convert(article_of(), Article)


def side(name: str) -> Side:
    return Side(name, None if name == "people" else frozenset(name.split(",")))


def compared(first: Side | str, second: Side | str, sets: list, grammar: Codebook | None = None, **more) -> SideComparison:
    sides = tuple(side(one) if isinstance(one, str) else one for one in (first, second))
    settings = more.pop("settings", QUICK)
    kinds = more.pop("kinds", KINDS)
    articles = more.pop("articles", [ARTICLE])
    material = Material([articles], [[one] for one in sets], kinds=kinds, **more)
    return compare_sides(sides, material, grammar or codebook(), settings)


def figure(result: SideComparison, layer: str, statistic: str, part: int = 0) -> float | None:
    return next(one.value for one in result.parts[part].figures if (one.layer, one.statistic) == (layer, statistic))


def score_of(scores: tuple[Score, ...], layer: str, metric: str) -> Score:
    return next(one for one in scores if (one.layer, one.metric) == (layer, metric))


def other_facts() -> list[dict]:
    """One event has another label, one place another extent, one place is missing, an actor is added."""
    return [
        span("actors", "act-000001", "army"),
        span("actors", "act-000002", "mill"),
        span("events", "territory.capture", "seized"),
        span("events", "territory.capture", "fled"),
        span("places", "PLACE", "the mill"),
        choice("agent", "act-000001", "events-seized"),
        choice("status", "denied", "events-seized"),
        choice("status", "asserted", "events-fled"),
    ]


def test_a_machine_against_a_person_as_by_hand():
    result = compared("m01", "a01", [made(facts(), "a01"), made(other_facts(), "m01")])
    (part,) = result.parts
    assert (part.heading, part.articles, part.stories) == ("human-model", 1, 1)
    assert figure(result, "events", "F1 exact") == 1 / 2
    assert figure(result, "places", "F1 overlap, any label") == pytest.approx(2 / 3)
    places = score_of(part.scores, "places", "F1 exact, any label")
    assert (places.value, places.precision, places.recall, places.n) == (0.0, 0.0, 0.0, 2)
    actors = score_of(part.scores, "actors", "F1 exact, any label")  # army of army, mill and of army, Netters
    assert (actors.value, actors.precision, actors.recall) == (1 / 2, 1 / 2, 1 / 2)
    errors = {one.layer: one for one in part.errors}
    assert (errors["actors"].right, errors["actors"].errors[MISSED], errors["actors"].errors[ADDED]) == (1, 1, 1)
    assert [(one.error, one.expected, one.given) for one in errors["places"].classes] == [
        (MISSED, "TIME", ""),
        (EXTENT, "PLACE", "PLACE"),
    ]
    (label,) = errors["events"].classes
    assert (label.error, label.expected, label.given, label.count) == (LABEL, "harm.displace", "territory.capture", 1)
    assert [(one.article_id, one.quote) for one in label.examples] == [(ARTICLE.id, "fled")]
    extent = errors["places"].classes[1].examples[0]
    assert (extent.quote, extent.reference_quote) == ("the mill", "mill")
    assert extent.places != extent.reference_places == ((ARTICLE.text.index("mill"), ARTICLE.text.index("mill") + 4),)
    (status,) = errors["status"].classes  # of "seized" alone, for "fled" has another label, and so is answered about twice
    assert (status.error, status.expected, status.given, status.examples[0].quote) == (LABEL, "asserted", "denied", "seized")
    assert errors["genre"].errors[ONE_ANSWER] == 1 and errors["genre"].errors[MISSED] == 0


def test_a_span_with_another_label_and_extent_is_one_error():
    one, other = ([span("events", *words)] for words in (("territory.capture", "seized the mill"), ("harm.displace", "seized")))
    errors = compared("m01", "a01", [made(one, "m01"), made(other, "a01")]).parts[0].errors
    events = next(one for one in errors if one.layer == "events")
    assert events.errors == dict.fromkeys(events.errors, 0) | {BOTH: 1} and events.right == 0


def test_agreement_is_symmetric_and_scores_are_not():
    sets = [made(facts(), "a01"), made(other_facts(), "m01")]
    one, other = compared("m01", "a01", sets), compared("a01", "m01", sets)
    assert one.parts[0].figures == other.parts[0].figures
    names = [score for score in one.parts[0].scores if score.precision is not None]
    for score in nonempty(names):
        turned = score_of(other.parts[0].scores, score.layer, score.metric)
        assert (score.precision, score.recall, score.value) == (turned.recall, turned.precision, turned.value)


@pytest.mark.parametrize("names", [("a01", "m01"), ("a01", "a02")])
def test_figures_are_those_of_agree(names):
    sets = [made(facts(), names[0]), made(other_facts(), names[1]), made(stance(), names[0], "stance")]
    sets.append(made([choice("stance", "+1", "act-000001"), choice("stance", "0", "act-000002")], names[1], "stance"))
    agreement = compute_agreement([[one] for one in sets], codebook(), KINDS, options=Options(resamples=0, articles=[[ARTICLE]]))
    of_agree = {(one.layer, one.statistic): (one.value, one.n, one.kind) for one in agreement.figures if one.n}
    ours = {(one.layer, one.statistic): (one.value, one.n, one.kind) for one in compared(*names, sets).parts[0].figures}
    assert of_agree and ours == of_agree


def test_two_sets_of_one_model_show_its_stability_and_are_no_agreement():
    sets = [made(facts(), "m01"), made(other_facts(), "m02", annotator_kind="model")]
    kinds = KINDS | {"m02": "model"}
    result = compared("m01", "m02", sets, kinds=kinds, models={"m01": "toy-1", "m02": "toy-1"})
    assert [part.heading for part in result.parts] == ["same-model"] and {one.kind for one in result.parts[0].figures} == {
        "same-model"
    }
    assert [part.heading for part in compared("m01", "m02", sets, kinds=kinds).parts] == ["unnamed-model"]
    named = compared("m01", "m02", sets, kinds=kinds, models={"m01": "toy-1", "m02": "toy-2"})
    assert [part.heading for part in named.parts] == ["model-model"]


PEOPLE_KINDS = {"a01": "human_trained", "a02": "human_trained", "a03": "human_trained", "m01": "model"}


def test_headings_are_never_merged():
    """A person who began from suggestions stands apart; so does a machine in a group with people."""
    sets = [made(facts(), "a01"), made(other_facts(), "a02", assistance="model_suggestion"), made(facts(), "m01")]
    result = compared("a01", "a02,m01", sets)
    assert [(part.heading, figure(result, "events", "F1 exact", place)) for place, part in enumerate(result.parts)] == [
        ("human-assisted", 1 / 2),
        ("human-model", 1.0),
    ]
    assert result.no_ceiling == "no article has two people of a02,m01 who read on their own" and result.ceiling is None


def test_people_among_themselves_stand_beside_the_machine():
    """The people give one event three times, the machine and one person miss another: by hand, pair by pair."""
    event, other = span("events", "territory.capture", "seized"), span("events", "harm.displace", "fled")
    sets = [made(items, name, annotator_kind=PEOPLE_KINDS[name]) for name, items in {
        "a01": [event, other], "a02": [event, other], "a03": [event], "m01": [other],
    }.items()]  # fmt: skip
    result = compared("m01", "people", sets, kinds=PEOPLE_KINDS)
    # m01 with a01, a02, a03: 1 of 1 and 2, 1 of 1 and 2, 0 of 1 and 1.
    assert figure(result, "events", "F1 exact") == pytest.approx(2 * 2 / (3 + 3 + 2))
    among = {(one.layer, one.statistic): one.value for one in result.ceiling.figures}
    assert among["events", "F1 exact"] == pytest.approx(2 * 4 / (4 + 3 + 3))
    assert result.ceiling.people == ("a01", "a02", "a03") and result.ceiling.articles == 1
    by_person = {one.part: one.value for one in result.ceiling.by_person if one.statistic == "F1 exact" and one.layer == "events"}
    assert by_person == {"a01": pytest.approx(6 / 7), "a02": pytest.approx(6 / 7), "a03": pytest.approx(4 / 6)}
    # Each person as a system against each other: 2·(2 + 1 + 2 + 1 + 1 + 1) of all spans on both sides.
    assert score_of(result.ceiling.scores, "events", "F1 exact").value == pytest.approx(2 * 8 / 20)
    assert score_of(result.parts[0].scores, "events", "F1 exact").value == pytest.approx(2 * 2 / 8)


def test_who_is_one_side_is_not_in_the_group_that_is_the_other():
    sets = [made(facts(), name, annotator_kind="human_trained") for name in ("a01", "a02", "a03")]
    result = compared("a01", Side("people", None, left_out=frozenset({"a01"})), sets, kinds=PEOPLE_KINDS)
    assert {(one.side, one.annotator) for one in result.members} == {("a01", "a01"), ("people", "a02"), ("people", "a03")}


def test_a_withheld_text_is_not_quoted():
    hidden = msgspec.structs.replace(ARTICLE, text=None)
    sets = [made(facts(), "a01"), made(other_facts(), "m01")]
    result = compared("m01", "a01", sets, articles=[hidden])
    examples = [one for errors in result.parts[0].errors for kind in errors.classes for one in kind.examples]
    assert {one.quote for one in nonempty(examples)} == {""} and any(one.places for one in examples)


# Many small articles, with another codebook.
TONES = ("hopeful", "worried")


def harvest(number: int) -> Article:
    text = f"Field {number}: grain rose to nine crowns. The fruit rotted."
    digest = sha256(text)
    return Article(
        id=f"barn-2031-06-{number % 28 + 1:02d}-{digest[:8]}", source="barn", publisher="The Barn", title=f"Field {number}",
        licence="CC0-1.0", language="en", sha256=digest, text=text, annotated_until=len(text),
        paragraphs=((0, len(text)),), sentences=((0, len(text)),), group=f"week-{number % 6}",
    )  # fmt: skip


FIELDS = sorted((harvest(number) for number in range(36)), key=lambda one: one.id)


def reading(article: Article, annotator: str, number: int, wrong: int, kind: str = "human_trained") -> AnnotationSet:
    """A careful reading, with a fault in every ``wrong``-th article, each at another place; 0 for none."""
    fault = bool(wrong) and (number + len(annotator) + ord(annotator[-1])) % wrong == 0

    def marked(layer: str, label: str, words: str) -> Span:
        start = article.text.index(words)
        return Span(id=words, layer=layer, label=label, start=start, end=start + len(words), quote=words)

    items = [
        marked("crops", "fruit" if fault else "grain", "grain"),
        marked("crops", "fruit", "fruit"),
        marked("amounts", "price", "nine crowns"),
        Choice(id="h1", layer="health", label="sound", of="grain"),
        Choice(id="h2", layer="health", label="sound" if fault else "blighted", of="fruit"),
        Choice(id="tone", layer="tone", label=TONES[(number + fault) % 2]),
    ]
    if not fault:
        items.append(Relation(id="r", layer="measure", label="sold_for", head="grain", tail="nine crowns"))
    return AnnotationSet(
        article_id=article.id, annotator=annotator, pass_name="reading", annotator_kind=kind, codebook_version="0.3.0",
        text_sha256=article.sha256, annotations=tuple(items),
    )  # fmt: skip


def field_sets(**wrong: int) -> list[AnnotationSet]:
    kinds = {name: "model" if name.startswith("m") else "human_trained" for name in wrong}
    return [
        reading(article, name, number, every, kinds[name])
        for name, every in wrong.items()
        for number, article in enumerate(FIELDS)
    ]


def fields(first: str, second: str, settings: Settings = QUICK, **wrong: int) -> SideComparison:
    streams = [[one for one in field_sets(**wrong) if one.annotator == name] for name in wrong]
    stories = {one.id: one.group for one in FIELDS}
    return compare_sides((side(first), side(second)), Material([FIELDS], streams, stories=stories), another_codebook(), settings)


def test_the_alternative_annotator_test_of_each_layer():
    """A machine without a fault, and one that is always wrong, with another codebook: choices, links and spans."""
    good = {one.layer: one for one in fields("m01", "people", m01=0, a01=5, a02=6, a03=7).alternative}
    assert set(good) == {"crops", "health", "amounts", "measure", "tone"}  # typed remarks are not compared
    assert all(one.passed and one.winning_rate == 1.0 and one.epsilon == 0.15 for one in good.values())
    assert (good["tone"].instances, good["tone"].alignment) == ("an answer", "share of equal labels")
    assert (good["crops"].instances, good["crops"].alignment) == ("an article", "mean F1 exact")
    assert [person.n for person in good["tone"].people] == [36, 36, 36]
    assert [person.n for person in good["health"].people] == [72, 72, 72]  # two in each article, about spans that all have
    bad = {one.layer: one for one in fields("m01", "people", m01=1, a01=5, a02=6, a03=7).alternative}
    assert bad["tone"].winning_rate == 0.0 and bad["crops"].passed is False
    assert good["tone"].advantage > 0.9 > 0.5 > bad["tone"].advantage
    asked = fields("m01", "people", Settings(resamples=0, epsilon=0.3, layers=("tone",)), m01=0, a01=5, a02=6, a03=7)
    assert [(one.layer, one.epsilon) for one in asked.alternative] == [("tone", 0.3)]


def test_numbers_are_tested_by_distance():
    """Of a crowd of 40, 42 and 50, the machine says 49: root mean square distances from the others, by hand."""
    layers = [{"name": "crowd", "kind": "number", "min": 0}, {"name": "places", "kind": "span", "labels": [{"name": "PLACE"}]}]
    grammar = {
        "title": "Crowds",
        "version": "0.1.0",
        "passes": [{"name": "facts", "layers": ["crowd", "places"]}],
        "layers": layers,
    }
    sets = [
        made([choice("crowd", number)], name, annotator_kind=PEOPLE_KINDS[name])
        for name, number in {"a01": "40", "a02": "42", "a03": "50", "m01": "49"}.items()
    ]
    settings = Settings(resamples=0, test="wilcoxon")
    result = compared("m01", "people", sets, codebook(grammar), kinds=PEOPLE_KINDS, settings=settings)
    crowd = next(one for one in result.alternative if one.layer == "crowd")
    # From 42 and 50: 49 is √25 away, 40 √52. From 40 and 50: 49 √41, 42 √34. From 40 and 42: 49 √65, 50 √82.
    assert {person.annotator: person.machine for person in crowd.people} == {"a01": 1.0, "a02": 0.0, "a03": 1.0}
    assert (crowd.instances, crowd.advantage) == ("an answer", pytest.approx(2 / 3))
    assert figure(result, "crowd", "raw agreement") == 0.0


@pytest.mark.parametrize("sides, wrong, reason", [
    (("m01", "people"), {"m01": 0, "a01": 5, "a02": 6}, "it needs 3 people who read on their own, and people has 2"),
    (("m01,m02", "people"), {"m01": 0, "m02": 3, "a01": 5, "a02": 6, "a03": 7}, "m01,m02 is 2 annotators"),
    (("m01", "m02"), {"m01": 0, "m02": 3}, "it needs 3 people who read on their own, and m02 has 0"),
])  # fmt: skip
def test_where_the_test_cannot_be_made_the_reason_is_said(sides, wrong, reason):
    result = fields(*sides, **wrong)
    assert result.alternative == () and result.no_test.startswith(reason)


def test_intervals_are_over_stories_and_hold_the_value():
    result = fields("m01", "people", Settings(resamples=200, layers=("tone",)), m01=4, a01=5, a02=6)
    (part,) = result.parts
    assert (part.articles, part.stories) == (36, 6)
    measured = [*part.figures, *part.scores, *result.ceiling.figures, *result.ceiling.scores]
    for one in nonempty([one for one in measured if one.value is not None]):
        assert one.low <= one.value <= one.high
    assert any(one.low < one.high for one in measured if one.low is not None)


# A project on disk, and the command.


def files(tmp_path, **wrong: int) -> Project:
    project = new_project(tmp_path, ANOTHER_CODEBOOK)
    write_lines(project.articles / "barn.jsonl", FIELDS)
    store_sets(project, field_sets(**wrong))
    listed = "".join(f"  - id: {name}\n    kind: {'model' if name[0] == 'm' else 'human_trained'}\n" for name in wrong)
    project.annotators.write_text(f"annotators:\n{listed}", encoding="utf-8")
    return project


def command(project: Project, *words: str, code: int = 0) -> str:
    return run("--project", str(project.root), "compare", *words, "--resamples", "0", code=code)


def test_the_command_says_who_is_compared_with_whom_and_on_what(tmp_path):
    project = files(tmp_path, m01=4, a01=5, a02=6, a03=7)
    out = command(project, "m01", "people", "--json", str(tmp_path / "compared.json"), "--examples", "1")
    assert "m01 is measured against people" in out
    assert "reading: 36 articles that both have; 0 more of m01 and 0 of people are not compared" in out
    assert "people: a01, human trained, 36 sets; a02, human trained, 36 sets; a03, human trained, 36 sets" in out
    assert "People and machines: this is not agreement between people" in out
    assert "people among themselves: a01, a02, a03, 36 of the articles" in out
    assert "grain → fruit (other label)" in out and "“grain”" in out
    assert "alternative annotator test: may m01 stand for one of people?\n  ε 0.15;" in out
    written = json.loads((tmp_path / "compared.json").read_text(encoding="utf-8"))
    assert len(written["passes"][0]["both"]) == 36 and written["parts"][0]["heading"] == "human-model"
    assert max(len(one["examples"]) for errors in written["parts"][0]["errors"] for one in errors["classes"]) == 1


def test_the_report_says_what_the_terminal_says_and_quotes_no_markup(tmp_path):
    project = files(tmp_path, m01=0, a01=0)
    article = harvest(99)
    text = "Field 99: grain | <b>rose</b> to nine crowns. The fruit rotted."
    odd = msgspec.structs.replace(article, text=text, sha256=sha256(text), id=f"barn-2031-07-01-{sha256(text)[:8]}")
    write_lines(project.articles / "barn.jsonl", sorted([*FIELDS, odd], key=lambda one: one.id))
    sets = field_sets(m01=0, a01=0)
    longer = Span(id="c", layer="crops", label="grain", start=10, end=26, quote=text[10:26])
    sets += [
        msgspec.structs.replace(reading(odd, "a01", 0, 0), annotations=(longer,)),
        msgspec.structs.replace(reading(odd, "m01", 0, 0, "model"), annotations=()),
    ]
    store_sets(project, sets)
    page = tmp_path / "compared.md"
    out = command(project, "m01", "a01", "--report", str(page))
    assert "“grain | <b>rose<”" in out
    written = page.read_text(encoding="utf-8")
    assert written.startswith("# m01 is measured against a01") and "| crops | F1 exact |" in written
    assert "<b>" not in written.replace("\\<", "") and "grain \\| \\<b\\>" in written


PREDICTED = {"system": "toy", "seed": None, "single_model": True}


def predictions(project: Project, lines: list[dict], name: str = "toy.jsonl") -> str:
    path = project.root / name
    path.write_text("".join(json.dumps(line) + "\n" for line in [PREDICTED, *lines]), encoding="utf-8")
    return str(path)


def predicted(article: Article, label: str = "grain") -> dict:
    start = article.text.index("grain")
    return {"article_id": article.id, "annotations": [
        {"type": "span", "id": "s1", "layer": "crops", "label": label, "start": start, "end": start + 5},
        {"type": "choice", "layer": "tone", "label": "hopeful"},
    ]}  # fmt: skip


def test_a_file_of_predictions_is_compared_where_it_has_a_line(tmp_path):
    project = files(tmp_path, a01=0)
    path = predictions(project, [predicted(one) for one in FIELDS[:10]])
    out = command(project, path, "a01", "--json", str(tmp_path / "out.json"))
    assert f"10 articles that both have; 0 more of {path} and 26 of a01 are not compared" in out
    part = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["parts"][0]
    crops = next(one for one in part["scores"] if (one["layer"], one["metric"]) == ("crops", "F1 exact"))
    assert (crops["precision"], crops["recall"], crops["n"]) == (1.0, 0.5, 20)
    # The spans without an answer have the default answer, as in sets: sound, which is right of grain.
    health = next(one for one in part["errors"] if one["layer"] == "health")
    assert health["right"] == 10 and not any(health["errors"].values())


def test_predictions_about_a_withheld_text_are_compared_by_offsets(tmp_path):
    """The text is not on this computer: its zones say how long it is."""
    project = files(tmp_path, a01=0)
    zones = [Zone(name="body", start=0, end=len(one.text)) for one in FIELDS]
    hidden = [msgspec.structs.replace(one, text=None, zones=(zone,)) for one, zone in zip(FIELDS, zones, strict=True)]
    write_lines(project.articles / "barn.jsonl", hidden)
    out = command(project, predictions(project, [predicted(one, "fruit") for one in FIELDS[:4]]), "a01")
    assert "4 articles that both have" in out and "4 × grain → fruit (other label)" in out and "“" not in out
    beyond = {"type": "span", "id": "s1", "layer": "crops", "label": "grain", "start": 9, "end": 900}
    out = command(project, predictions(project, [{"article_id": FIELDS[0].id, "annotations": [beyond]}]), "a01", code=2)
    assert "PRED-RANGE" in out


def test_predictions_about_given_spans_are_refused(tmp_path):
    project = files(tmp_path, a01=0)
    path = project.root / "given.jsonl"
    path.write_text(json.dumps(PREDICTED | {"given": ["crops"]}) + "\n", encoding="utf-8")
    assert "given.jsonl: the system was given the spans of crops" in command(project, str(path), "a01", code=2)


def test_a_pass_of_which_a_file_has_nothing_is_told_and_not_compared(tmp_path):
    project = new_project(tmp_path, CODEBOOK)
    project.actors.write_text(yaml_text({"version": "0.1.0", "actors": ACTORS}), encoding="utf-8")
    write_lines(project.articles / "courier.jsonl", [ARTICLE])
    store_sets(project, [made(facts(), "a01"), made(stance(), "a01", "stance")])
    place = {"start": ARTICLE.text.index("seized"), "end": ARTICLE.text.index("seized") + 6}
    line = {
        "article_id": ARTICLE.id,
        "annotations": [{"type": "span", "id": "s", "layer": "events", "label": "harm.displace", **place}],
    }
    out = command(project, predictions(project, [line]), "a01")
    assert "COMPARE-PASS it has nothing in the pass stance, which is not compared" in out
    assert "stance: 0 articles that both have" in out and "territory.capture → harm.displace (other label)" in out
    actor = {"type": "span", "id": "a", "layer": "actors", "label": "act-000009", **place}
    out = command(project, predictions(project, [line | {"annotations": [actor]}]), "a01", code=2)
    assert "PRED-ACTOR" in out


def test_a_file_with_a_fault_is_refused_with_its_line(tmp_path):
    project = files(tmp_path, a01=0)
    out = command(project, predictions(project, [predicted(FIELDS[0], "wheat")]), "a01", code=2)
    assert f"toy.jsonl:2 {FIELDS[0].id} s1: PRED-LABEL" in out and "1 fault(s); nothing is scored" in out
    out = command(
        project, predictions(project, [predicted(FIELDS[0]) | {"article_id": "barn-2031-01-01-00000000"}]), "a01", code=2
    )
    assert "PRED-ARTICLE" in out


@pytest.mark.parametrize("names, message, hint", [
    (("a01", "nobody"), "'nobody' is neither an annotator nor a file", "annotators with sets: a01, a02, m01"),
    (("a01", "b" * 300), "neither an annotator nor a file", "annotators with sets"),  # no file can be called so
    (("a01", "a02, ,m01"), "'' is neither an annotator nor a file", "annotators with sets"),
    (("a01", "a01"), "both sides are a01", "name two different"),
    (("a01,a02", "a02,m01"), "a02 is on both sides", "name each annotator on one side"),
    (("people", "adjudicated"), "no article and pass has both people (36 articles) and adjudicated (0)", "standpoint status"),
    (("a01", "a02", "--layer", "weather"), "no layer is called 'weather'", "there are crops"),
])  # fmt: skip
def test_what_cannot_be_compared_is_one_line_with_a_hint(tmp_path, names, message, hint):
    project = files(tmp_path, a01=0, a02=5, m01=4)
    out = command(project, *names, code=2)
    assert message in out and hint in out and "Traceback" not in out


def test_nobody_is_compared_with_what_they_helped_to_adjudicate(tmp_path):
    """The first 30 articles are adjudicated from a01 and a02: both are left out there, and the machine is not."""
    project = files(tmp_path, a01=0, a02=5, m01=4)
    adjudicated = [
        AdjudicatedSet(
            article_id=one.id, tier="gold", codebook_version="0.3.0", text_sha256=one.sha256, annotators=("a01", "a02"),
            annotations=reading(one, "a01", number, 0).annotations,
        )
        for number, one in enumerate(FIELDS[:30])
    ]  # fmt: skip
    write_lines(project.adjudicated / "barn.jsonl", adjudicated)
    out = command(project, "m01", "adjudicated")
    assert "30 articles that both have; 6 more of m01 and 0 of adjudicated are not compared" in out
    assert "People and machines" in out
    out = command(project, "a01", "adjudicated", code=2)
    assert (
        "no article and pass has both a01 (6 articles) and adjudicated (0); 30 are left out, where one side helped to adjudicate the other"
        in out
    )


def test_what_nobody_has_decided_is_left_out_and_counted():
    """Of an open conflict about fruit, and one about the tone, the machine's readings are neither right nor wrong."""
    machine, people = field_sets(m01=0), field_sets(a01=0, a02=5)
    adjudicated = []
    for number, article in enumerate(FIELDS):
        one = reading(article, "a01", number, 0)
        fruit = article.text.index("fruit")
        kept = [item for item in one.annotations if item.id not in ("fruit", "h2", "tone")]
        places = (("crops", f"[{fruit},{fruit + 5})"), ("tone", ""))
        conflicts = tuple(Conflict(layer=layer, where=where, readings={"a01": "one", "a02": "other"}) for layer, where in places)
        adjudicated.append(
            AdjudicatedSet(
                article_id=article.id, tier="gold", codebook_version="0.3.0", text_sha256=article.sha256,
                annotators=("a01", "a02"), annotations=tuple(kept), conflicts=conflicts,
            )
        )  # fmt: skip
    names = ("m01", "a01", "a02")
    streams = [[one for one in (*machine, *people) if one.annotator == name] for name in names]
    material = Material([FIELDS], streams, [adjudicated])
    result = compare_sides((side("m01"), side("adjudicated")), material, another_codebook(), QUICK)
    (part,) = result.parts
    assert (part.heading, result.tiers) == ("human-model", ("gold",))
    assert figure(result, "crops", "F1 exact") == 1.0 and score_of(part.scores, "crops", "F1 exact").precision == 1.0
    assert {(layer, code): count for layer, code, count in result.left_out} == {
        ("crops", "PRED-CONFLICT"): 36,
        ("health", "PRED-CONFLICT"): 36,
        ("tone", "PRED-CONFLICT"): 36,
    }
    assert all(not any(one.errors.values()) for one in part.errors)


def test_spans_where_nobody_could_annotate_are_left_out_and_counted():
    result = compared("m01", "a01", [made([*facts(), span("events", "harm.displace", "Support")], "m01"), made(facts(), "a01")])
    assert result.left_out == (("events", "PRED-ZONE", 1),)
    assert figure(result, "events", "F1 exact") == 1.0 == score_of(result.parts[0].scores, "events", "F1 exact").precision


def test_published_labels_are_people_s_by_other_guidelines_and_are_compared_in_their_own_layers():
    kinds = KINDS | {"corpus": "published"}
    published = [item for item in facts() if item["layer"] in ("actors", "newcomer")]
    sets = [made(facts(), "m01"), made(facts(), "a01"), made(published, "corpus", annotator_kind="published")]
    result = compared("m01", "people", sets, kinds=kinds)
    assert [part.heading for part in result.parts] == ["human-model", "published"]
    own, other = result.parts
    assert not own.not_asked and {one.layer for one in own.scores} > {"actors", "events", "status"}
    assert {one.layer for one in other.figures} == {"actors"}
    assert other.not_asked == {"events": 2, "agent": 2, "status": 2, "places": 2, "where": 2, "genre": 1}
    assert result.ceiling is None  # one person and a published set are not two people by one guideline


def test_a_layer_of_which_published_labels_have_a_part_is_not_compared():
    """They mark one of two actors, and say so: the machine's second actor is no error, in no figure."""
    published = made([facts()[0]], "corpus", annotator_kind="published", partial=["actors", "events", "agent", "status", "where"])
    (part,) = compared("m01", "corpus", [made(facts(), "m01"), published], kinds=KINDS | {"corpus": "published"}).parts
    assert part.not_asked["actors"] == 3 and part.not_asked["events"] == 2
    assert part.figures == () and {one.value for one in part.scores} == {None}
    assert not any(one.right or any(one.errors.values()) for one in part.errors)


def test_incidents_without_a_place_are_found_by_their_labels_and_answers():
    """Of three incidents that count, two have an event; by hand, of five answers about these, three are the machine's."""
    places = [span("places", "PLACE", "the mill"), span("places", "TIME", "dawn")]
    mill, dawn = (item["id"] for item in places)
    incidents = [
        # Either label; the machine has an event of each. It is the displacement, whose answers are the same.
        {"id": "i1", "layer": "events", "labels": ["territory.capture", "harm.displace"], "answers": {"status": ["denied"]}},
        {
            "id": "i2", "layer": "events", "labels": ["territory.capture"], "links": {"place": [mill], "time": [dawn]},
            "answers": {"agent": ["act-000001", "act-000002"]},
        },
        {"id": "i3", "layer": "events", "labels": ["territory.capture"], "answers": {"status": ["asserted"]}},
        {"id": "i4", "layer": "events", "labels": ["harm.displace"], "optional": True},
    ]  # fmt: skip
    machine = [item for item in facts() if item["id"] != "events-seized.where.time.places-dawn"]
    machine = [item | {"label": "denied"} if item["id"] == "events-fled.status.asserted" else item for item in machine]
    published = made(places, "corpus", annotator_kind="published", incidents=incidents)
    (part,) = compared("m01", "corpus", [made(machine, "m01"), published], kinds=KINDS | {"corpus": "published"}).parts
    found = {one.layer: (one.value, one.n) for one in part.incidents}
    assert found == {"events": (pytest.approx(2 / 3), 3), "agent": (1 / 2, 2), "status": (1.0, 1), "where": (1 / 2, 2)}
    assert part.not_asked["events"] == 2  # they are no spans, so that nothing is wrong about the machine's


def test_our_own_codebook_is_compared_too():
    """The facts and the stance of one article; the scale is tested by distance."""
    sets = [made(stance(), name, "stance", annotator_kind=PEOPLE_KINDS[name]) for name in ("a01", "a02", "a03", "m01")]
    result = compared(
        "m01", "people", sets, codebook(CODEBOOK), kinds=PEOPLE_KINDS, settings=Settings(resamples=0, test="wilcoxon")
    )
    scale = next(one for one in result.alternative if one.layer == "stance")
    assert (scale.alignment, scale.test) == ("minus the root mean square distance", "wilcoxon")
    assert scale.advantage == 1.0 and [person.n for person in scale.people] == [2, 2, 2]
    assert [one.pass_name for one in result.passes if one.both] == ["stance"]
    with pytest.raises(StandpointError, match="no article and pass has both m01"):
        compared("m01", "a02", [made(facts(), "m01"), made(stance(), "a02", "stance")])
