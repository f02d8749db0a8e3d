"""The formats of raw files, one module per format: the file name is its key, the docstring its documentation.

A module has ``suffixes``, the suffixes of its files (lower-case, with the dot), and ``read(path, columns)``, which yields a
Raw for each article, one at a time, or an Issue for a record that is not valid. ``columns``: our name -> name in the file.
It raises FileRefused if the file cannot be read further. A file may be packed with gzip (with ``.gz`` after its suffix).
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
def by_suffix() -> dict[str, ModuleType]:
    """The reader of each suffix."""
    modules = [import_module(f"{__name__}.{name}") for name in plug_in_names(__path__)]
    return {suffix: module for module in modules for suffix in module.suffixes}


def reader_of(path: Path) -> ModuleType | None:
    """The reader of a file by its suffix; None if there is none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return by_suffix().get(suffixes[-1]) if suffixes else None


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Issue]:
    """The records of a file; FileRefused if there is no reader, or if the file cannot be read further."""
    reader = reader_of(path)
    if reader is None:
        known = " ".join(sorted(by_suffix()))
        raise FileRefused("FILE-FORMAT", f"no reader knows the suffix of {path.name!r}; there are {known}, and .gz after them")
    try:
        yield from reader.read(path, columns)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused("FILE-UNREADABLE", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError as error:
        raise FileRefused("FILE-ENCODING", f"is not {error.encoding} throughout; save it as UTF-8") from None
