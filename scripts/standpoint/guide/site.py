"""Decision trees as lists and pictures, and the guide as a static site, built by Sphinx."""

from __future__ import annotations

import io
import re
import shutil
import textwrap
from pathlib import Path
from typing import Annotated

from standpoint.codebook.types import Codebook
from standpoint.core.files import refuse_foreign, replace_folder, workspace
from standpoint.core.model import StandpointError, needs_extra
from standpoint.core.svg import drawing
from standpoint.core.yaml_files import Strict, load_as, means

LINE, GAP, PAD = 20, 24, 12  # pixels, as in tree.svg.j2: height of a line, distance between boxes, padding of a box
QUESTION, ANSWER = 54, 23  # characters per line in a box


class Step(Strict, frozen=True):
    """A question, and the end to which "yes" leads."""

    ask: Annotated[str, means("a question whose answer is yes or no")]
    yes: Annotated[str, means("the end to which yes leads; no leads to the next question")]


class Tree(Strict, frozen=True):
    """Questions in order. Each end is a label of ``layer``, or, with ``groups``, one of its groups of labels."""

    name: Annotated[str, means("the name of the tree, for its block `tree NAME`")]
    title: Annotated[str, means("the heading of the picture")]
    steps: Annotated[tuple[Step, ...], means("the questions, in order")]
    otherwise: Annotated[str, means("the end after no to all questions")]
    layer: Annotated[str, means("the layer whose labels the ends are")] = ""
    groups: Annotated[bool, means("the ends are groups of labels")] = False

    @property
    def ends(self) -> tuple[str, ...]:
        return (*(step.yes for step in self.steps), self.otherwise)


class TreeFile(Strict, frozen=True):
    """``guidelines/trees.yaml``."""

    trees: Annotated[tuple[Tree, ...], means("the trees")]


def load_trees(path: Path, codebook: Codebook) -> dict[str, Tree]:
    """The trees by name, none if there is no file; StandpointError if an end is not a label of the tree's layer."""
    trees = load_as(path, TreeFile, "decision tree").trees if path.exists() else ()
    for tree in trees:
        layer = codebook.by_name.get(tree.layer)
        if tree.layer and layer is None:
            raise StandpointError(
                f"{path}: {tree.name}: no layer is called {tree.layer!r}", f"there are {', '.join(codebook.by_name)}"
            )
        known = {*layer.label_names, *(label.group for label in layer.labels if tree.groups)} if layer else set(tree.ends)
        if not known.issuperset(tree.ends):
            message = f"{path}: {tree.name}: {sorted(set(tree.ends) - known)} are not labels of {tree.layer}"
            raise StandpointError(message, f"there are {', '.join(sorted(known))}")
    return {tree.name: tree for tree in trees}


def as_text(tree: Tree) -> str:
    """The tree as a numbered list in Markdown."""
    lines = [f"{number}. {step.ask} → **{step.yes}**" for number, step in enumerate(tree.steps, 1)]
    return "\n".join([*lines, f"{len(lines) + 1}. Otherwise → **{tree.otherwise}**"])


def as_picture(tree: Tree) -> bytes:
    """The tree as an SVG."""
    steps, top = [], PAD
    for step in tree.steps:
        question = textwrap.wrap(step.ask, QUESTION)
        steps.append((top, question, textwrap.wrap(step.yes, ANSWER)))
        top += len(question) * LINE + PAD + GAP
    last = textwrap.wrap(tree.otherwise, QUESTION)
    return drawing(Path(__file__).with_name("tree.svg.j2"), "picture", tree.title, steps, last, top, end="\n").encode()


INDEX = """# {title}

Version {version} of the codebook.

```{{toctree}}
:maxdepth: 2

{pages}
```
"""
SETTINGS = {
    "extensions": ["myst_parser"],
    "myst_heading_anchors": 4,
    "html_theme": "furo",
    "html_static_path": ["_static"],
    "html_css_files": ["print.css"],
    "html_show_sphinx": False,
    "html_copy_source": False,
    "html_use_index": False,
    "suppress_warnings": ["myst.header"],  # the headings of generated sections may skip a level
}


SITE = ("a site of the guide", ".buildinfo")  # what a folder must be to be replaced, and the file by which it is known


def build_site(folder: Path, out: Path, title: str, version: str) -> int:
    """Build the pages of ``folder`` into ``out``, whole or not at all; return the number of pages.

    StandpointError at any warning: a broken link, a missing picture, a page without links to it; or if ``out`` is no site.
    """
    with needs_extra("guide", "the site of the guide"):
        from sphinx.application import Sphinx
        from sphinx.errors import SphinxError
        from sphinx.util.docutils import docutils_namespace
    refuse_foreign(out, *SITE)  # now, because the build takes seconds
    warnings = io.StringIO()
    # The README is for the maintainers of the guide, not for annotators.
    pages = sorted((path for path in folder.glob("*.md") if path.name != "README.md"), key=lambda path: path.stem)
    with workspace(out) as work:
        source, site = work / "source", work / "site"
        (source / "_static").mkdir(parents=True)
        for path in pages:
            shutil.copy(path, source)
        # On paper: small type and tight tables, so that the cheat sheet is one page.
        shutil.copy(Path(__file__).with_name("print.css"), source / "_static")
        if (folder / "img").is_dir():
            shutil.copytree(folder / "img", source / "img")
        index = INDEX.format(title=title, version=version, pages="\n".join(path.stem for path in pages))
        (source / "index.md").write_text(index, encoding="utf-8", newline="\n")
        settings = SETTINGS | {"project": title, "html_title": title, "version": version, "release": version}
        try:
            with docutils_namespace():  # without it, a second build in the same process finds the roles of the first build
                app = Sphinx(source, None, site, work / "doctrees", "html", settings, None, warnings, True, warningiserror=True)
                app.build(force_all=True)
        except SphinxError as error:
            raise StandpointError(
                f"the guide cannot be built: {error}", "correct the page of guidelines/ that it names"
            ) from None
        if app.statuscode:
            faults = "; ".join(
                re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue()).strip().splitlines()
            )  # Sphinx colours its warnings
            message = f"the guide has a fault: {faults}".replace(str(source), str(folder))
            raise StandpointError(message, "correct the page that it names; `standpoint guide` writes the generated blocks")
        replace_folder(out, site, *SITE)
    return len(pages)
