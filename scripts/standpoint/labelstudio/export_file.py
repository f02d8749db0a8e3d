"""Label Studio's export files, read one task at a time in constant memory.

An export is a JSON list, one task per line, or a single task over several lines. These are read too: a page of tasks from the
API, the file of a target storage, which has one annotation and its task, and the exports JSON_MIN, CSV and TSV, which have a row
per annotation (``task_of_row``).

Why the list is cut into its elements here,
and not by an incremental parser such as ijson: an incremental parser builds each task as Python objects, which are then
converted to typed values once more. Here each element stays bytes until msgspec decodes it, once and typed, which is about
as fast as decoding the whole file at once (``scripts/bench`` measures both). Nothing but brackets and strings is
needed to find where an element ends, so a byte automaton is enough: it tracks the depth of the brackets and whether a string
is open. numpy runs it over a block of the file at a time, as a loop over bytes in Python would be slower than any parser.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from io import BufferedIOBase, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import msgspec
import numpy as np
from msgspec import Raw

from standpoint.codebook.kinds._items import Item
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import unpacked
from standpoint.core.model import Issue, StandpointError
from standpoint.core.offsets import whole_number
from standpoint.pages.task_json import Refusal, Task, decode_task, decode_values, layer_of, readable_json, task_of

_ENCODE = msgspec.json.Encoder().encode
BLOCK = 1 << 20  # bytes
HEAD = 4096  # bytes
# What people try to import: other exports of Label Studio, and files of other tools. First bytes, and keys of an object.
NO_JSON = (
    (rb"PK\x03\x04", "a ZIP archive (if a JSON export is in it, unpack it)"),
    (rb"\xff\xfe|\xfe\xff|[\[{]?\x00", "JSON in UTF-16 (if it is, save it as UTF-8)"),
    (rb"-DOCSTART-", "the export CONLL2003"),
    (rb"[TREAMN*#]\d*\t", "the export BRAT"),
    (rb"#FORMAT=WebAnno", "WebAnno TSV (export UIMA CAS XMI instead)"),
    (rb"#|[0-9]+\t", "CoNLL-U"),
    (rb"\s*<", "XML or HTML"),
    (rb"[^\n]*[\t,]", "a table that Label Studio has not exported"),
)
OBJECTS = (
    ("tasks", "a page of something else than tasks"),
    ("action project", "a message of a webhook"),
    ("result task", "an annotation without the data of its task"),
    ("annotation_id annotator", "the export JSON_MIN"),
    ("images annotations categories", "the export COCO"),
    ("text label", "a file of doccano"),
    ("text entities", "a file of doccano"),
    ("text spans", "a file of Prodigy or spaCy"),
    ("article_id annotations", "one of this project's own files"),
)
# The class of each byte: 0 anything else, 1 a quote, 2 an opening bracket, 3 a closing bracket; and each class's step in depth.
_CLASS_OF_BYTE = np.zeros(256, dtype=np.uint8)
_CLASS_OF_BYTE[[ord('"'), ord("{"), ord("["), ord("}"), ord("]")]] = 1, 2, 2, 3, 3
_STEP_OF_CLASS = np.array([0, 0, 1, -1], dtype=np.int32)


class Element(NamedTuple):
    """An element of an export that is not decoded yet: its file, and its number in it from 1."""

    path: Path
    number: int
    data: bytes


def read_export(path: Path, codebook: Codebook | None = None) -> Iterator[Task | Issue]:
    """The tasks of an export file, plain or gzip, in its order; an element that is not a task is an Issue.

    ``codebook``: tells the answers from the data in rows of JSON_MIN and CSV, which are refused without it.
    Raises StandpointError if the file cannot be read or is of another format, or if its gzip data is cut off or damaged.
    """
    return chain.from_iterable(tasks_in(element, codebook) for element in read_elements(path, codebook))


def tasks_in(element: Element | Task | Issue, codebook: Codebook | None = None) -> list[Task | Issue]:
    """The tasks of an element: one, or those of a page of tasks. StandpointError if the first is of another format."""
    if not isinstance(element, Element):
        return [element]
    path, number, data = element
    task = _decode(data, f"{path.name} task {number}")
    inside = _unwrapped(data, codebook, f"{path.name} {number}") if isinstance(task, Issue) else None
    if number == 1 and isinstance(task, Issue) and inside is None:
        _refuse_other(path, _format_of_object(data))
    return [task] if inside is None else inside


def read_elements(path: Path, codebook: Codebook | None = None) -> Iterator[Element | Task | Issue]:
    """The elements of an export file, as for ``read_export``. A row of a table is a task already."""
    number = 0
    try:
        with unpacked(path, strict=True) as file:
            head = file.peek(HEAD)[:HEAD]
            if codebook and ROWS.match(head):
                for number, row in enumerate(_table(path, file), 1):
                    yield row if isinstance(row, Issue) else task_of_row(row, codebook, f"{path.name} row {number}")
                return
            _refuse_other(path, _format_of_file(head))
            for number, element in enumerate(_elements(file), 1):
                yield Element(path, number, element)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"{path}: the gzip data is cut off or damaged after task {number}: {error}"
        raise StandpointError(message, "export or copy the file again") from None
    except OSError as error:
        raise StandpointError(
            f"{path}: not readable: {error.strerror or error}", "name a file that exists and that you may read"
        ) from None
    except UnicodeDecodeError as error:
        raise StandpointError(
            f"{path}: is not UTF-8: {error.reason}", "export it again, and edit it with no table program"
        ) from None


def _unwrapped(element: bytes, codebook: Codebook | None, where: str) -> list[Task | Issue] | None:
    """The tasks in a page of tasks, an annotation of a target storage, or a row of JSON_MIN; None if it is something else."""
    try:
        value = decode_values(readable_json(element))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "data" in value:
        return None
    page, task = value.get("tasks", value.get("results")), value.get("task")
    if isinstance(page, list) and all(isinstance(item, dict) and "data" in item for item in page):
        return [_listed(item, f"{where} task {number}") for number, item in enumerate(page, 1)]
    if isinstance(task, dict) and "data" in task and "result" in value:
        annotation = {name: content for name, content in value.items() if name != "task"}
        return [_decode(_ENCODE({"id": task.get("id"), "data": task["data"], "annotations": [annotation]}), where)]
    return [task_of_row(value, codebook, where)] if codebook and {"annotation_id", "annotator"} <= value.keys() else None


def _listed(item: dict, where: str) -> Task | Issue:
    """A task of a page. The API leaves its annotations out unless it is asked for all fields."""
    task = _decode(_ENCODE(item), where)
    missing = item.get("total_annotations")
    if isinstance(task, Task) and type(missing) is int and missing > 0 and not item.get("annotations"):
        message = (
            f"has {missing} annotation(s), which the page leaves out; get it again with fields=all, or run `standpoint pull`"
        )
        task.refused.append(Refusal("", "TASK-ANNOTATIONS", message, annotations=missing))
    return task


# The fields of a row that are neither data nor answers.
ROW = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
ROWS = re.compile(rb"(?:\xef\xbb\xbf)?(?=[^\r\n]*\bannotation_id\b)(?=[^\r\n]*\bannotator\b)[\w\"\t, .-]+\r?\n")  # a header
UNLINKED = "{} answer(s) about regions: JSON_MIN and CSV do not say about which; export the project as JSON"


def _table(path: Path, file: BufferedIOBase) -> Iterator[dict[str, Any] | Issue]:
    """The rows of CSV or TSV."""
    csv.field_size_limit(LONGEST)
    with TextIOWrapper(cast(BinaryIO, file), encoding="utf-8-sig", newline="") as text:
        header = text.readline()
        separator = "\t" if "\t" in header else ","
        names = next(csv.reader([header], delimiter=separator))
        rows = csv.reader(text, delimiter=separator, strict=True)
        while True:
            where = f"{path}:{rows.line_num + 2}"
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Issue(where, "TASK-FORMAT", f"{error}; should be a row of the export CSV")
                continue
            if row is None:
                return
            if len(row) == len(names):
                yield {name: _cell(value) for name, value in zip(names, row, strict=True) if value}
            elif row:
                yield Issue(where, "TASK-FORMAT", f"has {len(row)} fields, should have {len(names)} as the header has")


LONGEST = 1 << 27  # characters in a field


def _cell(value: str) -> Any:
    """The value of a cell: lists and objects are written as JSON."""
    try:
        return msgspec.json.decode(value) if value.startswith(("[", "{")) else value
    except (msgspec.DecodeError, RecursionError):
        return value


def _place(value: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return whole_number(value.get("start")), whole_number(value.get("end"))


def task_of_row(row: Mapping[str, Any], codebook: Codebook, where: str) -> Task:
    """A row of JSON_MIN or CSV as a task with one annotation.

    A row has neither the ids of regions nor relations. A region is a value under the name of its control. An answer of one value
    is that value alone, also if it is about a region: then it is refused. Other answers have the offsets of their region. A row
    does not say which answers are missing, so it has a ``where``: no defaults are added to it.
    """
    data: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    answers: list[tuple[Layer, Any]] = []
    regions: dict[tuple[str, int | None, int | None], str] = {}
    refused: list[Refusal] = []
    for name, value in row.items():
        layer = layer_of(Item(from_name=name), "", codebook)[0]
        values = value if isinstance(value, list) else [value]
        is_regions = isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
        if layer and layer.kind != "span":
            answers += [(layer, {"name": name, "value": one}) for one in values]
        elif name not in ROW and (layer or (is_regions and any({"start", "choices"} & one.keys() for one in value))):
            if not is_regions:
                refused.append(Refusal(name, "ITEM-FORMAT", f"{value!r} is no list of regions", items=1))
            for one in values if is_regions else ():
                identity = f"{row.get('annotation_id')}-{len(results)}"
                kind = next((key for key in one if key.endswith("labels")), "region")
                results.append({"id": identity, "from_name": name, "type": kind, "value": one})
                regions[layer.name if layer else "", *_place(one)] = identity
        elif name not in ROW:
            data[name] = value
    unlinked = 0
    for layer, answer in answers:
        key, kind = ("text", "textarea") if layer.kind == "text" else ("choices", "choices")
        if layer.stars or layer.tree or layer.kind == "number":
            key = kind = "rating" if layer.stars else "taxonomy" if layer.tree else "number"
        given = answer["value"]
        value = given if isinstance(given, dict) else {key: given if kind in ("rating", "number") else [given]}
        about = regions.get((layer.of, *_place(value))) if layer.of else f"{layer.name}-{len(results)}"
        if about is None:
            unlinked += 1
        else:
            results.append({"id": about, "from_name": answer["name"], "type": kind, "value": value})
    annotator = row.get("annotator")
    annotation = {"id": row.get("annotation_id"), "result": results}
    annotation["completed_by"] = int(annotator) if isinstance(annotator, str) and annotator.isdecimal() else annotator
    annotation |= {name: row.get(name) for name in ("created_at", "updated_at", "lead_time")}
    annotations = [annotation] if row.get("annotation_id") else []  # a task that nobody has annotated has a row too
    task = task_of({"id": whole_number(row.get("id")), "data": data, "annotations": annotations})
    task.where = where
    task.refused += refused
    if unlinked:
        task.refused.append(
            Refusal(f"annotation {row.get('annotation_id')}", "ITEM-UNLINKED", UNLINKED.format(unlinked), items=unlinked)
        )
    return task


def _decode(element: bytes, where: str) -> Task | Issue:
    try:
        return decode_task(element)
    except (msgspec.DecodeError, RecursionError) as error:
        return Issue(where, "TASK-FORMAT", f"{error}; should be a task of Label Studio's JSON export")


def _refuse_other(path: Path, found: str) -> None:
    if found:
        hint = "export the project as JSON (Export, JSON on the project's page), or name the format of another tool with --format"
        raise StandpointError(f"{path}: it seems to be {found}, and is read as an export of Label Studio", hint)


def _format_of_file(head: bytes) -> str:
    """The format of a file that is not JSON, by its first bytes; "" if it may be JSON."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first in (b"[", b"{"):
        return ""
    if not first:
        return "empty"
    return next((name for pattern, name in NO_JSON if re.match(pattern, head)), "text that is not JSON")


def _format_of_object(element: bytes) -> str:
    """The format of a first object that is no task, by its keys; "" if it is not known."""
    try:
        value = msgspec.json.decode(readable_json(element))
    except (msgspec.DecodeError, RecursionError):
        return ""
    if not isinstance(value, dict) or "data" in value:
        return ""
    return next((name for keys, name in OBJECTS if all(key in value for key in keys.split())), "")


def _elements(file: BufferedIOBase) -> Iterator[bytes]:
    """The top-level values of a JSON list, or of a file with one value per line."""
    first = file.read(1)
    while first.isspace() or first in (b"\xef", b"\xbb", b"\xbf"):  # a byte order mark is skipped, too
        first = file.read(1)
    if first == b"[":
        yield from split_json_list(file)
    elif first:
        line = first + file.readline()
        if line.strip() == b"{":  # a single task over several lines
            yield from split_json_list(file, line, closing=b"")
        else:
            yield from (line for line in chain([line], file) if line.strip())


def split_json_list(file: BufferedIOBase, begun: bytes = b"", closing: bytes = b"]") -> Iterator[bytes]:
    """The elements of a JSON list of objects, whose opening bracket has been read already.

    ``begun`` is what else has been read; ``closing`` is what must be left after the last element. Where the decoder of JSON can
    read an object, it says where that ends, which is ten times as quick as counting brackets.
    """
    block = begun + file.read(BLOCK)
    while True:
        start = _begin(block, 0)
        while end := _end_of_object(block, start):
            yield block[start:end]
            start = _begin(block, end)
        rest = block[start:]
        if end is None or not (more := file.read(max(BLOCK, len(rest)))):
            yield from _split_by_brackets(file, rest, closing)
            return
        block = rest + more


_SKIP = msgspec.json.Decoder(Raw).decode
_AFTER = re.compile(r"trailing characters \(byte (\d+)\)")


def _begin(block: bytes, place: int) -> int:
    """The place of the first character from ``place`` on that is no blank or comma."""
    while block[place : place + 1] in (b",", b" ", b"\t", b"\r", b"\n"):
        place += 1
    return place


def _end_of_object(block: bytes, start: int) -> int | None:
    """Where the object that begins at ``start`` ends; 0 if it is cut off, None if it is no object, or not JSON."""
    if start < len(block) and block[start] != ord("{"):
        return None
    try:
        _SKIP(memoryview(block)[start:])
        after = len(block)
    except (msgspec.DecodeError, RecursionError) as error:
        if not (told := _AFTER.search(str(error))):
            return 0 if "truncated" in str(error) else None
        after = start + int(told[1]) - 1
    return block.rindex(b"}", start, after) + 1


def _split_by_brackets(file: BufferedIOBase, begun: bytes, closing: bytes) -> Iterator[bytes]:
    """As ``split_json_list``, also of what is damaged: an element ends where as many brackets are closed as were opened."""
    depth, in_string, rest = 0, False, b""
    while True:
        block = begun + file.read(BLOCK)
        begun = b""
        while block.endswith(b"\\"):  # an escape sequence must not be cut in two
            block += (more := file.read(1))
            if not more:
                break
        if not block:
            break
        ends, depth, in_string = _find_ends(block, depth, in_string)
        begin = 0
        for end in ends:
            yield (rest + block[begin:end]).lstrip(b", \t\r\n")
            rest, begin = b"", end
        rest += block[begin:]
    remains = rest.strip(b", \t\r\n")
    if remains != closing:
        yield remains  # cut off, or no list of objects: the decoder reports what is wrong


def _find_ends(block: bytes, depth: int, in_string: bool) -> tuple[list[int], int, bool]:
    """The offsets in a block where an element ends; the depth, and whether a string is open, at the block's end.

    Escaped backslashes and quotes are blanked first, so that every quote that is left opens or closes a string.
    """
    classes = _CLASS_OF_BYTE[np.frombuffer(block.replace(b"\\\\", b"__").replace(b'\\"', b"__"), dtype=np.uint8)]
    places = np.flatnonzero(classes)
    classes = classes[places]
    quotes = np.cumsum(classes == 1, dtype=np.int32) + in_string
    steps = np.where(quotes & 1, 0, _STEP_OF_CLASS[classes])  # brackets inside strings do not count
    depths = np.cumsum(steps) + depth
    ends = places[(steps == -1) & (depths == 0)] + 1
    if len(places) == 0:
        return [], depth, in_string
    return ends.tolist(), int(depths[-1]), bool(quotes[-1] & 1)
