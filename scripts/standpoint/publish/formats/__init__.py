"""Other formats of the settled annotations, a module each. Its file name is the format's; it has

    LOSS                               what the format cannot carry, in words; "" for nothing
    write(articles, codebook, folder)  the files of all articles, in an empty folder
    read(folder, codebook)             the articles back, with all that the format carries

Offsets are Unicode code points on our side, whatever the format counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, NamedTuple

from standpoint.model import Annotation, StandpointError


class Exported(NamedTuple):
    """An article with its settled annotations. ``about``: its other fields, of what JSON has; how it was settled, too."""

    id: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    annotations: tuple[Annotation, ...]
    about: Mapping[str, Any] = {}


@cache
def formats() -> dict[str, ModuleType]:
    """The formats by name, sorted."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return {name: import_module(f"{__name__}.{name}") for name in names}


def needed(name: str, extra: str = "formats") -> ModuleType:
    """A library that only a format needs; StandpointError that says how to get it."""
    try:
        return import_module(name)
    except ImportError:
        raise StandpointError(f"this format needs {name}", f"pip install 'standpoint[{extra}]'") from None
