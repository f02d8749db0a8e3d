"""Whether an article has the id of its content, its offsets fit its text, and it is in the corpus once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from standpoint.checks.case import Corpus, Reference, email_in
from standpoint.checks.table import Findings, check
from standpoint.core.codes import language_code, licence_id
from standpoint.core.corpus import source_of
from standpoint.core.model import Article, sha256
from standpoint.ingest.dates import FIRST, LAST
from standpoint.ingest.doubts import sign_of_cut, sign_of_misreading, sign_of_wall
from standpoint.ingest.layout import layout_of
from standpoint.ingest.readers._markup import is_markup, plain

DAY = re.compile(r"\d{4}-\d\d-\d\d|undated")
ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@check("article", on="article", level="note")
def article_no_text(article: Article, reference: Reference) -> Findings:
    """an article has its text, or a local copy of it
    Why: if the licence withholds the text, quotes can be checked only with a local copy.
    Fix: run standpoint ingest on the raw file on this machine, which puts its text into .standpoint/withheld."""
    if article.text is None:
        yield "", "its text is withheld, and there is no local copy"


@check("article", on="article")
def article_text(article: Article, reference: Reference) -> Findings:
    """sha256 is the digest of the text in UTF-8
    Why: a text that changes under its id moves every later offset.
    Fix: restore the old text, or ingest the new text, which gets another id."""
    if article.text is not None and sha256(article.text) != article.sha256:
        yield "", "the text is not the one that sha256 was computed from"


@check("article", on="article")
def article_id(article: Article, reference: Reference) -> Findings:
    """an article's id is <source>-<date or undated>-<first 8 hex of sha256>
    Why: sets, splits and releases refer to one text of one source by the id.
    Fix: ingest the raw file again, which computes the id."""
    if not _day(article):
        yield "", f"its source is {article.source}, its sha256 begins with {article.sha256[:8]}"


@check("article", on="article")
def article_date(article: Article, reference: Reference) -> Findings:
    """published is the day in the id, as YYYY-MM-DD, and is absent where the id says undated
    Why: splits and the classes of actors depend on the day, so an article must not have two days.
    Fix: correct published if the id is right; otherwise ingest the raw file again."""
    if _day(article) not in ("", article.published or "undated"):
        yield "", f"published is {article.published!r}"


@check("article", on="article", level="note")
def article_calendar(article: Article, reference: Reference) -> Findings:
    """published is a day of the Gregorian calendar, from 1600 to 2199
    Why: a day of the year 1403 or 2567 is that of another calendar, and the article is in the wrong split.
    Fix: ingest the raw file again: Persian and Thai years are converted, others are refused; the article gets a new id."""
    if article.published and not FIRST <= article.published <= LAST:
        yield "", f"published is {article.published!r}"


@check("article", on="article")
def article_language(article: Article, reference: Reference) -> Findings:
    """an article's language is a code of ISO 639, without country and script
    Why: sentences are divided by it, and the Hub refuses a card with other words.
    Fix: correct ``language`` in sources.yaml or in the raw file, and ingest it again."""
    if (code := language_code(article.language)) != article.language:
        yield "", f"language is {article.language!r}" + (f", should be {code!r}" if code else "")


@check("article", on="article")
def article_normal(article: Article, reference: Reference) -> Findings:
    r"""text is NFC, its lines end in \n, and it has no other control characters
    Why: another encoding of the same letters, or line breaks of two characters, give other offsets on other machines.
    Fix: ingest the raw file again, which normalises the text; the article gets a new id."""
    text = article.text or ""
    if not unicodedata.is_normalized("NFC", text):
        yield "", "the text is not NFC"
    if odd := ODD.search(text):
        yield f"character {odd.start()}", f"the text has {odd.group()!r}"


@check("article", on="article")
def article_zones(article: Article, reference: Reference) -> Findings:
    """zones partition the text: each begins where the previous one ends, from 0 to the end
    Why: a character outside all zones can be neither annotated nor masked; a character in two zones is both.
    Fix: ingest the raw file again; zones are not edited by hand."""
    previous_end = 0
    for zone in article.zones:
        if zone.start != previous_end or zone.end <= zone.start:
            yield "", f"zone {zone.name} is [{zone.start},{zone.end}), the one before ends at {previous_end}"
            return
        previous_end = zone.end
    if article.text is not None and previous_end != len(article.text):
        yield "", f"the last zone ends at {previous_end}, the text at {len(article.text)}"


@check("article", on="article")
def article_zone_name(article: Article, reference: Reference) -> Findings:
    """the codebook lists each zone as annotatable or masked
    Why: otherwise it is not known whether the text of the zone may be annotated or must be masked.
    Fix: list the zone under ``zones`` in guidelines/codebook.yaml, or ingest the raw file again."""
    zones = reference.codebook.zones
    for name in sorted({zone.name for zone in article.zones} - {*zones.annotatable, *zones.masked}):
        yield "", f"the codebook has no zone {name!r}"


@check("article", on="article")
def article_sentences(article: Article, reference: Reference) -> Findings:
    """sentences and paragraphs are in the text, in reading order, and do not overlap
    Why: places and times are attached to the event in their sentence.
    Fix: ingest the raw file again; sentences are not edited by hand."""
    end = len(article.text) if article.text is not None else article.zones[-1].end if article.zones else None
    for name, pairs in (("sentence", article.sentences), ("paragraph", article.paragraphs)):
        previous_stop = 0
        for start, stop in pairs:
            if start < previous_stop or stop <= start or (end is not None and stop > end):
                yield "", f"a {name} is [{start},{stop}), the one before ends at {previous_stop}"
                break
            previous_stop = stop


@check("article", on="article")
def article_window(article: Article, reference: Reference) -> Findings:
    """the annotation window ends in the text, after its first character
    Why: without a definite end, each annotator stops at a different place.
    Fix: ingest the raw file again, which computes annotated_until."""
    if article.text and not 0 < article.annotated_until <= len(article.text):
        yield "", f"annotated_until is {article.annotated_until}, the text has {len(article.text)} characters"


@check("article", on="article", level="note")
def article_mail(article: Article, reference: Reference) -> Findings:
    """e-mail addresses in a text are masked before it is published
    Why: people in the news have not agreed to receive mail from users of a dataset. In a release, an address is an error.
    Fix: replace the address in the raw file with as many other characters, and ingest the file; the article gets a new id."""
    text = article.text or ""
    if address := email_in(text):
        yield f"character {text.index(address)}", "the text has an e-mail address"


@check("article", on="article", level="note")
def article_encoding(article: Article, reference: Reference) -> Findings:
    """no character of a text was lost or changed by reading it in a wrong encoding
    Why: annotators see isnâ€™t for isn’t, and models learn it; the source itself may have published it so.
    Fix: state the ``encoding`` of the source in sources.yaml, or get the file again, and ingest it; the article gets a new id."""
    if found := sign_of_misreading(article.text or ""):
        yield "", found


@check("article", on="article", level="note")
def article_markup(article: Article, reference: Reference) -> Findings:
    """a text has no HTML
    Why: annotators and models read tags and entities as words.
    Fix: ingest the raw file again, which makes text of HTML; the article gets a new id. Nothing need be done if the text is about
      HTML."""
    if is_markup(text := article.text or ""):
        yield "", "the text has tags"
    elif "&" in text and plain(text) != text:
        yield "", "the text has entities, such as &amp;"


@check("article", on="article", level="note")
def article_lines(article: Article, reference: Reference) -> Findings:
    """a paragraph of the body does not end inside a sentence
    Why: a sentence in two paragraphs is cut, so that no span can have all of it.
    Fix: join the lines of each paragraph in the raw file and ingest it; the article gets a new id."""
    bodies = [zone for zone in article.zones if zone.name == "body"]
    text = article.text or ""
    lines = [text[start:end] for start, end in article.paragraphs if any(zone.start <= start < zone.end for zone in bodies)]
    if broken := layout_of(["\n".join(lines)]).broken:
        yield "", f"{broken} paragraphs end inside a sentence"


@check("article", on="article", level="note")
def article_empty(article: Article, reference: Reference) -> Findings:
    """an article has text besides its headline
    Why: nothing can be annotated in it; the text may be missing, or taken for boilerplate.
    Fix: add the text to the raw file and ingest it, or remove the article."""
    if article.zones and not any(zone.name in ("body", "standfirst") for zone in article.zones):
        yield "", "the article has only " + ", ".join(sorted({zone.name for zone in article.zones}))


@check("article", on="article", level="note")
def article_cut(article: Article, reference: Reference) -> Findings:
    """a text is all of its article
    Why: what annotators and models see of a cut text is its beginning, and its stance may differ. The text ends in an ellipsis
      or a mark such as [+2219 chars], or asks readers to subscribe.
    Fix: put the whole text into the raw file and ingest it, or remove the article. If the text is whole, nothing need be done."""
    if found := sign_of_cut(article):
        yield "", found


@check("article", on="article", level="note")
def article_wall(article: Article, reference: Reference) -> Findings:
    """a text is an article and not a notice of its site
    Why: servers and publishers send notices instead of articles: on cookies, robots, errors.
    Fix: remove the raw file and the article, or get the article again. If the text is an article, nothing need be done."""
    if found := sign_of_wall(article):
        yield "", found


def _day(article: Article) -> str:
    """The day in an article's id, or undated; "" if the id does not have the right form."""
    day = article.id.removeprefix(f"{article.source}-").removesuffix(f"-{article.sha256[:8]}")
    return day if DAY.fullmatch(day) and article.id == f"{article.source}-{day}-{article.sha256[:8]}" else ""


