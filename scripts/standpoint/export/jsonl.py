"""JSON Lines: ``articles.jsonl``, an article a line, its annotations as they are adjudicated. Nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.model import Annotation
from standpoint.export import Exported

LOSS = ""
NAME = "articles.jsonl"


class Line(msgspec.Struct):
    """One line."""

    id: str
    text: str
    sentences: list[tuple[int, int]]
    annotations: list[Annotation]
    about: dict[str, Any] = {}


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """One file."""
    with (folder / NAME).open("wb") as file:
        for one in articles:
            line = Line(one.id, one.text, list(one.sentences), list(one.annotations), dict(one.about))
            file.write(msgspec.json.encode(line) + b"\n")


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles of the file."""
    with (folder / NAME).open("rb") as file:
        for raw in file:
            line = msgspec.json.decode(raw, type=Line)
            yield Exported(line.id, line.text, tuple(line.sentences), tuple(line.annotations), line.about)
