"""JSON Lines: ``articles.jsonl``, one article per line with its adjudicated annotations. Nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.files import unpacked, write_lines
from standpoint.core.model import Issue
from standpoint.formats import Account, Document, Read, first_object

LOSS = ""
NAME = "articles.jsonl"
FILES = f"`{NAME}`"
suffixes = (".jsonl",)


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    write_lines(folder / NAME, articles)
    return Account()


def is_mine(head: bytes) -> bool:
    return {"id", "text", "sentences", "annotations"} <= first_object(head).keys()


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    decode = msgspec.json.Decoder(Document).decode
    with unpacked(path) as file:
        for number, line in enumerate(file, 1):
            where, content = f"{path}:{number}", line.removeprefix(b"\xef\xbb\xbf").strip()
            try:
                if content:
                    yield Read(where=where, document=decode(content))
            except (msgspec.DecodeError, RecursionError) as error:
                yield Issue(where, "DOCUMENT-FORMAT", f"{error}; should be a line of an export as jsonl")
