"""The checks in their order: files by line, then articles with their sets, one article at a time, then the corpus."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from standpoint.checks._case import Case, Ground, Here
from standpoint.checks._corpus import Corpus, Known, Standing, likenesses
from standpoint.checks._line import File, lines_of
from standpoint.checks._release import ReleaseFacts
from standpoint.checks._split import split_lines
from standpoint.checks._table import checks_of, found
from standpoint.core.corpus import Streams, id_of, in_order
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Issue

ON_TEXT = "places"  # the module of the checks that need an article without an error
INSIDE = ("actors", "answers", "layers", "relations", "spans")  # the others that look at single annotations


def check_file(file: File) -> Iterator[Issue]:
    """All that is wrong with the lines of a file."""
    checks = checks_of("lines")
    for number, line in lines_of(file):
        yield from found(checks, f"{file.where}:{number}" if number else file.where, line)


def check_stray(paths: Iterable[str]) -> Iterator[Issue]:
    """A note for each file of the data folders that nothing reads."""
    for path in paths:
        yield from found(checks_of("stray"), path, path)


def check_splits(path: Path, where: str, header: Sequence[str], splits: Sequence[str]) -> Iterator[Issue]:
    """All that is wrong with the lines of the file of splits."""
    checks = checks_of("splitfile")
    for line in split_lines(path, header, splits):
        yield from found(checks, f"{where}:{line.number}", line)


class Walk:
    """A walk over all articles and their sets. ``whole`` says whether every file of sets was read.

    What it has seen is in ``corpus`` when it ends; ``left_out`` counts what was not checked further.
    """

    def __init__(self, ground: Ground, corpus: Corpus | None = None, whole: bool = True) -> None:
        self.ground, self.corpus, self.whole = ground, corpus or Corpus(), whole
        self.left_out: Counter = Counter()

    def check(
        self, articles: Streams[Article], sets: Streams[AnnotationSet], adjudicated: Iterable[Iterable[AdjudicatedSet]] = ()
    ) -> Iterator[Issue]:
        """All that is wrong with them, article by article. The streams are each sorted by article."""
        streams = (in_order(stream) for side in (articles, sets, adjudicated) for stream in side)
        for article_id, group in groupby(heapq.merge(*streams, key=id_of), key=id_of):
            things = list(group)
            by_kind = (
                [thing for thing in things if isinstance(thing, kind)] for kind in (Article, AnnotationSet, AdjudicatedSet)
            )
            yield from self._article(article_id, *by_kind)

    def _article(
        self, article_id: str, articles: list[Article], sets: list[AnnotationSet], adjudicated: list[AdjudicatedSet]
    ) -> Iterator[Issue]:
        issues = list(found(checks_of("together"), article_id, articles))
        issues += [issue for article in articles for issue in _in_turn(("article",), article_id, article, self.ground)]
        yield from issues
        here = Here(articles[0] if articles else None, self.ground.registry)
        sound = not _failed(issues)
        if articles:
            self.corpus.articles[article_id] = Known(articles[0].group, articles[0].sha256)
        clean = []
        for one in sets:
            if (yield from self._set(one, here, sound)):
                clean.append(one)
        repeated = list(found(checks_of("among"), article_id, sets))
        yield from repeated
        self.left_out.update({"articles": not sound, "annotation sets": len(sets) - len(clean)})
        if sound and not repeated:
            yield from self._corpus(article_id, here, clean, adjudicated if self.whole and len(clean) == len(sets) else ())

    def _set(self, one: AnnotationSet, here: Here, sound: bool) -> Iterator[Issue]:
        """Check one set, scope by scope; whether it has no error (the generator's value)."""
        case, where = Case(one, here, self.ground), f"{one.article_id} {one.pass_name} {one.annotator}"
        for names in (("belongs",), (*INSIDE, ON_TEXT) if sound else INSIDE, ("evidence", "sets")):
            issues = list(_in_turn(names, where, case))
            yield from issues
            if _failed(issues):
                return False
        return True

    def _corpus(
        self, article_id: str, here: Here, sets: list[AnnotationSet], adjudicated: Sequence[AdjudicatedSet]
    ) -> Iterator[Issue]:
        """What is compared within one article, and what is counted for later."""
        alike = list(likenesses(sets))
        yield from found(checks_of("copies"), article_id, alike)
        self.corpus.add(sets, alike, self.ground)
        for one in adjudicated:
            self.corpus.adjudicated.add(article_id)
            yield from found(
                checks_of("adjudicated"), f"{article_id} adjudicated", Standing(one, here.article, sets, self.ground)
            )

    def check_corpus(self) -> Iterator[Issue]:
        """All that is wrong with what the walk has seen as a whole. Splits are looked at where they were read."""
        yield from found(checks_of("annotators", "groups"), "", self.corpus)
        yield from found(checks_of("splits"), "", self.corpus)


def check_release(release: ReleaseFacts) -> Iterator[Issue]:
    """All that is wrong with a release."""
    yield from _in_turn(("release",), "release", release)


def _in_turn(names: Sequence[str], where: str, *about: object) -> Iterator[Issue]:
    """What the checks of some modules find: the errors; and the notes only where there are none."""
    errors = list(found(checks_of(*names, level="error"), where, *about))
    yield from errors or found(checks_of(*names, level="note"), where, *about)


def _failed(issues: Iterable[Issue]) -> bool:
    return any(issue.level == "error" for issue in issues)
