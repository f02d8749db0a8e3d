"""The card of a release, its README.md: prose around tables that are computed from the rows that were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from datasets import Features
from jinja2 import Environment, StrictUndefined

from standpoint.codebook.types import Layer
from standpoint.publish.front import Rows, front_matter, in_order
from standpoint.publish.splits import SHARES
from standpoint.publish.tally import ANY_ACTOR, TYPED, Tally
from standpoint.publish.withhold import SURFACE

PILOT = " (silver pilot)"
EACH = {"actors": "for each of the article's actors", "spare": "for each actor that the registry does not know"}
HEADINGS = {
    "human": "People among themselves",
    "human-assisted": "People among themselves, some of whom worked on drafts",
    "human-model": "People and machines: this is not agreement between people",
    "model-model": "Machines among themselves: this is not agreement between people",
}
LEFT_OUT = {
    "QUARANTINED": "articles whose near-duplicates stand in two splits",
    "SET-LEFT-OUT": "annotation sets of articles that are not in this version",
    "EMPTY-SPLIT": "splits of a config in which nothing is",
}


class Agreement(NamedTuple):
    """One figure of agreement, as data: the heading it stands under says who is compared with whom."""

    heading: str
    layer: str
    statistic: str
    value: float | None
    n: int


class Release(NamedTuple):
    """What a card is about."""

    tally: Tally
    configs: Mapping[str, Features]
    rows: Rows
    version: str
    content: str
    agreement: Sequence[Agreement] = ()
    left_out: Mapping[str, int] = {}  # how often each code of a note stands
    repo: str = ""


def card(release: Release) -> str:
    """The README.md of a release."""
    return _rendered("card.md.j2", release)


def licence_note(release: Release) -> str:
    """The LICENSE of a release: whose licence the labels have, and whose each source's texts."""
    return _rendered("licence.txt.j2", release)


def _rendered(template: str, release: Release) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["table"] = table
    text = files("standpoint.publish").joinpath(template).read_text(encoding="utf-8")
    return environment.from_string(text).render(_values(release))


def table(rows: Iterable[Sequence[object]], *headers: str) -> str:
    """A Markdown table; numbers are set to the right."""
    rows = list(rows)
    numeric = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(headers))]
    rule = ["--:" if right and rows else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (headers, rule, *rows))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).replace("|", "\\|").split())


def _values(release: Release) -> dict:
    tally, codebook = release.tally, release.tally.shape.codebook
    pilot = tally.human_sets == 0
    name = codebook.title + (PILOT if pilot else "")
    splits = in_order(tally.articles)
    return {
        "front": front_matter(tally, release.configs, release.rows, release.version, name),
        "name": name,
        "pilot": pilot,
        "people_of": "1 person" if tally.human_annotators == 1 else f"{tally.human_annotators} people",
        "release": release,
        "tally": tally,
        "codebook": codebook,
        "splits": splits,
        "shares": SHARES,
        "surface": SURFACE,
        "where": release.repo or "dataset/release",
        "configs": [[config, *(rows.get(split, 0) for split in splits)] for config, rows in release.rows.items()],
        "sources": [[*key[:2], "left out" if key[2] else "in", n] for key, n in sorted(tally.sources.items())],
        "tiers": [[tier, *(tally.tiers[tier, split] for split in splits)] for tier in sorted({key[0] for key in tally.tiers})],
        "sets": [[*key, count] for key, count in sorted(tally.sets.items())],
        "people": [[kind, len(names)] for kind, names in sorted(tally.annotators.items())],
        "times": [[name, n, minutes] for name, (n, minutes) in tally.lead_times.items()],
        "labels": [row for layer in codebook.layers for row in _label_rows(layer, tally, splits)],
        "layers": [[layer.name, _kind(layer), layer.definition] for layer in codebook.layers],
        "left_out": {words: release.left_out[code] for code, words in LEFT_OUT.items() if release.left_out.get(code)},
        "agreement": [
            (HEADINGS.get(heading, heading), [row[1:] for row in rows])
            for heading, rows in groupby(map(lambda row: Agreement(*row), release.agreement), key=lambda row: row.heading)
        ],
    }


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
