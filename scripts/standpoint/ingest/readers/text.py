"""Plain text: one article per file, with the headline in the first line and blank lines between paragraphs.

Many .txt files are Markdown or HTML. A file is read as Markdown if its first line is a heading of Markdown, or if it has at
least two of its links. A file that begins with a tag is read as HTML. A download from Nexis or Factiva may have many documents:
each is an article, and the lines about it are not its text. `format: text` in sources.yaml says that the files are just text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.ingest.readers import html
from standpoint.ingest.readers._downloads import downloaded
from standpoint.ingest.readers._markup import is_markup, plain
from standpoint.ingest.readers._raw import Block, Raw, RawFile
from standpoint.ingest.readers.markdown import blocks_of

suffixes = (".txt", ".text")

PAGE = re.compile(r"\ufeff?\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
HEADING = re.compile(r"\ufeff?\s*#{1,6} \S")
LINK = re.compile(r"\[([^\]\[\n]{1,300})\]\([^)\s]{0,1000}\)")
READ_AS = "is read as {0}, because it {1}; rename it to .{2} if it is, or put its text into a .jsonl file if it is not"
LINKS = 2  # one alone may be the author's


def read(file: RawFile) -> Iterator[Raw]:
    text = file.text()
    if file.format == "text":
        yield Raw(where=f"{file.path}:1", blocks=(Block(text),))
    elif PAGE.match(text):
        file.note("FILE-MARKUP", READ_AS.format("HTML", "begins with a tag", "html"))
        yield from html.read(file)
    elif documents := downloaded(file, text):
        yield from documents
    elif text.lstrip("\ufeff \r\n").startswith("<") and is_markup(text):
        file.note("FILE-MARKUP", READ_AS.format("HTML", "begins with a tag", "html"))
        yield Raw(where=f"{file.path}:1", blocks=(Block(plain(text)),))
    else:
        links = sum(any(map(str.isalpha, words)) for words in LINK.findall(text))  # not notes, as [1](#n)
        heading = HEADING.match(text)
        markdown = heading or links >= LINKS
        if markdown:
            sign = "begins with a heading" if heading else f"has {links} links"
            file.note("FILE-MARKUP", READ_AS.format("Markdown", sign, "md"))
        yield Raw(where=f"{file.path}:1", blocks=blocks_of(text) if markdown else (Block(text),))
