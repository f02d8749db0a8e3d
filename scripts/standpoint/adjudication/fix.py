"""Safe automatic fixes of annotation sets, and the migration to a new version of the codebook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import asdict, replace

from standpoint.codebook.changes import Change, load_changes
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import article_streams
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import (
    Annotation,
    AnnotationSet,
    Article,
    Choice,
    Issue,
    Relation,
    Reporter,
    Span,
    in_reading_order,
    with_new_ids,
)
from standpoint.core.offsets import DUPLICATE, Repair, certain_place, fault, fault_message
from standpoint.core.project import Project, parse_codebook_version
from standpoint.core.streams import by_article


def merge_duplicates(
    annotations: Sequence[Annotation], refused: Set[Annotation], where: str
) -> tuple[list[Annotation], list[Repair], list[Issue]]:
    """The annotations without exact duplicates; a repair for each change; an Issue for each group that is not merged.

    Spans that were ``refused`` for their offsets stay too: two equal wrong places may stand for two different right ones.
    """
    kept, issues = _kept([item for item in annotations if item not in refused], where)
    used = {item.id for item in annotations}
    first: dict[tuple, str] = {}
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
    """The fields that two equal annotations have in common: all but the id."""
    return {name: value for name, value in asdict(item).items() if name != "id"}


def _kept(annotations: Sequence[Annotation], where: str) -> tuple[dict[str, str], list[Issue]]:
    """The id of each span that is merged -> the id of the span that stays."""
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
        return "one of the ids is also another span's"
    if any(isinstance(item, Relation) and item.head in ids and item.tail in ids for item in annotations):
        return "they are linked to each other"
    labels: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # layer -> id -> labels
    for item in annotations:
        if isinstance(item, Choice) and item.of in ids:
            labels[item.layer][item.of].add(item.label)
    differing = [layer for layer, answers in labels.items() if len(set(map(frozenset, answers.values()))) > 1]
    return f"their answers differ in {', '.join(differing)}" if differing else ""


def _following(item: Annotation, kept: Mapping[str, str], used: set[str]) -> Annotation:
    """An answer or relation moved to the span that stays, with the id that follows from it unless the id is taken."""
    if isinstance(item, Span):
        return item
    moved = with_new_ids(item, kept)
    return replace(moved, id=item.id) if moved.id in used else moved


# What `fix` counts: sets of the present version of the codebook, older ones that no change of meaning affects, and the others.
CURRENT, OUTDATED, AFFECTED = "sets of this codebook version", "sets to bring to this version", "sets to review"
WRITTEN = {OUTDATED: "sets brought to this version", "files to change": "files changed"}
VERSION = "codebook version"  # the class of a repair that changes only that


class FixedSet(NamedTuple):
    """An annotation set after fixing, its repairs, and an Issue for each fault that was not fixed."""

    set: AnnotationSet
    repairs: Sequence[Repair] = ()
    issues: Sequence[Issue] = ()
    faults: Counter = Counter()

    def add(self, counted: str, *issues: Issue) -> FixedSet:
        """The same with more issues, and with a class counted ("": none)."""
        return self._replace(issues=[*self.issues, *issues], faults=self.faults + Counter([counted] if counted else []))


def fix_set(annotations: AnnotationSet, article: Article | None) -> FixedSet:
    """A set fixed against its article; without the text that it was made on, nothing in it can be judged."""
    where = _place(annotations)
    if article is None or article.text is None:
        issue = Issue(where, "FIX-NO-TEXT", "the text of its article is not here; the set is skipped", "note")
        return FixedSet(annotations, issues=[issue])
    if annotations.text_sha256 != article.sha256:
        return FixedSet(annotations, issues=[Issue(where, "FIX-TEXT", "was made on another text than its article's; not fixed")])
    placed: list[Annotation] = []
    repairs: list[Repair] = []
    issues: list[Issue] = []
    for item in annotations.annotations:
        placed.append(_placed(item, article.text, where, repairs, issues) if isinstance(item, Span) else item)
    refused = {item for item in placed if isinstance(item, Span) and fault(item.start, item.end, item.quote, article.text)}
    kept, merges, unmerged = merge_duplicates(placed, refused, where)
    repairs, issues = repairs + merges, issues + unmerged
    faults = Counter(f"fixed: {repair.fault}" for repair in repairs)
    faults.update(f"refused: {issue.message.partition(':')[0]}" for issue in issues)
    fixed_set = replace(annotations, annotations=tuple(in_reading_order(kept))) if repairs else annotations
    return FixedSet(fixed_set, repairs, issues, faults)


def _placed(span: Span, text: str, where: str, repairs: list[Repair], issues: list[Issue]) -> Span:
    """A span at its certain place, with a repair; or unchanged, with the Issue that says why."""
    kind = fault(span.start, span.end, span.quote, text)
    place = certain_place(span.start, span.end, span.quote, text) if kind else None
    if place is None:
        if kind:
            code = f"FIX-{kind.upper().replace(' ', '-')}"
            issues.append(Issue(f"{where} {span.id}", code, fault_message(span.start, span.end, span.quote, text)))
        return span
    better = replace(span, start=place[0], end=place[1], quote=text[slice(*place)])
    repairs.append(Repair(set=where, annotation=span.id, fault=kind, before=_offsets(span), after=_offsets(better)))
    return better


def _offsets(span: Span) -> dict[str, str | int | None]:
    return {"start": span.start, "end": span.end, "quote": span.quote}


def fix_annotation_sets(project: Project, write: bool, reporter: Reporter) -> Counter:
    """Report the safe fixes of ``dataset/annotations`` and what a new codebook version means for its sets; ``write``: apply them.

    The record of repairs is written first, so that no change can be missing from it.
    """
    names = ("annotation sets", CURRENT, OUTDATED, AFFECTED, "repairs", "files to change")
    counts = Counter(dict.fromkeys(names, 0))
    codebook, _ = open_codebook(project)
    fixer = Fixer(project, codebook, load_changes(project.guidelines_changelog, codebook))
    repairs: dict[Path, list[Repair]] = {}
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        fixed_sets = reporter.track(f"fix {path.parent.name}/{path.name}", fixer.fixed_sets(path))
        repairs[path] = list(_reported(fixed_sets, counts, reporter))
    changed = [path for path, path_repairs in repairs.items() if path_repairs]
    all_repairs = [repair for path_repairs in repairs.values() for repair in path_repairs]
    counts.update({"repairs": sum(repair.fault != VERSION for repair in all_repairs), "files to change": len(changed)})
    if write:
        record_fixes(project, all_repairs)
        for path in changed:
            write_lines(path, (item.set for item in fixer.fixed_sets(path)))
        counts = Counter({WRITTEN.get(name, name): count for name, count in counts.items()})
    return counts


def record_fixes(project: Project, repairs: Iterable[Repair]) -> None:
    """Add repairs to the record, which is sorted and has each once; without a new repair the file is not touched."""
    known = {_key(repair): repair for repair in (read_lines(project.fixed, Repair) if project.fixed.exists() else ())}
    new = known | {_key(repair): repair for repair in repairs}
    if len(new) > len(known):
        write_lines(project.fixed, (new[key] for key in sorted(new)))


def _key(repair: Repair) -> tuple[str, ...]:
    return repair.set, repair.annotation, repair.fault, str(repair.before), str(repair.after)


class Fixer(NamedTuple):
    """Fixes the sets of a file: their offsets and duplicates first, and then their version of the codebook."""

    project: Project
    codebook: Codebook
    changes: tuple[Change, ...]

    def fixed_sets(self, path: Path) -> Iterator[FixedSet]:
        """The fixed sets of a file, in its order."""
        for _, articles, sets, _ in by_article(article_streams(self.project), [read_lines(path, AnnotationSet)]):
            for item in sets:
                yield with_version(fix_set(item, articles[0] if articles else None), self.codebook, self.changes)


def with_version(fixed_set: FixedSet, codebook: Codebook, changes: Iterable[Change]) -> FixedSet:
    """The set with the codebook's version, unless a change of meaning affects it: then it stays, with an Issue."""
    annotation_set = fixed_set.set
    where = _place(annotation_set)
    before, after = annotation_set.codebook_version, codebook.version
    if before == after:
        return fixed_set.add(CURRENT)
    if annotation_set.pass_name not in codebook.pass_by_name:
        return fixed_set.add("", Issue(where, "SET-PASS", f"the codebook has no pass {annotation_set.pass_name!r}"))
    if parse_codebook_version(before) > parse_codebook_version(after):
        return fixed_set.add("", Issue(where, "SET-NEWER", f"made with codebook {before}, but the codebook is {after}"))
    if affecting := [str(change) for change in changes if change.concerns(annotation_set, codebook)]:
        message = f"made with codebook {before}; {'; '.join(affecting)}"
        return fixed_set.add(AFFECTED, Issue(where, "SET-REVISIT", message, "note"))
    repair = Repair(where, "", VERSION, {"codebook_version": before}, {"codebook_version": after})
    new = replace(annotation_set, codebook_version=after)
    return fixed_set.add(OUTDATED)._replace(set=new, repairs=[*fixed_set.repairs, repair])


def _place(annotation_set: AnnotationSet) -> str:
    return f"{annotation_set.article_id} {annotation_set.pass_name} {annotation_set.annotator}"


def _reported(fixed_sets: Iterable[FixedSet], counts: Counter, reporter: Reporter) -> Iterator[Repair]:
    """The repairs of a file. Each remaining issue is reported, and everything is counted by its class."""
    for item in fixed_sets:
        counts["annotation sets"] += 1
        counts.update(dict(sorted(item.faults.items())))
        for issue in item.issues:
            reporter.report(issue)
        yield from item.repairs
