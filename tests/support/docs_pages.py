"""What scripts put into the pages of docs/: generated blocks between markers, and pictures."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"^<!-- (?P<name>[a-z]+) -->\n(?P<text>.*?)\n?<!-- /(?P=name) -->$", re.MULTILINE | re.DOTALL)


def blocks_of(page: str) -> dict[str, str]:
    """The generated blocks of a page of docs/, by name."""
    return {match["name"]: match["text"] for match in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8"))}


def write_block(page: str, name: str, text: str) -> None:
    """Put a text between the markers of its block."""
    path = DOCS / page
    before = path.read_text(encoding="utf-8")
    assert name in blocks_of(page), f"{page} has no block {name}"
    written = BLOCK.sub(lambda match: f"<!-- {name} -->\n{text}\n<!-- /{name} -->" if match["name"] == name else match[0], before)
    path.write_text(written, encoding="utf-8")


def save_picture(page: Page, name: str) -> None:
    """Write a picture of a browser's page with 256 colours, which is half as large."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(256, kmeans=1).save(DOCS / f"{name}.png", optimize=True)
