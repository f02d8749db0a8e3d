"""The guide's verb: its generated blocks and pictures rewritten or checked, its examples put to the test, its site built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from standpoint.codebook.actors import Registry, load_registry
from standpoint.codebook.examples import examples
from standpoint.codebook.worked import load_worked
from standpoint.guide import site
from standpoint.guide.blocks import Book, render
from standpoint.guide.pages import rewritten
from standpoint.guide.trees import as_picture, load_trees
from standpoint.jsonlines import written_whole
from standpoint.model import Issue
from standpoint.project import Project
from standpoint.verbs._examples import check_examples
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def guide(project: Project, only_check: bool, tell: Teller) -> Counter:
    """Rewrite what is generated in ``guidelines/``, or tell what is stale; tell each example that breaks a rule.

    Nothing is generated from examples that break one.
    """
    book = open_book(project)
    broken = list(check_examples(book.codebook, book.cast, book.worked))
    for issue in broken:
        tell.tell(issue)
    counts = Counter(
        {"examples": sum(1 for _ in examples(book.codebook)), "worked articles": len(book.worked), "files": 0, "stale": 0}
    )
    for path, content in () if broken else _made(project, book):
        stale = not path.is_file() or path.read_bytes() != content
        counts.update({"files": 1, "stale": stale})
        if stale and only_check:
            tell.tell(
                Issue(str(path.relative_to(project.root)), "GUIDE-STALE", "is not what the codebook says; run standpoint guide")
            )
        elif stale:
            with written_whole(path) as file:
                file.write(content)
    if not only_check:
        counts["rewritten"] = counts.pop("stale")
    return counts


def open_book(project: Project) -> Book:
    """What the guide is made from."""
    codebook, _ = open_codebook(project)
    classes = tuple(label.name for label in codebook.actor_classes)
    cast = load_registry(project.cast, classes) if project.cast.exists() else Registry(version="0.0.0")
    return Book(codebook, cast, load_trees(project.trees, codebook), load_worked(project.worked, codebook))


def build(project: Project, out: Path | None) -> Counter:
    """Build the site; how many pages it has."""
    book = open_book(project)
    return Counter({"pages": site.build(project.guidelines, out or project.guide, book.codebook.title, book.codebook.version)})


def _made(project: Project, book: Book) -> Iterator[tuple[Path, bytes]]:
    """Each page that has generated blocks and each picture, as it should be."""
    for path in sorted(project.guidelines.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        yield path, rewritten(path.name, page, lambda what: render(what, book)).encode()
    for tree in book.trees.values():
        yield project.guidelines / "img" / f"{tree.name}.svg", as_picture(tree)
