"""Zones: what each paragraph of an article is, by rules on the paragraph and then by its position."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from standpoint.core.model import Zone
from standpoint.ingest.metadata import BYLINE, CREDIT, FIELD, ORIGIN, byline_of, inline_dateline, is_dateline

# ruff: noqa: E501  a rule is one line of the table, however long its pattern


class Rule(NamedTuple):
    """A paragraph of at most ``words`` words in which ``find`` matches belongs to ``zone``.

    The limit keeps a rule from whole paragraphs of reporting that happen to hold its words.
    """

    zone: str
    find: Callable[[str], re.Match[str] | None]
    matches: str
    words: int


def _rule(zone: str, matches: str, *parts: str, words: int = 400) -> Rule:
    """A rule; with several parts, all of them are found, in any order."""
    pattern = parts[0] if len(parts) == 1 else "^" + "".join(f"(?=.*?(?:{part}))" for part in parts)
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    # A search for a pattern with ^ would be tried at every character of the paragraph.
    at_start = pattern.startswith("^") and "|^" not in pattern
    return Rule(zone, compiled.match if at_start else compiled.search, matches, words)


OURS = (
    r"\bour (?:work|project|journalism|newsroom|reporting|content|readers|website|site|independent|campaign|paper)\b|\bhelp us\b"
)
ASKING = rf"{OURS}|\bplease\b|\bif you(?:'re|’re)? (?:able|can|like|value|enjoy|found|believe|want|would)|\byour (?:help|support|donation|contribution|gift)|\bwe (?:rely|depend) on|\bindependent (?:journalism|media|reporting)\b"
GIVING = r"\bdonat\w+|\bpatreon\b|\bpaypal\b|\bcrowdfund\w*|\bsupport (?:us|our|the project|this (?:site|project|paper|work))\b|\bko-?fi\b|\bbitcoin\b|\bbecome an? (?:member|patron|supporter|subscriber)|\bchip in\b|\bcontribut(?:e|ion) (?:to|towards) (?:us|our)\b"
NEWSLETTER = r"\bnewsletters?\b|\binbox\b|\bmailing list\b|\bmorning briefing\b|\bdaily briefing\b|\b(?:telegram|whatsapp|youtube) (?:channel|group)\b|\be-?mail (?:alerts?|updates?)\b|\bpush notifications?\b"
NETWORK = r"facebook|twitter|telegram|whatsapp|linkedin|reddit|e-?mail|print|copy link|pinterest|vk|instagram|youtube|mastodon|bluesky|threads|x"

# The first rule that fits decides. Captions and copyright notices come first, because they are certain where they match; an appeal
# for money needs asking and giving together, since news reports "donations" and readers are asked for many things; the broad
# rules (a short line with an address, links in a row) come last.
RULES = (
    _rule("caption", "a picture's caption or credit", r"^[\[(]?(?:file )?(?:photo|photograph|image|picture|caption|illustration|map|graphic|video)s?(?: credit| caption| courtesy| by)?\s*(?::|©|/|\|)", words=80),
    _rule("caption", "a caption that ends with its credit", r"[(\[](?:file )?(?:photo|image|picture|credit|photograph)s?(?: credit| courtesy| by)?\s*[:/©][^)\]]{2,60}[)\]]\.?$", words=80),
    _rule("caption", "the note on a featured picture", r"^(?:the )?featured image\b", words=40),
    _rule("copyright", "a copyright notice", r"^(?:©|\(c\)|copyright\s*(?:©|\(c\)|\d{4}|:|by\b)|©?\s*\d{4}\s+.{2,60}\ball rights reserved)"),
    _rule("copyright", "all rights reserved", r"(?:\ball rights reserved\b|©\s*\d{4})", words=60),
    _rule("copyright", "a fair-use notice", r"\bcopyright(?:ed)? (?:material|owner|holder)", r"\bfair use\b|\bpermission\b"),
    _rule("copyright", "terms of re-use", r"\b(?:licen[cs]ed|published|available|released) under (?:a |the )?(?:terms of (?:a |the )?)?(?:creative commons|cc[ -]by|open government licen[cs]e)", words=80),
    _rule("copyright", "terms of re-use", r"\b(?:may|must|can) ?not be (?:re)?(?:published|broadcast|rewritten|redistributed|reproduced)\b", words=80),
    _rule("copyright", "permission to republish", r"\b(?:permission to|free to|may) (?:cross-?post|re-?publish|re-?print|re-?use)\b", r"\b(?:article|story|stories|content|work)s?\b", words=80),
    _rule("donation", "an appeal for money: asking and giving together", ASKING, GIVING, words=120),
    _rule("donation", "a call to give", r"^(?:please )?(?:donate|support us|support our \w+|become an? (?:member|patron|supporter|subscriber)|make a donation|give today)\b", words=14),
    _rule("boilerplate", "a disclaimer", r"^disclaimer\b"),
    _rule("boilerplate", "a disclaimer of views", r"\b(?:views?|opinions?|contents?)\b.{0,80}\b(?:do(?:es)? not (?:necessarily )?(?:reflect|represent)|(?:are|is) (?:of|those of|the author|solely|the sole|not necessarily))", words=90),
    _rule("boilerplate", "a disclaimer of liability", r"\bnot be (?:held )?(?:responsible|liable) for\b", r"\b(?:content|inaccura|error|statement|article|information)", words=120),
    _rule("boilerplate", "a call for a newsletter", NEWSLETTER, r"^(?:please )?(?:sign up|subscribe|get|join|register|receive|never miss|don['’]t miss|stay)\b|\b(?:our|your) (?:\w+ )?(?:newsletter|inbox|channel|mailing|briefing)", r"\b(?:sign up|subscribe|get|join|register|delivered|receive|never miss|stay)\b", words=50),
    _rule("boilerplate", "a call to follow", r"^(?:please )?(?:follow|like|join|find|add) (?:us|.{2,40}) on (?:our )?(?:" + NETWORK + r")\b", words=25),
    _rule("boilerplate", "a call to comment", r"^(?:comments?(?: \(\d+\))?$|\d+ comments?$|leave a (?:comment|reply)|comment on .*\b(?:page|articles?|story)\b|join the (?:conversation|discussion|debate)|have your say|comments (?:are|have been) (?:closed|disabled)|log ?in to (?:comment|reply)|write a letter to the editor)", words=25),
    _rule("boilerplate", "pointers to other articles", r"^[\[(►▶>»•*-]*\s*(?:read (?:also|more|next|on)|also read|see also|more (?:on this|from|stories|news|in)|related(?: (?:articles?|stories|coverage|news|reading|topics?|content))?|you (?:may|might) also like|further reading|recommended(?: for you)?|most (?:read|viewed|popular)|trending(?: now)?|don['’]t miss|keep reading|latest news|top stories|editors?['’]? picks?|in case you missed it)\s*(?::|►|»|>|\||–|—|-|$)", words=60),
    _rule("boilerplate", "a pointer to more of the outlet's", r"^(?:read|see|click|tap|view|watch)\b.{0,60}\b(?:here|full (?:story|article)|more stories|our (?:live|full) \w+)\W*$", words=14),
    _rule("boilerplate", "a share bar", rf"^(?:share(?: (?:this|on|via|article|story|with)\b.{{0,30}})?|tweet|pin|save|(?:{NETWORK}))(?:[\s|·•/,:]+(?:share|tweet|pin|save|like|follow|{NETWORK}|this|on|via|article|story|\d+k?))*\W*$", words=25),
    _rule("boilerplate", "an advertisement", r"^(?:advertisement|sponsored(?: content)?|promoted|story continues (?:below|after).*|article continues (?:below|after).*|continue reading.*|scroll (?:down )?to continue.*|skip (?:to|advert).*)\W*$", words=14),
    _rule("boilerplate", "cookies", r"^(?:this (?:web)?site uses|we use) cookies\b", words=80),
    _rule("boilerplate", "about the outlet or its author", r"^(?:articles by|about (?:the )?(?:author|us|writer)s?|more by|contact (?:us|the (?:author|editor|writer|reporter)s?)|to contact the|for (?:media|press|further) (?:inquir|enquir|quer|information)\w*|(?:got a|send us a|have a) (?:news )?tips?\b|tips?:|editing by|press contacts?)", words=60),
    _rule("boilerplate", "a note of the editors", r"^[\[(]?(?:editor['’]?s['’]? note|note to (?:editors|readers)|corrections?|clarification|updated? note)\s*:", words=120),
    _rule("boilerplate", "a line with an address", r"\[e-mail\]", words=12),
    _rule("boilerplate", "the end of a wire report", r"^(?:-{0,3}\s*(?:ends?|30|###)\s*-{0,3}|\(?ends\)?)$", words=3),
    _rule("boilerplate", "links in a row", r"^(?:[^.!?|]{2,40}\s[|·•»›>]\s){2,}[^.!?|]{2,40}$", words=40),
    _rule("boilerplate", "no word at all", r"^[\W_]*$"),
)  # fmt: skip


def rule_for(text: str) -> Rule | None:
    """The first rule that a paragraph fits."""
    count = len(text.split())
    return next((rule for rule in RULES if count <= rule.words and rule.find(text)), None)


ANNOTATABLE = ("headline", "standfirst", "body")
TAIL_WORDS = 14  # an unfinished line this short among boilerplate after the body is boilerplate too
STANDFIRST_WORDS = 90
# Speech: a paragraph that quotes somebody is body text, even if the words quoted are those of an appeal or a notice.
QUOTED = re.compile(
    r"[\"“”„«][^\"“”„«»]+[\"“”»].*\b(?:said|says|told|added|wrote|according)\b|\b(?:said|says|told|added|wrote)\b.*[\"“«]",
    re.DOTALL,
)


def zone_names(paragraphs: Sequence[str], hints: Sequence[str]) -> list[str]:
    """The zone of each paragraph. ``hints`` come from the file's format: the zone itself, or a clue (see readers)."""
    names = [_zone_alone(text, hint) for text, hint in zip(paragraphs, hints, strict=True)]
    if "body" not in names and "links" not in hints:
        return names
    _mark_standfirst(names, paragraphs, hints)
    _close_tail(names, paragraphs)
    return names


