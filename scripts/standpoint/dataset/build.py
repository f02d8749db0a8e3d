"""Build a release from adjudicated sets: write it beside the old one, read it back, and put it in place as a whole."""

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
from standpoint.dataset.build_rows import Records, sorted_records, write_rows
from standpoint.dataset.card import card, drawings, licence_note, plain_yaml, released_version
from standpoint.dataset.card_tables import Baseline, CardFacts, Prose, Rows, Tally
from standpoint.dataset.croissant import citation_file, croissant
from standpoint.dataset.parquet import verify, writing
from standpoint.dataset.release_folder import checksums, content_hash, sizes
from standpoint.dataset.schema import DOCUMENTS, REGISTRY, Schema, features
from standpoint.splits.leaks import LeakReport
from standpoint.splits.splits import RELEASED

Extra = bytes | Callable[[Path], bytes]


class Plan(NamedTuple):
    """How to build. ``extras``: further files, as bytes or as a function that makes them from the folder with the data."""

    codebook: Codebook
    version: str
    registry: Registry | None = None
    agreement: Sequence[Figure] = ()
    extras: Mapping[str, Extra] = {}
    prose: Prose | None = None  # the hand-written part of the card
    empty_splits: bool = False  # whether a split without articles may be left out
    baselines: Callable[[Path], Sequence[Baseline]] = lambda folder: ()  # scores of the data in the folder
    leaks: LeakReport | None = None


class Summary(NamedTuple):
    """What was built: whether the release changed, its rows by config and split, its content hash, and notes."""

    version: str
    changed: bool
    rows: Rows
    content: str
    notes: list[Issue]


def build_release(records: Records, plan: Plan, out: Path) -> Summary:
    """Build the release in ``out``. After an exception or a kill, ``out`` holds the release that was there before."""
    check_version(plan.version)
    configs = features(plan.codebook)
    refuse_foreign(out)
    with workspace(out) as beside:
        new, cache = (beside / name for name in ("release", "cache"))
        new.mkdir()
        tally, rows, notes = _write_data(records, plan, configs, new)
        notes += _empty_splits(rows, plan)
        rows = {config: splits for config, splits in rows.items() if splits}
        content = content_hash(new)
        left_out = Counter(note.code for note in notes)
        facts = CardFacts(tally, configs, rows, plan.version, content, plan.agreement, left_out, plan.prose, sizes(new))
        _write_other_files(new, facts._replace(baselines=plan.baselines(new), leaks=plan.leaks), plan)
        if not same_files(out, new):
            verify(new, configs, rows, cache)
            notes += _same_version(out, plan.version)
        return Summary(plan.version, replace_folder(out, new), rows, content, notes)


def _write_data(records: Records, plan: Plan, configs: Mapping[str, Features], new: Path) -> tuple[Tally, Rows, list[Issue]]:
    tally = Tally(Schema(plan.codebook))
    with sorted_records(records) as stored, writing(new, configs) as writer:
        write_rows(stored, writer, tally, plan.registry)
    return tally, writer.rows, stored.notes


def _empty_splits(rows: Rows, plan: Plan) -> Iterator[Issue]:
    """A note for each split of a config that has no rows and is therefore left out; an error for the documents."""
    for config, splits in rows.items():
        for split in RELEASED if config != REGISTRY else ():
            if split in splits:
                continue
            if config == DOCUMENTS and not (plan.empty_splits and splits):
                hint = "adjudicate more articles; load_dataset cannot read an empty split"
                raise StandpointError(f"split {split} is empty: it has no adjudicated article", hint)
            yield Issue(config, "EMPTY-SPLIT", f"no rows in split {split}: the split is left out", "note")


def _write_other_files(new: Path, release: CardFacts, plan: Plan) -> None:
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
    """A note if other data replace a release of the same version: the cache of a reader may still show the old data."""
    if released_version(out) == version:
        yield Issue("release", "SAME-VERSION", f"its data changed, and its version is still {version}", "note")
