"""Write the examples of docs/estimates.md: a sample and estimates of our own corpus, and how often intervals hold the truth.

    PYTHONPATH=scripts:tests/support python docs/show_estimates.py

It takes ten seconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from command_line import run
from constructed_corpus import coverage
from docs_pages import write_block
from whole_projects import copy_of_the_project

COMMANDS = ("sample --number 14", "estimate events harm --machine m01 --people m02 --gap northwire=almery-courier")
CORPORA = ((120, 100), (60, 60), (40, 40))  # stories, articles that people read


def examples() -> Iterator[str]:
    """What the commands say in a copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        copy_of_the_project(Path(folder))
        for words in COMMANDS:
            yield f"$ standpoint {words}"
            yield run("--project", folder, *words.split()).rstrip()
            yield ""


def table() -> Iterator[str]:
    """How often the intervals hold the truth, and how wide they are."""
    yield "| stories | articles that people read | by | share: holds | width | gap: holds | width |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for stories, number in CORPORA:
        holds, widths = coverage(stories, number, draws=1000)
        for name, held, width in zip(("machine", "people", "both"), holds, widths, strict=True):
            cells = [f"{held[0]:.1%}", f"{width[0]:.3f}", f"{held[1]:.1%}", f"{width[1]:.3f}"]
            yield f"| {stories} | {number} | {name} | {' | '.join(cells)} |"


def main() -> None:
    """Run everything, and write the two parts of the page."""
    for name, lines in (("example", ["```text", *examples(), "```"]), ("coverage", [*table()])):
        write_block("estimates.md", name, "\n".join(lines).replace("\n\n```", "\n```"))


if __name__ == "__main__":
    main()
