"""HTML: one article per page. trafilatura finds the article; CSS classes identify standfirst, byline, dateline and caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import islice

from lxml.etree import LxmlError, strip_tags
from lxml.html import Element, HtmlElement, HTMLParser, document_fromstring

from standpoint.ingest.encoding import codec_of
from standpoint.ingest.metadata import same_name
from standpoint.ingest.readers._downloads import downloaded_page
from standpoint.ingest.readers._markup import (
    BLOCKS,
    BORDERS,
    IS_CUT,
    UNSEEN,
    letters_of,
    paragraphs_of,
    plain,
    settle_inline,
    text_of,
)
from standpoint.ingest.readers._page import notes_on, published_by, stated_by, title_of, without_others
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile, address, dublin_core

suffixes = (".html", ".htm", ".xhtml")

XML_DECLARATION = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"'>]+)""")
CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';]+)""", re.IGNORECASE)
HEAD = 1 << 16  # bytes in which a page's encoding is looked for; some have long styles or scripts before it
# Dates in the text and the present date are not used, so that a page always has the same date. A date in the address is the last
# resort: sites name the day on which they made it in another time zone.
DATES = {"original_date": True, "extensive_search": False, "max_date": "2199-12-31", "deferred_url_extractor": True}
PARTS = {
    "standfirst": "standfirst dek deck subtitle subheadline article-summary strapline",
    "byline": "byline author-name article-author author byline-author",
    "caption": "caption wp-caption-text image-caption photo-caption credit",
    "dateline": "dateline pubdate publish-date article-date timestamp",
}
PART_OF = {name: part for part, names in PARTS.items() for name in names.split()}
# Elements that are parts of a sentence, and boxes that may have text beside blocks.
DROPPED = ("q", "ins", "label", "output", "nobr", "wbr", "blink")
BOXES = ("body", "div", "article", "section", "main", "td", "th", "li", "dd", "dt", "blockquote", "details", "figure")
SENTENCE = re.compile(r"[.!?…。؟।][\"'”’»)\]]*\s*$")  # a box without it may be a label or a button
BRIEF = 250  # characters: trafilatura's MIN_EXTRACTED_SIZE
SHORT = 20_000  # characters
TRIED = 4  # ways to read the article that are followed at a time


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the page, with the standfirst and the captions that trafilatura leaves out."""
    import trafilatura  # imported here: it takes half a second, and only projects with HTML need it
    from trafilatura.settings import Document

    try:
        page = trafilatura.load_html(file.text(_stated_encoding))
        if page is None:
            raise FileRefused("FILE-FORMAT", "is not HTML")
        if IS_CUT(page):
            problem = "nests its elements too deeply, often because tags are not closed, and loses text when it is read"
            raise FileRefused("FILE-FORMAT", f"{problem}; save its text as .txt")
        if documents := downloaded_page(file, page):
            yield from documents
            return
        kept = [*page.iter()]  # while nothing refers to an element, lxml makes its object anew each time it is met, slowly
        _settle(page)
        own = without_others(page)
        kept += own.iter()
        about = trafilatura.extract_metadata(own, date_config=dict(DATES))
        document = trafilatura.bare_extraction(page, include_comments=False, favor_recall=True)
    except (LxmlError, ValueError, AssertionError) as error:  # lxml asserts that a root element is not removed
        raise FileRefused("FILE-FORMAT", f"is not HTML: {error}") from None
    if not isinstance(document, Document):
        yield Raw(where=f"{file.path}:1", blocks=())
        return
    stated, core = stated_by(page), _dublin_core(page)
    title = title_of(page, stated, about.title or "", about.sitename or "")
    description = " ".join((about.description or "").split())
    parts = _parts(page)
    texts = _paragraphs(page, document.body, stated)
    blocks = [_block(text, parts, title, description) for text in texts]
    seen = {block.text for block in blocks}
    left_out = [Block(text, part) for text, part in parts.items() if text not in seen]
    standfirst = next((block.text for block in left_out if block.hint == "standfirst"), "")
    yield Raw(
        where=f"{file.path}:1",
        blocks=(*blocks, *(block for block in left_out if block.hint == "caption")),
        title=title or core.get("title", ""),
        standfirst="" if any(block.hint == "standfirst" for block in blocks) else standfirst,
        byline=about.author or next((text for text, part in parts.items() if part == "byline"), core.get("byline", "")),
        published=published_by(page, own, stated, file.language, about.date or core.get("published", "")),
        publisher=core.get("source", ""),
        url=about.url or address(core.get("url", "")),
        notes=tuple(notes_on(page, stated, letters_of("".join(texts)))),
    )


def _stated_encoding(page: bytes) -> str:
    """The encoding that a <meta> or the XML declaration states, by Python's name; "" if none. Comments and scripts state none."""
    labels = [label.decode("ascii", "ignore") for label in XML_DECLARATION.findall(page)]
    head = re.split(rb"(?i)<body\b", page[:HEAD], maxsplit=1)[0]
    # The first tag is for a page that begins with nothing but comments.
    for meta in document_fromstring(b"<html>" + head, HTMLParser(encoding="iso-8859-1")).iter("meta"):
        labels.append(meta.get("charset") or "")
        if (meta.get("http-equiv") or "").strip().lower() == "content-type":
            labels += CHARSET.findall(meta.get("content") or "")
    return next(filter(None, map(codec_of, labels)), "")


