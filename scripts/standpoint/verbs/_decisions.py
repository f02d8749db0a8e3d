"""The project's decisions: ``dataset/decisions/<source>.jsonl``, a decision a line, sorted by article and place."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from standpoint.assess.decisions import InOrder
from standpoint.jsonlines import read_lines, write_lines
from standpoint.model import Decision
from standpoint.project import Project, article_streams


def read_decisions(project: Project) -> Iterator[Decision]:
    """All decisions, sorted by article."""
    streams = (read_lines(path, Decision) for path in sorted(project.decisions.glob("*.jsonl")))
    return heapq.merge(*streams, key=lambda one: one.asked.article_id)


def decisions_of(project: Project) -> InOrder:
    """All decisions, to be asked for article by article."""
    return InOrder(read_decisions(project))


def sources_of(project: Project) -> dict[str, str]:
    """The source of each article."""
    return {article.id: article.source for stream in article_streams(project, with_text=False) for article in stream}


def store_decisions(project: Project, decisions: Iterable[Decision]) -> int:
    """Keep decisions, in place of the same adjudicator's on the same question; how many are new or changed."""
    sources, by_source = sources_of(project), defaultdict(list)
    for one in decisions:
        by_source[sources.get(one.asked.article_id, "unknown")].append(one)
    changed = 0
    for source, found in sorted(by_source.items()):
        path = project.decisions / f"{source}.jsonl"
        kept = {(one.asked.key, one.by): one for one in (read_lines(path, Decision) if path.exists() else ())}
        for one in found:
            before = kept.get((one.asked.key, one.by))
            if before is None or replace(before, decided=one.decided) != one:  # the day stays where nothing else is new
                kept[one.asked.key, one.by] = one
                changed += 1
        write_lines(path, sorted(kept.values(), key=_order))
    return changed


def _order(decision: Decision) -> tuple:
    asked = decision.asked
    return asked.article_id, asked.pass_name, asked.start, asked.end, asked.layer, asked.about, asked.key, decision.by
