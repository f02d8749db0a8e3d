"""The formats of raw files, one module per format: the file name is its key, the docstring its documentation.

A source may state the key of the format of its files; else their suffix shows it. A module has ``suffixes``, the suffixes of its
files (lower-case, with the dot), and ``read(file)``, which yields a Raw for each article of a RawFile, one at a time, or an Issue
for a record that is not valid. It raises FileRefused if the file cannot be read further. A file may be packed with gzip (with
``.gz`` after its suffix). The libraries of some readers are in the extra `readers`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from lzma import LZMAError
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import BadZipFile

from standpoint.core.files import NOT_READABLE, plug_ins
from standpoint.core.model import Issue, MissingExtra
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile


@cache
def by_suffix() -> dict[str, ModuleType]:
    """The reader of each suffix."""
    return {suffix: module for module in plug_ins(__name__).values() for suffix in module.suffixes}


def reader_of(path: Path, format: str = "") -> ModuleType | None:
    """The reader of a file by the ``format`` that its source states, or else by its suffix; None if there is none."""
    if format in plug_ins(__name__):
        return plug_ins(__name__)[format]
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return by_suffix().get(suffixes[-1]) if suffixes else None


def read(file: RawFile) -> Iterator[Raw | Issue]:
    """The records of a file, and a note about it if there is one; FileRefused if it has no reader or cannot be read further."""
    reader = reader_of(file.path, file.format)
    if reader is None:
        known = " ".join(sorted(by_suffix()))
        suffix = (file.path.with_suffix("") if file.path.suffix.lower() == ".gz" else file.path).suffix
        what = f"no reader knows the suffix {suffix}" if suffix else "it has no suffix, so no reader is known"
        problem = f"{what}; there are {known}, and .gz after them{_advice(file)}"
        raise FileRefused("FILE-FORMAT", problem)
    try:
        if found := _refused_content(file, reader):
            raise FileRefused("FILE-FORMAT", f"is {found}")
        for item in reader.read(file):
            yield from file.notes()
            yield item
        yield from file.notes()
    except FileRefused:
        yield from file.notes()
        raise
    except MissingExtra as error:
        raise FileRefused("FILE-EXTRA", f"is not read: {error}; {error.hint}") from None
    except (*NOT_READABLE, BadZipFile, LZMAError) as error:
        raise FileRefused("FILE-UNREADABLE", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


FIRST = 1024  # bytes


@cache
def _other_formats() -> list[dict[str, Any]]:
    """The formats that are told by their content, with the pattern of their first bytes."""
    formats: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("other_formats.toml").read_text(encoding="utf-8"))[
        "formats"
    ]
    for known in formats:
        known["begins"] = re.compile(known["begins"].encode("latin-1") or b"(?!)", re.DOTALL)
    return formats


def _refused_content(file: RawFile, reader: ModuleType) -> str:
    """What a file is whose first bytes are those of another format than its reader's, and what to do with it; or ""."""
    with file.opened() as content:
        begin = content.read(FIRST)
    own = reader.__name__.rpartition(".")[2]
    others = (known for known in _other_formats() if known.get("refused") and own not in known.get("readers", ()))
    found = next((known for known in others if known["begins"].match(begin)), None)
    how = f"`format` says {file.format}" if file.format else f"its name ends in {file.path.suffix}"
    return f"{found['what']}, though {how}: {found['todo']}" if found else ""


def _advice(file: RawFile) -> str:
    """What a file seems to be and what to do with it, for the end of a message; "" if that is not known."""
    formats = _other_formats()
    suffixes = [suffix.lower().removeprefix(".") for suffix in file.path.suffixes if suffix.lower() != ".gz"]
    for known in formats:
        if suffixes and suffixes[-1] in known["suffixes"].split():
            return f"; it is {known['what']}: {known['todo']}"
    try:
        with file.opened() as content:
            begin = content.read(FIRST).removeprefix(b"\xef\xbb\xbf")
    except NOT_READABLE:
        return ""  # its reader would report it
    for known in formats:
        if known["begins"].match(begin):
            return f"; it seems to be {known['what']}: {known['todo']}"
    return "; if it is plain text, rename it to .txt" if begin and b"\0" not in begin else ""
