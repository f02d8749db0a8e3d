"""Whether each article is in a split, and near-duplicates and stories are in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from standpoint.checks._corpus import Corpus, Row
from standpoint.checks._table import note
from standpoint.ingest.near_duplicates import groups

SCOPE = "corpus"
QUARANTINE = "quarantine"
Found = Iterator[tuple[str, str]]


@note
def split_missing(corpus: Corpus) -> Found:
    """each article has a split

    Why: an article without one cannot be released.
    Fix: run standpoint split.
    """
    for name, rows in corpus.splits.items():
        assigned = {row.article_id for row in rows}
        for article_id in corpus.articles:
            if article_id not in assigned:
                yield article_id, f"it has none in {name}"


@note
def split_vanished(corpus: Corpus) -> Found:
    """each article that is in a split is there

    Why: an article may be taken out, and its row stays, so that its id never gets another split; but an id that was
    changed by hand looks the same.
    Fix: nothing, where it was taken out on purpose; else bring the article back.
    """
    for name, rows in corpus.splits.items():
        for row in rows:
            if corpus.missing(row.article_id):
                yield row.article_id, f"in {row.split} of {name}, and no article has this id"


def split_leak(corpus: Corpus) -> Found:
    """near-duplicates are in one split

    Why: a model that has seen the copy in train has seen the answer of the one in test.
    Fix: put the copies of the smaller side into quarantine, in a commit of its own that says so: a split is append-only.
    """
    for name, rows in corpus.splits.items():
        released = [row for row in rows if row.split != QUARANTINE and not corpus.missing(row.article_id)]
        now = {row.article_id: known.group for row in released if (known := corpus.articles.get(row.article_id))}
        family = groups((row.group, now.get(row.article_id) or row.group) for row in released)
        yield from _divided(name, ((family[row.group], row) for row in released))


def split_story(corpus: Corpus) -> Found:
    """a story is in one split, unless the file holds out outlets

    Why: who has read of an event in train knows what the report of it in test will say.
    Fix: take the rows from the last commit; standpoint split keeps a story together, and what is assigned never moves.
    """
    for name, rows in corpus.splits.items():
        yield from _divided(name, ((row.story, row) for row in rows if row.story and row.split != QUARANTINE))


def _divided(name: str, rows: Iterable[tuple[str, Row]]) -> Found:
    """The rows that are in another split than the first of what they belong to."""
    first: dict[str, Row] = {}
    for whole, row in rows:
        other = first.setdefault(whole, row)
        if row.split != other.split:
            yield row.article_id, f"in {row.split} of {name}, {other.article_id} in {other.split}"
