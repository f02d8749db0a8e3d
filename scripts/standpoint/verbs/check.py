"""Everything checked: check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.assess.checks import check as run_checks
from standpoint.model import Article
from standpoint.project import Project, article_streams
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def check(project: Project, tell: Teller) -> Counter:
    """Tell all that is wrong with articles and annotation sets; how many there were of each."""
    codebook, registry = open_codebook(project)
    counts: Counter = Counter()

    def counted(stream: Iterator, name: str) -> Iterator:
        for item in stream:
            counts[name] += 1
            yield item

    articles: list[Iterator[Article]] = [counted(stream, "articles") for stream in article_streams(project)]
    sets = [counted(stream, "annotation sets") for stream in sets_of(project)]
    before = tell.levels.copy()
    for issue in run_checks(articles, sets, codebook, registry, kinds_of(project)):
        tell.tell(issue)
    counts.update({"errors": tell.levels["error"] - before["error"], "notes": tell.levels["note"] - before["note"]})
    return counts
