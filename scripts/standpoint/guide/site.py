"""Decision trees as lists and pictures, and the guide as a static site built by Sphinx."""

from __future__ import annotations

import io
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from standpoint.codebook.types import Codebook
from standpoint.core.model import StandpointError
from standpoint.core.svg import element, svg_file
from standpoint.core.textfiles import Strict, load_as

WIDTH, LINE, ASK, END, GAP, PAD = 760, 20, 460, 210, 24, 12  # pixels; ASK and END are the widths of the boxes
PER_LINE = {ASK: 54, END: 23}  # characters of a line in a box
QUESTION, ANSWER, OUTLINE = "#eff6ff", "#dcfce7", "#334155"  # colours


class Step(Strict, frozen=True):
    """A question, and where yes leads."""

    ask: str
    yes: str


class Tree(Strict, frozen=True):
    """Questions in order; ``layer``: each end is one of its labels, with ``groups`` or one of their groups."""

    name: str
    title: str
    steps: tuple[Step, ...]
    otherwise: str
    layer: str = ""
    groups: bool = False

    @property
    def ends(self) -> tuple[str, ...]:
        return (*(step.yes for step in self.steps), self.otherwise)


class TreeFile(Strict, frozen=True):
    """``guidelines/trees.yaml``."""

    trees: tuple[Tree, ...]


def load_trees(path: Path, codebook: Codebook) -> dict[str, Tree]:
    """The trees by name, none where there is no file; StandpointError where an end is no label of the tree's layer."""
    trees = load_as(path, TreeFile, "decision tree").trees if path.exists() else ()
    for tree in trees:
        layer = codebook.by_name.get(tree.layer)
        if tree.layer and layer is None:
            raise StandpointError(f"{path}: {tree.name}: no layer is called {tree.layer!r}")
        known = {*layer.label_names, *(label.group for label in layer.labels if tree.groups)} if layer else set(tree.ends)
        if not known.issuperset(tree.ends):
            raise StandpointError(f"{path}: {tree.name}: {sorted(set(tree.ends) - known)} are no labels of {tree.layer}")
    return {tree.name: tree for tree in trees}


def as_text(tree: Tree) -> str:
    """A numbered list in Markdown."""
    lines = [f"{number}. {step.ask} → **{step.yes}**" for number, step in enumerate(tree.steps, 1)]
    return "\n".join([*lines, f"{len(lines) + 1}. Otherwise → **{tree.otherwise}**"])


def as_picture(tree: Tree) -> bytes:
    """An SVG: questions down the left, each with its yes to the right, the last end below. Needs no script and no font."""
    shapes = [element("title", tree.title), element("rect", width="100%", height="100%", fill="#ffffff")]
    top = PAD
    for step in tree.steps:
        height, end_height = _height(step.ask, ASK), _height(step.yes, END)
        middle = top + height / 2
        shapes += _box(PAD, top, ASK, step.ask, QUESTION)
        shapes += _arrow(PAD + ASK, middle, PAD + ASK + 66, middle, "yes")
        shapes += _box(PAD + ASK + 66, middle - end_height / 2, END, step.yes, ANSWER, font_weight="bold")
        shapes += _arrow(PAD + ASK / 2, top + height, PAD + ASK / 2, top + height + GAP, "no")
        top += height + GAP
    shapes += _box(PAD, top, ASK, tree.otherwise, ANSWER, font_weight="bold")
    return svg_file(WIDTH, top + _height(tree.otherwise, ASK) + PAD, shapes, font_family="sans-serif", font_size=15).encode()


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, PER_LINE[width])


def _height(text: str, width: int) -> int:
    return len(_lines(text, width)) * LINE + PAD


def _box(left: float, top: float, width: int, text: str, fill: str, **style: str) -> Iterator[Markup]:
    yield element("rect", x=left, y=top, width=width, height=_height(text, width), rx=6, fill=fill, stroke=OUTLINE)
    for number, line in enumerate(_lines(text, width)):
        yield element("text", line, x=left + PAD, y=top + PAD / 2 + 15 + number * LINE, fill="#0f172a", **style)


def _arrow(x1: float, y1: float, x2: float, y2: float, word: str) -> Iterator[Markup]:
    """A line to the right or down, with its head and a word beside it."""
    yield element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=OUTLINE)
    across = x1 != x2
    points = [(x2, y2), (x2 - 7, y2 - 4), (x2 - 7, y2 + 4)] if across else [(x2, y2), (x2 - 4, y2 - 7), (x2 + 4, y2 - 7)]
    yield element("polygon", points=" ".join(f"{x:g},{y:g}" for x, y in points), fill=OUTLINE)
    x, y = ((x1 + x2) / 2 - 12, y1 - 5) if across else (x1 + 8, (y1 + y2) / 2 + 4)
    yield element("text", word, x=x, y=y, fill=OUTLINE, font_size=13)


INDEX = """# {title}

Version {version} of the codebook.

```{{toctree}}
:maxdepth: 2

{pages}
```
"""
LEFT_OUT = {"README.md"}  # for the maintainers of the guide, not for annotators
# On paper: small type and tight tables, so that the cheat sheet is one page.
PRINT = """@media print {
  html { font-size: 10px; }
  .toc-drawer, .related-pages, .page-details, .left-details, footer { display: none !important; }
  .table-wrapper { margin: 4px 0; }
  table.docutils td, table.docutils th { padding: 1px 6px; }
  article p, article ul { margin: 4px 0; }
}
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
    "suppress_warnings": ["myst.header"],  # a section of generated labels may begin a level deeper
}


def build_site(folder: Path, out: Path, title: str, version: str) -> int:
    """Build the pages of ``folder`` into ``out``, whole or not at all; return the number of pages.

    StandpointError at any warning: a broken link, a missing picture, a page that no page links to.
    """
    try:
        from sphinx.application import Sphinx
        from sphinx.errors import SphinxError
        from sphinx.util.docutils import docutils_namespace
    except ImportError:
        raise StandpointError("Sphinx is not installed", "install the extra: pip install 'standpoint[guide]'") from None
    warnings = io.StringIO()
    with tempfile.TemporaryDirectory() as work:
        source, site = Path(work, "source"), Path(work, "site")
        pages = _copy(folder, source)
        (source / "index.md").write_text(INDEX.format(title=title, version=version, pages="\n".join(pages)), encoding="utf-8")
        settings = SETTINGS | {"project": title, "html_title": title, "version": version, "release": version}
        try:
            with docutils_namespace():  # or a second build in one process would find the first one's words
                app = Sphinx(
                    source, None, site, Path(work, "doctrees"), "html", settings, None, warnings, True, warningiserror=True
                )
                app.build(force_all=True)
        except SphinxError as error:
            raise StandpointError(f"the guide cannot be built: {error}") from None
        if app.statuscode:
            raise StandpointError(f"the guide has a fault: {warnings.getvalue().strip()}".replace(str(source), str(folder)))
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(site, out)
    return len(pages)


def _copy(folder: Path, source: Path) -> list[str]:
    """Copy pages and pictures; return the names of the pages, sorted."""
    (source / "_static").mkdir(parents=True)
    (source / "_static" / "print.css").write_text(PRINT, encoding="utf-8")
    pages = sorted((path for path in folder.glob("*.md") if path.name not in LEFT_OUT), key=lambda path: path.stem)
    for path in pages:
        shutil.copy(path, source / path.name)
    if (folder / "img").is_dir():
        shutil.copytree(folder / "img", source / "img")
    return [path.stem for path in pages]
