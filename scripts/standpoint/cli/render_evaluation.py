"""What the commands of evaluation found, as text for a terminal; a comparison as a page of Markdown, too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from standpoint.agreement.figures import HEADING_TEXTS, Figure
from standpoint.agreement.report_articles import Names
from standpoint.agreement.resampling import method, too_few
from standpoint.cli.render import SILVER, cell, columns
from standpoint.evaluation.alternative_annotator import T_TEST, AlternativeAnnotator
from standpoint.evaluation.audit import Audit, Shift
from standpoint.evaluation.compare_sides import Ceiling, SideComparison, UnderHeading
from standpoint.evaluation.estimate import BOTH, MACHINE, PEOPLE, Estimate, Measured, Part
from standpoint.evaluation.label_errors import ErrorClass, Example, LayerErrors
from standpoint.evaluation.sample import Sample
from standpoint.scoring.scores import Score
from standpoint.scoring.undecided import REASONS

MOST_CLASSES = 5  # of errors in a layer; the JSON file has all
AMONG = "people among themselves"
Row = Sequence[object]
Line = tuple[int, str]  # how deep it is indented, its words


class Block(NamedTuple):
    """A part of the page: a title (of level 1 to 3, 0 for none), lines, and a table whose first row has the names of columns."""

    level: int
    title: str
    lines: Sequence[Line] = ()
    rows: Sequence[Row] = ()


def comparison_text(compared: SideComparison, names: Names) -> Iterator[str]:
    """The comparison for a terminal."""
    for number, block in enumerate(comparison_blocks(compared, names)):
        yield from ("",) if number and block.level == 2 else ()
        yield from (block.title,) if block.title else ()
        yield from (f"{'  ' * (depth + 1)}{words}" for depth, words in block.lines)
        yield from (f"  {line}".rstrip() for line in (columns(block.rows, left=2) if block.rows else ()))


MARKUP = re.compile(r"([\\`*_\[\]<>&|#~$])")


def markdown_of(blocks: Iterable[Block]) -> str:
    """Blocks as Markdown. What is quoted of articles is no markup there."""
    parts = []
    for block in blocks:
        parts += [f"{'#' * block.level} {_escaped(block.title)}"] if block.title else []
        parts += ["\n".join(f"{'  ' * depth}- {_escaped(words)}" for depth, words in block.lines)] if block.lines else []
        if block.rows:
            head, *rows = ([_escaped(cell(value)) for value in row] for row in block.rows)
            parts.append("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)


def comparison_blocks(compared: SideComparison, names: Names) -> Iterator[Block]:
    """Who is compared on which articles; then, under each heading, agreement, scores and errors; then the test."""
    first, second = compared.first, compared.second
    lines = []
    for articles in compared.passes:
        others = f"{articles.first_only:,} more of {first} and {articles.second_only:,} of {second} are not compared"
        own = f"; {articles.own:,} are left out, where one side helped to adjudicate the other" if articles.own else ""
        lines.append((0, f"{articles.pass_name}: {len(articles.both):,} articles that both have; {others}{own}"))
    lines += [(0, f"{side}: " + "; ".join(_members(compared, side))) for side in (first, second)]
    for code, reason in REASONS.items():
        counts = [f"{count:,} of {layer}" for layer, because, count in compared.left_out if because == code]
        lines += [(0, f"left out {reason}: {', '.join(counts)}")] if counts else []
    if "silver" in compared.tiers:
        lines.append((0, SILVER))
    yield Block(1, f"{first} is measured against {second}", lines)
    for part in compared.parts:
        yield from _under_heading(part, compared, names)
    yield from _alternative(compared)


def _members(compared: SideComparison, side: str) -> list[str]:
    """Each annotator of a side, what it is, and in how many sets."""
    sets: dict[tuple[str, str, str], int] = {}
    for member in compared.members:
        if member.side == side:
            key = (member.annotator, member.annotator_kind, member.assistance)
            sets[key] = sets.get(key, 0) + member.sets
    return [
        f"{name}, {kind.replace('_', ' ')}, {count:,} sets"
        + ("" if assistance == "none" else f", begun from a {assistance.replace('_', ' ')}")
        for (name, kind, assistance), count in sets.items()
    ]


def _under_heading(part: UnderHeading, compared: SideComparison, names: Names) -> Iterator[Block]:
    how = method(part.stories, compared.resamples)
    lines = [(0, "; ".join(filter(None, (f"{part.articles:,} articles in {part.stories:,} stories", how))))]
    ceiling = compared.ceiling
    if ceiling:
        among = f"{ceiling.articles:,} of the articles in {ceiling.stories:,} stories"
        lines.append((0, f"{AMONG}: {', '.join(ceiling.people)}, {among}"))
    else:
        lines.append((0, f"without {AMONG}: {compared.no_ceiling}"))
    if part.not_asked:
        counts = [f"{layer} ({count:,})" for layer, count in part.not_asked.items()]
        lines.append((0, f"not compared, as other guidelines asked for nothing there, or for a part: {', '.join(counts)}"))
    yield Block(2, HEADING_TEXTS[part.heading].full, lines)
    scores = [one for one in part.scores if names.codebook.by_name[one.layer].kind != "text"]  # names are typed in many ways
    first, second = compared.first, compared.second
    tables = {
        "agreement": _figure_rows(part.figures, ceiling),
        f"scores of {first}, with {second} as gold": _score_rows(scores, ceiling),
        f"incidents of {second}, which have no place, in {first}": _incident_rows(part.incidents),
    }
    for title, table in tables.items():
        if len(rows := list(table)) > 1:
            yield Block(3, title, rows=rows)
    if errors := [line for one in part.errors for line in _error_lines(one, names)]:
        yield Block(3, f"errors of {first}: {second} → {first}", errors)


def _figure_rows(figures: Iterable[Figure], ceiling: Ceiling | None) -> Iterator[Row]:
    """The main figures, each with that of the people among themselves."""
    among = {(one.pass_name, one.layer, one.statistic): one for one in ceiling.figures} if ceiling else {}
    yield "layer", "statistic", "value", "95 % interval", "n", *((AMONG, "95 % interval", "n") if ceiling else ())
    for one in figures:
        if one.main:
            beside = among.get((one.pass_name, one.layer, one.statistic))
            yield one.layer, one.statistic, *_measured(one), *(_measured(beside) if ceiling else ())


def _score_rows(scores: Sequence[Score], ceiling: Ceiling | None) -> Iterator[Row]:
    """The scores that are defined, each with that of the people among themselves: the official ones of a layer that has any."""
    official = {one.layer for one in scores if one.official}
    among = {(one.layer, one.metric): one for one in ceiling.scores} if ceiling else {}
    yield "layer", "score", "value", "95 % interval", "n", "P", "R", *((AMONG, "95 % interval", "n") if ceiling else ())
    for one in scores:
        if one.official == (one.layer in official) and one.value is not None:
            beside = _measured(among.get((one.layer, one.metric))) if ceiling else ()
            yield one.layer, one.metric, *_measured(one), one.precision, one.recall, *beside


def _incident_rows(scores: Iterable[Score]) -> Iterator[Row]:
    yield "layer", "score", "value", "95 % interval", "n"
    yield from ((one.layer, one.metric, *_measured(one)) for one in scores)


def _measured(one: Figure | Score | None) -> tuple[object, ...]:
    """Value, interval and n."""
    if one is None:
        return None, None, 0
    interval = one.no_interval or None if one.low is None else f"{one.low:.3f} to {one.high:.3f}"
    return one.value, interval, one.n


def _error_lines(errors: LayerErrors, names: Names) -> Iterator[Line]:
    """The numbers of each kind of error, and the most frequent classes with their examples."""
    counts = {name: count for name, count in {"right": errors.right, **errors.errors}.items() if count}
    if not counts:
        return
    yield 0, f"{errors.layer}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    for one in errors.classes[:MOST_CLASSES]:
        yield 1, f"{one.count:,} × {_labels(one, errors.layer, names)}"
        yield from ((2, _example(example)) for example in one.examples)
    if rest := errors.classes[MOST_CLASSES:]:
        yield 1, f"{sum(one.count for one in rest):,} in {len(rest):,} other class(es)"


def _labels(one: ErrorClass, layer: str, names: Names) -> str:
    expected, given = (names.of(layer, label) or "nothing" for label in (one.expected, one.given))
    return f"{expected} ({one.error})" if expected == given else f"{expected} → {given} ({one.error})"


def _example(example: Example) -> str:
    line = f"{example.article_id} {_at(example.places, example.quote)}".rstrip()
    return f"{line}, reference {_at(example.reference_places, example.reference_quote)}" if example.reference_places else line


def _at(places: Iterable[tuple[int, int] | str], quote: str) -> str:
    """Places and the words there, in one line."""
    words = [place if isinstance(place, str) else f"[{place[0]},{place[1]})" for place in places]
    return " ".join([*words, *([f"“{' '.join(quote.split())}”"] if quote else [])])


def _alternative(compared: SideComparison) -> Iterator[Block]:
    title = f"alternative annotator test: may {compared.first} stand for one of {compared.second}?"
    if compared.no_test:
        yield Block(2, title, [(0, f"it is not made: {compared.no_test}")])
        return
    epsilon = next((one.epsilon for one in compared.alternative), 0.0)
    lines = [(0, f"ε {epsilon:.2f}; ω is the share of people over whom it wins, and passes from 0.5; machines are compared by ρ")]
    reasons: dict[str, list[str]] = {}
    for one in compared.alternative:
        if one.reason:
            reasons.setdefault(one.reason, []).append(one.layer)
    lines += [(0, f"{', '.join(layers)}: {reason}") for reason, layers in reasons.items()]
    if any(one.reason and one.test == T_TEST for one in compared.alternative):
        lines.append((0, "with fewer instances: --test wilcoxon"))
    rows = [row for one in compared.alternative if (row := _test_row(one))]
    yield Block(2, title, lines, [("layer", "instance", "people", "instances", "ω", "ρ", ""), *rows] if rows else ())


def _test_row(one: AlternativeAnnotator) -> Row | None:
    """A layer's row, with the people over whom the machine could win, and the fewest instances of one of them."""
    if one.winning_rate is None:
        return None
    tested = [person.n for person in one.people if person.p is not None]
    verdict = "passed" if one.passed else "failed"
    return one.layer, f"{one.instances}, {one.alignment}", len(tested), min(tested), one.winning_rate, one.advantage, verdict