def _zone_alone(text: str, hint: str) -> str:
    if hint in ("headline", "standfirst", "byline", "dateline", "caption"):
        return hint
    if FIELD.fullmatch(text) and len(text.split()) <= 30:
        return "metadata"
    if CREDIT.fullmatch(text) or (BYLINE.fullmatch(text) and byline_of(text)):
        return "byline"
    if is_dateline(text):
        return "dateline"
    if ORIGIN.fullmatch(text):
        return "copyright"
    rule = None if QUOTED.search(text) else rule_for(text)
    return rule.zone if rule else "boilerplate" if hint == "links" else "body"


def _mark_standfirst(names: list[str], paragraphs: Sequence[str], hints: Sequence[str]) -> None:
    """Make the first paragraph the standfirst if it alone is emphasised, or stands between headline and byline or date.

    Outlets mark a standfirst in one of these two ways; without either, a first paragraph is the lead, which is body.
    """
    bodies = [index for index, name in enumerate(names) if name == "body"]
    if len(bodies) < 2 or "standfirst" in names or len(paragraphs[bodies[0]].split()) > STANDFIRST_WORDS:
        return
    first, second = bodies[:2]
    between = any(name in ("byline", "dateline") for name in names[first:second])
    headed = "headline" in names[:first] and not any(name in ("byline", "dateline") for name in names[:first])
    if (hints[first] == "emphasis" and hints[second] != "emphasis") or (between and headed):
        names[first] = "standfirst"


