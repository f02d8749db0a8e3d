"""The example of a template: invented articles, and two readings of each, both from one marked-up text per pass.

The marks are those of the examples in a codebook (``codebook.examples``), and ``by=m01`` in a mark says that only m01 made it:

    [Hard frost]{frost} in the night, the well was [frozen]{frost by=m01}.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from standpoint.codebook.examples import Marked, annotations_of, parse
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import AnnotationSet, Reporter
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff, article_id_of
from standpoint.core.yaml_files import Strict
from standpoint.ingest.ingest import ingest_paths
from standpoint.pages.task_json import fill_defaults

ARTICLES = "example.yaml"  # the file of a template that has them
READERS = ("m01", "m02")
BY = "by"


class ExampleArticle(Strict, frozen=True):
    """One article. ``file``: its path in dataset/raw. ``passes`` maps a pass to the marked-up text, the title first."""

    file: str
    passes: dict[str, str]
    date: str = ""

    @property
    def text(self) -> str:
        """The text without its marks."""
        return parse(next(iter(self.passes.values()))).text


class ExampleFile(Strict, frozen=True):
    """The content of ``example.yaml``."""

    articles: tuple[ExampleArticle, ...]


def read_example(content: bytes) -> tuple[ExampleArticle, ...]:
    """The articles of an example."""
    return msgspec.yaml.decode(content, type=ExampleFile).articles


def raw_files(articles: Sequence[ExampleArticle]) -> Iterator[tuple[str, bytes]]:
    """The articles as Markdown with a front matter, each with its path in dataset/raw."""
    for article in articles:
        title, _, body = article.text.partition("\n\n")
        stated = {"title": title} | ({"date": article.date} if article.date else {})
        head = "".join(f"{name}: {json.dumps(value)}\n" for name, value in stated.items())
        yield article.file, f"---\n{head}---\n\n{body}\n".encode()


def store_example(project: Project, articles: Sequence[ExampleArticle], reporter: Reporter) -> int:
    """Ingest the raw files of the articles, write the sets of both readers, and return the number of the sets.

    A file of sets that is there already stays as it is.
    """
    if articles:
        ingest_paths(project, [project.raw / article.file for article in articles], project.sources, reporter)
    files: dict[Path, list[AnnotationSet]] = defaultdict(list)
    for item in example_sets(project, articles):
        files[project.annotations / item.pass_name / f"{item.annotator}.jsonl"].append(item)
    for path, sets in files.items():
        sets.sort(key=article_id_of)
        if not path.exists():
            Standoff(project).write(path, sets)
    return sum(map(len, files.values()))


def example_sets(project: Project, articles: Sequence[ExampleArticle]) -> Iterator[AnnotationSet]:
    """The set of each reader, article and pass; the articles are in the project."""
    codebook, registry = open_codebook(project)
    by_text = {article.text: article for article in read_articles(project)}
    slugs = {actor.slug: actor.id for actor in registry.actors}
    for item in articles:
        article = by_text[item.text]
        for pass_name, source in item.passes.items():
            for reader in READERS:
                annotations = annotations_of(_as_read_by(reader, parse(source)), pass_name, codebook, slugs)
                yield AnnotationSet(
                    article_id=article.id,
                    annotator=reader,
                    pass_name=pass_name,
                    annotator_kind="model",  # no person made it
                    codebook_version=codebook.version,
                    text_sha256=article.sha256,
                    annotations=tuple(fill_defaults(annotations, article.sentences, pass_name, codebook)),
                )


def _as_read_by(reader: str, marked: Marked) -> Marked:
    """The marks that one reader made."""
    marks = (mark for mark in marked.marks if reader in mark.answers.get(BY, READERS))
    return marked._replace(
        marks=tuple(mark._replace(answers={key: value for key, value in mark.answers.items() if key != BY}) for mark in marks)
    )
