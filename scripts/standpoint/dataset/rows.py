"""Build the rows of the dataset from articles and sets, and annotations from rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import asdict

from standpoint.adjudication.new_actors import names_new_actors
from standpoint.codebook.registry import Actor, Dated, Link, Registry
from standpoint.codebook.types import DOCUMENT_COLUMNS, Layer, is_soft, names_actor, number_text
from standpoint.codebook.validate import faults_in
from standpoint.core.model import (
    TAKEN_DOWN,
    TEXT_OPEN,
    AdjudicatedSet,
    Annotation,
    AnnotationSet,
    Article,
    Choice,
    Incident,
    Relation,
    Resolution,
    Span,
    StandpointError,
    Zone,
    choice_id,
    in_reading_order,
    relation_id,
)
from standpoint.core.offsets import sentence_at
from standpoint.core.provenance import Change, Dossier
from standpoint.core.standoff import short
from standpoint.dataset.schema import CHANGED, POINTER, TOKENS, Schema

Row = dict[str, Any]  # a row of a table, or an item of a list in a row
READING_ORDER = attrgetter("start", "end", "label", "id")  # of spans


class SortedAnnotations:
    """The annotations of an adjudicated set by the row that stores them."""

    def __init__(self, adjudicated: AdjudicatedSet) -> None:
        self.distributions = adjudicated.distributions
        self.spans: dict[str, Span] = {}
        self.answers: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.links: dict[tuple[str, str], list[Relation]] = defaultdict(list)
        for item in adjudicated.annotations:
            if isinstance(item, Span):
                self.spans[item.id] = item
            elif isinstance(item, Choice):
                self.answers[item.layer, item.of].append(item.label)
            else:
                self.links[item.layer, item.head].append(item)

    def answer(self, layer: Layer, of: str) -> Row:
        """The fields of an answer: its label, and on a scale or about an actor each annotator's label and the shares.

        Several labels, and the shares, are in the order of the codebook. There are no shares without an answer.
        """
        name, prefix = ("label", "") if layer.for_each else (layer.name, f"{layer.name}_")
        labels: Sequence[str] = self.answers.get((layer.name, of), ())
        row: Row = {name: labels[0] if labels else None}
        if layer.kind == "number" and labels:
            row[name] = layer.number(labels[0])
        if layer.multiple:
            order = {label: number for number, label in enumerate(layer.label_names)}
            row[name] = sorted(labels, key=lambda label: (order.get(label, 0), label))
        if layer.ordinal and layer.for_each:
            row["value"] = layer.by_name[row[name]].value if isinstance(row[name], str) else None
        if layer.ordinal or layer.for_each:
            given = self.distributions.get(layer.name, {}).get(of, {})
            row[f"{prefix}distribution"] = [{"annotator": person, "label": label} for person, label in sorted(given.items())]
            if is_soft(layer):
                given_labels = list(given.values())
                row[f"{prefix}soft"] = [given_labels.count(label) / len(given) for label in layer.label_names] if given else []
        return row


def document(article: Article, adjudicated: AdjudicatedSet, schema: Schema, story: str = "") -> Row:
    """The row of an article with its text, even if ``withhold.withheld`` has to remove the text. ``story``: the id by default.

    Bylines are left out, because the dataset names no private person.
    """
    fields = asdict(article)
    row = {name: fields.get(name) for name in DOCUMENT_COLUMNS} | {
        "title": article.title or None,
        "text_status": TAKEN_DOWN if TAKEN_DOWN in article.metadata else TEXT_OPEN,
        "sentence_sha256": [],
        "zones": [{"name": zone.name, "start": zone.start, "end": zone.end} for zone in article.zones],
        "paragraphs": [{"start": start, "end": end} for start, end in article.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in article.sentences],
        "story": story or article.id,
        "tier": adjudicated.tier,
        "annotators": sorted(adjudicated.annotators),
        "codebook_version": adjudicated.codebook_version,
        "n_conflicts": len(adjudicated.conflicts),
        "open_conflicts": [{"layer": conflict.layer, "place": conflict.where} for conflict in adjudicated.conflicts],
    }
    annotations = SortedAnnotations(adjudicated)
    for layer in schema.article:
        row |= annotations.answer(layer, "")
    for layer in schema.spans:
        spans = sorted((span for span in annotations.spans.values() if span.layer == layer.name), key=READING_ORDER)
        row[layer.name] = [_span(span, annotations, schema) for span in spans]
    for layer in schema.each:
        # An actor has an item if it has an answer, adjudicated or not.
        actors = {of for name, of in annotations.answers if name == layer.name} | {*adjudicated.distributions.get(layer.name, ())}
        row[layer.name] = [{"actor": actor} | annotations.answer(layer, actor) for actor in sorted(actors)]
    return row


def _span(span: Span, annotations: SortedAnnotations, schema: Schema) -> Row:
    attributes, relations = schema.fields[span.layer]
    item: Row = {"id": span.id, "start": span.start, "end": span.end, "quote": span.quote, "label": span.label}
    for layer in attributes:
        item |= annotations.answer(layer, span.id)
    for layer in relations:
        links = [(annotations.spans[link.tail], link.label) for link in annotations.links.get((layer.name, span.id), ())]
        links.sort(key=lambda link: (READING_ORDER(link[0]), link[1]))
        item[layer.name] = [{"label": label, "tail": tail.id, "start": tail.start, "end": tail.end} for tail, label in links]
    return item


def annotation_row(item: AnnotationSet, tier: str, has_published: bool = False) -> Row:
    """The row of an annotation set. The annotations stay objects: the writer reads their attributes.

    ``has_published``: the table has the columns that only published sets fill; StandpointError if it has not, and the set does.
    """
    if (item.incidents or item.partial) and not has_published:
        hint = "give the codebook its crosswalks back, or remove the sets of the dataset"
        raise StandpointError(f"{item.where}: it is of a published dataset, and the codebook has no crosswalks", hint)
    incidents = [_incident(incident) for incident in item.incidents]
    published = {"partial": list(item.partial), "incidents": incidents} if has_published else {}
    names = ("article_id", "annotator", "annotator_kind", "assistance", "codebook_version", "lead_time")
    kinds = {"spans": Span, "choices": Choice, "relations": Relation}
    return {name: getattr(item, name) for name in names} | {
        "article_tier": tier,
        "pass": item.pass_name,
        "suggestions": list(item.suggestions),
        **{name: [annotation for annotation in item.annotations if type(annotation) is kind] for name, kind in kinds.items()},
        **published,
    }


def _incident(incident: Incident) -> Row:
    answers, links = (sorted(pairs.items()) for pairs in (incident.answers, incident.links))
    return {
        "id": incident.id,
        "layer": incident.layer,
        "labels": list(incident.labels),
        "optional": incident.optional,
        "answers": [{"layer": layer, "labels": list(labels)} for layer, labels in answers],
        "links": [{"label": label, "spans": list(spans)} for label, spans in links],
    }


def dossier_row(dossier: Dossier, tier: str, hidden: bool) -> Row:
    """The row of a dossier. ``hidden``: the article's text is withheld, and so are the raw answers, which quote it.

    ``served`` and ``host`` are of the answer that was taken, or of the last one. Tokens are as far as the endpoint counted them.
    """
    rounds = [
        asdict(one)
        | {"answer": None if hidden else one.answer or None, "refusal": None if hidden else one.refusal or None}
        | {"faults": _counted(one.faults)}
        for one in dossier.rounds
    ]
    tokens = {name: [one[name] for one in rounds if one[name] is not None] for name in TOKENS}
    taken = rounds[dossier.taken]
    names = ("article_id", "annotator", "model", "prompt", "template", "codebook_version", "parameters", "taken", "cost")
    return {name: getattr(dossier, name) for name in names} | {
        "article_tier": tier,
        "pass": dossier.pass_name,
        "served": taken["served"] or None,
        "host": taken["host"] or None,
        "answered": rounds[-1]["received"] or None,
        "rounds": rounds,
        "left_out": _counted(dossier.left_out),
        **{name: sum(counts) if counts else None for name, counts in tokens.items()},
        "currency": dossier.currency or None,
        "shuffled": dossier.shuffled,
        "critic_of": dossier.critic_of or None,
        "changes": [_change(change) for change in dossier.changes],
    }


def _change(change: Change) -> Row:
    """A critic's change, with what it was about, without words."""
    sides = {
        name: [{key: getattr(item, key, None) for key in CHANGED} for item in getattr(change, name)]
        for name in ("before", "after")
    }
    return {"change": change.change, "layer": change.layer, "code": change.code, "reason": change.reason or None} | sides


