"""JSON Lines: one article per line. A .json file may also be a list of articles, or one article over several lines.

An object without the column of the text may be an answer of an interface that has the articles in a list: they are its records.
The records of some interfaces and programs are known by their columns (layouts.toml). Of a task of Label Studio, its data are
the record.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from standpoint.core.model import Issue
from standpoint.ingest.encoding import BAD, FileRefused
from standpoint.ingest.readers._raw import Raw, RawFile, raw_of, value_at

suffixes = (".jsonl", ".ndjson", ".json")

ITEM = re.compile(r"[\s,]*(?=[^\s,\]])")  # the characters before an item of a list
# The names of such lists in interfaces of outlets and of collections of news.
LISTS = {"articles", "results", "docs", "documents", "items", "data", "hits", "posts", "entries", "news", "stories", "records"}
TOO_DEEP = "too many lists or objects inside one another"
DECODER = msgspec.json.Decoder()


def _checked(value: object, json_text: str, name: str) -> object:
    """The value of a record; a ValueError if it has this key twice: decoders drop one of the values silently."""
    if json_text.count(f'"{name}"') < 2:
        return value
    repeated = False

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        repeated = repeated or [key for key, _ in items].count(name) > 1
        return dict(items)

    try:
        json.loads(json_text, object_pairs_hook=pairs)
    except RecursionError:
        return ValueError(TOO_DEEP)
    return ValueError(f"it has the key {name!r} twice") if repeated else value


class Misfit(ValueError):
    """A record with a byte that is not in the encoding of the file."""


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The articles of the file, line by line; a list is read completely first."""
    text, known = file.columns.get("text", "text"), set()
    for where, decoded, json_text in _listed(file) if _is_one_value(file) else _lines(file):
        value = _data_of(_checked(decoded, json_text, text.split(".")[-1]), file)
        if isinstance(value, dict) and file.records:
            yield from _stated_records(file, value, where)
        elif isinstance(value, dict) and (inner := list_inside(value, text)):
            path, records = inner
            if path not in known:
                yield Issue(where, "FILE-RECORDS", f"the records are those of the list {path!r}", "note")
                known.add(path)
            yield from _raws(file, records, f"{where} {path}")
        elif isinstance(value, dict):
            yield _raw(value, file, where)
        elif isinstance(value, Misfit):
            yield Issue(where, "RECORD-ENCODING", str(value))
        else:
            problem = f"is not JSON: {value}" if isinstance(value, ValueError) else f"is a {type(value).__name__}"
            yield Issue(where, "RECORD-JSON", f"{problem}; it should be an object, {{…}}")


def _data_of(value: object, file: RawFile) -> object:
    """The data of a task in an export of Label Studio; any other value as it is. A column that a task does not have is empty."""
    is_stated = file.records or any(theirs.startswith("data.") for theirs in file.columns.values())
    if is_stated or not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        return value
    if not isinstance(value.get("annotations", value.get("completions")), list):
        return value
    file.note("FILE-LAYOUT", "its records are the data of Label Studio's tasks; `standpoint import` reads the annotations")
    absent = {theirs: "" for ours, theirs in file.columns.items() if ours != "text" and theirs and "." not in theirs}
    return absent | value["data"]


def _stated_records(file: RawFile, answer: dict, where: str) -> Iterator[Raw | Issue]:
    """The records at the place in an answer that the source states: a list, or one object."""
    found = value_at(answer, file.records)
    records = [found] if isinstance(found, dict) else found
    if not isinstance(records, list):
        names = ", ".join(map(repr, list(answer)[:8]))
        problem = f"has no list at {file.records!r}, only {names}; fix `records` in sources.yaml"
        yield Issue(where, "RECORD-JSON", problem)
        return
    yield from _raws(file, records, f"{where} {file.records}")


def _raws(file: RawFile, records: list, where: str) -> Iterator[Raw | Issue]:
    """The articles of the records of one answer; FileRefused if none can have a text, because the interface gives none."""
    layouts = [layout_of(record, file.columns) for record in records if isinstance(record, dict)]
    if layouts and all(layout and not layout.has_text for layout in layouts) and layouts[0]:
        raise FileRefused(
            "FILE-NO-TEXT", f"has no text in any of its records, as {layouts[0].name} gives them; {layouts[0].todo}"
        )
    for number, record in enumerate(records, 1):
        if isinstance(record, dict):
            yield _raw(record, file, f"{where} {number}")
        else:
            yield Issue(f"{where} {number}", "RECORD-JSON", f"is a {type(record).__name__}; it should be an object, {{…}}")


