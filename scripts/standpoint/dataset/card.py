"""The card of a release, its README.md: front matter, plots, computed sections, and the hand-written text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml
from jinja2 import Environment, StrictUndefined
from ruamel.yaml import YAML

from standpoint.codebook.types import Layer
from standpoint.core.svg import Dot, dots, stacked
from standpoint.core.textfiles import split_front_matter
from standpoint.dataset.card_tables import HUMAN, CardFacts, Tally, in_order, template_values
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


SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(release: CardFacts) -> str:
    """The front matter, as YAML 1.1 (a label ``no`` is quoted). Configs and splits without rows are not in it."""
    tally, configs, rows, version = release.tally, release.configs, release.rows, release.version
    codebook = tally.schema.codebook
    written = [config for config in configs if rows.get(config)]
    values = {
        "license": codebook.licence.lower(),
        "language": sorted(tally.languages) or [codebook.language],
        "pretty_name": release.name,
        "task_categories": _tasks(tally),
        "annotations_creators": _creators(tally),
        "size_categories": [next((word for end, word in SIZES if tally.articles.total() < end), "n>1M")],
        "configs": [_config(config, rows[config], version) for config in written],
        # The features are a copy, in case the files lose theirs. Sizes of splits are left out: with them,
        # load_dataset(…, filters=…) raises an error. _to_yaml_list is private, and datasets has no public way to write
        # its features as the Hub stores them: DatasetInfo writes more, and only into a folder.
        "dataset_info": [
            {"config_name": config, "features": configs[config]._to_yaml_list(), **release.sizes.get(config, {})}
            for config in written
        ],
    }
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000)


def released_version(folder: Path) -> str | None:
    """The version of the release in a folder, from its card; None if there is no release."""
    readme = folder / "README.md"
    front_matter, _ = split_front_matter(readme.read_text(encoding="utf-8") if readme.is_file() else "")
    values = yaml.safe_load(front_matter) if front_matter is not None else None
    return values["configs"][0]["version"] if isinstance(values, dict) and values.get("configs") else None


def _config(config: str, splits: Mapping[str, int], version: str) -> dict:
    files = [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in in_order(splits)]
    return (
        {"config_name": config} | ({"default": True} if config == DOCUMENTS else {}) | {"version": version, "data_files": files}
    )


def _tasks(tally: Tally) -> list[str]:
    schema = tally.schema
    tokens = ["token-classification"] if schema.spans else []
    return tokens + (["text-classification"] if schema.article or schema.each else [])


def _creators(tally: Tally) -> list[str]:
    """The annotators in the vocabulary of the Hub."""
    kinds = set(tally.annotators)
    people = {"human_crowd": "crowdsourced"}
    words = {people.get(kind, "expert-generated") if kind.startswith(HUMAN) else "machine-generated" for kind in kinds}
    return sorted(words) or ["no-annotation"]


PLOTS = "plots"
MOST_ROWS = 60  # of a plot; the table has all


class Drawing(NamedTuple):
    """A plot: its path in the release, its section of the card, its title, and the SVG."""

    path: str
    section: str
    title: str
    svg: str


def drawings(release: CardFacts) -> list[Drawing]:
    """The plots of a release: labels of each layer, each scale by source, agreement. A plot without data is left out."""
    codebook = release.tally.schema.codebook
    labels = [drawing for layer in codebook.layers for drawing in _label_plots(layer, release)]
    return labels + list(_scale_plots(release)) + list(_agreement_plots(release))


def _label_plots(layer: Layer, release: CardFacts) -> Iterator[Drawing]:
    labels, splits = release.tally.labels, release.splits
    rows = [(name, [labels[layer.name, name, split] for split in splits]) for name in layer.label_names[:MOST_ROWS]]
    if any(count for _, counts in rows for count in counts):
        title = f"{layer.name}: how often each label was given, by split"
        yield Drawing(f"{PLOTS}/labels-{layer.name}.svg", "labels", title, stacked(title, rows, splits))


def _scale_plots(release: CardFacts) -> Iterator[Drawing]:
    tally = release.tally
    for layer in tally.scales:
        sources = sorted({source for name, source, _ in tally.by_source if name == layer.name})[:MOST_ROWS]
        rows = [(source, [tally.by_source[layer.name, source, label] for label in layer.label_names]) for source in sources]
        if rows:
            title = f"{layer.name} by source: shares of the adjudicated labels, and how many there are"
            yield Drawing(f"{PLOTS}/{layer.name}-by-source.svg", "scales", title, stacked(title, rows, layer.label_names, True))


def _agreement_plots(release: CardFacts) -> Iterator[Drawing]:
    for kind in dict.fromkeys(figure.kind for figure in release.agreement):
        rows = [
            Dot(f"{figure.layer}, {figure.statistic}", figure.value, figure.low, figure.high, figure.target)
            for figure in release.agreement
            if figure.kind == kind and figure.value is not None
        ][:MOST_ROWS]
        if rows:
            title = f"Agreement, {kind}: figures with 95 % intervals"
            yield Drawing(f"{PLOTS}/agreement-{kind}.svg", "agreement", title, dots(title, rows))


def card(release: CardFacts) -> str:
    """The README.md of a release."""
    return _rendered("card.md.j2", release)


def licence_note(release: CardFacts) -> str:
    """The LICENSE of a release: the licence of the labels, and that of the texts of each source."""
    return _rendered("licence.txt.j2", release)


def _rendered(template: str, release: CardFacts) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["table"] = table
    text = files("standpoint.dataset").joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", environment.from_string(text).render(_all_values(release)))


def _all_values(release: CardFacts) -> dict:
    return template_values(release) | {"front": front_matter(release), "drawings": drawings(release), "bibtex": bibtex(release)}


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
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).replace("|", "\\|").split())