def _dublin_core(page: HtmlElement) -> dict[str, str]:
    """What the page's head states in Dublin Core, by our names."""
    metas = {meta.get("name", ""): " ".join(meta.get("content", "").split()) for meta in page.iterfind(".//head/meta[@name]")}
    return {ours: metas[name] for ours, name in dublin_core(tuple(name for name in metas if metas[name])).items()}


def _settle(page: HtmlElement) -> None:
    """Change the markup where trafilatura drops or glues words: in elements that it does not know or expects elsewhere, and
    in text beside paragraphs, lists or quotations.
    """
    settle_inline(page)
    strip_tags(page, *DROPPED, *{item.tag for item in page.xpath("descendant-or-self::*[contains(name(), '-')]")})
    for time in [*page.iter("time")]:
        parent = time.getparent()
        if parent is not None and parent.tag in ("p", "li", "td") and len(text_of(parent)) > 2 * len(text_of(time)) + 20:
            time.drop_tag()  # a date in a sentence is text, and no date of the page
    for item in [*page.iter("center", "p")]:
        if item.tag == "center" or any(child.tag in BLOCKS for child in item):
            item.tag = "div"
    for figure in [*page.iter("figure")]:
        if any(child.tag in ("blockquote", "p", "ul", "ol") for child in figure):  # a quotation set as a figure
            figure.tag = "div"
    for box in [*page.iter(*BOXES)]:
        if any(child.tag in BORDERS for child in box) or SENTENCE.search(" ".join(box.itertext())):
            _wrap_loose_text(box)


def _wrap_loose_text(box: HtmlElement) -> None:
    """Put each piece of text between the blocks and line breaks of a box into a paragraph."""
    paragraph = None

    def wrapped(text: str) -> HtmlElement:
        paragraph = Element("p")
        paragraph.text = text
        return paragraph

    children = [*box]
    if (box.text or "").strip():
        paragraph, box.text = wrapped(box.text), None
        box.insert(0, paragraph)
    for child in children:
        tail = child.tail or ""
        if child.tag in BORDERS:
            paragraph = None
            if tail.strip():
                paragraph, child.tail = wrapped(tail), None
                child.addnext(paragraph)
        elif paragraph is not None:
            paragraph.append(child)
        elif tail.strip() or (child.tag not in UNSEEN and text_of(child)):
            paragraph = wrapped("")
            child.addprevious(paragraph)
            paragraph.append(child)


