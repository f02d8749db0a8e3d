"""What is counted in an article, whose labels count with which weight, and what is told of all that does not count."""

from __future__ import annotations

import json

import pytest

from another_codebook import ANOTHER_CODEBOOK
from command_line import run
from standpoint.adjudication.content import view_of
from standpoint.agreement.counts import Reading
from standpoint.codebook.registry import NO_ACTORS
from standpoint.core.files import write_lines, write_whole
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Conflict, StandpointError
from standpoint.core.project import Project
from standpoint.evaluation.estimate import Wanted, about_of, found_in, labels_of
from two_pass_article import REGISTRY, codebook, facts, made, stance
from words_project import ARTICLES, GRAMMAR, project_of, reading_of

CODEBOOK = codebook()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("events", ("territory.capture",)), (1, 2)),
        (Wanted("events", ("territory.capture", "harm.displace")), (2, 2)),
        (Wanted("events", ("territory.capture",), per_article=True), (1, 1)),
        (Wanted("actors", ("act-000001",)), (1, 2)),
        (Wanted("where", ("time",)), (1, 2)),
        (Wanted("where", ("time",), about=("harm.displace",)), (0, 0)),  # a link is about the span where it begins
        (Wanted("status", ("asserted",)), (2, 2)),
        (Wanted("status", ("denied",), about=("harm.displace",)), (0, 1)),
        (Wanted("genre", ("report",)), (1, 1)),
        (Wanted("stance", ("-1",)), (1, 2)),
        (Wanted("stance", ("-1", "0")), (2, 2)),
        (Wanted("stance", ("-1",), about=("act-000001",)), (1, 1)),
        (Wanted("stance", ("-1",), about=("act-000009",)), (0, 0)),
        (Wanted("agent", ("act-000001",)), (1, 2)),
        (Wanted("agent", ("act-000001",), about=("territory.capture",)), (1, 1)),
    ],
    ids=str,
)
def test_what_is_counted_in_an_article(wanted, found):
    annotations = made(stance(), pass_name="stance") if wanted.layer == "stance" else made(facts())
    assert found_in(Reading(view_of(annotations, CODEBOOK)), CODEBOOK.by_name[wanted.layer], wanted) == found


def test_a_question_with_several_answers_counts_where_it_has_none():
    """An event without an agent is an event; a question with one answer that is not answered is not counted."""
    silent = made([one for one in facts() if one["layer"] not in ("agent", "status", "genre")])
    reading = Reading(view_of(silent, CODEBOOK))
    for layer, found in {"agent": (0, 2), "status": (0, 0), "genre": (0, 0)}.items():
        assert found_in(reading, CODEBOOK.by_name[layer], Wanted(layer, ("act-000001",))) == found


# What the machine marks, and what people do: it takes every third fruit for grain.
MACHINE = ["ggf", "gg", "gff", "gggf", "ff", "gg", "gf", "gfff", "g", "gf", "ggg", "ff", "gf", "gg"]
PEOPLE = {0: "gff", 1: "gg", 3: "ggff", 4: "fff", 6: "gf", 8: "g", 9: "ff", 10: "ggf", 11: "f", 13: "gf"}


def machine_sets() -> list[AnnotationSet]:
    return [
        reading_of(one, "m01", labels, number % 2) for number, (one, labels) in enumerate(zip(ARTICLES, MACHINE, strict=True))
    ]


def people_sets(name: str = "a01", **changes) -> list[AnnotationSet]:
    return [reading_of(ARTICLES[number], name, labels, **changes) for number, labels in PEOPLE.items()]


def estimated(project: Project, *words: str, layer: str = "crops", label: str = "grain") -> tuple[dict, str]:
    """All estimates, by the articles that they are of and then by kind; and what was said."""
    path = project.root / "estimate.json"
    said = run("--project", str(project.root), "estimate", layer, label, "--machine", "m01", "--json", str(path), *words)
    parts = json.loads(path.read_text(encoding="utf-8"))["parts"]
    return {(part["source"], part["other"]): {one["kind"]: one for one in part["measured"]} for part in parts}, said


