"""The formats of raw files, one module per format: the file name is its key, the docstring its documentation.

A module has ``suffixes``, the suffixes of its files (lower-case, with the dot), and ``read(file)``, which yields a
Raw for each article of a RawFile, one at a time, or an Issue for a record that is not valid. It raises FileRefused if the
file cannot be read further. A file may be packed with gzip (with ``.gz`` after its suffix).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from standpoint.core.files import NOT_READABLE, plug_ins
from standpoint.core.model import Issue
from standpoint.ingest.readers._others import advice
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile


@cache
def by_suffix() -> dict[str, ModuleType]:
    """The reader of each suffix."""
    return {suffix: module for module in plug_ins(__name__).values() for suffix in module.suffixes}


def reader_of(path: Path) -> ModuleType | None:
    """The reader of a file by its suffix; None if there is none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return by_suffix().get(suffixes[-1]) if suffixes else None


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The records of a file, and a note about it if there is one; FileRefused if it has no reader or cannot be read further."""
    reader = reader_of(file.path)
    if reader is None:
        known = " ".join(sorted(by_suffix()))
        problem = f"no reader knows the suffix of {file.path.name!r}; there are {known}, and .gz after them{advice(file.path)}"
        raise FileRefused("FILE-FORMAT", problem)
    try:
        for item in reader.read(file):
            yield from file.notes()
            yield item
        yield from file.notes()
    except FileRefused:
        yield from file.notes()
        raise
    except NOT_READABLE as error:
        raise FileRefused("FILE-UNREADABLE", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
