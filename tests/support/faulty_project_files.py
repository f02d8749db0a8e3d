"""The small project as files, and its release; each made wrong as a file of ``bad/`` says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import replace
from ruamel.yaml import YAML

from faulty_project import Data, data
from standpoint.checks.files import file_name_of
from standpoint.checks.run import check_project
from standpoint.core.files import SUMS, read_lines, write_lines
from standpoint.core.model import Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff
from standpoint.dataset.build import Plan, Records
from standpoint.dataset.build import build_release as build
from standpoint.dataset.release_folder import checksums
from standpoint.splits.splits import SplitRow, write_splits
from two_pass_article import BAD, CODEBOOK, KINDS

ROUND = ("train", "validation", "test")
AT = {
    ".tsv": "splits/default.tsv",
    ".txt": "dataset/annotations/notes.txt",
    ".jsonl": "dataset/annotations/facts/a01.jsonl",
    ".md": "guidelines/notes.md",
    ".bin": "guidelines/notes.bin",
}


def adjudicated(articles: int = 3) -> Data:
    """So many adjudicated articles, in the splits in turn."""
    made = data({"articles": articles, "adjudicated": True})
    rows = [row._replace(split=ROUND[number % 3]) for number, row in enumerate(made.rows)]
    return made._replace(rows=rows)


def written(made: Data, root: Path) -> Project:
    """The data as a project's files."""
    project = Project(root)
    for path, values in ((project.codebook, CODEBOOK), (project.actors, {"version": "0.1.0", "actors": _entries(made)})):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(values, file)
    write_lines(project.articles / "courier.jsonl", made.articles)
    kinds = "".join(f"  - {{id: {name}, kind: {kind}}}\n" for name, kind in KINDS.items())
    project.annotators.write_text(f"annotators:\n{kinds}")
    for folder, items in ((project.annotations, made.sets), (project.adjudicated, made.adjudicated)):
        for name in {file_name_of(item) for item in items}:
            write_lines(folder / f"{name}.jsonl", (item for item in items if file_name_of(item) == name))
    write_splits(project.splits / "default.tsv", [_split_row(row) for row in made.rows])
    return project


def released(made: Data, out: Path) -> None:
    """The data as a release."""
    records = Records(made.articles, made.adjudicated, made.sets, [_split_row(row) for row in made.rows])
    build(records, Plan(made.ground.codebook, "0.1.0", made.ground.registry), out)


def told(project: Project, **options: object) -> list[Issue]:
    """All that the verb tells of a project, its release included."""
    issues: list[Issue] = []
    check_project(project, Reporter(issue=issues.append), built=True, **options)
    return issues


def put(code: str, project: Project) -> None:
    """Put a bad file where the good one was; of a WITHHELD-… code, into a project whose texts are withheld."""
    if code.startswith("WITHHELD-"):
        withhold(project)
    (bad,) = (path for path in BAD.glob(f"{code}.*") if path.suffix != ".json")
    name = "dataset/articles/courier.jsonl" if code.startswith("ARTICLE-") else AT[bad.suffix]
    good = project.root / name
    good.unlink(missing_ok=True)
    (shutil.copytree if bad.is_dir() else shutil.copy)(bad, good)


def withhold(project: Project) -> None:
    """Move the texts of a project to its local store, and take their quotes out of its files."""
    path = project.articles / "courier.jsonl"
    articles = [replace(article, licence="all rights reserved") for article in read_lines(path, Article)]
    write_lines(project.withheld / path.name, articles)
    write_lines(path, [replace(article, text=None) for article in articles])
    standoff = Standoff(project)
    for path, kind in standoff.files():
        standoff.write(path, list(read_lines(path, kind)))


def tamper(project: Project, fault: dict) -> None:
    """Change a project's release: ``files``: texts; ``rows``: (table, path in its first row, value); ``sums``: false if
    SHA256SUMS is not to know of it. ``people``: who is behind the pseudonyms.
    """
    for name, text in fault.get("files", {}).items():
        (project.release / name).write_text(text, encoding="utf-8")
    for name, path, value in fault.get("rows", ()):
        _edit(project.release / name, path.split("."), value)
    if fault.get("sums", True):
        (project.release / SUMS).write_text(checksums(project.release), encoding="utf-8")
    if "people" in fault:
        project.local.mkdir(exist_ok=True)
        project.people.write_text(json.dumps(fault["people"]), encoding="utf-8")


def _split_row(row: SplitRow) -> SplitRow:
    return row._replace(story=row.article_id, reason="drawn")


def _edit(path: Path, keys: Iterable[str], value: object) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    *way, last = (int(key) if key.isdecimal() else key for key in keys)
    place = rows[0]
    for key in way:
        place = place[key]
    place[last] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def _entries(made: Data) -> list[dict]:
    return [
        {"id": actor.id, "name": actor.name, "aliases": [{"text": alias.text} for alias in actor.aliases]}
        | ({"redirect_to": actor.redirect_to} if actor.redirect_to else {})
        for actor in made.ground.registry.actors
    ]
