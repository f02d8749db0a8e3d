"""The guide as a small static site, built by Sphinx (the extra ``guide``): no server, no script from elsewhere."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from standpoint.model import StandpointError

INDEX = """# {title}

Version {version} of the codebook.

```{{toctree}}
:maxdepth: 2

{pages}
```
"""
LEFT_OUT = {"README.md"}  # how the files are written: for those who maintain them
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


def build(folder: Path, out: Path, title: str, version: str) -> int:
    """Build the pages of ``folder`` into ``out``, whole or not at all; how many there are.

    StandpointError at any warning: a broken link, a picture that is not there, a page that nothing leads to.
    """
    try:
        from sphinx.application import Sphinx
        from sphinx.errors import SphinxError
        from sphinx.util.docutils import docutils_namespace
    except ImportError:
        raise StandpointError("Sphinx is not installed", "install the extra: pip install 'standpoint[guide]'") from None
    warnings = io.StringIO()
    with tempfile.TemporaryDirectory() as work:
        source, made = Path(work, "source"), Path(work, "site")
        pages = _copy(folder, source)
        (source / "index.md").write_text(INDEX.format(title=title, version=version, pages="\n".join(pages)), encoding="utf-8")
        settings = SETTINGS | {"project": title, "html_title": title, "version": version, "release": version}
        try:
            with docutils_namespace():  # or a second build in one process would find the first one's words
                app = Sphinx(
                    source, None, made, Path(work, "doctrees"), "html", settings, None, warnings, True, warningiserror=True
                )
                app.build(force_all=True)
        except SphinxError as error:
            raise StandpointError(f"the guide cannot be built: {error}") from None
        if app.statuscode:
            raise StandpointError(f"the guide has a fault: {warnings.getvalue().strip()}".replace(str(source), str(folder)))
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(made, out)
    return len(pages)


def _copy(folder: Path, source: Path) -> list[str]:
    """Copy pages and pictures; the names of the pages, the numbered ones first."""
    (source / "_static").mkdir(parents=True)
    (source / "_static" / "print.css").write_text(PRINT, encoding="utf-8")
    found = sorted((path for path in folder.glob("*.md") if path.name not in LEFT_OUT), key=lambda path: path.stem)
    for path in found:
        shutil.copy(path, source / path.name)
    if (folder / "img").is_dir():
        shutil.copytree(folder / "img", source / "img")
    return [path.stem for path in found]