def _counted(counts: Mapping[str, int]) -> list[Row]:
    return [{"code": code, "count": count} for code, count in sorted(counts.items())]


FULL = "full"  # the only split of the registry, whose actors are in every split of the articles, and of the config of splits


def pointer(row: Row) -> Row:
    """The row of an article without its text, made from its row in the documents."""
    shown = row["text"] if row["text"] is not None else row["mask"]
    return {name: row[name] for name in POINTER if name in row} | {"characters": None if shown is None else len(shown)}


def actor_row(actor: Actor) -> Row:
    return {
        "id": actor.id,
        "name": actor.name,
        "slug": actor.slug or None,
        "classes": [{"class": dated.value} | _dates(dated) for dated in actor.classes],
        "aliases": [{"alias": alias.text, "kind": alias.kind, "loaded": alias.loaded} for alias in actor.aliases],
        "relations": [{"type": link.type, "target": link.target} | _dates(link) for link in actor.relations],
        "parent": actor.parent,
        "redirect_to": actor.redirect_to,
        "wikidata": actor.wikidata,
        "note": actor.note or None,
    }


def _dates(dated: Dated | Link) -> Row:
    return {"from": dated.since or None, "to": dated.until or None}


ADJUDICATED, DECIDED, OPEN = "adjudicated", "decided", "open"  # an annotation; a decided conflict; an open conflict
UNKNOWN = Resolution(how="")


