"""A third reader for tries: m02's sets, changed in a fixed way. Nobody's work, and never part of the project's dataset."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import Annotation, AnnotationSet, Choice, Relation, Span
from standpoint.core.project import Project

LIKE, NAME = "m02", "t03"
OTHER = {"asserted": "possible", "author": "unnamed", "strike.air": "strike.missile_artillery", "harm.kill": "harm.injure"}
OTHER |= {"territory.capture": "combat.ground", "PLACE": "OBJECT", "place": "target"}


def add_third_annotator(project: Project, pass_name: str, articles: int = 99) -> list[str]:
    """Write the third reader's sets of the first articles, and say who it is; the articles' ids."""
    sets = list(read_lines(project.annotations / pass_name / f"{LIKE}.jsonl", AnnotationSet))[:articles]
    write_lines(project.annotations / pass_name / f"{NAME}.jsonl", map(changed, sets))
    listed = project.annotators.read_text(encoding="utf-8")
    if f"id: {NAME}" not in listed:
        listed += f"  - id: {NAME}\n    kind: model\n    description: {LIKE}'s sets, changed in a fixed way, for a test\n"
        project.annotators.write_text(listed, encoding="utf-8")
    return [one.article_id for one in sets]


def changed(one: AnnotationSet) -> AnnotationSet:
    """Every sixth span is not there, with all that hangs on it; of the rest, every fifth label that has another is that."""
    spans = [item.id for item in one.annotations if isinstance(item, Span)]
    gone = set(spans[::6])
    kept = [item for item in one.annotations if not gone.intersection(_about(item))]
    return replace(one, annotator=NAME, annotations=tuple(_otherwise(kept)))


def _about(item: Annotation) -> tuple[str, ...]:
    if isinstance(item, Relation):
        return item.head, item.tail
    return (item.of,) if isinstance(item, Choice) else (item.id,)


def _otherwise(items: list[Annotation]) -> Iterator[Annotation]:
    for number, item in enumerate(items):
        yield replace(item, label=OTHER.get(item.label, item.label)) if number % 5 == 0 else item
