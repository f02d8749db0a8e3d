"""Articles are assigned to splits, and what splits share is reported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_adjudicated, read_articles
from standpoint.core.model import TAKEN_DOWN, AdjudicatedSet, Issue, StandpointError
from standpoint.core.paths import Project
from standpoint.core.reporter import Reporter
from standpoint.ingest.article import annotatable_text
from standpoint.ingest.minhash import plain
from standpoint.ingest.near_duplicates import EQUAL, INSIDE, NEAR, near_duplicates
from standpoint.ingest.sources import load_sources
from standpoint.splits.overlap import KINDS, Leak, Text, leaks, texts
from standpoint.splits.splits import (
    DEFAULT,
    HINT,
    QUARANTINE,
    RELEASED,
    Facts,
    Known,
    Plan,
    SplitRow,
    assign,
    load_plan,
    placed,
    read_splits,
    stories,
    unknown_sources,
    write_splits,
)

TRAIN = RELEASED[0]
WORDS = {EQUAL: "a copy of", NEAR: "a near-duplicate of", INSIDE: "a part of, or contains,"}


class Between(NamedTuple):
    """Two articles that are alike and stand in different splits."""

    one: str
    other: str
    splits: tuple[str, str]
    why: str


class Unseen(NamedTuple):
    """Of the registry's entries that a split's texts name, how many no text of train does."""

    split: str
    what: str  # actors or places
    named: int
    unseen: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing is named."""
        return self.unseen / self.named if self.named else None


class Report(NamedTuple):
    """The leak report of a file of splits. ``labels`` counts the adjudicated annotations by layer, label and split;
    ``stories`` are those of the released articles, ``divided`` those of them that are in more than one split.
    """

    name: str
    articles: Mapping[str, int]
    found: Sequence[Between]
    stories: int
    divided: int
    unseen: Sequence[Unseen]
    labels: Mapping[tuple[str, str, str], int]

    def count(self, why: str) -> int:
        """How many pairs are alike in that way: equal, near, contained or republished."""
        return sum(pair.why == why for pair in self.found)


def across(texts: Iterable[tuple[str, str]], split: Mapping[str, str]) -> Iterator[Between]:
    """The (id, text) that are copies of each other, in whole or in part, over two splits; all others are not looked at."""
    for link in near_duplicates((name, text) for name, text in texts if split.get(name) in RELEASED):
        if split[link.one] != split[link.other]:
            yield Between(link.one, link.other, (split[link.one], split[link.other]), link.why)


def report(name: str, facts: Sequence[Facts], found: Iterable[Between], split: Mapping[str, str], labels: Mapping) -> Report:
    """The report of the file of splits ``name``, of whose articles ``facts`` are known."""
    facts = [one for one in facts if split.get(one.id) in RELEASED]
    where: dict[str, set[str]] = defaultdict(set)
    for article, story in stories(facts).items():
        where[story].add(split[article])
    divided = sum(len(splits) > 1 for splits in where.values())
    articles = Counter(split[one.id] for one in facts)
    return Report(name, articles, list(found), len(where), divided, unseen(facts, split), labels)


def refuse(found: Iterable[Between]) -> None:
    """StandpointError where there is a leak, with the first one and how many there are."""
    found = list(found)
    if found:
        one, more = found[0], f", and {len(found) - 1} more" if len(found) > 1 else ""
        what = f"{one.one} in {one.splits[0]} is {WORDS[one.why]} {one.other} in {one.splits[1]}"
        raise StandpointError(f"a leak: {what}{more}", "standpoint leaks lists them; put the newer into quarantine")


def unseen(facts: Iterable[Facts], split: Mapping[str, str]) -> list[Unseen]:
    """For each split but train, what of its actors and places train does not have."""
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in facts:
        named[split.get(one.id, ""), "actors"] |= one.actors
        named[split.get(one.id, ""), "places"] |= one.places
    return [
        Unseen(name, what, len(named[name, what]), len(named[name, what] - named[TRAIN, what]))
        for name in RELEASED[1:]
        for what in ("actors", "places")
    ]


