"""The card: its numbers are those of the files, and it says plainly who made the labels."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from xml.etree import ElementTree

import pytest
import yaml
from datasets import load_dataset
from msgspec.structs import replace

from nonempty import nonempty
from release_corpus import adjudicated, agreement_figure, build, codebook, corpus, plan, prose, records
from standpoint.core.svg import NAMES, PLOT, Dot, dots, stacked
from standpoint.dataset.card import table

SVG = "{http://www.w3.org/2000/svg}"
CONFLICTS = ("conflicts decided", "conflicts open")

AGREEMENT = [
    agreement_figure("events", "F1", 0.5, 40, low=0.25, high=0.756, target=0.7),
    agreement_figure("sta|nce", "alpha", None, 0),
]


def card_of(tmp_path, kinds=None, tier="silver", **changes) -> str:
    made = records(corpus(), kinds)
    made = made._replace(adjudicated=[adjudicated(one, tier) for one in corpus()])
    build(made, plan(**changes), tmp_path / "release")
    return (tmp_path / "release" / "README.md").read_text(encoding="utf-8")


def rows_under(card: str, *headers: str) -> list[list[str]]:
    """The cells of the table with these headers."""
    lines = card.splitlines()
    start = lines.index(f"| {' | '.join(headers)} |") + 2
    body = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        body.append(re.split(r"(?<!\\)\|", line)[1:-1])
    return [[cell.strip() for cell in row] for row in body]


@pytest.fixture(scope="module")
def card(valley_release) -> str:
    return (valley_release / "README.md").read_text(encoding="utf-8")


def test_a_dataset_without_people_is_a_silver_pilot_and_nothing_better(card):
    head, _, body = card.split("---\n", 2)[1:][0], None, card.split("---\n", 2)[2]
    assert yaml.safe_load(head)["pretty_name"] == "Reports of the Veld valley (silver pilot)"
    assert yaml.safe_load(head)["annotations_creators"] == ["machine-generated"]
    assert body.startswith(
        "\n# Reports of the Veld valley (silver pilot), version 0.1.0\n\n> **No human annotated this version.**"
    )
    assert "gold" not in card.lower() and "no agreement between people can be reported" in body


def test_work_of_people_alone_is_no_pilot(tmp_path):
    card = card_of(tmp_path, {"a01": "human_trained", "a02": "human_crowd"}, "gold")
    assert "pilot" not in card and "All 16 annotation sets were made by 2 people." in card
    assert yaml.safe_load(card.split("---\n")[1])["annotations_creators"] == ["crowdsourced", "expert-generated"]
    assert "No agreement was computed for this version." in card


def test_mixed_work_is_told_apart(tmp_path):
    card = card_of(tmp_path, {"a01": "human_trained", "a02": "model"})
    assert "**8 of 16 annotation sets were made by machines**" in card and "the others by 1 person." in card
    assert "Fewer than two people" in card and "pilot" not in card


def test_numbers_are_those_of_the_files(valley_release, card):
    loaded = {
        name: load_dataset(str(valley_release), name)
        for name in ("documents", "actors", "events", "stance", "annotations", "resolutions", "articles", "stories")
    }
    counts = {name: [str(split.num_rows) for split in splits.values()] for name, splits in loaded.items()}
    told = {row[0]: row[1:] for row in rows_under(card, "config", "train", "validation", "test", "rows")}
    assert told.pop("registry") == ["0", "0", "0", "2"]
    assert told == {name: [*found, str(sum(map(int, found)))] for name, found in counts.items()}
    documents = [row for split in loaded["documents"].values() for row in split]
    sources = Counter((row["source"], row["licence"], "left out" if row["text"] is None else "in") for row in documents)
    assert {tuple(row[:3]): int(row[3]) for row in rows_under(card, "source", "licence", "text", "articles")} == sources
    sets = Counter(
        (row["annotator_kind"], row["assistance"], row["pass"]) for split in loaded["annotations"].values() for row in split
    )
    told = rows_under(card, "annotator kind", "assistance", "pass", "annotation sets")
    assert {tuple(row[:3]): int(row[3]) for row in told} == sets


def test_label_counts_are_those_of_the_files(valley_release, card):
    told = {
        (row[0], row[1]): list(map(int, row[2:]))
        for row in rows_under(card, *("layer", "label", "train", "validation", "test", "all"))
    }
    events = load_dataset(str(valley_release), "events")
    for layer, column in (("events", "label"), ("source", "source"), ("status", "status")):
        feature = events["train"].features[column]
        for number, name in nonempty(enumerate(feature.names)):
            counts = [sum(value == number for value in split[column]) for split in events.values()]
            assert told[layer, name] == [*counts, sum(counts)]
    assert told["agent", "(any actor)"][-1] == sum(len(one) for split in events.values() for one in split["agent"])
    assert told["stance", "-1"][-1] == 8 and told["newcomer", "(typed)"][-1] == 4 and told["genre", "comment"][-1] == 0
    assert {layer for layer, _ in told} == {layer.name for layer in codebook().layers}


def test_agreement_is_given_in_as_data(tmp_path):
    card = card_of(tmp_path, agreement=AGREEMENT)
    assert "### Machines among themselves: this is not agreement between people" in card
    assert "All figures: the mean over pairs of annotators, each weighted by its n" in card
    assert rows_under(card, "layer", "statistic", "value", "95 % interval", "n", "target") == [
        ["events", "F1", "0.50", "0.25 to 0.76", "40", "0.70 missed"],
        [r"sta\|nce", "alpha", "–", "–", "0", ""],
    ]


def test_what_it_says_to_run_runs(valley_release, card, monkeypatch):
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL).group(1)
    monkeypatch.chdir(valley_release.parent)
    found: dict = {}
    exec(textwrap.dedent(code).replace("dataset/release", "release"), found)
    assert found["documents"].num_rows == 4 and found["stance"]["test"].num_rows == 4


def test_a_repository_is_named_with_the_version_as_its_revision(tmp_path):
    card = card_of(tmp_path, prose=prose(repo="veld/reports"))
    assert 'load_dataset("veld/reports", revision="v0.1.0", split="train")' in card
    assert "https://huggingface.co/datasets/veld/reports" in card


def test_every_layer_is_described(card):
    rows = rows_under(card, "layer", "what", "definition")
    assert [row[0] for row in rows] == [layer.name for layer in codebook().layers]
    assert rows[1] == ["events", "span in the text", r"A word that says that something \| happened."]


def test_what_is_left_out_is_said(tmp_path, card):
    assert "4 articles come without their text" in card and "8 conflicts between annotators" in card
    told = card_of(tmp_path)
    assert "Left out" not in told
    made = records(corpus())
    build(made._replace(adjudicated=made.adjudicated[1:]), plan(), tmp_path / "less")
    assert (
        "Left out: 2 annotation sets of articles that are not in this version." in (tmp_path / "less" / "README.md").read_text()
    )


def test_the_licence_of_each_text_is_named(valley_release):
    note = (valley_release / "LICENSE").read_text(encoding="utf-8")
    assert "are under CC-BY-4.0" in note and "- ridge-post: all rights reserved (text left out; 4 articles)" in note


def test_a_table_keeps_its_cells_apart():
    assert table([["a|b", 1200, 0.125, None], ["two\nlines", 3, 1.0, None]], "x", "n", "v", "w").splitlines() == [
        "| x | n | v | w |",
        "| --- | --: | --: | --- |",
        r"| a\|b | 1,200 | 0.12 | – |",
        "| two lines | 3 | 1.00 | – |",
    ]


def test_stance_by_source_is_that_of_the_files(valley_release, card):
    counts: Counter = Counter()
    for split in load_dataset(str(valley_release), "stance").values():
        names = split.features["label"].names
        counts.update((row["article_source"], names[row["label"]]) for row in split if row["label"] is not None)
    rows = rows_under(card, "source", "-2", "-1", "0", "1", "2", "mean")
    assert rows == [[source, "0", "4", "0", "0", "0", "-1.00"] for source in ("harbour-courier", "ridge-post")]
    assert {(row[0], "-1"): int(row[2]) for row in rows} == counts


def test_how_things_were_adjudicated_is_that_of_the_files(valley_release, card):
    told = {row[0]: row[1:] for row in rows_under(card, "layer", "annotations, by how they were adjudicated", *CONFLICTS)}
    rows = [row for split in load_dataset(str(valley_release), "resolutions").values() for row in split]
    for layer, (how, decided, left_open) in nonempty(told.items()):
        adjudicated = sum(row["layer"] == layer and row["state"] == "adjudicated" for row in rows)
        assert how == (f"unknown {adjudicated}" if adjudicated else "none")
        for state, count in (("decided", decided), ("open", left_open)):
            assert int(count) == sum(row["layer"] == layer and row["state"] == state for row in rows)
    assert told["events"] == ["unknown 16", "0", "8"]


def test_how_many_read_an_article_and_where_the_groups_are(tmp_path, card):
    assert rows_under(card, "pass", "annotation sets of an article", "articles") == [["facts", "2", "8"]]
    told = rows_under(card, "what", "train", "validation", "test", "all")
    assert told == [
        ["articles", "4", "2", "2", "8"],
        ["groups of near-duplicates", "4", "2", "2", "8"],
        ["stories", "4", "2", "2", "8"],
    ]
    made = records(corpus())
    build(made._replace(sets=[*made.sets, replace(made.sets[-1], annotator="a03")]), plan(), tmp_path / "release")
    told = rows_under((tmp_path / "release" / "README.md").read_text(), "pass", "annotation sets of an article", "articles")
    assert told == [["facts", "2", "7"], ["facts", "3", "1"]]


def test_each_drawing_is_shown_and_has_a_bar_for_each_label_that_occurs(valley_release, tmp_path):
    card = card_of(tmp_path, agreement=AGREEMENT)
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", card)
    files = [path.relative_to(tmp_path / "release").as_posix() for path in (tmp_path / "release" / "plots").iterdir()]
    assert sorted(shown) == sorted(files) and "plots/stance-by-source.svg" in files and "plots/agreement-model-model.svg" in files
    for name in nonempty(files):
        drawing = ElementTree.parse(tmp_path / "release" / name).getroot()
        assert drawing.tag == f"{SVG}svg" and drawing.find(f"{SVG}title").text
    bars = ElementTree.parse(valley_release / "plots" / "labels-events.svg").iter(f"{SVG}rect")
    widths = [float(bar.get("width")) for bar in bars if bar.get("height") == "14"]
    assert len(widths) == 6 and sum(widths) == pytest.approx(2 * PLOT, abs=1)  # two labels of 8 each, in three splits


def test_a_drawing_keeps_to_its_scale_and_escapes_its_words():
    drawing = ElementTree.fromstring(dots("a < b & c", [Dot("x", 0.5, 0.25, 1.0, 0.75), Dot("y", -1.0)]))
    centres = [float(one.get("cx")) for one in drawing.iter(f"{SVG}circle")]
    assert centres == [NAMES + PLOT * 0.75, NAMES] and drawing.find(f"{SVG}title").text == "a < b & c"
    shares = ElementTree.fromstring(stacked("t", [("one", [1, 3]), ("none", [0, 0])], ["no", "yes"], scale=True))
    assert [float(one.get("width")) for one in shares.iter(f"{SVG}rect") if one.get("height") == "14"] == [PLOT / 4, PLOT * 3 / 4]
