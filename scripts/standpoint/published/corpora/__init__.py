"""The published datasets that can be read, one module per format of files. The file name is the name of the format. A module has

    FILES        which files of a folder have the labels, as patterns of pathlib
    SLOTS        the slots of the format, for the crosswalk
    read(path)   the documents of a file, as ``Labelled``; an Issue for a document that is not valid

What a label is in the codebook is not said here: the crosswalk of that name in codebook.yaml says it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from standpoint.core.files import NOT_READABLE, plug_in_names, plug_ins, unpacked
from standpoint.core.model import Issue, StandpointError
from standpoint.formats import reader_names
from standpoint.published import Labelled


def corpora() -> dict[str, ModuleType]:
    """The modules by name, sorted."""
    return plug_ins(__name__)


def corpus_names() -> list[str]:
    """The names of the formats, without importing their modules."""
    return plug_in_names(__name__)


def import_names() -> list[str]:
    """The formats that `import` reads: Label Studio's, those of other tools, and those of published datasets."""
    return ["label-studio", *reader_names(), *corpus_names()]


def label_files(path: Path, name: str) -> list[Path]:
    """The files of a folder that have the labels, or the file itself; StandpointError if there is none."""
    module = corpora()[name]
    found = [path] if path.is_file() else sorted({file for pattern in module.FILES for file in path.rglob(pattern)})
    if not found:
        raise StandpointError(f"{path}: has no labels of the format {name}", f"name a folder with {' or '.join(module.FILES)}")
    return found


def read_labels(path: Path, name: str) -> Iterator[Labelled | Issue]:
    """The documents of a file with their labels; StandpointError if the file cannot be read."""
    try:
        yield from corpora()[name].read(path)
    except UnicodeDecodeError as error:
        raise StandpointError(f"{path}: is not UTF-8: {error.reason}", "save it as UTF-8") from None
    except (*NOT_READABLE, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:  # another form
        problem = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        file = getattr(error, "filename", None) or path  # one that should be beside it may be missing
        raise StandpointError(f"{file}: not readable as {name}: {problem}", "name the files as they were published") from None


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark."""
    with unpacked(path) as file:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n")


def records_of(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON Lines, each with its place; ValueError, with the line, if one is none."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            if not isinstance(record, dict):
                raise ValueError(f"line {number}: should be an object")
            yield f"{path}:{number}", record
