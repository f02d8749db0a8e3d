"""Files written whole or not at all, and JSON Lines of the nouns, streamed both ways."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from standpoint.model import StandpointError

Record = TypeVar("Record")


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that replaces ``path`` when the block ends well, and leaves it as it was otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
        if not (path.exists() and filecmp.cmp(path, beside, shallow=False)):
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_lines(path: Path, records: Iterable[msgspec.Struct]) -> int:
    """Write records as JSON Lines, whole or not at all; how many there were."""
    encoder, count, buffer = msgspec.json.Encoder(), 0, bytearray()
    with written_whole(path) as file:
        for count, record in enumerate(records, 1):  # noqa: B007
            encoder.encode_into(record, buffer)
            buffer.append(0x0A)
            file.write(buffer)
    return count


def read_lines(path: Path, kind: type[Record]) -> Iterator[Record]:
    """The records of a JSON Lines file, one at a time; StandpointError with file and line where one is not right."""
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise StandpointError(f"{path}:{number}: {error}") from None
