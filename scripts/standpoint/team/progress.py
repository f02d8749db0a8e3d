"""Each annotator's progress, counted from Label Studio's projects, and qualification by the thresholds of the codebook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate, chain
from math import ceil
from statistics import median
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from standpoint.adjudication.article_actors import actor_pass
from standpoint.adjudication.new_actors import with_actor_ids
from standpoint.agreement.agreement import Options, compute_agreement
from standpoint.agreement.figures import Figure
from standpoint.agreement.report import environment
from standpoint.codebook.load import SHARE, WITHIN_ONE, distances, has_signs, open_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook, Layer, Target
from standpoint.core.corpus import article_streams, read_adjudicated, read_annotation_sets, read_articles, sets_to_adjudicate
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Choice, Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import load_annotators
from standpoint.core.svg import steps
from standpoint.labelstudio.client import Client
from standpoint.labelstudio.merge import UNDATED, moment
from standpoint.labelstudio.own_projects import ANNOTATION, own_projects, pull_projects
from standpoint.pages.task_json import Task
from standpoint.team.plan import read_assignments


@dataclass
class Progress:
    """One annotator's work in one pass. ``begun``: saved as a draft and not submitted. ``lead_times`` are in seconds.

    ``waiting`` articles have no task yet, because the pass asks about actors that another pass has to find first.
    """

    pass_name: str
    annotator: str
    tasks: int = 0
    done: int = 0
    skipped: int = 0
    begun: int = 0
    waiting: int = 0
    lead_times: list[float] = field(default_factory=list)
    days: Counter[str] = field(default_factory=Counter)  # submissions by date, ISO 8601

    def count(self, tasks: Iterable[Task]) -> Progress:
        """Count the work on some tasks."""
        for task in tasks:
            self.tasks += 1
            submitted = [work for work in task.annotations if not work.was_cancelled]
            self.done += bool(submitted)
            self.skipped += not submitted and bool(task.annotations)
            self.begun += not task.annotations and bool(task.drafts)
            self.lead_times += [work.lead_time for work in submitted[:1] if work.lead_time]
            submitted_at = (moment(work.submitted) for work in task.annotations[:1])
            self.days.update(when.date().isoformat() for when in submitted_at if when != UNDATED)
        return self

    @property
    def left(self) -> int:
        """The number of tasks that were neither submitted nor skipped."""
        return self.tasks - self.done - self.skipped

    @property
    def median_seconds(self) -> float | None:
        """The median lead time of the submitted tasks."""
        return median(self.lead_times) if self.lead_times else None

    @property
    def cumulative(self) -> list[int]:
        """The number of submissions up to the end of each day, from the first day to the last, days without work too."""
        if not self.days:
            return []
        first, last = (date.fromisoformat(day) for day in (min(self.days), max(self.days)))
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return list(accumulate(self.days[day.isoformat()] for day in every))

    @property
    def a_day(self) -> float | None:
        """Tasks per day, over all days from the first submission to the last, days without work too."""
        return self.cumulative[-1] / len(self.cumulative) if self.days else None

    @property
    def hours_left(self) -> float | None:
        """The hours that the remaining tasks take at the median lead time; None without lead times."""
        return self.left * self.median_seconds / 3600 if self.median_seconds is not None else None

    @property
    def finish(self) -> date | None:
        """The expected day of the last submission at the present rate; None without submissions or remaining tasks."""
        rate = self.a_day
        if rate is None or not self.left:
            return None
        return date.fromisoformat(max(self.days)) + timedelta(days=ceil(self.left / rate))


def measure_progress(project: Project, client: Client, reporter: Reporter, name: str) -> list[Progress]:
    """Each annotator's progress in each pass, sorted; the server's tasks are read and not changed."""
    rows, waiting = [], {name: waiting_articles(project, name) for name in open_codebook(project)[0].pass_by_name}
    own = own_projects(project, client, name, ANNOTATION, reporter)
    for (*_, mark), tasks in pull_projects(project, client, own, reporter, "read"):
        if mark.pass_name in waiting:
            assigned = read_assignments(project.assignments / f"{mark.pass_name}.tsv")
            mine = {row.article_id for row in assigned if row.annotator == mark.annotator}
            left = waiting[mark.pass_name]
            row = Progress(mark.pass_name, mark.annotator, waiting=len(left & mine if mine else left))
            rows.append(row.count(reporter.split_issues(tasks)))
    return sorted(rows, key=lambda row: (row.annotator, row.pass_name))


def waiting_articles(project: Project, pass_name: str) -> set[str]:
    """The ids of the articles whose task in a pass has to wait for another pass."""
    first = actor_pass(open_codebook(project)[0], pass_name)
    if not first:
        return set()
    sets = chain.from_iterable(sets_to_adjudicate(project))
    begun = {item.article_id for item in sets if item.pass_name in (first, pass_name)}
    return {article.id for article in read_articles(project, with_text=False)} - begun


def progress_page(rows: Sequence[Progress], title: str) -> str:
    """The progress as one HTML page that needs no other file, with a plot of the submissions by day for each row."""
    drawn = [(row, steps(row.cumulative, row.tasks) if row.days else "") for row in rows]
    return environment().get_template("progress.html.j2").render(rows=drawn, title=title)


KEY = "adjudicated"  # the annotator of the adjudicated sets in the comparison; no pseudonym is the same
ENOUGH = 5  # articles that a qualification should have


class Grade(NamedTuple):
    """The result for one threshold: the measured value, None if there is nothing to measure; ``n`` annotations."""

    layer: str
    statistic: str
    value: float | None
    threshold: float
    n: int
    guideline: str  # the page about the layer

    @property
    def passed(self) -> bool:
        return self.value is not None and self.value >= self.threshold


class Lean(NamedTuple):
    """Errors of sign about one actor: the numbers of answers that were too favourable and too unfavourable."""

    actor: str
    layer: str
    above: int
    below: int

    @property
    def one_sided(self) -> bool:
        return self.above + self.below > 1 and not (self.above and self.below)


class Qualification(NamedTuple):
    """The result. ``tiers``: of the adjudicated sets. Silver sets are not made by people alone, and prove little."""

    annotator: str
    articles: tuple[str, ...]
    tiers: tuple[str, ...]
    grades: tuple[Grade, ...]
    leans: tuple[Lean, ...]

    @property
    def passed(self) -> bool:
        return bool(self.grades) and all(grade.passed for grade in self.grades) and not any(lean.one_sided for lean in self.leans)


def grade_annotator(project: Project, annotator: str, articles: Sequence[str], reporter: Reporter) -> Qualification:
    """Compare an annotator's sets with the adjudicated sets of ``articles``, by default of all articles."""
    codebook, registry = open_codebook(project)
    if not codebook.qualification:
        raise StandpointError(f"{project.codebook}: no qualification", "list layers, statistics and thresholds under that key")
    sets = [item for item in read_annotation_sets(project) if item.annotator == annotator]
    if not sets:
        known = ", ".join(load_annotators(project.annotators)) or "none"
        raise StandpointError(f"no annotation set of {annotator}", f"pull or import their sets first; annotators: {known}")
    annotated = {item.article_id for item in sets}
    wanted = set(articles) or annotated
    if missing := sorted(wanted - annotated):
        raise StandpointError(f"{annotator} has not annotated {missing[0]}", "name articles that they have annotated")
    adjudicated = {item.article_id: item for item in read_adjudicated(project) if item.article_id in wanted}
    options = Options(articles=article_streams(project, with_text=False), registry=registry)
    qualification, issues = qualify(annotator, sets, adjudicated, codebook, options)
    for issue in issues:
        reporter.report(issue)
    return qualification


