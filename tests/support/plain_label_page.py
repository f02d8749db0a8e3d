"""What Label Studio has without us: a plain config for a pass, and an annotator's work on it, to compare ours with.

One bar of labels, answers about regions as lists to click in, roles and places as arrows with labels. It is spared what
can be spared: what is asserted by the author needs no click here either, and a region is selected when it is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from page_annotator import CountedActions, PageAnnotator
from standpoint.codebook.kinds._items import element, spare_count
from standpoint.codebook.registry import Mention
from standpoint.codebook.types import ACTORS, SPARE, Codebook, Layer
from standpoint.core.model import AnnotationSet, Choice, Relation, Span

WHO = "who"  # the list that says which actor a region is about


def plain_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of a page with labels, lists and arrows, and nothing else."""
    layers = codebook.layers_of(pass_name)
    view = element("View")
    labels = element("Labels", view, name="label", toName="text")
    for name in (label for layer in layers for label in bar_of(layer)):
        element("Label", labels, value=name)
    element("Text", view, name="text", value="$text", granularity="word")
    element("Choices", view, name=WHO, toName="text", perRegion=True, choice="single-radio", value="$actors")
    for layer in layers:
        if layer.kind == "choice" and not layer.labels_from:
            about = {} if not (layer.of or layer.for_each) else {"perRegion": True}
            choices = element("Choices", view, name=layer.name, toName="text", choice="single-radio", **about)
            for label in layer.labels:
                element("Choice", choices, value=label.name)
        elif layer.for_each == SPARE:
            for slot in range(1, spare_count(codebook) + 1):
                element(
                    "TextArea",
                    view,
                    name=f"{layer.name}_{slot}",
                    toName="text",
                    rows=1,
                    maxSubmissions=1,
                    placeholder=f"new {slot}",
                )
    relations = element("Relations", view)
    for name in arrows_of(layers):
        element("Relation", relations, value=name)
    return etree.tostring(view, pretty_print=True, encoding="unicode")


def bar_of(layer: Layer) -> list[str]:
    """What a layer has in the bar: its labels, or one for all actors."""
    if layer.kind == "span":
        return [layer.name] if layer.labels_from else [label.show or label.name for label in layer.labels]
    return [layer.name] if layer.for_each == ACTORS else []


def arrows_of(layers: Iterable[Layer]) -> list[str]:
    """The labels of arrows: the links', and the roles that are answers on our pages."""
    links = [name for layer in layers if layer.kind == "relation" for name in layer.label_names]
    return list(dict.fromkeys([*links, *(layer.name for layer in layers if layer.of and layer.labels_from)]))


class PlainPageAnnotator(PageAnnotator):
    """Marks an annotation set on a plain page. ``mentions`` are the names in the text, for what is asked of an actor."""

    def __init__(self, actions: CountedActions, codebook: Codebook, data: dict, mentions: Sequence[Mention]) -> None:
        super().__init__(actions, codebook, data)
        self.mentions, self.regions, self.links = mentions, 0, 0

    def _span(self, span: Span, one: AnnotationSet) -> None:
        layer = self.codebook.by_name[span.layer]
        with self.actions.making(layer.name):
            self._mark(span, self.shown(span))
            if layer.labels_from:
                self._choose(WHO, self.names[span.label])
            answers = [item for item in one.annotations if isinstance(item, Choice) and item.of == span.id]
            for answer in answers:
                asked = self.codebook.by_name[answer.layer]
                if not asked.labels_from and answer.label != asked.default:
                    self._choose(asked.name, answer.label)
            arrows = [
                (item.label, self.spans[item.tail])
                for item in one.annotations
                if isinstance(item, Relation) and item.head == span.id
            ]
            roles = [item for item in answers if self.codebook.by_name[item.layer].labels_from]
            # An actor that is mentioned nowhere has no region that an arrow could lead to, so that its role cannot be said.
            arrows += [(item.layer, tail) for item in roles for tail in self._nearest(item.label, span)]
            # Of two regions of the same words only one can be clicked on, and an arrow leads there once.
            arrows = list({(tail.start, tail.end): (label, tail) for label, tail in arrows}.values())
            for number, (label, tail) in enumerate(arrows):
                self.links += 1
                self._arrow(span, tail, selected=not number, label=label)
            if not arrows:
                self.actions.press("Escape")

    def shown(self, span: Span) -> str:
        layer = self.codebook.by_name[span.layer]
        return layer.name if layer.labels_from else super().shown(span)

    def _mark(self, span: Span, label: str) -> None:
        self.regions += 1
        shown = self.actions.page.locator(".lsf-label__text").get_by_text(re.compile(f"^{re.escape(label)}$")).first
        self._draw(span, lambda: self.actions.click(shown))

    def _choose(self, name: str, label: str) -> None:
        shown = self.actions.page.locator(f"label:visible:has(input[name='{label}'])")
        self.actions.click(shown.first)

    def _nearest(self, actor: str, span: Span) -> list[Span]:
        marked = [item for item in self.spans.values() if item.label == actor]
        return sorted(marked, key=lambda item: (item.start > span.start, abs(item.start - span.start)))[:1]

    def _scale(self, layer: Layer, answer: Choice) -> None:
        mention = next((item for item in self.mentions if item.id == answer.of), None)
        if not mention:
            return
        self._mark(Span(id="", layer="", label="", start=mention.start, end=mention.end, quote=""), layer.name)
        self._choose(WHO, self.names[answer.of])
        self._choose(layer.name, answer.label)
        self.actions.press("Escape")

    def _answer(self, answer: Choice) -> None:
        layer = self.codebook.by_name[answer.layer]
        if layer.for_each == SPARE:
            super()._answer(answer)
        elif layer.for_each == ACTORS or answer.label != layer.default:
            with self.actions.making(layer.name):
                self._scale(layer, answer) if layer.for_each == ACTORS else self._choose(layer.name, answer.label)
