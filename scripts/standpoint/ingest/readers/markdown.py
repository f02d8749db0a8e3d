"""Markdown: one article per file. Links become their text; headings, emphasis and lists of links are hints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from standpoint.core.files import split_front_matter
from standpoint.ingest.readers._raw import Block, Raw, RawFile

suffixes = (".md", ".markdown")

# In news articles, indented paragraphs are paragraphs, not code.
PARSER = MarkdownIt("commonmark").disable("code")
FIELD = re.compile(r"^(?P<name>[A-Za-z_]+):[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
FIELDS = {
    "title": "title", "date": "published", "published": "published", "author": "byline", "byline": "byline",
    "standfirst": "standfirst", "description": "standfirst", "subtitle": "standfirst", "url": "url", "link": "url",
    "source": "publisher", "publisher": "publisher", "language": "language", "lang": "language",
}  # fmt: skip
TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
BREAKS = {"softbreak": "\n", "hardbreak": "\n\n", "html_inline": ""}  # a hard break ends a paragraph
LINK, EMPHASIS = 1, 2


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the file; fields of a front matter (``---`` … ``---``) are read by their usual names."""
    front_matter, text = split_front_matter(file.text())
    fields = {}
    # Not read as YAML, in which a colon in an unquoted title, a common case, is an error.
    for field in FIELD.finditer(front_matter or ""):
        if field["name"].lower() in FIELDS:
            fields[FIELDS[field["name"].lower()]] = field["value"].strip("\"'")
    yield Raw(where=f"{file.path}:1", blocks=blocks_of(text), **fields)


def blocks_of(text: str) -> tuple[Block, ...]:
    """The paragraphs, headings and list items of Markdown, in order."""
    return tuple(_blocks(PARSER.parse(text.replace("\x00", "").lstrip("\ufeff"))))


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    heading, marker, headed = "", "", False
    for token in tokens:
        if token.type == "heading_open":
            heading = "" if headed else "headline"
            headed = True
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "inline":
            block = _flat(token.children or [])
            yield Block(marker + block.text, heading or block.hint)
            heading = marker = ""
        elif token.type in ("fence", "code_block"):
            yield Block(token.content)
        elif token.type == "html_block":
            yield Block(TAG.sub(" ", token.content))


def _flat(children: list[Token]) -> Block:
    """The text of a paragraph, and whether all its letters are links or emphasis."""
    parts, depth, plain = [], [0, 0, 0], [0, 0, 0]
    for child in children:
        kind = LINK if child.type.startswith("link") else EMPHASIS if child.type.startswith(("em_", "strong_")) else 0
        depth[kind] += child.nesting
        content = BREAKS.get(child.type, child.content)
        parts.append(content)
        letters = sum(char.isalpha() for char in content)
        plain[LINK] += 0 if depth[LINK] else letters
        plain[EMPHASIS] += 0 if depth[EMPHASIS] else letters
    kinds = {child.type for child in children if child.type != "text" or child.content.strip()}
    hint = "emphasis" if kinds & {"em_open", "strong_open"} and not plain[EMPHASIS] else ""
    if "image" in kinds and kinds <= {"image", "softbreak", "hardbreak"}:
        hint = "caption"
    elif "link_open" in kinds and not plain[LINK]:
        hint = "links"
    return Block("".join(parts), hint)