@check("article", on="articles of an id")
def article_repeated(articles: Sequence[Article]) -> Findings:
    """an id belongs to one article
    Why: one of the two could be annotated and the other published.
    Fix: keep the article on whose text the sets were made; standpoint ingest never writes two."""
    if len(articles) > 1:
        yield "", f"{len(articles)} articles have this id"


@check("corpus", on="corpus", level="note")
def article_group(corpus: Corpus) -> Findings:
    """a group of near-duplicates is named after one of its articles
    Why: the group keeps near-duplicates in one split; if it has the name of a non-member, a later copy may miss it.
    Fix: if the article of that name was removed on purpose, nothing needs to be done; otherwise run standpoint ingest again."""
    for article_id, known in corpus.articles.items():
        head = known.group
        if head and head != article_id and (corpus.missing(head) or corpus.articles.get(head, known).group != head):
            problem = "does not exist" if corpus.missing(head) else "is in another group"
            yield article_id, f"its group is named after {head}, which {problem}"


@check("corpus", on="corpus", level="note")
def article_same(corpus: Corpus) -> Findings:
    """a text belongs to one article
    Why: a text under two ids is annotated and counted twice; in two splits, it is a leak.
    Fix: remove one of the two, with its sets; standpoint ingest keeps the first."""
    first: dict[str, str] = {}
    for article_id, known in corpus.articles.items():
        if first.setdefault(known.sha256, article_id) != article_id:
            yield article_id, f"it has the text of {first[known.sha256]}"


