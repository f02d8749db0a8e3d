"""Decisions of adjudicators: which apply to a question, and what they decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from standpoint.adjudication.content import Adjudicated, Reading, digest_of, overlaps, reading_at, said, said_by, token, view_of
from standpoint.adjudication.resolve import actors_in, names_new_actors
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_decisions
from standpoint.core.merge import Lookup
from standpoint.core.model import (
    MINE,
    NONE,
    READING,
    REASONS,
    Annotation,
    AnnotationSet,
    Asked,
    Conflict,
    Decision,
    Issue,
    Question,
    Relation,
    Resolution,
    Span,
    StandpointError,
)
from standpoint.core.paths import Project


def decisions_of(project: Project) -> DecisionLookup:
    """All decisions, to be asked for article by article."""
    return DecisionLookup(read_decisions(project))


class DecisionLookup(Lookup[Decision]):
    """Decisions that are sorted by article; ``missed`` are those on articles that nobody asked for."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.missed: list[Decision] = []
        super().__init__(decisions, key=lambda decision: decision.asked.article_id, skipped=self.missed.extend)


class Held(NamedTuple):
    """The decisions that hold for a question (several, where places grew together), and whether they saw all that is read."""

    decisions: tuple[Decision, ...]
    all_seen: bool


def same_place(one: Asked, other: Asked) -> bool:
    """Whether two questions are about one place of one text."""
    if (one.text_sha256, one.pass_name, one.layer, one.about) != (other.text_sha256, other.pass_name, other.layer, other.about):
        return False
    return bool(one.about) or overlaps(one, other)


def held(asked: Asked, decisions: Iterable[Decision]) -> Held:
    """What holds for a question: the latest decision that has seen all; otherwise the latest ones for parts of the place."""
    near = sorted((one for one in decisions if same_place(one.asked, asked)), key=_age, reverse=True)
    for one in near:
        if set(asked.seen) <= set(one.asked.seen):
            return Held((one,), True)
    parts: list[Decision] = []
    for one in near:
        if not any(same_place(one.asked, other.asked) for other in parts):
            parts.append(one)
    return Held(tuple(parts), False)


def _age(decision: Decision) -> tuple[str, str]:
    return decision.decided or "", decision.by


def apply_decisions(decisions: Sequence[Decision], adjudicated: Adjudicated) -> tuple[list[Decision], list[Decision]]:
    """Resolve what decisions resolve, and keep as conflicts what none does; the decisions that hold, and those that are stale.

    ``adjudicated.questions`` becomes what is to be asked: what is not decided, or was read in a new way since.
    """
    usable = [one for one in decisions if not _clashes(one, adjudicated)]
    holding: list[Decision] = []
    asked, adjudicated.questions = adjudicated.questions, []
    for question in asked:
        found = held(question.asked, usable)
        holding += found.decisions
        if not found.all_seen:
            adjudicated.questions.append(replace(question, standing=next(iter(found.decisions), None)))
        _close(question, found.decisions, adjudicated)
    for links in (False, True):  # a link may go from the place of one decision to that of another
        for decision in holding:
            _take(decision, [item for item in decision.annotations if isinstance(item, Relation) is links], asked, adjudicated)
    stale = [one for one in decisions if one not in usable or not any(same_place(one.asked, other.asked) for other in asked)]
    return holding, stale


def _clashes(decision: Decision, adjudicated: Adjudicated) -> bool:
    """Whether a span that was decided on overlaps one that is adjudicated without it by now."""
    spans = [item for item in decision.annotations if isinstance(item, Span)]
    others = [item for item in adjudicated.annotations if isinstance(item, Span)]
    return any(one.layer == other.layer and one.id != other.id and overlaps(one, other) for one in spans for other in others)


def _close(question: Question, decisions: Sequence[Decision], adjudicated: Adjudicated) -> None:
    """Keep a conflict in words, with its resolution if it is decided."""
    asked = question.asked
    words = {name: said(reading, adjudicated.spans) for name, reading in question.readings.items()}
    conflict = Conflict(layer=asked.layer, where=asked.where, readings=words)
    if not decisions:
        adjudicated.conflicts.append(conflict)
        return
    outcome = digest_of(item for one in decisions for item in one.annotations)
    dissent = tuple(name for name, reading in question.readings.items() if digest_of(reading) != outcome)
    adjudicated.resolved.append(replace(conflict, resolution=_resolution(decisions, dissent)))


def _resolution(decisions: Sequence[Decision], dissent: tuple[str, ...]) -> Resolution:
    by = tuple(dict.fromkeys(one.by for one in decisions))
    return Resolution(how="adjudicated", by=by, dissent=dissent, reason=decisions[0].reason)


