"""The card of a release, its README.md: front matter, computed sections, and the hand-written text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import msgspec
import yaml
from jinja2 import Environment, StrictUndefined
from ruamel.yaml import YAML

from standpoint.core.yamlfile import split_front_matter
from standpoint.dataset.card_plots import drawings
from standpoint.dataset.card_tables import HUMAN, CardFacts, Tally, in_order, values
from standpoint.dataset.croissant import bibtex
from standpoint.dataset.schema import DOCUMENTS


def plain_yaml(value: msgspec.Struct) -> bytes:
    """A struct as YAML 1.2, in the order of its fields, without what is default; reads back as the same struct."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, 1000, True
    yaml.sort_base_mapping_type_on_output = False
    text = BytesIO()
    yaml.dump(msgspec.json.decode(msgspec.json.encode(value)), text)
    return text.getvalue()


SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(release: CardFacts) -> str:
    """The YAML, as YAML 1.1 reads it (a label ``no`` is quoted). Configs and splits that have no rows are not named."""
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
        # Features: a copy, should the files lose theirs. No sizes of splits: with them, load_dataset(…, filters=…) is an error.
        "dataset_info": [
            {"config_name": config, "features": configs[config]._to_yaml_list(), **release.sizes.get(config, {})}
            for config in written
        ],
    }
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000)


def released_version(folder: Path) -> str | None:
    """The version of the release in a folder, from its card; None where there is none."""
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
    """The Hub's words for who annotated."""
    kinds = set(tally.annotators)
    people = {"human_crowd": "crowdsourced"}
    words = {people.get(kind, "expert-generated") if kind.startswith(HUMAN) else "machine-generated" for kind in kinds}
    return sorted(words) or ["no-annotation"]


def card(release: CardFacts) -> str:
    """The README.md of a release."""
    return _rendered("card.md.j2", release)


def licence_note(release: CardFacts) -> str:
    """The LICENSE of a release: whose licence the labels have, and whose each source's texts."""
    return _rendered("licence.txt.j2", release)


def _rendered(template: str, release: CardFacts) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["table"] = table
    text = files("standpoint.dataset").joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", environment.from_string(text).render(_all_values(release)))


def _all_values(release: CardFacts) -> dict:
    return values(release) | {"front": front_matter(release), "drawings": drawings(release), "bibtex": bibtex(release)}


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