@check("corpus", on="corpus", level="note")
def article_changed(corpus: Corpus) -> Findings:
    """two texts of one source with one address are not versions of one article
    Why: both are annotated and counted, although one replaced the other.
    Fix: remove one of the two, with its sets. If both should stay, nothing need be done."""
    first: dict[tuple[str, str, str], str] = {}
    for article_id, known in corpus.articles.items():
        key = (source_of(article_id), known.group or article_id, known.url or "")
        if known.url and (head := first.setdefault(key, article_id)) != article_id:
            yield article_id, f"its address is that of {head}, and their texts are alike"


@check("corpus", on="corpus", level="note")
def licence_unknown(corpus: Corpus) -> Findings:
    """the licence of a source is known, so that its texts are withheld only if it forbids to publish them
    Why: a licence that is misspelt, or without its version, withholds texts that could be published.
    Fix: write the id of SPDX in sources.yaml, such as CC-BY-4.0, or ``all rights reserved``, and ingest the raw files again."""
    seen: set[tuple[str, str]] = set()
    for article_id, known in corpus.articles.items():
        place = source_of(article_id), known.licence
        if place not in seen and (code := licence_id(known.licence)) != known.licence:
            yield place[0], f"its licence is {known.licence!r}" + (f", should be {code}" if code else "")
        seen.add(place)


@check("corpus", on="corpus", level="note")
def article_address(corpus: Corpus) -> Findings:
    """an address belongs to one article, or to copies of one
    Why: an address that several articles share says neither where an article was published nor which articles are copies.
    Fix: find out why the raw files state it, such as a page that names its site as its own address, or a wrong column for url."""
    first: dict[str, str] = {}
    for article_id, known in corpus.articles.items():
        if not known.url:
            continue
        head = first.setdefault(known.url, article_id)
        if head and (corpus.articles[head].group or head) != (known.group or article_id):
            first[known.url] = ""  # it is reported once
            yield article_id, f"{known.url} is also that of {head}"
