"""Import: Label Studio's tasks become annotation sets. Every region, answer and relation is taken, or reported as an Issue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from standpoint.adjudication.content import about_of
from standpoint.adjudication.new_actors import untyped_names
from standpoint.codebook.kinds._items import Item, Reading, Value
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.codebook.validate import renamed
from standpoint.core.model import (
    ACCEPTED,
    EDITED,
    NAME,
    REJECTED,
    Annotation,
    AnnotationSet,
    Choice,
    Issue,
    Span,
    Suggestion,
    in_reading_order,
    sha256,
)
from standpoint.core.offsets import WHITESPACE, Repair, fault, is_strange, whole_number
from standpoint.ingest.offset_map import OffsetMap
from standpoint.labelstudio.merge import Imported, moment
from standpoint.labelstudio.task_text import Articles, NoArticleError, TaskText, claims_of, find_text
from standpoint.pages.task_json import (
    Submission,
    Task,
    TaskData,
    decode_data,
    fill_defaults,
    layer_of,
    read_result,
    strings_of,
    task_key,
)


class PredictedRegion(Struct):
    """A region of a prediction; ``meta`` names its source if the prediction is one of ours."""

    id: str | int | None = None
    from_name: str | None = None
    value: Value | None = None
    meta: dict | None = None


class Prediction(Struct):
    """A prediction of Label Studio: all suggestions of one model on one task."""

    id: int | None = None
    result: list[PredictedRegion] = []


def suggestion_outcomes(predictions: Iterable[Raw], begun_from: int | None, items: Sequence[Item]) -> list[Suggestion]:
    """Each suggestion of the prediction that work began from, with its outcome in the submitted ``items``.

    Empty if the prediction is not known: the export has only the ids of predictions, or several and none with the id
    ``begun_from``.
    """
    decoded: list[Prediction] = []
    for raw in predictions:
        with suppress(msgspec.ValidationError):
            decoded.append(msgspec.json.decode(raw, type=Prediction))
    only = decoded[0] if len(decoded) == 1 else None
    begun = next((prediction for prediction in decoded if prediction.id == begun_from), only)
    if begun is None:
        return []
    submitted = {str(item.id): item.value for item in items if item.value is not None and item.value.labels}
    outcomes = (_outcome(region, submitted.get(str(region.id))) for region in begun.result)
    return [outcome for outcome in outcomes if outcome is not None]


def _outcome(region: PredictedRegion, submitted: Value | None) -> Suggestion | None:
    """A suggestion with its outcome; None for a region of somebody else's prediction."""
    value, source = region.value, (region.meta or {}).get("suggestion", "")
    if value is None or not value.labels or not isinstance(source, str):
        return None
    start, end = whole_number(value.start), whole_number(value.end)
    if start is None or end is None:
        return None
    if submitted is None:
        outcome = REJECTED
    else:
        same = (whole_number(submitted.start), whole_number(submitted.end), submitted.labels) == (start, end, value.labels)
        outcome = ACCEPTED if same else EDITED
    return Suggestion(layer=region.from_name or "", label=value.labels[0], start=start, end=end, source=source, outcome=outcome)


OTHER_TEXT = "half or more of the texts of its {} regions do not occur in this article; it is probably another article's; {}"
TEXT_CHANGED = "its text was changed in Label Studio, should be as it was sent; no offset can be trusted"


def drafts_issue(where: str, task: Task) -> Issue:
    """A note on the drafts of a task."""
    return Issue(where, "TASK-DRAFT", f"{len(task.drafts)} draft(s) not submitted; not taken", "note")


Who = Callable[[object], tuple[str, str]]  # ``completed_by`` of an export -> (pseudonym, kind)