def resolutions(adjudicated: AdjudicatedSet, row: Row, schema: Schema) -> Iterator[Row]:
    """The rows of the resolutions of an adjudicated set. ``row``: its article in the documents."""
    head = {"article_id": adjudicated.article_id, "article_tier": adjudicated.tier}
    hidden = row["text"] is None
    for item in sorted(adjudicated.annotations, key=lambda item: (item.layer, item.id)):
        # What an answer is about, or the head of a relation.
        of = item.of if isinstance(item, Choice) else item.head if isinstance(item, Relation) else None
        label = short(item.label) if hidden and item.layer in schema.typed else item.label
        what = {"state": ADJUDICATED, "layer": item.layer, "annotation": item.id, "of": of, "where": None, "label": label}
        yield head | what | _how(adjudicated.resolutions.get(item.id, UNKNOWN)) | {"readings": []}
    for state, conflicts in ((DECIDED, adjudicated.resolved), (OPEN, adjudicated.conflicts)):
        for conflict in conflicts:
            readings = [
                {"annotator": annotator, "reading": None if hidden and reading else reading}
                for annotator, reading in sorted(conflict.readings.items())
            ]
            what = {"layer": conflict.layer, "annotation": None, "of": None, "where": conflict.where, "label": None}
            yield head | {"state": state} | what | _how(conflict.resolution or UNKNOWN) | {"readings": readings}


def _how(resolution: Resolution) -> Row:
    reason = resolution.reason or None
    return {"how": resolution.how or None, "by": list(resolution.by), "dissent": list(resolution.dissent), "reason": reason}


def article_head(row: Row) -> Row:
    """The columns of a table that name the article of its rows."""
    return {f"article_{name}": row[name] for name in ("id", "source", "published", "tier")}


def items(layer: Layer, row: Row, schema: Schema, registry: Registry | None) -> Iterator[Row]:
    """The rows of a document in the table of a layer. A new actor has the name that annotators gave it, and no class."""
    head = article_head(row)
    naming = [each.name for each in schema.each if names_new_actors(each)] if names_actor(layer) else []
    typed = {answer["actor"]: answer["label"] for name in naming for answer in row[name]}
    for item in row[layer.name]:
        extra = _sentence(item, row) if layer.kind == "span" else {}
        if names_actor(layer):
            identity, day = item["label" if layer.kind == "span" else "actor"], row["published"] or ""
            actor = registry.by_id.get(identity) if registry else None
            extra |= {"actor_name": actor.name if actor else typed.get(identity), "actor_class": actor and class_at(actor, day)}
        yield head | item | extra


def _sentence(item: Row, row: Row) -> Row:
    """The text from the first to the last sentence of a span; None if one of its ends is in no sentence."""
    sentences = [(sentence["start"], sentence["end"]) for sentence in row["sentences"]]
    first, last = (sentence_at(offset, sentences) for offset in (item["start"], item["end"] - 1))
    if first < 0 or last < 0:
        return {"sentence": None, "sentence_start": None, "sentence_end": None}
    start, end = sentences[first][0], sentences[last][1]
    return {"sentence": row["text"] and row["text"][start:end], "sentence_start": start, "sentence_end": end}


