"""Small files in formats that programs write, made by hand: DOCX, PDF, WARC and zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def docx_of(paragraphs: Iterable[str | tuple[str, str]], footnote: str = "") -> bytes:
    """A document of Word. A paragraph is its text, or its style and its text; a text that begins with < is markup of Word.

    ``footnote`` is that of a reference with the id 1.
    """
    pairs = [("", item) if isinstance(item, str) else item for item in paragraphs]
    names = {name: f"s{number}" for number, name in enumerate(dict.fromkeys(name for name, _ in pairs if name))}
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{names.get(name, "")}"/></w:pPr>{text if text.startswith("<") else run_of(text)}</w:p>'
        for name, text in pairs
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>' for name, key in names.items()
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "word/_rels/document.xml.rels": RELATIONS.replace("word/document", "footnotes").replace('officeDocument"', 'footnotes"'),
        "word/footnotes.xml": f'<w:footnotes {W}><w:footnote w:id="1"><w:p>{run_of(footnote)}</w:p></w:footnote></w:footnotes>',
    }
    return zip_of({name: content.encode() for name, content in parts.items()})


def zip_of(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def run_of(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def pdf_of(pages: Sequence[Sequence[tuple[int, int, str]]], size: int = 10) -> bytes:
    """A PDF of A4 pages. A line is its place from the left and from below, in points, and its text in Latin letters;
    \\1 is "fi" as one letter.
    """
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/fi]>>>>",
    ]
    kids = []
    for lines in pages:
        texts = (text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for _, _, text in lines)
        shown = "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET" for (x, y, _), text in zip(lines, texts, strict=True))
        objects.append(f"<</Length {len(shown.encode('cp1252'))}>>\nstream\n{shown}\nendstream")
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {len(objects)} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        objects.append(page)
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF\n".encode()


def column_of(text: str, x: int, top: int, width: int, leading: int = 12) -> list[tuple[int, int, str]]:
    """The lines of a text in a column of so many letters, from a top on."""
    from textwrap import wrap

    return [(x, top - leading * number, line) for number, line in enumerate(wrap(text, width, break_on_hyphens=False))]


def warc_record(kind: str, address: str, content: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A record of a WARC file."""
    stated = {"WARC-Type": kind, "WARC-Target-URI": address, "WARC-Date": "2031-03-13T08:00:00Z"} | dict(headers or {})
    if kind in ("response", "request"):
        stated["Content-Type"] = f"application/http; msgtype={kind}"
    lines = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
    return f"WARC/1.0\r\n{lines}Content-Length: {len(content)}\r\n\r\n".encode() + content + b"\r\n\r\n"


def page_record(
    address: str,
    page: bytes,
    status: str = "200 OK",
    kind: str = "text/html",
    http: Mapping[str, str] | None = None,
    **headers: str,
) -> bytes:
    """The record of a page as a server sent it."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in ({"Content-Type": kind} | dict(http or {})).items())
    answer = f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + page
    return warc_record("response", address, answer, {name.replace("_", "-"): value for name, value in headers.items()})
