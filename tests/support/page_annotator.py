"""An annotator at work in the real page: marks a whole annotation set with mouse and keyboard, and counts what that took.

An action is a key (with its modifiers), a click, or a drag. Nothing is done that an annotator could not do, and nothing is
looked up that does not stand on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from browser import drag, until_idle
from standpoint.checks.case import Reference
from standpoint.codebook.examples import parse
from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.model import AnnotationSet, Article, Choice, Relation, Span
from standpoint.guide.guide import AUTHOR, KIND, actors_asked, annotated
from standpoint.pages.tasks import make_task

PAUSE = 20  # milliseconds after each action, for the page's own timers


class CountedActions:
    """Presses, clicks and drags, and keeps count of it: ``counts[what is made, action]``."""

    def __init__(self, page: Page) -> None:
        self.page, self.counts, self.what = page, Counter(), ""

    @contextmanager
    def making(self, what: str) -> Iterator[None]:
        """What the actions inside are for."""
        before, self.what = self.what, what
        yield
        self.what = before

    def press(self, key: str) -> None:
        """Press one key, with its modifiers."""
        self.counts[self.what, "keys"] += 1
        self.page.keyboard.press(key)
        until_idle(self.page, PAUSE)

    def drag(self, span: Span) -> None:
        """Drag over a stretch of the text, once the page is scrolled to it."""
        self.counts[self.what, "drags"] += 1
        drag(self.page, span.start, span.end)

    def click(self, where: Locator) -> None:
        """Click on something that is seen."""
        self.counts[self.what, "clicks"] += 1
        where.click()
        until_idle(self.page, PAUSE)

    def region(self, span: Span) -> Locator:
        """A region that is drawn, at its first words."""
        return self.page.locator(f'.htx-highlight[data-start="{span.start}"][data-end="{span.end}"]').first

    def link(self, head: Span, tail: Span, selected: bool, label: str = "") -> None:
        """Draw an arrow; where it needs a label, choose that in the list of relations, which stands open."""
        if not selected:
            self.click(self.region(head))
        self.press("Alt+r")
        self.click(self.region(tail))
        if label:
            self._label(label)

    def _label(self, label: str) -> None:
        last = self.page.locator(".lsf-relations__item").last
        last.hover()
        self.click(last.locator(".lsf-relations__action button").first)
        self.click(self.page.get_by_text("Select labels").last)
        self.click(self.page.locator(f'[data-slot="command-item"][data-value="{label}"]'))
        self.press("Escape")

    def of(self, *what: str) -> int:
        """How many actions it took to make these, or all."""
        return sum(count for (made, _), count in self.counts.items() if not what or made in what)


def key_of(hotkey: str) -> str:
    """A hotkey as the page shows it, as the browser's keyboard knows it."""
    *modifiers, key = hotkey.split("+")
    names = {"-": "Minus", "=": "Equal", ";": "Semicolon", "'": "Quote", "/": "Slash", "`": "Backquote"}
    names |= {"[": "BracketLeft", "]": "BracketRight", "\\": "Backslash"}
    code = names.get(key) or (f"Key{key.upper()}" if key.isalpha() else f"Digit{key}")
    return "+".join([*(part.capitalize() for part in modifiers), code])


class PageAnnotator:
    """Marks an annotation set on one of our pages, by the keys that the page shows."""

    def __init__(self, actions: CountedActions, codebook: Codebook, data: dict) -> None:
        self.actions, self.codebook, self.data = actions, codebook, data
        self.names = {entry["alias"]: entry["value"] for entry in data.get(ACTORS, ())}

    def key(self, layer: Layer, label: str) -> str:
        """The key of a label or answer."""
        if layer.labels_from:
            listed = self.data[ACTORS if layer.hotkeys == "" else f"{layer.name}s"]
            return key_of(next(entry["hotkey"] for entry in listed if entry["alias"] == label))
        return key_of(layer.by_name[label].hotkey)

    def work(self, one: AnnotationSet, sentences: Sequence[tuple[int, int]]) -> None:
        """Sentence by sentence: what is mentioned, then what happens, with its answers and links; the text's answers last."""
        spans = [item for item in one.annotations if isinstance(item, Span)]
        self.spans = {span.id: span for span in spans}
        heads = {layer.head for layer in self.codebook.layers if layer.kind == "relation"}
        for start, end in sentences:
            inside = [span for span in spans if start <= span.start < end]
            for span in sorted(inside, key=lambda span: (span.layer in heads, span.start)):
                self._span(span, one)
        for answer in one.annotations:
            if isinstance(answer, Choice) and answer.of not in self.spans:
                self._answer(answer)

    def _span(self, span: Span, one: AnnotationSet) -> None:
        layer = self.codebook.by_name[span.layer]
        with self.actions.making(layer.name):
            self.actions.press(self.key(layer, span.label))
            self.actions.drag(span)
            for answer in one.annotations:
                if isinstance(answer, Choice) and answer.of == span.id:
                    asked = self.codebook.by_name[answer.layer]
                    if answer.label != asked.default:
                        self.actions.press(self.key(asked, answer.label))
            links = [item for item in one.annotations if isinstance(item, Relation) and item.head == span.id]
            links = [link for link in links if link.origin != "attached"]
            for number, link in enumerate(links):
                self._link(link, selected=not number)
            if not links:
                self.actions.press("Escape")

    def _link(self, link: Relation, selected: bool) -> None:
        tail, layer = self.spans[link.tail], self.codebook.by_name[link.layer]
        goes_without = tail.label.lower() if tail.label.lower() in layer.by_name else layer.default
        self.actions.link(self.spans[link.head], tail, selected, "" if link.label == goes_without else link.label)

    def _answer(self, answer: Choice) -> None:
        layer = self.codebook.by_name[answer.layer]
        if answer.label == layer.default and not answer.of:
            return
        with self.actions.making(layer.name):
            if layer.for_each == ACTORS:
                self._scale(layer, answer)
            elif layer.kind == "choice":
                title = layer.show or layer.name.replace("_", " ")
                menu = self.actions.page.locator(f".sp-answer:has(:text('{title}')) button").first
                self.actions.click(menu)
                self.actions.click(self.actions.page.locator(f'[data-slot="command-item"][data-value="{answer.label}"]'))

    def _scale(self, layer: Layer, answer: Choice) -> None:
        label = layer.by_name[answer.label]
        number = list(self.names).index(answer.of)
        self.actions.click(self.actions.page.locator(f".sp-scale label:has-text('{label.show or label.name}')").nth(number))


def worked_article(book, name: str, pass_name: str) -> tuple[Article, AnnotationSet, dict]:
    """A worked article of the guide, what is to be marked in it in a pass, and its task without suggestions."""
    worked = next(one for one in book.worked if one.id == name)
    reference = Reference(book.codebook, book.cast, {AUTHOR: KIND})
    article, wanted = annotated(parse(worked.passes[pass_name]), pass_name, reference, True)
    asked = actors_asked(pass_name, reference, worked)
    return article, wanted, make_task(article, pass_name, book.codebook, book.cast, with_suggestions=False, asked=asked)


def content_of(one: AnnotationSet) -> list[tuple]:
    """What a set says, without the ids that Label Studio gives."""
    spans = {item.id: (item.layer, item.start, item.end, item.quote) for item in one.annotations if hasattr(item, "quote")}
    about = [
        [spans.get(end, end) for end in (getattr(item, name, "") for name in ("of", "head", "tail"))] for item in one.annotations
    ]
    return sorted(
        (item.layer, item.label, str(spans.get(item.id, "")), *map(str, ends))
        for item, ends in zip(one.annotations, about, strict=True)
    )
