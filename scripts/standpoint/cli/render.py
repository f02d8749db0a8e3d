"""Text tables: how commands show the values that stages return."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice, pairwise
from operator import attrgetter
from statistics import mean, stdev
from typing import TYPE_CHECKING

import msgspec

from standpoint.adjudication.proposals import Proposal
from standpoint.agreement.figures import COLUMNS, HEADING_TEXTS, Agreement, weighting
from standpoint.agreement.figures import cells as figure_cells
from standpoint.agreement.resampling import method, too_few
from standpoint.dataset.card_baselines import Baseline
from standpoint.labelstudio.merge import SUMS
from standpoint.release.changes import ADDED, CHANGED, DELETED, REQUIRED_BUMPS, Change, ChangeSummary
from standpoint.release.versions import changes_table
from standpoint.scoring.scores import Compared, Gold, Run, Score
from standpoint.scoring.suggestion_scores import LEAST_JUDGED, LEAST_PRECISION, SuggestionScores
from standpoint.splits.leaks import LeakReport
from standpoint.splits.overlap import CollectionComparison
from standpoint.splits.splits import RELEASED
from standpoint.team.plan import Workload
from standpoint.team.progress import ENOUGH, Progress, Qualification

if TYPE_CHECKING:  # they import every stage, and most commands need none of them
    from standpoint.release.create import ReleaseResult
    from standpoint.server.serve import Demo

NOTHING = "–"
SILVER = "silver: machines made the labels; a score says how like them a system is, not how right it is"
MOST_EXAMPLES = 4  # mentions that are shown of a group of names


def columns(rows: Iterable[Sequence[object]], left: int = 1) -> Iterator[str]:
    """Rows under each other, padded to the widest cell; the first ``left`` columns are set to the left, others to the right."""
    texts = [[cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = zip(row, widths, strict=True)
        yield "  ".join(text.ljust(width) if place < left else text.rjust(width) for place, (text, width) in enumerate(cells))


def cell(value: object) -> str:
    """A cell of a table."""
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def import_lines(counts: Counter) -> Iterator[str]:
    """The annotations and items of the sources of an import as sums of what became of them."""
    for whole, parts in SUMS.items():
        named = [f"{counts[part]:,} {part}" for part in parts if counts[part] or part == parts[0]]
        yield f"{counts[whole]:,} {whole} = {' + '.join(named)}"


def agreement_lines(agreement: Agreement, short: bool = False) -> Iterator[str]:
    """The figures of each heading as a table, without those of which nothing was compared; ``short``: the main ones only."""
    compared = f"{agreement.articles:,} articles in {agreement.groups:,} stories have several annotators"
    yield "; ".join(filter(None, (compared, method(agreement.groups, agreement.resamples))))
    yield from agreement.left_out()
    by_heading = agreement.by_heading(main_only=short)
    measured = any(figure.n for figures in by_heading.values() for figure in figures)
    for kind, figures in by_heading.items():
        rows = [figure for figure in figures if figure.n or not measured]
        if rows:
            yield f"agreement, {kind}: {HEADING_TEXTS[kind].full}"
            if sentence := weighting(rows):
                yield f"  {sentence}"
            layers = ["", *(figure.layer for figure in rows)]  # a layer is named once
            names = ["" if layer == before else layer for before, layer in pairwise(layers)]
            table = [[name, *figure_cells(figure, decimals=3)[1:]] for name, figure in zip(names, rows, strict=True)]
            remarks = ["", *("; ".join(filter(None, (figure.reason, figure.note))) for figure in rows)]
            lines = zip(columns([COLUMNS, *table], left=2), remarks, strict=True)
            yield from (f"  {line}  {remark}".rstrip() for line, remark in lines)


def team_lines(members: Sequence[Workload]) -> Iterator[str]:
    """The members, and what is assigned to them and done in each pass."""
    passes = list(members[0].by_pass) if members else []
    yield f"{'annotator':<12}{'kind':<16}" + "".join(f"{name:>20}" for name in passes)
    for member in members:
        done = "".join(f"{f'{done:,} of {assigned:,} done':>20}" for assigned, done in member.by_pass.values())
        yield f"{member.annotator:<12}{member.kind:<16}{done}{'   left' if member.left else ''}"


def proposal_lines(proposals: Sequence[Proposal]) -> Iterator[str]:
    """Each group of names of new actors: its names, the reasons, a few mentions, and the command that accepts it."""
    if not proposals:
        yield "no annotator has named an actor that is not in the registry"
    for proposal in proposals:
        known = f", probably {proposal.known}" if proposal.known else ""
        yield f"{proposal.name}: {proposal.mentions:,} mention(s) in {len(proposal.articles):,} article(s){known}"
        described = sorted({article for name in proposal.names if name.is_description for article in name.articles})
        if len(described) > 1:
            yield "  a description, perhaps of another actor in each article: leave out --article for the articles of others"
        for name in proposal.names:
            people = ", ".join(sorted({annotator for _, annotator in name.uses}))
            yield f"  {' / '.join(map(repr, sorted(name.typed) or [name.name]))} by {people}"
        yield from (f"  because {link.why}" for link in proposal.links)
        examples = {example.article_id: example for name in proposal.names for example in name.examples}.values()
        yield from (f"  {one.article_id}: {one.sentence or one.quote}" for one in islice(examples, MOST_EXAMPLES))
        names = " ".join(dict.fromkeys(shlex.quote(name.name) for name in proposal.names))
        verb = f"merge {proposal.known} {names}" if proposal.known else f"add {shlex.quote(proposal.name)}"
        yield " ".join([f"  standpoint actors {verb}", *(f"--article {article}" for article in described)])


def progress_lines(rows: Sequence[Progress]) -> Iterator[str]:
    """Each annotator's progress in each pass."""
    table: list[Sequence[object]] = [
        ("annotator", "pass", "done", "of", "skipped", "begun", "waiting", "median min", "a day", "hours left", "finish")
    ]
    for row in rows:
        minutes = row.median_seconds / 60 if row.median_seconds is not None else None
        numbers = [NOTHING if value is None else f"{value:.1f}" for value in (minutes, row.a_day, row.hours_left)]
        finish = row.finish or ("done" if row.tasks and not row.left else None)
        table.append((row.annotator, row.pass_name, row.done, row.tasks, row.skipped, row.begun, row.waiting, *numbers, finish))
    return columns(table, left=2)


