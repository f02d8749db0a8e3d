"""What is certainly wrong in annotation sets put right: mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.assess.mend import Mended, mend_sets
from standpoint.assess.streams import joined
from standpoint.codebook.offsets import Repair
from standpoint.jsonlines import read_lines, write_lines
from standpoint.model import AnnotationSet
from standpoint.project import Project, article_streams
from standpoint.verbs.tell import Teller


def mend(project: Project, write: bool, tell: Teller) -> Counter:
    """Tell what can be mended in ``dataset/annotations`` and what cannot, and mend it where ``write`` says so.

    The record is written first: whatever happens then, nothing is changed that is not in it.
    """
    counts = Counter({"annotation sets": 0, "repairs": 0, "files to change": 0})
    repairs: dict[Path, list[Repair]] = {}
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        repairs[path] = list(_told(tell.counted(f"mend {path.parent.name}/{path.name}", _mended(project, path)), counts, tell))
    changed = [path for path, found in repairs.items() if found]
    counts.update({"repairs": sum(map(len, repairs.values())), "files to change": len(changed)})
    if write:
        record(project, (repair for found in repairs.values() for repair in found))
        for path in changed:
            write_lines(path, (item.set for item in _mended(project, path)))
        counts["files changed"] = counts.pop("files to change")
    return counts


def record(project: Project, repairs: Iterable[Repair]) -> None:
    """Add repairs to the record, which is sorted and has each once; it is not touched where there is nothing new."""
    known = {_key(repair): repair for repair in (read_lines(project.mended, Repair) if project.mended.exists() else ())}
    new = known | {_key(repair): repair for repair in repairs}
    if len(new) > len(known):
        write_lines(project.mended, (new[key] for key in sorted(new)))


def _key(repair: Repair) -> tuple[str, ...]:
    return repair.set, repair.annotation, repair.fault, str(repair.before), str(repair.after)


def _mended(project: Project, path: Path) -> Iterator[Mended]:
    return mend_sets(joined(article_streams(project), [read_lines(path, AnnotationSet)]))


def _told(mends: Iterable[Mended], counts: Counter, tell: Teller) -> Iterator[Repair]:
    """The repairs of a file; what was not mended is told, and all is counted by its class."""
    for item in mends:
        counts["annotation sets"] += 1
        counts.update(dict(sorted(item.faults.items())))
        for issue in item.issues:
            tell.tell(issue)
        yield from item.repairs
