"""Count what becomes of the published labels of re3d and MUC-4, and write the tables of docs/published-labels.md.

    PYTHONPATH=scripts:tests/support python docs/count_published_labels.py CORPORA

CORPORA is the folder of the corpora (tests/conftest.py). It takes ten seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docs_pages import write_block
from published_counts import tables


def main() -> None:
    """Count, and write the tables."""
    with tempfile.TemporaryDirectory() as folder:
        counted = tables(Path(sys.argv[1]), Path(folder))
    write_block("published-labels.md", "counts", counted)


if __name__ == "__main__":
    main()