def class_at(actor: Actor, day: str) -> str | None:
    """The class of an actor on a day, both ends included; of several, the one that started last.

    A date may be a year or a month only. For an article without a date, only a class without dates fits.
    """

    def covers(since: str, until: str) -> bool:
        if not day:
            return not since and not until
        return since[: len(day)] <= day[: len(since)] and (not until or day[: len(until)] <= until)

    fitting = [dated for dated in actor.classes if covers(dated.since, dated.until)]
    return max(fitting, key=lambda dated: dated.since).value if fitting else None


Distributions = dict[str, dict[str, dict[str, str]]]  # {layer: {of: {annotator: label}}}, as an adjudicated set has them


def annotations_of(row: Mapping[str, Any], schema: Schema) -> list[Annotation]:
    """The adjudicated annotations of a row whose labels are names. Quotes are "" if the text is withheld.

    StandpointError if the row is not one that a build writes: a release may come from somebody else.
    """
    with _written_by_a_build(row):
        made = msgspec.convert(msgspec.to_builtins(list(_annotations(row, schema))), list[Annotation])
    for fault in faults_in(made, schema.codebook, text=row["text"]):
        raise StandpointError(f"{row['id']}: {fault.code} {fault.where} {fault.message}", "fetch the release again")
    return in_reading_order(made)


def sentences_of(row: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The offsets of the sentences of a row of the documents; StandpointError as for ``annotations_of``."""
    with _written_by_a_build(row):
        return msgspec.convert([(one["start"], one["end"]) for one in row["sentences"]], tuple[tuple[int, int], ...])


def zones_of(row: Mapping[str, Any]) -> list[Row]:
    """The zones of a row of the documents; StandpointError as for ``annotations_of``."""
    with _written_by_a_build(row):
        return msgspec.to_builtins(msgspec.convert(row["zones"], list[Zone]))


@contextmanager
def _written_by_a_build(row: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (msgspec.ValidationError, TypeError, UnicodeEncodeError) as error:
        raise StandpointError(f"{row['id']}: has a value that no build writes: {error}", "fetch the release again") from None


def _annotations(row: Mapping[str, Any], schema: Schema) -> Iterator[Annotation]:
    for layer in schema.article:
        yield from _answers(layer, "", row[layer.name])
    for layer in schema.spans:
        attributes, relations = schema.fields[layer.name]
        for item in row[layer.name]:
            head, start, end, quote = item["id"], item["start"], item["end"], item["quote"] or ""
            yield Span(id=head, layer=layer.name, label=item["label"], start=start, end=end, quote=quote)
            for other in attributes:
                yield from _answers(other, head, item[other.name])
            for other in relations:
                for link in item[other.name]:
                    label, tail = link["label"], link["tail"]
                    identity = relation_id(head, other.name, label, tail)
                    yield Relation(id=identity, layer=other.name, label=label, head=head, tail=tail)
    for layer in schema.each:
        for item in row[layer.name]:
            yield from _answers(layer, item["actor"], item["label"])


def _answers(layer: Layer, of: str, labels: Any) -> Iterator[Choice]:
    if layer.kind == "number" and labels is not None:
        labels = number_text(labels) or repr(labels)  # a fault, if it is none
    for label in labels if isinstance(labels, list) else [labels] if labels is not None else ():
        yield Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of)


def distributions_of(row: Mapping[str, Any], schema: Schema) -> Distributions:
    """The label of each annotator, for the layers that keep all answers."""
    kept = [(layer, "", row.get(f"{layer.name}_distribution")) for layer in schema.article]
    for span in schema.spans:
        for item in row[span.name]:
            kept += [(layer, item["id"], item.get(f"{layer.name}_distribution")) for layer in schema.fields[span.name][0]]
    kept += [(layer, item["actor"], item["distribution"]) for layer in schema.each for item in row[layer.name]]
    distributions: Distributions = {}
    for layer, of, answers in kept:
        if answers:
            distributions.setdefault(layer.name, {})[of] = {answer["annotator"]: answer["label"] for answer in answers}
    return distributions
