"""Two versions compared: what is told is what was done, wherever the versions are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner
from datasets import Features, List, Value
from msgspec.structs import replace

import versioned_project
from another_codebook import ANOTHER_CODEBOOK
from local_hub import TOKEN, serving
from nonempty import nonempty
from standpoint.adjudication.fix import fix_annotation_sets
from standpoint.cli import main
from standpoint.core.model import Reporter, Span, StandpointError
from standpoint.release.changes import Bump, Change, ChangeSummary, changed, differ
from standpoint.release.compare import compare_releases
from standpoint.release.create import build_project as build
from standpoint.release.locate import locate_release

QUIET = versioned_project.QUIET


def changes_of(project, one: str, other: str) -> list[Change]:
    with locate_release(one, project) as first, locate_release(other, project) as second:
        return list(compare_releases(first.folder, second.folder))


def built(project) -> Path:
    """What the project's release would be now."""
    build(project, "9.9.9", QUIET)
    return project.release


def run(project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), *words])


def test_two_articles_and_a_corrected_label_are_told_and_nothing_else(one_release, two_releases):
    found, old = changes_of(two_releases, "0.1.0", "0.2.0"), versioned_project.released(one_release)
    corrected, *others = [change for change in found if change.action == "changed"]
    assert corrected.kind == "adjudicated" and corrected.id.startswith(f"{old[0]}#crops-")
    assert (corrected.before, corrected.after) == ({"label": "fruit"}, {"label": "grain"})
    assert [(one.kind, one.before, one.after) for one in others] == [("annotation", {"label": "fruit"}, {"label": "grain"})] * 2
    total = ChangeSummary().add_all(found)
    # Of each new article: two crops, a price and a remark are adjudicated (the tone is in conflict); and each annotator has a set
    # with three spans, a relation and four answers.
    assert total.counts == Counter(
        {
            ("article", "added"): 2,
            ("adjudicated", "added"): 2 * 4,
            ("adjudicated", "changed"): 1,
            ("set", "added"): 2 * 2,
            ("annotation", "added"): 2 * 2 * (3 + 1 + 4),
            ("annotation", "changed"): 2,
        }
        | {key: count for key, count in total.counts.items() if key == ("resolution", "added")}  # where releases have them
    )
    assert total.bump == Bump.MAJOR


def test_tags_commits_and_folders_are_the_same_versions(project_of_two_releases, tmp_path):
    expected = changes_of(project_of_two_releases, "v0.1.0", "v0.2.0")
    commit = versioned_project.git(project_of_two_releases, "rev-parse", "v0.1.0^{commit}")
    versioned_project.git(project_of_two_releases, "tag", "--delete", "v0.1.0", "v0.2.0")
    assert (
        expected and changes_of(project_of_two_releases, "0.1.0", "v0.2.0") == expected
    )  # by the commits that versions.tsv names
    assert changes_of(project_of_two_releases, commit[:10], "HEAD") == expected
    assert changes_of(project_of_two_releases, "0.1.0", str(project_of_two_releases.release)) == expected


def test_a_mirrored_comparison_tells_the_mirrored_changes(two_releases):
    turned = {"added": "deleted", "deleted": "added", "changed": "changed"}
    there, back = changes_of(two_releases, "0.1.0", "0.2.0"), changes_of(two_releases, "0.2.0", "0.1.0")
    assert {(c.kind, c.id, turned[c.action], str(c.after), str(c.before)) for c in there} == {
        (c.kind, c.id, c.action, str(c.before), str(c.after)) for c in back
    }


def test_a_resolution_without_annotation_and_place_is_compared_by_its_layer(one_release, tmp_path):
    odd = shutil.copytree(one_release.release, tmp_path / "odd")
    path = next((odd / "resolutions").glob("*.parquet"))
    table = pq.read_table(path)
    rows = [row | {"annotation": None, "where": None} if number == 0 else row for number, row in enumerate(table.to_pylist())]
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    changes = {change.id for change in compare_releases(one_release.release, odd) if change.kind == "resolution"}
    assert any(name.endswith("@None") for name in changes)


