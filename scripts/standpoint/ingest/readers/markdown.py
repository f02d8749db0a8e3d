"""Markdown: one article per file. Links become their text; headings, emphasis and lists of links are hints."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from standpoint.core.yaml_files import split_front_matter, yaml_strings
from standpoint.ingest.readers._markup import plain
from standpoint.ingest.readers._raw import Block, Raw, RawFile, as_text

suffixes = (".md", ".markdown")

# In news articles, indented paragraphs are paragraphs, not code.
PARSER = MarkdownIt("commonmark").disable("code")
FIELD = re.compile(r"^(?P<name>[A-Za-z_]+):[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
TOML = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(?P<toml>.*?)^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
FIELDS = {
    "title": "title", "headline": "title", "date": "published", "published": "published", "pubdate": "published",
    "publishdate": "published", "author": "byline", "authors": "byline", "byline": "byline", "standfirst": "standfirst",
    "description": "standfirst", "subtitle": "standfirst", "url": "url", "link": "url", "source": "publisher",
    "publisher": "publisher", "language": "language", "lang": "language",
}  # fmt: skip
BREAKS = {"softbreak": "\n", "hardbreak": "\n\n"}  # a hard break ends a paragraph
LINE_BREAK = re.compile(r"<(?:br|hr|/?p|/?div)\b[^>]*>", re.IGNORECASE)
LEAD = 3  # the headline has fewer blocks before it, such as a byline
LINK, EMPHASIS = 1, 2


def read(file: RawFile) -> Iterator[Raw]:
    """The article of the file; fields of a front matter (YAML between ``---``, TOML between ``+++``) are read by their usual
    names. Lines between hyphens without such a field are text.
    """
    whole = file.text()
    front_matter, text = split_front_matter(whole)
    stated = _by_yaml(front_matter) if front_matter else {}
    if toml := TOML.match(whole):
        stated, text = _by_toml(toml["toml"]), whole[toml.end() :]
    values: dict[str, Any] = {}
    odd = []
    for name, value in stated.items():
        if ours := FIELDS.get(name.lower()):
            printed = as_text(value)
            values[ours] = "" if printed in (None, "~") else " ".join(printed.split())
            odd += [f"field {name!r} of the front matter is not text; it is left out"] if printed is None else []
    yield Raw(where=f"{file.path}:1", blocks=blocks_of(text if stated else whole), odd=tuple(odd), **values)


def _by_yaml(front_matter: str) -> dict[str, object]:
    fields = yaml_strings(front_matter)
    if fields is None:  # a colon in an unquoted title, a common case, is an error in YAML
        return {field["name"]: field["value"].strip("\"'") for field in FIELD.finditer(front_matter)}
    return {str(name): value for name, value in fields.items()} if isinstance(fields, dict) else {}


def _by_toml(front_matter: str) -> dict[str, object]:
    try:
        return tomllib.loads(front_matter)
    except tomllib.TOMLDecodeError:
        return {}


def blocks_of(text: str) -> tuple[Block, ...]:
    """The paragraphs, headings and list items of Markdown, in order."""
    return tuple(_blocks(PARSER.parse(text.replace("\x00", "").lstrip("\ufeff"))))


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    heading, marker, headed, seen = "", "", False, 0
    for token in tokens:
        seen += token.type in ("inline", "fence", "html_block")
        if token.type == "heading_open":
            heading = "" if headed or seen >= LEAD else "headline"
            headed = True
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "inline":
            block = _paragraph(token.children or [])
            yield Block(marker + block.text, heading or block.hint)
            heading = marker = ""
        elif token.type in ("fence", "code_block"):
            yield Block(token.content)
        elif token.type == "html_block":
            yield Block(plain(token.content))


def _paragraph(children: list[Token]) -> Block:
    """The text of a paragraph, and whether all its letters are links or emphasis."""
    parts, depth, unmarked = [], [0, 0, 0], [0, 0, 0]
    for child in children:
        kind = LINK if child.type.startswith("link") else EMPHASIS if child.type.startswith(("em_", "strong_")) else 0
        depth[kind] += child.nesting
        content = BREAKS.get(child.type, child.content)
        if child.type == "html_inline":
            content = "\n\n" if LINE_BREAK.match(content) else ""
        parts.append(content)
        letters = sum(char.isalpha() for char in content)
        unmarked[LINK] += 0 if depth[LINK] else letters
        unmarked[EMPHASIS] += 0 if depth[EMPHASIS] else letters
    kinds = {child.type for child in children if child.type != "text" or child.content.strip()}
    hint = "emphasis" if kinds & {"em_open", "strong_open"} and not unmarked[EMPHASIS] else ""
    if "image" in kinds and kinds <= {"image", "softbreak", "hardbreak"}:
        hint = "caption"
    elif "link_open" in kinds and not unmarked[LINK]:
        hint = "links"
    return Block("".join(parts), hint)
