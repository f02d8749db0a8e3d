"""Frames for a notebook: what they hold of any release, and the analyses of docs/notebook.md on the project's own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import huggingface_hub
import pandas
import pytest

from another_codebook import another_codebook
from example import EXAMPLE
from local_hub import serving
from nonempty import nonempty
from release_corpus import TYPED, article, build, plan, records
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, StandpointError
from standpoint.dataset.build import Records
from standpoint.dataset.release_folder import Release, open_release
from standpoint.loading import frames
from standpoint.splits.splits import SplitRow

ROOT = Path(__file__).parent.parent.parent
RELEASE = EXAMPLE.root / "dataset" / "release"
ABOUT = ["article_id", "outlet", "published", "story", "split", "tier"]


@pytest.fixture(scope="module")
def page() -> tuple[str, str, dict[str, Any]]:
    """docs/notebook.md as it is and as its blocks fill it, and what the blocks name."""
    spec = importlib.util.spec_from_file_location("fill_notebook", ROOT / "docs" / "fill_notebook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text, names = module.PAGE.read_text(encoding="utf-8"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return text, module.filled(text, names), names


@pytest.fixture(scope="module")
def own() -> Release:
    return open_release(RELEASE)


def test_the_page_shows_what_its_blocks_print(page):
    before, after, _ = page
    assert before == after, "run `python docs/fill_notebook.py`"
    assert after.count("```text\n") == 5 and "```text\n```" not in after


def test_the_three_analyses_are_those_of_the_rows(page, own):
    """Counted once more, in plain Python, from the rows of the release."""
    *_, names = page
    group = {label.name: label.group for label in own.schema.codebook.by_name["events"].labels}
    actors = {actor.id: actor.name for actor in own.registry.actors}
    agents, statuses, stances = Counter(), Counter(), defaultdict(list)
    for _, row in own.rows("documents"):
        typed = {one["actor"]: one["label"] for one in row["new_actor"]}
        for event in row["events"]:
            statuses[row["publisher"], event["status"]] += 1
            if group[event["label"]] in ("strike", "coercion", "harm"):
                said = [actors.get(one, typed.get(one, one)) for one in event["agent"]] or ["(nobody)"]
                agents.update((row["publisher"], one) for one in said)
        for one in row["stance"]:
            if one["value"] is not None:
                stances[actors.get(one["actor"]), row["publisher"], row["published"]].append(one["value"])
    del statuses["", ""]
    shown = names["named"]
    assert {(outlet, actor): int(shown.loc[actor, outlet]) for actor in shown.index for outlet in shown} == {
        (outlet, actor): agents[outlet, actor] for actor in shown.index for outlet in shown
    }
    assert int(shown.to_numpy().sum()) == agents.total() > 100
    table = pandas.crosstab(names["events"]["outlet"], names["events"]["status"])
    assert list(table.columns) == ["asserted", "expected", "possible", "denied", "hypothetical", "generic"]
    for (outlet, status), count in nonempty(statuses.items()):
        assert status is None or table.loc[outlet, status] == count
    over_time = names["army"].pivot_table(index="published", columns="outlet", values="value").stack()
    expected = {key[1:]: sum(values) / len(values) for key, values in stances.items() if key[0] == "Corvane Army"}
    assert {(outlet, f"{day:%Y-%m-%d}"): value for (day, outlet), value in over_time.dropna().items()} == expected != {}


def test_each_row_of_the_release_is_a_row_of_a_frame(page, own):
    data = page[2]["data"]
    documents = [row for _, row in own.rows("documents")]
    assert list(data) == [
        "articles",
        "actors",
        "events",
        "places",
        "evidence",
        "new_actor",
        "stance",
        "answers",
        "conflicts",
        "registry",
    ]
    assert list(data["articles"]["article_id"]) == [row["id"] for row in documents]
    for name in ("actors", "events", "places", "evidence", "new_actor", "stance"):
        assert len(data[name]) == sum(len(row[name]) for row in documents) > 0 and list(data[name])[:6] == ABOUT
    items = [len(row[key]) for _, row in own.rows("annotations") for key in ("spans", "choices", "relations")]
    assert len(data["answers"]) == sum(items)
    states = Counter(row["state"] for _, row in own.rows("resolutions"))
    assert dict(data["conflicts"]["state"].value_counts()) == {name: states[name] for name in ("open", "decided")}
    assert len(data["registry"]) == len(own.registry.actors)
    assert all(
        len(one) == len(other) for one, other in zip(data["conflicts"]["annotators"], data["conflicts"]["readings"], strict=True)
    )


def test_columns_have_types_and_categories_the_order_of_the_codebook(page, own):
    data = page[2]["data"]
    book = own.schema.codebook
    stance, events = data["stance"], data["events"]
    assert stance["label"].dtype == pandas.CategoricalDtype(list(book.by_name["stance"].label_names), ordered=True)
    assert set(stance[stance["label"] >= "positive"]["value"]) <= {1.0, 2.0}
    assert list(events["label"].cat.categories) == list(book.by_name["events"].label_names) and not events["label"].cat.ordered
    assert list(events["group"].cat.categories)[:3] == ["territory", "combat", "strike"]
    assert list(events["split"].cat.categories) == ["train", "validation", "test"]
    assert str(events["published"].dtype).startswith("datetime64") and events["published"].dt.year.eq(2031).all()
    columns = ["agent", "agent_id", "target", "target_id", "status", "source", "place", "time", "role_target", "instrument"]
    assert list(events)[-len(columns) :] == columns
    row = events[events["quote"].eq("used") & events["place"].map(bool)].iloc[0]
    assert (row["agent"], row["agent_id"], row["place"], row["time"]) == (
        ["Corvane Army"],
        ["act-000001"],
        ["Lower Kesten"],
        ["Friday"],
    )
    assert data["answers"]["layer"].cat.categories[0] == "in_scope"
    new = data["answers"][data["answers"]["label_id"].str.startswith("NEW:")]
    assert len(new) and not new["label"].str.startswith("NEW:").any()  # the names that annotators typed, not the keys of slots


def test_a_codebook_of_another_topic_has_its_own_frames_and_columns(valley_release):
    data = frames(str(valley_release))
    assert list(data) == ["articles", "actors", "events", "places", "newcomer", "stance", "answers", "conflicts", "registry"]
    assert list(data["articles"])[-1] == "genre" and data["articles"]["genre"].dtype == "category"
    assert list(data["events"])[-6:] == ["agent", "agent_id", "source", "status", "at", "on"]
    event = data["events"].iloc[0]
    assert event["agent"] == [TYPED, "Army of Veld"] and event["agent_id"] == ["NEW:1", "act-000001"]
    assert event["on"] == ["Monday"] and event["at"] == []
    assert data["newcomer"]["label"].iloc[0] == TYPED
    mention = data["actors"][data["actors"]["actor_id"] == "act-000001"].iloc[0]
    assert (mention["actor"], mention["actor_class"]) == ("Army of Veld", "state_forces")
    assert list(data["stance"]["label"].cat.categories) == ["-2", "-1", "0", "1", "2"] and set(
        data["stance"]["value"].dropna()
    ) == {-1.0}
    withheld = data["events"][data["events"]["outlet"] == "Ridge Post"]
    assert len(withheld) and withheld["quote"].isna().all() and withheld["on"].iloc[0] == [None]
    assert {outlet: set(one) for outlet, one in data["articles"].groupby("outlet", observed=True)["text_status"]} == {
        "Harbour Courier": {"open"}, "Ridge Post": {"withheld"},
    }  # fmt: skip


def harvest(folder: Path, layers: list[dict], answers: list[Choice], **sets: str) -> dict[str, pandas.DataFrame]:
    """The frames of a release of one article a split, with these layers beside crops."""
    crops = {"name": "crops", "kind": "span", "labels": [{"name": "grain"}], "table": True}
    book = another_codebook(
        passes=[{"name": "p", "layers": ["crops", *(one["name"] for one in layers)]}], layers=[crops, *layers]
    )
    articles = [article(number) for number in range(3)]
    made = [
        AdjudicatedSet(
            article_id=one.id, text_sha256=one.sha256, annotations=tuple(answers), tier="silver", codebook_version=book.version, annotators=("m01",)
        )
        for one in articles
    ]  # fmt: skip
    splits = [
        SplitRow(one.id, split, one.id, one.id, "drawn")
        for one, split in zip(articles, ("train", "validation", "test"), strict=True)
    ]
    sets = [
        AnnotationSet(
            article_id=one.id,
            pass_name="p",
            annotator="m01",
            annotator_kind="model",
            text_sha256=one.sha256,
            annotations=tuple(answers),
            codebook_version=book.version,
        )
        for one in articles
    ]
    build(Records(articles, made, sets, splits), plan(codebook=book, registry=None), folder)
    return frames(folder)


def test_numbers_several_values_and_names_that_are_taken(tmp_path):
    layers = [
        {"name": "tonnes", "kind": "number", "min": 0, "step": 1},
        {"name": "share", "kind": "number"},
        {"name": "topics", "kind": "choice", "multiple": True, "labels": [{"name": "sun"}, {"name": "rain"}]},
        {"name": "outlet", "kind": "text"},
        {
            "name": "mood",
            "kind": "choice",
            "ordinal": True,
            "labels": [{"name": "bad", "value": -1}, {"name": "good", "value": 1}],
        },
        {"name": "answers", "kind": "span", "labels": [{"name": "reply"}]},
    ]
    answers = [
        Choice(id="tonnes", layer="tonnes", label="12"), Choice(id="share", layer="share", label="0.5"),
        Choice(id="topics.rain", layer="topics", label="rain"), Choice(id="topics.sun", layer="topics", label="sun"),
        Choice(id="outlet", layer="outlet", label="a stall"), Choice(id="mood", layer="mood", label="good"),
    ]  # fmt: skip
    data = harvest(tmp_path / "release", layers, answers)
    first = data["articles"].iloc[0]
    assert list(data["articles"])[-6:] == ["tonnes", "share", "topics", "outlet_outlet", "mood", "mood_value"]
    assert (first["tonnes"], first["share"], first["topics"], first["mood"], first["mood_value"]) == (
        12,
        0.5,
        ["sun", "rain"],
        "good",
        1.0,
    )
    assert first["outlet"] == "Harbour Courier" and first["outlet_outlet"] == "a stall"
    assert str(data["articles"]["tonnes"].dtype) == "Int64" and data["articles"]["mood"].cat.ordered
    assert list(data) == ["articles", "crops", "layer_answers", "answers", "conflicts"]
    assert len(data["crops"]) == 0 and data["crops"]["label"].dtype == "category" and str(data["crops"]["start"].dtype) == "Int64"


def test_a_release_on_the_hub_is_fetched(tmp_path, monkeypatch):
    build(records([article(number) for number in range(8)]), plan(version="0.1.0"), tmp_path / "release")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.add("veld/valley", "v0.1.0", tmp_path / "release")
        assert len(frames("veld/valley@v0.1.0")["articles"]) == 8


def test_what_is_no_release_is_told_in_a_line(tmp_path):
    with pytest.raises(StandpointError, match="no such folder"):
        frames(tmp_path / "nowhere")
    with pytest.raises(StandpointError, match="is no release"):
        frames(tmp_path)


def test_pandas_is_imported_when_frames_are_made_and_not_before():
    code = "import sys, standpoint.loading; sys.exit('pandas' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