@dataclass
class AnnotationImporter:
    """Turns tasks into annotation sets. ``article_ids``: the id of each article by its text's sha256.

    ``counts``: submissions are counted as annotation sets, skipped, copies or refused; items as taken, refused, skipped, items of
    copies, left out by the codebook, or unused (suggested names of new actors that mark nothing). The sums are equal to what was
    in the tasks.
    """

    codebook: Codebook
    who: Who
    article_ids: Mapping[str, str] = field(default_factory=dict)
    fix: bool = False  # whether regions with bad offsets are fixed if the fix is certain
    articles: Articles | None = None  # in which the texts of others' tasks are found; None: those with ``article_ids``
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._masked_keys = {task_key(article_id, masked=True): article_id for article_id in self.article_ids.values()}

    def convert(self, tasks: Iterable[Task | Issue]) -> Iterator[AnnotationSet | Issue]:
        """As ``read``, without the counts and repairs of each set."""
        return (item.annotation_set if isinstance(item, Imported) else item for item in self.read(tasks))

    def read(self, tasks: Iterable[Task | Issue]) -> Iterator[Imported | Issue]:
        """The annotation sets of the tasks, in their order, and an Issue for everything that is not taken."""
        for task in tasks:
            if isinstance(task, Issue):
                self.counts["tasks refused"] += 1
                yield task
            else:
                self.counts["tasks"] += 1
                yield from self._convert_task(task)

    def _convert_task(self, task: Task) -> Iterator[Imported | Issue]:
        data = decode_data(task.data)
        article_id = self._sent_article(data)
        problem = Issue("", "TASK-TEXT", TEXT_CHANGED) if article_id and sha256(data.text or "") != data.shown_sha256 else None
        text: TaskText | None = None  # of a task that we did not send
        if not article_id:
            items = [item for work in task.annotations for item in work.result]
            try:
                text = find_text(strings_of(task.data), items, self.articles or Articles(self.article_ids))
                article_id, data.text = text.article_id, text.shown
            except NoArticleError as error:
                problem = Issue("", "TASK-ARTICLE", str(error))
        where = article_id or task.where or f"task {task.id}"
        counted = {"annotations": len(task.annotations), "items": sum(len(work.result) for work in task.annotations)}
        self.counts.update(counted)
        for part in task.refused:
            counts = {"annotations": part.annotations, "items": part.items}
            self.counts.update(counts | {f"{name} refused": count for name, count in counts.items()})
            yield Issue(f"{where} {part.place}".rstrip(), part.code, part.message, part.level)
        self.counts["predictions"] += len(task.predictions)
        if task.drafts:
            self.counts["drafts"] += len(task.drafts)
            yield drafts_issue(where, task)
        if problem:
            self.counts.update({f"{name} refused": count for name, count in counted.items()})
            yield problem._replace(where=where)
            return
        for submission in self._deduplicate(task.annotations):
            if isinstance(submission, Issue):
                yield submission
            else:
                yield from self._convert(submission, task, data, article_id, text)

    def _sent_article(self, data: TaskData) -> str:
        """The article of a task that we sent, by its key; otherwise ""."""
        if not data.shown_sha256 or not data.article_id:
            return ""
        if data.article_id in self._masked_keys:
            return self._masked_keys[data.article_id]
        is_ours = data.text_sha256 and data.article_id.endswith(f"-{data.text_sha256[:8]}")
        return data.article_id if is_ours and re.match(NAME, data.article_id) else ""

    def _deduplicate(self, submissions: Sequence[Submission]) -> Iterator[Submission | Issue]:
        """Each annotator's submission once, oldest first, and an Issue for each removed copy.

        On SQLite, Label Studio stores one submission several times when several people submit at once. The copies have the
        same content; the latest is kept.
        """
        if len(submissions) < 2:
            yield from submissions
            return
        makers = Counter(repr(work.completed_by) for work in submissions)
        kept: dict[tuple, Submission] = {}
        # By time of change, then by id, numbers before strings.
        for work in sorted(
            submissions, key=lambda work: (moment(work.changed), isinstance(work.id, str), work.id or 0), reverse=True
        ):
            maker = repr(work.completed_by)
            content = tuple(sorted(map(repr, work.result))) if makers[maker] > 1 else ()
            key = (maker, work.was_cancelled, content)
            if key in kept:
                self.counts.update({"copies": 1, "items of copies": len(work.result)})
                yield Issue(f"annotation {work.id}", "SET-COPY", f"is a copy of annotation {kept[key].id}; kept once", "note")
            else:
                kept[key] = work
        yield from reversed(kept.values())

    def _convert(
        self, work: Submission, task: Task, data: TaskData, article_id: str, text: TaskText | None
    ) -> Iterator[Imported | Issue]:
        annotator, kind = self.who(work.completed_by)
        pass_name = data.pass_name
        if pass_name is None or pass_name not in self.codebook.pass_by_name:
            pass_name = self._guess_pass(work.result)
        where = f"{article_id} {pass_name} {annotator}"
        if work.was_cancelled:
            self.counts["skipped"] += 1
            self.counts["items skipped"] += len(work.result)
            yield Issue(where, "TASK-SKIPPED", "the annotator skipped this task; no annotation set", "note")
            return
        items = text.on_text(work.result) if text else work.result
        claims = claims_of(items)
        quotes = [quote for *_, quote in claims if quote]
        elsewhere = [quote for start, end, quote in claims if quote and quote != (data.text or "")[start:end]]
        is_strange_set = 1 < len(quotes) <= 2 * len(elsewhere) and is_strange(quotes, data.text or "")
        if is_strange_set:
            fits = any(fault(*claim, data.text or "") in ("", WHITESPACE) for claim in claims if claim[2])
            yield Issue(where, "SET-OTHER", OTHER_TEXT.format(len(quotes), "nothing is fixed" if fits else "refused"))
            if not fits:
                self.counts.update({"annotations refused": 1, "items refused": len(items)})
                return
        reading = read_result(where, items, data, pass_name, self.codebook, self.fix and not is_strange_set)
        if text and text.shown != text.text:
            _relocate_reading(reading, text.offsets)
        refused = sum(issue.level == "error" for issue in reading.issues)
        self.counts.update({"annotation sets": 1, "items taken": reading.taken, "items refused": refused})
        self.counts.update({"items unused": reading.unused} if reading.unused else {})
        self.counts.update({"items left out": reading.left_out} if reading.left_out else {})
        for name in [*reading.faults.elements(), *(f"fixed: {repair.fault}" for repair in reading.repairs)]:
            self.counts[f"regions {name}"] += 1
        yield from reading.issues
        if left_out := ", ".join(f"{count} {name}" for name, count in _extras_of(work).items() if count):
            yield Issue(where, "SET-EXTRAS", f"left out: {left_out}; annotation sets have no place for them", "note")
        if task.where:  # it does not say which of our questions were asked, so their defaults are no answers
            annotations = in_reading_order(reading.annotations)
        else:
            yield from self._unanswered(where, data, pass_name, reading)
            annotations = fill_defaults(reading.annotations, data.sentences, pass_name, self.codebook)
        suggested = work.parent_prediction is not None or any((item.origin or "manual") != "manual" for item in work.result)
        annotation_set = AnnotationSet(
            article_id=article_id,
            annotator=annotator,
            pass_name=pass_name,
            annotator_kind=kind,
            codebook_version=data.codebook_version or self.codebook.version,
            text_sha256=sha256(text.text) if text else data.text_sha256 or "",
            assistance="none" if not suggested else "model_suggestion" if data.suggested_by else "rule_suggestion",
            lead_time=work.lead_time,
            submitted=work.submitted,
            changed=work.changed,
            made_from=work.identity,
            annotations=tuple(annotations),
            suggestions=tuple(self._suggestions(task, work)) if suggested else (),
        )
        if names := untyped_names(annotation_set, self.codebook):
            message = f"names that nobody typed, taken from mentions: {', '.join(repr(name.label) for name in names)}"
            yield Issue(where, "ACTOR-NAMED", message, "note")
            annotation_set = replace(annotation_set, annotations=tuple(in_reading_order([*annotations, *names])))
        yield Imported(annotation_set, reading.taken, reading.repairs)

    def _unanswered(self, where: str, data: TaskData, pass_name: str, reading: Reading) -> Iterator[Issue]:
        """A note for each question about each actor of the task that has no answer for some of them."""
        for layer in self.codebook.layers_of(pass_name) if data.actors else ():
            if layer.kind != "choice" or layer.for_each != ACTORS:
                continue
            answered = {item.of for item in reading.annotations if item.layer == layer.name and isinstance(item, Choice)}
            left = [actor.value for actor in data.actors if (actor.alias or actor.value) not in answered]
            if left:
                message = f"no {layer.name} for {len(left)} of {len(data.actors)} actors: {', '.join(left)}"
                yield Issue(where, "ACTOR-UNANSWERED", message, "note")

    def _suggestions(self, task: Task, work: Submission) -> Iterator[Suggestion]:
        """The suggestions of a submission under the present names of layers and labels."""
        for suggestion in suggestion_outcomes(task.predictions, work.parent_prediction, work.result):
            present = renamed(suggestion, self.codebook)
            if present is not None:
                yield present

    def _guess_pass(self, items: Sequence[Item]) -> str:
        """The pass that has most of the controls of a result, for a project that is not ours and names no pass."""
        names = [each.name for each in self.codebook.passes]
        return max(names, key=lambda name: sum(layer_of(item, name, self.codebook)[0] is not None for item in items))


