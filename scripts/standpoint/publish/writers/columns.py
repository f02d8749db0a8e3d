"""Rows become Arrow arrays, and arrays values again, a column at a time: many times faster than a row at a time."""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from operator import attrgetter, itemgetter

import pyarrow as pa
from datasets import ClassLabel, Features, List


def batch(rows: list[dict], features: Features) -> pa.RecordBatch:
    """The rows as a record batch that knows its features."""
    arrays = [column(feature, list(map(itemgetter(name), rows))) for name, feature in features.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=features.arrow_schema)


def column(feature: object, values: list) -> pa.Array:
    """The values of one column. A struct's values are mappings, or objects with attributes of its fields' names."""
    if isinstance(feature, dict):
        return _struct(feature, values)
    if isinstance(feature, List):
        offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
        return pa.ListArray.from_arrays(offsets, column(feature.feature, list(chain.from_iterable(values))))
    if isinstance(feature, ClassLabel):
        codes = {name: number for number, name in enumerate(feature.names)} | {None: None}  # str2int("1") guesses
        return pa.array(list(map(codes.__getitem__, values)), pa.int64())
    return pa.array(values, feature())


def _struct(fields: dict, values: list) -> pa.StructArray:
    getter = itemgetter if not values or isinstance(values[0], dict) else attrgetter
    arrays = [column(feature, list(map(getter(name), values))) for name, feature in fields.items()]
    return pa.StructArray.from_arrays(arrays, names=list(fields))


def values(array: pa.Array) -> list:
    """What ``array.to_pylist()`` gives, where no list and no struct is null."""
    if pa.types.is_list(array.type):
        flat = values(array.flatten())
        ends = list(accumulate(array.value_lengths().to_pylist(), initial=0))
        return [flat[start:end] for start, end in pairwise(ends)]
    if pa.types.is_struct(array.type):
        names = array.type.names
        return [dict(zip(names, row, strict=True)) for row in zip(*map(values, array.flatten()), strict=True)]
    return array.to_pylist()


def named(feature: object, value: object) -> object:
    """A value as ``values`` gives it, with the names of its ClassLabels instead of their numbers."""
    if value is None:
        return None
    if isinstance(feature, ClassLabel):
        return feature.names[value]
    if isinstance(feature, dict):
        return {name: named(inner, value[name]) for name, inner in feature.items()}
    if isinstance(feature, List):
        return [named(feature.feature, one) for one in value] if _has_class(feature.feature) else value
    return value


def _has_class(feature: object) -> bool:
    if isinstance(feature, dict):
        return any(map(_has_class, feature.values()))
    return _has_class(feature.feature) if isinstance(feature, List) else isinstance(feature, ClassLabel)
