"""Regions on an HTML page (Label Studio's <HyperText>) become regions on the page's text.

The browser counts the code points of all text nodes in their order, invisible ones too, and one for each <br>; Label Studio
removes comments, scripts and frames first. The counts are a region's ``globalOffsets``. Its ``start`` and ``end`` are XPaths
of text nodes, with offsets into these nodes in UTF-16 units. The text that is made here leaves out what no reader sees. It
has a blank line where the page begins a new block, so that words do not run together. The place of each text node in it is
kept.

Measured on Label Studio 1.23.2 (``tests/labelstudio/exports/own-page.json``), and read in its ``RichText/domManager.ts``. With
``inline="true"``, which an export does not show, the page's head is counted too; then only the XPaths are right.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from lxml import etree, html

from standpoint.codebook.kinds._items import Item
from standpoint.core.offsets import whole_number, words

REMOVED = {"script", "iframe"}  # by Label Studio, before it counts
INVISIBLE = {"style", "noscript"}  # counted, but not shown
BLOCKS = (
    *("address", "article", "aside", "blockquote", "caption", "dd", "details", "dialog", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main"),
    *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
)
TYPES = ("labels", "hypertextlabels", "htmllabels")  # the type of a region in old and new versions of Label Studio
BLANK = re.compile(r"[\t\n\f\r ]")


@dataclass
class Page:
    """The text of a page, and the place of each text node in it, by its XPath and by the characters counted before it."""

    text: str = ""
    counted: int = 0
    paths: dict[str, tuple[int, str]] = field(default_factory=dict)  # XPath -> (place in the text, content)
    nodes: list[tuple[int, int, int]] = field(default_factory=list)  # (characters counted before, place in the text, length)

    def add_text(self, path: str, content: str, visible: bool) -> None:
        """Add the next text node; a line break in it is shown as a blank."""
        self.nodes.append((self.counted, len(self.text), len(content) if visible else 0))
        self.counted += len(content)
        if visible:
            self.paths[path] = (len(self.text), content)
            self.text += BLANK.sub(" ", content)

    def add_line_break(self) -> None:
        """Add a <br>, which counts as one character."""
        self.nodes.append((self.counted, len(self.text), 1))
        self.counted, self.text = self.counted + 1, self.text + "\n"

    def begin_block(self) -> None:
        """Add a blank line, which is not counted."""
        if self.text.strip() and not self.text.endswith("\n\n"):
            self.text += "\n\n"

    def place_of_count(self, offset: int | None, end: bool) -> int | None:
        """The place in the text of a counted offset; an end belongs to the node before it, a start to the node after it."""
        if offset is None or not 0 <= offset <= self.counted or not self.nodes:
            return None
        find = bisect_left if end else bisect_right
        counted, place, length = self.nodes[max(find(self.nodes, offset, key=lambda node: node[0]) - 1, 0)]
        return place + min(offset - counted, length)

    def place_in_node(self, path: object, units: int | None) -> int | None:
        """The place in the text of an offset, in UTF-16 units, into the text node with this XPath."""
        if not isinstance(path, str) or path not in self.paths or units is None:
            return None
        place, content = self.paths[path]
        coded = content.encode("utf-16-le", "surrogatepass")
        return place + len(coded[: 2 * units].decode("utf-16-le", "replace")) if 0 <= units <= len(coded) // 2 else None


def is_on_page(item: Item) -> bool:
    """Whether an item is a region on a page: its offsets are XPaths, or it has only counted offsets."""
    value = item.value
    if value is None or type(value.start) is int:
        return False
    return value.globalOffsets is not None or str(value.start).startswith("/")


def parse_page(source: str) -> Page:
    """The page of some HTML; an empty one if it has no body."""
    page = Page()
    data = source.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    try:
        root = html.fragment_fromstring(data, create_parent="div", parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError, AssertionError):  # a frameset has no body, which lxml asserts
        return page
    for table in root.iter("table"):
        _put_rows_in_bodies(table)
    _walk(root, "", page)
    return page


def _put_rows_in_bodies(table: etree._Element) -> None:
    """Put rows that are a table's own children into a <tbody>, as a browser does and lxml does not."""
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
    for child, content in _children(element):
        name = "text()" if child is None else child.tag
        counts[name] += 1
        place = f"{path}/{name}[{counts[name]}]"
        if child is None:
            page.add_text(place, content, element.tag not in INVISIBLE)
        elif name == "br":
            page.add_line_break()
        else:
            if name in BLOCKS:
                page.begin_block()
            _walk(child, place, page)
            if name in BLOCKS:
                page.begin_block()


def _children(element: etree._Element) -> Iterator[tuple[etree._Element | None, str]]:
    """The children of an element as in the browser: (element, "") or (None, text).

    Comments and removed elements are missing, and the texts before and after them are one text node.
    """
    text = element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in REMOVED:
            if text:
                yield None, text
            yield child, ""
            text = ""
        text += child.tail or ""
    if text:
        yield None, text


def to_text_offsets(items: Iterable[Item], page: Page) -> list[Item]:
    """The items, with each region on the page replaced by a region on its text."""
    return [_region_on_text(item, page) if is_on_page(item) and item.type in TYPES else item for item in items]


def _region_on_text(item: Item, page: Page) -> Item:
    """A region on the page as a region on its text.

    A region has its place in two forms, and may have its quote. The place is the one that the quote confirms. Without a quote,
    both forms must agree. If no place, or more than one, is certain, the offsets stay XPaths, which the span reader refuses.
    """
    value = item.content
    quote = words(value.text) if isinstance(value.text, str) else None
    counts = value.globalOffsets or {}
    by_count = [page.place_of_count(whole_number(counts.get(name)), name == "end") for name in ("start", "end")]
    by_path = [
        page.place_in_node(value.start, whole_number(value.startOffset)),
        page.place_in_node(value.end, whole_number(value.endOffset)),
    ]
    places = [place for place in (by_count, by_path) if None not in place]
    certain = {tuple(place) for place in places if quote is None or words(page.text[slice(*place)]) == quote}
    if quote is not None and not certain and places:
        certain = {tuple(places[0])}  # a wrong place: the span reader then reports its fault as it does for any other region
    start, end = certain.pop() if len(certain) == 1 else (value.start, value.end)
    labels = value.labels or value.hypertextlabels or value.htmllabels
    return msgspec.structs.replace(item, type="labels", value=msgspec.structs.replace(value, start=start, end=end, labels=labels))
