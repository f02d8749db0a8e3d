"""The text that a reader of HTML sees, paragraph by paragraph: of a page, and of HTML in records and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

from lxml.etree import LxmlError, XPath, _Element, iterwalk
from lxml.html import fragment_fromstring

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "head"))
# A paragraph ends at the beginning and the end of these elements. The last line has trafilatura's own names.
_BLOCKS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form"
    " header hgroup hr legend li main menu nav ol option p pre search section summary table tbody td tfoot th thead tr ul"
    " cell item list quote row"
)
BLOCKS = HEADINGS | frozenset(_BLOCKS.split())
# Whether a page has elements so deep in others that the parser may have dropped deeper ones, and all that came after them.
IS_CUT = XPath("boolean(" + 255 * "/*" + ")")
BREAKS = frozenset(("br", "lb"))
BORDERS = BLOCKS | BREAKS
_UNSEEN = "button datalist embed iframe noscript object script select style svg template textarea title video audio"
UNSEEN = frozenset(_UNSEEN.split())

# A closing tag, a tag with an attribute or a paragraph's tag shows that a text is HTML. A single <word> may stand in plain text.
BLOCK = "p|div|h[1-6]|ul|ol|li|blockquote|figure|figcaption|section|article|main|header|footer|aside|table|tr|td|th|pre|dl|dt|dd"
INLINE = "span|a|b|i|em|strong|u|s|q|cite|sup|sub|small|big|font|center|code|label|mark|time|ins|del|abbr|img|iframe|script|style"
BLOCK_MARKUP = re.compile(rf"</(?:{BLOCK})\s*>|<(?:br|hr|p)\s*/?>|<(?:{BLOCK}|br|hr)\s+[\w:-]+\s*=", re.IGNORECASE)
INLINE_MARKUP = re.compile(rf"</(?:{INLINE})\s*>|<(?:{INLINE})\s+[\w:-]+\s*=", re.IGNORECASE)
NO_TAG = re.compile(r"<(?!/?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|!--|!doctype|\?)", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
BLANK = re.compile(r"\n[^\S\n]*\n")
NO_WORD = re.compile(r"[\W_]+")
NO_WORD_ASCII = bytes(code for code in range(128) if not chr(code).isalnum())
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def paragraphs_of(root: _Element) -> Iterator[str]:
    """The texts between the borders of blocks and line breaks, in the order of the page, without elements that are not shown.

    Space is single, but lines of <pre> stay lines. A line break in a heading is a space, because a heading is one paragraph.
    """
    parts: list[str] = []
    preformatted = heading = 0
    walk = iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag in BREAKS and heading:
                parts.append(" ")
            elif tag in BORDERS and parts:
                yield from _joined(parts, preformatted)
            heading += tag in HEADINGS
            preformatted += tag == "pre"
            if tag in UNSEEN:
                walk.skip_subtree()
            elif element.text:
                parts.append(element.text)
            continue
        if event == "end":
            if tag in BLOCKS and parts:
                yield from _joined(parts, preformatted)
            heading -= tag in HEADINGS
            preformatted -= tag == "pre"
        if element.tail and element is not root:
            parts.append(element.tail)
    yield from _joined(parts, preformatted)


def settle_inline(root: _Element) -> None:
    """Remove what is not read as text: templates, and the readings above characters (ruby). Separate a deleted word from the one
    that was inserted for it.
    """
    for item in [*root.iter("template", "rt", "rp")]:
        item.drop_tree()
    for item in root.iter("del", "s", "strike"):
        after = item.getnext()
        if not item.tail and after is not None and after.tag == "ins":
            item.tail = " "


def _joined(parts: list[str], preformatted: int) -> Iterator[str]:
    """The text of the parts, if there is any; the parts are removed."""
    text = "".join(parts)
    parts.clear()
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip() if preformatted else " ".join(text.split())
    if text:
        yield text


def text_of(element: _Element) -> str:
    """The text of an element in one line."""
    if not len(element):
        return "" if element.tag in UNSEEN else " ".join((element.text or "").split())
    return " ".join(" ".join(paragraphs_of(element)).split())


def letters_of(text: str) -> str:
    """The letters and digits, by which two texts are the same if only their space and punctuation differ."""
    if text.isascii():
        return text.encode().translate(None, NO_WORD_ASCII).decode()  # the same, much quicker
    return NO_WORD.sub("", text)


def plain(text: str) -> str:
    """A text without HTML: the paragraphs of its markup with blank lines between, and characters for its entities. A text
    that is not HTML is not changed. Escaped HTML (``&lt;p&gt;``, in feeds) is unescaped first.
    """
    if "&" not in text and "<" not in text:
        return text
    if text.lstrip().startswith("&lt;") and not is_markup(text) and is_markup(unescaped := unescape(text)):
        text = unescaped
    if is_markup(text):
        text = _without_tags(text)
    return _without_entities(_without_entities(text))  # some feeds escape twice


def captions_in(text: str) -> set[str]:
    """The paragraphs of a text in HTML that are captions."""
    root = _parsed(text) if "<figcaption" in text else None
    captions = root.iter("figcaption") if root is not None else ()
    return {paragraph for caption in captions for paragraph in paragraphs_of(caption)}


def is_markup(text: str) -> bool:
    """Whether a text has HTML tags."""
    return "<" in text and bool(BLOCK_MARKUP.search(text) or INLINE_MARKUP.search(text))


def _without_tags(text: str) -> str:
    root = _parsed(text)
    if root is None:
        return text
    return TAG.sub(" ", text) if IS_CUT(root) else "\n\n".join(paragraphs_of(root))


def _parsed(text: str) -> _Element | None:
    """The elements of a text in HTML, in one; None if the text has none."""
    # Blank lines are paragraphs where an editor adds the tags <p> only for display (WordPress), and lines if no tag is a block.
    parent = "div" if BLOCK_MARKUP.search(text) else "pre"
    text = BLANK.sub("<br>", NO_TAG.sub("&lt;", CDATA.sub("", text.replace("\x00", ""))).strip())
    try:
        root = fragment_fromstring(text, create_parent=parent)
    except (LxmlError, ValueError, AssertionError):  # a frameset has no body, which lxml asserts
        return None
    settle_inline(root)
    return root


def _without_entities(text: str) -> str:
    return ENTITY.sub(lambda found: unescape(found[0]) if found[0][1] == "#" or found[0][1:] in html5 else found[0], text)
