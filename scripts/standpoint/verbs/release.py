"""Settled sets become a dataset: build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from standpoint.assess.agreement import Options
from standpoint.assess.figures import Agreement as Found
from standpoint.assess.made import HEADINGS, as_listed
from standpoint.codebook.actors import Registry
from standpoint.codebook.types import Codebook
from standpoint.model import StandpointError
from standpoint.project import Project, article_streams, read_annotation_sets, read_settled
from standpoint.publish.build import Extra, Plan, Summary
from standpoint.publish.build import build as build_release
from standpoint.publish.features import features
from standpoint.publish.fill import Records
from standpoint.publish.hydrate import Release
from standpoint.publish.leaks import refuse
from standpoint.publish.prose import Prose, read_prose
from standpoint.publish.released import Agreement, Baseline
from standpoint.publish.shape import Shape
from standpoint.publish.splits import read_splits
from standpoint.verbs import agree, baseline
from standpoint.verbs._sets import kinds_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.splits import found_leaks, released_leaks
from standpoint.verbs.tell import Teller


def build(project: Project, version: str | None, tell: Teller) -> Counter:
    """Build the release from what is settled, and read it back; rows by config."""
    refuse(found_leaks(project, tell))
    return counted(build_whole(project, version, tell))


def build_whole(project: Project, version: str | None, tell: Teller, more: Mapping[str, Extra] | None = None) -> Summary:
    """Build the release; ``more`` are files that go in beside, or instead of, those that a build takes along."""
    codebook, registry = open_codebook(project)
    version = version or _version(project)
    agreement = _agreement(agree.agree(project, tell, Options()))
    articles = (article for stream in article_streams(project) for article in stream)
    kinds = kinds_of(project)
    sets = (as_listed(item, kinds) for item in read_annotation_sets(project))
    records = Records(articles, read_settled(project), sets, read_splits(project.splits / "default.tsv"))
    extras = {"CHANGELOG.md": project.release_changelog, "sources.yaml": project.sources}  # the latter is for `hydrate`
    extras = {name: path.read_bytes() for name, path in extras.items() if path.exists()}
    plan = Plan(
        codebook, version, registry, agreement, extras | (more or {}), _prose(project), leaks=released_leaks(project, tell)
    )
    summary = build_release(records, plan._replace(baselines=partial(_baselines, codebook, registry)), project.release)
    for note in summary.notes:
        tell.tell(note)
    return summary


def counted(summary: Summary) -> Counter:
    """Rows by config, and whether the release changed."""
    counts = Counter({f"rows of {config}": sum(splits.values()) for config, splits in summary.rows.items()})
    counts["releases changed"] = int(summary.changed)
    return counts


def _agreement(found: Found) -> list[Agreement]:
    """What the card says of agreement: the main figures that there are, heading by heading."""
    figures = sorted(found.figures, key=lambda figure: HEADINGS.index(figure.kind))
    return [
        Agreement(one.kind, one.layer, one.statistic, one.value, one.n, one.low, one.high, one.target)
        for one in figures
        if one.main and one.value is not None
    ]


def _baselines(codebook: Codebook, registry: Registry, folder: Path) -> list[Baseline]:
    """The baselines' scores on the data that were just written to a folder."""
    return baseline.scores(Release(folder, Shape(codebook), registry, features(codebook)))


def _prose(project: Project) -> Prose | None:
    """What of the card is written by hand; None where nothing is."""
    return read_prose(project.card.read_bytes().decode("utf-8", "replace"), str(project.card)) if project.card.exists() else None


def _version(project: Project) -> str:
    path = project.version
    if not path.exists():
        raise StandpointError(f"{path}: no such file", "write the version of the dataset in it, or give --version")
    return path.read_text(encoding="utf-8").strip()