def test_the_feed_has_a_line_a_change_with_id_kind_when_and_what(two_releases):
    result = run(two_releases, "release", "diff", "0.1.0", "0.2.0", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == len(changes_of(two_releases, "0.1.0", "0.2.0"))
    assert {line["when"] for line in lines} == {"2031-07-01"} and {line["version"] for line in lines} == {"0.2.0"}
    (corrected,) = [line for line in lines if line["kind"] == "adjudicated" and line["change"] == "changed"]
    assert corrected["what"] == {"label": ["fruit", "grain"]} and corrected["demands"] == "MAJOR"
    new = next(line for line in lines if line["kind"] == "article")
    assert new["what"]["text"][0] is None and "Terrace" in new["what"]["text"][1]


def test_the_table_and_the_markdown_say_what_changed_and_what_it_demands(two_releases):
    table = run(two_releases, "release", "diff", "0.1.0", "0.2.0").stdout.splitlines()
    assert table[-1] == "  MAJOR: data were edited, removed, moved or renamed"
    assert any(line.startswith("~ adjudicated") and line.endswith("label: fruit → grain") for line in table)
    assert any(line.startswith("… and ") for line in table)
    assert not any(
        line.startswith("…")
        for line in nonempty(run(two_releases, "release", "diff", "0.1.0", "0.2.0", "--all").stdout.splitlines())
    )
    markdown = run(two_releases, "release", "diff", "0.1.0", "0.2.0", "--markdown").stdout
    assert markdown.startswith("## 0.1.0 → 0.2.0\n\n| | added | changed | deleted |")
    assert "| articles | 2 | 0 | 0 |" in markdown


@pytest.mark.parametrize("name", ["0.7.0", "v0.7.0", "nowhere", "--upload-pack=x", "HEAD~99", "a:b"])
def test_a_version_that_is_none_is_two_lines(two_releases, name):
    with pytest.raises(StandpointError, match="no such version"):
        changes_of(two_releases, name, "0.2.0")


def test_a_folder_without_a_release_is_refused(two_releases, tmp_path):
    with pytest.raises(StandpointError, match="not a release"):
        changes_of(two_releases, str(tmp_path), "0.2.0")
    with pytest.raises(StandpointError, match="has no dataset/release"):
        changes_of(two_releases, versioned_project.git(two_releases, "rev-list", "--max-parents=0", "HEAD"), "0.2.0")


def test_a_moved_tag_is_refused(project_of_two_releases):
    versioned_project.git(project_of_two_releases, "tag", "--force", "v0.1.0", "HEAD")
    with pytest.raises(StandpointError, match="its tag names commit"):
        changes_of(project_of_two_releases, "0.1.0", "0.2.0")


DIFF = """
import os, sys
from click.testing import CliRunner
from standpoint.cli import main
project, one, two, owner = sys.argv[1:]
for words in (
    ["release", "publish", owner, "--from", one],
    ["release", "publish", owner, "--from", two],
    ["release", "diff", f"{owner}@v0.1.0", f"{owner}@v0.2.0", "--json"],
    ["release", "diff", f"{owner}@v0.7.0", two],
):
    result = CliRunner(catch_exceptions=False).invoke(main, ["--project", project, *words])
    print(result.exit_code, result.stdout, sep="\\n", end="\\0")
    print(result.stderr, file=sys.stderr)
"""


@pytest.mark.server
def test_revisions_on_the_hub_are_the_same_versions(one_release, two_releases, tmp_path):
    with serving() as hub:
        environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
        words = [
            sys.executable,
            "-c",
            DIFF,
            *map(str, (two_releases.root, one_release.release, two_releases.release)),
            "veld/orchard",
        ]
        done = subprocess.run(words, env=os.environ | environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    one, two, feed, gone = (part.split("\n", 1) for part in done.stdout.split("\0")[:4])
    assert one[0] == two[0] == feed[0] == "0", done.stdout + done.stderr
    assert feed[1] == run(two_releases, "release", "diff", "0.1.0", "0.2.0", "--json").stdout
    assert gone[0] == "2" and "veld/orchard@v0.7.0" in done.stderr and "Traceback" not in done.stderr


def test_an_article_that_moves_to_another_split_is_told_as_that(one_release, project_of_one_release):
    path = project_of_one_release.splits / "default.tsv"
    moved = versioned_project.released(project_of_one_release)[0]
    path.write_text(path.read_text().replace(f"{moved}\ttrain", f"{moved}\ttest"))
    versioned_project.split_as(project_of_one_release, {})
    (change,) = compare_releases(one_release.release, built(project_of_one_release))
    assert (change.kind, change.id, change.before, change.after) == ("split", moved, {"split": "train"}, {"split": "test"})
    assert change.bump == Bump.MAJOR


def test_a_set_and_an_article_that_are_gone_are_told(one_release, project_of_one_release):
    article = versioned_project.released(project_of_one_release)[2]
    path = project_of_one_release.annotations / "reading" / "m02.jsonl"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if f'"{article}"' not in line))
    versioned_project.resolve(project_of_one_release)
    found = {(change.kind, change.action) for change in compare_releases(one_release.release, built(project_of_one_release))}
    assert {("set", "deleted"), ("annotation", "deleted"), ("article", "changed"), ("adjudicated", "added")} <= found  # the tone


