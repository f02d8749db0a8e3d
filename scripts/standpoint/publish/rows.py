"""A settled set and its article become one row of the documents: everything nested, labels by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from standpoint.codebook.types import Layer
from standpoint.model import Article, Choice, Relation, SettledSet, Span
from standpoint.publish.shape import Shape, is_soft
from standpoint.publish.withhold import OPEN, TAKEN_DOWN


@dataclass
class Sorted:
    """The annotations of a settled set by where they go."""

    said: dict[str, dict[str, dict[str, str]]]  # the distributions: by layer, by what it is about, by annotator
    spans: dict[str, Span] = field(default_factory=dict)
    answers: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    links: dict[tuple[str, str], list[Relation]] = field(default_factory=lambda: defaultdict(list))


def document(article: Article, settled: SettledSet, shape: Shape, story: str = "") -> dict:
    """The row of one article, with its text; ``withhold.withheld`` takes that away where it may not be passed on.

    ``story`` is what the reports of the same happenings share, by default the article's own id.
    """
    found = sort(settled)
    row = about_article(article) | {"story": story or article.id} | about_set(settled)
    for layer in shape.article:
        row |= _answer_fields(layer, "", found)
    row |= {layer.name: _spans(layer, found, shape) for layer in shape.spans}
    return row | {layer.name: _answers_about(layer, found) for layer in shape.each}


def about_article(article: Article) -> dict:
    """The columns that come from the article. Bylines are left out: who wrote it is nobody's label."""
    names = ("id", "source", "publisher", "original_publisher", "published", "original_published")
    names += ("url", "language", "licence", "sha256", "text", "annotated_until", "group")
    return {name: getattr(article, name) for name in names} | {
        "title": article.title or None,
        "text_status": TAKEN_DOWN if TAKEN_DOWN in article.metadata else OPEN,
        "mask": None,
        "sentence_sha256": [],
        "zones": [{"name": zone.name, "start": zone.start, "end": zone.end} for zone in article.zones],
        "paragraphs": [{"start": start, "end": end} for start, end in article.paragraphs],
        "sentences": [{"start": start, "end": end} for start, end in article.sentences],
    }


def about_set(settled: SettledSet) -> dict:
    """The columns that say how the labels came to be."""
    return {
        "tier": settled.tier,
        "annotators": sorted(settled.annotators),
        "codebook_version": settled.codebook_version,
        "n_conflicts": len(settled.conflicts),
    }


def sort(settled: SettledSet) -> Sorted:
    """The annotations by where they go."""
    found = Sorted(settled.distributions)
    for item in settled.annotations:
        if isinstance(item, Span):
            found.spans[item.id] = item
        elif isinstance(item, Choice):
            found.answers[item.layer, item.of].append(item.label)
        else:
            found.links[item.layer, item.head].append(item)
    return found


def _spans(layer: Layer, found: Sorted, shape: Shape) -> list[dict]:
    spans = sorted((span for span in found.spans.values() if span.layer == layer.name), key=_reading_order)
    return [_span(span, found, shape) for span in spans]


def _reading_order(span: Span) -> tuple:
    return span.start, span.end, span.label, span.id


def _span(span: Span, found: Sorted, shape: Shape) -> dict:
    attributes, relations = shape.fields[span.layer]
    item = {"id": span.id, "start": span.start, "end": span.end, "quote": span.quote, "label": span.label}
    for layer in attributes:
        item |= _answer_fields(layer, span.id, found)
    for layer in relations:
        links = sorted(found.links.get((layer.name, span.id), ()), key=_link_order(found))
        item[layer.name] = [_link(link, found) for link in links]
    return item


def _link(link: Relation, found: Sorted) -> dict:
    tail = found.spans[link.tail]
    return {"label": link.label, "tail": link.tail, "start": tail.start, "end": tail.end}


def _link_order(found: Sorted):
    return lambda link: (_reading_order(found.spans[link.tail]), link.label)


def _answer_fields(layer: Layer, of: str, found: Sorted) -> dict:
    said = {f"{layer.name}_distribution": _distribution(layer, of, found)} if layer.ordinal else {}
    soft = {f"{layer.name}_soft": _soft(layer, of, found)} if is_soft(layer) else {}
    return {layer.name: _answer(layer, of, found)} | said | soft


def _answer(layer: Layer, of: str, found: Sorted) -> str | list[str] | None:
    """The label; or, in a layer with several answers, all of them in the codebook's order."""
    labels = found.answers.get((layer.name, of), ())
    if not layer.multiple:
        return labels[0] if labels else None
    order = {name: number for number, name in enumerate(layer.label_names)}
    return sorted(labels, key=lambda label: (order.get(label, 0), label))


def _distribution(layer: Layer, of: str, found: Sorted) -> list[dict]:
    said = found.said.get(layer.name, {}).get(of, {})
    return [{"annotator": who, "label": what} for who, what in sorted(said.items())]


def _soft(layer: Layer, of: str, found: Sorted) -> list[float]:
    """The share of annotators who gave each label, in the codebook's order; nothing where nobody answered."""
    said = list(found.said.get(layer.name, {}).get(of, {}).values())
    return [said.count(label) / len(said) for label in layer.label_names] if said else []


def _answers_about(layer: Layer, found: Sorted) -> list[dict]:
    """An item for each actor that has an answer, settled or not, with what each annotator said."""
    actors = {of for name, of in found.answers if name == layer.name} | set(found.said.get(layer.name, ()))
    return [_answer_about(layer, actor, found) for actor in sorted(actors)]


def _answer_about(layer: Layer, actor: str, found: Sorted) -> dict:
    item = {"actor": actor, "label": _answer(layer, actor, found)}
    if layer.ordinal:
        item["value"] = layer.by_name[item["label"]].value if item["label"] else None
    soft = {"soft": _soft(layer, actor, found)} if is_soft(layer) else {}
    return item | {"distribution": _distribution(layer, actor, found)} | soft