ASSUMED = {
    MACHINE: "{machine} in all articles, as if it were always right; the interval knows nothing of its errors",
    PEOPLE: "{people} in the articles that they read{weighted}",
    BOTH: "{machine} in all articles, corrected by its errors in these; right whatever errors it makes, if these were drawn{how}",
}


def estimate_text(estimated: Estimate, names: Names) -> Iterator[str]:
    """What is estimated, the estimates of each kind, and what each of them assumes."""
    labels = " or ".join(names.of(estimated.layer, label) or label for label in estimated.labels)
    about = f", about {' or '.join(estimated.about)}" if estimated.about else ""
    what = f"mean number of {labels} in an article" if estimated.per_article else f"share of {labels}"
    yield f"{estimated.layer}: {what}{about}"
    rows: list[Row] = [("articles", "by", "estimate", "95 % interval", "articles", "units", "stories", "λ", "effective")]
    for part in estimated.parts:
        rows += [_estimate_row(part, one) for one in part.measured]
    yield from (f"  {line}".rstrip() for line in columns(rows, left=2))
    for part in estimated.parts:
        yield from (f"{_articles_of(part)}, {one.kind}: {one.reason}" for one in part.measured if one.reason)
    words = {
        "machine": estimated.machine,
        "people": estimated.people,
        "weighted": ", each weighted by one over its probability" if estimated.is_drawn else "",
        "how": f" as dataset/samples/{estimated.pass_name}.tsv says" if estimated.is_drawn else " with equal probabilities",
    }
    yield from (f"{kind}: {text.format_map(words)}" for kind, text in ASSUMED.items())
    yield "effective: how many articles people would have to read for such an interval without the machine"


