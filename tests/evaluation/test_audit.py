"""audit: texts that differ by one cue only, and shifts as large as the cue's effect on a model whose cues are known."""

from __future__ import annotations

import json
import re

import pytest

from command_line import run
from model_endpoint import Reply, served
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_json
from standpoint.core.model import sha256
from standpoint.core.project import Project
from standpoint.evaluation.audit import Item, shifts
from standpoint.evaluation.cues import LoadedName, edited, mirrored, under_outlet
from whole_projects import OURS, copy_of_the_project

CODEBOOK, REGISTRY = open_codebook(OURS)
ARTICLES = [article for article in read_articles(OURS) if article.text]
ARMY, COMPACT = "act-000001", "act-000005"
SIDES = {ARMY: COMPACT, COMPACT: ARMY}


def words_between(article, mentioned) -> list[str]:
    """The text without the names of some actors."""
    text, found = article.text, [(m.start, m.end) for m, is_actor in REGISTRY.mentions(article.text, article) if mentioned(m)]
    return edited(text, [(start, end, "@") for start, end in found]).split("@")


def counts(article) -> dict[str, int]:
    found = [m.id for m, is_actor in REGISTRY.mentions(article.text, article) if is_actor and m.id in SIDES]
    return {side: found.count(side) for side in SIDES}


def fits(article) -> bool:
    """Whether offsets and checksum are those of the text."""
    assert [zone.start for zone in article.zones] == [0, *(zone.end for zone in article.zones[:-1])]
    assert article.zones[-1].end == len(article.text) and article.annotated_until <= len(article.text)
    return article.sha256 == sha256(article.text)


def test_mirrored_articles_differ_in_the_names_of_the_sides_only():
    number = 0
    for article in ARTICLES:
        try:
            other = mirrored(article, SIDES, REGISTRY)
        except LoadedName:
            continue
        assert fits(other)
        before, after = counts(article), counts(other)
        assert (before[ARMY], before[COMPACT]) == (after[COMPACT], after[ARMY])
        assert words_between(article, lambda m: m.id in SIDES) == words_between(other, lambda m: m.id in SIDES)
        sentences = [
            (article.text[slice(*old)], other.text[slice(*new)])
            for old, new in zip(article.sentences, other.sentences, strict=True)
        ]
        assert all((old == new) or any(name in new for name in ("Army", "army", "Compact")) for old, new in sentences)
        number += other.text != article.text
    assert number > 8


def test_a_loaded_name_is_wording_and_is_not_exchanged():
    (article,) = [one for one in ARTICLES if one.id == "almery-courier-2031-03-04-fa45f42e"]
    loaded = {"act-000008": ARMY, ARMY: "act-000008"}  # "the terrorists" and the like
    assert any(alias.loaded and alias.text in article.text for alias in REGISTRY.by_id["act-000008"].aliases)
    with pytest.raises(LoadedName):
        mirrored(article, loaded, REGISTRY)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_under_another_outlet_nothing_names_the_own_one(article):
    other = under_outlet(article, "The Far Bell", REGISTRY)
    assert fits(other) and other.publisher == "The Far Bell"
    assert article.publisher.casefold() not in f"{other.title} {other.text}".casefold() and "://" not in other.text
    assert other.text.count("The Far Bell") + other.text.count("THE FAR BELL") >= article.text.count(article.publisher)
    assert len(other.sentences) == len(article.sentences)


def actors_of(body: dict) -> list[str]:
    return re.findall(r"^- (\S+): ", body["messages"][1]["content"], re.MULTILINE)


def model(label):
    """A model with known cues: ``label(actor, outlet, seed)``."""

    def answer(body: dict, number: int) -> Reply:
        outlet = re.search(r"^source: (.*)$", body["messages"][1]["content"], re.MULTILINE)
        stances = [{"actor": one, "answer": label(one, outlet[1] if outlet else "", body["seed"])} for one in actors_of(body)]
        return Reply(json.dumps({"evidence": [], "stance": stances}))

    return answer


def by_outlet(actor: str, outlet: str, seed: int) -> str:
    return "positive" if outlet == "Free Marsh Radio" else "neutral"


def by_name(actor: str, outlet: str, seed: int) -> str:
    return {COMPACT: "strongly_negative"}.get(actor, "neutral")


def by_chance(actor: str, outlet: str, seed: int) -> str:
    return "neutral" if seed == 1 else "negative"


def steady(actor: str, outlet: str, seed: int) -> str:
    return "positive"


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(copy_of_the_project(tmp_path_factory.mktemp("audited")))