def qualify(
    annotator: str,
    sets: Sequence[AnnotationSet],
    adjudicated: Mapping[str, AdjudicatedSet],
    codebook: Codebook,
    options: Options = Options(),  # noqa: B008 it is frozen
) -> tuple[Qualification, list[Issue]]:
    """An annotator's sets compared with the adjudicated sets; a note for each article that they helped to adjudicate.

    ``options``: the articles and the registry.
    """
    candidates = [item for item in sets if item.annotator == annotator and item.article_id in adjudicated]
    helped = dict.fromkeys(item.article_id for item in candidates if annotator in adjudicated[item.article_id].annotators)
    issues = [
        Issue(name, "QUALIFY-OWN", f"{annotator}'s set is part of the adjudicated set; the article is left out", "note")
        for name in helped
    ]
    compared = [item for item in candidates if item.article_id not in helped]
    key = []  # the adjudicated annotations of the pass, as one more annotation set of the same kind
    for item in compared:
        layers = codebook.layers_by_pass.get(item.pass_name, {})  # an unknown pass is refused when sets are compared
        annotations = tuple(entry for entry in adjudicated[item.article_id].annotations if entry.layer in layers)
        key.append(replace(item, annotator=KEY, annotations=annotations))
    streams = [[item] for item in (*compared, *key)]
    agreement = compute_agreement(streams, codebook, {}, None, options._replace(resamples=0))
    issues += [Issue(annotator, "QUALIFY-OUTSIDE", sentence, "note") for sentence in agreement.left_out()]
    figures = agreement.figures if compared else ()
    names = tuple(dict.fromkeys(item.article_id for item in compared))
    tiers = tuple(sorted({adjudicated[name].tier for name in names}))
    grades = tuple(_grade(target, figures, codebook) for target in codebook.qualification)
    return Qualification(annotator, names, tiers, grades, tuple(_leans(compared, key, codebook, options.registry))), issues


def _grade(target: Target, figures: Iterable[Figure], codebook: Codebook) -> Grade:
    layer = codebook.by_name[target.layer]
    by_name = {figure.statistic: figure for figure in figures if figure.layer == target.layer}
    shares = [SHARE.format(distance) for distance in distances(layer) if distance <= 1]
    names = shares if target.statistic == WITHIN_ONE else [target.statistic]
    graded = [by_name[name] for name in names if name in by_name]
    values = [figure.value for figure in graded if figure.value is not None]
    value, n = sum(values) if values else None, max((figure.n for figure in graded), default=0)
    page = layer.guide.partition(".html")[0]
    guideline = f"guidelines/{page}.md" if page else f"the definition of {layer.name} in guidelines/codebook.yaml"
    return Grade(target.layer, target.statistic, value, target.value, n, guideline)


def _leans(sets: Iterable[AnnotationSet], key: Iterable[AnnotationSet], codebook: Codebook, registry: Registry) -> Iterator[Lean]:
    scales = [layer for layer in codebook.layers if layer.for_each and has_signs(layer)]
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pair in zip(sets, key, strict=True):
        answered, correct = with_actor_ids(pair, codebook, registry)
        for layer in scales:
            values, expected = _values(answered, layer), _values(correct, layer)
            for actor in values.keys() & expected.keys():
                if np.sign(values[actor]) != np.sign(expected[actor]):
                    counts[actor, layer.name][values[actor] < expected[actor]] += 1
    for (actor, name), (above, below) in sorted(counts.items()):
        yield Lean(actor, name, above, below)


def _values(annotation_set: AnnotationSet, layer: Layer) -> dict[str, float]:
    """The value on the scale for each actor."""
    answers = (item for item in annotation_set.annotations if isinstance(item, Choice) and item.layer == layer.name)
    return {item.of: layer.by_name[item.label].value or 0.0 for item in answers if item.label in layer.by_name}
