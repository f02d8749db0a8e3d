"""Which statistics of agreement a layer has, by its kind and modifiers, and what is aimed at: names only.

``assess/`` computes them; the codebook knows their names so that a target for one that is not there is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement

from standpoint.codebook.types import Codebook, Layer, Target

GAMMA = "gamma"
MEAN_DISTANCE = "mean distance"
SHARE = "share at distance {:g}"
WITHIN_ONE = "share within one step"  # of a qualification only: the shares at distance 0 and 1 together
TYPED = "not compared"


def statistics_of(layer: Layer) -> tuple[str, ...]:
    """The names of a layer's statistics, in the order in which they are reported."""
    kinds = {"span": _of_spans, "relation": _of_links, "choice": _of_answers}
    return tuple(kinds[layer.kind](layer)) if layer.kind in kinds else (TYPED,)


def distances(layer: Layer) -> tuple[float, ...]:
    """The distances that two answers on an ordinal layer's scale can have, ascending."""
    pairs = combinations_with_replacement(layer.labels, 2)
    return tuple(sorted({round(abs((one.value or 0) - (other.value or 0)), 9) for one, other in pairs}))


def has_signs(layer: Layer) -> bool:
    """Whether an ordinal layer's scale has a negative and a positive side."""
    values = [label.value or 0 for label in layer.labels if layer.ordinal]
    return min(values, default=0) < 0 < max(values, default=0)


def _of_spans(layer: Layer) -> Iterator[str]:
    for how in ("exact", "overlap", "token"):
        yield from (f"F1 {how}", f"F1 {how}, any label")
    yield "alpha of matched labels"
    if any(label.group for label in layer.labels):
        yield "alpha of matched groups"
    yield from ("Cohen's kappa of matched labels", "Fleiss' kappa of matched labels")
    if layer.labels_from:
        yield from ("LEA", "CEAFe")
    yield from ("alpha U", "alpha U, any label", GAMMA)


def _of_links(layer: Layer) -> Iterator[str]:
    for where in ("end to end", "on matched spans"):
        yield from (f"F1 {where}", f"F1 {where}, any label")


def _of_answers(layer: Layer) -> Iterator[str]:
    if layer.multiple:
        yield "F1 of (place, label)"
        yield from _of_links(layer) if layer.of else ()
        return
    yield from ("alpha ordinal", "alpha interval") if layer.ordinal else ()
    yield "alpha nominal"
    if has_signs(layer):
        yield "alpha nominal of signs"
    if layer.default and len(layer.labels) > 2:
        yield "alpha nominal, default or not"
    yield "Cohen's kappa"
    yield from ("Cohen's kappa, quadratic weights",) if layer.ordinal else ()
    yield from ("Fleiss' kappa", "raw agreement")
    yield from ("F1 end to end",) if layer.of else ()
    if layer.ordinal:
        yield MEAN_DISTANCE
        yield from (SHARE.format(distance) for distance in distances(layer))


def check_targets(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All that is wrong with a codebook's targets and qualification, as (path in the YAML, problem)."""
    yield from _check("targets", codebook.targets, codebook)
    yield from _check("qualification", codebook.qualification, codebook)


def _check(key: str, targets: Iterable[Target], codebook: Codebook) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    for number, target in enumerate(targets):
        where, layer = f"{key}[{number}]", codebook.by_name.get(target.layer)
        if layer is None:
            yield f"{where}.layer", f"no layer is called {target.layer!r}"
            continue
        known = [name for name in statistics_of(layer) if name not in (TYPED, MEAN_DISTANCE) and not name.startswith("share")]
        known += [WITHIN_ONE] if key == "qualification" and layer.ordinal else []
        if target.statistic not in known:
            yield f"{where}.statistic", f"{target.statistic!r} is not a statistic of layer {layer.name}; there are {known}"
        if not 0 < target.value <= 1:
            yield f"{where}.value", f"{target.value} should be above 0 and at most 1"
        if (target.layer, target.statistic) in seen:
            yield where, f"{target.statistic!r} of {target.layer} has a target already"
        seen.add((target.layer, target.statistic))
