"""eval.yaml: what the Hub's benchmarks ask, in the terms that inspect-ai reads.

With inspect-ai 0.3.285, `hf/owner/name` of a stand-in of the Hub was also run by hand: a mock model that always answers "asserted" has
the share of asserted events as its accuracy.
"""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
import yaml
from datasets import load_dataset
from msgspec.structs import replace

from nonempty import nonempty
from release_corpus import CODEBOOK, adjudicated, article, build, codebook, corpus, own_set, plan, records
from standpoint.core.model import Choice
from standpoint.dataset.build import Records
from standpoint.dataset.release_folder import damaged, listed
from standpoint.splits.splits import SplitRow

RELEASE = Path(__file__).parent.parent.parent / "dataset" / "release"
# The keys that the Hub documents, and those of a task that inspect-ai knows: it refuses others.
TOP = ["name", "description", "evaluation_framework", "tasks"]
TASK = ["id", "config", "split", "field_spec", "solvers", "scorers"]


def tasks_of(folder: Path) -> list[dict]:
    """The tasks of a release, as a reader of YAML 1.1 sees them."""
    path = folder / "eval.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"] if path.exists() else []


def asked(task: dict, folder: Path) -> list[tuple[str, str, str]]:
    """Of each row: the prompt, the right answer as inspect-ai takes it from the row, and the label that this is."""
    rows = load_dataset(str(folder), task["config"], split=task["split"])
    fields, template = task["field_spec"], task["solvers"][0]["args"]["template"]
    names = rows.features[fields["target"]].names
    return [
        (
            Formatter().format(template, prompt=row[fields["input"]], **{name: row[name] for name in fields.get("metadata", ())}),
            str(row[fields["target"]]),
            names[row[fields["target"]]],
        )
        for row in rows
    ]


def test_the_release_has_questions_whose_right_answers_are_its_labels():
    values = yaml.safe_load((RELEASE / "eval.yaml").read_text(encoding="utf-8"))
    assert list(values) == TOP and values["evaluation_framework"] == "inspect-ai" and "silver pilot" in values["name"]
    assert [(task["id"], task["config"], task["split"]) for task in values["tasks"]] == [
        ("events", "events", "test"),
        ("status", "events", "test"),
        ("source", "events", "test"),
    ]
    for task in values["tasks"]:
        assert list(task) == TASK and [solver["name"] for solver in task["solvers"]] == ["prompt_template", "generate"]
        assert task["scorers"] == [{"name": "answer", "args": {"pattern": "word"}}]
        for prompt, number, label in nonempty(asked(task, RELEASE)):
            (line,) = (line for line in prompt.splitlines() if line.startswith(f"{number}) "))
            assert line.startswith(f"{number}) {label}: ") and prompt.endswith("in this list.")
    prompt, number, label = asked(values["tasks"][1], RELEASE)[0]
    assert prompt.startswith('What is the label of "gas" in this sentence, in the layer status? Ask in this order')
    assert "\n\nChemical lie exposed: militants gas their own people, then call the cameras\n\n0) asserted: " in prompt
    assert (number, label) == ("0", "asserted")


def test_the_file_is_one_of_the_files_of_the_release():
    assert "eval.yaml" in listed(RELEASE) and damaged(RELEASE) == []


def release_of(folder: Path, **changes) -> Path:
    """A release of eight articles, all of whose texts it has."""
    build(records([article(number) for number in range(8)]), plan(**changes), folder)
    return folder


def test_what_is_no_question_is_not_asked(tmp_path):
    """The layers status and source have spans without an answer, and genre the same answer for each article."""
    made = release_of(tmp_path / "whole")
    assert [task["id"] for task in tasks_of(made)] == ["events"]
    labels = [label for _, _, label in nonempty(asked(tasks_of(made)[0], made))]
    assert set(labels) == {"territory.capture", "no"}
    assert "2) no" in asked(tasks_of(made)[0], made)[0][0].splitlines()  # and not False


def test_no_word_of_a_withheld_text_is_asked_about(tmp_path):
    build(records(corpus()), plan(), tmp_path / "some")
    assert tasks_of(tmp_path / "some") == [] and "eval.yaml" not in listed(tmp_path / "some")


def test_a_definition_is_given_as_it_stands(tmp_path):
    layers = [dict(layer) for layer in CODEBOOK["layers"]]
    events = next(layer for layer in layers if layer["name"] == "events")
    events |= {"definition": "A word such as {this}.\nOr 100 %.", "labels": [{"name": "yes", "definition": "{0}: a\nb"}, {"name": "no"}, {"name": "territory.capture"}]}  # fmt: skip
    made = release_of(tmp_path / "braces", codebook=codebook(layers=layers))
    prompt, *_ = asked(tasks_of(made)[0], made)[0]
    assert "in the layer events? A word such as {this}.\nOr 100 %.\n\n" in prompt and "\n\n0) yes: {0}: a b\n1) no\n2) " in prompt


@pytest.mark.parametrize(
    "genres, asked_for", [(("report", "comment"), True), (("report", "report"), False), (("report", None), False)]
)
def test_an_article_is_asked_about_if_its_answers_are_known_and_differ(genres, asked_for, tmp_path):
    articles = [article(number) for number in range(2)]
    sets = [adjudicated(one) for one in articles]
    for number, genre in enumerate(genres):
        others = tuple(item for item in sets[number].annotations if item.layer != "genre")
        answer = (Choice(id="genre", layer="genre", label=genre),) if genre else ()
        sets[number] = replace(sets[number], annotations=others + answer)
    own = [own_set(one, name) for one in articles for name in ("a01", "a02")]
    rows = [SplitRow(one.id, "test", one.group, one.group, "drawn") for one in articles]
    build(Records(articles, sets, own, rows), plan(), tmp_path / "made")
    tasks = {task["id"]: task for task in tasks_of(tmp_path / "made")}
    assert ("genre" in tasks) == asked_for
    if asked_for:
        prompts = asked(tasks["genre"], tmp_path / "made")
        assert [label for _, _, label in prompts] == [genres[0], genres[1]]
        assert prompts[0][0].startswith("What is the label of this text, in the layer genre?\n\n" + articles[0].text)
