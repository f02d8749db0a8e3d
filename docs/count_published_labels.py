"""Count what becomes of the published labels of re3d and MUC-4, and write the tables of docs/published-labels.md.

    PYTHONPATH=scripts:tests/support python docs/count_published_labels.py CORPORA

CORPORA is the folder of the corpora (tests/conftest.py). It takes ten seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from published_counts import tables

PAGE = Path(__file__).parent / "published-labels.md"


def main() -> None:
    """Count, and write the tables."""
    with tempfile.TemporaryDirectory() as folder:
        counted = tables(Path(sys.argv[1]), Path(folder))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- counts -->")
    after = rest.partition("<!-- /counts -->")[2]
    PAGE.write_text(f"{before}<!-- counts -->\n{counted}\n<!-- /counts -->{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
