"""Label Studio's export files, read one task at a time in constant memory.

An export is a JSON list, one task per line, or a single task over several lines. Why the list is cut into its elements here,
and not by an incremental parser such as ijson: an incremental parser builds each task as Python objects, which are then
converted to typed values once more. Here each element stays bytes until msgspec decodes it, once and typed, which is about
as fast as decoding the whole file at once (``scripts/bench`` measures both). Nothing but brackets and strings is
needed to find where an element ends, so a byte automaton is enough: it tracks the depth of the brackets and whether a string
is open. numpy runs it over a block of the file at a time, as a loop over bytes in Python would be slower than any parser.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np

from standpoint.core.files import unpacked
from standpoint.core.model import Issue, StandpointError
from standpoint.pages.task_json import Task, decode_task, readable_json

BLOCK = 1 << 20  # bytes
HEAD = 4096  # bytes
# What people try to import: other exports of Label Studio, and files of other tools. First bytes, and keys of an object.
NO_JSON = (
    (rb"PK\x03\x04", "a ZIP archive (if a JSON export is in it, unpack it)"),
    (rb"\xff\xfe|\xfe\xff|[\[{]?\x00", "JSON in UTF-16 (if it is, save it as UTF-8)"),
    (rb"-DOCSTART-", "the export CONLL2003"),
    (rb"[TREAMN*#]\d*\t", "the export BRAT"),
    (rb"#FORMAT=WebAnno", "a file of WebAnno or INCEpTION"),
    (rb"#|[0-9]+\t", "CoNLL-U"),
    (rb"\s*<", "XML or HTML"),
    (rb"[^\n]*\t", "the export TSV, or another table"),
    (rb"[^\n]*,", "the export CSV, or another table"),
)
OBJECTS = (
    ("tasks", "an answer of the server's API with a page of tasks"),
    ("action project", "a message of a webhook"),
    ("result task", "an annotation from a target storage"),
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


def read_export(path: Path) -> Iterator[Task | Issue]:
    """The tasks of an export file, plain or gzip, in its order; an element that is not a task is an Issue.

    Raises StandpointError if the file cannot be read or is of another format, or if its gzip data is cut off or damaged.
    """
    number = 0
    try:
        with unpacked(path, strict=True) as file:
            _refuse_other(path, _format_of_file(file.peek(HEAD)[:HEAD]))
            for number, element in enumerate(_elements(file), 1):
                task = _decode(element, f"{path.name} task {number}")
                if number == 1 and isinstance(task, Issue):
                    _refuse_other(path, _format_of_object(element))
                yield task
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"{path}: the gzip data is cut off or damaged after task {number}: {error}"
        raise StandpointError(message, "export or copy the file again") from None
    except OSError as error:
        raise StandpointError(f"{path}: not readable: {error.strerror or error}") from None


def _decode(element: bytes, where: str) -> Task | Issue:
    try:
        return decode_task(element)
    except (msgspec.DecodeError, RecursionError) as error:
        return Issue(where, "TASK-FORMAT", f"{error}; should be a task of Label Studio's JSON export")


def _refuse_other(path: Path, found: str) -> None:
    if found:
        hint = "export the project as JSON (Export, JSON on the project's page), or run `standpoint pull`"
        raise StandpointError(f"{path}: it seems to be {found}; `import` reads the export called JSON", hint)


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

    ``begun`` is what else has been read; ``closing`` is what must be left after the last element.
    """
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
