"""HTML: one article per page. trafilatura finds the article; CSS classes identify standfirst, byline, dateline and caption."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from standpoint.ingest.encoding import codec_of
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile

suffixes = (".html", ".htm", ".xhtml")

XML_DECLARATION = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"'>]+)""")
CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';]+)""", re.IGNORECASE)
HEAD = 1 << 16  # bytes in which a page's encoding is looked for; some have long styles or scripts before it
# Dates in the text and the present date are not used, so that a page always has the same date.
DATES = {"original_date": True, "extensive_search": False, "max_date": "2199-12-31"}
PARTS = {
    "standfirst": "standfirst dek deck subtitle subheadline article-summary strapline",
    "byline": "byline author-name article-author author byline-author",
    "caption": "caption wp-caption-text image-caption photo-caption credit",
    "dateline": "dateline pubdate publish-date article-date timestamp",
}
PART_OF = {name: part for part, names in PARTS.items() for name in names.split()}


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the page, with the standfirst and the captions that trafilatura leaves out."""
    import trafilatura  # imported here: it takes half a second, and only projects with HTML need it
    from trafilatura.settings import Document

    try:
        page = trafilatura.load_html(file.text(_stated_encoding))
        if page is None:
            raise FileRefused("FILE-FORMAT", "is not HTML")
        parts, headings = _parts(page), [_text(item) for item in page.iter("h1")]
        document = trafilatura.bare_extraction(
            page, include_comments=False, favor_recall=True, with_metadata=True, date_extraction_params=dict(DATES)
        )
    except (LxmlError, ValueError) as error:
        raise FileRefused("FILE-FORMAT", f"is not HTML: {error}") from None
    if not isinstance(document, Document):
        yield Raw(where=f"{file.path}:1", blocks=())
        return
    description = " ".join((document.description or "").split())
    blocks = [Block(text, parts.get(text, "standfirst" if text == description else "")) for text in _leaves(document.body)]
    seen = {block.text for block in blocks}
    left_out = [Block(text, part) for text, part in parts.items() if text not in seen]
    standfirst = next((block.text for block in left_out if block.hint == "standfirst"), "")
    yield Raw(
        where=f"{file.path}:1",
        blocks=(*blocks, *(block for block in left_out if block.hint == "caption")),
        title=headings[0] if len(headings) == 1 else document.title or "",
        standfirst="" if any(block.hint == "standfirst" for block in blocks) else standfirst,
        byline=document.author or next((text for text, part in parts.items() if part == "byline"), ""),
        published=document.date or "",
        url=document.url or "",
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


def _parts(page: HtmlElement) -> dict[str, str]:
    """Text -> zone, by the markup of the page, or of its <article> if there is exactly one."""
    articles = [*page.iter("article")]
    zones: dict[str, str] = {}
    for item in (articles[0] if len(articles) == 1 else page).iter():
        if isinstance(item.tag, str):
            classes = (item.get("class") or "").lower().split()
            part = "caption" if item.tag == "figcaption" else next((PART_OF[name] for name in classes if name in PART_OF), "")
            if part and _text(item):
                zones.setdefault(_text(item), part)
    return zones


def _leaves(element: HtmlElement) -> Iterator[str]:
    """The texts of the innermost blocks, in order."""
    blocks = [child for child in element if child.tag in ("p", "head", "quote", "list", "item", "table", "row", "cell", "div")]
    if blocks:
        for block in blocks:
            yield from _leaves(block)
    elif _text(element):
        yield _text(element)


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())
