"""The formats that raw files come in, one module each: its file name is its key, its docstring its documentation.

A module has ``suffixes``, the endings of file names that are its own (lower-case, with the dot), and
``read(path, columns)``: a Raw for each article of the file, one at a time, or an Issue for a record that cannot be one;
``columns`` are the names of a source's columns by ours. What ends the file is raised as FileRefused. A file may be packed
with gzip (``.gz`` after its ending). Modules that begin with "_" are shared by the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from standpoint.core.files import plug_in_names
from standpoint.core.model import Issue
from standpoint.ingest.readers._raw import FileRefused, Raw


@cache
def names() -> tuple[str, ...]:
    """All formats, by name."""
    return plug_in_names(__path__)


@cache
def by_suffix() -> dict[str, ModuleType]:
    """The reader of each ending."""
    modules = [import_module(f"{__name__}.{name}") for name in names()]
    return {suffix: module for module in modules for suffix in module.suffixes}


def reader_of(path: Path) -> ModuleType | None:
    """The reader for a file by its name, or None."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return by_suffix().get(suffixes[-1]) if suffixes else None


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Issue]:
    """What the reader of a file reads; FileRefused where there is no reader, or the file cannot be read further."""
    reader = reader_of(path)
    if reader is None:
        known = " ".join(sorted(by_suffix()))
        raise FileRefused("FILE-FORMAT", f"no reader knows the ending of {path.name!r}; there are {known}, and .gz after them")
    try:
        yield from reader.read(path, columns)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused("FILE-UNREADABLE", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError as error:
        raise FileRefused("FILE-ENCODING", f"is not {error.encoding} throughout; save it as UTF-8") from None
