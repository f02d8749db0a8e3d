"""The guide in Label Studio: links from a page to its sections, and a pass's short instructions as the project's."""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt
from msgspec.structs import replace

from standpoint.annotate.client import Client
from standpoint.codebook.types import Codebook

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\n*")
LINK = re.compile(r"\[([^\]]+)\]\(([^)#:]+)\.md(#[^)]*)?\)")


def shown_on(codebook: Codebook, client: Client) -> Codebook:
    """The codebook as a server's pages have it: the guide is where the codebook says, or else on the server itself."""
    return replace(codebook, guide=codebook.guide or client.guide)


def links_to_guide(codebook: Codebook, pass_name: str) -> str:
    """One line of HTML for the page: the guide, and the section of each of its layers. Opens beside the page."""
    sections = {"guide": "index.html"} | {
        layer.show or layer.name.replace("_", " "): layer.guide for layer in codebook.layers_of(pass_name) if layer.guide
    }
    return " · ".join(
        f'<a href="{escape(address(codebook, page))}" target="_blank" rel="noopener">{escape(name)}</a>'
        for name, page in sections.items()
    )


def address(codebook: Codebook, page: str) -> str:
    """Where a page of the guide is."""
    return f"{codebook.guide.rstrip('/')}/{page}"


def instructions(page: str, codebook: Codebook) -> str:
    """A page of the guide as the HTML that Label Studio shows as a project's instructions.

    Pictures stay in the guide; links lead there, or are plain words where it has no address.
    """
    page = PICTURE.sub("", COMMENT.sub("", page))
    page = LINK.sub(lambda link: _link(codebook, *link.groups()), page)
    return MarkdownIt("commonmark").enable("table").render(page).strip()


def _link(codebook: Codebook, words: str, page: str, section: str | None) -> str:
    return f"[{words}]({address(codebook, page + '.html' + (section or ''))})" if codebook.guide else words
