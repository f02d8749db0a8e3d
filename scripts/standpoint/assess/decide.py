"""What an adjudicator answered becomes decisions: the annotations that hold at each place, or an Issue why it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from standpoint.assess.names import actors_in
from standpoint.assess.said import Reading, overlaps, reading_at, said_by
from standpoint.assess.settle import names_new_actors
from standpoint.assess.views import view_of
from standpoint.codebook.types import Codebook
from standpoint.model import (
    MINE,
    NONE,
    READING,
    REASONS,
    Annotation,
    AnnotationSet,
    Asked,
    Decision,
    Issue,
    Relation,
    Span,
    StandpointError,
)


class Answer(Protocol):
    """An answered question; ``choice`` is a key of ``readings``, none or mine, or "" where nothing was chosen."""

    asked: Asked
    readings: Mapping[str, Reading]
    words: tuple[str, ...]
    choice: str
    reason: str
    comment: str


class Answers(Protocol):
    """One adjudicator's work on one page: what stands marked there, the answers, and the ids of what was settled before."""

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
