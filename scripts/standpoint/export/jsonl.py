"""JSON Lines: ``articles.jsonl``, one article per line with its adjudicated annotations. Nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from standpoint.codebook.types import Codebook
from standpoint.core.files import write_lines
from standpoint.export import ExportedArticle

LOSS = ""
NAME = "articles.jsonl"


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    write_lines(folder / NAME, articles)