def codebook(**changes: object) -> dict:
    crops = ANOTHER_CODEBOOK["layers"][0]
    return ANOTHER_CODEBOOK | {"layers": [crops | changes, *ANOTHER_CODEBOOK["layers"][1:]]}


@pytest.mark.parametrize(
    "labels, kinds, bump",
    [
        ([{"name": "grain", "hotkey": "g"}, {"name": "fruit", "hotkey": "f"}], set(), Bump.PATCH),
        ([{"name": "grain", "hotkey": "x"}, {"name": "fruit", "hotkey": "f"}], set(), Bump.PATCH),  # a key is no meaning
        ([{"name": "grain"}, {"name": "fruit"}, {"name": "nut"}], {("crops/nut", "added")}, Bump.MINOR),
        ([{"name": "grain", "definition": "What is threshed."}, {"name": "fruit"}], {("crops/grain", "changed")}, Bump.MINOR),
        ([{"name": "nut"}, {"name": "grain"}, {"name": "fruit"}], {("crops/nut", "added"), ("crops", "changed")}, Bump.MAJOR),
    ],
    ids=["the same", "another key", "a further label", "a definition", "other numbers"],
)
def test_labels_are_compared_by_name_number_and_meaning(one_release, project_of_one_release, labels, kinds, bump):
    project_of_one_release.codebook.write_text(yaml.safe_dump(codebook(labels=labels), sort_keys=False))
    found = list(compare_releases(one_release.release, built(project_of_one_release)))
    assert {(change.id, change.action) for change in found} == kinds
    assert max((change.bump for change in found), default=Bump.PATCH) == bump


def test_a_renamed_label_is_told_as_renamed(one_release, project_of_one_release):
    labels = [{"name": "grain", "hotkey": "g"}, {"name": "orchard_fruit", "hotkey": "f"}]
    project_of_one_release.codebook.write_text(
        yaml.safe_dump(codebook(labels=labels, retired={"fruit": "orchard_fruit"}), sort_keys=False)
    )
    versioned_project.edit(project_of_one_release, "", versioned_project.relabelled("crops", "fruit", "orchard_fruit"))
    found = list(compare_releases(one_release.release, built(project_of_one_release)))
    assert [(one.id, one.before, one.after) for one in found if one.kind == "label"] == [
        ("crops/fruit", {"name": "fruit"}, {"name": "orchard_fruit"})
    ]
    assert sum(one.kind == "adjudicated" and one.action == "changed" for one in found) == 6
    assert not any(one.action in ("added", "deleted") for one in nonempty(found))


def test_a_renamed_layer_is_told_as_renamed_and_its_annotations_are_compared_under_the_new_name(
    one_release, project_of_one_release
):
    text = project_of_one_release.codebook.read_text(encoding="utf-8").replace("crops", "produce").replace("tone", "mood")
    retired = "retired: {crops: produce, tone: mood}\n"
    project_of_one_release.codebook.write_text(text.replace("version: 0.3.0", "version: 0.4.0") + retired, encoding="utf-8")
    fix_annotation_sets(project_of_one_release, True, Reporter())
    versioned_project.resolve(project_of_one_release)
    found = list(compare_releases(one_release.release, built(project_of_one_release)))
    assert [(one.id, one.before, one.after) for one in found if one.kind == "layer"] == [
        ("crops", {"name": "crops"}, {"name": "produce"}), ("tone", {"name": "tone"}, {"name": "mood"}),
    ]  # fmt: skip
    assert {one.kind for one in found} == {"layer", "article", "set", "adjudicated", "resolution"}
    spans = [one for one in found if one.kind == "adjudicated"]  # their ids begin with the name of the layer
    assert {(one.action, *one.before) for one in nonempty(spans)} == {("changed", "id")}


