"""Leaks between collections of texts, between the project's own splits, and the release that refuses one."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from datasets import Dataset, DatasetDict

from example import EXAMPLE
from nonempty import nonempty
from standpoint.cli import main
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import Article, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.release import create
from standpoint.splits.leaks import find_leaks, find_project_leaks, find_unseen, refuse_leaks, report_leaks
from standpoint.splits.overlap import compare_collections as compare
from standpoint.splits.overlap import read_collection
from standpoint.splits.splits import DEFAULT, ArticleFacts, read_splits, split_articles, write_splits

ROOT = Path(__file__).parent.parent.parent
LONG = " ".join(f"On day {n} the column of {n * 3} carts passed gate {n % 7} of the old salt road." for n in range(12))
ROWS = [LONG, "The ford was closed again in the night.", "Nobody saw the guards go."]


@pytest.fixture
def project(tmp_path) -> Project:
    """The project's own corpus."""
    for name in ("guidelines", "dataset/articles", "dataset/adjudicated", "splits"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("sources.yaml", "annotators.yaml", "version.txt"):
        shutil.copy(EXAMPLE.root / "dataset" / name, tmp_path / "dataset" / name)
    return Project(tmp_path)


def run(*words: str):
    return CliRunner().invoke(main, ["--project", str(ROOT), "leaks", *words])


def collection(kind: str, folder: Path) -> str:
    """The rows as a file or folder of a kind, by the name that `leaks` is given."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = Dataset.from_dict({"id": ["a", "b", "c"], "text": ROWS})
    if kind == "jsonl.gz":
        with gzip.open(folder / "rows.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": row}) + "\n" for row in ROWS)
    elif kind in ("csv", "parquet"):
        getattr(rows, f"to_{kind}")(folder / f"rows.{kind}")
    elif kind == "txt":
        for number, row in enumerate(ROWS):
            (folder / f"{number}.txt").write_text(row, encoding="utf-8")
        return str(folder)
    elif kind == "saved":
        rows.save_to_disk(folder / "saved")
        return str(folder / "saved")
    elif kind == "split":
        DatasetDict({"train": rows, "test": rows.select([2])}).save_to_disk(folder / "saved")
        return f"{folder / 'saved'}:train"
    elif kind == "loaded":
        (folder / "data").mkdir()
        rows.to_parquet(folder / "data" / "train-00000-of-00001.parquet")
        return f"{folder}:train"
    return str(folder / f"rows.{kind}")


@pytest.mark.parametrize("kind", ["jsonl.gz", "csv", "parquet", "txt", "saved", "split", "loaded"])
def test_any_two_collections_are_compared(kind, tmp_path):
    (tmp_path / "test.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in (LONG[:400], *ROWS[1:])))
    found = compare(collection(kind, tmp_path / "train"), str(tmp_path / "test.jsonl"), "text", 5, Reporter())
    assert (found.train, found.test) == (3, 3)
    assert found.counts() == {"equal": 1, "near": 1, "contained": 0, "phrase": 1}
    assert [(one.overlap.kind, one.test) for one in found.examples][0] == ("equal", f"{tmp_path / 'test.jsonl'}:2")
    assert found.examples[0].shared == "the ford was closed again in the night"
    assert found.examples[1].shared.startswith("on day 0 the column of 0 carts") and found.examples[1].shared.endswith(" …")


def test_the_release_does_not_leak_and_says_so():
    result = run(f"{ROOT}/dataset/release:train", f"{ROOT}/dataset/release:documents/test")
    assert result.exit_code == 0 and "0  equal" in result.stdout and "0  near" in result.stdout


def test_a_leak_gives_exit_code_1_with_examples(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"sentence": LONG}) + "\n")
    result = run(str(path), str(path), "--column", "sentence", "--examples", "1")
    assert result.exit_code == 1 and "1  equal (100.0% of test)" in result.stdout and "Jaccard 1.00" in result.stdout


def test_a_record_without_text_is_told(tmp_path):
    Dataset.from_dict({"text": [LONG, None]}).save_to_disk(tmp_path / "saved")
    found = list(read_collection(str(tmp_path / "saved")))
    assert [isinstance(item, Issue) for item in found] == [False, True] and found[1].code == "NO-TEXT"


@pytest.mark.parametrize(
    "words, said",
    [
        (["{0}/nothing.jsonl", "{0}/a.jsonl"], "no such file or folder"),
        (["{0}/a.jsonl:train", "{0}/a.jsonl"], "only a folder has splits"),
        (["{0}/a.jsonl", "{0}/b.csv"], "no column 'text'"),
        (["{0}/saved:dev", "{0}/a.jsonl"], "it has the splits train"),
        (["{0}/saved", "{0}/a.jsonl"], "it has the splits train"),
        (["{0}/saved:train", "{0}/a.jsonl", "--column", "body"], "no column 'body', only id, text"),
        (["{0}/a.jsonl"], "name two collections"),
        (["{0}/a.jsonl", "{0}/notes.odt"], "notes.odt: it has no text"),
    ],
)
def test_misuse_is_a_line_and_exit_code_2(words, said, tmp_path, capfd):
    (tmp_path / "a.jsonl").write_text('{"text": "The ford was closed."}\n')
    (tmp_path / "notes.odt").write_text("The ford was closed.")
    (tmp_path / "b.csv").write_text("sentence,label\nThe ford was closed.,1\n")
    DatasetDict({"train": Dataset.from_dict({"id": ["a"], "text": [LONG]})}).save_to_disk(tmp_path / "saved")
    result = run(*(word.format(tmp_path) for word in words))
    output = result.output + capfd.readouterr().err
    assert result.exit_code == 2 and said in output and "Traceback" not in output


# The project's own splits


def test_the_own_splits_have_no_copies_over_splits_and_each_story_in_one(project):
    for report in nonempty(report_leaks(project, Reporter())):
        assert not report.leaks and sum(report.articles.values()) >= 24
        days = {
            one.original_published or one.published for one in read_articles(project)
        }  # a story a day, as the corpus was written
        assert report.stories == len(days) and (report.divided_stories == 0) == (report.name != "by-source")
        assert all(0 <= row.share <= 1 for row in nonempty(row for row in report.unseen if row.share is not None))
        assert {key[2] for key in report.labels} == {"train", "validation", "test"}


def test_the_committed_files_are_what_splitting_anew_gives(project):
    committed = {path.name: path.read_bytes() for path in project.splits.glob("*.tsv")}
    assert len(committed) == 3
    split_articles(project, Reporter())
    assert {path.name: path.read_bytes() for path in project.splits.glob("*.tsv")} == committed
    for path in project.splits.glob("*.tsv"):
        path.unlink()
    split_articles(project, Reporter())
    assert {path.name: path.read_bytes() for path in project.splits.glob("*.tsv")} == committed


def later(project: Project, text: str, name: str, published: str, **fields) -> str:
    """A further article of Northwire's; its id."""
    path = project.articles / "northwire.jsonl"
    (first, *others) = read_lines(path, Article)
    zones = (msgspec.structs.replace(first.zones[0], name="body", start=0, end=len(text)),)
    new = msgspec.structs.replace(first, id=name, sha256=name, text=text, zones=zones, published=published, group=name, **fields)
    write_lines(path, sorted([first, *others, new], key=lambda one: one.id))
    return name


def test_an_article_that_joins_two_stories_later_is_quarantined_and_told(project):
    text = "The army and the Marsh Compact fought for Kesten and Lower Kesten, and at Halm Bridge."
    name = later(project, text, "northwire-2031-03-13-00000000", "2031-03-13")
    told: list[Issue] = []
    split_articles(project, Reporter(issue=told.append))
    (row,) = (row for row in read_splits(project.split_file(DEFAULT)) if row.article_id == name)
    assert row.split == "quarantine" and row.reason.startswith("between ")
    assert any(issue.code == "ACROSS-SPLITS" and name in issue.message for issue in told)


def test_what_a_maintainer_should_know_is_told(project):
    for path in project.articles.glob("*.jsonl"):
        if path.stem != "northwire":
            path.unlink()
    for path in project.splits.glob("*.tsv"):
        path.unlink()
    articles = [one for one in read_lines(project.articles / "northwire.jsonl", Article)]
    write_lines(project.articles / "northwire.jsonl", articles[:1])
    told: list[Issue] = []
    split_articles(project, Reporter(issue=told.append))
    assert {issue.code for issue in told} == {"SPLIT-EMPTY"} and len(told) == 2
    project.split_plan.write_text("by-source: {validation: [northwire], test: [nobody]}\n")
    with pytest.raises(StandpointError, match="no source is called 'nobody'"):
        split_articles(project, Reporter())


def test_a_release_with_a_leak_is_refused(project):
    rows = read_splits(project.split_file(DEFAULT))
    moved = [row._replace(split="train") if row.article_id.startswith("port-sele-gazette-2031-03-16") else row for row in rows]
    write_splits(project.split_file(DEFAULT), moved)
    result = CliRunner().invoke(main, ["--project", str(project.root), "build"])
    assert result.exit_code == 2 and not project.release.exists()
    with pytest.raises(StandpointError, match="a leak: northwire-.* in test is a near-duplicate of port-sele-.* in train"):
        refuse_leaks(find_project_leaks(project, Reporter()))
    (issue,) = create.leak_issues(project, Reporter())
    assert issue.code == "RELEASE-LEAK" and "in test is a near-duplicate of port-sele" in issue.message


def test_copies_over_splits_and_in_quarantine():
    words = LONG.split()
    random.Random(1).shuffle(words)
    pairs = [("a", LONG), ("b", LONG + " And so on."), ("c", LONG), ("d", " ".join(words)), ("e", LONG)]
    where = {"a": "train", "b": "test", "c": "quarantine", "d": "test", "e": "train"}
    assert {(leak.first, leak.second, leak.splits, leak.likeness) for leak in find_leaks(pairs, where)} == {
        ("a", "b", ("train", "test"), "near"),
        ("b", "e", ("test", "train"), "near"),
    }
    with pytest.raises(StandpointError, match="and 1 more"):
        refuse_leaks(find_leaks(pairs, where))
    refuse_leaks([])


def test_what_train_has_not():
    facts = [
        ArticleFacts("a", "a", None, frozenset({"army"}), frozenset({"ford"})),
        ArticleFacts("b", "b", None, frozenset({"army", "rebels"}), frozenset()),
    ]
    rows = {(row.split, row.kind): (row.named, row.unseen, row.share) for row in find_unseen(facts, {"a": "train", "b": "test"})}
    assert rows["test", "actors"] == (2, 1, 0.5) and rows["test", "places"] == (0, 0, None)
    assert rows["validation", "actors"] == (0, 0, None)
