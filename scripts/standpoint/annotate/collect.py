"""Label Studio's tasks become annotation sets: every region, answer and relation is taken, or is an Issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from standpoint.acquire.text import normalise
from standpoint.annotate.complete import complete
from standpoint.annotate.hypertext import on_page, on_text, page_of
from standpoint.annotate.outcome import outcomes
from standpoint.annotate.relocate import relocated
from standpoint.annotate.studio import Data, Task, Work, decode_data, sha256, task_key
from standpoint.codebook import kinds
from standpoint.codebook.kinds._studio import Item, Reading
from standpoint.codebook.offsets import Repair
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, AnnotationSet, Choice, Issue, Relation, Span

ITEM_TYPES = {"span": "labels", "choice": "choices", "text": "textarea"}

Who = Callable[[object], tuple[str, str]]  # what an export says of the annotator -> (pseudonym, kind)


@dataclass
class Collector:
    """Reads tasks into annotation sets. ``article_ids`` finds the article of a task by its text's sha256.

    ``counts``: annotations are annotation sets, skipped, copies or refused; items are taken, refused, skipped or copies.
    """

    codebook: Codebook
    who: Who
    article_ids: Mapping[str, str] = field(default_factory=dict)
    mend: bool = False  # whether regions with bad offsets are mended where that is certain
    repairs: list[Repair] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._masked = {task_key(article_id, masked=True): article_id for article_id in self.article_ids.values()}

    def collect(self, tasks: Iterable[Task | Issue]) -> Iterator[AnnotationSet | Issue]:
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
        reading.mend = self.mend
        read_items(reading, work.result, pass_name, self.codebook)
        if data.shown_sha256 is None:
            _relocate(reading, data)
        refused = sum(issue.level == "error" for issue in reading.issues)
        self.counts.update({"annotation sets": 1, "items taken": reading.taken, "items refused": refused})
        for name in [*reading.faults.elements(), *(f"mended: {repair.fault}" for repair in reading.repairs)]:
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
            assistance="rule_draft" if _drafted(work) else "none",
            lead_time=work.lead_time,
            submitted=work.created_at,
            annotations=tuple(complete(reading.annotations, data.sentences, pass_name, self.codebook)),
            drafts=tuple(outcomes(task.predictions, work.parent_prediction, work.result)) if _drafted(work) else (),
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


def read_result(where: str, items: Sequence[Item], data: Data, pass_name: str, codebook: Codebook) -> Reading:
    """The annotations of one result."""
    reading = reading_of(where, data)
    read_items(reading, items, pass_name, codebook)
    return reading


def reading_of(where: str, data: Data) -> Reading:
    """A reading of a task in which nothing is read yet."""
    actors = [actor.alias or actor.value for actor in data.actors]
    return Reading(where=where, text=data.text, actors=actors, possessive_names=data.possessive_names)


def read_items(reading: Reading, items: Sequence[Item], pass_name: str, codebook: Codebook) -> None:
    """Read the items of one result: regions first, then answers on them, then relations between them."""
    found: dict[str, list] = {"span": [], "choice": [], "text": [], "relation": [], "": []}
    for item in items:
        layer, index = layer_of(item, pass_name, codebook)
        found[layer.kind if layer else ""].append((item, layer, index))
    for item, layer, index in chain.from_iterable(found.values()):
        _read(item, layer, index, reading)


def _read(item: Item, layer: Layer | None, index: int | None, reading: Reading) -> None:
    if layer is None:
        reading.refuse(item, "ITEM-UNKNOWN", f"{item.type} of control {item.from_name!r} belongs to no layer of this pass")
    elif item.type != ITEM_TYPES.get(layer.kind, item.type) or (item.value is None and layer.kind != "relation"):
        reading.refuse(item, "ITEM-TYPE", f"{item.type} in layer {layer.name}, should be {ITEM_TYPES[layer.kind]} with a value")
    else:
        kinds.get(layer.kind).read(layer, item, index, reading)


def layer_of(item: Item, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    """The layer that an item belongs to, and the number in its control's name where it has one."""
    if item.type == "relation":
        return _relation_layer(item.labels or (), pass_name, codebook), None
    return _control(item.from_name or "", pass_name, codebook)


@lru_cache(maxsize=4096)
def _control(name: str, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    layers = {layer.name: layer for layer in codebook.layers_of(pass_name) if layer.kind != "relation"}
    if name in layers:
        return layers[name], None
    base, _, number = name.rpartition("_")
    known = base in layers and layers[base].for_each and number.isdecimal()
    return (layers[base], int(number)) if known else (None, None)


def _relation_layer(labels: Sequence[str], pass_name: str, codebook: Codebook) -> Layer | None:
    layers = [layer for layer in codebook.layers_of(pass_name) if layer.kind == "relation"]
    return next((layer for layer in layers if set(labels) & set(layer.label_names)), layers[0] if len(layers) == 1 else None)


def _drafted(work: Work) -> bool:
    return work.parent_prediction is not None or any((item.origin or "manual") != "manual" for item in work.result)