def _articles_of(part: Part) -> str:
    return f"{part.source} less {part.other}" if part.other else part.source or "all"


def _estimate_row(part: Part, one: Measured) -> Row:
    interval = None if one.low is None else f"{one.low:.3f} to {one.high:.3f}"
    effective = None if one.effective is None else round(one.effective)
    units = int(one.units) if one.units == int(one.units) else round(one.units, 1)
    return _articles_of(part), one.kind, one.value, interval, one.articles, f"{units:,}", one.stories, one.tuning, effective


def sample_text(sample: Sample) -> Iterator[str]:
    """The articles that are new in a sample, and how much of each outlet it has."""
    numbers = f"{len(sample.rows):,} articles, {len(sample.new):,} of them new"
    yield f"sample of the pass {sample.pass_name}, by {', '.join(sample.machines)}: {numbers}"
    drawn = {row.article_id: row.probability for row in sample.rows}
    new = [sample.candidates[name] for name in sample.new]
    rows = [(one.article_id, f"{drawn[one.article_id]:.3f}", one.disagreement, "yes" if one.is_read else "no") for one in new]
    if rows:
        yield from (f"  {line}" for line in columns([("article", "probability", "disagreement", "read"), *rows]))
    of_outlets = Counter(one.facets[0][0] for one in sample.candidates.values())
    drawn_of = Counter(one.facets[0][0] for one in sample.candidates.values() if one.article_id in drawn)
    yield "outlets: " + ", ".join(f"{name} {drawn_of[name]:,} of {count:,}" for name, count in sorted(of_outlets.items()))
    if len(sample.machines) == 1:
        yield "disagreement: not known of one machine; with two, articles about which they disagree are drawn more often"
    yield "confidence of the machines: not known, no dossier has it"