def _raw(record: dict, file: RawFile, where: str) -> Raw | Issue:
    """The article of a record, by the columns that the source states and those of its layout."""
    layout = layout_of(record, file.columns)
    if layout is None:
        return raw_of(record, file.columns, where)
    if not layout.has_text:
        return Issue(where, "RECORD-NO-TEXT", f"is a record of {layout.name} without a text; {layout.todo}")
    file.note("FILE-LAYOUT", f"its records are read as those of {layout.name}; `columns` in sources.yaml can state others")
    return raw_of(record, {**layout.columns, **file.columns}, where)


class Layout(NamedTuple):
    """How a known interface or program writes an article. ``columns``: as in sources.yaml, without those that the record has not.
    ``todo``: how to get the texts of records without one.
    """

    name: str
    columns: Mapping[str, str]
    has_text: bool
    todo: str


@cache
def _layouts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("layouts.toml").read_text(encoding="utf-8"))["layouts"]
    return found


def layout_of(record: dict, columns: Mapping[str, str]) -> Layout | None:
    """The layout of a record in which no text is found otherwise; None if it has one, or if its layout is not known."""
    if "text" in record or "text" in columns:
        return None
    known = next((known for known in _layouts() if set(known["has"].split()) <= record.keys()), None)
    if known is None:
        return None
    choices = {ours: theirs.split() for ours, theirs in known["columns"].items()}
    found = {ours: next((name for name in names if value_at(record, name)), "") for ours, names in choices.items()}
    return Layout(known["name"], {ours: name for ours, name in found.items() if name}, bool(found.get("text")), known["todo"])


def list_inside(value: dict, text: str) -> tuple[str, list[dict]] | None:
    """The list of records in an object without the column ``text``, and its path; None if there is not exactly one.

    It is the only list whose first object has this column, or that has a usual name.
    """
    if value_at(value, text) is not None:
        return None
    lists = [
        (f"{outer}.{name}" if outer else name, items)
        for outer, box in [("", value), *value.items()]
        if isinstance(box, dict)
        for name, items in box.items()
        if isinstance(items, list) and all(isinstance(item, dict) for item in items)
    ]
    found = [item for item in lists if item[1] and value_at(item[1][0], text) is not None]
    found = found or [item for item in lists if item[0].split(".")[-1].lower() in LISTS]
    return found[0] if len(found) == 1 else None


def _is_one_value(file: RawFile) -> bool:
    if ".json" not in [suffix.lower() for suffix in file.path.suffixes]:
        return False
    with file.stream() as text:
        first = next((line for line in text if line.strip("\ufeff \t\r\n")), "").strip("\ufeff \t\r\n")
        if not first.startswith("{"):
            return first.startswith("[")
        try:
            json.loads(first)
        except RecursionError:
            return False
        except ValueError:
            # The file is one object over several lines, or JSON Lines whose first line is broken: then the next line is a record.
            return not next((line for line in text if line.strip()), "").startswith("{")
    return False


def _lines(file: RawFile) -> Iterator[tuple[str, object, str]]:
    """The value of each line and the line; or the ValueError of a line that is not JSON or not text, and ""."""
    with file.stream(newline="\n") as text:
        for number, line in enumerate(text, 1):
            line = line.lstrip("\ufeff")
            if not line.strip("\ufeff \t\r\n"):
                continue
            try:
                value = Misfit(file.misfit(line)) if BAD in line else DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                # A lone surrogate, which article.normalise removes, or no JSON: this decoder's error has the place.
                try:
                    value = json.loads(line)
                except ValueError as error:
                    value = error
                except RecursionError:
                    value = ValueError(TOO_DEEP)
            yield f"{file.path}:{number}", value, "" if isinstance(value, ValueError) else line


def _listed(file: RawFile) -> Iterator[tuple[str, object, str]]:
    """The same of each item of a list."""
    with file.stream() as stream:
        text = stream.read()
    decoder, position = json.JSONDecoder(), len(text) - len(text.lstrip("\ufeff \t\r\n["))
    line, seen = 1, 0
    while (match := ITEM.match(text, position)) is not None:
        position = match.end()
        line, seen = line + text.count("\n", seen, position), position
        try:
            value, end = decoder.raw_decode(text, position)
        except RecursionError:
            yield f"{file.path}:{line}", ValueError(TOO_DEEP), ""
            return
        except ValueError as error:
            rest = text[position:]
            yield f"{file.path}:{getattr(error, 'lineno', line)}", Misfit(file.misfit(rest)) if BAD in rest else error, ""
            return  # the start of the next item is not known
        record, position = text[position:end], end
        yield f"{file.path}:{line}", Misfit(file.misfit(record)) if BAD in record else value, "" if BAD in record else record