@pytest.fixture
def audited(project, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")

    def audit(label, *words: str) -> dict:
        path = tmp_path / "audit.json"
        command = ["--project", str(project.root), "audit", label.__name__, "--json", str(path), "--resamples", "200", *words]
        with served(model(label)) as endpoint:
            run(*command, "--base-url", endpoint.url, "--sample", "8", "--sides", f"{ARMY}={COMPACT}")
        return read_json(path, dict)

    return audit


def audited_dry(project: Project) -> str:
    return run("--project", str(project.root), "audit", "new", "--sample", "8", "--sides", f"{ARMY}={COMPACT}", "--dry-run")


def overall(audit: dict) -> dict[str, dict]:
    return {one["condition"]: one for one in audit["shifts"] if not one["about"] and not one["outlet"]}


@pytest.mark.parametrize(("stories", "bounds"), [(5, (None, None)), (6, (1 / 6, 5 / 6))])
def test_a_shift_has_an_interval_from_six_stories_on(stories, bounds):
    """In half of six stories the stance falls by one step: of six drawn ones, 1 to 5 are such in 95 % of the resamples."""
    layer = CODEBOOK.by_name["stance"]
    items = [
        Item(
            condition="shown",
            article_id=f"q-{n}",
            story=f"s-{n}",
            layer="stance",
            about=ARMY,
            outlet="",
            expected="neutral",
            label=label,
        )
        for n, label in enumerate(["neutral", "negative"] * 3)
    ][:stories]
    (shift,) = [one for one in shifts(items, {"stance": layer}, 1_000, 1) if not one.about]
    assert shift.stories == stories
    assert (shift.low, shift.high) == (bounds if bounds[0] is None else pytest.approx((-bounds[1], -bounds[0])))


@pytest.mark.server
def test_a_model_that_judges_the_outlet(audited):
    audit = audited(by_outlet)
    assert len(audit["articles"]) == 8 and {name.rsplit("-", 4)[0] for name in audit["articles"]} == {
        "almery-courier", "free-marsh-radio", "northwire", "port-sele-gazette",
    }  # fmt: skip
    shown = [item for item in audit["items"] if item["condition"] == "shown"]
    marsh = [item for item in shown if item["outlet"] == "Free Marsh Radio"]
    assert {item["article_id"].startswith("free-marsh") for item in marsh} == {True}
    total = overall(audit)
    assert total["shown"]["up"] == len(marsh) and total["shown"]["n"] == len(shown) and total["shown"]["down"] == 0
    assert total["shown"]["mean"] == pytest.approx(len(marsh) / len(shown)) == pytest.approx(total["shown"]["changed"])
    assert total["repeated"]["mean"] == total["mirrored"]["mean"] == 0.0
    by_shown = {one["outlet"]: one["mean"] for one in audit["shifts"] if one["condition"] == "exchanged" and one["outlet"]}
    assert by_shown["Free Marsh Radio"] == 1.0 and set(by_shown.values()) == {0.0, 1.0}
    swapped = [item for item in audit["items"] if item["condition"] == "exchanged" and item["outlet"] == "Free Marsh Radio"]
    assert swapped and all(item["article_id"].startswith("almery-courier") for item in swapped)


@pytest.mark.server
def test_a_model_that_judges_the_name(audited):
    audit = audited(by_name)
    total = overall(audit)
    assert [total[name]["mean"] for name in ("repeated", "shown", "exchanged")] == [0.0, 0.0, 0.0]
    by_actor = {one["about"]: one["mean"] for one in audit["shifts"] if one["condition"] == "mirrored" and one["about"]}
    # In the mirrored article, the Compact stands where the Army stood, and is judged two steps lower: and the other way round.
    assert by_actor[COMPACT] == -2.0 and by_actor[ARMY] == 2.0
    assert {mean for actor, mean in by_actor.items() if actor not in SIDES} == {0.0}


@pytest.mark.server
def test_what_moves_without_a_cue_is_told_apart(audited):
    total = overall(audited(by_chance))
    assert total["repeated"]["changed"] == 1.0 and total["repeated"]["mean"] == -1.0
    assert total["shown"]["changed"] == total["exchanged"]["changed"] == total["mirrored"]["changed"] == 0.0


@pytest.mark.server
def test_a_batch_and_a_second_run(audited, project, tmp_path):
    """By files, the same figures; what is answered is asked for once; the files name no outlet that is hidden or exchanged."""
    assert re.search(r"mirrored: \d+ request\(s\), 0 answered already", audited_dry(project))
    online = audited(steady)
    requests, answers, figures = (tmp_path / name for name in ("requests.jsonl", "answers.jsonl", "figures.json"))
    command = [
        "--project",
        str(project.root),
        "audit",
        "batched",
        "--sample",
        "8",
        "--sides",
        f"{ARMY}={COMPACT}",
        "--resamples",
        "200",
    ]
    assert "requests not answered yet" in run(*command, "--write-batch", str(requests))
    lines = [json.loads(line) for line in requests.read_text().splitlines()]
    assert not [line["custom_id"] for line in lines if re.search("courier|marsh|northwire|gazette", line["custom_id"])]
    with answers.open("w") as file:
        for line in lines:
            message = {"content": model(steady)(line["body"], 0).text}
            body = {"model": "batched-1", "choices": [{"message": message, "finish_reason": "stop"}]}
            file.write(json.dumps({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}}) + "\n")
    said = run(*command, "--read-batch", str(answers), "--json", str(figures))
    offline = read_json(figures, dict)
    assert (
        offline["shifts"] == online["shifts"]
        and offline["served"] == ["batched-1"]
        and "mirrored" in said
        and "no answer moved about" in said
    )
    assert "answers kept from before" in run(*command, "--write-batch", str(requests)) and not requests.read_text()
    assert not list(project.annotations.glob("*/audit.jsonl")) and "audit" not in project.annotators.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sides", "act-000001"], "'' is no actor"),
        (["--sides", "act-000001=act-999999"], "'act-999999' is no actor"),
        (["--sides", "act-000001=act-000001"], "named twice"),
        (["--sides", "act-000001=act-000005", "--sides", "act-000005=act-000006"], "named twice"),
        (["--pass", "facts", "nowhere-2031-01-01-00000000"], "there is no article"),
        (["--pass", "nothing"], "no pass 'nothing'"),
    ],
)
def test_misuse_is_one_line(project, tmp_path, words, said):
    output = run("--project", str(project.root), "audit", "toy", "--write-batch", str(tmp_path / "b.jsonl"), *words, code=2)
    assert said in output and "Traceback" not in output
