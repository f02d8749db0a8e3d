"""The verb migrate: which annotation sets a new version of the codebook leaves as they are, and which must be looked at."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from standpoint.codebook.changes import Change, as_numbers, load_changes
from standpoint.codebook.types import Codebook
from standpoint.jsonlines import read_lines, write_lines
from standpoint.model import AnnotationSet, Issue
from standpoint.project import Project
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def migrate(project: Project, dry_run: bool, tell: Teller) -> Counter:
    """Tell the sets that must be looked at again; give the others the codebook's version, unless ``dry_run``."""
    codebook, _ = open_codebook(project)
    changes = load_changes(project.guidelines_changelog, codebook)
    counts = Counter({"annotation sets": 0, "of this version": 0, "to be looked at again": 0, "to be brought to this version": 0})
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        moved = [_moved(one, changes, codebook, counts, tell) for one in read_lines(path, AnnotationSet)]
        if not dry_run:
            write_lines(path, moved)
    if not dry_run:
        counts["brought to this version"] = counts.pop("to be brought to this version")
    return counts


def _moved(one: AnnotationSet, changes: tuple[Change, ...], codebook: Codebook, counts: Counter, tell: Teller) -> AnnotationSet:
    """The set as it should be; one that must be looked at stays as it is, and is told."""
    where = f"{Path(one.pass_name, one.annotator)} {one.article_id}"
    counts["annotation sets"] += 1
    if one.codebook_version == codebook.version:
        counts["of this version"] += 1
        return one
    if one.pass_name not in codebook.pass_by_name:
        tell.tell(Issue(where, "SET-PASS", f"the codebook has no pass {one.pass_name!r}"))
        return one
    if as_numbers(one.codebook_version) > as_numbers(codebook.version):
        tell.tell(Issue(where, "SET-NEWER", f"made with {one.codebook_version}, the codebook is {codebook.version}"))
        return one
    concerned = [str(change) for change in changes if change.concerns(one, codebook)]
    if concerned:
        counts["to be looked at again"] += 1
        tell.tell(Issue(where, "SET-REVISIT", f"made with {one.codebook_version}; {'; '.join(concerned)}", "note"))
        return one
    counts["to be brought to this version"] += 1
    return replace(one, codebook_version=codebook.version)
