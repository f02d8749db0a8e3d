"""Safe automatic fixes of annotation sets, and the migration to a new version of the codebook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import asdict, replace

from standpoint.codebook.changes import Change, as_numbers, load_changes
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams
from standpoint.core.files import read_lines, write_lines
from standpoint.core.ids import with_new_ids
from standpoint.core.merge import by_article
from standpoint.core.model import Annotation, AnnotationSet, Article, Choice, Issue, Relation, Span, in_reading_order
from standpoint.core.offsets import DUPLICATE, Repair, fault, fixed, told
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter


def merged(
    annotations: Sequence[Annotation], refused: Set[Annotation], where: str
) -> tuple[list[Annotation], list[Repair], list[Issue]]:
    """The annotations without exact duplicates; a repair for each change; an Issue for each group that is not merged.

    Spans that were ``refused`` for their offsets stay too: that two wrong places are the same says nothing of the right ones.
    """
    kept, issues = _kept([item for item in annotations if item not in refused], where)
    used, first = {item.id for item in annotations}, {}
    left: list[Annotation] = []
    repairs: list[Repair] = []
    for item in annotations:
        better = _following(item, kept, used)
        key = (type(item), *_content(better).values(), kept.get(item.id, item.id) if isinstance(item, Span) else "")
        if key in first and item not in refused:
            repairs.append(_repair(where, item, _content(item), {"kept": first[key]}))
            continue
        first[key] = better.id
        left.append(better)
        if better != item:
            after = {name: value for name, value in asdict(better).items() if value != getattr(item, name)}
            repairs.append(_repair(where, item, {name: getattr(item, name) for name in after}, after))
    return left, repairs, issues


def _repair(where: str, item: Annotation, before: dict, after: dict) -> Repair:
    return Repair(set=where, annotation=item.id, fault=DUPLICATE, before=before, after=after)


def _content(item: Annotation) -> dict[str, str | int]:
    return {name: value for name, value in asdict(item).items() if name != "id"}


def _kept(annotations: Sequence[Annotation], where: str) -> tuple[dict[str, str], list[Issue]]:
    """The id of each span that is merged -> the id of the one that stays."""
    groups: dict[tuple, list[str]] = defaultdict(list)
    for span in dict.fromkeys(item for item in annotations if isinstance(item, Span)):
        groups[tuple(_content(span).values())].append(span.id)
    kept: dict[str, str] = {}
    issues: list[Issue] = []
    for ids in groups.values():
        reason = _reason(ids, annotations) if len(ids) > 1 else ""
        if reason:
            issues.append(Issue(f"{where} {ids[-1]}", "FIX-DUPLICATE", f"{DUPLICATE}: the same span as {ids[0]}, but {reason}"))
        else:
            kept.update(dict.fromkeys(ids[1:], ids[0]))
    return kept, issues


def _reason(ids: Sequence[str], annotations: Sequence[Annotation]) -> str:
    """Why the same span under several ids is not merged, or ""."""
    known = Counter(item.id for item in dict.fromkeys(annotations) if isinstance(item, Span))
    if any(known[identity] > 1 for identity in ids):
        return "one of the ids is another span's too"
    if any(isinstance(item, Relation) and item.head in ids and item.tail in ids for item in annotations):
        return "they are linked to each other"
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # layer -> id -> labels
    for item in annotations:
        if isinstance(item, Choice) and item.of in ids:
            said[item.layer][item.of].add(item.label)
    differing = [layer for layer, answers in said.items() if len(set(map(frozenset, answers.values()))) > 1]
    return f"their answers differ in {', '.join(differing)}" if differing else ""


def _following(item: Annotation, kept: Mapping[str, str], used: set[str]) -> Annotation:
    """An answer or relation on the span that stays, under the id that it would have got there."""
    if isinstance(item, Span):
        return item
    moved = with_new_ids(item, kept)
    return replace(moved, id=item.id) if moved.id in used else moved


class FixedSet(NamedTuple):
    """An annotation set after fixing, what was fixed in it, and what is wrong and was not."""

    set: AnnotationSet
    repairs: Sequence[Repair] = ()
    issues: Sequence[Issue] = ()
    faults: Counter = Counter()


def fix_set(one: AnnotationSet, article: Article | None) -> FixedSet:
    """A set fixed against its article; without the text that it was made on, nothing in it can be judged."""
    where = f"{one.article_id} {one.pass_name} {one.annotator}"
    if article is None or article.text is None:
        return FixedSet(one, issues=[Issue(where, "FIX-NO-TEXT", "no text of its article is here; nothing is looked at", "note")])
    if one.text_sha256 != article.sha256:
        return FixedSet(one, issues=[Issue(where, "FIX-TEXT", "was made on another text than its article's; nothing is fixed")])
    placed: list[Annotation] = []
    repairs: list[Repair] = []
    issues: list[Issue] = []
    for item in one.annotations:
        placed.append(_placed(item, article.text, where, repairs, issues) if isinstance(item, Span) else item)
    refused = {item for item in placed if isinstance(item, Span) and fault(item.start, item.end, item.quote, article.text)}
    kept, merges, unmerged = merged(placed, refused, where)
    repairs, issues = repairs + merges, issues + unmerged
    faults = Counter(f"fixed: {repair.fault}" for repair in repairs)
    faults.update(f"refused: {issue.message.partition(':')[0]}" for issue in issues)
    return FixedSet(replace(one, annotations=tuple(in_reading_order(kept))) if repairs else one, repairs, issues, faults)


def _placed(span: Span, text: str, where: str, repairs: list[Repair], issues: list[Issue]) -> Span:
    """A span where it certainly stands, with the repair; or as it is, with the Issue that says why."""
    kind = fault(span.start, span.end, span.quote, text)
    place = fixed(span.start, span.end, span.quote, text) if kind else None
    if place is None:
        if kind:
            code = f"FIX-{kind.upper().replace(' ', '-')}"
            issues.append(Issue(f"{where} {span.id}", code, told(span.start, span.end, span.quote, text)))
        return span
    better = replace(span, start=place[0], end=place[1], quote=text[slice(*place)])
    before, after = ({"start": one.start, "end": one.end, "quote": one.quote} for one in (span, better))
    repairs.append(Repair(set=where, annotation=span.id, fault=kind, before=before, after=after))
    return better


def fix_sets(articles_and_sets: Iterator[tuple[list[Article], list[AnnotationSet]]]) -> Iterator[FixedSet]:
    """The sets of a stream, each beside its article, fixed."""
    for articles, sets in articles_and_sets:
        yield from (fix_set(one, articles[0] if articles else None) for one in sets)


def fix_annotation_sets(project: Project, write: bool, reporter: Reporter) -> Counter:
    """Tell what can be fixed in ``dataset/annotations`` and what cannot, and fix it where ``write`` says so.

    The record is written first: whatever happens then, nothing is changed that is not in it.
    """
    counts = Counter({"annotation sets": 0, "repairs": 0, "files to change": 0})
    repairs: dict[Path, list[Repair]] = {}
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        repairs[path] = list(
            _told(reporter.track(f"fix {path.parent.name}/{path.name}", _fixed(project, path)), counts, reporter)
        )
    changed = [path for path, found in repairs.items() if found]
    counts.update({"repairs": sum(map(len, repairs.values())), "files to change": len(changed)})
    if write:
        record_fixes(project, (repair for found in repairs.values() for repair in found))
        for path in changed:
            write_lines(path, (item.set for item in _fixed(project, path)))
        counts["files changed"] = counts.pop("files to change")
    return counts


def record_fixes(project: Project, repairs: Iterable[Repair]) -> None:
    """Add repairs to the record, which is sorted and has each once; it is not touched where there is nothing new."""
    known = {_key(repair): repair for repair in (read_lines(project.fixed, Repair) if project.fixed.exists() else ())}
    new = known | {_key(repair): repair for repair in repairs}
    if len(new) > len(known):
        write_lines(project.fixed, (new[key] for key in sorted(new)))


def _key(repair: Repair) -> tuple[str, ...]:
    return repair.set, repair.annotation, repair.fault, str(repair.before), str(repair.after)


def _fixed(project: Project, path: Path) -> Iterator[FixedSet]:
    merged_streams = by_article(article_streams(project), [read_lines(path, AnnotationSet)])
    return fix_sets((articles, sets) for _, articles, sets, _ in merged_streams)


def _told(fixes: Iterable[FixedSet], counts: Counter, reporter: Reporter) -> Iterator[Repair]:
    """The repairs of a file; what was not fixed is told, and all is counted by its class."""
    for item in fixes:
        counts["annotation sets"] += 1
        counts.update(dict(sorted(item.faults.items())))
        for issue in item.issues:
            reporter.report(issue)
        yield from item.repairs


def migrate_annotation_sets(project: Project, dry_run: bool, reporter: Reporter) -> Counter:
    """Tell the sets that must be looked at again; give the others the codebook's version, unless ``dry_run``."""
    codebook, _ = open_codebook(project)
    changes = load_changes(project.guidelines_changelog, codebook)
    counts = Counter({"annotation sets": 0, "of this version": 0, "to be looked at again": 0, "to be brought to this version": 0})
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        moved = [_moved(one, changes, codebook, counts, reporter) for one in read_lines(path, AnnotationSet)]
        if not dry_run:
            write_lines(path, moved)
    if not dry_run:
        counts["brought to this version"] = counts.pop("to be brought to this version")
    return counts


def _moved(
    one: AnnotationSet, changes: tuple[Change, ...], codebook: Codebook, counts: Counter, reporter: Reporter
) -> AnnotationSet:
    """The set as it should be; one that must be looked at stays as it is, and is told."""
    where = f"{Path(one.pass_name, one.annotator)} {one.article_id}"
    counts["annotation sets"] += 1
    if one.codebook_version == codebook.version:
        counts["of this version"] += 1
        return one
    if one.pass_name not in codebook.pass_by_name:
        reporter.report(Issue(where, "SET-PASS", f"the codebook has no pass {one.pass_name!r}"))
        return one
    if as_numbers(one.codebook_version) > as_numbers(codebook.version):
        reporter.report(Issue(where, "SET-NEWER", f"made with {one.codebook_version}, the codebook is {codebook.version}"))
        return one
    concerned = [str(change) for change in changes if change.concerns(one, codebook)]
    if concerned:
        counts["to be looked at again"] += 1
        reporter.report(Issue(where, "SET-REVISIT", f"made with {one.codebook_version}; {'; '.join(concerned)}", "note"))
        return one
    counts["to be brought to this version"] += 1
    return replace(one, codebook_version=codebook.version)
