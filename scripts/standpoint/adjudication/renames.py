"""Carry renamed layers and labels (``retired`` in the codebook) and new ids of actors over to sets and decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import asdict, replace

from standpoint.adjudication.content import about_of, digest_of, mark_of, reading_at, span_id, token, with_key
from standpoint.adjudication.decisions import Answers
from standpoint.adjudication.new_actors import ActorIds, actor_ids, with_named_slots
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.codebook.validate import renamed
from standpoint.core.corpus import Lookup, merged, sets_of
from standpoint.core.files import read_lines
from standpoint.core.model import (
    Annotation,
    AnnotationSet,
    Asked,
    Choice,
    Decision,
    Span,
    choice_id,
    in_reading_order,
    relation_id,
    with_new_ids,
)
from standpoint.core.offsets import Repair
from standpoint.core.project import Project
from standpoint.core.standoff import article_id_of

RENAMED, REMOVED = "renamed", "layer retired"  # the classes of these repairs


def has_renames(codebook: Codebook) -> bool:
    return bool(codebook.retired) or any(layer.retired for layer in codebook.layers)


def content_of(item: Annotation) -> dict[str, str | int | None]:
    """All fields of an annotation but its id, and but the checksum of a quote that is there."""
    return {name: value for name, value in asdict(item).items() if name != "id" and (name, value) != ("quote_sha256", "")}


def repair_of(where: str, item: Annotation, better: Annotation, kind: str) -> Repair:
    """The record of a changed annotation, with the fields that differ."""
    after = {name: value for name, value in asdict(better).items() if value != getattr(item, name)}
    return Repair(where, item.id, kind, {name: getattr(item, name) for name in after}, after)


def rename_in_set(annotation_set: AnnotationSet, codebook: Codebook) -> tuple[AnnotationSet, list[Repair]]:
    """A set under the present names, and its repairs.

    The annotations of a layer that nothing replaces are removed, with what is about them. The repairs keep their content.
    """
    if not has_renames(codebook):
        return annotation_set, []
    items, repairs, where = list[Annotation](), list[Repair](), annotation_set.where
    gone: set[str] = set()
    for item in in_reading_order(annotation_set.annotations):  # spans first, then what is about them
        better = None if gone.intersection(about_of(item)) else renamed(item, codebook)
        if better is None:
            gone.add(item.id)
            repairs.append(Repair(where, item.id, REMOVED, content_of(item), {}))
            continue
        items.append(better)
        if better is not item:
            repairs.append(repair_of(where, item, better, RENAMED))
    suggestions = []
    for suggestion in annotation_set.suggestions:
        present = renamed(suggestion, codebook)
        suggestions += [present] if present else []
        if present is not suggestion:
            repairs.append(
                Repair(where, "", RENAMED if present else REMOVED, asdict(suggestion), asdict(present) if present else {})
            )
    if not repairs:
        return annotation_set, []
    return replace(annotation_set, annotations=tuple(items), suggestions=tuple(suggestions)), repairs


def renamed_decisions(project: Project, codebook: Codebook) -> Iterator[tuple[Path, list[Decision], int]]:
    """The decisions of each file under the present names, and how many have changed. The sets still have the former names, and
    are read once for all files.
    """
    files = {path: list(read_lines(path, Decision)) for path in sorted(project.decisions.glob("*.jsonl"))}
    by_article: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for path, decisions in files.items():
        for number, decision in enumerate(decisions):
            by_article[article_id_of(decision)].append((path, number))
    after = {path: list(decisions) for path, decisions in files.items()}
    sets = Lookup(merged(sets_of(project)), key=article_id_of)
    for article_id, places in sorted(by_article.items()):
        of_article = [files[path][number] for path, number in places]
        for (path, number), new in zip(places, rename_decisions(of_article, sets.of(article_id), codebook), strict=True):
            after[path][number] = new
    for path, decisions in files.items():
        yield path, after[path], sum(old != new for old, new in zip(decisions, after[path], strict=True))


def rename_decisions(decisions: Sequence[Decision], sets: Sequence[AnnotationSet], codebook: Codebook) -> list[Decision]:
    """The decisions on an article under the present names of layers and labels, in their order."""
    former = [item for item in sets if item.codebook_version != codebook.version] or sets
    pairs = ((item.pass_name, _under_both_names(item, codebook)) for item in former)
    return _carry(decisions, pairs, lambda item: renamed(item, codebook), codebook)


def decisions_today(
    decisions: Sequence[Decision], sets: Sequence[AnnotationSet], codebook: Codebook, registry: Registry
) -> Sequence[Decision]:
    """The decisions on an article under the present ids of its actors.

    A decision names actors as they were called then: before the registry had them, before two of them were merged, or before
    another annotator gave another name.
    """
    if not decisions:
        return decisions
    named = [with_named_slots(item, codebook) for item in sets]
    today = actor_ids(named, codebook, registry)
    before_merging = replace(registry, actors=tuple(replace(one, redirect_to=None) for one in registry.actors))
    former = [ActorIds(today.article_id, codebook), actor_ids(named, codebook), actor_ids(named, codebook, before_merging)]
    for ids in former:
        pairs = [(item.pass_name, _under_both_ids(item, ids, today)) for item in named]
        if any(old != new for _, of_set in pairs for old, new in of_set):
            decisions = _carry(decisions, pairs, today.renamed, codebook)
    return decisions


def answers_today(answers: Answers, ids: Mapping[str, str], codebook: Codebook) -> Answers:
    """An adjudicator's page under the present names of layers and labels, if it was sent under former ones.

    ``ids``: the id, under present names, of each span that the page showed. Everything else that a question is about follows
    from the readings that are listed on the page.
    """
    if not has_renames(codebook):
        return answers
    read = [item for answer in answers.answers for reading in answer.readings.values() for item in reading]
    spans = [(item, renamed(item, codebook)) for item in read if isinstance(item, Span)]
    ids = dict(ids) | {old.id: span_id(mark_of(new)) for old, new in spans if isinstance(new, Span)}
    today = []
    for answer in answers.answers:
        readings = {
            name: tuple(with_new_ids(better, ids) for item in reading if (better := renamed(item, codebook)))
            for name, reading in answer.readings.items()
        }
        digests = {digest_of(reading): digest_of(readings[name]) for name, reading in answer.readings.items()}
        today.append(answer._replace(asked=_rename_asked(answer.asked, ids, digests, codebook), readings=readings))
    return answers._replace(answers=today, agreed=frozenset(_present_id(name, ids, codebook) for name in answers.agreed))


def _present_id(identity: str, ids: Mapping[str, str], codebook: Codebook) -> str:
    """The id of an adjudicated annotation under present names; ``ids``: those of the spans (``choice_id``, ``relation_id``)."""
    if identity in ids:
        return ids[identity]
    head = next((old for old in ids if identity.startswith(f"{old}.")), "")
    rest = identity.removeprefix(f"{head}.")
    tail = next((old for old in ids if rest.endswith(f".{old}")), "")
    layer, _, label = rest.removesuffix(f".{tail}").partition(".")
    names = codebook.present(layer, label)
    return ".".join(filter(None, (ids.get(head), names["layer"] or layer, names["label"], ids.get(tail))))


Pairs = list[tuple[Annotation, Annotation]]  # each annotation of a set as it was and as it is, with ids from its content


def _carry(
    decisions: Sequence[Decision],
    pairs: Iterable[tuple[str, Pairs]],
    rename: Callable[[Annotation], Annotation | None],
    codebook: Codebook,
) -> list[Decision]:
    """The decisions after a renaming; ``pairs`` are those of each annotator's set, with its pass.

    The ids of spans and the digests of readings follow from names. So they are computed from the sets under both names. A
    reading that no set has any more keeps its old digest, and its question is asked again; the decision holds until then.
    """
    ids: dict[str, str] = {}
    digests: dict[str, str] = {}
    by_pass: dict[str, list[Pairs]] = defaultdict(list)
    for pass_name, of_set in pairs:
        by_pass[pass_name].append(of_set)
        ids |= {old.id: new.id for old, new in of_set if isinstance(old, Span)}
        ids |= {old.of: new.of for old, new in of_set if isinstance(old, Choice) and isinstance(new, Choice)}
    for pass_name, annotators in by_pass.items():
        agreed = set.intersection(*({token(old) for old, _ in of_set} for of_set in annotators))
        taken = {old.id for old, _ in annotators[0] if token(old) in agreed}
        both = [([old for old, _ in of_set], {old.id: new for old, new in of_set}) for of_set in annotators]
        for asked in (decision.asked for decision in decisions if decision.asked.pass_name == pass_name):
            for former, present in both:
                reading = reading_at(asked, former, taken)
                digests[digest_of(reading)] = digest_of(present[old.id] for old in reading)
    return [_rename_decision(decision, ids, digests, rename, codebook) for decision in decisions]


def _under_both_names(annotation_set: AnnotationSet, codebook: Codebook) -> Pairs:
    """Each annotation with the ids that adjudication gives it, under the former and under the present names."""
    kept = [(item, better) for item in annotation_set.annotations if (better := renamed(item, codebook))]
    if any(better.layer not in codebook.by_name for _, better in kept):
        return []  # the set has faults, and adjudication refuses it
    present = replace(annotation_set, annotations=tuple(better for _, better in kept))
    named = with_named_slots(present, codebook).annotations  # with further annotations at the end: names that were not typed
    # The former annotation with the same names of slots: only actors have them, and no layer of actors has retired labels.
    pairs = [
        (replace(new, id=old.id, layer=old.layer, label=new.label if codebook.by_name[new.layer].labels_from else old.label), new)
        for (old, _), new in zip(kept, named, strict=False)
    ]
    return _with_content_ids(pairs, codebook)


def _under_both_ids(annotation_set: AnnotationSet, former: ActorIds, today: ActorIds) -> Pairs:
    """Each annotation with the ids that adjudication gives it, under the former and under the present ids of its actors."""
    pairs = ((former.renamed(item), today.renamed(item)) for item in annotation_set.annotations)
    return _with_content_ids([(old, new) for old, new in pairs if old and new], today.codebook)


def _with_content_ids(pairs: Pairs, codebook: Codebook) -> Pairs:
    sides = zip(*pairs, strict=True) if pairs else ()
    return list(zip(*(_content_ids(side, codebook) for side in sides), strict=True))


def _content_ids(annotations: Sequence[Annotation], codebook: Codebook) -> Iterator[Annotation]:
    """The annotations with ids as in ``content.annotations_by_token``, also under former names."""
    ids = {item.id: span_id(mark_of(item)) for item in annotations if isinstance(item, Span)}
    for item in annotations:
        if isinstance(item, Span):
            yield replace(item, id=ids[item.id])
        elif isinstance(item, Choice):
            of, layer = ids.get(item.of, item.of), codebook.by_name[codebook.present(item.layer, item.label)["layer"]]
            yield replace(item, id=choice_id(of, item.layer, item.label, layer.multiple), of=of)
        else:
            head, tail = ids.get(item.head, item.head), ids.get(item.tail, item.tail)
            yield replace(item, id=relation_id(head, item.layer, item.label, tail), head=head, tail=tail)


def _rename_decision(
    decision: Decision,
    ids: dict[str, str],
    digests: dict[str, str],
    rename: Callable[[Annotation], Annotation | None],
    codebook: Codebook,
) -> Decision:
    asked = decision.asked
    items = [better for item in decision.annotations if (better := rename(item))]
    marked = [item for item in items if isinstance(item, Span)]  # an adjudicator may mark what no annotator has marked
    ids = ids | {item.id: span_id(mark_of(item)) for item in marked}
    new, annotations = _rename_asked(asked, ids, digests, codebook), tuple(with_new_ids(item, ids) for item in items)
    if new == asked and annotations == decision.annotations:
        return decision
    return replace(decision, asked=new, annotations=annotations)


def _rename_asked(asked: Asked, ids: Mapping[str, str], digests: Mapping[str, str], codebook: Codebook) -> Asked:
    """What a question is about, with the present name of its layer, and these ids and digests for the former ones."""
    new = replace(
        asked,
        layer=codebook.present(asked.layer, "")["layer"] or asked.layer,
        where=ids.get(asked.where, asked.where),
        about=tuple(ids.get(name, name) for name in asked.about),
        seen=tuple(sorted(digests.get(name, name) for name in asked.seen)),
    )
    return asked if new == asked else with_key(new)
