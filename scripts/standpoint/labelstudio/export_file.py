"""Label Studio's export files, read one task at a time in constant memory.

The export is a JSON list, one task a line, or a single task over several lines. A list is cut into its elements by
counting brackets outside strings, a block of the file at a time with numpy, and each element is decoded once, typed:
about as quick as decoding the whole file at once, which would need all of it in memory.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np

from standpoint.core.model import Issue, StandpointError
from standpoint.pages.types import DECODE_TASK, Task

BLOCK = 1 << 20
# What a byte is to us: nothing, a quote, an opening or a closing bracket; and how each changes the depth.
_KIND = np.zeros(256, dtype=np.uint8)
_KIND[[ord('"'), ord("{"), ord("["), ord("}"), ord("]")]] = 1, 2, 2, 3, 3
_STEP = np.array([0, 0, 1, -1], dtype=np.int32)


def read_export(path: Path) -> Iterator[Task | Issue]:
    """The tasks of an export file, plain or gzip, in its order; an element that is no task is an Issue."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            for number, element in enumerate(_elements(file), 1):
                yield _task(element, f"{path.name} task {number}")
    except OSError as error:
        raise StandpointError(f"{path}: not readable: {error.strerror or error}") from None


def _task(element: bytes, where: str) -> Task | Issue:
    try:
        return DECODE_TASK(element)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        return Issue(where, "TASK-FORMAT", f"{error}; should be a task of Label Studio's JSON export")
    except UnicodeDecodeError:
        return Issue(where, "TASK-FORMAT", "not UTF-8; should be a task of Label Studio's JSON export")


def _elements(file) -> Iterator[bytes]:
    """The top-level values of a JSON list, or of a file with one value a line."""
    first = file.read(1)
    while first.isspace() or first == b"\xef" or first in (b"\xbb", b"\xbf"):
        first = file.read(1)
    if first == b"[":
        yield from split_list(file)
    elif first:
        line = first + file.readline()
        if line.strip() == b"{":  # a single task over several lines, otherwise one a line
            yield from split_list(file, line, closing=b"")
        else:
            yield from (line for line in chain([line], file) if line.strip())


def split_list(file, begun: bytes = b"", closing: bytes = b"]") -> Iterator[bytes]:
    """The elements of a JSON list of objects, whose opening bracket has been read already.

    ``begun`` is what has been read besides, ``closing`` what is left after the last element.
    """
    depth, in_string, rest = 0, False, b""
    while True:
        block = begun + file.read(BLOCK)
        begun = b""
        while block.endswith(b"\\"):  # never cut an escape in two
            block += (more := file.read(1))
            if not more:
                break
        if not block:
            break
        cuts, depth, in_string = _cuts(block, depth, in_string)
        begin = 0
        for cut in cuts:
            yield (rest + block[begin:cut]).lstrip(b", \t\r\n")
            rest, begin = b"", cut
        rest += block[begin:]
    remains = rest.strip(b", \t\r\n")
    if remains != closing:
        yield remains  # cut short, or no list of objects: the decoder says what is wrong


def _cuts(block: bytes, depth: int, in_string: bool) -> tuple[list[int], int, bool]:
    """Where in a block an element ends; and the depth and whether a string is open at its end."""
    kinds = _KIND[np.frombuffer(block.replace(b"\\\\", b"__").replace(b'\\"', b"__"), dtype=np.uint8)]
    places = np.flatnonzero(kinds)
    kinds = kinds[places]
    quotes = np.cumsum(kinds == 1, dtype=np.int32) + in_string
    steps = np.where(quotes & 1, 0, _STEP[kinds])
    depths = np.cumsum(steps) + depth
    cuts = places[(steps == -1) & (depths == 0)] + 1
    return cuts.tolist(), int(depths[-1]) if len(depths) else depth, bool(quotes[-1] & 1) if len(quotes) else in_string
