"""Whole projects for tests: a copy of the example, an empty one, and made-up annotation sets for it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from example import EXAMPLE
from standpoint.core.model import AnnotationSet, Choice, Issue, Relation, Reporter, Span
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff
from standpoint.core.yaml_files import yaml_text
from standpoint.pages.task_json import fill_defaults
from standpoint.pages.tasks import make_task

OURS = EXAMPLE


def copy_of_the_project(folder: Path) -> Path:
    """The example project, in a folder of its own."""
    for name in ("guidelines", "dataset", "splits"):
        if (OURS.root / name).exists():
            shutil.copytree(OURS.root / name, folder / name)
    return folder


def new_project(root: Path, codebook: dict | None) -> Project:
    """An empty project of its own, with our guidelines, or with a codebook and nothing else."""
    project = Project(root)
    if codebook is None:
        shutil.copytree(OURS.root / "guidelines", root / "guidelines")
    else:
        project.guidelines.mkdir(parents=True)
        project.codebook.write_text(yaml_text(codebook), encoding="utf-8")
    (root / "dataset").mkdir()
    project.version.write_text("0.3.0\n")
    project.release_changelog.write_text("# Changelog\n")
    return project


def store_sets(project: Project, sets: Iterable[AnnotationSet]) -> None:
    """Write annotation sets, sorted by article, as their annotators' files."""
    files: dict[Path, list[AnnotationSet]] = defaultdict(list)
    for one in sets:
        files[project.annotations / one.pass_name / f"{one.annotator}.jsonl"].append(one)
    for path, content in files.items():
        Standoff(project).write(path, sorted(content, key=lambda one: one.article_id))


def strict() -> tuple[Reporter, list[Issue]]:
    """A teller that keeps all it is told."""
    told: list[Issue] = []
    return Reporter(issue=told.append), told


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


def rule_set(article, codebook, registry) -> AnnotationSet:
    """What a rule can say of an article: each "said" is marked as talks, to have spans in real texts."""
    data = make_task(article, "facts", codebook, registry, with_suggestions=False)["data"]
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
