"""Measure a pool of generated texts, and write the table of docs/pool.md: what a hundred million records cost.

    PYTHONPATH=scripts:scripts/bench:tests/support python docs/measure_pool.py [RECORDS]

It takes about two minutes for the 100,000 records that are the default. Half of them are about war, and a fifth are copies.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rows.pooling import prepare

from command_line import run
from docs_pages import write_block

ROOT = Path(__file__).parent.parent
RECORDS, WANTED = 100_000, 100_000_000


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, records)
        words = ["--project", ROOT, "pool", folder / "archive", "--out", folder / "pool", "--sources", folder / "sources.yaml"]
        said = run(*map(str, words), "--cost-of", str(WANTED))
    write_block("pool.md", "cost", f"```\n{said[said.index(f'{WANTED:,} records') :].rstrip()}\n```")


if __name__ == "__main__":
    main()
