"""Annotation sets become one settled set an article: what is agreed, voted on or decided, what is not, and its tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from standpoint.assess.decisions import InOrder, apply_decisions
from standpoint.assess.made import as_listed, is_human, tier_of
from standpoint.assess.names import settle_names
from standpoint.assess.settle import settle_pass
from standpoint.assess.settled import Pattern, Settled
from standpoint.assess.strategies import most_probable
from standpoint.assess.streams import Streams, by_article
from standpoint.assess.views import View, unusable, views_by_pass
from standpoint.codebook.types import Codebook
from standpoint.model import AnnotationSet, Decision, Question, SettledSet, in_reading_order

Labels = Mapping[str, Mapping[Pattern, str]]


class Outcome(NamedTuple):
    """One article: its settled set, what an adjudicator is to be asked, and the decisions that hold for nothing any more."""

    settled: SettledSet
    questions: list[Question]
    stale: list[Decision]


class Rules(NamedTuple):
    """What settling goes by: the codebook, what is known of each annotator (annotators.yaml), and Dawid and Skene's labels."""

    codebook: Codebook
    kinds: Mapping[str, str]
    labels: Labels = {}


def settle_all(sets: Streams[AnnotationSet], rules: Rules, decisions: InOrder | None = None) -> Iterator[Outcome]:
    """The outcome for each article, in the order of the ids; ``sets`` are streams, each sorted by article."""
    decisions = decisions or InOrder(())
    for article_id, one_article in by_article(sets):
        yield work_out(article_id, one_article, rules, decisions.of(article_id))


def work_out(article_id: str, sets: Sequence[AnnotationSet], rules: Rules, decisions: Sequence[Decision] = ()) -> Outcome:
    """Settle the sets of one article, over all passes."""
    sets = [as_listed(one, rules.kinds) for one in sets]
    shas = {one.text_sha256 for one in sets}
    if len(shas) > 1:
        raise unusable(sets[0], "", "the sets of this article are about different texts")
    settled, views = without_decisions(sets, rules)
    holding, stale = apply_decisions(decisions, settled)
    settle_names(views, holding, settled)
    people = all(is_human(kind) for one in holding for kind in (one.by_kind, rules.kinds.get(one.by, one.by_kind)))
    result = SettledSet(
        article_id=article_id,
        tier=tier_of(sets) if people else "silver",
        codebook_version=", ".join(sorted({one.codebook_version for one in sets})),
        text_sha256=shas.pop(),
        annotators=tuple(sorted({one.annotator for one in sets})),
        annotations=tuple(in_reading_order(settled.annotations)),
        settlements=dict(sorted(settled.settlements.items())),
        conflicts=tuple(settled.conflicts),
        distributions=settled.distributions,
        resolved=tuple(settled.resolved),
    )
    return Outcome(result, settled.questions, stale)


def without_decisions(sets: Sequence[AnnotationSet], rules: Rules) -> tuple[Settled, list[View]]:
    """What is settled by agreement and by vote, and what is in question."""
    settled, found = Settled(rules.codebook, rules.labels), []
    for pass_name, views in views_by_pass(sets, rules.codebook):
        settle_pass(pass_name, views, settled)
        found += views
    return settled, found


def labels_by_errors(sets: Streams[AnnotationSet], rules: Rules) -> Labels:
    """Dawid and Skene's labels of the layers that ask for them, from all answers of the corpus; only counts are kept."""
    patterns: dict[str, Counter] = {layer.name: Counter() for layer in rules.codebook.layers if layer.settle == "dawid_skene"}
    for _, one_article in by_article(sets) if patterns else ():
        settled, _ = without_decisions(one_article, rules)
        for name, counted in settled.patterns.items():
            patterns[name].update(counted)
    return {name: most_probable(counted) for name, counted in patterns.items()}
