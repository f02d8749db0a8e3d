"""Decisions of adjudicators: the decisions on a question, and the decisions from an answered page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.content import (
    Adjudicated,
    Reading,
    annotations_by_token,
    digest_of,
    overlaps,
    reading_at,
    token,
    view_of,
)
from standpoint.adjudication.new_actors import names_new_actors
from standpoint.adjudication.resolve import actors_in
from standpoint.codebook.types import Codebook
from standpoint.codebook.validate import fitting, has_label, overlap_fault
from standpoint.core.corpus import Lookup
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
from standpoint.core.standoff import article_id_of


class DecisionLookup(Lookup[Decision]):
    """Decisions sorted by article. ``missed`` are those on articles that were not looked up."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.missed: list[Decision] = []
        super().__init__(decisions, key=article_id_of, skipped=self.missed.extend)


def same_place(first: Asked, second: Asked) -> bool:
    """Whether two questions are about the same place in the same text."""
    places = [(asked.text_sha256, asked.pass_name, asked.layer, asked.about) for asked in (first, second)]
    return places[0] == places[1] and (bool(first.about) or overlaps(first, second))


def standing_decisions(asked: Asked, decisions: Iterable[Decision]) -> tuple[list[Decision], bool]:
    """The decisions that hold for a question, and whether their adjudicator saw every reading.

    This is the latest decision that was made with every reading; otherwise the latest decision on each part of the place.
    (A place has several parts if new readings have joined two places.)
    """
    candidates = [decision for decision in decisions if same_place(decision.asked, asked)]
    candidates.sort(key=lambda decision: (decision.decided or "", decision.by), reverse=True)
    for decision in candidates:
        if set(asked.seen) <= set(decision.asked.seen):
            return [decision], True
    parts: list[Decision] = []
    for decision in candidates:
        if not any(same_place(decision.asked, part.asked) for part in parts):
            parts.append(decision)
    return parts, False


def apply_decisions(decisions: Sequence[Decision], adjudicated: Adjudicated) -> tuple[list[Decision], list[Decision]]:
    """Resolve questions by decisions, and keep the others as conflicts; return the decisions that hold, and those that are stale.

    Afterwards, ``adjudicated.questions`` are the questions without a decision, or with a new reading since the decision.
    """
    agreed = [item for item in adjudicated.annotations if isinstance(item, Span)]
    codebook = adjudicated.codebook
    usable = [decision for decision in decisions if _fits(decision, codebook) and not _clashes(decision, agreed, codebook)]
    holding: list[Decision] = []
    questions, adjudicated.questions = adjudicated.questions, []
    for question in questions:
        standing, all_seen = standing_decisions(question.asked, usable)
        holding += standing
        if not all_seen:
            adjudicated.questions.append(replace(question, standing=next(iter(standing), None)))
        texts = {name: adjudicated.describe(reading) for name, reading in question.readings.items()}
        conflict = Conflict(layer=question.asked.layer, where=question.asked.where, readings=texts)
        if standing:
            outcome = digest_of(item for decision in standing for item in decision.annotations)
            dissent = tuple(name for name, reading in question.readings.items() if digest_of(reading) != outcome)
            adjudicated.resolved.append(replace(conflict, resolution=_resolution(standing, dissent)))
        else:
            adjudicated.conflicts.append(conflict)
    for links in (False, True):  # a link may lead from the place of one decision to the place of another
        for decision in holding:
            items = [item for item in decision.annotations if isinstance(item, Relation) is links]
            _take(decision, items, questions, adjudicated)
    stale = [
        decision
        for decision in decisions
        if decision not in usable or not any(same_place(decision.asked, question.asked) for question in questions)
    ]
    return holding, stale


def _fits(decision: Decision, codebook: Codebook) -> bool:
    """Whether the codebook still has all layers and labels of a decision."""
    known = fitting(decision.annotations, codebook.layers_by_pass.get(decision.asked.pass_name, {}))
    return len(known) == len(decision.annotations) and all(has_label(layer, item.label) for item, layer in known)


def _clashes(decision: Decision, agreed: Sequence[Span], codebook: Codebook) -> bool:
    """Whether a decided span overlaps another span that the annotators have agreed on since, and its layer forbids that."""
    decided = [item for item in decision.annotations if isinstance(item, Span)]
    return any(first.id != second.id and _exclude_each_other(first, second, codebook) for first in decided for second in agreed)


def _exclude_each_other(first: Span, second: Span, codebook: Codebook) -> bool:
    """Whether two spans are of one layer of the codebook, which forbids that they overlap as they do."""
    return (
        first.layer == second.layer
        and overlaps(first, second)
        and bool(overlap_fault(first, second, codebook.by_name[first.layer]))
    )


