"""JSON Lines: ``articles.jsonl``, one article per line with its adjudicated annotations. Nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.model import Annotation
from standpoint.export import ExportedArticle

LOSS = ""
NAME = "articles.jsonl"


class Line(msgspec.Struct):
    """One line of the file."""

    id: str
    text: str
    sentences: list[tuple[int, int]]
    annotations: list[Annotation]
    about: dict[str, Any] = {}


def encode_line(article: ExportedArticle) -> bytes:
    """The JSON of one article, without a line break."""
    line = Line(article.id, article.text, list(article.sentences), list(article.annotations), dict(article.about))
    return msgspec.json.encode(line)


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    """Write one file."""
    with (folder / NAME).open("wb") as file:
        for article in articles:
            file.write(encode_line(article) + b"\n")
