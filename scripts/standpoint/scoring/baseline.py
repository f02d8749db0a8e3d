"""The baselines' predictions: baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.files import written_whole
from standpoint.core.model import Article, StandpointError, Zone
from standpoint.core.reporter import Reporter
from standpoint.dataset.card_tables import Baseline
from standpoint.dataset.release_folder import Release, open_release
from standpoint.dataset.rows import annotations_of
from standpoint.dataset.schema import DOCUMENTS
from standpoint.scoring.baseline_pipeline import Model, Text, predict
from standpoint.scoring.baseline_rules import Rules
from standpoint.scoring.baseline_trained import Labelled, Trained
from standpoint.scoring.doc import Doc, scheme_of
from standpoint.scoring.predictions import Predicted, doc_of
from standpoint.scoring.scores import gold_of, score
from standpoint.suggestions import suggestion_spans

TRAIN = "train"
SYSTEMS = ("rules", "trained")
BASELINE_SEED = 1
MOST = 500  # articles that the trained one learns from: a draw by the hash of their ids
RESAMPLES = 2_000
NO_ACTORS = Registry(version="0.0.0")


def write_predictions(release: Path, name: str, split: str, out: Path, seed: int, reporter: Reporter) -> Counter:
    """Write a baseline's predictions for a split of a release, whole or not at all."""
    found = open_release(release)
    codebook, registry = found.schema.codebook, found.registry or NO_ACTORS
    model = _model(name, found, seed)
    scheme, counts = scheme_of(codebook), Counter()
    with written_whole(out) as file:
        seeded = seed if name == "trained" else None
        head = {"system": f"baseline {name}", "seed": seeded, "single_model": True, "codebook_version": codebook.version}
        file.write(msgspec.json.encode(head) + b"\n")
        for row in reporter.track(f"predict {split}", _rows(found, split)):
            annotations = predict(_text(row, codebook, registry), model, scheme)
            file.write(msgspec.json.encode({"article_id": row["id"], "annotations": annotations}) + b"\n")
            counts.update({"articles": 1, "predictions": len(annotations)})
    return counts


def baseline_scores(release: Release, split: str = "test", seed: int = BASELINE_SEED) -> list[Baseline]:
    """The official scores of both baselines on a split; none where a split has no article, or a text is withheld."""
    there = [(name, row["text"] is None) for name, row in release.rows(DOCUMENTS)]
    if not {TRAIN, split} <= {name for name, _ in there} or any(withheld for _, withheld in there):
        return []
    gold, found = gold_of(release, split), []
    for name in SYSTEMS:
        model = _model(name, release, seed)
        docs = {row["id"]: _predicted(row, release, model, gold.docs[row["id"]]) for row in _rows(release, split)}
        report = score(gold.docs, docs, gold.codebook, RESAMPLES)
        found += [
            Baseline(name, split, one.track, one.metric, one.layer, one.value, one.low, one.high, one.n)
            for one in report.scores
            if one.official and one.value is not None
        ]
    return found


def _predicted(row: Mapping[str, Any], release: Release, model: Model, right: Doc) -> Doc:
    """The predictions of one row as the scorer takes them."""
    codebook, registry = release.schema.codebook, release.registry or NO_ACTORS
    said = predict(_text(row, codebook, registry), model, scheme_of(codebook))
    return doc_of(msgspec.convert(said, list[Predicted]), right)


def _model(name: str, release: Release, seed: int) -> Model:
    codebook, registry = release.schema.codebook, release.registry or NO_ACTORS
    if name == "rules":
        return Rules(scheme_of(codebook))
    ranked = sorted((sha256(f"{seed}:{row['id']}".encode()).hexdigest(), row["id"]) for row in _rows(release, TRAIN))
    drawn = {name for _, name in ranked[:MOST]}
    rows = (row for row in _rows(release, TRAIN) if row["id"] in drawn)
    return Trained(_labelled(rows, release, codebook, registry), scheme_of(codebook), seed)


def _labelled(rows: Iterable[Mapping[str, Any]], release: Release, codebook: Codebook, registry: Registry) -> Iterator[Labelled]:
    for row in rows:
        annotations = tuple(annotations_of(row, release.schema))
        yield Labelled(_text(row, codebook, registry), Doc(row["id"], text=row["text"], annotations=annotations))


def _rows(release: Release, split: str) -> Iterator[dict]:
    """The rows of one split; StandpointError where there is none, or a text is withheld."""
    empty = True
    for name, row in release.rows(DOCUMENTS):
        if name == split:
            if row["text"] is None:
                raise StandpointError(
                    f"{row['id']}: its text is withheld", "`standpoint hydrate` puts it back from your own copies"
                )
            empty = False
            yield row
    if empty:
        raise StandpointError(f"{release.folder}: no article is in split {split!r}", "name one of its splits with --split")


def _text(row: Mapping[str, Any], codebook: Codebook, registry: Registry) -> Text:
    """The article of a row, without its labels, and its suggestions."""
    zones = tuple(Zone(**zone) for zone in row["zones"])
    names = ("id", "source", "publisher", "licence", "language", "sha256", "text", "annotated_until")
    article = Article(title=row["title"] or "", zones=zones, **{name: row[name] for name in names})
    headline = max((zone.end for zone in zones if zone.name == "headline"), default=0)
    sentences = [(one["start"], one["end"]) for one in row["sentences"] if _is_open(one["start"], zones, codebook)]
    suggestions = [suggestion for layer in codebook.layers for suggestion in suggestion_spans(article, layer, codebook, registry)]
    return Text(article.id, article.text, sentences, headline, article.annotated_until, suggestions)


def _is_open(offset: int, zones: Iterable[Zone], codebook: Codebook) -> bool:
    return any(zone.name in codebook.zones.annotatable and zone.start <= offset < zone.end for zone in zones)
