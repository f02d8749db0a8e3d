"""The project's release is built: agreement, leaks, baselines and card are computed, and the rows written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from standpoint.agreement.agreement import measure_agreement
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams, read_adjudicated, read_annotation_sets
from standpoint.core.model import StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import as_listed, kinds_of
from standpoint.core.reporter import Reporter
from standpoint.dataset.build import Extra, Plan, Summary, build_release
from standpoint.dataset.build_rows import Records
from standpoint.dataset.card_tables import Baseline, Prose, read_prose
from standpoint.dataset.release_folder import Release
from standpoint.dataset.schema import Schema, features
from standpoint.scoring.baseline import baseline_scores
from standpoint.splits.leaks import find_project_leaks, refuse_leaks, report_released_leaks
from standpoint.splits.splits import read_splits


def build_project(project: Project, version: str | None, reporter: Reporter) -> Counter:
    """Build the release from what is adjudicated, and read it back; rows by config."""
    refuse_leaks(find_project_leaks(project, reporter))
    return summary_counts(build_whole(project, version, reporter))


def build_whole(project: Project, version: str | None, reporter: Reporter, more: Mapping[str, Extra] | None = None) -> Summary:
    """Build the release; ``more`` are files that go in beside, or instead of, those that a build takes along."""
    codebook, registry = open_codebook(project)
    version = version or _version(project)
    agreement = measure_agreement(project, reporter).published()
    articles = (article for stream in article_streams(project) for article in stream)
    kinds = kinds_of(project)
    sets = (as_listed(item, kinds) for item in read_annotation_sets(project))
    records = Records(articles, read_adjudicated(project), sets, read_splits(project.splits / "default.tsv"))
    extras = {"CHANGELOG.md": project.release_changelog, "sources.yaml": project.sources}  # the latter is for `hydrate`
    extras = {name: path.read_bytes() for name, path in extras.items() if path.exists()}
    plan = Plan(
        codebook,
        version,
        registry,
        agreement,
        extras | (more or {}),
        _prose(project),
        leaks=report_released_leaks(project, reporter),
    )
    summary = build_release(records, plan._replace(baselines=partial(_baselines, codebook, registry)), project.release)
    for note in summary.notes:
        reporter.report(note)
    return summary


def summary_counts(summary: Summary) -> Counter:
    """Rows by config, and whether the release changed."""
    counts = Counter({f"rows of {config}": sum(splits.values()) for config, splits in summary.rows.items()})
    counts["releases changed"] = int(summary.changed)
    return counts


def _baselines(codebook: Codebook, registry: Registry, folder: Path) -> list[Baseline]:
    """The baselines' scores on the data that were just written to a folder."""
    return baseline_scores(Release(folder, Schema(codebook), registry, features(codebook)))


def _prose(project: Project) -> Prose | None:
    """What of the card is written by hand; None where nothing is."""
    return read_prose(project.card.read_bytes().decode("utf-8", "replace"), str(project.card)) if project.card.exists() else None


def _version(project: Project) -> str:
    path = project.version
    if not path.exists():
        raise StandpointError(f"{path}: no such file", "write the version of the dataset in it, or give --version")
    return path.read_text(encoding="utf-8").strip()
