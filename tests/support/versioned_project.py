"""A tiny project on disk, in a git repository of its own: reports of an orchard that is on no map, two annotators."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import yaml

from another_codebook import ANOTHER_CODEBOOK
from standpoint.adjudication.adjudicate import adjudicate_project as adjudicate
from standpoint.core.corpus import read_articles
from standpoint.core.model import AnnotationSet, Article, Choice, Relation, Reporter, Span
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff
from standpoint.ingest.ingest import ingest_paths
from standpoint.release.compare import read_article_records
from standpoint.splits.splits import HEADER

SOURCES = {
    "sources": [{"id": "terrace-post", "name": "Terrace Post", "match": ["*.txt"], "licence": "CC-BY-4.0", "language": "en"}]
}
FRUIT = ("pears", "quinces", "medlars", "loquats", "plums", "damsons", "sloes", "cherries")
SPLITS = ("train", "validation", "test")
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tess"), ("EMAIL", "t@example.org"))
}
QUIET = Reporter()


def git(project: Project, *words: str, check: bool = True) -> str:
    done = subprocess.run(["git", *words], cwd=project.root, env=os.environ | WHO, capture_output=True, text=True, check=check)
    return done.stdout.strip()


def text(number: int) -> str:
    fruit = FRUIT[number % len(FRUIT)]
    return f"Terrace {number} 🍐 reports\n\nThe barley of plot {number * 37} failed. Its {fruit} fetched {number + 3} marks a crate, as {fruit[::-1]}y a year as any.\n"


def make(root: Path, size: int = 6) -> Project:
    """The project with its first articles, annotated by both, adjudicated, split and committed."""
    project = Project(root)
    for folder in (project.codebook.parent, project.raw, project.splits):
        folder.mkdir(parents=True)
    project.codebook.write_text(yaml.safe_dump(ANOTHER_CODEBOOK, sort_keys=False))
    project.sources.write_text(yaml.safe_dump(SOURCES))
    project.annotators.write_text(yaml.safe_dump({"annotators": [{"id": name, "kind": "model"} for name in ("m01", "m02")]}))
    project.release_changelog.write_text("# Changelog of the dataset\n\n## Unreleased\n\nFirst fruits.\n")
    project.version.write_text("0.0.0\n")
    (root / ".gitignore").write_text(".standpoint/\ndataset/.release.*\n")
    git(project, "init", "--quiet", "--initial-branch=main")
    add_articles(project, range(size))
    return project


def add_articles(project: Project, numbers) -> None:
    """More raw files, ingested, annotated by both, adjudicated and split; committed."""
    for number in numbers:
        (project.raw / f"2031-05-{number + 1:02d}.txt").write_text(text(number))
    ingest_paths(project, [project.raw], project.sources, QUIET)
    articles = sorted(read_articles(project), key=lambda article: article.id)
    split_as(project, {article.id: SPLITS[number % 3] for number, article in enumerate(articles)})
    for name in ("m01", "m02"):
        keep_sets(project, name, {article.id: own_set(article, name) for article in articles})
    resolve(project)


def split_as(project: Project, splits: dict[str, str]) -> None:
    path = project.splits / "default.tsv"
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]] if path.exists() else []
    known = {row[0] for row in rows}
    rows += [[name, split, name, name, "drawn"] for name, split in splits.items() if name not in known]
    path.write_text("".join("\t".join(row) + "\n" for row in [HEADER, *sorted(rows)]))


def own_set(article: Article, annotator: str) -> AnnotationSet:
    """Two crops, a price that one of them was sold for, a tone."""
    words = [
        ("crops", "grain", "barley"),
        ("crops", "fruit", article.text.split("Its ")[1].split(" ")[0]),
        ("amounts", "price", "marks"),
    ]
    spans = [
        Span(
            id=f"{annotator}-{layer[0]}{number}",
            layer=layer,
            label=label,
            start=article.text.index(word),
            end=article.text.index(word) + len(word),
            quote=word,
        )
        for number, (layer, label, word) in enumerate(words)
    ]
    grain, fruit, price = spans
    return AnnotationSet(
        article_id=article.id,
        annotator=annotator,
        pass_name="reading",
        annotator_kind="model",
        codebook_version="0.3.0",
        text_sha256=article.sha256,
        annotations=(
            *spans,
            Choice(id=f"{grain.id}.health", layer="health", label="blighted", of=grain.id),
            Choice(id=f"{fruit.id}.health", layer="health", label="sound", of=fruit.id),
            Choice(id="tone", layer="tone", label={"m01": "hopeful"}.get(annotator, "worried")),
            Choice(id="remark", layer="remark", label=f"says that {article.text.split('Its ')[1][:20]}"),
            Relation(
                id=f"{fruit.id}.measure.sold_for.{price.id}", layer="measure", label="sold_for", head=fruit.id, tail=price.id
            ),
        ),
    )


def sets_of(project: Project, annotator: str) -> dict[str, AnnotationSet]:
    path = project.annotations / "reading" / f"{annotator}.jsonl"
    return {one.article_id: one for one in Standoff(project).read(path, AnnotationSet)}


def keep_sets(project: Project, annotator: str, sets: dict[str, AnnotationSet]) -> None:
    """Sets of an annotator beside those that it has; the new ones do not replace what is there."""
    kept = [one for _, one in sorted((sets | sets_of(project, annotator)).items())]
    Standoff(project).write(project.annotations / "reading" / f"{annotator}.jsonl", kept)


def edit(project: Project, article_id: str, change, annotators=("m01", "m02")) -> None:
    """Apply a function to the set of one article ("": of each), of each annotator; adjudicated anew and committed."""
    for name in annotators:
        sets = {key: change(one) if article_id in (key, "") else one for key, one in sets_of(project, name).items()}
        Standoff(project).write(project.annotations / "reading" / f"{name}.jsonl", [one for _, one in sorted(sets.items())])
    resolve(project)


def relabelled(layer: str, before: str, after: str):
    """A function that gives the annotations of a layer another label."""

    def change(one: AnnotationSet) -> AnnotationSet:
        items = (
            msgspec.structs.replace(item, label=after) if item.layer == layer and item.label == before else item
            for item in one.annotations
        )
        return msgspec.structs.replace(one, annotations=tuple(items))

    return change


def resolve(project: Project) -> None:
    adjudicate(project, QUIET)
    commit(project)


def commit(project: Project) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Work", "--allow-empty")


def released(project: Project) -> list[str]:
    """The articles of the last version, sorted."""
    return sorted(record.id for record in read_article_records(project.release))
