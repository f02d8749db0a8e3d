"""The computed sections of the card, as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from standpoint.codebook.types import Layer
from standpoint.publish.plan import SHARES
from standpoint.publish.released import Agreement, Baseline, Release
from standpoint.publish.settlements import DECIDED, OPEN
from standpoint.publish.tally import ANY_ACTOR, TYPED, Tally
from standpoint.publish.withhold import SURFACE

EACH = {"actors": "for each of the article's actors", "spare": "for each actor that the registry does not know"}
HEADINGS = {
    "human": "People among themselves",
    "human-assisted": "People among themselves, some of whom worked on drafts",
    "human-model": "People and machines: this is not agreement between people",
    "model-model": "Machines among themselves: this is not agreement between people",
}
LEFT_OUT = {
    "QUARANTINED": "articles whose story stands in two splits",
    "SET-LEFT-OUT": "annotation sets of articles that are not in this version",
    "EMPTY-SPLIT": "splits of a config in which nothing is",
}


def values(release: Release) -> dict:
    """What the templates are filled with."""
    tally, codebook = release.tally, release.tally.shape.codebook
    splits = release.splits
    return {
        "name": release.name,
        "pilot": tally.human_sets == 0,
        "prose": release.prose.sections if release.prose else {},
        "people_of": "1 person" if tally.human_annotators == 1 else f"{tally.human_annotators} people",
        "release": release,
        "tally": tally,
        "codebook": codebook,
        "splits": splits,
        "shares": SHARES,
        "surface": SURFACE,
        "where": release.repo or "dataset/release",
        "configs": [
            [config, *(rows.get(split, 0) for split in splits), sum(rows.values())] for config, rows in release.rows.items()
        ],
        "articles": [
            ["articles", *(tally.articles[split] for split in splits), tally.articles.total()],
            [
                "groups of near-duplicates",
                *(len(tally.groups[split]) for split in splits),
                len(set().union(*tally.groups.values())),
            ],
            ["stories", *(len(tally.stories[split]) for split in splits), len(set().union(*tally.stories.values()))],
        ],
        "sources": [[*key[:2], "left out" if key[2] else "in", n] for key, n in sorted(tally.sources.items())],
        "tiers": [[tier, *(tally.tiers[tier, split] for split in splits)] for tier in sorted({key[0] for key in tally.tiers})],
        "sets": [[*key, count] for key, count in sorted(tally.sets.items())],
        "people": [[kind, len(names)] for kind, names in sorted(tally.annotators.items())],
        "times": [[name, n, minutes] for name, (n, minutes) in tally.lead_times.items()],
        "per_item": [[*key, count] for key, count in sorted(tally.per_item.items()) if count],
        "settled": _settled(tally),
        "drafts": [layer.name for layer in codebook.layers if layer.drafts],
        "scales": [[layer.name, list(layer.label_names), _by_source(layer, tally)] for layer in tally.scales],
        "labels": [row for layer in codebook.layers for row in _label_rows(layer, tally, splits)],
        "layers": [[layer.name, _kind(layer), layer.definition] for layer in codebook.layers],
        "left_out": {words: release.left_out[code] for code, words in LEFT_OUT.items() if release.left_out.get(code)},
        "baselines": _baselines(release.baselines),
        "unseen": [[row.what, row.split, row.named, row.unseen] for row in release.leaks.unseen] if release.leaks else [],
        "agreement": [
            (HEADINGS.get(heading, heading), list(map(_agreement_row, rows)))
            for heading, rows in groupby(release.agreement, key=lambda row: row.heading)
        ],
    }


def _baselines(scores: Sequence[Baseline]) -> list[list]:
    """A row a score: track, score, layer, each system's value with its interval, n."""
    systems = list(dict.fromkeys(one.system for one in scores))
    rows: dict[tuple, dict[str, str]] = {}
    for one in scores:
        interval = f" ({one.low:.2f} to {one.high:.2f})" if one.low is not None else ""
        rows.setdefault((one.track, one.metric, one.layer, one.n), {})[one.system] = f"{one.value:.2f}{interval}"
    return [[*key[:3], *(found.get(system, "–") for system in systems), key[3]] for key, found in rows.items()]


def _agreement_row(one: Agreement) -> list:
    interval = None if one.low is None or one.high is None else f"{one.low:.2f} to {one.high:.2f}"
    against = ""
    if one.target is not None and one.value is not None:
        against = f"{one.target:.2f} {'met' if one.value >= one.target else 'missed'}"
    return [one.layer, one.statistic, one.value, interval, one.n, against]


def _settled(tally: Tally) -> list[list]:
    """How the annotations of each layer were settled, and how many of its conflicts were decided, and how many were not."""
    rows = []
    for layer in tally.shape.codebook.layers:
        hows = ((how, count) for (name, how), count in sorted(tally.settled.items()) if name == layer.name)
        states = (tally.states[layer.name, state] for state in (DECIDED, OPEN))
        rows.append([layer.name, ", ".join(f"{how} {count:,}" for how, count in hows) or "none", *states])
    return rows


def _by_source(layer: Layer, tally: Tally) -> list[list]:
    """For each source, how often each label of a scale was given, and the mean of their values."""
    rows = []
    for source in sorted({key[0] for key in tally.sources}):
        counts = [tally.by_source[layer.name, source, label] for label in layer.label_names]
        values = [(layer.by_name[label].value or 0) * count for label, count in zip(layer.label_names, counts, strict=True)]
        rows.append([source, *counts, round(sum(values) / sum(counts), 2) if sum(counts) else None])
    return rows


def _label_rows(layer: Layer, tally: Tally, splits: Sequence[str]) -> list[list]:
    names = layer.label_names or (ANY_ACTOR if layer.labels_from else TYPED,)
    counts = ([tally.labels[layer.name, name, split] for split in splits] for name in names)
    return [[layer.name, name, *row, sum(row)] for name, row in zip(names, counts, strict=True)]


def _kind(layer: Layer) -> str:
    """What a layer is, in words."""
    if layer.kind == "relation":
        return f"relation from {layer.head} to {layer.tail}"
    about = f"about each of {layer.of}" if layer.of else EACH.get(layer.for_each, "")
    return f"{layer.kind} {about or ('in the text' if layer.kind == 'span' else 'about the article')}"