def _take(decision: Decision, items: Iterable[Annotation], asked: Sequence[Question], adjudicated: Adjudicated) -> None:
    """Resolve what was decided; a link whose other end is not adjudicated waits for that. Names of new actors follow later."""
    readers = next(one.readings for one in asked if same_place(decision.asked, one.asked))
    for item in items:
        ends = (item.head, item.tail) if isinstance(item, Relation) else ()
        known = item.id in adjudicated.resolutions or names_new_actors(adjudicated.codebook.by_name[item.layer])
        if not known and all(end in adjudicated.resolutions for end in ends):
            dissent = tuple(name for name, reading in readers.items() if token(item) not in map(token, reading))
            adjudicated.take(item, _resolution([decision], dissent))


def as_told(decision: Decision) -> Issue:
    """What to say of a decision that holds for nothing."""
    where = f"{decision.asked.article_id} {decision.asked.layer} {decision.asked.where}".rstrip()
    message = f"decided by {decision.by}, and not in question any more: the sets or the text have changed; kept, not used"
    return Issue(where, "DECISION-STALE", message, "note")


class Answer(Protocol):
    """An answered question; ``choice`` is a key of ``readings``, none or mine, or "" where nothing was chosen."""

    asked: Asked
    readings: Mapping[str, Reading]
    words: tuple[str, ...]
    choice: str
    reason: str
    comment: str


class Answers(Protocol):
    """One adjudicator's work on one page: what stands marked there, the answers, and the ids of what was adjudicated before."""

    marked: AnnotationSet
    answers: Sequence[Answer]
    agreed: Collection[str]
    decided: str | None


def decide(answers: Answers, codebook: Codebook) -> Iterator[Decision | Issue]:
    """A decision for each answer; an Issue where nothing can be made of it, and for what was marked and is used by none."""
    made = answers.marked
    try:
        marked = list(said_by(view_of(made, codebook), codebook).values())
    except StandpointError as error:
        yield Issue(f"{made.article_id} {made.pass_name} {made.annotator}", "DECISION-SET", f"{error.message}; all still open")
        return
    used: set[str] = set()
    for answer in answers.answers:
        where = f"{made.article_id} {made.pass_name} {made.annotator} {answer.asked.layer} {answer.asked.where}".rstrip()
        own = reading_at(answer.asked, marked, answers.agreed) if answer.choice == MINE else ()
        problem = _problem(answer, own, marked)
        if problem:
            yield Issue(where, *problem)
            continue
        used |= {item.id for item in own}
        yield Decision(
            **{"asked": answer.asked, "by": made.annotator, "by_kind": made.annotator_kind, "decided": answers.decided},
            chosen=answer.choice if answer.choice in (NONE, MINE) else READING,
            annotations=(*own, *_names(own, marked, codebook)) if own else tuple(answer.readings.get(answer.choice, ())),
            **{"reason": answer.reason, "readings": answer.words, "comment": answer.comment},
        )
    yield from _unused(answers, marked, used)


def _problem(answer: Answer, own: Reading, marked: Iterable[Annotation]) -> tuple[str, str] | None:
    """Code and message where an answer decides nothing."""
    if answer.choice not in answer.readings and answer.choice not in (NONE, MINE):
        return "DECISION-CHOICE", f"the choice is {answer.choice!r}, should be a reader, none or mine; still open"
    if answer.reason not in REASONS:
        return "DECISION-REASON", f"the reason is {answer.reason!r}, should be one of {', '.join(REASONS)}; still open"
    if answer.choice == MINE and not own:
        return "DECISION-UNMARKED", "it says mine, and nothing is marked there; should be marked, or none be chosen; still open"
    others = [item for item in marked if isinstance(item, Span) and item not in own]
    for one in own:
        if isinstance(one, Span) and any(one.layer == other.layer and overlaps(one, other) for other in others):
            return "DECISION-OVERLAPS", f"what is marked overlaps another span of layer {one.layer}; still open"
    return None


def _names(own: Reading, marked: Iterable[Annotation], codebook: Codebook) -> Iterator[Annotation]:
    """The names that were typed for the new actors of an own reading."""
    actors = actors_in(own, codebook)
    return (item for item in marked if names_new_actors(codebook.by_name[item.layer]) and item.of in actors)


def _unused(answers: Answers, marked: Iterable[Annotation], used: Collection[str]) -> Iterator[Issue]:
    """What an adjudicator marked and no decision took."""
    for item in marked:
        drawn = isinstance(item, Span) or (isinstance(item, Relation) and item.origin != "attached")
        if drawn and item.id not in answers.agreed and item.id not in used:
            what = f"{item.label} {item.quote!r}" if isinstance(item, Span) else item.label
            message = f"{what} is marked, and no conflict there is decided as mine; not taken"
            yield Issue(
                f"{answers.marked.article_id} {answers.marked.annotator} {item.layer}", "DECISION-UNUSED", message, "note"
            )