def _extras_of(work: Submission) -> dict[str, int]:
    """What a submission has that an annotation set has no place for, and how often."""
    editor = work.updated_by if isinstance(work.completed_by, int) and isinstance(work.updated_by, int) else None
    extras = {
        "mark(s) as ground truth": int(work.ground_truth),
        "review(s)": len(work.reviews),
        "comment(s)": max(work.comment_count, len(work.comments)),
        "copy of another annotation from which it began": int(work.parent_annotation is not None),
        "change by another account": int(editor not in (None, work.completed_by)),
    }
    notes, scores, ways, parents = ("note(s) on regions", "score(s) of regions", "second direction(s) of a relation", "parent(s)")
    extras |= dict.fromkeys((notes, scores, ways, parents), 0)
    for item in work.result:
        if item.score is item.meta is item.normalization is item.parentID is None and item.direction != "bi":
            continue  # nearly all
        noted = any(value for key, value in (item.meta or {}).items() if key != "suggestion")
        extras[notes] += noted or bool(item.normalization)
        extras[scores] += item.score is not None
        extras[ways] += item.direction == "bi"
        extras[parents] += bool(item.parentID)
    return extras


def _relocate_reading(reading: Reading, offsets: OffsetMap) -> None:
    """Move the spans and the repairs to their places in the article's text.

    Spans whose place is not certain are refused, and so is what is about them.
    """
    places = {item.id: offsets.place(item.start, item.end) for item in reading.annotations if isinstance(item, Span)}
    moved, refused = list[Annotation](), set[tuple[str, ...]]()
    for item in reading.annotations:
        about = about_of(item)
        if isinstance(item, Span) and (place := places[item.id]):
            moved.append(replace(item, start=place[0], end=place[1], quote=offsets.text[slice(*place)]))
            continue
        if not isinstance(item, Span) and all(places.get(identity, ()) is not None for identity in about):
            moved.append(item)
            continue
        region = (item.layer, *(about or (item.id.removesuffix(f".{item.label}"),)))
        if region not in refused:  # an item of several labels is several annotations
            refused.add(region)
            reading.taken -= 1
            what = f"{item.quote!r} has" if isinstance(item, Span) else "what it is about has"
            message = f"{what} no certain place in the article's text, should be in a part that ingestion takes"
            reading.issues.append(Issue(f"{reading.where} {item.id}", "REGION-MOVED", message))
    reading.annotations[:] = moved
    spans = {item.id: item for item in moved if isinstance(item, Span)}
    reading.repairs[:] = [
        _relocated(repair, spans[repair.annotation], offsets) for repair in reading.repairs if repair.annotation in spans
    ]


def _relocated(repair: Repair, span: Span, offsets: OffsetMap) -> Repair:
    """The repair with offsets in the article's text; offsets that are in no certain place of it are left out."""
    start, end = repair.before["start"], repair.before["end"]
    place = offsets.place(start, end) if isinstance(start, int) and isinstance(end, int) else None
    before = dict(zip(("start", "end"), place or (None, None), strict=True))
    after = {"start": span.start, "end": span.end, "quote": span.quote}
    return replace(repair, before=repair.before | before, after=after)
