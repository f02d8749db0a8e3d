"""Machine-made suggestions for spans, one module per source. There are none for status, source or stance.

A layer opts in with ``suggestions: true``. The name of a source is its file name. The module has one function:

    suggest(article, layer, codebook, registry, annotated) -> the (start, end, label) of each suggestion, in code points

``annotated`` are the names of places in the project's annotation sets. Modules whose names begin with _ are no sources.
If suggestions of one layer overlap, that of the first source, by name, is kept. Each region names its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import plug_ins
from standpoint.core.model import Article, Issue, Reporter, Span, sha256
from standpoint.core.project import CONTROL
from standpoint.pages.suggestions._annotated import NOTHING_ANNOTATED, PLACE, Annotated, read_annotated
from standpoint.pages.suggestions._gazetteer import LIBRARY
from standpoint.pages.task_json import write_result

__all__ = ["NOTHING_ANNOTATED", "Annotated", "read_annotated"]


def report_missing_gazetteer(codebook: Codebook, reporter: Reporter) -> None:
    """A note if places are to be suggested, and the library that knows towns is not installed."""
    if any(layer.suggestions and PLACE in layer.by_name for layer in codebook.layers) and not find_spec(LIBRARY):
        message = f"towns are not suggested without {LIBRARY}; install it: pip install 'standpoint[places]'"
        reporter.report(Issue("suggestions", "SUGGESTION-TOWNS", message, "note"))


def has_suggestions(article_id: str, control: float = CONTROL) -> bool:
    """Whether an article gets suggestions. Only its id decides, so that the answer is the same for every annotator."""
    return int(sha256(f"suggestions:{article_id}")[:8], 16) / 16**8 >= control


def source_of(suggestion: Span) -> str:
    """The name of the source of a suggestion."""
    return suggestion.id.partition("-")[0]


def suggestion_spans(
    article: Article, layer: Layer, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> Iterator[Span]:
    """The suggestions of one layer, in reading order, within the annotation window and the annotatable zones."""
    text = article.text
    if not (layer.suggestions and layer.kind == "span" and text):
        return
    kept: list[tuple[int, int, str, str]] = []
    for name, source in plug_ins(__name__).items():
        for start, end, label in source.suggest(article, layer, codebook, registry, annotated):
            allowed = layer.labels_from or label in layer.by_name
            overlapping = any(start < other_end and other_start < end for other_start, other_end, *_ in kept)
            if allowed and not overlapping and is_annotatable(start, end, article, codebook):
                kept.append((start, end, label, name))
    for start, end, label, name in sorted(kept):
        identity, quote = f"{name}-{layer.name}-{start}-{end}", text[start:end]
        yield Span(id=identity, layer=layer.name, label=label, start=start, end=end, quote=quote, origin="prediction")


def all_suggestion_spans(
    article: Article, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> list[Span]:
    """The suggestions of all layers."""
    return [span for layer in codebook.layers for span in suggestion_spans(article, layer, codebook, registry, annotated)]


def is_annotatable(start: int, end: int, article: Article, codebook: Codebook) -> bool:
    """Whether a place is within the annotation window and a zone that may have spans."""
    zones = (zone for zone in article.zones if zone.name in codebook.zones.annotatable)
    return end <= article.annotated_until and any(zone.start <= start and end <= zone.end for zone in zones)


def suggestion_result(
    article: Article, pass_name: str, codebook: Codebook, registry: Registry, annotated: Annotated = NOTHING_ANNOTATED
) -> list[dict]:
    """The suggestions of a pass as a Label Studio result; the ``meta`` of each region names its source."""
    layers = codebook.layers_of(pass_name)
    spans = [span for layer in layers for span in suggestion_spans(article, layer, codebook, registry, annotated)]
    items = write_result(spans, {}, codebook)
    return [item | {"meta": {"suggestion": source_of(span)}} for item, span in zip(items, spans, strict=True)]
