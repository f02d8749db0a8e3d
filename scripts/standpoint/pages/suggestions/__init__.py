"""Machine-made suggestions for spans, one module per source. There are none for status, source or stance.

A layer opts in with ``suggestions: true``. The name of a source is its file name. The module has one function:

    suggest(article, layer, codebook, registry, annotated) -> the (start, end, label) of each suggestion, in code points

``annotated`` are the names of places in the project's annotation sets. Modules whose names begin with _ are no sources.
A source with several ways to find an actor adds the way as a fourth value: the alias, the rule. ``suggestions score`` measures
each way, and switches it off where it is often wrong. If suggestions of one layer overlap, that of the first source, by name, is
kept. Each region names its source, and that of a new actor the way too: "new_names: title".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.registry import Registry, Way
from standpoint.codebook.types import ACTORS, NEW, SPARE, Codebook, Layer
from standpoint.codebook.validate import renamed
from standpoint.core.files import plug_ins
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Reporter, Span, install_command, sha256
from standpoint.core.project import CONTROL
from standpoint.pages.suggestions._annotated import NOTHING_ANNOTATED, PLACE, Annotated, read_annotated
from standpoint.pages.suggestions._gazetteer import LIBRARY
from standpoint.pages.task_json import write_result

__all__ = ["NOTHING_ANNOTATED", "Annotated", "read_annotated"]


def lacks_gazetteer(codebook: Codebook) -> bool:
    """Whether places are to be suggested, and the library that knows towns is not installed."""
    return any(layer.suggestions and PLACE in layer.by_name for layer in codebook.layers) and not find_spec(LIBRARY)


def report_missing_gazetteer(codebook: Codebook, reporter: Reporter) -> None:
    """A note if towns cannot be suggested."""
    if lacks_gazetteer(codebook):
        message = f"towns are not suggested without {LIBRARY}; install it: {install_command('places')}"
        reporter.report(Issue("suggestions", "SUGGESTION-TOWNS", message, "note"))


def has_suggestions(article_id: str, control: float = CONTROL) -> bool:
    """Whether an article gets suggestions. Only its id decides, so that the answer is the same for every annotator."""
    return int(sha256(f"suggestions:{article_id}")[:8], 16) / 16**8 >= control


class Suggested(NamedTuple):
    """A suggestion, the name of its source, and the way in which the source found it ("" if it has only one)."""

    span: Span
    source: str
    way: str

    @property
    def key(self) -> Way:
        """What is switched off together: the source, the layer, the label and the way. Slots of new actors have one label."""
        label = self.span.label
        return self.source, self.span.layer, NEW if label.startswith(NEW) else label, self.way


def suggestions(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> Iterator[Suggested]:
    """The suggestions of one layer, in reading order, within the annotation window and the annotatable zones.

    Those that are switched off are left out.
    """
    text = article.text
    if not (layer.suggestions and layer.kind == "span" and text):
        return
    kept: list[Suggested] = []
    for name, source in plug_ins(__name__).items():
        for start, end, label, *way in source.suggest(article, layer, codebook, registry, annotated):
            identity, quote = f"{name}-{layer.name}-{start}-{end}", text[start:end]
            span = Span(id=identity, layer=layer.name, label=label, start=start, end=end, quote=quote, origin="prediction")
            found = Suggested(span, name, *way or ("",))
            allowed = (layer.labels_from or label in layer.by_name) and found.key not in registry.off
            overlapping = any(start < other.span.end and other.span.start < end for other in kept)
            if allowed and not overlapping and is_annotatable(start, end, article, codebook):
                kept.append(found)
    yield from sorted(kept, key=lambda item: (item.span.start, item.span.end))


def all_suggestions(
    article: Article, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> list[Suggested]:
    """The suggestions of all layers."""
    return [found for layer in codebook.layers for found in suggestions(article, layer, codebook, registry, annotated)]


def is_annotatable(start: int, end: int, article: Article, codebook: Codebook) -> bool:
    """Whether a place is within the annotation window and a zone that may have spans."""
    zones = (zone for zone in article.zones if zone.name in codebook.zones.annotatable)
    return end <= article.annotated_until and any(zone.start <= start and end <= zone.end for zone in zones)


def model_spans(one: AnnotationSet, codebook: Codebook, registry: Registry) -> list[Span]:
    """The spans of a model's set that may be suggested, under the present names of labels and the present ids of actors.

    None of a pass that asks about each actor: they would say how the model judges it.
    """
    spans: list[Span] = []
    for item in () if codebook.asks_about_actors(one.pass_name) else one.annotations:
        if isinstance(item, Span) and (present := renamed(item, codebook)):
            is_actor = codebook.by_name[present.layer].labels_from
            label = registry.present(present.label, one.article_id) if is_actor else present.label
            identity = f"model-{present.layer}-{present.start}-{present.end}-{label}"
            spans.append(replace(present, id=identity, label=label, origin="prediction"))
    return spans


def model_result(one: AnnotationSet, spans: Sequence[Span], data: dict, codebook: Codebook) -> list[dict]:
    """The ``model_spans`` of a set as ``suggestion_result``, with the names of its new actors, and nothing else."""
    used, layers = {span.label for span in spans}, codebook.by_name
    named = (item for item in one.annotations if isinstance(item, Choice))
    names = [item for item in named if item.layer in layers and layers[item.layer].for_each == SPARE and item.of in used]
    items = write_result([*spans, *names], data, codebook)
    ids = {span.id for span in spans}
    return [item | {"meta": {"suggestion": f"model {one.annotator}"}} if item["id"] in ids else item for item in items]


def suggestion_result(
    article: Article, pass_name: str, data: dict, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> list[dict]:
    """The suggestions of a pass as a Label Studio result; the ``meta`` of each region names its source.

    In the layer that asks for the names of new actors, the names that were guessed are suggested. ``data``: the task's data.
    """
    layers = codebook.layers_of(pass_name)
    found = [one for layer in layers for one in suggestions(article, layer, codebook, registry, annotated)]
    used = {one.span.label for one in found}
    names = {entry["alias"]: entry["value"] for entry in data.get(ACTORS, ()) if entry["alias"] in used}
    typed = [
        Choice(id="", layer=layer.name, label=name, of=slot)
        for layer in layers
        if layer.kind == "text" and layer.for_each == SPARE
        for slot, name in names.items()
        if slot.startswith(NEW)
    ]
    items = write_result([*(one.span for one in found), *typed], data, codebook)
    sources = {one.span.id: f"{one.source}: {one.way}" if one.span.label.startswith(NEW) else one.source for one in found}
    return [item | {"meta": {"suggestion": sources[item["id"]]}} if item["id"] in sources else item for item in items]
