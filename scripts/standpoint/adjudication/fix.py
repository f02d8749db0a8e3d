"""Safe automatic fixes of annotation sets, and the migration to a new version of the codebook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.content import about_of
from standpoint.adjudication.renames import REMOVED, RENAMED, content_of, has_renames, rename_in_set, renamed_decisions, repair_of
from standpoint.codebook.load import Change, load_changes, open_codebook
from standpoint.codebook.types import Codebook
from standpoint.codebook.validate import renamed
from standpoint.core.answer_store import AnswerStore
from standpoint.core.corpus import article_streams, by_article
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
    StandpointError,
    in_reading_order,
    with_new_ids,
)
from standpoint.core.offsets import DUPLICATE, Repair, certain_place, fault, fault_message, is_strange
from standpoint.core.project import CODEBOOK_PATTERN, Project, parse_codebook_version
from standpoint.core.provenance import ORIGINS, Dossier
from standpoint.core.standoff import Standoff

# The counts of `fix`: sets of the present codebook version, older sets that no change of meaning affects, and other older sets.
CURRENT, OUTDATED, AFFECTED = "sets of this codebook version", "sets to bring to this version", "sets to review"
WRITTEN = {
    OUTDATED: "sets brought to this version",
    "files to change": "files changed",
    "decisions to rename": "decisions renamed",
}
VERSION = "codebook version"  # the class of a repair that changes only the version


class FixedSet(NamedTuple):
    """A fixed annotation set, its repairs, an Issue for each fault that remains, and the number of faults by class."""

    set: AnnotationSet
    repairs: list[Repair]
    issues: list[Issue]
    faults: Counter[str]


def fix_set(annotations: AnnotationSet, article: Article | None) -> FixedSet:
    """A set fixed against its article. Without the text on which it was made, it is not changed."""
    where, text = annotations.where, article.text if article else None
    if article is None or text is None:
        issue = Issue(where, "FIX-NO-TEXT", "the text of its article is not here; the set is skipped", "note")
        return FixedSet(annotations, [], [issue], Counter())
    if annotations.text_sha256 != article.sha256:
        issue = Issue(where, "FIX-TEXT", "was made on a text other than its article's; not fixed")
        return FixedSet(annotations, [], [issue], Counter())
    quotes = [item.quote for item in annotations.annotations if isinstance(item, Span)]
    if len(quotes) > 1 and is_strange(quotes, text):
        message = f"half or more of the quotes of its {len(quotes)} spans do not occur in its article"
        issue = Issue(where, "FIX-OTHER", f"{message}; it is probably another article's set; not fixed")
        return FixedSet(annotations, [], [issue], Counter())
    placed: list[Annotation] = []
    refused: set[Annotation] = set()
    repairs: list[Repair] = []
    issues: list[Issue] = []
    for item in annotations.annotations:
        if isinstance(item, Span) and (kind := fault(item.start, item.end, item.quote, text)):
            if place := certain_place(item.start, item.end, item.quote, text):
                better = replace(item, start=place[0], end=place[1], quote=text[slice(*place)])
                repairs.append(Repair(where, item.id, kind, _offsets(item), _offsets(better)))
                item = better
            else:
                code = f"FIX-{kind.upper().replace(' ', '-')}"
                issues.append(Issue(f"{where} {item.id}", code, fault_message(item.start, item.end, item.quote, text)))
                refused.add(item)
        placed.append(item)
    kept = _merge_duplicates(placed, refused, where, repairs, issues)
    faults = Counter(f"fixed: {repair.fault}" for repair in repairs)
    faults.update(f"refused: {issue.message.partition(':')[0]}" for issue in issues)
    fixed_set = replace(annotations, annotations=tuple(in_reading_order(kept))) if repairs else annotations
    return FixedSet(fixed_set, repairs, issues, faults)


def _offsets(span: Span) -> dict[str, str | int | None]:
    return {"start": span.start, "end": span.end, "quote": span.quote}


def _merge_duplicates(
    annotations: Sequence[Annotation], refused: Set[Annotation], where: str, repairs: list[Repair], issues: list[Issue]
) -> list[Annotation]:
    """The annotations without exact duplicates. Each change adds a repair, each group that is not merged an Issue.

    ``refused`` spans have bad offsets, and are not merged: two equal wrong places may mean two different right places.
    Answers and relations move to the remaining span, with the id that follows from it unless that id is taken.
    """
    stays = _merged_into([item for item in annotations if item not in refused], where, issues)
    used = {item.id for item in annotations}
    first: dict[tuple, str] = {}
    remaining: list[Annotation] = []
    for item in annotations:
        better = item
        if not isinstance(item, Span):
            better = with_new_ids(item, stays)
            better = replace(better, id=item.id) if better.id in used else better
        if item.id in stays and isinstance(item, Span):
            repairs.append(Repair(where, item.id, DUPLICATE, content_of(item), {"kept": stays[item.id]}))
            continue
        key = (type(item), *content_of(better).values(), item.id if isinstance(item, Span) else "")
        if key in first and item not in refused:
            repairs.append(Repair(where, item.id, DUPLICATE, content_of(item), {"kept": first[key]}))
            continue
        first[key] = better.id
        remaining.append(better)
        if better != item:
            repairs.append(repair_of(where, item, better, DUPLICATE))
    return remaining


def _merged_into(annotations: Sequence[Annotation], where: str, issues: list[Issue]) -> dict[str, str]:
    """The id of each merged span -> the id of the remaining span. Equal spans that cannot be merged add an Issue.

    If a person has drawn a suggested span again, the suggestion remains, because its origin claims less.
    """
    groups: dict[tuple, list[str]] = defaultdict(list)
    spans = dict.fromkeys(item for item in annotations if isinstance(item, Span))
    for span in sorted(spans, key=lambda span: ORIGINS.index(span.origin) if span.origin in ORIGINS else len(ORIGINS)):
        groups[span.layer, span.label, span.start, span.end, span.quote].append(span.id)
    stays: dict[str, str] = {}
    for first, *others in groups.values():
        if others and (reason := _reason([first, *others], annotations)):
            message = f"{DUPLICATE}: the same span as {first}, but {reason}; the annotator has to remove one"
            issues.append(Issue(f"{where} {others[-1]}", "FIX-DUPLICATE", message))
        else:
            stays.update(dict.fromkeys(others, first))
    return stays


def _reason(ids: Sequence[str], annotations: Sequence[Annotation]) -> str:
    """The reason why equal spans with several ids are not merged, or ""."""
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


def fix_annotation_sets(project: Project, write: bool, reporter: Reporter, reviewed: Sequence[str] = ()) -> Counter:
    """Report, and with ``write`` apply, the safe fixes of ``dataset/annotations`` and the update to a new codebook version.

    ``reviewed``: the annotators who have looked again at their sets that a change of meaning affects.
    """
    codebook, _ = open_codebook(project)
    for name in reviewed:
        if all(path.stem != name for path in project.annotations.glob("*/*.jsonl")):
            raise StandpointError(f"--reviewed {name}: no annotation set is by {name}", "name the pseudonym of an annotator")
    changes = load_changes(project.guidelines_changelog, codebook)
    return apply_fixes(project, Book(codebook, changes, reviewed=frozenset(reviewed)), write, reporter)


class Book(NamedTuple):
    """The codebook, and its changes. ``only_names``: nothing else is fixed than former names and the codebook version.

    ``reviewed``: the annotators whose sets get this version also if a change affects them.
    """

    codebook: Codebook
    changes: Sequence[Change]
    only_names: bool = False
    reviewed: Set[str] = frozenset()


def apply_fixes(project: Project, book: Book, write: bool, reporter: Reporter) -> Counter:
    """Report, and with ``write`` apply, the fixes of all sets and decisions to this codebook.

    The record of repairs is written first, so that no change can be missing from it.
    """
    names = ("annotation sets", CURRENT, OUTDATED, AFFECTED, "repairs", "files to change")
    counts = Counter(dict.fromkeys(names, 0))
    codebook, standoff = book.codebook, Standoff(project)
    quoting = _take_out_quotes(standoff, write, reporter)
    repairs: dict[Path, list[Repair]] = {}
    for path in sorted(project.annotations.glob("*/*.jsonl")):
        repairs[path] = []
        for item in reporter.track(f"fix {path.parent.name}/{path.name}", _fixed_sets(path, project, book)):
            counts["annotation sets"] += 1
            counts.update(dict(sorted(item.faults.items())))
            for issue in item.issues:
                reporter.report(issue)
            repairs[path] += item.repairs
    if counts[OUTDATED] and not book.changes and not book.only_names:
        message = f"has no entry: nothing says whether a label means something else in {codebook.version}, so no set is reviewed"
        reporter.report(
            Issue("guidelines/CHANGELOG.md", "FIX-NO-CHANGES", f"{message}; describe the changes there first", "note")
        )
    changed = [path for path, path_repairs in repairs.items() if path_repairs]
    all_repairs = [repair for path_repairs in repairs.values() for repair in path_repairs]
    counts.update(
        {"repairs": sum(repair.fault != VERSION for repair in all_repairs), "files to change": len(quoting.union(changed))}
    )
    decided = list(renamed_decisions(project, codebook)) if has_renames(codebook) else None
    if decided is not None:
        counts["decisions to rename"] = sum(count for *_, count in decided)
    if write:
        record_fixes(project, all_repairs)
        for path, decisions, count in decided or ():
            if count:  # before the sets: the ids in decisions follow from the former names
                standoff.write(path, decisions)
        for path in changed:
            standoff.write(path, (item.set for item in _fixed_sets(path, project, book)))
        counts = Counter({WRITTEN.get(name, name): count for name, count in counts.items()})
        if not book.only_names and any(repair.fault in (RENAMED, REMOVED) for repair in all_repairs):
            message = "was made under former names of layers or labels; run: standpoint adjudicate"
            reporter.report(Issue("dataset/adjudicated", "FIX-ADJUDICATE", message, "note"))
    return counts


def _take_out_quotes(standoff: Standoff, write: bool, reporter: Reporter) -> set[Path]:
    """The files that quote withheld texts, which was usual once; with ``write``, each quote is replaced by its checksum.

    The raw answers of models, which quote too, go to the local store of answers.
    """
    quoting = {path: count for path, kind in standoff.files() if (count := standoff.quoting(path, kind))}
    for path, kind in standoff.files() if write else ():
        if path in quoting:
            if kind is Dossier:
                with closing(AnswerStore(standoff.project.answers)) as store:
                    store.fill(read_lines(path, Dossier))
            standoff.write(path, read_lines(path, kind))
    for path, count in quoting.items():
        done = "each quote was replaced by its checksum, and each raw answer of a model left out"
        to_do = "each quote is to be replaced by its checksum, and each raw answer of a model left out (--write)"
        message = f"{count:,} records quote withheld texts; {done if write else to_do}"
        reporter.report(Issue(path.relative_to(standoff.project.root).as_posix(), "FIX-QUOTES", message, "note"))
    return set(quoting)


def record_fixes(project: Project, repairs: Iterable[Repair]) -> None:
    """Add repairs to the record, which is sorted and has no duplicates. Without a new repair, the file is not touched."""
    committed = Standoff(project).committed
    known = {_key(repair): repair for repair in map(committed, _repairs_of(project))}
    new = known | {_key(repair): repair for repair in map(committed, repairs)}
    if len(new) > len(known):
        write_lines(project.fixed, (new[key] for key in sorted(new)))


def recorded_fixes(project: Project) -> dict[str, list[Repair]]:
    """The record of repairs by the set, with duplicates under the present names of layers and labels, as import reads them."""
    found: dict[str, list[Repair]] = defaultdict(list)
    codebook, _ = open_codebook(project)
    for repair in map(Standoff(project).committed, _repairs_of(project)):
        found[repair.set].append(_renamed_duplicate(repair, codebook) if has_renames(codebook) else repair)
    return found


def _renamed_duplicate(repair: Repair, codebook: Codebook) -> Repair:
    fields: dict[str, Any] = dict(repair.before)
    if repair.fault != DUPLICATE or not {"layer", "label"} <= fields.keys():
        return repair
    kind = Span if "start" in fields else Choice if "of" in fields else Relation
    better = renamed(kind(id=repair.annotation, **fields), codebook)
    if better is None:
        return repair
    return replace(repair, annotation=better.id, before={name: getattr(better, name) for name in fields})


def _repairs_of(project: Project) -> Iterator[Repair]:
    return read_lines(project.fixed, Repair) if project.fixed.exists() else iter(())


def differ_by_fixes(submitted: AnnotationSet, stored: AnnotationSet, repairs: Sequence[Repair], same: bool) -> bool:
    """Whether a stored set is the submitted one with these repairs: each annotation in which they differ was repaired.

    ``same``: whether it is certainly the same submission. Then a repaired span may be missing in the submitted set, with what is
    about it, because import refused it. In another submission, the annotator may have deleted it.
    """
    version = {"codebook_version": stored.codebook_version}
    present = submitted
    if any(repair.fault == VERSION and repair.after == version for repair in repairs):
        present = replace(submitted, codebook_version=stored.codebook_version)
    before = [item for item in submitted.annotations if item not in stored.annotations]
    after = [item for item in stored.annotations if item not in submitted.annotations]
    names = {item.id for item in before}

    def is_repaired(item: Annotation) -> bool:
        made = [repair.annotation for repair in repairs if _is(item, repair.after, repair.annotation)]
        return bool(made if same else names.intersection(made))

    spans = {item.id for item in after if isinstance(item, Span) and is_repaired(item)} if same else set()
    return (
        bool(repairs)
        and replace(present, annotations=()) == replace(stored, annotations=())
        and all(any(_is(item, repair.before, repair.annotation) for repair in repairs) for item in before)
        and all(is_repaired(item) or not spans.isdisjoint(about_of(item)) for item in after)
    )


def _is(item: Annotation, fields: Mapping[str, object], identity: str) -> bool:
    """Whether an annotation has this id, or the one in the fields, and all of the fields."""
    return bool(fields) and all(getattr(item, name, None) == value for name, value in ({"id": identity} | dict(fields)).items())


def _key(repair: Repair) -> tuple[str, ...]:
    return repair.set, repair.annotation, repair.fault, str(repair.before), str(repair.after)


def _fixed_sets(path: Path, project: Project, book: Book) -> Iterator[FixedSet]:
    """The sets of a file, in its order, with present names, fixed offsets, no duplicates, and then the codebook version."""
    for _, articles, sets, _ in by_article(article_streams(project), [Standoff(project).read(path, AnnotationSet)]):
        for item in sets:
            present, repairs = rename_in_set(item, book.codebook)
            article = articles[0] if articles else None
            fixed = FixedSet(present, [], [], Counter()) if book.only_names else fix_set(present, article)
            fixed.repairs[:0] = repairs
            fixed.faults.update(f"fixed: {repair.fault}" for repair in repairs)
            yield _with_version(fixed, book.codebook, () if item.annotator in book.reviewed else book.changes)


def _with_version(fixed: FixedSet, codebook: Codebook, changes: Iterable[Change]) -> FixedSet:
    """The set with the codebook's version; if one of the changes of meaning affects it, the same set and an Issue."""
    where, before, after = fixed.set.where, fixed.set.codebook_version, codebook.version
    if before == after:
        fixed.faults[CURRENT] += 1
    elif fixed.set.pass_name not in codebook.pass_by_name:
        fixed.issues.append(
            Issue(where, "SET-PASS", f"the codebook has no pass {fixed.set.pass_name!r}; standpoint check says how to rename it")
        )
    elif not CODEBOOK_PATTERN.fullmatch(before):
        fixed.issues.append(Issue(where, "SET-VERSION", f"its codebook version {before!r} is not a version, such as 0.2.0"))
    elif parse_codebook_version(before) > parse_codebook_version(after):
        fixed.issues.append(Issue(where, "SET-NEWER", f"made with codebook {before}, but the codebook is {after}"))
    elif affecting := [str(change) for change in changes if change.concerns(fixed.set, codebook)]:
        fixed.faults[AFFECTED] += 1
        fixed.issues.append(Issue(where, "SET-REVISIT", f"made with codebook {before}; {'; '.join(affecting)}", "note"))
    else:
        fixed.faults[OUTDATED] += 1
        fixed.repairs.append(Repair(where, "", VERSION, {"codebook_version": before}, {"codebook_version": after}))
        return fixed._replace(set=replace(fixed.set, codebook_version=after))
    return fixed
