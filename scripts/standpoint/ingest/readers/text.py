"""Plain text: one article per file, with the headline in the first line and blank lines between paragraphs.

Many .txt files are Markdown: a file with Markdown headings or links is read as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.ingest.readers._raw import Block, Raw, RawFile
from standpoint.ingest.readers.markdown import blocks_of

suffixes = (".txt", ".text")

MARKDOWN = re.compile(r"^#{1,6} \S|\[[^\]\n]+\]\([^)\s]*\)", re.MULTILINE)


def read(file: RawFile) -> Iterator[Raw]:
    text = file.text()
    blocks = blocks_of(text) if MARKDOWN.search(text) else (Block(text),)
    yield Raw(where=f"{file.path}:1", blocks=blocks)