def _close_tail(names: list[str], paragraphs: Sequence[str]) -> None:
    """Make short unfinished lines among the boilerplate after the last full paragraph of the body boilerplate too.

    Titles of other articles and names of authors stand there; no rule on their words can tell them from a cross-heading.
    """
    last = max((index for index, name in enumerate(names) if name == "body" and not _is_scrap(paragraphs[index])), default=0)
    others = [index for index in range(last + 1, len(names)) if names[index] in ("donation", "copyright", "boilerplate")]
    for index in range(others[0], len(names)) if others else ():
        if names[index] == "body":
            names[index] = "boilerplate"


def _is_scrap(text: str) -> bool:
    return len(text.split()) <= TAIL_WORDS and not text.rstrip("\"”’')").endswith((".", "!", "?", "…", "؟", "。"))


def stretches_of(names: Sequence[str], spans: Sequence[tuple[int, int]], text: str) -> Iterator[Zone]:
    """Each paragraph as a zone, or as two where it begins with a wire report's dateline."""
    for name, (start, end) in zip(names, spans, strict=True):
        cut = start + (inline_dateline(text[start:end]) if name == "body" else 0)
        if cut > start:
            yield Zone(name="dateline", start=start, end=cut)
        yield Zone(name=name, start=cut, end=end)


def partition(stretches: Sequence[Zone], length: int) -> tuple[Zone, ...]:
    """Zones side by side over the whole text: neighbours of one name are one, and each goes on to where the next begins."""
    joined: list[Zone] = []
    for item in stretches:
        if not joined or joined[-1].name != item.name:
            joined.append(item)
    ends = [zone.start for zone in joined[1:]] + [length]
    return tuple(Zone(name=zone.name, start=zone.start, end=end) for zone, end in zip(joined, ends, strict=True))
