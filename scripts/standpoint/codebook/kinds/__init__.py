"""The kinds of layer, one module per kind. Its file name is its key in ``codebook.yaml``, and it has:

check_layer(layer, codebook)      -> (path, problem) for each mistake in the layer's definition
controls(layer, codebook)         -> (place, XML element) for each of the layer's controls in Label Studio
read(layer, item, index, reading) -> adds one item of a Label Studio result to the reading, or reports it
write(layer, annotation, writing) -> the items of a Label Studio result that show the annotation
feature(layer, codebook)          -> the dataset's type for one annotation or answer
types                             the types of its items in a Label Studio result, the usual one first
"""

from __future__ import annotations

from types import ModuleType

from standpoint.core.files import plug_ins


def by_name() -> dict[str, ModuleType]:
    return plug_ins(__name__)
