"""The statistics of each kind of layer, by the names that the codebook knows them by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from standpoint.adjudication.content import Link, Mark
from standpoint.agreement.chance import Scale, Units, measure_alpha, measure_cohen, measure_fleiss, measure_raw, tally_nominal
from standpoint.agreement.counts import Counted, Statistic, Tally, measure_f1, tally_f1
from standpoint.agreement.gamma import measure_gamma, tally_gamma
from standpoint.agreement.linking import measure_lea, tally_ceafe, tally_lea
from standpoint.agreement.reading import Extent, Reading, place_of
from standpoint.agreement.unitizing import measure_unitizing, tally_unitizing
from standpoint.codebook.load import GAMMA, MEAN_DISTANCE, SHARE, TYPED, distances, statistics_of
from standpoint.codebook.types import Layer
from standpoint.core.matching import match_equal, match_overlap

NOT_COMPARED = "what is typed is not compared"
IN_SHORT = ("F1 exact", "F1 exact, any label", "F1 overlap, any label", "alpha of matched labels", "F1 of (place, label)", TYPED)

Found = tuple[str, Tally, Callable[[np.ndarray], np.ndarray]]  # name, tally, measure


def of_layer(layer: Layer, seed: int | None = None) -> list[Statistic]:
    """The statistics of a layer in the order of their names in the codebook; gamma only with a seed."""
    kinds = {"span": _of_spans, "relation": _of_links, "choice": _of_answers}
    found = {name: (tally, measure) for name, tally, measure in kinds.get(layer.kind, _typed)(layer)}
    if layer.kind == "span" and seed is not None:
        found[GAMMA] = (tally_gamma(layer.name, seed), measure_gamma)
    names = [name for name in statistics_of(layer) if name != GAMMA or seed is not None]
    return [_statistic(layer, name, *found[name]) for name in names]


def _statistic(layer: Layer, name: str, tally: Tally, measure: Callable) -> Statistic:
    main = name in IN_SHORT or (layer.kind != "span" and name == statistics_of(layer)[0])
    return Statistic(layer.name, name, tally, measure, tally.joint and not name.startswith("Cohen"), main)


def _typed(layer: Layer) -> Iterator[Found]:
    nothing = Tally(1, lambda readings: Counted((0,)), n=(0,), nothing=NOT_COMPARED)
    yield TYPED, nothing, lambda sums: np.full(len(sums), np.nan)


def _of_spans(layer: Layer) -> Iterator[Found]:
    name = layer.name
    labelled = {
        "F1 exact": tally_f1(lambda reading: reading.marks(name)),
        "F1 exact, any label": tally_f1(lambda reading: list(reading.extents(name))),
        "F1 overlap": tally_f1(lambda reading: reading.marks(name), partial(match_overlap, same_label=True)),
        "F1 overlap, any label": tally_f1(lambda reading: reading.marks(name), match_overlap),
        "F1 token": tally_f1(lambda reading: reading.tokens(name), partial(match_overlap, same_label=True)),
        "F1 token, any label": tally_f1(lambda reading: reading.tokens(name), match_overlap),
    }
    yield from ((key, tally, measure_f1) for key, tally in labelled.items())
    matched = tally_nominal(lambda reading: reading.extents(name))
    yield "alpha of matched labels", matched, measure_alpha
    yield "Cohen's kappa of matched labels", matched, measure_cohen
    yield "Fleiss' kappa of matched labels", matched, measure_fleiss
    groups = {label.name: label.group or label.name for label in layer.labels}
    by_group = tally_nominal(lambda reading: reading.extents(name), lambda label: groups.get(label, label))
    yield "alpha of matched groups", by_group, measure_alpha
    yield "LEA", tally_lea(name), measure_lea
    yield "CEAFe", tally_ceafe(name), measure_f1
    yield "alpha U", tally_unitizing(lambda reading: reading.units(name)), measure_unitizing
    any_label = tally_unitizing(lambda reading: reading.one_unit(name))
    yield "alpha U, any label", any_label, measure_unitizing


def _of_links(layer: Layer) -> Iterator[Found]:
    """A link's ends with their labels and its own; the extents of its ends; and both where each end is marked by both."""
    name = layer.name
    yield "F1 end to end", tally_f1(lambda reading: reading.links(name)), measure_f1
    yield "F1 end to end, any label", tally_f1(lambda reading: [_ends(link) for link in reading.links(name)]), measure_f1
    for how, labelled in (("", True), (", any label", False)):
        matched = _tally_matched(lambda reading: reading.links(name), lambda link: link[:2], labelled)
        yield f"F1 on matched spans{how}", matched, measure_f1


