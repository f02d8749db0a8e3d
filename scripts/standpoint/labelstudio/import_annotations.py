"""Label Studio's tasks become annotation sets: every region, answer and relation is taken, or is an Issue."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from standpoint.codebook.kinds._items import Item, Reading, Value
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import written_whole
from standpoint.core.ids import choice_id
from standpoint.core.model import (
    ACCEPTED,
    EDITED,
    REJECTED,
    Annotation,
    AnnotationSet,
    Choice,
    Issue,
    Relation,
    Span,
    Suggestion,
    in_reading_order,
)
from standpoint.core.offsets import Repair, whole
from standpoint.core.provenance import Annotator
from standpoint.ingest.article import normalise
from standpoint.labelstudio.hypertext import on_page, on_text, page_of
from standpoint.pages.tasks import layer_of, read_items, reading_of
from standpoint.pages.types import Data, Task, Work, decode_data, sha256, task_key

OWN_DOMAIN = "@standpoint.invalid"  # accounts that the embedded server makes: the name is the pseudonym


class People:
    """The map from an account (its e-mail, or server and number) to a pseudonym, kept in a local file."""

    def __init__(
        self, path: Path, annotators: Mapping[str, Annotator], accounts: Mapping[int, str] | None = None, server: str = ""
    ) -> None:
        """``accounts`` are the e-mails by user id of the ``server`` that was asked; an export file has numbers only."""
        self.path, self.annotators, self.accounts, self.server = path, annotators, accounts or {}, server
        self.known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def who(self, completed_by: object) -> tuple[str, str]:
        """Pseudonym and kind of whoever did an annotation; somebody new gets the next free pseudonym."""
        name = self._pseudonym(self._account(completed_by))
        return name, self.annotators[name].kind if name in self.annotators else "unknown"

    def _account(self, completed_by: object) -> str:
        if isinstance(completed_by, dict):
            return str(completed_by.get("email") or completed_by.get("id"))
        return self.accounts.get(completed_by, f"user {completed_by} {self.server}".rstrip())

    def _pseudonym(self, account: str) -> str:
        if account.endswith(OWN_DOMAIN):
            return account.removesuffix(OWN_DOMAIN)
        if account not in self.known:
            taken = {*self.known.values(), *self.annotators}
            self.known[account] = next(name for number in range(1, 10_000) if (name := f"p{number:02}") not in taken)
        return self.known[account]

    def save(self) -> None:
        """Keep the map for the next time."""
        with written_whole(self.path) as file:
            file.write(json.dumps(self.known, indent=1, sort_keys=True, ensure_ascii=False).encode())


class Suggested(Struct):
    """A region of a prediction, and where it says it came from."""

    id: str | int | None = None
    from_name: str | None = None
    value: Value | None = None
    meta: dict | None = None


class Prediction(Struct):
    """What Label Studio calls a prediction."""

    id: int | None = None
    result: list[Suggested] = []


def outcomes(predictions: Iterable[Raw], begun_from: int | None, items: Sequence[Item]) -> list[Suggestion]:
    """Each suggestion with its outcome; none where the work did not begin from suggestions, or the export has only their ids."""
    found = [one for raw in predictions if (one := _prediction(raw)) is not None]
    prediction = next((one for one in found if one.id == begun_from), None) or (found[0] if len(found) == 1 else None)
    kept = {str(item.id): item for item in items if item.value is not None and item.value.labels}
    return [one for item in prediction.result if (one := _suggestion(item, kept)) is not None] if prediction else []


def _prediction(raw: Raw) -> Prediction | None:
    try:
        return msgspec.json.decode(raw, type=Prediction)
    except msgspec.ValidationError:
        return None


def _suggestion(item: Suggested, kept: dict[str, Item]) -> Suggestion | None:
    value, source = item.value, (item.meta or {}).get("suggestion", "")
    start, end = (whole(value.start), whole(value.end)) if value else (None, None)
    if start is None or end is None or not value.labels or not isinstance(source, str):
        return None  # not one that we sent: somebody else's prediction
    now = kept.get(str(item.id))
    same = now and (whole(now.value.start), whole(now.value.end), now.value.labels) == (start, end, value.labels)
    outcome = ACCEPTED if same else EDITED if now else REJECTED
    return Suggestion(layer=item.from_name or "", label=value.labels[0], start=start, end=end, source=source, outcome=outcome)


def relocated(span: Span, original: str, normal: str) -> Span | None:
    """The span in the normalised text, or None where its place is not certain."""
    quote = normalise(span.quote)
    before, total = _occurrences(normalise(original[: span.start] + span.quote), quote), _occurrences(normal, quote)
    if not quote or before == 0 or total != _occurrences(normalise(original), quote) or total < before:
        return None
    start = -1
    for _ in range(before):
        start = normal.index(quote, start + 1)
    return msgspec.structs.replace(span, start=start, end=start + len(quote), quote=quote)


def _occurrences(text: str, quote: str) -> int:
    """How often a quote stands in a text, overlapping ones too."""
    count, at = 0, text.find(quote)
    while quote and at >= 0:
        count, at = count + 1, text.find(quote, at + 1)
    return count


def complete(
    annotations: list[Annotation], sentences: Sequence[tuple[int, int]], pass_name: str, codebook: Codebook
) -> Iterator[Annotation]:
    """What was annotated, with what goes without a click: defaults, and links that a rule attaches; in a fixed order."""
    spans = [item for item in annotations if isinstance(item, Span)]
    answered = {(item.layer, item.of) for item in annotations if isinstance(item, Choice)}
    extra: list[Annotation] = []
    for layer in codebook.layers_of(pass_name):
        if layer.default and layer.kind != "relation":
            about = [span.id for span in spans if span.layer == layer.of] if layer.of else [""]
            missing = (of for of in about if (layer.name, of) not in answered)
            extra += [
                Choice(id=choice_id(of, layer.name, layer.default, multiple=False), layer=layer.name, label=layer.default, of=of)
                for of in missing
            ]
        elif layer.attach:
            linked = {item.tail for item in annotations if isinstance(item, Relation) and item.layer == layer.name}
            extra += attached(layer, spans, sentences, linked)
    return iter(in_reading_order([*annotations, *extra]))


def attached(layer: Layer, spans: Sequence[Span], sentences: Sequence[tuple[int, int]], linked: set[str]) -> Iterator[Relation]:
    """Links of the spans that no arrow leads to, in sentences with exactly one head (codebook, roles: auto-attach).

    The label is the relation's label that is named as the span is, in small letters: PLACE -> place.
    """
    by_sentence: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        if span.layer in (layer.head, layer.tail):
            by_sentence[_sentence_at(span.start, sentences)].append(span)
    for number, inside in by_sentence.items():
        heads = [span for span in inside if span.layer == layer.head]
        for tail in inside if len(heads) == 1 and number >= 0 else ():
            label = tail.label.lower()
            if tail.layer == layer.tail and tail.id not in linked and label in layer.by_name:
                identity = f"{heads[0].id}.{layer.name}.{label}.{tail.id}"
                yield Relation(id=identity, layer=layer.name, label=label, head=heads[0].id, tail=tail.id, origin="attached")


def _sentence_at(offset: int, sentences: Sequence[tuple[int, int]]) -> int:
    number = bisect_right(sentences, offset, key=itemgetter(0)) - 1
    return number if number >= 0 and offset < sentences[number][1] else -1


Who = Callable[[object], tuple[str, str]]  # what an export says of the annotator -> (pseudonym, kind)


@dataclass
class AnnotationImporter:
    """Reads tasks into annotation sets. ``article_ids`` finds the article of a task by its text's sha256.

    ``counts``: annotations are annotation sets, skipped, copies or refused; items are taken, refused, skipped or copies.
    """

    codebook: Codebook
    who: Who
    article_ids: Mapping[str, str] = field(default_factory=dict)
    fix: bool = False  # whether regions with bad offsets are fixed where that is certain
    repairs: list[Repair] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._masked = {task_key(article_id, masked=True): article_id for article_id in self.article_ids.values()}

    def convert(self, tasks: Iterable[Task | Issue]) -> Iterator[AnnotationSet | Issue]:
        """The annotation sets of the tasks, in their order, and an Issue for all that is not taken."""
        for task in tasks:
            if isinstance(task, Issue):
                self.counts["tasks refused"] += 1
                yield task
            else:
                self.counts["tasks"] += 1
                yield from self._task(task)

    def _task(self, task: Task) -> Iterator[AnnotationSet | Issue]:
        data = decode_data(task.data)
        _onto_text(task, data)
        article_id = self._article_id(data)
        where = f"{article_id or f'task {task.id}'}"
        counted = {"annotations": len(task.annotations), "items": sum(len(work.result) for work in task.annotations)}
        self.counts.update(counted)
        self.counts["predictions"] += len(task.predictions)
        if task.drafts:
            self.counts["drafts"] += len(task.drafts)
            yield Issue(where, "TASK-DRAFT", f"{len(task.drafts)} draft(s) begun and not submitted; not taken", "note")
        problem = _task_problem(data, article_id)
        if problem:
            self.counts.update({f"{name} refused": count for name, count in counted.items()})
            yield Issue(where, *problem)
            return
        for work in self._once(task.annotations):
            yield from work if isinstance(work, list) else self._work(work, task, data, article_id)

    def _article_id(self, data: Data) -> str | None:
        """The article a task is about: by its key where the key is one of ours, otherwise by the text."""
        if data.article_id in self._masked:
            return self._masked[data.article_id]
        if data.article_id and data.text_sha256 and data.article_id.endswith(f"-{data.text_sha256[:8]}"):
            return data.article_id
        return self.article_ids.get(sha256(normalise(data.text)))

    def _once(self, works: Sequence[Work]) -> Iterator[Work | list[Issue]]:
        """Each annotator's work once: copies that SQLite stored of one submission are left out, said aloud."""
        kept: dict[tuple, Work] = {}
        for work in sorted(works, key=_when, reverse=True):
            key = (repr(work.completed_by), work.was_cancelled, tuple(sorted(str(item.id or item) for item in work.result)))
            if key in kept:
                self.counts.update({"copies": 1, "items of copies": len(work.result)})
                yield [Issue(f"annotation {work.id}", "SET-COPY", f"is a copy of annotation {kept[key].id}; kept once", "note")]
            else:
                kept[key] = work
        yield from reversed(kept.values())

    def _work(self, work: Work, task: Task, data: Data, article_id: str) -> Iterator[AnnotationSet | Issue]:
        annotator, kind = self.who(work.completed_by)
        pass_name = data.pass_name if data.pass_name in self.codebook.pass_by_name else self._guess_pass(work.result)
        where = f"{article_id} {pass_name} {annotator}"
        if work.was_cancelled:
            self.counts["skipped"] += 1
            self.counts["items skipped"] += len(work.result)
            yield Issue(where, "TASK-SKIPPED", "the annotator skipped this task; no annotation set", "note")
            return
        reading = reading_of(where, data)
        reading.fix = self.fix
        read_items(reading, work.result, pass_name, self.codebook)
        if data.shown_sha256 is None:
            _relocate(reading, data)
        refused = sum(issue.level == "error" for issue in reading.issues)
        self.counts.update({"annotation sets": 1, "items taken": reading.taken, "items refused": refused})
        for name in [*reading.faults.elements(), *(f"fixed: {repair.fault}" for repair in reading.repairs)]:
            self.counts[f"regions {name}"] += 1
        self.repairs += reading.repairs
        yield from reading.issues
        yield AnnotationSet(
            article_id=article_id,
            annotator=annotator,
            pass_name=pass_name,
            annotator_kind=kind,
            codebook_version=data.codebook_version or self.codebook.version,
            text_sha256=data.text_sha256 or sha256(normalise(data.text)),
            assistance="rule_suggestion" if _suggested(work) else "none",
            lead_time=work.lead_time,
            submitted=work.created_at,
            annotations=tuple(complete(reading.annotations, data.sentences, pass_name, self.codebook)),
            suggestions=tuple(outcomes(task.predictions, work.parent_prediction, work.result)) if _suggested(work) else (),
        )

    def _guess_pass(self, items: Sequence[Item]) -> str:
        """The pass that asks for most of the controls of a result (a project that is not ours names no pass)."""
        found = Counter(
            layer_of(item, one.name, self.codebook)[0] is not None and one.name for one in self.codebook.passes for item in items
        )
        found.pop(False, None)
        return found.most_common(1)[0][0] if found else self.codebook.passes[0].name


