"""DOCX and RTF: one article per document, or the documents of a download from Nexis or Factiva. mammoth and striprtf read them.

Of DOCX, headings, lists, tables, footnotes and inserted text are text; deleted text, comments, headers and footers are not. RTF
is read as plain text, without headings. What a file says of itself (title, author, dates) is about its making, and is not the
article's. Needs the extra `readers`.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from zipfile import ZipFile

from lxml.html import fragment_fromstring

from standpoint.core.model import needs_extra
from standpoint.ingest.raw_files import fault_of
from standpoint.ingest.readers._downloads import downloaded
from standpoint.ingest.readers._markup import HEADINGS, paragraphs_of
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile, read_by_library

suffixes = (".docx", ".rtf")

STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p.standfirst:fresh
p[style-name='Caption'] => p.caption:fresh
p[style-name='caption'] => p.caption:fresh
"""
LEAD = 3  # the headline has fewer paragraphs before it, such as a byline
RTF = b"{\\rtf"
ESCAPED = re.compile(r"\\[\\{}]")  # characters of the text
LINK = re.compile(r"\{\\\*\\fldinst\s*(?:\{[^{}]*\}|[^{}])*\}")  # its address, which striprtf would write after its words


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the document; FileRefused if it is damaged or cut off."""
    data = file.data()
    blocks = list(_of_rtf(data) if data.lstrip().startswith(RTF) else _of_docx(data))
    documents = downloaded(file, "\n\n".join(block.text for block in blocks))
    yield from documents or [Raw(where=f"{file.path}:1", blocks=tuple(blocks))]


def _of_docx(data: bytes) -> Iterator[Block]:
    """The paragraphs in the order of the document. The first heading at its beginning is the headline."""
    with needs_extra("readers", "a .docx file"):
        import mammoth
    with read_by_library("DOCX or RTF"):
        with ZipFile(io.BytesIO(data)) as parts:
            for problem in filter(None, map(fault_of, parts.infolist())):
                raise FileRefused("FILE-FORMAT", problem)
        pictures = mammoth.images.img_element(lambda image: {})
        styles = {"style_map": STYLES, "include_embedded_style_map": False}
        html = mammoth.convert_to_html(io.BytesIO(data), **styles, convert_image=pictures).value
        root = fragment_fromstring(html, create_parent="div")
    for link in root.xpath(".//a[starts-with(@href, '#footnote-ref') or starts-with(@href, '#endnote-ref')]"):
        link.drop_tree()  # the arrow from a note back to the text
    headed, seen = False, 0
    for element in root:
        hint = element.get("class") or ""
        if element.tag in HEADINGS and not headed:
            headed, hint = True, "headline" if seen < LEAD else ""
        for text in paragraphs_of(element):
            yield Block(text, hint)
            seen += 1


def _of_rtf(data: bytes) -> Iterator[Block]:
    """The paragraphs."""
    with needs_extra("readers", "an .rtf file"):
        from striprtf.striprtf import rtf_to_text
    # All of RTF is ASCII. What some programs write beyond it is in the encoding of Western Windows, as striprtf takes it too.
    code = data.decode("cp1252", "replace")
    brackets = Counter(ESCAPED.sub("", code))
    if brackets["{"] != brackets["}"]:
        raise FileRefused("FILE-FORMAT", f"is cut off or damaged: it has {brackets['{']} brackets {{ and {brackets['}']} }}")
    with read_by_library("RTF"):
        text = rtf_to_text(LINK.sub("", code), errors="replace")
    yield from (Block(line) for line in text.split("\n") if line.strip())
