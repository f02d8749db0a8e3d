"""What check, agree and adjudicate all read."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.annotate.people import load_annotators
from standpoint.jsonlines import read_lines
from standpoint.model import AnnotationSet
from standpoint.project import Project


def sets_of(project: Project) -> list[Iterator[AnnotationSet]]:
    """A stream of annotation sets a file, each sorted by article."""
    return [read_lines(path, AnnotationSet) for path in sorted(project.annotations.glob("*/*.jsonl"))]


def kinds_of(project: Project) -> dict[str, str]:
    """What each annotator is, as far as ``dataset/annotators.yaml`` says."""
    return {name: annotator.kind for name, annotator in load_annotators(project.annotators).items()}