def _onto_text(task: Task, data: Data) -> None:
    """Where the regions lie on a page, take them and the task for regions on the page's text."""
    if any(map(on_page, chain.from_iterable(work.result for work in task.annotations))):
        page = page_of(data.text)
        data.text = page.text
        for work in task.annotations:
            work.result = on_text(work.result, page)


def _when(work: Work) -> tuple:
    return work.updated_at or "", isinstance(work.id, str), work.id or 0


def _task_problem(data: Data, article_id: str | None) -> tuple[str, str] | None:
    """Code and message where nothing of a task can be taken."""
    if not article_id:
        return "TASK-ARTICLE", "its text is no article of this project, should be ingested first"
    if data.shown_sha256 and sha256(data.text) != data.shown_sha256:
        return "TASK-TEXT", "its text was changed in Label Studio, should be as it was sent; no offset can be trusted"
    return None


def _relocate(reading: Reading, data: Data) -> None:
    """Move the spans of a text that was not sent by us to where they stand in the article."""
    normal = normalise(data.text)
    if normal == data.text:
        return
    moved: list[Annotation] = []
    lost: set[str] = set()
    for item in reading.annotations:
        place = relocated(item, data.text, normal) if isinstance(item, Span) else item
        about = (item.of,) if isinstance(item, Choice) else (item.head, item.tail) if isinstance(item, Relation) else ()
        if place is None:
            lost.add(item.id)
        if place is None or lost.intersection(about):
            reading.taken -= 1
            reading.issues.append(
                Issue(f"{reading.where} {item.id}", "REGION-MOVED", "its place in the normalised text is not certain")
            )
        else:
            moved.append(place)
    reading.annotations[:] = moved
    reading.repairs[:] = [repair for repair in reading.repairs if repair.annotation not in lost]


def _suggested(work: Work) -> bool:
    return work.parent_prediction is not None or any((item.origin or "manual") != "manual" for item in work.result)
