"""Drafts: machine-made suggestions for actor mentions, places and dates. Never for status, source or stance.

Layers opt in with ``drafts: true``. A draft of a layer labelled with actors comes from the registry's names; PLACE from
its places, TIME from the rules below. Each region carries where it came from in ``meta``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.codebook import kinds
from standpoint.codebook.actors import Registry
from standpoint.codebook.kinds._studio import Writing
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Article, Span

MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
WEEKDAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
# Time expressions of news prose, without their preposition (codebook, filler spans: TIME).
_DAY = rf"(?:last |next )?(?:{WEEKDAY})(?: (?:morning|afternoon|evening|night))?"
_DATE = rf"(?:{MONTH}) \d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} (?:{MONTH})(?: \d{{4}})?|(?:{MONTH}) \d{{4}}"
_NEAR = r"yesterday|today|tomorrow|tonight|overnight|(?:earlier this|this|last|next) (?:morning|evening|night|week|month|year)"
_SPAN = r"(?:coming|past|next) (?:hours|days|weeks|months)"
TIME = re.compile(rf"\b(?:{_DATE}|{_DAY}|{_NEAR}|{_SPAN})\b")


def draft_spans(article: Article, layer: Layer, registry: Registry) -> Iterator[Span]:
    """The drafts of one span layer, in reading order, inside the annotation window and the annotatable zones."""
    mentions = [(mention, is_actor) for mention, is_actor in registry.mentions(article.text)]
    if layer.labels_from:
        found = [(mention.start, mention.end, mention.id, "registry") for mention, is_actor in mentions if is_actor]
    else:
        found = [(mention.start, mention.end, "PLACE", "registry") for mention, is_actor in mentions if not is_actor]
        found += [(match.start(), match.end(), "TIME", "rule") for match in TIME.finditer(article.text)]
        found = [item for item in found if item[2] in layer.by_name]
    for start, end, label, source in sorted(found):
        identity = f"{source}-{layer.name}-{start}-{end}"
        yield Span(
            id=identity, layer=layer.name, label=label, start=start, end=end, quote=article.text[start:end], origin="prediction"
        )


def draft_result(article: Article, pass_name: str, codebook: Codebook, registry: Registry) -> list[dict]:
    """The drafts of a pass as a Label Studio result; each region's ``meta`` says which source it came from."""
    open_zones = [zone for zone in article.zones if zone.name in codebook.zones.annotatable]
    items: list[dict] = []
    for layer in codebook.layers_of(pass_name):
        for span in draft_spans(article, layer, registry) if layer.drafts and layer.kind == "span" else ():
            inside = any(zone.start <= span.start and span.end <= zone.end for zone in open_zones)
            if inside and span.end <= article.annotated_until:
                writing = Writing(text=article.text, actors=(), spans={})
                meta = {"draft": span.id.partition("-")[0]}
                items += [item | {"meta": meta} for item in kinds.get(layer.kind).write(layer, span, writing)]
    return items
