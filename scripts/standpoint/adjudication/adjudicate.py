"""Adjudication of an article's annotation sets into one adjudicated set with a tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec.structs import replace

from standpoint.adjudication.content import Adjudicated, Pattern, View, unusable_set, views_by_pass
from standpoint.adjudication.decisions import DecisionLookup, apply_decisions, stale_issue
from standpoint.adjudication.renames import decisions_today
from standpoint.adjudication.resolve import most_probable, resolve_names, resolve_pass
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import (
    ArticleRecords,
    Lookup,
    Streams,
    by_article,
    file_of,
    merged,
    read_decisions,
    sets_to_adjudicate,
    sources_of,
)
from standpoint.core.files import inside, read_lines, written_whole
from standpoint.core.model import (
    AdjudicatedSet,
    AnnotationSet,
    Conflict,
    Decision,
    Issue,
    Question,
    Reporter,
    Span,
    in_reading_order,
    sha256,
    with_new_ids,
)
from standpoint.core.project import Project
from standpoint.core.provenance import as_listed, is_human, kind_as_listed, kinds_of, tier_of
from standpoint.core.standoff import Standoff, article_id_of, report_unknown_quotes
from standpoint.processes import mapped


def with_stable_ids(adjudicated: AdjudicatedSet) -> AdjudicatedSet:
    """The adjudicated set with the ids under which it is stored.

    A span's id follows from its layer and extent. It contains the label only if another span of the layer has the same
    extent, so that the id stays the same when the label is adjudicated again.
    """
    spans = [item for item in adjudicated.annotations if isinstance(item, Span)]
    places = [(span.layer, str(span.start), str(span.end)) for span in spans]
    counts, names = Counter(places), dict[str, str]()
    for span, place in zip(spans, places, strict=True):
        content = "\0".join(place if counts[place] == 1 else (*place, span.label))
        names[span.id] = f"{span.layer}-{sha256(content)[:10]}"
    new = {item.id: with_new_ids(item, names) for item in adjudicated.annotations}
    return replace(
        adjudicated,
        annotations=tuple(new.values()),
        resolutions=dict(sorted((new[name].id, how) for name, how in adjudicated.resolutions.items())),
        conflicts=_with_stable_places(adjudicated.conflicts, names),
        resolved=_with_stable_places(adjudicated.resolved, names),
        distributions={
            layer: {names.get(of, of): labels for of, labels in by_actor.items()}
            for layer, by_actor in adjudicated.distributions.items()
        },
    )


def _with_stable_places(conflicts: Iterable[Conflict], names: Mapping[str, str]) -> tuple[Conflict, ...]:
    """The conflicts; the place of one about the answers of a span is the span's id."""
    return tuple(replace(one, where=names.get(one.where, one.where)) for one in conflicts)


Labels = Mapping[str, Mapping[Pattern, str]]


class Outcome(NamedTuple):
    """The result for one article: its adjudicated set, the questions for an adjudicator, and the stale decisions."""

    adjudicated: AdjudicatedSet
    questions: list[Question]
    stale: list[Decision]


class Rules(NamedTuple):
    """The codebook, the kind of each annotator (annotators.yaml), Dawid and Skene's labels, the registry of actors, and the ids
    of the articles whose words are not quoted.
    """

    codebook: Codebook
    kinds: Mapping[str, str]
    labels: Labels = {}
    registry: Registry = NO_ACTORS
    withheld: Container[str] = ()


def adjudicate_articles(sets: Streams[AnnotationSet], rules: Rules, decisions: DecisionLookup | None = None) -> Iterator[Outcome]:
    """The outcome for each article, in the order of the ids; ``sets`` are streams, each sorted by article."""
    decisions = decisions or DecisionLookup(())
    for article_id, _, sets_of_article, _ in by_article((), sets):
        yield adjudicate_article(article_id, sets_of_article, rules, decisions.of(article_id))


def adjudicate_article(
    article_id: str, sets: Sequence[AnnotationSet], rules: Rules, decisions: Sequence[Decision] = ()
) -> Outcome:
    """Adjudicate the sets of one article, over all passes."""
    sets = [as_listed(item, rules.kinds) for item in sets]
    shas = {item.text_sha256 for item in sets}
    if len(shas) > 1:
        raise unusable_set(sets[0], "", "the sets of this article were made on different texts")
    adjudicated, views = without_decisions(sets, rules)
    holding, stale = apply_decisions(decisions_today(decisions, sets, rules.codebook, rules.registry), adjudicated)
    resolve_names(views, holding, adjudicated)
    deciders = {kind_as_listed(decision.by, decision.by_kind, rules.kinds) for decision in holding}
    result = AdjudicatedSet(
        article_id=article_id,
        tier=tier_of(sets) if all(map(is_human, deciders)) else "silver",
        codebook_version=", ".join(sorted({item.codebook_version for item in sets})),
        text_sha256=shas.pop(),
        annotators=tuple(sorted({item.annotator for item in sets})),
        annotations=tuple(in_reading_order(adjudicated.annotations)),
        resolutions=dict(sorted(adjudicated.resolutions.items())),
        conflicts=tuple(adjudicated.conflicts),
        distributions=adjudicated.distributions,
        resolved=tuple(adjudicated.resolved),
    )
    return Outcome(result, adjudicated.questions, stale)


