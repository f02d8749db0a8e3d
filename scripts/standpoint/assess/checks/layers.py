"""Whether what is annotated is in the codebook."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.assess.checks._case import KINDS, Case

Found = Iterator[tuple[str, str]]


def layer_unknown(case: Case) -> Found:
    """a layer is one of the codebook's"""
    for item in case.set.annotations:
        if item.layer not in case.codebook.by_name:
            yield item.id, f"layer {item.layer!r}"


def layer_pass(case: Case) -> Found:
    """a layer is one that the set's pass asks for"""
    for item in case.set.annotations:
        if item.layer not in case.layers and item.layer in case.codebook.by_name:
            yield item.id, f"layer {item.layer} in pass {case.set.pass_name}"


def layer_kind(case: Case) -> Found:
    """a layer holds annotations of its own kind"""
    for item in case.set.annotations:
        layer = case.layers.get(item.layer)
        if layer and not isinstance(item, KINDS.get(layer.kind, object)):
            yield item.id, f"a {type(item).__name__.lower()} in {layer.kind} layer {layer.name}"


def label_unknown(case: Case) -> Found:
    """a label is one of its layer's"""
    for item, layer in case.known:
        if layer.labels and item.label not in layer.by_name:
            yield item.id, f"label {item.label!r} in layer {layer.name}"
