"""What a built release says, read from its files as plain facts: an article's keys are kept, texts and rows are not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from standpoint.model import StandpointError
from standpoint.publish.content import SUMS, damaged, files_of, listed
from standpoint.publish.shape import DOCUMENTS
from standpoint.publish.writers.columns import values
from standpoint.yamlfile import read_yaml

ROWS = 200  # read at a time
FROM_TEXT = ("text", "quote", "sentence", "reading")  # fields that hold the article's own words


class Document(NamedTuple):
    """A row of the documents. ``text_sha256`` is computed, "" without a text; ``misquoted`` are ids of spans."""

    file: str
    split: str
    id: str
    sha256: str
    licence: str
    text_sha256: str
    misquoted: tuple[str, ...]


class Facts(NamedTuple):
    """A release. ``damaged`` are files that SHA256SUMS lists and that are not so; ``unlisted`` those that it does not list;
    ``unreadable`` is each table that cannot be read, and why; ``words`` counts each article's strings from its text.
    """

    folder: Path
    damaged: list[str]
    unlisted: list[str]
    unreadable: dict[str, str]
    codebook_version: str
    documents: list[Document]
    words: Counter

    def search(self, pattern: str) -> Iterator[tuple[str, str, int]]:
        """File, column and number of strings, wherever a regular expression (RE2) is found in a string column; of a file
        that is no table, its lines.
        """
        for name in sorted(set(files_of(self.folder)) - set(_tables(self.folder))):
            yield from _lines(self.folder, name, pattern)
        for name in _tables(self.folder):
            if name not in self.unreadable:
                found: Counter = Counter()
                for batch in pq.ParquetFile(self.folder / name).iter_batches(batch_size=ROWS):
                    for column, array in _strings(batch.to_struct_array(), ""):
                        found[column] += pc.sum(pc.match_substring_regex(array, pattern)).as_py() or 0
                yield from ((name, column, count) for column, count in found.items() if count)


def inspect(folder: Path) -> Facts | None:
    """The facts of a release; None where there is none."""
    tables = _tables(folder)
    if not tables and not (folder / SUMS).is_file():
        return None
    sums = (folder / SUMS).is_file()
    unlisted = sorted(set(files_of(folder)) - set(listed(folder))) if sums else files_of(folder)
    unreadable = {name: problem for name in tables if (problem := _problem(folder / name))}
    readable = [name for name in tables if name not in unreadable]
    documents = [row for name in readable if name.startswith(f"{DOCUMENTS}/") for row in _documents(folder, name)]
    words: Counter = Counter()
    for name in readable:
        for row in _rows(folder / name):
            words[row.get("article_id") or row.get("id")] += _from_text(row)
    broken = damaged(folder) if sums else [SUMS]
    return Facts(folder, broken, unlisted, unreadable, _codebook_version(folder), documents, words)


def _tables(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.parquet"))


def _problem(path: Path) -> str:
    """Why a table cannot be read, or ""."""
    try:
        for _ in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
            pass
    except (OSError, pa.ArrowException) as error:
        return str(error).partition("\n")[0]
    return ""


def _codebook_version(folder: Path) -> str:
    try:
        found = read_yaml(folder / "codebook.yaml")
    except StandpointError:
        return ""
    return str(found.get("version", "")) if isinstance(found, dict) else ""


def _rows(path: Path) -> Iterator[dict]:
    for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
        yield from values(batch.to_struct_array())


def _documents(folder: Path, name: str) -> Iterator[Document]:
    split = name.partition("/")[2].partition("-")[0]
    for row in _rows(folder / name):
        text = row.get("text")
        digest = "" if text is None else sha256(text.encode()).hexdigest()
        wrong = tuple(_misquoted(row, text)) if text is not None else ()
        yield Document(name, split, row["id"], row["sha256"], row["licence"], digest, wrong)


def _misquoted(row: dict, text: str) -> Iterator[str]:
    """The ids of the spans whose quote is not what stands at their offsets."""
    for items in row.values():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and "quote" in item and item["quote"] != text[item["start"] : item["end"]]:
                yield item["id"]


def _from_text(value: object, name: str = "") -> int:
    """How many strings of a row, at any depth, are the article's own words."""
    if isinstance(value, dict):
        return sum(_from_text(inner, key) for key, inner in value.items())
    if isinstance(value, list):
        return sum(map(partial(_from_text, name=name), value))
    return int(isinstance(value, str) and value != "" and name in FROM_TEXT)


def _lines(folder: Path, name: str, pattern: str) -> Iterator[tuple[str, str, int]]:
    """The lines of a text file in which a regular expression is found."""
    with (folder / name).open(encoding="utf-8", errors="replace") as file:
        yield from ((name, f"line {number}", 1) for number, line in enumerate(file, 1) if re.search(pattern, line.rstrip("\n")))


def _strings(array: pa.Array, path: str) -> Iterator[tuple[str, pa.Array]]:
    """Each string column at any depth, with its path."""
    if pa.types.is_struct(array.type):
        for name, inner in zip(array.type.names, array.flatten(), strict=True):
            yield from _strings(inner, f"{path}.{name}".lstrip("."))
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        yield from _strings(array.flatten(), f"{path}[]")
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield path, array
