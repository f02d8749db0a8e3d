"""Decisions of adjudicators: which of them apply to a question, and how an answered page becomes decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.content import (
    Adjudicated,
    Reading,
    annotations_by_token,
    describe,
    digest_of,
    overlaps,
    reading_at,
    token,
    view_of,
)
from standpoint.adjudication.resolve import actors_in, names_new_actors
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import Lookup, article_id_of
from standpoint.core.model import (
    MINE,
    NONE,
    READING,
    REASONS,
    Annotation,
    AnnotationSet,
    Asked,
    Choice,
    Conflict,
    Decision,
    Issue,
    Question,
    Relation,
    Resolution,
    Span,
    StandpointError,
)


class DecisionLookup(Lookup[Decision]):
    """Decisions sorted by article; ``missed`` are those on articles that were never looked up."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.missed: list[Decision] = []
        super().__init__(decisions, key=article_id_of, skipped=self.missed.extend)


def same_place(one: Asked, other: Asked) -> bool:
    """Whether two questions are about one place of one text."""
    if (one.text_sha256, one.pass_name, one.layer, one.about) != (other.text_sha256, other.pass_name, other.layer, other.about):
        return False
    return bool(one.about) or overlaps(one, other)


def standing_decisions(asked: Asked, decisions: Iterable[Decision]) -> tuple[list[Decision], bool]:
    """The decisions that hold for a question, and whether they saw every reading.

    That is the latest decision that has seen every reading; otherwise the latest decisions on parts of the place, which
    are several where places grew together.
    """
    near = [each for each in decisions if same_place(each.asked, asked)]
    near.sort(key=lambda decision: (decision.decided or "", decision.by), reverse=True)
    for decision in near:
        if set(asked.seen) <= set(decision.asked.seen):
            return [decision], True
    parts: list[Decision] = []
    for decision in near:
        if not any(same_place(decision.asked, part.asked) for part in parts):
            parts.append(decision)
    return parts, False


def apply_decisions(decisions: Sequence[Decision], adjudicated: Adjudicated) -> tuple[list[Decision], list[Decision]]:
    """Resolve the questions that decisions resolve, and keep the others as conflicts; the decisions that hold, and the stale.

    ``adjudicated.questions`` becomes what an adjudicator is to be asked: questions that are not decided, or that
    somebody has read in a new way since.
    """
    usable = [decision for decision in decisions if not _clashes(decision, adjudicated)]
    holding: list[Decision] = []
    questions, adjudicated.questions = adjudicated.questions, []
    for question in questions:
        standing, all_seen = standing_decisions(question.asked, usable)
        holding += standing
        if not all_seen:
            adjudicated.questions.append(replace(question, standing=next(iter(standing), None)))
        texts = {name: describe(reading, adjudicated.spans) for name, reading in question.readings.items()}
        conflict = Conflict(layer=question.asked.layer, where=question.asked.where, readings=texts)
        if standing:
            outcome = digest_of(item for decision in standing for item in decision.annotations)
            dissent = tuple(name for name, reading in question.readings.items() if digest_of(reading) != outcome)
            adjudicated.resolved.append(replace(conflict, resolution=_resolution(standing, dissent)))
        else:
            adjudicated.conflicts.append(conflict)
    for links in (False, True):  # a link may go from the place of one decision to that of another
        for decision in holding:
            items = [item for item in decision.annotations if isinstance(item, Relation) is links]
            _take(decision, items, questions, adjudicated)
    stale = [
        decision
        for decision in decisions
        if decision not in usable or not any(same_place(decision.asked, question.asked) for question in questions)
    ]
    return holding, stale


def _clashes(decision: Decision, adjudicated: Adjudicated) -> bool:
    """Whether a decided span overlaps another span that is adjudicated by now."""
    agreed = [item for item in adjudicated.annotations if isinstance(item, Span)]
    return any(
        span.layer == other.layer and span.id != other.id and overlaps(span, other)
        for span in decision.annotations
        if isinstance(span, Span)
        for other in agreed
    )


def _resolution(decisions: Sequence[Decision], dissent: tuple[str, ...]) -> Resolution:
    by = tuple(dict.fromkeys(decision.by for decision in decisions))
    return Resolution(how="adjudicated", by=by, dissent=dissent, reason=decisions[0].reason)


