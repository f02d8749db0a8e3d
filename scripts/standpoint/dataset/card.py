"""The card of a release, its README.md: front matter, plots, and the filled template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml
from datasets import DatasetInfo, Features
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData
from jinja2 import Environment, StrictUndefined, Template
from ruamel.yaml import YAML

from standpoint.core.files import read_text
from standpoint.core.provenance import PUBLISHED
from standpoint.core.svg import Dot, dots, stacked
from standpoint.core.yaml_files import split_front_matter
from standpoint.dataset.card_tables import HUMAN, CardFacts, in_order, template_values
from standpoint.dataset.croissant import bibtex
from standpoint.dataset.schema import DOCUMENTS


def plain_yaml(value: msgspec.Struct) -> bytes:
    """A struct as YAML 1.2, in the order of its fields, without defaults. It reads back as the same struct."""
    dumper: Any = YAML(typ="safe", pure=True)  # its attributes have the types of their defaults only
    dumper.default_flow_style, dumper.width, dumper.allow_unicode = False, 1000, True
    dumper.sort_base_mapping_type_on_output = False
    text = BytesIO()
    dumper.dump(msgspec.json.decode(msgspec.json.encode(value)), text)
    return text.getvalue()


CREATORS = {"human_crowd": "crowdsourced", PUBLISHED: "found"}  # the kinds of annotators in the vocabulary of the Hub
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(release: CardFacts) -> str:
    """The front matter, as YAML 1.1 (a label ``no`` is quoted), without configs and splits that have no rows."""
    tally, schema = release.tally, release.tally.schema
    written = [config for config in release.configs if release.rows.get(config)]
    listed = _features_in_yaml({config: release.configs[config] for config in written})
    creators = {
        CREATORS.get(kind, "expert-generated" if kind.startswith(HUMAN) else "machine-generated") for kind in tally.annotators
    }
    tokens = ["token-classification"] if schema.spans else []
    values = {
        "license": schema.codebook.licence.lower(),
        "language": sorted(tally.languages) or [schema.codebook.language],
        "pretty_name": release.name,
        "task_categories": tokens + (["text-classification"] if schema.article or schema.each else []),
        "annotations_creators": sorted(creators) or ["no-annotation"],
        "size_categories": [next((word for end, word in SIZES if tally.articles.total() < end), "n>1M")],
        "configs": [
            {"config_name": config}
            | ({"default": True} if config == DOCUMENTS else {})
            | {"version": release.version}
            | {"data_files": [{"split": name, "path": f"{config}/{name}-*.parquet"} for name in in_order(release.rows[config])]}
            for config in written
        ],
        # Features are repeated in case the files lose theirs. Sizes of splits are left out, because with them
        # load_dataset(…, filters=…) raises an error.
        "dataset_info": [
            {"config_name": config, "features": listed[config], **release.sizes.get(config, {})} for config in written
        ],
    }
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000)


def _features_in_yaml(configs: Mapping[str, Features]) -> dict[str, list[dict]]:
    """The features of each of several configs, as the Hub stores them."""
    card = DatasetCardData()
    DatasetInfosDict({config: DatasetInfo(features=features) for config, features in configs.items()}).to_dataset_card_data(card)
    return {one["config_name"]: one["features"] for one in card["dataset_info"]}


FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a card describes all columns: a tenth of a second in Python alone


def released_version(folder: Path) -> str | None:
    """The version of the release in a folder, from its card; None if there is no release."""
    readme = folder / "README.md"
    front_matter, _ = split_front_matter(read_text(readme) if readme.is_file() else "")
    values = yaml.load(front_matter, FAST) if front_matter is not None else None
    return values["configs"][0]["version"] if isinstance(values, dict) and values.get("configs") else None


PLOTS = "plots"
MOST_ROWS = 60  # of a plot; the table has all rows


class Drawing(NamedTuple):
    """A plot: its path in the release, its section of the card, its title, and the SVG."""

    path: str
    section: str
    title: str
    svg: str


def drawings(release: CardFacts) -> Iterator[Drawing]:
    """The plots of a release that have data: labels of each layer, each scale by source, agreement."""
    tally, splits = release.tally, release.splits
    for layer in tally.schema.codebook.layers:
        counts = [(name, [tally.labels[layer.name, name, split] for split in splits]) for name in layer.label_names[:MOST_ROWS]]
        if any(sum(row) for _, row in counts):
            title = f"{layer.name}: how often each label was given, by split"
            yield Drawing(f"{PLOTS}/labels-{layer.name}.svg", "labels", title, stacked(title, counts, splits))
    for layer in tally.scales:
        sources = sorted({source for name, source, _ in tally.by_source if name == layer.name})[:MOST_ROWS]
        counts = [(source, [tally.by_source[layer.name, source, label] for label in layer.label_names]) for source in sources]
        if counts:
            title = f"{layer.name} by source: shares of the adjudicated labels, and how many there are"
            plot = stacked(title, counts, layer.label_names, scale=True)
            yield Drawing(f"{PLOTS}/{layer.name}-by-source.svg", "scales", title, plot)
    figures: dict[str, list[Dot]] = {}
    for figure in release.agreement:
        if figure.value is not None:
            dot = Dot(f"{figure.layer}, {figure.statistic}", figure.value, figure.low, figure.high, figure.target)
            figures.setdefault(figure.kind, []).append(dot)
    for kind, shown in figures.items():
        title = f"Agreement, {kind}: figures with 95 % intervals"
        yield Drawing(f"{PLOTS}/agreement-{kind}.svg", "agreement", title, dots(title, shown[:MOST_ROWS]))


def rendered(template: str, release: CardFacts, plots: Sequence[Drawing] = ()) -> bytes:
    """A filled template of this folder: ``card.md.j2`` for the README.md of a release, ``licence.txt.j2`` for its LICENSE."""
    values = template_values(release) | {"front": partial(front_matter, release), "drawings": plots, "bibtex": bibtex(release)}
    return re.sub(r"\n{3,}", "\n\n", _compiled(template).render(values)).encode()


@cache
def _compiled(template: str) -> Template:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["table"] = table
    return environment.from_string(files("standpoint.dataset").joinpath(template).read_text(encoding="utf-8"))


def table(rows: Iterable[Sequence[object]], *headers: str) -> str:
    """A Markdown table; columns of numbers are aligned to the right."""
    rows = list(rows)
    numeric = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(headers))]
    rule = ["--:" if right and rows else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (headers, rule, *rows))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).replace("|", "\\|").replace("<", "&lt;").split())  # a name is no HTML
