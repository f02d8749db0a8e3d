"""The formats that raw files come in, one module each: its file name is its key, its docstring its documentation.

A module has ``suffixes``, the endings of file names that are its own (lower-case, with the dot), and
``read(path, columns)``: a Raw for each article of the file, one at a time, or an Issue for a record that cannot be one;
``columns`` are the names of a source's columns by ours. What ends the file is raised as FileRefused. A file may be packed
with gzip (``.gz`` after its ending). Modules that begin with "_" are shared by the others.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType


@cache
def names() -> tuple[str, ...]:
    """All formats, by name."""
    return tuple(sorted(item.name for item in iter_modules(__path__) if not item.name.startswith("_")))


@cache
def by_suffix() -> dict[str, ModuleType]:
    """The reader of each ending."""
    modules = [import_module(f"{__name__}.{name}") for name in names()]
    return {suffix: module for module in modules for suffix in module.suffixes}


def reader_of(path: Path) -> ModuleType | None:
    """The reader for a file by its name, or None."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return by_suffix().get(suffixes[-1]) if suffixes else None
