"""The YAML at the head of the card: what ``load_dataset`` and the Hub read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from standpoint.publish.released import Release, in_order
from standpoint.publish.shape import DOCUMENTS
from standpoint.publish.tally import HUMAN, Tally

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(release: Release) -> str:
    """The YAML, as YAML 1.1 reads it (a label ``no`` is quoted). Configs and splits that have no rows are not named."""
    tally, configs, rows, version = release.tally, release.configs, release.rows, release.version
    codebook = tally.shape.codebook
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
    head = readme.read_text(encoding="utf-8").split("---\n") if readme.is_file() else ()
    values = yaml.safe_load(head[1]) if len(head) > 2 else None
    return values["configs"][0]["version"] if isinstance(values, dict) and values.get("configs") else None


def _config(config: str, splits: Mapping[str, int], version: str) -> dict:
    files = [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in in_order(splits)]
    return (
        {"config_name": config} | ({"default": True} if config == DOCUMENTS else {}) | {"version": version, "data_files": files}
    )


def _tasks(tally: Tally) -> list[str]:
    shape = tally.shape
    tokens = ["token-classification"] if shape.spans else []
    return tokens + (["text-classification"] if shape.article or shape.each else [])


def _creators(tally: Tally) -> list[str]:
    """The Hub's words for who annotated."""
    kinds = set(tally.annotators)
    people = {"human_crowd": "crowdsourced"}
    words = {people.get(kind, "expert-generated") if kind.startswith(HUMAN) else "machine-generated" for kind in kinds}
    return sorted(words) or ["no-annotation"]