def _take(decision: Decision, items: Iterable[Annotation], questions: Sequence[Question], adjudicated: Adjudicated) -> None:
    """Adjudicate decided annotations. A link whose other end is not adjudicated waits; names of new actors follow later."""
    readings = next(question.readings for question in questions if same_place(decision.asked, question.asked))
    for item in items:
        ends = (item.head, item.tail) if isinstance(item, Relation) else ()
        known = item.id in adjudicated.resolutions or names_new_actors(adjudicated.codebook.by_name[item.layer])
        if not known and all(end in adjudicated.resolutions for end in ends):
            dissent = tuple(name for name, reading in readings.items() if token(item) not in map(token, reading))
            adjudicated.take(item, _resolution([decision], dissent))


def stale_issue(decision: Decision) -> Issue:
    """The note on a decision that applies to no question."""
    where = f"{decision.asked.article_id} {decision.asked.layer} {decision.asked.where}".rstrip()
    message = f"decided by {decision.by}, but not in question any more: the sets or the text have changed; kept, not used"
    return Issue(where, "DECISION-STALE", message, "note")


class Answer(NamedTuple):
    """An answered question; ``choice`` is a key of ``readings``, none or mine, or "" where nothing was chosen."""

    asked: Asked
    readings: Mapping[str, Reading]
    words: tuple[str, ...]
    choice: str = ""
    reason: str = ""
    comment: str = ""


class Answers(NamedTuple):
    """One adjudicator's page: what is marked there, the answers, and the ids of what was adjudicated before."""

    marked: AnnotationSet
    answers: Sequence[Answer]
    agreed: Collection[str] = frozenset()
    decided: str | None = None


def decide(answers: Answers, codebook: Codebook) -> Iterator[Decision | Issue]:
    """A decision for each answer; an Issue for each answer that decides nothing, and for marks that no decision uses."""
    made = answers.marked
    where = f"{made.article_id} {made.pass_name} {made.annotator}"
    try:
        marked = list(annotations_by_token(view_of(made, codebook), codebook).values())
    except StandpointError as error:
        yield Issue(where, "DECISION-SET", f"{error.message}; all questions of the page are still open")
        return
    used: set[str] = set()
    for answer in answers.answers:
        drawn = reading_at(answer.asked, marked, answers.agreed) if answer.choice == MINE else ()
        if problem := _problem(answer, drawn, marked):
            yield Issue(f"{where} {answer.asked.layer} {answer.asked.where}".rstrip(), *problem)
            continue
        used |= {item.id for item in drawn}
        actors = actors_in(drawn, codebook)  # the names that were typed for them belong to the reading
        named = (item for item in marked if isinstance(item, Choice) and names_new_actors(codebook.by_name[item.layer]))
        yield Decision(
            asked=answer.asked,
            by=made.annotator,
            by_kind=made.annotator_kind,
            decided=answers.decided,
            chosen=answer.choice if answer.choice in (NONE, MINE) else READING,
            annotations=(*drawn, *(item for item in named if item.of in actors)) or tuple(answer.readings.get(answer.choice, ())),
            reason=answer.reason,
            readings=answer.words,
            comment=answer.comment,
        )
    for item in marked:
        by_hand = isinstance(item, Span) or (isinstance(item, Relation) and item.origin != "attached")
        if by_hand and item.id not in answers.agreed and item.id not in used:
            what = f"{item.label} {item.quote!r}" if isinstance(item, Span) else item.label
            message = f"{what} is marked, but no conflict there is answered with mine; not used"
            yield Issue(f"{made.article_id} {made.annotator} {item.layer}", "DECISION-UNUSED", message, "note")


def _problem(answer: Answer, drawn: Reading, marked: Iterable[Annotation]) -> tuple[str, str] | None:
    """Code and message where an answer decides nothing."""
    if answer.choice not in answer.readings and answer.choice not in (NONE, MINE):
        return "DECISION-CHOICE", f"the choice is {answer.choice!r}, should be a reader, none or mine; still open"
    if answer.reason not in REASONS:
        return "DECISION-REASON", f"the reason is {answer.reason!r}, should be one of {', '.join(REASONS)}; still open"
    if answer.choice == MINE and not drawn:
        return "DECISION-UNMARKED", "the choice is mine, and nothing is marked there; mark it, or choose none; still open"
    others = [item for item in marked if isinstance(item, Span) and item not in drawn]
    for item in drawn:
        if isinstance(item, Span) and any(item.layer == other.layer and overlaps(item, other) for other in others):
            return "DECISION-OVERLAPS", f"a marked span overlaps another span of layer {item.layer}; still open"
    return None