def _resolution(decisions: Sequence[Decision], dissent: tuple[str, ...]) -> Resolution:
    by = tuple(dict.fromkeys(decision.by for decision in decisions))
    return Resolution(how="adjudicated", by=by, dissent=dissent, reason=decisions[0].reason)


def _take(decision: Decision, items: Iterable[Annotation], questions: Sequence[Question], adjudicated: Adjudicated) -> None:
    """Adjudicate decided annotations, except links without both ends, and names of new actors (``resolve_names``)."""
    readings = next(question.readings for question in questions if same_place(decision.asked, question.asked))
    for item in items:
        ends = (item.head, item.tail) if isinstance(item, Relation) else ()
        skipped = item.id in adjudicated.resolutions or names_new_actors(adjudicated.codebook.by_name[item.layer])
        if not skipped and all(end in adjudicated.resolutions for end in ends):
            dissent = tuple(name for name, reading in readings.items() if token(item) not in map(token, reading))
            adjudicated.take(item, _resolution([decision], dissent))


def stale_issue(decision: Decision) -> Issue:
    """The note on a decision that applies to no question."""
    where = f"{decision.asked.article_id} {decision.asked.layer} {decision.asked.where}".rstrip()
    changed = "the sets, the text or the codebook have changed"
    message = f"decided by {decision.by}, but no longer in question, because {changed}; kept, not used"
    return Issue(where, "DECISION-STALE", message, "note")


class Answer(NamedTuple):
    """An answered question. ``choice`` is a key of ``readings``, none or mine, or "" if nothing was chosen."""

    asked: Asked
    readings: Mapping[str, Reading]
    words: tuple[str, ...]
    choice: str = ""
    reason: str = ""
    comment: str = ""


class Answers(NamedTuple):
    """An adjudicator's page: what is marked on it, the answers, and the ids of earlier adjudicated annotations."""

    marked: AnnotationSet
    answers: Sequence[Answer]
    agreed: Collection[str] = frozenset()
    decided: str | None = None


def decide(answers: Answers, codebook: Codebook) -> Iterator[Decision | Issue]:
    """A decision for each answer; an Issue for each answer without a decision, and for each mark that no decision uses."""
    page, where = answers.marked, answers.marked.where
    try:
        marked = list(annotations_by_token(view_of(page, codebook), codebook).values())
    except StandpointError as error:
        yield Issue(where, "DECISION-SET", f"{error.message}; all questions of the page are still open")
        return
    used: set[str] = set()
    for answer in answers.answers:
        drawn = reading_at(answer.asked, marked, answers.agreed) if answer.choice == MINE else ()
        if problem := _problem(answer, drawn, marked, codebook):
            yield Issue(f"{where} {answer.asked.layer} {answer.asked.where}".rstrip(), *problem)
            continue
        used |= {item.id for item in drawn}
        actors = actors_in(drawn, codebook)  # their typed names belong to the reading
        named = (item for item in marked if isinstance(item, Choice) and names_new_actors(codebook.by_name[item.layer]))
        yield Decision(
            asked=answer.asked,
            by=page.annotator,
            by_kind=page.annotator_kind,
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
            name = f"{item.label} {item.quote!r}" if isinstance(item, Span) else item.label
            message = f"{name} is marked, but no conflict there is answered with mine; not used"
            yield Issue(f"{page.article_id} {page.annotator} {item.layer}", "DECISION-UNUSED", message, "note")


def _problem(answer: Answer, drawn: Reading, marked: Iterable[Annotation], codebook: Codebook) -> tuple[str, str] | None:
    """The code and message of an Issue if an answer is not a decision."""
    if answer.choice not in answer.readings and answer.choice not in (NONE, MINE):
        return "DECISION-CHOICE", f"the choice is {answer.choice!r}, should be a letter, none or mine; still open"
    if answer.reason not in REASONS:
        return "DECISION-REASON", f"the reason is {answer.reason!r}, should be one of {', '.join(REASONS)}; still open"
    if answer.choice == MINE and not drawn:
        return "DECISION-UNMARKED", "the choice is mine, but nothing is marked there; mark a reading, or choose none; still open"
    others = [item for item in marked if isinstance(item, Span) and item not in drawn]
    for item in drawn:
        if isinstance(item, Span) and any(_exclude_each_other(item, other, codebook) for other in others):
            return "DECISION-OVERLAPS", f"a marked span overlaps another span of layer {item.layer}; still open"
    return None
