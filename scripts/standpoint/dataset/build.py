"""Adjudicated sets become a release: built beside, read back, and put in place whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from datasets import Features

from standpoint.agreement.figures import Figure
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.files import SUMS, refuse_foreign, replace_folder, same_files, workspace
from standpoint.core.model import Issue, StandpointError
from standpoint.core.version import check_version
from standpoint.dataset.build_rows import Records, fill, shelved
from standpoint.dataset.card import card, licence_note, plain_yaml, released_version
from standpoint.dataset.card_plots import drawings
from standpoint.dataset.card_tables import Baseline, CardFacts, Prose, Rows, Tally
from standpoint.dataset.croissant import citation_file, croissant
from standpoint.dataset.parquet import verify, writing
from standpoint.dataset.release_folder import checksums, content_hash, sizes
from standpoint.dataset.schema import DOCUMENTS, REGISTRY, Schema, features
from standpoint.splits.leaks import LeakReport
from standpoint.splits.splits import RELEASED

Extra = bytes | Callable[[Path], bytes]


class Plan(NamedTuple):
    """How to build. ``extras`` are further files: their bytes, or what makes them once the data are in the folder."""

    codebook: Codebook
    version: str
    registry: Registry | None = None
    agreement: Sequence[Figure] = ()
    extras: Mapping[str, Extra] = {}
    prose: Prose | None = None  # what of the card is written by hand
    empty_splits: bool = False  # whether a split without articles may be left out
    baselines: Callable[[Path], Sequence[Baseline]] = lambda folder: ()  # scores of the data in the folder
    leaks: LeakReport | None = None


class Summary(NamedTuple):
    """What was built: whether the release changed, rows by config and split, its content hash, and what to know."""

    version: str
    changed: bool
    rows: dict[str, dict[str, int]]
    content: str
    notes: list[Issue]


def build_release(records: Records, plan: Plan, out: Path) -> Summary:
    """Build the release in ``out``; an exception, or a kill, leaves the release that was there."""
    check_version(plan.version)
    configs = features(plan.codebook)
    refuse_foreign(out)
    with workspace(out) as beside:
        new, cache = (beside / name for name in ("release", "cache"))
        new.mkdir()
        tally, rows, notes = _write_data(records, plan, configs, new)
        notes += _missing(rows, plan)
        rows = {config: splits for config, splits in rows.items() if splits}
        content = content_hash(new)
        left_out = Counter(note.code for note in notes)
        found = CardFacts(tally, configs, rows, plan.version, content, plan.agreement, left_out, plan.prose, sizes(new))
        _write_rest(new, found._replace(baselines=plan.baselines(new), leaks=plan.leaks), plan)
        if not same_files(out, new):
            verify(new, configs, rows, cache)
            notes += _same_version(out, plan.version)
        return Summary(plan.version, replace_folder(out, new), rows, content, notes)


def _write_data(records: Records, plan: Plan, configs: Mapping[str, Features], new: Path) -> tuple[Tally, Rows, list[Issue]]:
    tally = Tally(Schema(plan.codebook))
    with shelved(records) as shelves, writing(new, configs) as result:
        fill(shelves, result, tally, plan.registry)
    return tally, result.rows, shelves.notes


def _missing(rows: Rows, plan: Plan) -> Iterator[Issue]:
    """A note for each split that a config does not have, because nothing is in it; for the documents, an error."""
    for config, splits in rows.items():
        for split in RELEASED if config != REGISTRY else ():
            if split in splits:
                continue
            if config == DOCUMENTS and not (plan.empty_splits and splits):
                hint = "resolve more articles; load_dataset cannot read an empty split"
                raise StandpointError(f"split {split} is empty: no adjudicated article is in it", hint)
            yield Issue(config, "EMPTY-SPLIT", f"it has no rows in split {split}, and so no such split", "note")


def _write_rest(new: Path, release: CardFacts, plan: Plan) -> None:
    files: dict[str, Extra] = {"codebook.yaml": plain_yaml(plan.codebook), "LICENSE": licence_note(release).encode()}
    if plan.registry:
        files["actors.yaml"] = plain_yaml(plan.registry)
    files |= {drawing.path: drawing.svg.encode() for drawing in drawings(release)}
    files |= {"README.md": card(release).encode(), "CITATION.cff": citation_file(release)}
    files["croissant.json"] = lambda folder: croissant(release, folder)
    for name, extra in (files | dict(plan.extras)).items():
        (new / name).parent.mkdir(exist_ok=True)
        (new / name).write_bytes(extra if isinstance(extra, bytes) else extra(new))
    (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")


def _same_version(out: Path, version: str) -> Iterator[Issue]:
    """A note where other data take the place of a release under its version: a cache may go on showing the old ones."""
    if released_version(out) == version:
        yield Issue("release", "SAME-VERSION", f"it changed and is still called {version}, should get a new version", "note")