def test_shares_by_hand(tmp_path):
    project = project_of(tmp_path, [*machine_sets(), *people_sets()])
    parts, said = estimated(project, "--gap", "bell=crier")
    all_of_them = parts["", ""]
    marked, read = "".join(MACHINE), "".join(PEOPLE.values())
    assert all_of_them["machine"]["value"] == pytest.approx(marked.count("g") / len(marked))
    assert all_of_them["people"]["value"] == pytest.approx(read.count("g") / len(read))
    assert (all_of_them["people"]["articles"], all_of_them["people"]["units"], all_of_them["people"]["stories"]) == (10, 23, 10)
    seen = "".join(MACHINE[number] for number in PEOPLE)
    scale = all_of_them["both"]["tuning"] * (1 + 10 / 4)
    means = [
        of_people / 10 + scale * (of_all / 14 - of_read / 10)
        for of_people, of_all, of_read in (
            (read.count("g"), marked.count("g"), seen.count("g")),
            (len(read), len(marked), len(seen)),
        )
    ]
    assert scale > 0 and all_of_them["both"]["value"] == pytest.approx(means[0] / means[1])
    bell, crier = ("".join(labels for number, labels in PEOPLE.items() if (number < 8) == first) for first in (True, False))
    shares = [part.count("g") / len(part) for part in (bell, crier)]
    assert parts["bell", ""]["people"]["value"] == pytest.approx(shares[0])
    assert parts["bell", "crier"]["people"]["value"] == pytest.approx(shares[0] - shares[1])
    assert parts["bell", "crier"]["both"]["reason"] == "5 stories: no interval" and "bell less crier" in said
    assert all_of_them["both"]["low"] < all_of_them["both"]["value"] < all_of_them["both"]["high"]
    assert "taken for a random draw" in said and "ESTIMATE-UNSAMPLED" in said


def test_other_layers_and_means_of_an_article(tmp_path):
    project = project_of(tmp_path, [*machine_sets(), *people_sets(tone=1)])
    parts, _ = estimated(project, "--per-article")
    assert parts["", ""]["machine"]["value"] == pytest.approx("".join(MACHINE).count("g") / 14)
    parts, _ = estimated(project, layer="tone", label="worried")
    assert parts["", ""]["machine"]["value"] == 0.5 and parts["", ""]["people"]["value"] == 1.0
    assert parts["", ""]["people"]["low"] is None  # all people say so: that is no certainty
    parts, _ = estimated(project, "--about", "fruit", "--by", "source", layer="health", label="sound")
    assert set(parts) == {("", ""), ("bell", ""), ("crier", "")}
    assert parts["crier", ""]["machine"]["units"] == sum(labels.count("f") for labels in MACHINE[8:])
    assert parts["", ""]["both"]["value"] == 1.0


def test_several_people_of_an_article_count_by_their_mean(tmp_path):
    second = reading_of(ARTICLES[0], "a02", "ggg")
    project = project_of(tmp_path, [*machine_sets(), *people_sets(), second])
    read = "".join(PEOPLE.values())
    of_two = (read.count("g") - 1 + (1 + 3) / 2) / len(read)
    assert estimated(project)[0]["", ""]["people"]["value"] == pytest.approx(of_two)
    alone, _ = estimated(project, "--people", "a01")
    assert alone["", ""]["people"]["value"] == pytest.approx(read.count("g") / len(read))


def test_a_sample_gives_the_weights_and_leaves_out_what_was_not_drawn(tmp_path):
    project = project_of(tmp_path, [*machine_sets(), *people_sets()])
    probabilities = {0: 0.5, 1: 0.25, 3: 1.0, 4: 0.5, 6: 0.5, 8: 0.2, 7: 0.5}  # 7 was drawn, and nobody has read it
    rows = "".join(f"{ARTICLES[number].id}\t{probability}\n" for number, probability in sorted(probabilities.items()))
    write_whole(project.samples / "reading.tsv", f"article_id\tprobability\n{rows}")
    parts, said = estimated(project)
    weights = {number: 1 / probability for number, probability in probabilities.items() if number in PEOPLE}
    above = sum(weight * PEOPLE[number].count("g") for number, weight in weights.items())
    below = sum(weight * len(PEOPLE[number]) for number, weight in weights.items())
    assert parts["", ""]["people"]["value"] == pytest.approx(above / below) and parts["", ""]["people"]["articles"] == 6
    assert "ESTIMATE-UNDRAWN 4 article(s)" in said and "ESTIMATE-UNREAD 1 article(s)" in said
    assert "ESTIMATE-UNSAMPLED" not in said and "weighted by one over its probability" in said


def test_what_else_is_told(tmp_path):
    assisted = people_sets(assistance="model_suggestion")
    project = project_of(tmp_path, [*machine_sets()[:-1], *assisted, *people_sets("m02", annotator_kind="model")])
    said = estimated(project)[1]
    assert "ESTIMATE-ASSISTED 9 article(s)" in said and "ESTIMATE-NO-MACHINE 1 article(s)" in said
    said = estimated(project, "--people", "m02")[1]
    assert "ESTIMATE-NO-PEOPLE 9 article(s)" in said and "of what m02 says" in said
    nobody = project_of(tmp_path / "none", machine_sets())
    parts, said = estimated(nobody)
    assert parts["", ""]["people"]["value"] is None and parts["", ""]["both"]["value"] is None
    assert "nobody has read an article of these" in said and "UNSAMPLED" not in said


