"""One command renames a label or a layer everywhere, keeps what people wrote beside it, and can be run again."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

import versioned_project
from forked import Forked
from nonempty import nonempty
from standpoint.adjudication.adjudicate import Rules, adjudicate_article, adjudicate_project
from standpoint.checks.run import check_project
from standpoint.cli import main
from standpoint.codebook.load import load_codebook, open_codebook
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_decisions, store_decisions
from standpoint.core.model import Decision, Reporter
from standpoint.core.project import Project
from whole_projects import OURS, copy_of_the_project

BOOK = """\
# The harvest, as the council wants it
title: Harvest reports
version: 0.3.9   # the last one was 0.3.8
passes:
  - {name: reading, layers: [crops, health, amounts, measure, tone, remark]}
layers:
  - name: crops      # what grows
    kind: span
    table: true
    labels:
      - name: grain
        hotkey: g
        confused: [{label: fruit, test: does it hang on a tree?}]
        roles: {sold_for: the price, yield: ''}
      - name: "fruit"   # not the flower
        hotkey: f
        positive:
          - The [pear]{fruit health=sound} and the [oats]{grain health=blighted #oats} at [six marks]{price sold_for=oats}.
  - {name: health, kind: choice, of: crops, default: sound, labels: [{name: sound, hotkey: s}, {name: blighted, hotkey: b}]}
  - name: amounts
    kind: span
    labels: [{name: weight, hotkey: w}, {name: price, hotkey: p}]
    # a weight is never a price
  - name: measure
    kind: relation
    from: crops
    to: amounts
    labels: [yield, sold_for]
    retired:
      fetched: sold_for
  - {name: tone, kind: choice, required: true, labels: [hopeful, worried]}
  - {name: remark, kind: text}
targets:
  - {layer: crops, statistic: F1 exact, value: 0.8}
"""


def run(project: Project, *words: str) -> Result:
    return CliRunner().invoke(main, ["--project", str(project.root), "codebook", "rename", *words])


def contents(project: Project) -> dict[str, bytes]:
    files = (path for path in project.root.rglob("*") if path.is_file() and not {".git", ".standpoint"} & set(path.parts))
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def project(tmp_path) -> Project:
    project = versioned_project.make(tmp_path, 3)
    project.codebook.write_text(BOOK)
    return project


CASES = {
    ("crops/fruit", "a\\1b"): (
        '      - name: "fruit"   # not the flower\n', "      - name: 'a\\1b'   # not the flower\n",
        "[{label: fruit, test", "[{label: 'a\\1b', test", "[pear]{fruit health", "[pear]{a\\1b health",
        "    labels:\n      - name: grain", "    retired: {fruit: 'a\\1b'}\n    labels:\n      - name: grain",
    ),
    ("crops/fruit", "orchard_fruit"): (
        '      - name: "fruit"   # not the flower\n', "      - name: orchard_fruit   # not the flower\n",
        "[{label: fruit, test", "[{label: orchard_fruit, test", "[pear]{fruit health", "[pear]{orchard_fruit health",
        "    labels:\n      - name: grain", "    retired: {fruit: orchard_fruit}\n    labels:\n      - name: grain",
    ),
    ("crops/grain", "corn or barley"): (
        "- name: grain\n", "- name: 'corn or barley'\n", "[oats]{grain health", "[oats]{corn or barley health",
        "    labels:\n      - name", "    retired: {grain: 'corn or barley'}\n    labels:\n      - name",
    ),
    ("health/sound", "yes"): (
        "default: sound, labels: [{name: sound,", "default: 'yes', retired: {sound: 'yes'}, labels: [{name: 'yes',", "{fruit health=sound}", "{fruit health=yes}",
    ),
    ("measure/sold_for", "fetched"): (  # the name that it had before
        "labels: [yield, sold_for]\n", "labels: [yield, fetched]\n", "      fetched: sold_for\n", "      sold_for: fetched\n",
        "roles: {sold_for:", "roles: {fetched:", "{price sold_for=oats}", "{price fetched=oats}",
    ),
    ("measure/yield", "gave"): (
        "labels: [yield, sold_for]\n", "labels: [gave, sold_for]\n", "      fetched: sold_for\n", "      yield: gave\n      fetched: sold_for\n",
        ", yield: ''}", ", gave: ''}",
    ),
    ("measure/sold_for", "for"): (
        "[yield, sold_for]\n", "[yield, for]\n", "      fetched: sold_for\n", "      sold_for: for\n      fetched: for\n", "{sold_for:", "{for:", "{price sold_for", "{price for",
    ),
    ("crops", "produce"): (
        "layers: [crops,", "layers: [produce,", "- name: crops  ", "- name: produce  ", "of: crops", "of: produce", "from: crops", "from: produce",
        "{layer: crops", "{layer: produce", "layers:\n  - name", "retired: {crops: produce}\nlayers:\n  - name",
    ),
    ("health", "state"): (
        "[crops, health,", "[crops, state,", "{name: health,", "{name: state,", "{fruit health=", "{fruit state=", "{grain health=", "{grain state=",
        "layers:\n  - name", "retired: {health: state}\nlayers:\n  - name",
    ),
    ("tone/hopeful", "glad"): (
        "labels: [hopeful,", "retired: {hopeful: glad}, labels: [glad,",
    ),
}  # fmt: skip


@pytest.mark.parametrize("former, new", CASES)
def test_only_the_names_change_in_the_codebook(former, new, project):
    pairs = CASES[former, new]
    expected = BOOK.replace("version: 0.3.9 ", "version: 0.3.10 ")
    for old, present in zip(pairs[::2], pairs[1::2], strict=True):
        assert expected.count(old) == 1, old
        expected = expected.replace(old, present)
    result = run(project, former, new)
    assert result.exit_code == 0, result.output
    assert project.codebook.read_text() == expected
    assert load_codebook(project.codebook).version == "0.3.10"
    entry = project.guidelines_changelog.read_text()
    assert f"## 0.3.10\n\n- **wording**: `{former}` is now called `{new}`." in entry


def test_the_changelog_has_the_renaming_once_also_where_its_version_has_an_entry_already(project):
    begun = "# Changelog\n\n## 0.3.10\n\n- **wording**: clearer words on weights.\n\n## 0.3.9\n\n- **wording**: first.\n"
    project.guidelines_changelog.write_text(begun)
    assert run(project, "crops/fruit", "plum").exit_code == 0
    line = "- **wording**: `crops/fruit` is now called `plum`. Annotation sets and decisions follow, and no label means something else.\n"
    assert project.guidelines_changelog.read_text() == begun.replace("## 0.3.10\n\n", f"## 0.3.10\n\n{line}")
    # It is no change of a later version, which still has to be described.
    project.codebook.write_text(project.codebook.read_text().replace("version: 0.3.10", "version: 0.4.0"))
    before = contents(project)
    result = run(project, "crops/fruit", "plum")
    assert result.exit_code == 2 and "no entry for 0.4.0" in result.output and contents(project) == before


def decided(project: Project) -> None:
    """The second annotator took the fruit for grain; an adjudicator has decided for the first."""

    versioned_project.edit(project, "", versioned_project.relabelled("crops", "fruit", "grain"), annotators=("m02",))
    codebook, _ = open_codebook(project)
    decisions = []
    for article in sorted({one.article_id for one in read_annotation_sets(project)}):
        sets = [one for one in read_annotation_sets(project) if one.article_id == article]
        for question in nonempty(adjudicate_article(article, sets, Rules(codebook, {})).questions):
            kept = question.readings["m01"]
            decisions.append(
                Decision(
                    asked=question.asked, by="j01", by_kind="human_expert", chosen="reading", reason="slip", annotations=kept
                )
            )
    store_decisions(project, decisions)
    adjudicate_project(project, Reporter())


def names(project: Project) -> list[tuple]:
    """All layers and labels, and what was resolved by whom, sorted as in the files."""
    found: list[tuple] = [(item.layer, item.label) for one in read_annotation_sets(project) for item in one.annotations]
    for one in read_adjudicated(project):
        found += [(item.layer, item.label, one.resolutions[item.id]) for item in one.annotations]
        found += [(conflict.layer, conflict.resolution) for conflict in (*one.conflicts, *one.resolved)]
    return found + [(item.layer, item.label, one.by) for one in read_decisions(project) for item in one.annotations]


@pytest.mark.parametrize("former, new, old", [("crops/fruit", "orchard_fruit", "fruit"), ("crops", "produce", "crops")])
def test_sets_decisions_and_adjudicated_sets_follow_and_provenance_stays(former, new, old, project):
    decided(project)
    versioned_project.edit(project, "", lambda one: replace(one, codebook_version="0.3.9"))
    before = names(project)
    assert any(how.how == "adjudicated" for *_, how in before if hasattr(how, "how"))
    told = contents(project)
    result = run(project, former, new, "--dry-run")
    assert result.exit_code == 0 and contents(project) == told
    assert "guidelines/codebook.yaml: would be changed" in result.output
    result = run(project, former, new)
    assert result.exit_code == 0, result.output
    renamed = [tuple(new if part == old else part for part in one) for one in before]
    assert sorted(map(repr, names(project))) == sorted(map(repr, renamed)) and renamed != before
    assert {one.codebook_version for one in read_annotation_sets(project)} == {"0.3.10"}
    problems: list = []
    check_project(project, Reporter(issue=problems.append), built=True)
    assert [issue for issue in problems if issue.level == "error"] == []
    told = contents(project)
    again = run(project, former, new)
    assert again.exit_code == 0 and contents(project) == told
    assert adjudicate_project(project, Reporter())["conflicts"] == 0 and contents(project) == told


def test_a_link_that_has_the_name_of_its_span_follows(tmp_path):
    """Otherwise the next import would not attach the links that the stored sets have."""
    project = Project(copy_of_the_project(tmp_path))
    links = [
        item
        for one in read_annotation_sets(project)
        for item in one.annotations
        if item.layer == "role" and item.label == "place"
    ]
    result = run(project, "role/place", "site")
    assert result.exit_code == 2 and "role/place is the link of each PLACE, by its name" in result.output
    assert "rename places/PLACE, and this follows" in result.output
    assert "role has a label 'time'" in run(project, "places/PLACE", "Time").output
    said = run(project, "places/PLACE", "SITE", "--dry-run").output
    assert "after that: `role/place` is now called `site`" in said
    assert run(project, "places/PLACE", "SITE").exit_code == 0
    found = [
        item for one in read_annotation_sets(project) for item in one.annotations if item.layer == "role" and item.label == "site"
    ]
    assert len(nonempty(found)) == len(links)
    codebook, _ = open_codebook(project)
    assert codebook.by_name["role"].retired["place"] == "site" and codebook.by_name["places"].retired["PLACE"] == "SITE"
    before = contents(project)
    assert run(project, "places/PLACE", "SITE").exit_code == 0 and contents(project) == before


REFUSED = {
    ("crops/pear", "plum"): "there is no label 'pear'",
    ("crop", "produce"): "there is no layer 'crop'",
    ("reading", "first"): "'reading' is a pass; this command renames layers and labels",
    ("crop/fruit", "plum"): "the codebook has no layer 'crop'",
    ("crops/fruit", "grain"): "'grain' is another label",
    ("crops", "tone"): "'tone' is another layer",
    ("remark/fine", "good"): "layer remark has no labels in the codebook",
    ("measure/yield", "fetched"): "'fetched' is a former name of 'sold_for'",
    ("crops", "two words"): "that is a name",
    ("crops/fruit", " fruit"): "matching regex",
    ("crops", "documents"): "two fields called 'documents'",
    ("crops", "note"): "the page has a control 'note' of its own",
}


@pytest.mark.parametrize("former, new", REFUSED)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_changed(former, new, project):
    before = contents(project)
    result = run(project, former, new)
    assert result.exit_code == 2 and REFUSED[former, new] in result.output, result.output
    assert result.output.startswith("error: ") and "Traceback" not in result.output
    assert contents(project) == before


def test_a_name_that_an_anchor_gives_is_left_to_a_person(project):
    text = BOOK.replace('name: "fruit"', 'name: &it "fruit"')
    project.codebook.write_text(text)
    result = run(project, "crops/fruit", "plum")
    assert result.exit_code == 2 and "codebook.yaml:15: 'fruit' is written in a way that cannot be changed" in result.output
    assert project.codebook.read_text() == text


def test_the_files_beside_the_codebook_follow_and_prose_is_left_to_a_person(project):
    project.rulings.write_text(
        "rulings:\n  - {name: windfall, page: 01, layer: crops, question: Is it?, rule: No., positive: ['A [pear]{fruit}.'], negative: []}\n"
    )
    project.trees.write_text(
        "trees:\n  - {name: a, title: b, layer: crops, steps: [{ask: hangs it?, yes: fruit}], otherwise: fruit}\n"
    )
    project.switched_off.write_text(
        "source\tlayer\tlabel\tway\tright\tjudged\nrule\tcrops\tfruit\tx\t1\t9\nrule\tamounts\tfruit\tx\t1\t9\n"
    )
    page = project.guidelines / "01.md"
    page.write_text("The fruit.\n<!-- guide: labels crops -->\nfruit fruit\n<!-- /guide -->\nA fruit-tree is none.\n")
    result = run(project, "crops/fruit", "plum")
    assert (
        "01.md: RENAME-MENTIONED has 'fruit' in 1 place(s); should be 'plum' where the label of crops is meant" in result.output
    )
    assert "layer: crops" in project.rulings.read_text() and "[pear]{plum}" in project.rulings.read_text()
    assert "yes: plum}], otherwise: plum}" in project.trees.read_text()
    assert project.switched_off.read_text().splitlines()[1:] == ["rule\tcrops\tplum\tx\t1\t9", "rule\tamounts\tfruit\tx\t1\t9"]
    assert run(project, "crops", "produce").exit_code == 0
    assert "layer: produce" in project.rulings.read_text() and "layer: produce" in project.trees.read_text()
    assert "<!-- guide: labels produce -->" in page.read_text() and "rule\tproduce\tplum" in project.switched_off.read_text()


def test_a_run_that_was_killed_anywhere_is_finished_by_the_next(project):
    decided(project)
    versioned_project.git(project, "add", "-A")
    versioned_project.git(project, "commit", "--quiet", "--message", "decided")
    words = ("crops/fruit", "plum")
    assert run(project, *words).exit_code == 0
    whole = contents(project)
    with Forked(Path(versioned_project.__file__).parent / "killed_rename.py") as processes:
        for writes in (1, 2, 3, 4, 5, 6):  # changelog, codebook, record of repairs, decisions, each annotator's sets
            versioned_project.git(project, "reset", "--quiet", "--hard")
            versioned_project.git(project, "clean", "--quiet", "--force", "-d")
            assert processes.run(writes, project.root, *words) == -signal.SIGKILL, writes
            result = run(project, *words)
            assert result.exit_code == 0, (writes, result.output)
            left = {name: content for name, content in contents(project).items() if not name.endswith(".part")}
            assert left == whole, writes


def test_our_own_codebook_is_renamed_line_by_line(tmp_path):
    """What it says in several hundred lines stays as it is."""
    from standpoint.codebook.rename import read_renaming, renamed_codebook

    before = OURS.codebook.read_text(encoding="utf-8")
    codebook = load_codebook(OURS.codebook)
    pairs = {"events/strike.air": "strike.aerial", "places/PLACE": "SITE", "role/instrument": "means", "agent": "doer"}
    for former, new in pairs.items():
        text, after = renamed_codebook(OURS.codebook, read_renaming(codebook, former, new)[0], "9.0.0")
        assert len(text.splitlines()) == len(before.splitlines()) + 1
        changed = sum(old != now for old, now in zip(sorted(before.splitlines()), sorted(text.splitlines()), strict=False))
        assert changed and {layer.name for layer in after.layers} ^ {layer.name for layer in codebook.layers} <= {"agent", "doer"}
