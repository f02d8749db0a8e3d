"""The two sides of a comparison: annotators, all people, the adjudicated sets, or the predictions of a system in a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams, merged
from standpoint.core.model import AdjudicatedSet, Annotation, AnnotationSet, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import HUMAN_TIERS, PUBLISHED, is_human
from standpoint.pages.task_json import fill_defaults
from standpoint.scoring.doc import Doc
from standpoint.scoring.predictions import articles_of, read_predictions, refuse_faults

PEOPLE, ADJUDICATED = "people", "adjudicated"


class Side(NamedTuple):
    """One side. ``annotators`` are its members, None for all people, also those of published labels.

    ``predictions`` is the file of a system, whose sets have the file's name as their annotator. ``left_out`` are members of a
    group who are the other side.
    """

    name: str
    annotators: frozenset[str] | None
    predictions: Path | None = None
    left_out: frozenset[str] = frozenset()

    def has(self, annotation_set: AnnotationSet) -> bool:
        """Whether a set, with the kind of its annotator as it is listed, is of this side."""
        if annotation_set.annotator in self.left_out:
            return False
        if self.annotators is None:
            return is_human(annotation_set.annotator_kind) or annotation_set.annotator_kind == PUBLISHED
        return annotation_set.annotator in self.annotators


def side_of(name: str, project: Project) -> Side:
    """The side that a name stands for; StandpointError if it stands for nothing."""
    if name == PEOPLE:
        return Side(name, None)
    if name == ADJUDICATED:
        return Side(name, frozenset({ADJUDICATED}))
    known = sorted({path.stem for path in project.annotations.glob("*/*.jsonl")})
    members = [member.strip() for member in name.split(",")]
    if set(members) <= set(known):
        return Side(name, frozenset(members))
    if os.path.isfile(name):  # which is false, and no error, also for what cannot be the name of a file
        return Side(name, frozenset({name}), Path(name))
    stranger = next(member for member in members if member not in known)
    hint = f"annotators with sets: {', '.join(known) or 'none'}; else name {PEOPLE}, {ADJUDICATED} or a file of predictions"
    raise StandpointError(f"{stranger!r} is neither an annotator nor a file", hint)


def two_sides(first: str, second: str, project: Project) -> tuple[Side, Side]:
    """Both sides. Whoever is one side is left out of the group that is the other; StandpointError if both are the same."""
    one, other = (side_of(name, project) for name in (first, second))
    if one.annotators == other.annotators:
        raise StandpointError(f"both sides are {first}", "name two different annotators, groups or files")
    if one.annotators is None:
        return one._replace(left_out=other.annotators or frozenset()), other
    if other.annotators is None:
        return one, other._replace(left_out=one.annotators)
    if shared := one.annotators & other.annotators:
        if one.annotators < other.annotators:
            return one, other._replace(left_out=shared)
        if other.annotators < one.annotators:
            return one._replace(left_out=shared), other
        raise StandpointError(f"{min(shared)} is on both sides", "name each annotator on one side")
    return one, other


def predicted_sets(
    side: Side, project: Project, codebook: Codebook, registry: Registry, reporter: Reporter
) -> list[AnnotationSet]:
    """The predictions of a file as annotation sets, sorted by article; none for a side that is no file.

    Each fault of the file is reported; StandpointError if one is an error. There are sets in the passes of which the file has
    anything at all, in each article that has a line. Questions about spans and about the article have their default answer where
    the file has none; no relation is added, for which sentences would be needed.
    """
    if side.predictions is None:
        return []
    wanted = articles_of(side.predictions)
    docs = {
        article.id: Doc(article.id, article.group, article.length, article.text)
        for article in merged(article_streams(project))
        if article.id in wanted
    }
    system, predicted, issues = read_predictions(side.predictions, docs, codebook, registry=registry)
    if system.given:
        message = f"{side.predictions}: the system was given the spans of {', '.join(system.given)}"
        hint = "compare what a system found itself; `standpoint score` takes what it says about given spans"
        raise StandpointError(message, hint)
    refuse_faults(side.predictions, issues, reporter)
    layers = {item.layer for doc in predicted.values() for item in doc.annotations}
    passes = [name for name in codebook.pass_by_name if layers & codebook.layers_by_pass[name].keys()]
    if left := [name for name in codebook.pass_by_name if name not in passes]:
        message = f"it has nothing in the pass {', '.join(left)}, which is not compared"
        reporter.report(Issue(side.predictions.name, "COMPARE-PASS", message, "note"))
    return [
        AnnotationSet(
            article_id=name,
            annotator=side.name,
            pass_name=pass_name,
            annotator_kind="model",
            codebook_version=codebook.version,
            text_sha256="",
            annotations=tuple(fill_defaults(_of_pass(doc.annotations, pass_name, codebook), (), pass_name, codebook)),
        )
        for name, doc in sorted(predicted.items())
        for pass_name in passes
    ]


def adjudicated_sets(adjudicated: AdjudicatedSet, sets: Sequence[AnnotationSet], codebook: Codebook) -> list[AnnotationSet]:
    """An adjudicated set as annotation sets: one in each pass in which it was made from the sets of its annotators.

    ``sets`` are all sets of the article. It counts as a person's only if people made it.
    """
    made_from = {one.pass_name for one in sets if one.annotator in adjudicated.annotators}
    return [
        AnnotationSet(
            article_id=adjudicated.article_id,
            annotator=ADJUDICATED,
            pass_name=pass_name,
            annotator_kind="human_trained" if adjudicated.tier in HUMAN_TIERS else "model",
            codebook_version=adjudicated.codebook_version,
            text_sha256=adjudicated.text_sha256,
            assistance="model_suggestion" if adjudicated.tier == "reviewed" else "none",
            annotations=tuple(_of_pass(adjudicated.annotations, pass_name, codebook)),
        )
        for pass_name in codebook.pass_by_name
        if pass_name in made_from
    ]


def _of_pass(annotations: Iterable[Annotation], pass_name: str, codebook: Codebook) -> list[Annotation]:
    return [item for item in annotations if item.layer in codebook.layers_by_pass[pass_name]]
