"""An annotator at work in the real page: marks a whole annotation set with mouse and keyboard, and counts what that took.

An action is a key (with its modifiers), a click, or a drag. Nothing is done that an annotator could not do, and nothing is
looked up that does not stand on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from browser import BOX, drag, until_idle
from standpoint.checks.case import Reference
from standpoint.codebook.examples import parse
from standpoint.codebook.types import ACTORS, SPARE, Codebook, Layer
from standpoint.core.model import AnnotationSet, Article, Choice, Relation, Span
from standpoint.guide.guide import AUTHOR, KIND, actors_asked, annotated
from standpoint.pages.tasks import make_task

ARROWS = "() => Htx.annotationStore.selected.relationStore.relations.length"
REGIONS = "() => Htx.annotationStore.selected.regionStore.regions.length"
LAST = "() => Htx.annotationStore.selected.regionStore.regions.at(-1).text"
CHOSEN = "() => [...Htx.annotationStore.selected.names.values()].some(tag => tag.type === 'labels' && tag.selectedLabels.length)"
# Where the label of a region ends, which the page shows after its words. A region within another one has its label before that.
LABEL = """([start, end, shown]) => {
  const same = [...document.querySelectorAll(`.htx-highlight[data-start="${start}"][data-end="${end}"]`)];
  const box = [...same.find(one => one.dataset.label.endsWith(':' + shown)).getClientRects()].at(-1);
  return [box.right - 3, (box.top + box.bottom) / 2];
}"""
PAUSE = 20  # milliseconds after each action, for the page's own timers
ATTEMPTS = 12
LOWER = (0, 4, -4, 7, -7)  # pixels: the label of an arrow may lie over the place where a drag begins
# milliseconds: Label Studio takes what ends at the same place within 450 for a double click, and gives it the label of before
DOUBLE_CLICK = 500
Mark = tuple[str, str, int, int]  # layer, label, start, end


def mark_of(span: Span) -> Mark:
    return span.layer, span.label, span.start, span.end


class CountedActions:
    """Presses, clicks and drags, and keeps count of it: ``counts[what is made, action]``."""

    def __init__(self, page: Page) -> None:
        self.page, self.counts, self.what = page, Counter(), ""
        self.dragged_to = -1  # where the last drag ended

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

    def type(self, text: str, where: Locator) -> None:
        """Click into a field and type a text. Each character is a key."""
        self.click(where)
        self.counts[self.what, "keys"] += len(text)
        self.page.keyboard.type(text)
        until_idle(self.page, PAUSE)

    def drag(self, span: Span, attempt: int = 0) -> None:
        """Drag over a stretch of the text, once the page is scrolled to it. Further attempts begin at the end, lower or higher."""
        self.counts[self.what, "drags"] += 1
        if span.end == self.dragged_to:  # no hand is that fast
            until_idle(self.page, DOUBLE_CLICK)
        self.dragged_to = span.end
        drag(self.page, span.start, span.end, backwards=attempt % 2 == 1, lower=LOWER[attempt // 2 % len(LOWER)])

    def click(self, where: Locator) -> None:
        """Click on something that is seen."""
        self.counts[self.what, "clicks"] += 1
        where.click()
        until_idle(self.page, PAUSE)

    def click_region(self, span: Span, others: Iterable[Span], shown: str) -> None:
        """Click on a region: where no other one covers it, or else on its label. ``shown``: the label as the page shows it."""
        inside = [other for other in others if other is not span and other.start < span.end and span.start < other.end]
        free = [
            at
            for at in range(span.start, span.end)
            if span.quote[at - span.start].isalnum() and not any(other.start <= at < other.end for other in inside)
        ]
        self.counts[self.what, "clicks"] += 1
        if free:
            left, top, right, bottom = self.page.evaluate(BOX, [free[0], free[0] + 1])
            self.page.mouse.click((left + right) / 2, (top + bottom) / 2)
        else:
            self.page.evaluate(BOX, [span.start, span.end])  # scrolls there
            self.page.mouse.click(*self.page.evaluate(LABEL, [span.start, span.end, shown]))
        until_idle(self.page, PAUSE)

    def choose_relation(self, label: str) -> None:
        """Choose the label of the last arrow in the list of relations, which stands open."""
        last = self.page.locator(".lsf-relations__item").last
        button, field = last.locator(".lsf-relations__action button").first, last.get_by_text("Select labels")
        self.counts[self.what, "clicks"] += 1
        while not field.count():  # the list moves when an arrow is drawn, so that a click may meet nothing
            last.hover()
            button.click()
            until_idle(self.page, 10 * PAUSE)
        self.click(field)
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
            self._draw(span, lambda: self.actions.press(self.key(layer, span.label)))
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

    def _draw(self, span: Span, choose: Callable[[], None]) -> None:
        """Choose a label and drag over the words."""
        page = self.actions.page
        before = page.evaluate(REGIONS)

        def attempt(number: int) -> None:
            if not page.evaluate(CHOSEN):  # a second press would take the label back
                choose()
            self.actions.drag(span, number)
            if span.quote and page.evaluate(REGIONS) > before:
                rest = "".join(page.evaluate(LAST).split()).removeprefix("".join(span.quote.split()))
                if len(rest) > len("'s"):  # other words
                    self.actions.press("Backspace")

        self._until_more(REGIONS, attempt, f"no region for {span}")

    def _until_more(self, what: str, attempt: Callable[[int], None], failure: str) -> None:
        """Try until the page has more regions, or arrows: a busy machine may miss a key. Only the first attempt is counted."""
        page, counted = self.actions.page, None
        before = page.evaluate(what)
        for number in range(ATTEMPTS):
            attempt(number)
            counted = counted or self.actions.counts.copy()
            if page.evaluate(what) > before:
                self.actions.counts = counted
                return
            self.actions.press("Escape")
            until_idle(page, 10 * PAUSE)
        raise AssertionError(failure)

    def _link(self, link: Relation, selected: bool) -> None:
        tail, layer = self.spans[link.tail], self.codebook.by_name[link.layer]
        goes_without = tail.label.lower() if tail.label.lower() in layer.by_name else layer.default
        self._arrow(self.spans[link.head], tail, selected, "" if link.label == goes_without else link.label)

    def _arrow(self, head: Span, tail: Span, selected: bool, label: str) -> None:
        """Draw an arrow; where it needs a label, choose that in the list of relations, which stands open then."""

        def attempt(number: int) -> None:
            if number or not selected:
                self.click(head, self.spans.values())
            self.actions.press("Alt+r")
            self.click(tail, self.spans.values())

        self._until_more(ARROWS, attempt, f"no arrow from {head} to {tail}")
        if label:
            self.actions.choose_relation(label)

    def click(self, span: Span, others: Iterable[Span]) -> None:
        """Click on a region."""
        self.actions.click_region(span, others, self.shown(span))

    def shown(self, span: Span) -> str:
        """The label of a region, as the page shows it."""
        layer = self.codebook.by_name[span.layer]
        return self.names[span.label] if layer.labels_from else layer.by_name[span.label].show or span.label

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
                listed = self.actions.page.locator(f'[data-slot="command-item"][data-value="{answer.label}"]')
                self.actions.click(menu)
                while not listed.count():  # a menu that is still closing takes the click
                    menu.click()
                    until_idle(self.actions.page, 10 * PAUSE)
                self.actions.click(listed)
            elif layer.for_each == SPARE and answer.label != self.names[answer.of]:
                self.actions.type(answer.label, self.actions.page.locator(f"[placeholder='new {answer.of.rpartition(':')[2]}']"))

    def _scale(self, layer: Layer, answer: Choice) -> None:
        label = layer.by_name[answer.label]
        number = list(self.names).index(answer.of)
        self.actions.click(self.actions.page.locator(f".sp-scale label:has-text('{label.show or label.name}')").nth(number))


class SuggestionAnnotator(PageAnnotator):
    """Marks an annotation set on a page with suggestions: wrong ones are deleted, right ones stay, and the rest is marked."""

    def __init__(self, actions: CountedActions, codebook: Codebook, data: dict, suggested: Iterable[Span]) -> None:
        super().__init__(actions, codebook, data)
        self.suggested = {mark_of(span): span for span in suggested}

    def work(self, one: AnnotationSet, sentences: Sequence[tuple[int, int]]) -> None:
        """Delete each wrong suggestion first; then mark what is not there."""
        wanted = {mark_of(item) for item in one.annotations if isinstance(item, Span)}
        for mark in self.suggested.keys() - wanted:
            with self.actions.making("wrong suggestions"):
                self.click(self.suggested[mark], self.suggested.values())
                self.actions.press("Backspace")
            del self.suggested[mark]
        super().work(one, sentences)

    def _span(self, span: Span, one: AnnotationSet) -> None:
        if mark_of(span) not in self.suggested:
            super()._span(span, one)


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
