"""Leaks between the splits of a project: copies and divided stories; and the names and labels that train does not cover."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_adjudicated, read_articles
from standpoint.core.model import AdjudicatedSet, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.near_duplicates import EQUAL, INSIDE, NEAR, near_duplicates
from standpoint.splits.splits import DEFAULT, RELEASED, SplitRow, load_plan, read_splits
from standpoint.splits.stories import ArticleFacts, find_stories, read_corpus_facts

TRAIN = RELEASED[0]
LIKENESS_PHRASES = {EQUAL: "a copy of", NEAR: "a near-duplicate of", INSIDE: "a part of, or contains,"}
LabelCounts = Mapping[tuple[str, str, str], int]  # by layer, label and split


class Leak(NamedTuple):
    """Two copies in different splits. ``likeness``: equal, near or contained."""

    first: str
    second: str
    splits: tuple[str, str]
    likeness: str

    def describe(self) -> str:
        """A clause about the first article, without its id: "in SPLIT is a copy of ARTICLE in SPLIT"."""
        return f"in {self.splits[0]} is {LIKENESS_PHRASES[self.likeness]} {self.second} in {self.splits[1]}"


class UnseenEntries(NamedTuple):
    """The numbers of actors or places (``kind``) of the registry in a split, and of those that are not in train."""

    split: str
    kind: str
    named: int
    unseen: int

    @property
    def share(self) -> float | None:
        """The unseen share, 0 to 1; None if the split names no entry."""
        return self.unseen / self.named if self.named else None


class LeakReport(NamedTuple):
    """The leak report of one split file."""

    name: str
    articles: Mapping[str, int]  # released articles by split
    leaks: Sequence[Leak]
    stories: int
    divided_stories: int  # stories in more than one split
    unseen: Sequence[UnseenEntries]
    labels: LabelCounts  # of the adjudicated annotations

    def count(self, likeness: str) -> int:
        """The number of leaks of one likeness."""
        return sum(leak.likeness == likeness for leak in self.leaks)


def find_leaks(texts: Iterable[tuple[str, str]], splits: Mapping[str, str], jobs: int = 1) -> Iterator[Leak]:
    """The leaks among (id, text) pairs: copies, complete or in part, in two different released splits."""
    released = ((name, text) for name, text in texts if splits.get(name) in RELEASED)
    for link in near_duplicates(released, jobs=jobs):
        if splits[link.first] != splits[link.second]:
            yield Leak(link.first, link.second, (splits[link.first], splits[link.second]), link.likeness)


def find_project_leaks(project: Project, reporter: Reporter, jobs: int = 1) -> Iterator[Leak]:
    """The leaks between the splits of the project's default file."""
    yield from _leaks_of(project, read_splits(project.split_file(DEFAULT)), reporter, jobs)


def refuse_leaks(leaks: Iterable[Leak]) -> None:
    """StandpointError if there is a leak, with the first leak and the number of the others."""
    leaks = list(leaks)
    if leaks:
        others = f", and {len(leaks) - 1} more" if len(leaks) > 1 else ""
        message = f"a leak: {leaks[0].first} {leaks[0].describe()}{others}"
        raise StandpointError(message, "standpoint leaks lists all leaks; put the newer article into quarantine")


def report_leaks(project: Project, reporter: Reporter, jobs: int = 1) -> list[LeakReport]:
    """One leak report for each split file of the project."""
    facts, _ = read_corpus_facts(project, reporter)
    files = {name: read_splits(project.split_file(name)) for name in load_plan(project.split_plan).files}
    return [_report_file(project, name, facts, rows, _leaks_of(project, rows, reporter, jobs)) for name, rows in files.items()]


def report_released_leaks(project: Project, reporter: Reporter, jobs: int = 1, free: bool = False) -> LeakReport:
    """The leak report of the articles in a release: the adjudicated articles in the default splits.

    ``free``: the default splits have no leak, so that none is looked for again.
    """
    adjudicated = {item.article_id for item in read_adjudicated(project)}
    rows = [row for row in read_splits(project.split_file(DEFAULT)) if row.article_id in adjudicated]
    facts, _ = read_corpus_facts(project, reporter)
    leaks = [] if free else _leaks_of(project, rows, reporter, jobs)
    return _report_file(project, DEFAULT, facts, rows, leaks)


def _leaks_of(project: Project, rows: Iterable[SplitRow], reporter: Reporter, jobs: int) -> list[Leak]:
    return list(find_leaks(_tracked_texts(project, reporter), {row.article_id: row.split for row in rows}, jobs))


def _report_file(
    project: Project, name: str, articles: Sequence[ArticleFacts], rows: Sequence[SplitRow], leaks: Sequence[Leak]
) -> LeakReport:
    codebook, _ = open_codebook(project)
    splits = {row.article_id: row.split for row in rows}
    labels = count_labels(read_adjudicated(project), splits, codebook)
    released = [article for article in articles if splits.get(article.id) in RELEASED]
    in_stories = {(story, splits[article_id]) for article_id, story in find_stories(released).items()}
    split_counts = Counter(story for story, _ in in_stories)
    divided = sum(count > 1 for count in split_counts.values())
    sizes = Counter(splits[article.id] for article in released)
    return LeakReport(name, sizes, leaks, len(split_counts), divided, find_unseen(released, splits), labels)


def find_unseen(articles: Iterable[ArticleFacts], splits: Mapping[str, str]) -> list[UnseenEntries]:
    """For each split except train, the numbers of its actors and places that train does not name. None of what no text names."""
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for article in articles:
        split = splits.get(article.id, "")
        named[split, "actors"] |= article.actors
        named[split, "places"] |= article.places
    return [
        UnseenEntries(name, kind, len(named[name, kind]), len(named[name, kind] - named[TRAIN, kind]))
        for name in RELEASED[1:]
        for kind in ("actors", "places")
        if any(names for (_, of), names in named.items() if of == kind)
    ]


def count_labels(adjudicated: Iterable[AdjudicatedSet], splits: Mapping[str, str], codebook: Codebook) -> LabelCounts:
    """The frequency of each label in each split, in the order of the codebook; labels that do not occur are left out."""
    counts = Counter(
        (annotation.layer, annotation.label, splits[item.article_id])
        for item in adjudicated
        if splits.get(item.article_id) in RELEASED
        for annotation in item.annotations
    )
    keys = ((layer.name, label, name) for layer in codebook.layers for label in layer.label_names for name in RELEASED)
    return {key: counts[key] for key in keys if counts[key]}


def _tracked_texts(project: Project, reporter: Reporter) -> Iterator[tuple[str, str]]:
    articles = ((article.id, annotatable_text(article)) for article in read_articles(project))
    return reporter.track("leaks", articles)
