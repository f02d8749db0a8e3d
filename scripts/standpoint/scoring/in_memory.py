"""Scores in Python: what `standpoint score` does with files, for predictions and for a reference that may be in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from standpoint.codebook.types import Codebook
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED
from standpoint.dataset.find_release import find_release
from standpoint.dataset.release_folder import in_scheme, open_release, read_codebook
from standpoint.dataset.schema import DOCUMENTS, Schema
from standpoint.loading import named
from standpoint.scoring.doc import System
from standpoint.scoring.predictions import read_predictions
from standpoint.scoring.scores import Gold, Report, gold_of, remarks
from standpoint.scoring.scores import score as score_docs
from standpoint.splits.splits import DEFAULT

Rows = Iterable[Mapping[str, Any]]
Reference = Gold | str | os.PathLike[str] | Mapping[str, Any] | Rows
NAMELESS = System(system="in memory", seed=None, single_model=True)
ROWS_HINT = "give rows of the config documents: load_dataset(…), or standpoint.loading.named(row, features) of each"
SHOWN = 3  # faults in the message of an error; the error has all


class Scored(NamedTuple):
    """The result. ``figures``: the official scores by "LAYER METRIC", as "events F1 exact"; None if one is not defined.

    ``report`` has all scores with their intervals and the numbers of items, also the diagnostics. ``issues`` has what is worth
    knowing, such as articles without predictions, and the faults of predictions if they were not refused.
    """

    figures: dict[str, float | None]
    report: Report
    issues: tuple[Issue, ...]


class FaultyPredictions(StandpointError):
    """Predictions that are refused. ``faults``: each fault, with its line and code."""

    def __init__(self, faults: Sequence[Issue]) -> None:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        message = f"{len(faults)} fault(s), nothing is scored: {'; '.join(map(str, faults[:SHOWN]))}{more}"
        super().__init__(message, "mend them, or let articles with a fault count as without predictions: strict=False")
        self.faults = tuple(faults)


def score(
    gold: Reference,
    predictions: str | os.PathLike[str] | Iterable[Mapping[str, Any]],
    *,
    split: str = "test",
    splits: str = DEFAULT,
    codebook: Codebook | str | os.PathLike[str] | None = None,
    strict: bool = True,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Scored:
    """The scores of predictions, as `standpoint score` computes them.

    ``gold`` is the folder of a release, its name on the Hub (owner/name@v1.0.0), rows, or what ``read_gold`` returns.
    ``predictions`` is a file of predictions, or its lines as dicts, one per article: ``{"article_id": …, "annotations": […]}``.
    The first line, which is about the system, may be left out of dicts. ``split``, ``splits`` and ``codebook`` are as in
    ``read_gold``.
    With ``resamples`` of 0 there are no intervals.

    FaultyPredictions if one has a fault; with ``strict=False``, nothing counts as predicted for its article instead.
    """
    notes: list[Issue] = []
    reference = read_gold(gold, split=split, splits=splits, codebook=codebook, reporter=Reporter(issue=notes.append))
    if isinstance(predictions, str | os.PathLike):
        path, lines = Path(predictions), None
    else:
        items = list(predictions)
        first = [] if items and isinstance(items[0], Mapping) and "system" in items[0] else [NAMELESS]
        # As JSON, so that the same is refused as in a file: a float as an offset, NaN, an unknown key.
        lines = [(number, _encoded(line)) for number, line in enumerate([*first, *items], 1 - len(first))]
        path = Path("predictions")
    system, docs, issues = read_predictions(path, reference.docs, reference.codebook, lines, reference.registry)
    if strict and (faults := [issue for issue in issues if issue.level == "error"]):
        raise FaultyPredictions(faults)
    report = score_docs(reference.docs, docs, reference.codebook, resamples, seed, system.given)
    figures = {f"{item.layer} {item.metric}": item.value for item in report.scores if item.official}
    later = remarks(path.name, report, system, docs, reference.codebook)
    return Scored(figures, report, (*notes, *issues, *later))


def read_gold(
    gold: Reference,
    *,
    split: str = "test",
    splits: str = DEFAULT,
    codebook: Codebook | str | os.PathLike[str] | None = None,
    reporter: Reporter | None = None,
) -> Gold:
    """The reference that predictions are scored against. Read it once to score several times, such as after each epoch.

    ``gold`` is the folder of a release, its name on the Hub (owner/name@v1.0.0), or rows of its config documents: a dataset, a
    dict of datasets by split, or dicts with labels as names. Rows need ``codebook``: the file codebook.yaml of the release. All
    tables that the scores read may be given as {config: rows}. ``splits``: a scheme of the release, such as by-source; rows are
    divided before (``standpoint.loading.resplit``). ``reporter`` is told what is not scored; ``score`` has it in its issues if it
    reads the reference.
    """
    if isinstance(gold, Gold):
        if split not in ("test", gold.split):  # the default says nothing
            raise StandpointError(f"the reference was read for {gold.split}, and not for {split}", "read it again, with split=")
        return gold
    if codebook is not None and isinstance(gold, str | os.PathLike):
        raise StandpointError("a release has its own codebook", "give codebook= with rows only")
    if isinstance(gold, str | os.PathLike):
        return gold_of(in_scheme(open_release(find_release(gold)), splits), split, reporter)
    if codebook is None:
        raise StandpointError("rows do not say what their labels mean", "give codebook=, the codebook.yaml of the release")
    made = codebook if isinstance(codebook, Codebook) else read_codebook(Path(codebook))
    tables = _Tables(gold if isinstance(gold, Mapping) and DOCUMENTS in gold else {DOCUMENTS: gold}, split, Schema(made))
    try:
        return gold_of(tables, split, reporter)
    except KeyError as error:
        raise StandpointError(f"the rows have no column {error}", ROWS_HINT) from None
    except StandpointError as error:
        raise StandpointError(error.message, ROWS_HINT) from None


class _Tables:
    """Rows in memory, in the place of a release (``scores.Tables``)."""

    folder, scheme = Path("rows"), DEFAULT

    def __init__(self, tables: Mapping[str, Any], split: str, schema: Schema) -> None:
        self.split, self.schema = split, schema
        # A generator can be read only once.
        self.tables = {
            config: table if isinstance(table, Mapping) or hasattr(table, "features") else list(table)
            for config, table in tables.items()
        }

    def rows(self, config: str, split: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """The rows of a config. All are of the split that was named, unless there are several."""
        table = self.tables.get(config, ())
        if isinstance(table, Mapping):
            table = table.get(self.split, ())
        features = getattr(table, "features", None) or {}
        yield from ((self.split, named(row, features)) for row in table)

    def splits(self, config: str) -> set[str]:
        """The splits of a config."""
        table = self.tables.get(config, ())
        return set(table) if isinstance(table, Mapping) else {self.split}


def _encoded(line: object) -> bytes:
    """A line as JSON. Numbers of numpy and torch are numbers."""

    def plain(value: Any) -> Any:
        if hasattr(value, "item"):
            return value.item()
        raise TypeError(f"{type(value).__name__} is not JSON")

    try:
        return msgspec.json.encode(line, enc_hook=plain)
    except (TypeError, ValueError, UnicodeEncodeError) as error:
        raise StandpointError(f"a prediction is not JSON: {error}", "give dicts, lists, texts and numbers") from None