def qualification_lines(qualification: Qualification) -> Iterator[str]:
    """The grades and leans of an annotator, and whether they qualify."""
    name, articles, tiers = qualification.annotator, len(qualification.articles), qualification.tiers
    if not articles:
        yield f"{name} cannot be graded: no article of theirs was adjudicated without their own set"
        return
    yield f"{name} against the adjudicated sets of {articles} article(s), tier {', '.join(tiers)}"
    if articles < ENOUGH:
        yield f"  a qualification should have {ENOUGH} articles: take this as a trial"
    if "silver" in tiers:
        yield "  silver: machines made the sets to compare with; a high value means reading as they do, not reading correctly"
    for grade in qualification.grades:
        start = f"  {grade.layer:<10}{grade.statistic:<26}"
        if grade.value is None:
            yield f"{start}      {NOTHING}  nothing to measure, should be {grade.threshold:.2f}"
            continue
        verdict = "passed" if grade.passed else "NOT PASSED"
        yield f"{start}{grade.value:7.3f}  should be {grade.threshold:.2f}, n {grade.n:,}: {verdict}"
        if not grade.passed:
            yield f"            read {grade.guideline}"
    for lean in qualification.leans:
        counts = f"{lean.above} time(s) too favourable, {lean.below} too unfavourable"
        yield f"  {lean.layer} of {lean.actor}: on the wrong side {counts}" + ("  LEANS ONE WAY" if lean.one_sided else "")
    yield f"{name} {'qualifies' if qualification.passed else 'does not qualify yet'}"


