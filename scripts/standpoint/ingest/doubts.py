"""Texts that are no article, or not all of one: the notes of ingestion, and of ``standpoint check`` on what is stored.

The text is kept as it is: only a person can say whether it is worth annotating. A page has more signs than its text, which
readers/html.py looks for. The signs are phrases of publishers and their servers, mostly in English. On the five corpora on which
they were tried (2,600 articles), the only texts with a sign were cut indeed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from standpoint.core.model import Article
from standpoint.ingest.legacy_encodings import sign_of_misreading
from standpoint.ingest.zones import rules

# A sign at the end that the text goes on elsewhere: an ellipsis, a mark such as [+2219 chars], [CONTINUED] or <…>, or a link.
CUT = re.compile(
    r"(?:\[\+ ?\d+ char\w*\]|[\[(<](?:…|\.{3}|(?:to be )?continued|more)[\])>]|(?:…|\.{3})[\"”’»')\]]*"
    r"|(?:…|\.{3}) ?\W?(?:read|continue|see|show|view) [^.]{0,40})\W{0,3}$",
    re.IGNORECASE,
)
ELLIPSIS = " .…\"”’»')]"
CUT_LENGTH = 200  # characters at the end of the text in which a sign is looked for
TEASER = 150  # characters of a body in which an ellipsis at the end is a sign; a shorter one may end so for effect
LINES = 40  # paragraphs at the end of the text in which a paywall is looked for
REST = 3  # paragraphs of the body after a paywall that show that it hides nothing

# What a server sends instead of a page: short, and with one of these titles or phrases.
WALL_LENGTH = 1500  # characters
WALL_TITLE = re.compile(
    r"(?:just a moment|one moment,? please|attention required\b.*|access (?:to this page has been )?denied|human verification"
    r"|(?:are you a|robot or) (?:robot|human)|pardon our interruption|before you continue.*|we value your privacy"
    r"|(?:error )?[45]\d\d\b\W*(?:(?:page )?not found|forbidden|bad gateway|unauthorized|(?:internal )?(?:server )?error"
    r"|too many requests|service unavailable|gateway time-?out)?|(?:page|site) (?:not found|unavailable)|subscribe to read)\W*",
    re.IGNORECASE,
)
WALL_TEXT = re.compile(
    r"\bchecking (?:your browser|if the site connection)\b|\b(?:please|must|need to) enable (?:javascript|cookies|js)\b"
    r"|\b(?:javascript|cookies) (?:is|are) (?:disabled|required)\b|\bverify(?:ing)? (?:that )?you are (?:a )?human\b"
    r"|\b(?:we and our|wir und unsere|nous et nos|nosotros y nuestros) (?:\d[\d,.]* )?(?:partners?|partenaires|socios)\b"
    r"|\bstore and(?:/or)? access information on a device\b|\bunusual traffic from your\b"
    r"|\bpage (?:that )?you(?:'re|’re| are| were)? (?:looking for|requested|have requested)\b|\byou have been blocked\b"
    r"|\bpage (?:could not|cannot|can['’]t|couldn['’]t) be found\b|\bnot available in your (?:country|region|location)\b",
    re.IGNORECASE,
)


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
    sign = CUT.search(tail)
    if sign and (sign[0].strip(ELLIPSIS) or sum(zone.end - zone.start for zone in bodies) >= TEASER):
        return f"ends in {sign[0].strip()!r}"
    after = 0
    for start, end in article.paragraphs[: -LINES - 1 : -1]:
        if is_paywall(text[start:end]):
            return f"has {text[start:end][:60]!r}"
        after += any(zone.start <= start < zone.end for zone in bodies)
        if after == REST:
            break
    return ""


def is_paywall(paragraph: str) -> bool:
    """Whether a paragraph asks readers to subscribe before they can read on."""
    words = len(paragraph.split())
    return any(rule.paywall and words <= rule.words and rule.find(paragraph) for rule in rules())


def sign_of_wall(article: Article) -> str:
    """The sign that a text is a notice of a server or of a publisher and no article, "" for none."""
    text = article.text or ""
    if len(text) > WALL_LENGTH:
        return ""
    if WALL_TITLE.fullmatch(article.title):
        return f"has the title {article.title!r}"
    phrase = WALL_TEXT.search(text)
    return f"says {phrase[0]!r}" if phrase else ""
