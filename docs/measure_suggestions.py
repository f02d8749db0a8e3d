"""Measure the suggestions on articles of public corpora that were read with care, and write the table of docs/label-pages.md.

    PYTHONPATH=scripts:tests/support python docs/measure_suggestions.py CORPORA

CORPORA is the folder of the corpora (tests/conftest.py). It takes half a minute.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docs_pages import write_block
from read_articles import read_articles, scores, table
from standpoint.codebook.load import open_codebook
from standpoint.core.project import Project

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Measure, and write the table."""
    codebook, _ = open_codebook(Project(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        read = list(read_articles(Path(sys.argv[1]), Path(folder)))
    measured = table(scores(read, "places", codebook), scores(read, "actors", codebook))
    write_block("label-pages.md", "read", measured)


if __name__ == "__main__":
    main()