AUDITED = {
    "repeated": "asked again with another seed: what moves without any cue",
    "shown": "with the outlet shown",
    "exchanged": "with another outlet shown",
    "mirrored": "with the names of the sides exchanged: compared with the answer about the other side",
}


def audit_lines(audit: Audit) -> Iterator[str]:
    """The shifts of an audit: a table for each condition, without the actors about whom no answer moved."""
    yield f"{audit.model}, pass {audit.pass_name}: {len(audit.articles):,} articles"
    if audit.items:
        yield "shift: the answer less that to the hidden outlet, its mean with the 95 % interval over stories"
    for condition, text in AUDITED.items():
        if rows := [shift for shift in audit.shifts if shift.condition == condition]:
            yield f"{condition}: {text}"
            moved = [row for row in rows if row.changed or not row.about]
            table = [
                [row.layer, audit.names.get(row.about, "all"), row.outlet or "all", row.n, row.changed]
                + [row.up, row.down, row.mean, _range(row)]
                for row in moved
            ]
            names = ["layer", "about", "outlet", "n", "changed", "up", "down", "shift", "95 % interval"]
            yield from (f"  {line}" for line in columns([names, *table], left=3))
            if same := [row for row in rows if row.about and not row.changed]:
                yield f"  no answer moved about {len(same):,} actor(s) with {sum(row.n for row in same):,} answer(s)"
    yield from (f"left out, {reason}: {count:,}" for reason, count in audit.left_out.items())


def _range(shift: Shift) -> str | None:
    """The interval of a shift, or why there is none; None where none was asked for."""
    return (too_few(shift.stories) or None) if shift.low is None else f"{shift.low:.3f} to {shift.high:.3f}"