def labels(
    adjudicated: Iterable[AdjudicatedSet], split: Mapping[str, str], codebook: Codebook
) -> dict[tuple[str, str, str], int]:
    """How often each label is in each split: by layer, label and split, in the codebook's order; what is nowhere is left out."""
    counts = Counter(
        (item.layer, item.label, split[one.article_id])
        for one in adjudicated
        if split.get(one.article_id) in RELEASED
        for item in one.annotations
    )
    keys = ((layer.name, label, name) for layer in codebook.layers for label in layer.label_names for name in RELEASED)
    return {key: counts[key] for key in keys if counts[key]}


LARGE = 0.3  # of all articles: a story that is larger than this may leave a split without any
SHOWN = 40  # words of what two texts share


class Corpus(NamedTuple):
    """What splitting needs of the articles; ``away`` is how many are there without their text."""

    facts: list[Facts]
    source: dict[str, str]
    away: int


class Example(NamedTuple):
    """A leak with the names of both texts and the longest run of words that they share."""

    leak: Leak
    train: str
    test: str
    shared: str


class Compared(NamedTuple):
    """How many texts there are on each side, the leaks, and some of them as examples."""

    train: int
    test: int
    found: Sequence[Leak]
    examples: Sequence[Example]

    def counts(self) -> Counter:
        """The texts of test by how they are in train."""
        return Counter({kind: sum(leak.kind == kind for leak in self.found) for kind in KINDS})


def split_articles(project: Project, reporter: Reporter) -> Counter:
    """Assign each new article in each file of splits; how many are in each split of the default one."""
    plan, corpus = load_plan(project.split_plan), _corpus(project, reporter)
    for name in unknown_sources(plan, _sources(project) | set(corpus.source.values())):
        raise StandpointError(f"{project.split_plan}: no source is called {name!r}", HINT)
    files = {name: read_splits(project.split_file(name)) for name in plan.files}
    for name, before in files.items():
        files[name], notes = _assigned(plan, name, corpus, before)
        for note in notes:
            reporter.report(note)
    for note in _notes(corpus, files[DEFAULT]):
        reporter.report(note)
    for name, rows in files.items():
        write_splits(project.split_file(name), rows)
    return Counter(row.split for row in files[DEFAULT])


def own_leaks(project: Project, reporter: Reporter) -> list[Report]:
    """The leak report of each file of splits that there is."""
    facts = _corpus(project, reporter).facts
    files = {name: read_splits(project.split_file(name)) for name in load_plan(project.split_plan).files}
    return [_report(project, name, facts, rows, reporter) for name, rows in files.items()]


def released_leaks(project: Project, reporter: Reporter) -> Report:
    """The leak report of what is released: the adjudicated articles, in the default splits."""
    adjudicated = {one.article_id for one in read_adjudicated(project)}
    rows = [row for row in read_splits(project.split_file(DEFAULT)) if row.article_id in adjudicated]
    return _report(project, DEFAULT, _corpus(project, reporter).facts, rows, reporter)


def _report(project: Project, name: str, facts: Sequence[Facts], rows: Sequence[SplitRow], reporter: Reporter) -> Report:
    codebook, _ = open_codebook(project)
    where = {row.article_id: row.split for row in rows}
    counts = labels(read_adjudicated(project), where, codebook)
    return report(name, facts, across(reporter.track("leaks", _texts(project)), where), where, counts)


def found_leaks(project: Project, reporter: Reporter) -> Iterator[Between]:
    """The articles that are, in whole or in part, in another split of the default ones."""
    where = {row.article_id: row.split for row in read_splits(project.split_file(DEFAULT))}
    yield from across(reporter.track("leaks", _texts(project)), where)


