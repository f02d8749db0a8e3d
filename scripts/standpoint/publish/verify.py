"""A release is read back as its users will read it, before it is put in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from datasets import Features, load_dataset
from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from standpoint.model import StandpointError


def verify(folder: Path, configs: Mapping[str, Features], rows: Mapping[str, Mapping[str, int]], cache: Path) -> None:
    """Load each config and split into ``cache``; StandpointError where it is not what was written."""
    with quiet():
        for config, splits in rows.items():
            loaded = load_dataset(str(folder), config, cache_dir=str(cache))
            found = {name: split.num_rows for name, split in loaded.items()}
            if found != dict(splits):
                raise StandpointError(f"{config}: load_dataset finds {found}, written were {dict(splits)}")
            for name, split in loaded.items():
                if split.features != configs[config]:
                    raise StandpointError(f"{config}, split {name}: load_dataset gives other features than were written")


@contextmanager
def quiet() -> Iterator[None]:
    before = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not before:
            enable_progress_bars()
