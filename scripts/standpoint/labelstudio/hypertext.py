"""Regions on a page (Label Studio's <HyperText>), as regions on the page's text.

The browser counts the code points of all text nodes in their order, unseen ones too, and one for each <br>; Label Studio
takes comments, scripts and frames out first. That gives ``globalOffsets``; ``start`` and ``end`` are XPaths of text nodes,
with offsets into them in UTF-16 units. The text made here leaves out what no reader sees, and has a blank line where the
page begins a new block, so that words do not run together; each text node's place in it is kept.

Measured on Label Studio 1.23.2 (``tests/exports/own-page.json``), and read in its ``RichText/domManager.ts``. With
``inline="true"``, which an export does not tell, the page's head is counted too: there only the XPaths are right.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from lxml import etree, html

from standpoint.codebook.kinds._items import Item, Value
from standpoint.core.offsets import whole, words

LEFT_OUT = {"script", "iframe"}
UNSEEN = {"style", "noscript"}
BLOCKS = (
    *("address", "article", "aside", "blockquote", "caption", "dd", "details", "dialog", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main"),
    *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
)
TYPES = ("labels", "hypertextlabels", "htmllabels")  # what a span's control was called, from old versions to new ones
BLANK = re.compile(r"[\t\n\f\r ]")


@dataclass
class Page:
    """The text of a page, and where each text node stands in it: by its XPath, and by the characters before it."""

    text: str = ""
    counted: int = 0
    paths: dict[str, tuple[int, str]] = field(default_factory=dict)  # XPath -> where the node begins, what it holds
    nodes: list[tuple[int, int, int]] = field(default_factory=list)  # characters counted before, place in text, length

    def add(self, path: str, content: str, seen: bool) -> None:
        """The next text node; a line break in it is shown as a blank."""
        self.nodes.append((self.counted, len(self.text), len(content) if seen else 0))
        self.counted += len(content)
        if seen:
            self.paths[path] = (len(self.text), content)
            self.text += BLANK.sub(" ", content)

    def line_break(self) -> None:
        """A <br>, which counts as one character."""
        self.nodes.append((self.counted, len(self.text), 1))
        self.counted, self.text = self.counted + 1, self.text + "\n"

    def new_block(self) -> None:
        """A blank line, which counts nothing."""
        if self.text.strip() and not self.text.endswith("\n\n"):
            self.text += "\n\n"

    def at(self, offset: int | None, end: bool) -> int | None:
        """The place in the text of a counted offset; an end belongs to the node before it, a start to the one after."""
        if offset is None or not 0 <= offset <= self.counted or not self.nodes:
            return None
        find = bisect_left if end else bisect_right
        counted, place, length = self.nodes[max(find(self.nodes, offset, key=lambda node: node[0]) - 1, 0)]
        return place + min(offset - counted, length)

    def in_node(self, path: object, units: int | None) -> int | None:
        """The place in the text of an offset in UTF-16 units into a text node."""
        if path not in self.paths or units is None:
            return None
        place, content = self.paths[path]
        coded = content.encode("utf-16-le", "surrogatepass")
        return place + len(coded[: 2 * units].decode("utf-16-le", "replace")) if 0 <= units <= len(coded) // 2 else None


def on_page(item: Item) -> bool:
    """Whether an item is a region on a page: its offsets are XPaths, or only counted on the page."""
    value = item.value
    if value is None or type(value.start) is int:
        return False
    return value.globalOffsets is not None or str(value.start).startswith("/")


def page_of(source: str) -> Page:
    """The text of a page's HTML."""
    page = Page()
    data = source.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    root = html.fragment_fromstring(data, create_parent="div", parser=html.HTMLParser(encoding="utf-8"))
    for table in root.iter("table"):
        _put_rows_in_bodies(table)
    _walk(root, "", page)
    return page


def _put_rows_in_bodies(table: etree._Element) -> None:
    """A browser puts the rows that stand in a table itself into a <tbody>; lxml leaves them."""
    body = None
    for child in list(table):
        if child.tag != "tr":
            body = None
            continue
        if body is None:
            body = etree.Element("tbody")
            child.addprevious(body)
        body.append(child)


def _walk(element: etree._Element, path: str, page: Page) -> None:
    counts: Counter[str] = Counter()
    for name, child, content in _children(element):
        if child is None:
            counts["text()"] += 1
            page.add(f"{path}/text()[{counts['text()']}]", content, element.tag not in UNSEEN)
            continue
        counts[name] += 1
        if name == "br":
            page.line_break()
            continue
        block = name in BLOCKS
        if block:
            page.new_block()
        _walk(child, f"{path}/{name}[{counts[name]}]", page)
        if block:
            page.new_block()


def _children(element: etree._Element) -> Iterator[tuple[str, etree._Element | None, str]]:
    """The children of an element as the browser has them: (name, element, "") or ("", None, text).

    Comments, and what Label Studio leaves out, are not there: the texts before and after them are one.
    """
    text = element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in LEFT_OUT:
            if text:
                yield "", None, text
            yield child.tag, child, ""
            text = ""
        text += child.tail or ""
    if text:
        yield "", None, text


def on_text(items: Iterable[Item], page: Page) -> list[Item]:
    """The items with each region on the page as a region on its text."""
    return [_on_text(item, page) if on_page(item) and item.type in TYPES else item for item in items]


def _on_text(item: Item, page: Page) -> Item:
    """A region says where it lies in two ways, and what its text is: the place is the one that its text confirms, or, where it
    says nothing of its text, that both ways agree on. Its offsets stay XPaths where no place, or more than one, is so.
    """
    value = item.value
    said = words(value.text) if isinstance(value.text, str) else None
    places = [place for place in (_counted(value, page), _by_path(value, page)) if place]
    certain = {place for place in places if said is None or words(page.text[slice(*place)]) == said}
    if said is not None and not certain:
        certain = set(places[:1])  # a wrong place, whose fault is classed as any other's
    start, end = certain.pop() if len(certain) == 1 else (value.start, value.end)
    labels = value.labels or value.hypertextlabels or value.htmllabels
    return msgspec.structs.replace(item, type="labels", value=msgspec.structs.replace(value, start=start, end=end, labels=labels))


def _counted(value: Value, page: Page) -> tuple[int, int] | None:
    offsets = value.globalOffsets or {}
    return _both(page.at(whole(offsets.get("start")), end=False), page.at(whole(offsets.get("end")), end=True))


def _by_path(value: Value, page: Page) -> tuple[int, int] | None:
    return _both(page.in_node(value.start, whole(value.startOffset)), page.in_node(value.end, whole(value.endOffset)))


def _both(start: int | None, end: int | None) -> tuple[int, int] | None:
    return None if start is None or end is None else (start, end)
