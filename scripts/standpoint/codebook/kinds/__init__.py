"""The kinds of layer, one module each: how such a layer is asked, read, written, checked and stored.

A module's file name is its key in ``codebook.yaml``; it has these functions:

    check_layer(layer, codebook)      -> (path, problem) for each way the layer's definition makes no sense
    controls(layer, codebook)         -> (place, XML element) for each control that asks it in Label Studio
    read(layer, item, index, reading) -> takes one item of a Label Studio result into the reading, or reports it
    write(layer, annotation, writing) -> the items of a Label Studio result that show the annotation
    feature(layer, codebook)          -> how one annotation, or answer, is stored in the dataset
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from standpoint.core.files import plug_in_names


@cache
def names() -> tuple[str, ...]:
    """The keys of all kinds, sorted."""
    return plug_in_names(__path__)


@cache
def get(name: str) -> ModuleType:
    """The module of one kind."""
    return import_module(f"{__name__}.{name}")