def _ends(link: Link) -> tuple[Extent, Extent]:
    return link[0][:2], link[1][:2]


def _tally_matched(items: Callable[[Reading], list], ends: Callable[[tuple], tuple[Mark, ...]], labelled: bool) -> Tally:
    """Counts for F1 of what lies on spans that both sides have, whatever the spans' labels."""

    def count(readings: Sequence[Reading]) -> Counted:
        known = readings[0].places & readings[1].places
        ones, others = ([
            (*(mark[:3] for mark in ends(item)), item[-1] if labelled else "")
            for item in items(reading)
            if all(mark[:3] in known for mark in ends(item))
        ] for reading in readings)  # fmt: skip
        return Counted((len(match_equal(ones, others)), len(ones), len(others)))

    return Tally(3, count, n=(1, 2))


def _of_answers(layer: Layer) -> Iterator[Found]:
    yield from _of_several(layer) if layer.multiple else _of_one(layer)


def _of_several(layer: Layer) -> Iterator[Found]:
    """Several answers about one thing: each is a thing of its own, on its place."""
    name = layer.name
    pairs = tally_f1(lambda reading: [(place_of(about), label) for about, label in reading.answers(name)])
    yield "F1 of (place, label)", pairs, measure_f1
    yield "F1 end to end", tally_f1(lambda reading: reading.answers(name)), measure_f1
    places = tally_f1(lambda reading: [place_of(about) for about, _ in reading.answers(name)])
    yield "F1 end to end, any label", places, measure_f1
    for how, labelled in (("", True), (", any label", False)) if layer.of else ():
        matched = _tally_matched(lambda reading: reading.answers(name), lambda answer: answer[:1], labelled)
        yield f"F1 on matched spans{how}", matched, measure_f1


def _of_one(layer: Layer) -> Iterator[Found]:
    def units(reading: Reading) -> Mapping:
        return reading.answer(layer.name)

    tally = tally_nominal(units)
    yield "alpha nominal", tally, measure_alpha
    yield "Cohen's kappa", tally, measure_cohen
    yield "Fleiss' kappa", tally, measure_fleiss
    yield "raw agreement", tally, measure_raw
    default = tally_nominal(units, lambda label: str(label == layer.default))
    yield "alpha nominal, default or not", default, measure_alpha
    yield "F1 end to end", tally_f1(lambda reading: reading.answers(layer.name)), measure_f1
    if layer.ordinal:
        values = {label.name: label.value for label in layer.labels}
        signs = tally_nominal(units, lambda label: str(np.sign(values[label])))
        yield "alpha nominal of signs", signs, measure_alpha
        yield from _of_scale(layer, Scale(values), units)


def _of_scale(layer: Layer, scale: Scale, units: Units) -> Iterator[Found]:
    tally = scale.tally(units)
    yield "alpha ordinal", tally, scale.alpha("ordinal")
    yield "alpha interval", tally, scale.alpha("interval")
    yield "Cohen's kappa, quadratic weights", tally, scale.weighted_kappa
    yield MEAN_DISTANCE, tally, scale.mean_distance
    yield from ((SHARE.format(distance), tally, scale.share_at(distance)) for distance in distances(layer))
