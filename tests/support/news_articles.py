"""Invented articles in the shape of real news: boilerplate before and after the text, a long one with many actors, one in Arabic."""

from __future__ import annotations

from itertools import cycle, islice

from msgspec.structs import replace

from standpoint.codebook.registry import Actor, Alias, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article, Zone
from standpoint.guide.guide import SOURCE
from standpoint.ingest.article import Window, article_of
from standpoint.ingest.readers._raw import Raw
from standpoint.ingest.readers.markdown import blocks_of

BEFORE = """# The Pact pulls back from the Oskel. Two quarters of Brenhollow change hands. Talk of air strikes on the last pockets

By [Saltreach Post](#)

Coast Review, May 12, 2031

[Saltreach Post](#) 10 May 2031

Region: [Outer Isles and Coast](#)

Theme: [Armed groups](#), [Coastal war](#)

In-depth Report: [THE OSKEL](#)
"""

STANDFIRST = """*On May 8 the Ostrel Army broke through the lines of the Northern Pact in the east of Brenhollow for the second time. The army, \
the Tallow Guard and their allies took the Tanners' Row and the Lower Mill and seized several houses near the ferry. An advance \
on the salt works brought no gains.*
"""

BODY = (
    "On May 9 the army began the day with the capture of the tram depot and the fish market. Then the Tallow Guard secured the "
    "quarters around the old brewery and the rope yard, and fought the Free Harbour Front street by street near the ferry landing.",
    "Earlier that day fighters of the Essmere Brigade shot down a patrol plane of the army above the estuary. The plane had been "
    "bombing targets between the lighthouse and the harbour hospital when a missile struck it. Neither pilot survived.",
    "By the evening of May 10 the army held the glass works, the grain store and the harbour hospital, some 800 metres from the "
    "lighthouse. It is expected to take the lighthouse itself by the weekend, and the trenches of the Pact north of it may "
    "not hold.",
    "Meanwhile engineers of the army are said to be repairing the road between Dunmarrow and the salt works, so that troops and "
    "supplies reach the Tallow Guard faster. The island council protested that the road runs through two villages whose residents "
    "fled in March.",
    "The Ostrel government regards constant pressure on several fronts as the surest way to use the Pact's lack of men. If the "
    "quarters north of the lighthouse are lost and the salt works fall as well, the terms of surrender that the government has "
    "offered to the Pact and to the Free Harbour Front will become harder. An envoy of the island council said that the last offer "
    "was rejected within an hour.",
    "If the Pact's line in the south of the town collapses altogether, the army will hardly look for an agreement with the Free "
    "Harbour Front and will drive the remaining fighters out of the town, whatever Coast Radio and the Harbour Gazette say about it. "
    "All this could happen within a few weeks.",
    "Reporters close to the government spread the rumour that the navy of the Mirrow Federation is about to shell the marsh villages "
    "east of Ostrel. After the shelling the carrier Prince Alder of the federation would begin air raids in support of the long "
    "announced advance on Dunmarrow, which the Essmere Brigade holds.",
    "That seems unlikely, above all the part about the marsh villages. So far the federation has struck thinly settled country: "
    "command posts, ammunition stores, fuel depots and columns on the move. It has avoided large raids on quarters in which people "
    "live.",
    "The rumours began after the fighters in the marsh villages rejected an offer of the government to leave for the outer isles. "
    "Most likely the reports belong to an effort to make the Essmere Brigade surrender, and the federation has announced nothing of "
    "the kind. Aid workers in Essmere said that they expected several hundred families by Sunday, and that nobody had told them who "
    "would feed them. The island council asked both sides for a pause of three days, and the Northern Pact agreed to talks.",
)

AFTER = """*If you like our work and if you are able, please support the project. Our work would not be possible without your help. \
Donate via <https://post.example.org/donate/> or by bank transfer.*

The original source of this article is [Saltreach Post](#)

Copyright © [Saltreach Post](#), [Saltreach Post](#), 2031

---

[Comment on our articles on our Facebook page](#)

[Become a Member of Coast Review](#)

Articles by: [Saltreach Post](#)

**Disclaimer:** The contents of this article are of sole responsibility of the author(s). Coast Review will not be responsible for any \
inaccurate or incorrect statement in this article.

[www.coast.example.org](http://www.coast.example.org) contains copyrighted material the use of which has not always been specifically \
authorized by the copyright owner. If you wish to use copyrighted material for purposes other than fair use you must request \
permission from the copyright owner.

For media inquiries: [desk@coast.example.org](mailto:desk@coast.example.org)
"""

