"""What a page says about its article: the title, the day, and whether it is one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy

from lxml.html import HtmlElement

from standpoint.ingest.dates import is_converted, iso_date
from standpoint.ingest.metadata import same_name
from standpoint.ingest.readers._markup import letters_of, paragraphs_of, plain, text_of

# Names of boxes about other articles, and of the site's own name.
OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|sidebar|most-?(?:read|viewed|popular)|popular|recommended|trending|teasers?|latest|recent|more-(?:stories|news))(?:[\s_-]|$)"
)
SITE = re.compile(r"(?:^|[\s_-])(?:logo|brand|(?:site|blog)-?(?:title|name|branding))(?:[\s_-]|$)")
TITLE_PARTS = re.compile(r"\s+[–•·—|⁄»«›:-]+\s+")
LINKED_HEADINGS = 4  # on a page with so many, each begins a teaser
POST = 40  # letters of a paragraph by which an <article> is found in the text


def without_others(page: HtmlElement) -> HtmlElement:
    """A copy of the page without the boxes about other articles, whose dates and authors are not the article's."""
    copy = deepcopy(page)
    articles = [*copy.iter("article")]
    headed = [article for article in articles if article.find(".//h1") is not None]
    for box in [*copy.iter("aside", "nav", "footer", "section", "div", "ul", "ol", "article")]:
        name = f"{box.get('class') or ''} {box.get('id') or ''}".lower()
        other = headed and box in articles and box not in headed
        if (other or box.tag in ("aside", "nav", "footer") or OTHERS.search(name)) and box.find(".//h1") is None:
            box.drop_tree()
    boxes = headed or [*copy.iter("article")] or [*copy.iter("main")]
    for item in [boxes[0], *boxes[0].iterancestors()] if len(boxes) == 1 else ():
        for after in [*item.itersiblings()]:
            if (
                isinstance(after.tag, str)
                and after.tag not in ("script", "body")
                and after.find(".//script[@type='application/ld+json']") is None
            ):
                after.drop_tree()  # what follows the article is about others
    return copy


def stated_by(page: HtmlElement) -> list[dict]:
    """The objects of the page's JSON-LD, in which publishers state facts about the article; not those of a list of others."""
    objects, found = [], []
    for script in page.iterfind(".//script[@type='application/ld+json']"):
        try:
            objects.append(json.loads(script.text or "", strict=False))
        except (ValueError, RecursionError):
            continue
    while objects:
        item = objects.pop()
        if isinstance(item, dict):
            found.append({key: _single(value) for key, value in item.items()})
            objects += [item.get("@graph"), item.get("mainEntity")]
        elif isinstance(item, list):
            objects += item
    return found


