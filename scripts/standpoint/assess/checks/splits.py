"""Whether each article is in a split, and near-duplicates are in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from standpoint.acquire.duplicates import groups
from standpoint.assess.checks._corpus import Corpus
from standpoint.assess.checks._table import note

SCOPE = "corpus"
QUARANTINE = "quarantine"
Found = Iterator[tuple[str, str]]


@note
def split_missing(corpus: Corpus) -> Found:
    """each article has a split

    Why: an article without one cannot be released.
    Mend: run standpoint split.
    """
    assigned = {row.article_id for row in corpus.rows}
    for article_id in corpus.articles:
        if article_id not in assigned:
            yield article_id, "it has none"


@note
def split_vanished(corpus: Corpus) -> Found:
    """each article that is in a split is there

    Why: an article may be taken out, and its row stays, so that its id never gets another split; but an id that was
    changed by hand looks the same.
    Mend: nothing, where it was taken out on purpose; else bring the article back.
    """
    for row in corpus.rows:
        if corpus.missing(row.article_id):
            yield row.article_id, f"in {row.split}, and no article has this id"


def split_leak(corpus: Corpus) -> Found:
    """near-duplicates are in one split

    Why: a model that has seen the copy in train has seen the answer of the one in test.
    Mend: put the copies of the smaller side into quarantine, in a commit of its own that says so: a split is append-only.
    """
    now = {row.article_id: corpus.articles[row.article_id].group for row in corpus.rows if row.article_id in corpus.articles}
    family = groups((row.group, now.get(row.article_id) or row.group) for row in corpus.rows)
    members: dict[str, list] = defaultdict(list)
    for row in corpus.rows:
        if row.split != QUARANTINE and not corpus.missing(row.article_id):
            members[family[row.group]].append(row)
    for rows in members.values():
        others = [row for row in rows if row.split != rows[0].split]
        for row in others:
            yield row.article_id, f"in {row.split}, {rows[0].article_id} in {rows[0].split}"