def score_lines(gold: Gold, runs: Sequence[Run], controls: Sequence[Baseline] = ()) -> Iterator[str]:
    """The scores track by track, official ones first; of several runs their mean and standard deviation too.

    Beside each score, the best of ``controls``.
    """
    report = runs[0].report
    yield f"{report.articles:,} articles in {report.groups:,} stories, split {gold.split}, tier {', '.join(gold.tiers)}"
    if how := method(report.groups, report.resamples):
        yield how
    if "silver" in gold.tiers:
        yield SILVER
    for run in runs:
        ensemble = "" if run.system.single_model else ", an ensemble"
        yield f"{run.path.name}: {run.system.system}, seed {run.system.seed if run.system.seed is not None else 'none'}{ensemble}"
    few = bool(too_few(report.groups))  # said above, so not again in each line
    others = [{(score.metric, score.layer): score.value for score in run.report.scores} for run in runs[1:]]
    widths = _widths(report.scores)
    scores = sorted(report.scores, key=lambda score: (score.track, not score.official))
    for (track, official), group in groupby(scores, key=lambda score: (score.track, score.official)):
        yield f"{track}, {'official' if official else 'diagnostics'}"
        for score in group:
            line = _named(score, widths) + _score(score, [values[score.metric, score.layer] for values in others], few)
            yield line + _best_control(score, controls)


def _widths(scores: Iterable[Score | Compared]) -> tuple[int, int]:
    """The widths of the longest names of layers and metrics."""
    return max((len(one.layer) for one in scores), default=0), max((len(one.metric) for one in scores), default=0)


def _named(score: Score | Compared, widths: tuple[int, int]) -> str:
    return f"  {score.layer:<{widths[0]}}  {score.metric:<{widths[1]}}"


def _score(score: Score, of_other_runs: Sequence[float | None], few: bool) -> str:
    if score.value is None:
        return f"       {NOTHING}  {score.reason}"
    values = [value for value in (score.value, *of_other_runs) if value is not None]
    interval = f"[{score.low:.3f}, {score.high:.3f}]" if score.low is not None else "" if few else score.no_interval
    single = f"  single {score.single:4.0%}" if score.single is not None else ""
    left_out = f"  left out {score.left_out:,}" if score.left_out else ""
    over = f"  {_over(score)}" if score.over is not None else ""
    pairs = (("P", score.precision), ("R", score.recall))
    halves = "  ".join(f"{letter} {value:.3f}" for letter, value in pairs if value is not None)
    spread = f"  mean {mean(values):.3f} ± {stdev(values):.3f} of {len(values)}" if len(values) > 1 else ""
    direction = "  lower is better" if score.lower_is_better else ""
    counts = f"n {score.n:>5,}{single}  {halves}{left_out}"
    return f" {score.value:7.3f}  {interval:<16}  {counts}{spread}{direction}{over}".rstrip()


def _best_control(score: Score, controls: Iterable[Baseline]) -> str:
    """The best control of the same score, with those that are as good."""
    place = (score.track, score.layer, score.metric)
    values = {one.system: one.value for one in controls if (one.track, one.layer, one.metric) == place}
    if not values:
        return ""
    best = (min if score.lower_is_better else max)(values.values())
    return f"  control {best:.3f} {', '.join(name for name, value in values.items() if value == best)}"


def _over(score: Score) -> str:
    """The labels that a macro average is over; one by its name, because it is then no average."""
    names = score.over or ()
    return f"over one of {score.labels} labels: {names[0]}" if len(names) == 1 else f"over {len(names)} of {score.labels} labels"


