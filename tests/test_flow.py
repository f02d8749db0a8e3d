"""The whole way with another codebook, and with public corpora whose texts are withheld: every verb works unchanged."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from datasets import load_dataset

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from nonempty import nonempty
from standpoint.adjudication import adjudicate
from standpoint.agreement import agreement
from standpoint.checks.run import check_project
from standpoint.codebook import load
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles
from standpoint.core.model import AnnotationSet, Choice, Reporter, Span
from standpoint.core.project import Project
from standpoint.ingest import ingest
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange
from standpoint.release import create
from standpoint.server import accounts
from standpoint.splits import splits
from whole_projects import HARVEST, VALLEYS, harvest_set, new_project, rule_set, store_sets, strict

pytestmark = pytest.mark.server


def through(project: Project, client: client_module.Client, user_ids: dict[str, int], reporter: Reporter) -> None:
    """Push, enter what is in ``dataset/annotations``, pull it back, and go on to the release."""
    name = project.root.name
    exchange.push_articles(project, client, sorted(user_ids), 0.0, reporter, name)
    exchange.upload_annotation_sets(project, client, user_ids, reporter, name)
    before = {path: path.read_bytes() for path in project.annotations.rglob("*.jsonl")}
    exchange.pull_annotations(project, client, reporter, name)
    assert {path: path.read_bytes() for path in project.annotations.rglob("*.jsonl")} == before
    check_project(project, reporter)
    agreement.measure_agreement(project, reporter)
    adjudicate.adjudicate_project(project, reporter)
    splits.split_articles(project, reporter)
    create.build_project(project, None, reporter)


def test_another_codebook_goes_the_whole_way(tmp_path, label_studio):
    project, codebook = new_project(tmp_path / "harvest", ANOTHER_CODEBOOK), another_codebook()
    raw = project.raw / "gazette"
    raw.mkdir(parents=True)
    for number, valley in enumerate(VALLEYS * 3):
        words = HARVEST[number % 3].format(valley)
        (raw / f"{number:02}.txt").write_text(
            f"Harvest in {valley}, report {number}\n\n{words} This was report {number} of {valley}'s own council.\n"
        )
    project.sources.write_text(
        "sources:\n  - {id: gazette, name: The Gazette, match: ['gazette/*'], licence: CC0-1.0, language: en}\n"
    )
    names = ("t01", "t02")
    project.annotators.write_text("annotators:\n" + "".join(f"  - {{id: {name}, kind: human_trained}}\n" for name in names))
    reporter, told = strict()
    ingest.ingest_paths(project, [project.raw], project.sources, reporter)
    found = list(read_articles(project))
    sets = (harvest_set(article, name, codebook) for name in names for article in found)
    store_sets(project, sets)
    through(
        project,
        client_module.connect(label_studio.url, label_studio.token),
        accounts.ensure_accounts(label_studio, names),
        reporter,
    )
    assert [issue for issue in told if issue.level == "error"] == []
    assert {item.tier for item in read_adjudicated(project)} == {"gold"}
    the_export_button_gives_the_same_sets(project, label_studio, reporter, told, tmp_path)
    rows = load_dataset(str(project.release), split="train+validation+test", cache_dir=str(tmp_path / "cache"))
    assert rows.num_rows == len(VALLEYS) * 3 and rows.features["tone"].names == ["hopeful", "worried"]
    for row in nonempty(rows):
        assert all(row["text"][span["start"] : span["end"]] == span["quote"] for span in nonempty(row["crops"]))
    crops = load_dataset(str(project.release), "crops", split="train", cache_dir=str(tmp_path / "cache"))
    assert {"article_id", "label", "health", "measure"} <= set(crops.column_names)


def the_export_button_gives_the_same_sets(project, label_studio, reporter, told, tmp_path) -> None:
    """Label Studio's own JSON export knows accounts by number only, so its annotators get other pseudonyms; all else is the same."""
    client = client_module.connect(label_studio.url, label_studio.token)
    files = []
    for title, number in client_module.list_projects(client, f"{project.root.name} "):
        files.append(tmp_path / f"{title.replace(' ', '-')}.json")
        files[-1].write_bytes(b"".join(client.sdk.projects.exports.download_sync(number, export_type="JSON")))
    other = new_project(tmp_path / "other", ANOTHER_CODEBOOK)
    shutil.copytree(project.articles, other.articles)
    counts = exchange.import_exports(other, files, reporter)
    assert counts["items"] == counts["items stored"] > 0 and counts["annotation sets"] == len(VALLEYS) * 3 * 2
    mine, theirs = ({(item.article_id, item.annotations) for item in read_annotation_sets(one)} for one in (project, other))
    assert {str(item) for item in mine} == {str(item) for item in theirs}
    assert [issue for issue in told if issue.level == "error"] == []
    assert {item.annotator for item in read_annotation_sets(other)} == {"p01", "p02"}
    for form in ("JSON_MIN", "CSV"):  # which say nothing of links, and not on which region an answer is
        flat = new_project(tmp_path / form, ANOTHER_CODEBOOK)
        shutil.copytree(project.articles, flat.articles)
        (tmp_path / f"{form} files").mkdir()
        for title, number in client_module.list_projects(client, f"{project.root.name} "):
            data = b"".join(client.sdk.projects.exports.download_sync(number, export_type=form))
            (tmp_path / f"{form} files" / f"{title}.export").write_bytes(data)
        quiet, lost = strict()
        exchange.import_exports(flat, sorted((tmp_path / f"{form} files").iterdir()), quiet)
        assert {issue.code for issue in lost if issue.level == "error"} == {"ITEM-UNLINKED"}
        assert without_links(read_annotation_sets(flat)) == without_links(read_annotation_sets(project))