def adjudicated(of: Article, labels: str, annotators: tuple[str, ...], *conflicts: Conflict) -> AdjudicatedSet:
    tier = "silver" if "m01" in annotators else "gold"
    return AdjudicatedSet(
        article_id=of.id, tier=tier, codebook_version=GRAMMAR.version, text_sha256=of.sha256, annotators=annotators,
        annotations=reading_of(of, "j01", labels).annotations, conflicts=conflicts,
    )  # fmt: skip


def test_adjudicated_sets_stand_for_people_if_people_made_them(tmp_path):
    project = project_of(tmp_path, [*machine_sets(), *people_sets(), *people_sets("a02")])
    conflict = Conflict(layer="crops", where="[6,11)", readings={"a01": "fruit", "a02": ""})
    results = [adjudicated(ARTICLES[number], labels, ("a01", "a02")) for number, labels in PEOPLE.items() if number != 13]
    results[0] = adjudicated(ARTICLES[0], "g", ("a01", "a02"), conflict)
    results.append(adjudicated(ARTICLES[13], "gg", ("a01", "m01")))
    for source in ("bell", "crier"):
        found = [one for one in results if one.article_id.startswith(source)]
        write_lines(project.adjudicated / f"{source}.jsonl", sorted(found, key=lambda one: one.article_id))
    parts, said = estimated(project, "--people", "adjudicated")
    read = "g" + "".join(labels for number, labels in PEOPLE.items() if number not in (0, 13))
    assert parts["", ""]["people"]["value"] == pytest.approx(read.count("g") / len(read))
    assert "ESTIMATE-OPEN 1 article(s)" in said and "ESTIMATE-OWN 1 article(s)" in said and "NO-PEOPLE" not in said
    # What the machine says is counted in the same way in all articles, also where a conflict is open.
    assert parts["", ""]["machine"]["units"] == len("".join(MACHINE))


def test_groups_of_labels_count_together(tmp_path):
    grammar = json.loads(json.dumps(ANOTHER_CODEBOOK))
    grammar["layers"][0]["labels"] = [{"name": "grain", "group": "plants"}, {"name": "fruit", "group": "plants"}]
    project = project_of(tmp_path, [*machine_sets(), *people_sets()], grammar)
    assert estimated(project, label="plants")[0]["", ""]["machine"]["value"] == 1.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["corn", "grain", "--machine", "m01"], "no layer is called 'corn'"),
        (["crops", "corn", "--machine", "m01"], "no label and no group of labels 'corn'"),
        (["remark", "fine", "--machine", "m01"], "has no labels"),
        (["crops", "grain", "--machine", "m09"], "neither an annotator nor a file"),
        (["crops", "grain", "--machine", "m01", "--people", "m01"], "both sides are m01"),
        (["crops", "grain", "--machine", "m01", "--about", "fruit"], "is about no actors"),
        (["health", "sound", "--machine", "m01", "--about", "corn"], "crops has no label and no group of labels 'corn'"),
        (["crops", "grain", "--machine", "m01", "--gap", "bell"], "'' is no source"),
        (["crops", "grain", "--machine", "m01", "--gap", "bell=horn"], "'horn' is no source"),
        (["crops", "grain", "--machine", "m01", "--gap", "bell=bell"], "names one source twice"),
        (["crops", "--machine", "m01"], "Missing argument"),
    ],
)
def test_misuse_is_one_line(tmp_path_factory, words, said):
    project = project_of(tmp_path_factory.mktemp("misuse"), [*machine_sets(), *people_sets()])
    output = run("--project", str(project.root), "estimate", *words, code=2)
    assert said in output and "Traceback" not in output


def test_labels_and_subjects_are_actors_where_the_layer_asks_for_actors():
    agent = CODEBOOK.by_name["agent"]
    assert labels_of(agent, ("act-000001", "NEW:NETTERS"), REGISTRY) == ("act-000001", "NEW:NETTERS")
    assert labels_of(agent, ("act-000003", "act-000002"), REGISTRY) == ("act-000002",)  # the one was merged into the other
    with pytest.raises(StandpointError, match="'army' is no actor"):
        labels_of(agent, ("army",), NO_ACTORS)
    about_actors, where = CODEBOOK.by_name["stance"], CODEBOOK.by_name["where"]
    assert about_of(about_actors, ("act-000003",), CODEBOOK, REGISTRY) == ("act-000002",)
    assert about_of(where, ("harm.displace",), CODEBOOK, REGISTRY) == ("harm.displace",)
    with pytest.raises(StandpointError, match="'act-000009' is no actor"):
        about_of(about_actors, ("act-000009",), CODEBOOK, REGISTRY)