def test_columns_that_come_and_go_are_told_once(one_release, project_of_one_release):
    layers = [layer for layer in ANOTHER_CODEBOOK["layers"] if layer["name"] != "remark"]
    layers.append({"name": "season", "kind": "choice", "labels": [{"name": "early"}, {"name": "late"}]})
    passes = [{"name": "reading", "layers": [layer["name"] for layer in layers]}]
    project_of_one_release.codebook.write_text(
        yaml.safe_dump(ANOTHER_CODEBOOK | {"layers": layers, "passes": passes}, sort_keys=False)
    )

    def without_remark(one):
        return replace(one, annotations=tuple(item for item in one.annotations if item.layer != "remark"))

    versioned_project.edit(project_of_one_release, "", without_remark)
    found = list(compare_releases(one_release.release, built(project_of_one_release)))
    assert {(one.id, one.action) for one in found if one.kind == "column"} >= {
        ("documents.remark", "deleted"),
        ("documents.season", "added"),
    }
    assert {one.kind for one in found} <= {"column", "label", "adjudicated", "resolution", "annotation"}


def test_a_span_with_a_new_id_in_its_old_place_was_changed(one_release, project_of_one_release):
    article = versioned_project.released(project_of_one_release)[1]

    def longer(one):
        spans = (
            replace(item, id=f"other-{item.id}") if isinstance(item, Span) and item.layer == "amounts" else item
            for item in one.annotations
            if item.layer != "measure"
        )
        return replace(one, annotations=tuple(spans))

    versioned_project.edit(project_of_one_release, article, longer, ["m01"])
    found = [one for one in compare_releases(one_release.release, built(project_of_one_release)) if one.kind == "annotation"]
    renamed = [one for one in found if one.action == "changed"]
    assert [list(one.before) for one in renamed] == [["id"]] and [one.action for one in found].count("deleted") == 1


def test_fields_that_only_one_side_has_do_not_differ():
    assert not differ({"a": 1, "b": 2}, {"a": 1, "c": 3}) and differ([{"a": 1}], [{"a": 2}]) and differ([1], [1, 1])
    assert changed("article", "x", {"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}], "d": 3}) is None


def rows(folder: Path, numbers: range) -> Path:
    """A release with nothing but articles."""
    features = Features({"id": Value("string"), "text": Value("string"), "zones": List({"name": Value("string")})})
    (folder / "documents").mkdir(parents=True)
    with pq.ParquetWriter(folder / "documents" / "train-00000-of-00001.parquet", features.arrow_schema) as file:
        for first in range(numbers.start, numbers.stop, 500):
            batch = [{"id": f"a{number:06d}", "text": f"{number} " * 300, "zones": []} for number in range(first, first + 500)]
            file.write_table(pa.Table.from_pylist(batch, schema=features.arrow_schema))
    return folder


def peak(one: Path, other: Path) -> int:
    tracemalloc.start()
    assert sum(1 for _ in compare_releases(one, other)) == 500
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_memory_does_not_grow_with_the_versions(tmp_path):
    sizes = {}
    for size in (1000, 3000):
        one, other = rows(tmp_path / f"{size}", range(size)), rows(tmp_path / f"{size}-later", range(size + 500))
        sizes[size] = peak(one, other)
    assert sizes[3000] < 1.5 * sizes[1000]


def test_a_release_that_is_not_sorted_or_has_an_article_twice_is_refused(tmp_path):
    folder = rows(tmp_path / "one", range(500))
    path = next(folder.glob("*/*.parquet"))
    table = pq.read_table(path)
    pq.write_table(table.take(list(reversed(range(500)))), path)
    with pytest.raises(StandpointError, match="should be sorted by id"):
        list(compare_releases(folder, folder))
    pq.write_table(table.take([0, 0]), path)
    with pytest.raises(StandpointError, match="appears twice"):
        list(compare_releases(folder, folder))