FIRST = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel")
SECOND = ("Valley Brigade", "Coast Guard", "People's Union", "River Front", "Hill Militia")
MANY = Registry(
    version="0.0.1",
    actors=tuple(
        Actor(id=f"act-{number:06}", name=f"{first} {second}")
        for number, (first, second) in enumerate(((first, second) for second in SECOND for first in FIRST), 1)
    ),
)
TOLD = (
    "Units of the {} entered the villages below the dam on Monday and met fighters of the {} at the second bridge, where both sides "
    "fired mortars until the evening. The {} denied that its men had been there. Residents said that four houses burned and that a "
    "school was hit.",
    "The {} sent a column to the crossroads after the {} had cut the road. A spokesman said that the column would stay until the "
    "harvest is in, and that talks with the {} are planned for next week.",
)

ARABIC_BEFORE = """# قوات الميثاق تنسحب من ضفة أوسكل والجيش يدخل حيين في برينهولو

بقلم محرر الساحل

المنطقة: [الساحل والجزر](#)
"""
ARABIC_BODY = """دخل جيش أوسترل يوم الثلاثاء حيين في شرق برينهولو بعد قتال استمر ثلاثة أيام مع قوات الميثاق. وقال سكان إن القوات انسحبت ليلا نحو الميناء. \
ونفى الجيش أنه قصف السوق القديم.

وأعلنت جبهة المرفأ أنها أسقطت طائرة استطلاع فوق المصب، وأن الطيارين قتلا. ولم يصدر تعليق من جيش أوسترل على الإعلان. وكان مجلس الجزر قد طلب هدنة من ثلاثة أيام.

وقال متحدث باسم قوات الميثاق إن الطريق بين دنمارو والملاحات مقطوع منذ الأحد. وأضاف أن جبهة المرفأ ستشارك في محادثات مع مجلس الجزر في يونيو. \
ووزع عمال الإغاثة البطانيات على مئات العائلات التي فرت إلى إسمير.

وحذر وزير في حكومة أوسترل من أن الطائرات ستقصف المنارة إذا بقيت قوات الميثاق في الحي الشمالي. ورفضت جبهة المرفأ عرضا بالاستسلام خلال ساعة."""
ARABIC_AFTER = "حقوق النشر © بريد الساحل، 2031"
ARABIC_ZONES = {"headline": "قوات", "byline": "بقلم", "metadata": "المنطقة", "body": "دخل", "copyright": "حقوق"}
ARABIC_ACTORS = Registry(
    version="0.0.1",
    actors=tuple(
        Actor(id=f"act-{number:06}", name=name, aliases=tuple(Alias(text=alias) for alias in aliases))
        for number, (name, *aliases) in enumerate(
            (("جيش أوسترل", "الجيش"), ("قوات الميثاق",), ("جبهة المرفأ",), ("مجلس الجزر",), ("حكومة أوسترل",), ("عمال الإغاثة",)),
            1,
        )
    ),
)


def news_article(codebook: Codebook) -> Article:
    """Headline, byline, dates, themes, standfirst, 540 words in nine paragraphs, a call for donations, notices and a disclaimer."""
    return _ingested("\n\n".join((BEFORE, STANDFIRST, *BODY, AFTER)), codebook, codebook.window_words)


def long_article(codebook: Codebook, words: int = 3_000) -> Article:
    """The same boilerplate around ``words`` words that name the 40 actors of ``MANY`` in turn; all of it is annotated."""
    names = cycle(actor.name for actor in MANY.actors)
    paragraphs: list[str] = []
    while sum(len(one.split()) for one in paragraphs) < words:
        told = TOLD[len(paragraphs) % len(TOLD)]
        paragraphs.append(told.format(*islice(names, told.count("{}"))))
    return _ingested("\n\n".join((BEFORE, *paragraphs, AFTER)), codebook, 2 * words)


def arabic_article(codebook: Codebook) -> Article:
    """An article that is written from right to left and repeats itself, with a byline, a theme and a notice."""
    article = _ingested("\n\n".join((ARABIC_BEFORE, *[ARABIC_BODY] * 4, ARABIC_AFTER)), codebook, codebook.window_words)
    starts = [(name, article.text.index(f"\n{words}") + 1 if at else 0) for at, (name, words) in enumerate(ARABIC_ZONES.items())]
    ends = [*(start for _, start in starts[1:]), len(article.text)]
    zones = [Zone(name=name, start=start, end=end) for (name, start), end in zip(starts, ends, strict=True)]
    return replace(article, zones=tuple(zones))


def _ingested(markdown: str, codebook: Codebook, window: int) -> Article:
    article = article_of(Raw(where="news:1", blocks=blocks_of(markdown)), SOURCE, Window(window, codebook.zones.annotatable))
    assert isinstance(article, Article), article
    return article