def _single(value: object) -> object:
    """A value of JSON-LD, in which a list of one value and an object with @value mean that value."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def published_by(page: HtmlElement, own: HtmlElement, stated: list[dict], language: str, guess: str) -> str:
    """The date of publication as the page states it, in its head or in its JSON-LD; otherwise the ``guess`` of trafilatura.

    trafilatura takes a day of change before that of the JSON-LD, guesses the order of 05/06/2031, and drops other calendars.
    ``own``: the page without the boxes about other articles.
    """
    metas = page.xpath("//head/meta[@property='article:published_time']/@content")
    printed = metas or [str(item["datePublished"]) for item in stated if "datePublished" in item and "headline" in item]
    by_day = {iso_date(text, language) or text: text for text in map(str.strip, printed) if any(map(str.isdigit, text))}
    if len(by_day) == 1:
        (text,) = by_day.values()
        is_read = any(iso_date(text, language, order) for order in ("DMY", "MDY"))  # the source may state the order
        return text if is_read else guess or text
    times = {item.get("datetime") or text_of(item) for item in own.iter("time")} if not guess and not by_day else ()
    converted = [text for text in times if (day := iso_date(text, language)) and is_converted(text, day)]
    return converted[0] if len(converted) == 1 else guess


def title_of(page: HtmlElement, stated: list[dict], guess: str, site: str) -> str:
    """The headline: the heading that the page states to be its title, or else the only <h1> that is not the site's name."""
    named = [
        *page.xpath("//head/meta[@property='og:title']/@content"),
        *(item["headline"] for item in stated if isinstance(item.get("headline"), str)),
    ]
    names = [name for name in (" ".join(plain(name).split()) for name in named) if name]
    headings = [(heading, text) for heading in page.iter("h1", "h2", "h3") if (text := text_of(heading))]
    for name in names:
        if heading := next((text for _, text in headings if same_name(text, name)), ""):
            return heading
    printed = TITLE_PARTS.split(" ".join((page.findtext(".//head/title") or "").split()))
    first = [(heading, text) for heading, text in headings if heading.tag == "h1"]
    # What else may be the headline, if the <h1> in the page's header is the name of the site.
    rivals = [
        *names,
        *(text for heading, text in headings if heading.tag == "h1" or any(same_name(text, part) for part in printed)),
    ]
    inside = [text for heading, text in first if not _is_site_name(heading, text, site, printed, rivals)]
    if len(inside) == 1:
        return inside[0]
    if names:
        return names[0]
    if any(same_name(guess, text) for _, text in first if text not in inside):  # the guess is the name of the site
        guess = next((part for part in printed if part and not same_name(part, guess)), "")
        return guess or next((text for heading, text in headings if heading.tag == "h2"), "")
    return guess


def _is_site_name(heading: HtmlElement, text: str, site: str, printed: list[str], rivals: list[str]) -> bool:
    """Whether an <h1> is the name of the site: by the page's data, by its class, or if it is a part of the title, stands in the
    page's header, and another heading may be the headline.
    """
    above = {item.tag for item in heading.iterancestors()}
    if same_name(text, site):
        return not (len(printed) == 1 and same_name(text, printed[0]))
    if above & {"article", "main"}:
        return False
    parent = heading.getparent()
    names = " ".join(f"{item.get('class') or ''} {item.get('id') or ''}" for item in (heading, parent) if item is not None)
    is_part = any(same_name(text, part) for part in printed) and any(not same_name(text, rival) for rival in rivals)
    return bool(SITE.search(names.lower())) or (is_part and bool(above & {"header", "nav"}))


def notes_on(page: HtmlElement, stated: list[dict], letters: str) -> Iterator[tuple[str, str]]:
    """The notes on a page from whose text only ``letters`` are left: ARTICLE-CUT by a paywall, and ARTICLE-SEVERAL."""
    if any(str(item.get("isAccessibleForFree", "")).lower() == "false" and "headline" in item for item in stated):
        yield "ARTICLE-CUT", "says that it is not free to read (isAccessibleForFree)"
    elif "locked" in page.xpath("//head/meta[@name='article:content_tier' or @property='article:content_tier']/@content"):
        yield "ARTICLE-CUT", "says that it is not free to read (article:content_tier)"
    if any("LiveBlogPosting" in str(item.get("@type", "")) for item in stated):
        yield "ARTICLE-SEVERAL", "says that it is a live blog"
    posts = [item for item in page.iter("article") if next(item.iterancestors("article"), None) is None]
    read = sum(
        any(len(part := letters_of(text)) >= POST and part in letters for text in paragraphs_of(post))
        for post in (posts[:50] if len(posts) > 1 else ())
    )
    headings = [
        heading for heading in page.iter("h2", "h3", "h4") if letters_of(text_of(heading)) in letters and _is_link(heading)
    ]
    if read > 1:
        yield "ARTICLE-SEVERAL", f"has {read} articles in its text"
    elif len(headings) >= LINKED_HEADINGS:
        yield "ARTICLE-SEVERAL", f"has {len(headings)} headings that link to other pages"


def _is_link(heading: HtmlElement) -> bool:
    """Whether the whole heading is a link to another page."""
    links = [*heading.iter("a"), *heading.iterancestors("a")]
    away = [link for link in links if not (link.get("href") or "#").startswith("#")]
    return len(away) == 1 and text_of(heading) in text_of(away[0])
