"""Decisions of adjudicators: which hold for a question, and what they settle.

A decision holds as long as its place is in conflict, whoever else has annotated since. Where somebody reads the place in
a way that the adjudicator has not seen, it goes on holding, and is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.assess.read_aloud import said
from standpoint.assess.said import digest_of, overlaps, token
from standpoint.assess.settle import names_new_actors
from standpoint.assess.settled import Settled
from standpoint.model import Annotation, Asked, Conflict, Decision, Issue, Question, Relation, Settlement, Span


class InOrder:
    """Decisions that come sorted by article, article by article; ``missed`` are those on articles that nobody asked for."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._groups = groupby(decisions, key=lambda one: one.asked.article_id)
        self._next = next(self._groups, None)
        self.missed: list[Decision] = []

    def of(self, article_id: str | None) -> list[Decision]:
        """The decisions on one article, after those asked for before; None: on none, to go to the end."""
        while self._next and (article_id is None or self._next[0] < article_id):
            self.missed += self._next[1]
            self._next = next(self._groups, None)
        if not self._next or self._next[0] != article_id:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


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


def apply_decisions(decisions: Sequence[Decision], settled: Settled) -> tuple[list[Decision], list[Decision]]:
    """Settle what decisions settle, and keep as conflicts what none does; the decisions that hold, and those that are stale.

    ``settled.questions`` becomes what is to be asked: what is not decided, or was read in a new way since.
    """
    usable = [one for one in decisions if not _clashes(one, settled)]
    holding: list[Decision] = []
    asked, settled.questions = settled.questions, []
    for question in asked:
        found = held(question.asked, usable)
        holding += found.decisions
        if not found.all_seen:
            settled.questions.append(replace(question, standing=next(iter(found.decisions), None)))
        _close(question, found.decisions, settled)
    for links in (False, True):  # a link may go from the place of one decision to that of another
        for decision in holding:
            _take(decision, [item for item in decision.annotations if isinstance(item, Relation) is links], asked, settled)
    stale = [one for one in decisions if one not in usable or not any(same_place(one.asked, other.asked) for other in asked)]
    return holding, stale


def _clashes(decision: Decision, settled: Settled) -> bool:
    """Whether a span that was decided on overlaps one that is settled without it by now."""
    spans = [item for item in decision.annotations if isinstance(item, Span)]
    others = [item for item in settled.annotations if isinstance(item, Span)]
    return any(one.layer == other.layer and one.id != other.id and overlaps(one, other) for one in spans for other in others)


def _close(question: Question, decisions: Sequence[Decision], settled: Settled) -> None:
    """Keep a conflict in words, with its settlement if it is decided."""
    asked = question.asked
    words = {name: said(reading, settled.spans) for name, reading in question.readings.items()}
    conflict = Conflict(layer=asked.layer, where=asked.where, readings=words)
    if not decisions:
        settled.conflicts.append(conflict)
        return
    outcome = digest_of(item for one in decisions for item in one.annotations)
    dissent = tuple(name for name, reading in question.readings.items() if digest_of(reading) != outcome)
    settled.resolved.append(replace(conflict, settlement=_settlement(decisions, dissent)))


def _settlement(decisions: Sequence[Decision], dissent: tuple[str, ...]) -> Settlement:
    by = tuple(dict.fromkeys(one.by for one in decisions))
    return Settlement(how="adjudicated", by=by, dissent=dissent, reason=decisions[0].reason)


def _take(decision: Decision, items: Iterable[Annotation], asked: Sequence[Question], settled: Settled) -> None:
    """Settle what was decided; a link whose other end is not settled waits for that. Names of new actors follow later."""
    readers = next(one.readings for one in asked if same_place(decision.asked, one.asked))
    for item in items:
        ends = (item.head, item.tail) if isinstance(item, Relation) else ()
        known = item.id in settled.settlements or names_new_actors(settled.codebook.by_name[item.layer])
        if not known and all(end in settled.settlements for end in ends):
            dissent = tuple(name for name, reading in readers.items() if token(item) not in map(token, reading))
            settled.take(item, _settlement([decision], dissent))


def as_told(decision: Decision) -> Issue:
    """What to say of a decision that holds for nothing."""
    where = f"{decision.asked.article_id} {decision.asked.layer} {decision.asked.where}".rstrip()
    message = f"decided by {decision.by}, and not in question any more: the sets or the text have changed; kept, not used"
    return Issue(where, "DECISION-STALE", message, "note")
