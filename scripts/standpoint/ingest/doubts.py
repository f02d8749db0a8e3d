"""Texts that are no article, or not all of one: the notes of ingestion, and of ``standpoint check`` on what is stored.

The text is kept as it is: only a person can say whether it is worth annotating. A page has more signs than its text, which
readers/html.py looks for. The signs are phrases of publishers and their servers, mostly in English. On the five corpora on which
they were tried (2,600 articles), the only texts with a sign were cut indeed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from standpoint.core.model import Article
from standpoint.ingest.encoding import writings
from standpoint.ingest.zones import first_match, rules

# A sign at the end that the text goes on elsewhere: an ellipsis, a mark such as [+2219 chars], [CONTINUED] or <…>, or a link.
CUT = re.compile(
    r"(?:\[\+ ?\d+ char\w*\]|[\[(<](?:…|\.{3}|(?:to be )?continued|more)[\])>]|(?:…|\.{3})[\"”’»')\]]*"
    r"|(?:…|\.{3}) ?\W?(?:read|continue|see|show|view) [^.]{0,40})\W{0,3}$",
    re.IGNORECASE,
)
CUT_MARKS = ("…", "...", "[", "(", "<")  # one of them is in each sign; to see that is quicker than to search for all signs
ELLIPSIS = " .…\"”’»')]"
CUT_LENGTH = 200  # characters at the end of the text in which a sign is looked for
TEASER = 150  # characters of a body in which an ellipsis at the end is a sign; a shorter one may end so for effect
LINES = 40  # paragraphs at the end of the text in which a paywall is looked for
REST = 3  # paragraphs of the body after a paywall that show that it hides nothing

# What a server sends instead of a page: short, and with one of these titles or phrases.
WALL_LENGTH = 1500  # characters
_NOTICES = tomllib.loads(Path(__file__).with_name("notices.toml").read_text(encoding="utf-8"))
WALL_TITLE = re.compile(rf"(?:{'|'.join(_NOTICES['titles'])})\W*", re.IGNORECASE)
WALL_TEXT = re.compile("|".join(rf"\b{phrase}\b" for phrase in _NOTICES["phrases"]), re.IGNORECASE)


def doubts(article: Article) -> Iterator[tuple[str, str]]:
    """Code and finding for each doubt about a text: ARTICLE-CUT, ARTICLE-ENCODING and ARTICLE-WALL."""
    if found := sign_of_cut(article):
        yield "ARTICLE-CUT", found
    if found := sign_of_misreading(article.text or ""):
        yield "ARTICLE-ENCODING", found
    if found := sign_of_wall(article):
        yield "ARTICLE-WALL", found


def sign_of_cut(article: Article) -> str:
    """The sign that a text breaks off, "" for none: at the end of its body, or the words of a paywall."""
    text = article.text or ""
    bodies = [zone for zone in article.zones if zone.name == "body"]
    tail = text[max(0, bodies[-1].end - CUT_LENGTH) : bodies[-1].end].rstrip() if bodies else ""
    sign = CUT.search(tail) if any(mark in tail for mark in CUT_MARKS) else None
    if sign and (sign[0].strip(ELLIPSIS) or sum(zone.end - zone.start for zone in bodies) >= TEASER):
        return f"ends in {sign[0].strip()!r}"
    after, paywalls = 0, [rule for rule in rules() if rule.paywall]
    for start, end in article.paragraphs[: -LINES - 1 : -1]:
        if first_match(text[start:end], paywalls):
            return f"has {text[start:end][:60]!r}"
        after += any(zone.start <= start < zone.end for zone in bodies)
        if after == REST:
            break
    return ""


def sign_of_wall(article: Article) -> str:
    """The sign that a text is a notice of a server or of a publisher and no article, "" for none."""
    text = article.text or ""
    if len(text) > WALL_LENGTH:
        return ""
    if WALL_TITLE.fullmatch(article.title):
        return f"has the title {article.title!r}"
    phrase = WALL_TEXT.search(text)
    return f"says {phrase[0]!r}" if phrase else ""


# The encodings that UTF-8 is read in by mistake, and frequent characters: their two or three bytes then are as many characters.
MISTAKEN = ("cp1252", "mac_roman", "cp1251", "cp437")
FREQUENT = "’‘“”–—…•€\ufffdабвгдежзийклмнопрстуфхцчшщыьэюя"
SURE = 3  # a sign of three characters is in no other text; of two characters, three signs are needed


@cache
def _misreadings() -> dict[str, str]:
    """What a character looks like if its UTF-8 is read in another encoding -> the character."""
    found: dict[str, str] = {}
    latin = "".join(writing.letters for writing in writings().values() if writing.is_latin)
    for name in MISTAKEN:
        for char in FREQUENT + latin + writings()["west"].letters.upper():
            with suppress(UnicodeDecodeError):
                found.setdefault(char.encode().decode(name), char)
    return {shown: char for shown, char in found.items() if not shown.isascii()}


@cache
def _misread() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_misreadings(), key=len, reverse=True))))


def sign_of_misreading(text: str) -> str:
    """The sign that a program read a text in a wrong encoding, or lost a character of it; "" if there is none."""
    if text.isascii():
        return ""
    if "\ufffd" in text:
        return f"has U+FFFD at {text.index(chr(0xFFFD))}, which stands for a character that was lost"
    signs = list(_misread().finditer(text))
    sure = next((sign for sign in signs if len(sign[0]) >= SURE or len(signs) >= SURE), None)
    return f"has {sure[0]!r} at {sure.start()}, which is {_misreadings()[sure[0]]!r} in UTF-8" if sure else ""
