"""One settled set an article: adjudicate."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import BinaryIO

import msgspec

from standpoint.assess.adjudicate import settle_all
from standpoint.jsonlines import written_whole
from standpoint.project import Project, article_streams
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def adjudicate(project: Project, tell: Teller) -> Counter:
    """Write the settled set of each article, a file a source; how much is settled, how, and what is in conflict."""
    codebook, _ = open_codebook(project)
    counts: Counter = Counter()

    sources = {article.id: article.source for stream in article_streams(project, with_text=False) for article in stream}
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for item in settle_all(sets_of(project), codebook, kinds_of(project)):
            counts.update({"settled sets": 1, "conflicts": len(item.conflicts), f"tier {item.tier}": 1})
            counts.update(settlement.how for settlement in item.settlements.values())
            source = sources.get(item.article_id, "unknown")
            if source not in files:
                files[source] = stack.enter_context(written_whole(project.settled / f"{source}.jsonl"))
            files[source].write(msgspec.json.encode(item) + b"\n")
    return counts