def without_links(sets: Iterable[AnnotationSet]) -> Counter:
    """The spans, and the answers about the article."""
    found: Counter = Counter()
    for one in sets:
        for item in one.annotations:
            if isinstance(item, Span):
                found[one.article_id, item.layer, item.label, item.start, item.end, item.quote] += 1
            elif isinstance(item, Choice) and not item.of:
                found[one.article_id, item.layer, item.label] += 1
    return found


def test_public_corpora_go_the_whole_way_with_their_text_withheld(tmp_path, label_studio, corpora):
    project = new_project(tmp_path / "public", None)
    shutil.copy(Path(__file__).parent / "data" / "sources-public.yaml", project.sources)
    project.annotators.write_text("annotators:\n  - {id: r01, kind: rule, description: the registry's names}\n")
    reporter, told = strict()
    paths = [*sorted(corpora.glob("re3d/*/documents.json")), corpora / "aleppo"]
    counts = ingest.ingest_paths(project, paths, project.sources, reporter)
    assert counts["articles"] == 99
    withheld = {article.id for article in read_articles(project, with_text=False) if article.text is None}
    texts = {article.id: article.text for article in read_articles(project)}
    assert len(withheld) > 10 and all(texts.values())
    codebook, registry = load.open_codebook(project)
    store_sets(project, (rule_set(article, codebook, registry) for article in read_articles(project)))
    through(
        project,
        client_module.connect(label_studio.url, label_studio.token),
        accounts.ensure_accounts(label_studio, ["r01"]),
        reporter,
    )
    assert [issue for issue in told if issue.level == "error"] == []
    assert len(list(read_annotation_sets(project))) == 99
    for config in ("documents", "annotations"):
        rows = load_dataset(str(project.release), config, split="train+validation+test", cache_dir=str(tmp_path / "cache"))
        assert rows.num_rows == 99
    blob = b"".join(path.read_bytes() for path in (project.root / "dataset").rglob("*") if path.is_file())
    for article_id in nonempty(withheld):
        body = texts[article_id].split("\n\n")[-1][:60]
        assert body.encode() not in blob
    documents = load_dataset(str(project.release), split="train", cache_dir=str(tmp_path / "cache"))
    assert all((row["text"] is None) == (row["id"] in withheld) and row["sha256"] for row in nonempty(documents))


def test_a_release_of_nothing_is_refused_in_one_line(tmp_path):
    from standpoint.core.model import StandpointError

    project = new_project(tmp_path / "empty", None)
    with pytest.raises(StandpointError):
        create.build_project(project, None, Reporter())
    assert not (project.root / "dataset" / "release").exists()
