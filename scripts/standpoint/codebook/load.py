"""Read ``codebook.yaml`` strictly: every mistake is one line with its path in the YAML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.codebook import kinds
from standpoint.codebook.statistics import check_targets
from standpoint.codebook.types import DISTRIBUTION, Codebook, Layer
from standpoint.model import StandpointError
from standpoint.yamlfile import load_as, read_yaml

# Columns of the documents table that the project itself fills: an article-level layer cannot have their names.
RESERVED = {
    "id", "source", "publisher", "title", "licence", "language", "sha256", "text", "url", "published", "byline",
    "zones", "paragraphs", "sentences", "annotated_until", "group", "story", "tier", "annotators", "codebook_version",
}  # fmt: skip


def load_codebook(path: Path) -> Codebook:
    """The codebook at ``path``, or a StandpointError that names the first mistake by its path in the YAML."""
    codebook = load_as(path, Codebook, "codebook", _expand_short_labels(read_yaml(path)))
    for where, problem in check_codebook(codebook):
        raise StandpointError(f"{path}: {where}: {problem}")
    return codebook


def check_codebook(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All that is wrong with a codebook whose keys and types are right, as (path in the YAML, problem)."""
    yield from _repeated("passes", (item.name for item in codebook.passes))
    yield from _repeated("layers", (layer.name for layer in codebook.layers))
    placed = [name for item in codebook.passes for name in item.layers]
    for number, item in enumerate(codebook.passes):
        for name in item.layers:
            if name not in codebook.by_name:
                yield f"passes[{number}].layers", f"no layer is called {name!r}"
    yield from _repeated("passes[*].layers", placed)
    for number, one in enumerate(codebook.passes):
        known = [codebook.by_name[name] for name in one.layers if name in codebook.by_name]
        keys = (label.hotkey for layer in known for label in layer.labels if label.hotkey)
        yield from _repeated(f"passes[{number}] ({one.name}): hotkey", keys)
    for number, layer in enumerate(codebook.layers):
        where = f"layers[{number}] ({layer.name})"
        if layer.name not in placed:
            yield where, "no pass asks for this layer"
        yield from ((where + path, problem) for path, problem in _check_layer(layer, codebook))
    yield from check_targets(codebook)


def _check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    if layer.kind not in kinds.names():
        yield ".kind", f"{layer.kind!r} is not a kind of layer; there are {', '.join(kinds.names())}"
        return
    yield from _repeated(".labels", layer.label_names)
    if layer.default and layer.default not in layer.by_name:
        yield ".default", f"{layer.default!r} is not one of its labels"
    for name, now in layer.retired.items():
        if name in layer.by_name or (now and now not in layer.by_name):
            yield ".retired", f"{name!r} should be no label any more, and {now!r} one, or empty"
    if not layer.of and not layer.for_each and layer.kind in ("choice", "text") and layer.name in RESERVED:
        yield ".name", f"{layer.name!r} is a column of the documents table already"
    yield from _check_settle(layer)
    yield from _check_roles(layer, codebook)
    yield from kinds.get(layer.kind).check_layer(layer, codebook)


def _check_settle(layer: Layer) -> Iterator[tuple[str, str]]:
    scale = layer.ordinal and bool(layer.for_each)
    if scale and layer.settle not in ("", DISTRIBUTION):
        yield ".settle", "a scale for each actor is never adjudicated away: distribution"
    if layer.settle == DISTRIBUTION and not scale:
        yield ".settle", "distribution is for an ordinal layer with for_each"
    if layer.settle == "dawid_skene" and (layer.kind != "choice" or layer.multiple or not layer.labels):
        yield ".settle", "dawid_skene is for a choice layer with labels of its own and one answer"


def _check_roles(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    roles = codebook.roles_of(layer.name) if layer.kind == "span" else set()
    for label in layer.labels:
        for role in label.roles.keys() - roles:
            yield (
                f".labels ({label.name}).roles",
                f"{role!r} is no role of this layer; there are {', '.join(sorted(roles)) or 'none'}",
            )


def _repeated(where: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name, count in Counter(names).items():
        if count > 1:
            yield where, f"{name!r} stands {count} times"


def _expand_short_labels(data: object) -> object:
    """``labels: [PLACE, TIME]`` is short for ``labels: [{name: PLACE}, {name: TIME}]``."""
    layers = data.get("layers") if isinstance(data, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and isinstance(layer.get("labels"), list):
            layer["labels"] = [{"name": item} if isinstance(item, str) else item for item in layer["labels"]]
    return data