def difference_lines(first: Run, second: Run, differences: Sequence[Compared]) -> Iterator[str]:
    """The differences of two systems' scores, each with its p."""
    yield f"{first.path.name} less {second.path.name}, and the probability p of a difference as large by chance"
    yield "in brackets: the smallest p that can be reached, by the number of stories in which the two systems differ"
    shown = [item for item in differences if item.difference is not None]
    widths = _widths(shown)
    for item in shown:
        yield f"{_named(item, widths)} {item.difference:+7.3f}  p {item.p:.4f} ({item.least_p:.4f})"


def suggestion_score_lines(scores: SuggestionScores) -> Iterator[str]:
    """How good suggestions are, as a table of one line per source, layer and label."""
    yield f"{scores.articles:,} articles with an adjudicated set, tier {', '.join(scores.tiers) or 'none'}"
    if "silver" in scores.tiers:
        yield "silver: machines made the labels that the suggestions are measured against"
    if not (scores.rows or scores.ways):
        yield "nothing is suggested in these articles: there is nothing to measure"
        return
    share = scores.control / scores.articles if scores.articles else 0.0
    yield f"{scores.control:,} of them ({share:.0%}) are control articles, which get no suggestions"
    heads = ("source", "layer", "label", "suggestions", "precision", "recall", "adjudicated", "any label")
    names = ("source", "layer", "label", "suggestions", "precision", "recall", "adjudicated", "both_any_label")
    outcomes = ("accepted", "edited", "rejected")
    rows = (attrgetter(*names, *outcomes)(row) for row in scores.rows)
    yield from columns([(*heads, *outcomes), *rows], left=3)
    if off := [one for one in scores.ways if one.off or one.goes_off]:
        yield f"an alias or rule with a precision under {LEAST_PRECISION} in {LEAST_JUDGED} or more suggestions is switched off:"
        states = {(False, True): "off from now on", (True, False): "on again", (True, True): "off"}
        table = [(*one.way, one.right, one.judged, states[one.off, one.goes_off]) for one in off]
        yield from columns([("source", "layer", "label", "way", "right", "of", ""), *table], left=4)


def demo_summary(demo: Demo) -> Iterator[str]:
    """The counts of each step, the agreement, and how to load the dataset."""
    for step, counts in demo.counts.items():
        yield f"{step:<11}" + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    yield ""
    yield from agreement_lines(demo.agreement, short=True)
    yield ""
    yield f"the dataset is in {demo.folder}: " + ", ".join(f"{count} {split}" for split, count in demo.rows.items())
    yield "load it with:"
    yield "    from datasets import load_dataset"
    yield f'    articles = load_dataset("{demo.folder}")'


def comparison_lines(comparison: CollectionComparison) -> Iterator[str]:
    """The overlap of two collections: the counts by kind, and the examples."""
    yield f"{comparison.train:>9,}  texts in train"
    yield f"{comparison.test:>9,}  texts in test"
    for kind, count in comparison.counts().items():
        yield f"{count:>9,}  {kind} ({count / max(comparison.test, 1):.1%} of test)"
    for example in comparison.examples:
        overlap = example.overlap
        similarity = f"Jaccard {overlap.jaccard:.2f}, containment {overlap.containment:.2f}"
        yield f"{overlap.kind}: {example.test} and {example.train}, {similarity}"
        yield f"    {example.shared}"


