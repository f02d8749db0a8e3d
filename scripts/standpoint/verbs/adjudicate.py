"""One settled set an article: adjudicate."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import BinaryIO

import msgspec

from standpoint.assess.adjudicate import Rules, labels_by_errors, settle_all
from standpoint.assess.decisions import as_told
from standpoint.assess.lasting import with_lasting_ids
from standpoint.jsonlines import written_whole
from standpoint.project import Project
from standpoint.verbs._decisions import decisions_of, sources_of
from standpoint.verbs._sets import kinds_of, sets_of
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def rules_of(project: Project) -> Rules:
    """What settling goes by in a project."""
    rules = Rules(open_codebook(project)[0], kinds_of(project))
    return rules._replace(labels=labels_by_errors(sets_of(project), rules))


def adjudicate(project: Project, tell: Teller) -> Counter:
    """Write the settled set of each article, a file a source; how much is settled, how, and what is in conflict."""
    counts: Counter = Counter()
    sources, decisions = sources_of(project), decisions_of(project)
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for item, questions, stale in settle_all(sets_of(project), rules_of(project), decisions):
            counts.update({"settled sets": 1, "conflicts": len(item.conflicts), f"tier {item.tier}": 1})
            counts.update(settlement.how for settlement in item.settlements.values())
            again = sum(question.standing is not None for question in questions)
            counts += Counter({"conflicts resolved": len(item.resolved), "decided, and read anew since": again})
            for decision in stale:
                tell.tell(as_told(decision))
            source = sources.get(item.article_id, "unknown")
            if source not in files:
                files[source] = stack.enter_context(written_whole(project.settled / f"{source}.jsonl"))
            files[source].write(msgspec.json.encode(with_lasting_ids(item)) + b"\n")
    decisions.of(None)
    for decision in decisions.missed:
        tell.tell(as_told(decision))
    return counts
