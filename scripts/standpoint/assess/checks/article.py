"""Whether an article is what its id says, and its offsets fit its text."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from standpoint.assess.checks._case import mail_in, note
from standpoint.codebook.types import Codebook
from standpoint.model import Article

Found = Iterator[tuple[str, str]]


@note
def article_no_text(article: Article, codebook: Codebook) -> Found:
    """the text is needed to check quotes"""
    if article.text is None:
        yield "", "its text is withheld and not here"


def article_text(article: Article, codebook: Codebook) -> Found:
    """sha256 is that of the text in UTF-8"""
    if article.text is not None:
        digest = hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest()
        if digest != article.sha256:
            yield "", f"sha256 {article.sha256[:8]}…, but the text has {digest[:8]}…"


def article_id(article: Article, codebook: Codebook) -> Found:
    """an article's id is <source>-<date or undated>-<first 8 hex of sha256>"""
    if not re.fullmatch(rf"{re.escape(article.source)}-(\d{{4}}-\d\d-\d\d|undated)-{article.sha256[:8]}", article.id):
        yield "", f"source {article.source}, sha256 {article.sha256[:8]}…"


def article_normal(article: Article, codebook: Codebook) -> Found:
    r"""text is NFC, its lines end in \n, and it has no other control characters"""
    text = article.text or ""
    if not unicodedata.is_normalized("NFC", text):
        yield "", "the text is not NFC"
    if odd := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text):
        yield "", f"{odd.group()!r} at {odd.start()}"


def article_zones(article: Article, codebook: Codebook) -> Found:
    """zones partition the text: each begins where the last one ended, from 0 to the end"""
    reached = 0
    for zone in article.zones:
        if zone.start != reached or zone.end <= zone.start:
            yield "", f"zone {zone.name} [{zone.start},{zone.end}) after {reached}"
            return
        reached = zone.end
    if article.text is not None and reached != len(article.text):
        yield "", f"the last zone ends at {reached}, the text at {len(article.text)}"


def article_zone_name(article: Article, codebook: Codebook) -> Found:
    """a zone is one that the codebook says to be annotatable or masked"""
    known = {*codebook.zones.annotatable, *codebook.zones.masked}
    for name in sorted({zone.name for zone in article.zones} - known):
        yield "", f"zone {name!r}"


def article_sentences(article: Article, codebook: Codebook) -> Found:
    """sentences and paragraphs lie in the text, in reading order, and do not overlap"""
    end = len(article.text) if article.text is not None else article.zones[-1].end if article.zones else None
    for name, pairs in (("sentence", article.sentences), ("paragraph", article.paragraphs)):
        reached = 0
        for start, stop in pairs:
            if start < reached or stop <= start or (end is not None and stop > end):
                yield "", f"{name} [{start},{stop}) after {reached}"
                break
            reached = stop


def article_window(article: Article, codebook: Codebook) -> Found:
    """the annotation window ends in the text, not before its first character"""
    if article.text and not 0 < article.annotated_until <= len(article.text):
        yield "", f"annotated_until {article.annotated_until}, the text has {len(article.text)} characters"


@note
def article_mail(article: Article, codebook: Codebook) -> Found:
    """e-mail addresses in a text are masked before it is published"""
    if address := mail_in(article.text or ""):
        yield "", f"an e-mail address at {article.text.index(address)}"
