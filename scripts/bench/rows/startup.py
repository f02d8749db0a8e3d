"""How quickly the command line answers: its help pages and its version."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from row import Row, Work, cpu

PAGES = ("--help", "check --help", "--version")
CODE = "from standpoint.cli import main; main()"


def page(folder: Path, size: int, page: str) -> Work:
    return lambda: subprocess.run([sys.executable, "-c", CODE, *page.split()], check=True, capture_output=True)


ROWS = [
    Row(
        name="start-up",
        title="start-up of the command line",
        unit="pages",
        quick=(1,),
        usual=(1,),
        jobs={name: partial(page, page=name) for name in PAGES},
        ours=PAGES,
        by_cpu=True,
        aims=[cpu(name, 0.4) for name in PAGES],
    )
]
