"""Compare the rule baseline with the published labels of re3d and MUC-4, and write the tables of docs/evaluation.md.

    PYTHONPATH=scripts:tests/support python docs/compare_published_labels.py CORPORA

CORPORA is the folder of the corpora (tests/conftest.py). It takes half a minute.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docs_pages import write_block
from published_comparison import tables


def main() -> None:
    """Compare, and write the tables."""
    with tempfile.TemporaryDirectory() as folder:
        compared = tables(Path(sys.argv[1]), Path(folder))
    write_block("evaluation.md", "compared", compared)


if __name__ == "__main__":
    main()