def _parts(page: HtmlElement) -> dict[str, str]:
    """Text -> zone, by the markup of the page, or of its <article> if there is exactly one."""
    articles = [*page.iter("article")]
    zones: dict[str, str] = {}
    for item in (articles[0] if len(articles) == 1 else page).xpath("descendant-or-self::*[self::figcaption or @class]"):
        if item.tag == "figcaption":
            for text in paragraphs_of(item):
                zones.setdefault(text, "caption")
        else:
            classes = (item.get("class") or "").lower().split()
            part = next((PART_OF[name] for name in classes if name in PART_OF), "")
            if part and (text := text_of(item)):
                zones.setdefault(text, part)
    return zones


def _block(text: str, parts: Mapping[str, str], title: str, description: str) -> Block:
    if title and len(text) < 2 * len(title) and same_name(text, title):
        return Block(text, "headline")
    return Block(text, parts.get(text, "standfirst" if text == description else ""))


def _paragraphs(page: HtmlElement, extracted: HtmlElement, stated: list[dict]) -> list[str]:
    """The paragraphs of the text that trafilatura extracted, as the page has them.

    trafilatura decides what belongs to the article. Its own paragraphs are not used if the page has the same text: in short
    pages it joins all of them, and in lists and quotations it may join words.
    """
    own = [*paragraphs_of(extracted)]
    body = page.find("body")
    printed = [*paragraphs_of(page if body is None else body)]
    if sum(map(len, own)) < BRIEF and (brief := _brief(page, own)):
        return brief
    if found := _reading(printed, own) or _reading(printed, _once(own)):
        return found
    # A script draws the page, and its text is in the JSON-LD.
    bodies = (plain(item["articleBody"]) for item in stated if isinstance(item.get("articleBody"), str))
    return next(([text] for text in bodies if letters_of(text) == letters_of("".join(own))), own)


def _brief(page: HtmlElement, own: list[str]) -> list[str]:
    """The paragraphs of a page with hardly any text, of which trafilatura takes all or drops the headings; none if the text is
    not that of its only article, or of the page without menus.
    """
    boxes = [*page.iter("article")] or [*page.iter("main")]
    box = deepcopy(boxes[0] if len(boxes) == 1 else page)
    for menu in [*box.iter("nav", "aside", "footer", "head")]:
        if menu is not box and menu.find(".//h1") is None:
            menu.drop_tree()
    inside = [*paragraphs_of(box)]
    whole = len(boxes) == 1 and sum(map(len, inside)) < BRIEF
    return inside if _has_all(own, inside) or (whole and _has_all(inside, own)) else []


def _has_all(texts: list[str], parts: list[str]) -> bool:
    letters = letters_of("".join(texts))
    return all(letters_of(part) in letters for part in parts)


def _once(texts: list[str]) -> list[str]:
    """The texts without those that stand in an earlier one: in short pages, trafilatura repeats what is in a quotation."""
    kept, letters = [], ""
    for text in texts if sum(map(len, texts)) < SHORT else ():
        if letters_of(text) not in letters:
            kept.append(text)
            letters += letters_of(text)
    return kept


def _reading(paragraphs: list[str], own: list[str]) -> list[str]:
    """The paragraphs whose letters together are those of trafilatura's ``own``, in order; none if there are no such paragraphs.

    A link in a menu may begin like the article. So several readings are followed, and the last paragraph that fits is taken.
    """
    wanted, marks = letters_of("".join(own)), set(own)
    readings: dict[int, tuple | None] = {0: None}  # letters read -> the paragraphs so far, the last first
    for text in paragraphs:
        letters = letters_of(text)
        for at in {0, *islice(reversed(readings), TRIED)}:
            if not letters and at and text in marks:  # such as * * *
                readings[at] = (text, readings[at])
            elif letters and wanted.startswith(letters, at):
                readings.pop(at + len(letters), None)
                readings[at + len(letters)] = (text, readings[at])
    last, found = readings.get(len(wanted)), []
    while last:
        text, last = last
        found.append(text)
    return found[::-1]
