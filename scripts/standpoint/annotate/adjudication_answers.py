"""What adjudicators submitted, read back: for each question the choice, the reason and the comment, and what they marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from standpoint.annotate.adjudication import COMMENT, DECISION, LIST, REASON
from standpoint.annotate.collect import Who, read_result
from standpoint.annotate.complete import complete
from standpoint.annotate.studio import Data, ListedActor, Task, Work, sha256, task_key
from standpoint.codebook.kinds._studio import Item
from standpoint.codebook.types import Codebook
from standpoint.model import Annotation, AnnotationSet, Asked, Issue


class Listed(msgspec.Struct):
    """A conflict as it was listed."""

    asked: Asked
    options: list[ListedActor]
    readings: dict[str, tuple[Annotation, ...]]


class AdjudicationData(Data, rename={"pass_name": "pass", "conflicts": LIST}):
    """The data of one of our adjudication tasks."""

    article: str = ""
    agreed: list[str] = []
    conflicts: list[Listed] = []


class Answer(msgspec.Struct):
    """An answered question: ``choice`` is a reader's letter, none, or mine (""; nothing was chosen)."""

    asked: Asked
    readings: dict[str, tuple[Annotation, ...]]
    words: tuple[str, ...]
    choice: str = ""
    reason: str = ""
    comment: str = ""


class Answers(msgspec.Struct):
    """One adjudicator's work on one task; ``marked`` is what stands on the page, ``agreed`` the ids of what did before."""

    marked: AnnotationSet
    answers: list[Answer]
    agreed: frozenset[str] = frozenset()
    decided: str | None = None


@dataclass
class Answered:
    """Reads adjudication tasks. ``article_ids`` are all that there are."""

    codebook: Codebook
    who: Who
    article_ids: Iterable[str]
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = {task_key(one, masked): one for one in self.article_ids for masked in (False, True)}

    def read(self, task: Task) -> Iterator[Answers | Issue]:
        """Each submitted work on a task, the latest last; and an Issue for all that is not taken."""
        try:
            data = msgspec.json.decode(task.data, type=AdjudicationData)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            yield Issue(f"task {task.id}", "ADJUDICATION-TASK", f"{error}; should be as `standpoint adjudicate push` sent it")
            return
        article_id = self.keys.get(data.article)
        where = f"{article_id or f'task {task.id}'} adjudication"
        if article_id is None or data.pass_name not in self.codebook.pass_by_name:
            yield Issue(where, "TASK-ARTICLE", f"article {data.article!r}, pass {data.pass_name!r}: the project has no such")
        elif sha256(data.text or "") != data.shown_sha256:
            yield Issue(
                where, "TASK-TEXT", "its text was changed in Label Studio, should be as it was sent; no offset can be trusted"
            )
        else:
            if task.drafts:
                yield Issue(where, "TASK-DRAFT", f"{len(task.drafts)} draft(s) begun and not submitted; not taken", "note")
            settled = _settled(task, frozenset(data.agreed))
            for work in sorted(task.annotations, key=lambda one: (one.updated_at or "", one.id or 0)):
                yield from self._work(work, data, article_id, settled)

    def _work(self, work: Work, data: AdjudicationData, article_id: str, settled: Mapping) -> Iterator[Answers | Issue]:
        name, kind = self.who(work.completed_by)
        where = f"{article_id} {data.pass_name} {name}"
        if work.was_cancelled:
            yield Issue(where, "TASK-SKIPPED", "the adjudicator skipped this task; nothing is decided", "note")
            return
        asked = {key: item for item in work.result if (key := _ours(item))}
        reading = read_result(where, [item for item in work.result if not _is_ours(item)], data, data.pass_name, self.codebook)
        yield from reading.issues
        for gone in settled.items() - _content(work.result).items():
            message = f"{gone[0][0]} {gone[0][1]} was changed, and all agree on it; it stays as it was"
            yield Issue(where, "ADJUDICATION-AGREED", message, "note")
        marked = AnnotationSet(
            **{"article_id": article_id, "annotator": name, "annotator_kind": kind, "pass_name": data.pass_name},
            **{"codebook_version": data.codebook_version or "", "text_sha256": data.text_sha256 or ""},
            annotations=tuple(complete(reading.annotations, data.sentences, data.pass_name, self.codebook)),
        )
        answers = [_answer(number, listed, asked) for number, listed in enumerate(data.conflicts)]
        yield Answers(marked, answers, frozenset(data.agreed), work.updated_at or work.created_at)


def _is_ours(item: Item) -> bool:
    """Whether an item is of the list of conflicts or one of its signs, and of no layer."""
    return (item.from_name or "").startswith("__")


def _ours(item: Item) -> tuple[str, int] | None:
    name, _, number = (item.from_name or "").rpartition("_")
    return (name, int(number)) if name in (DECISION, REASON, COMMENT) and number.isdecimal() else None


def _answer(number: int, listed: Listed, items: Mapping[tuple[str, int], Item]) -> Answer:
    words = tuple(option.value for option in listed.options if option.alias in listed.readings)
    said = [_said(items.get((name, number))) for name in (DECISION, REASON, COMMENT)]
    return Answer(listed.asked, listed.readings, words, *said)


def _said(item: Item | None) -> str:
    if item is None or item.value is None:
        return ""
    texts = item.value.text if isinstance(item.value.text, list) else [item.value.text or ""]
    return " ".join(" ".join(item.value.choices or texts).split())


def _content(items: Iterable[Item]) -> dict[tuple, tuple]:
    """What regions and answers on them say, by region and control."""
    found = {}
    for item in items:
        if item.value and not _is_ours(item):
            said = tuple(item.value.labels or sorted(item.value.choices or ()))
            found[item.id or "", item.from_name or ""] = (item.value.start, item.value.end, said)
    return found


def _settled(task: Task, agreed: frozenset[str]) -> dict[tuple, tuple]:
    """What the page showed as agreed."""
    drawn = [item for one in task.predictions for item in msgspec.json.decode(one, type=_Prediction).result]
    return {key: said for key, said in _content(drawn).items() if key[0] in agreed}


class _Prediction(msgspec.Struct):
    result: list[Item] = []
