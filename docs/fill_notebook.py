"""Write what the blocks of docs/notebook.md print below them: python docs/fill_notebook.py, in the folder of the project."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "notebook.md"
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n.*?```\n", re.DOTALL)


def filled(page: str, names: dict[str, Any]) -> str:
    """The page with the output of each block. ``names`` gets what the blocks name."""

    def run(match: re.Match[str]) -> str:
        with redirect_stdout(StringIO()) as said:
            exec(match["code"], names)
        lines = "\n".join(line.rstrip() for line in said.getvalue().rstrip().split("\n"))
        return f"```python\n{match['code']}```\n\n```text\n{lines}\n```\n"

    return BLOCK.sub(run, page)


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), {}), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
