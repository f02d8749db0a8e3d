"""JSON Lines: one article per line. A .json file may also be a list of articles, or one article over several lines."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from standpoint.core.model import Issue
from standpoint.ingest.readers._raw import Raw, encoding_of, opened, raw_of, read_text

suffixes = (".jsonl", ".ndjson", ".json")

ITEM = re.compile(r"[\s,]*(?=[^\s,\]])")  # the characters before an item of a list
DECODER = msgspec.json.Decoder()


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Issue]:
    """The articles of the file, line by line; a list is read completely first."""
    for where, value in _listed(path) if _is_one_value(path) else _lines(path):
        if isinstance(value, dict):
            yield raw_of(value, columns, where)
        else:
            problem = f"is not JSON: {value}" if isinstance(value, ValueError) else f"is a {type(value).__name__}"
            yield Issue(where, "RECORD-JSON", f"{problem}; it should be an object, {{…}}")


def _is_one_value(path: Path) -> bool:
    if ".json" not in [suffix.lower() for suffix in path.suffixes]:
        return False
    with io.TextIOWrapper(opened(path), encoding_of(path)) as file:
        first = next((line for line in file if line.strip("\ufeff \t\r\n")), "").strip("\ufeff \t\r\n")
        if not first.startswith("{"):
            return first.startswith("[")
        try:
            json.loads(first)
        except ValueError:
            # The file is one object over several lines, or JSON Lines whose first line is broken: then the next line is a record.
            return not next((line for line in file if line.strip()), "").startswith("{")
    return False


def _lines(path: Path) -> Iterator[tuple[str, object]]:
    """The value of each line, or the ValueError of a line that is not JSON."""
    with io.TextIOWrapper(opened(path), encoding_of(path), newline="\n") as file:
        for number, line in enumerate(file, 1):
            line = line.lstrip("\ufeff")
            if not line.strip("\ufeff \t\r\n"):
                continue
            try:
                value = DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeEncodeError):
                # A lone surrogate, which article.normalise removes, or no JSON: this decoder's error has the place.
                try:
                    value = json.loads(line)
                except ValueError as error:
                    value = error
            yield f"{path}:{number}", value


def _listed(path: Path) -> Iterator[tuple[str, object]]:
    text = read_text(path)
    decoder, position = json.JSONDecoder(), len(text) - len(text.lstrip("\ufeff \t\r\n["))
    line, seen = 1, 0
    while (match := ITEM.match(text, position)) is not None:
        position = match.end()
        line, seen = line + text.count("\n", seen, position), position
        try:
            value, position = decoder.raw_decode(text, position)
        except ValueError as error:
            yield f"{path}:{getattr(error, 'lineno', line)}", error
            return  # the start of the next item is not known
        yield f"{path}:{line}", value