def without_decisions(sets: Sequence[AnnotationSet], rules: Rules) -> tuple[Adjudicated, list[View]]:
    """The result of agreement and votes, and the views of all passes."""
    adjudicated = Adjudicated(rules.codebook, rules.labels, quoting=sets[0].article_id not in rules.withheld)
    all_views: list[View] = []
    for pass_name, views in views_by_pass(sets, rules.codebook, rules.registry):
        resolve_pass(pass_name, views, adjudicated)
        all_views += views
    return adjudicated, all_views


def labels_by_errors(sets: Streams[AnnotationSet], rules: Rules) -> Labels:
    """Dawid and Skene's labels of the layers that use them, from the counts of all answers in the corpus."""
    patterns: dict[str, Counter] = {layer.name: Counter() for layer in rules.codebook.layers if layer.resolve == "dawid_skene"}
    for _, _, sets_of_article, _ in by_article((), sets) if patterns else ():
        adjudicated, _ = without_decisions(sets_of_article, rules)
        for name, counted in adjudicated.patterns.items():
            patterns[name].update(counted)
    return {name: most_probable(counted) for name, counted in patterns.items()}


def rules_of(project: Project) -> Rules:
    codebook, registry = open_codebook(project)
    rules = Rules(codebook, kinds_of(project), registry=registry, withheld=Standoff(project).withheld)
    return rules._replace(labels=labels_by_errors(sets_to_adjudicate(project), rules))


def adjudicate_project(project: Project, reporter: Reporter, jobs: int = 1) -> Counter:
    """Write the adjudicated set of each article, one file per source; count the annotations by resolution.

    The file of a source without annotation sets is removed: nothing in it could be computed again. ``jobs``: the number of
    processes; the files are the same for any number.
    """
    counts, rules, unlisted = Counter[str](), rules_of(project), Counter[str]()
    report_unknown_quotes(project, reporter)
    sources, decisions, standoff = sources_of(project), DecisionLookup(read_decisions(project)), Standoff(project)
    given = ((records, decisions.of(records.article_id)) for records in by_article((), sets_to_adjudicate(project)))
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for item in mapped(partial(_adjudicated, rules=rules, standoff=standoff), given, jobs):
            unlisted.update(item.deciders - rules.kinds.keys())
            counts.update(item.counts)
            for decision in item.stale:
                reporter.report(stale_issue(decision))
            source = file_of(item.article_id, sources)
            if source not in files:
                files[source] = stack.enter_context(written_whole(inside(project.adjudicated, f"{source}.jsonl")))
            files[source].write(item.line)
    for path in sorted(project.adjudicated.glob("*.jsonl")):
        if path.stem not in files:
            message = f"removed: no article of {path.stem} has an annotation set any more"
            reporter.report(Issue(path.relative_to(project.root).as_posix(), "ADJUDICATED-REMOVED", message, "note"))
            path.unlink()
    for name, articles in sorted(unlisted.items()):
        message = f"{name!r} has decided in {articles:,} articles and has no entry, so that nothing says that a person decided"
        reporter.report(Issue("dataset/annotators.yaml", "ADJUDICATOR-UNLISTED", message, "note"))
    decisions.skip()
    for decision in decisions.missed:
        reporter.report(stale_issue(decision))
    return counts


class AdjudicatedLine(NamedTuple):
    """The line of an article's adjudicated set, what is counted of it, who decided in it, and its stale decisions."""

    article_id: str
    line: bytes
    counts: Counter[str]
    deciders: set[str]
    stale: list[Decision]


def _adjudicated(given: tuple[ArticleRecords, list[Decision]], rules: Rules, standoff: Standoff) -> AdjudicatedLine:
    records, decisions = given
    item, questions, stale = adjudicate_article(records.article_id, records.sets, rules, decisions)
    how = [*item.resolutions.values(), *(conflict.resolution for conflict in item.resolved if conflict.resolution)]
    counts = Counter({"adjudicated sets": 1, "conflicts": len(item.conflicts), f"tier {item.tier}": 1})
    counts.update(resolution.how for resolution in item.resolutions.values())
    changed = sum(question.standing is not None for question in questions)
    counts += Counter({"conflicts resolved": len(item.resolved), "decided, but changed since": changed})
    deciders = {name for one in how if one.how == "adjudicated" for name in one.by}
    line = msgspec.json.encode(standoff.committed(with_stable_ids(item))) + b"\n"
    return AdjudicatedLine(item.article_id, line, counts, deciders, stale)


TO_ADD, TO_CHANGE, TO_REMOVE = "to add", "to change", "to remove"


def outdated_sets(project: Project, reporter: Reporter) -> Counter[str]:
    """The numbers of stored adjudicated sets that ``adjudicate_project`` would add, change and remove; nothing is written."""
    standoff, counts = Standoff(project), Counter({TO_ADD: 0, TO_CHANGE: 0, TO_REMOVE: 0})
    stored = merged(read_lines(path, AdjudicatedSet) for path in sorted(project.adjudicated.glob("*.jsonl")))
    lookup = Lookup(stored, article_id_of, lambda left_over: counts.update({TO_REMOVE: len(list(left_over))}))
    outcomes = adjudicate_articles(sets_to_adjudicate(project), rules_of(project), DecisionLookup(read_decisions(project)))
    for outcome in reporter.track("compare adjudicated sets", outcomes):
        present, before = standoff.committed(with_stable_ids(outcome.adjudicated)), lookup.of(outcome.adjudicated.article_id)
        if before != [present]:
            counts[TO_CHANGE if before else TO_ADD] += 1
    lookup.skip()
    return counts
