"""The whole way with another codebook, and with public corpora whose texts are withheld: every verb works unchanged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from datasets import load_dataset
from ruamel.yaml import YAML

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from nonempty import nonempty
from standpoint.adjudication import adjudicate
from standpoint.agreement import agreement
from standpoint.checks.run import check_project
from standpoint.codebook import load
from standpoint.core.corpus import read_adjudicated, read_annotation_sets, read_articles, store_sets
from standpoint.core.model import AnnotationSet, Choice, Issue, Relation, Reporter, Span
from standpoint.core.project import Project, find_project
from standpoint.ingest import ingest
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import exchange
from standpoint.pages.task_json import fill_defaults
from standpoint.pages.tasks import make_task
from standpoint.release import create
from standpoint.server import accounts
from standpoint.splits import splits

pytestmark = pytest.mark.server
OURS = find_project(Path(__file__))


def new_project(root: Path, codebook: dict | None) -> Project:
    """A project of its own: ours but for its codebook, and empty."""
    project = Project(root)
    shutil.copytree(OURS.root / "guidelines", root / "guidelines")
    if codebook is not None:
        project.actors.unlink()
        with project.codebook.open("w", encoding="utf-8") as file:
            YAML().dump(codebook, file)
    (root / "dataset").mkdir()
    project.version.write_text("0.3.0\n")
    project.release_changelog.write_text("# Changelog\n")
    return project


def strict() -> tuple[Reporter, list[Issue]]:
    """A teller that keeps all it is told."""
    told: list[Issue] = []
    return Reporter(issue=told.append), told


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


HARVEST = [
    "Grain was good in {0}. It sold for nine crowns a sack.",
    "In {0} the fruit rotted on the trees. Nobody paid more than two crowns.",
    "The mill at {0} had grain for a week 😀. Bread cost five crowns.",
]
VALLEYS = ["Osterlund", "Mirvale", "Kestwick", "Tarnbrook", "Elmhollow", "Vessby", "Harrowmere", "Dunlow", "Ashgarth", "Pellin"]


def harvest_set(article, annotator: str, codebook) -> AnnotationSet:
    """What a careful reader might mark; the second reader sees the tone otherwise, now and then."""
    text, spans, others = article.text, [], []
    for layer, label, words in (
        ("crops", "grain", ("Grain", "grain")),
        ("crops", "fruit", ("fruit",)),
        ("amounts", "price", ("crowns",)),
    ):
        for word in words:
            at = text.find(word)
            if at >= 0:
                spans.append(Span(id=f"{layer}{at}", layer=layer, label=label, start=at, end=at + len(word), quote=word))
    crops, amounts = [span for span in spans if span.layer == "crops"], [span for span in spans if span.layer == "amounts"]
    for head in crops[:1]:
        for tail in amounts[:1]:
            others.append(
                Relation(
                    id=f"{head.id}.measure.sold_for.{tail.id}", layer="measure", label="sold_for", head=head.id, tail=tail.id
                )
            )
    tone = "worried" if "rotted" in text or (annotator == "m02" and "mill" in text) else "hopeful"
    others.append(Choice(id="tone", layer="tone", label=tone))
    return AnnotationSet(
        article_id=article.id,
        annotator=annotator,
        pass_name="reading",
        annotator_kind="human_trained",
        codebook_version="0.3.0",
        text_sha256=article.sha256,
        annotations=tuple(fill_defaults([*spans, *others], article.sentences, "reading", codebook)),
    )


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
    list(store_sets(sets, project.annotations))
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
    assert counts["items"] == counts["items taken"] > 0 and counts["annotation sets"] == len(VALLEYS) * 3 * 2
    mine, theirs = ({(item.article_id, item.annotations) for item in read_annotation_sets(one)} for one in (project, other))
    assert {str(item) for item in mine} == {str(item) for item in theirs}
    assert [issue for issue in told if issue.level == "error"] == []
    assert {item.annotator for item in read_annotation_sets(other)} == {"p01", "p02"}


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
    list(store_sets((rule_set(article, codebook, registry) for article in read_articles(project)), project.annotations))
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


def rule_set(article, codebook, registry) -> AnnotationSet:
    """What a rule can say of an article: each "said" is marked as talks, to have spans in real texts."""
    data = make_task(article, "facts", codebook, registry)["data"]
    open_zones = [zone for zone in article.zones if zone.name in codebook.zones.annotatable]
    spans, at = [], article.text.find(" said")
    while at >= 0 and len(spans) < 5:
        start, end = at + 1, at + 5
        if end <= article.annotated_until and any(zone.start <= start and end <= zone.end for zone in open_zones):
            spans.append(Span(id=f"e{start}", layer="events", label="diplomacy.talks", start=start, end=end, quote="said"))
        at = article.text.find(" said", at + 1)
    assert all(data["text"][span.start : span.end] == "said" for span in spans)
    return AnnotationSet(
        article_id=article.id,
        annotator="r01",
        pass_name="facts",
        annotator_kind="rule",
        codebook_version=codebook.version,
        text_sha256=article.sha256,
        annotations=tuple(fill_defaults(list(spans), article.sentences, "facts", codebook)),
    )


def test_a_release_of_nothing_is_refused_in_one_line(tmp_path):
    from standpoint.core.model import StandpointError

    project = new_project(tmp_path / "empty", None)
    with pytest.raises(StandpointError):
        create.build_project(project, None, Reporter())
    assert not (project.root / "dataset" / "release").exists()