def compare_collections(train: str, test: str, column: str, examples: int, reporter: Reporter) -> Compared:
    """What of one collection is in another (publish/collections.py says what may be named), with some examples."""
    sizes = {"train": 0, "test": 0}

    def counted(side: str, what: str) -> Iterator[str]:
        for text in reporter.track(f"read {what}", reporter.split_issues(texts(what, column))):
            sizes[side] += 1
            yield text.text

    found = leaks(counted("train", train), counted("test", test))
    for side, what in (("train", train), ("test", test)):
        if not sizes[side]:
            raise StandpointError(f"{what}: no text is in it", "standpoint leaks --help shows what can be compared")
    shown = sorted(found, key=lambda leak: (KINDS.index(leak.kind), leak.test))[:examples]
    left = _at(train, column, {leak.train for leak in shown})
    right = _at(test, column, {leak.test for leak in shown})
    pairs = ((leak, left[leak.train], right[leak.test]) for leak in shown)
    return Compared(**sizes, found=found, examples=[Example(leak, a.name, b.name, _shared(a, b)) for leak, a, b in pairs])


def _at(what: str, column: str, wanted: set[int]) -> dict[int, Text]:
    """Some texts of a collection, by number: it is read again rather than kept."""
    kept = (item for item in texts(what, column) if isinstance(item, Text))
    return {number: text for number, text in enumerate(kept if wanted else ()) if number in wanted}


def _shared(one: Text, other: Text) -> str:
    words = [plain(text.text).split() for text in (one, other)]
    run = SequenceMatcher(None, *words, autojunk=False).find_longest_match()
    return " ".join(words[0][run.a : run.a + min(run.size, SHOWN)]) + (" …" if run.size > SHOWN else "")


def _assigned(plan: Plan, name: str, corpus: Corpus, before: Sequence[SplitRow]) -> tuple[list[SplitRow], list[Issue]]:
    # The quarantined are in no release: they are apart from what they would otherwise join together.
    aside = {row.article_id for row in before if row.split == QUARANTINE}
    facts = [one for one in corpus.facts if one.id not in aside]
    story = stories(facts)
    known = [Known(one.id, corpus.source[one.id], one.published, one.group, story[one.id]) for one in facts]
    return assign(name, placed(plan, name, known), before)


def _notes(corpus: Corpus, rows: Sequence[SplitRow]) -> Iterator[Issue]:
    """What a maintainer should know before a release."""
    if corpus.away:
        what = f"{corpus.away} articles are here without their text: what belongs to their stories cannot be told"
        yield Issue("splits", "STORY-AWAY", what, "note")
    if not any(one.places for one in corpus.facts):
        yield Issue("splits", "STORY-PLACES", "no text names a place of the registry: a story is a group of copies", "note")
    sizes = Counter(row.story for row in rows)
    for story, size in sizes.items():
        if size > LARGE * len(rows) and size > 1:
            yield Issue(story, "STORY-LARGE", f"its story has {size} of {len(rows)} articles, and goes to one split", "note")
    for name in RELEASED:
        if rows and not any(row.split == name for row in rows):
            what = f"no article is in {name}; more stories would fill it, or, before a first release, another salt"
            yield Issue("splits", "SPLIT-EMPTY", what, "note")


def _corpus(project: Project, reporter: Reporter) -> Corpus:
    codebook, registry = open_codebook(project)
    facts, source, away = [], {}, 0
    for article in reporter.track("stories", read_articles(project)):
        found = list(registry.mentions(annotatable_text(article, codebook.zones.annotatable)))
        actors, places = (frozenset(one.id for one, is_actor in found if is_actor is kind) for kind in (True, False))
        facts.append(Facts(article.id, article.group or article.id, article.published, actors, places))
        source[article.id] = article.source
        away += article.text is None and TAKEN_DOWN not in article.metadata
    return Corpus(facts, source, away)


def _texts(project: Project) -> Iterator[tuple[str, str]]:
    return ((article.id, annotatable_text(article)) for article in read_articles(project))


def _sources(project: Project) -> set[str]:
    return {source.id for source in load_sources(project.sources)} if project.sources.exists() else set()
