"""Two public corpora, unchanged: a republished article with everything around it, and re3d's 98 documents."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nonempty import nonempty
from standpoint.core.codes import redistributable
from standpoint.core.model import Article
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import load_sources

SOURCES = Path(__file__).parent.parent / "data" / "sources-public.yaml"


@pytest.fixture(scope="module")
def public_articles(corpora) -> list[Article]:
    paths = [corpora / "aleppo", *sorted(corpora.glob("re3d/*/documents.json"))]
    ingested = ingest(paths, load_sources(SOURCES))
    items = list(ingested.items)
    issues = [item for item in items if not isinstance(item, Article)]
    assert [(issue.code, issue.where.rpartition("/")[2]) for issue in issues] == [
        ("FILE-MARKUP", "retreat-of-al-qaeda-in-syria.txt:1"),
        ("LINES-BROKEN", "documents.json:16"),
        ("LINES-BROKEN", "documents.json:18"),
    ]
    assert ingested.counts["records"] == ingested.counts["articles"] == 99
    return [item for item in items if isinstance(item, Article)]


def test_the_republished_article(public_articles):
    (article,) = (item for item in public_articles if item.source == "global-research")
    zone_of = [next(zone.name for zone in article.zones if zone.start <= start < zone.end) for start, _ in article.paragraphs]
    assert zone_of[:8] == ["headline", "byline", "dateline", "dateline", "metadata", "metadata", "metadata", "standfirst"]
    assert zone_of[8:17] == ["body"] * 9
    assert zone_of[17:20] == ["donation", "copyright", "copyright"]
    assert not {"headline", "standfirst", "body"} & set(zone_of[17:])
    assert (article.publisher, article.published) == ("Global Research", "2016-12-07")
    assert (article.original_publisher, article.original_published) == ("South Front", "2016-12-05")
    assert set(article.metadata) == {"region", "theme", "in-depth report"} and "@" not in article.text
    assert article.id == f"global-research-2016-12-07-{article.sha256[:8]}"


def test_re3d(public_articles):
    documents = [item for item in public_articles if item.source.startswith("re3d")]
    count = Counter(item.source.removeprefix("re3d-") for item in documents)
    assert count == {"dfat": 4, "bbc": 8, "centcom": 23, "eu": 2, "uk": 26, "state": 22, "wikipedia": 13}
    assert all(item.url and item.title and "-undated-" in item.id for item in nonempty(documents))
    assert {item.source for item in documents if not redistributable(item.licence)} == {"re3d-bbc", "re3d-eu"}


def test_offsets_hold_for_all(public_articles):
    for article in nonempty(public_articles):
        assert article.zones[0].start == 0 and article.zones[-1].end == len(article.text)
        assert all(article.text[start:end] == article.text[start:end].strip() for start, end in nonempty(article.sentences))
        outside = sorted({*range(len(article.text))} - {at for start, end in article.sentences for at in range(start, end)})
        assert not "".join(article.text[at] for at in outside).strip()
