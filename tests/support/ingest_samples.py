"""What the tests of this folder make articles with: a source for everything, and texts about places that do not exist."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from standpoint.core.model import Article, Issue
from standpoint.ingest.article import WINDOW, Window
from standpoint.ingest.ingest import Ingested, ingest
from standpoint.ingest.sources import Source

BAD = Path(__file__).parent.parent / "ingest" / "bad"
COURIER = Source(id="harbour-courier", name="The Harbour Courier", match=("*",), licence="CC-BY-4.0", language="en")
BODY = (
    "The Army of Veld took the Ember Bridge on Tuesday after two days of shelling, a spokesman said.",
    "Residents of the Quay District fled north, according to three witnesses who were reached by telephone.",
    "The Free Dockers said they had left the eastern bank to spare the civilians who were trapped there.",
)


def read(*paths: Path, source: Source = COURIER, window: Window = WINDOW, **more) -> tuple[list[Article], list[Issue], Ingested]:
    """What ingesting the paths gives: articles, issues, and the counts."""
    ingested = ingest(paths, [source], window, **more)
    items = list(ingested.items)
    return [item for item in items if isinstance(item, Article)], [item for item in items if isinstance(item, Issue)], ingested


def zones_of(article: Article) -> list[tuple[str, str]]:
    """The zones with their text, without the space after it."""
    return [(zone.name, article.text[zone.start : zone.end].strip()) for zone in article.zones]


def jaccard(first: Iterable[int], second: Iterable[int]) -> float:
    """The share of two collections that both have, by definition."""
    one, other = set(map(int, first)), set(map(int, second))
    return len(one & other) / len(one | other)