def leak_report_lines(report: LeakReport) -> Iterator[str]:
    """The leak report of one file of splits, with each label's share of its layer's labels in each split."""
    yield f"{report.name}: " + ", ".join(f"{report.articles.get(name, 0)} {name}" for name in RELEASED)
    kinds = ", ".join(f"{report.count(kind)} {kind}" for kind in ("equal", "near", "contained"))
    yield f"  pairs of copies over splits: {kinds}"
    for leak in report.leaks:
        yield f"    {leak.likeness}: {leak.first} ({leak.splits[0]}), {leak.second} ({leak.splits[1]})"
    yield f"  stories over splits: {report.divided_stories} of {report.stories}"
    for row in report.unseen:
        share = NOTHING if row.share is None else f"{row.share:.0%}"
        yield f"  {row.kind} of {row.split} that train does not name: {row.unseen} of {row.named} ({share})"
    totals: Counter[tuple[str, str]] = Counter()
    for (layer, _, split), count in report.labels.items():
        totals[layer, split] += count
    yield f"  {'labels, in % of the layer':<44}" + "".join(f"{name:>12}" for name in RELEASED)
    for layer, label in dict.fromkeys(key[:2] for key in report.labels):
        shares = (100 * report.labels.get((layer, label, name), 0) / (totals[layer, name] or 1) for name in RELEASED)
        yield f"  {layer + ' ' + label:<44}" + "".join(f"{share:>12.1f}" for share in shares)


SIGNS = {ADDED: "+", CHANGED: "~", DELETED: "-"}
MARKUP = re.compile(r"[\\`*_\[\]<>|#~&]")  # what Markdown reads in a quote
VALUE_WIDTH = 60  # characters of a value that are shown


def diff_lines(summary: ChangeSummary, before: str, after: str) -> Iterator[str]:
    """The changes with + ~ -, the counts by kind, and the bump that they require. ``before`` and ``after`` name the versions."""
    for change in summary.first:
        details = _change_details(change)
        yield f"{SIGNS[change.action]} {change.kind:<10} {change.id}" + (f"  {details}" if details else "")
    if summary.omitted:
        yield f"… and {summary.omitted:,} more: --all shows them, --json writes them"
    yield f"{before} -> {after}"
    for name, *counts in summary.rows():
        yield f"  {name:<24}" + "".join(f"{count:>9,} {action}" for count, action in zip(counts, SIGNS, strict=True))
    yield f"  {REQUIRED_BUMPS[summary.bump]}"


def diff_markdown(summary: ChangeSummary, before: str, after: str) -> Iterator[str]:
    """A section of Markdown: the counts as a table, then the changes as a list."""
    yield f"## {before} → {after}"
    yield ""
    yield from changes_table(summary)
    yield f"This demands {REQUIRED_BUMPS[summary.bump]}."
    yield ""
    for change in summary.first:
        details = MARKUP.sub(r"\\\g<0>", _change_details(change))
        yield f"- {change.action} {change.kind} `{change.id}`" + (f": {details}" if details else "")
    if summary.omitted:
        yield f"- … and {summary.omitted:,} more"


def _change_details(change: Change) -> str:
    """The fields that changed, before → after; for an added or deleted item, its label and quote, if it has them."""
    if change.action == CHANGED:
        return "; ".join(f"{name}: {_short(value)} → {_short(change.after[name])}" for name, value in change.before.items())
    fields = change.after or change.before
    shown = ("type", "label", "how", "quote")
    return " ".join(_short(fields[name]) for name in shown if fields.get(name) not in (None, [], ""))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= VALUE_WIDTH else f"{text[: VALUE_WIDTH - 1]}…"


def release_lines(result: ReleaseResult, dry_run: bool) -> Iterator[str]:
    """What `release create` did or, in a dry run, would do."""
    commit = (result.commit or "")[:12]
    if result.only_tagged:
        yield f"{'would tag' if dry_run else 'tagged'} {commit} as {result.tag}: {result.number} was released without its tag"
        return
    yield f"{result.number}, " + (f"since {result.previous}: {result.bump}" if result.previous else "the first version")
    yield f"content {result.content}"
    if dry_run:
        yield "would write dataset/version.txt, dataset/CHANGELOG.md, dataset/release and a row of dataset/versions.tsv"
        yield f"would commit, and tag the commit as {result.tag}"
    else:
        yield f"released {result.tag}: commit {commit}; to publish the commit and its tag: git push --follow-tags"
