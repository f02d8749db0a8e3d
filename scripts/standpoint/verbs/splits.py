"""Splits that do not leak: split, leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from standpoint.acquire.article import annotatable_text
from standpoint.acquire.leaks import KINDS, Leak, leaks
from standpoint.acquire.shingles import plain
from standpoint.acquire.sources import load_sources
from standpoint.model import Issue, StandpointError
from standpoint.project import Project, read_articles, read_settled
from standpoint.publish.collections import Text, texts
from standpoint.publish.leaks import Between, Report, across, labels, report
from standpoint.publish.plan import DEFAULT, HINT, QUARANTINE, RELEASED, Known, Plan, load_plan, placed, unknown_sources
from standpoint.publish.splits import SplitRow, assign, read_splits, write_splits
from standpoint.publish.stories import Facts, stories
from standpoint.publish.withhold import TAKEN_DOWN
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller

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


def split(project: Project, tell: Teller) -> Counter:
    """Assign each new article in each file of splits; how many are in each split of the default one."""
    plan, corpus = load_plan(project.split_plan), _corpus(project, tell)
    for name in unknown_sources(plan, _sources(project) | set(corpus.source.values())):
        raise StandpointError(f"{project.split_plan}: no source is called {name!r}", HINT)
    files = {name: read_splits(project.split_file(name)) for name in plan.files}
    for name, before in files.items():
        files[name], notes = _assigned(plan, name, corpus, before)
        for note in notes:
            tell.tell(note)
    for note in _notes(corpus, files[DEFAULT]):
        tell.tell(note)
    for name, rows in files.items():
        write_splits(project.split_file(name), rows)
    return Counter(row.split for row in files[DEFAULT])


def own_leaks(project: Project, tell: Teller) -> list[Report]:
    """The leak report of each file of splits that there is."""
    facts = _corpus(project, tell).facts
    files = {name: read_splits(project.split_file(name)) for name in load_plan(project.split_plan).files}
    return [_report(project, name, facts, rows, tell) for name, rows in files.items()]


def released_leaks(project: Project, tell: Teller) -> Report:
    """The leak report of what is released: the settled articles, in the default splits."""
    settled = {one.article_id for one in read_settled(project)}
    rows = [row for row in read_splits(project.split_file(DEFAULT)) if row.article_id in settled]
    return _report(project, DEFAULT, _corpus(project, tell).facts, rows, tell)


def _report(project: Project, name: str, facts: Sequence[Facts], rows: Sequence[SplitRow], tell: Teller) -> Report:
    codebook, _ = open_codebook(project)
    where = {row.article_id: row.split for row in rows}
    counts = labels(read_settled(project), where, codebook)
    return report(name, facts, across(tell.counted("leaks", _texts(project)), where), where, counts)


def found_leaks(project: Project, tell: Teller) -> Iterator[Between]:
    """The articles that are, in whole or in part, in another split of the default ones."""
    where = {row.article_id: row.split for row in read_splits(project.split_file(DEFAULT))}
    yield from across(tell.counted("leaks", _texts(project)), where)


def compare(train: str, test: str, column: str, examples: int, tell: Teller) -> Compared:
    """What of one collection is in another (publish/collections.py says what may be named), with some examples."""
    sizes = {"train": 0, "test": 0}

    def counted(side: str, what: str) -> Iterator[str]:
        for text in tell.counted(f"read {what}", tell.apart(texts(what, column))):
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


def _corpus(project: Project, tell: Teller) -> Corpus:
    codebook, registry = open_codebook(project)
    facts, source, away = [], {}, 0
    for article in tell.counted("stories", read_articles(project)):
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
