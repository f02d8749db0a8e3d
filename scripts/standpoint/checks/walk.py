"""The checks in their order: files line by line, then one article at a time with its sets, then the corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from standpoint.checks.case import AdjudicatedCase, ArticleContext, ArticleKey, Case, Corpus, Reference, set_pairs
from standpoint.checks.files import File, lines_of
from standpoint.checks.release import ReleaseFacts
from standpoint.checks.splits import split_lines
from standpoint.checks.table import checks_on, issues_from
from standpoint.core.merge import by_article
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Issue


def check_file(file: File) -> Iterator[Issue]:
    """All that is wrong with the lines of a file."""
    checks = checks_on("line")
    for number, line in lines_of(file):
        yield from issues_from(checks, f"{file.where}:{number}" if number else file.where, line)


def check_stray_files(paths: Iterable[str]) -> Iterator[Issue]:
    """A note for each file of the data folders that no command reads."""
    for path in paths:
        yield from issues_from(checks_on("stray file"), path, path)


def check_splits(path: Path, where: str, header: Sequence[str], splits: Sequence[str]) -> Iterator[Issue]:
    """All that is wrong with the lines of a file of splits."""
    checks = checks_on("splits line")
    for line in split_lines(path, header, splits):
        yield from issues_from(checks, f"{where}:{line.line.number}", line)


def check_release(release: ReleaseFacts) -> Iterator[Issue]:
    """All that is wrong with a release."""
    yield from _errors_or_notes(("release",), "release", "release", release)


class Walk:
    """A walk over all articles and their sets. ``whole`` says whether every file of sets was read.

    ``corpus`` has what was seen when the walk ends; ``left_out`` counts what was not checked further.
    """

    def __init__(self, reference: Reference, corpus: Corpus | None = None, whole: bool = True) -> None:
        self.reference, self.corpus, self.whole = reference, corpus or Corpus(), whole
        self.left_out: Counter[str] = Counter()

    def check(
        self,
        articles: Iterable[Iterable[Article]],
        sets: Iterable[Iterable[AnnotationSet]],
        adjudicated: Iterable[Iterable[AdjudicatedSet]] = (),
    ) -> Iterator[Issue]:
        """All that is wrong with them, article by article. Each stream is sorted by article."""
        for records in by_article(articles, sets, adjudicated):
            yield from self._article(*records)

    def check_corpus(self) -> Iterator[Issue]:
        """All that is wrong with what the walk has seen as a whole. Splits are checked where they were read."""
        yield from issues_from(checks_on("corpus"), "", self.corpus)

    def _article(
        self, article_id: str, articles: list[Article], sets: list[AnnotationSet], adjudicated: list[AdjudicatedSet]
    ) -> Iterator[Issue]:
        issues = list(issues_from(checks_on("articles of an id"), article_id, articles))
        for article in articles:
            issues += _errors_or_notes(("article",), "article", article_id, article, self.reference)
        yield from issues
        context = ArticleContext(articles[0] if articles else None, self.reference.registry)
        sound = not _has_error(issues)
        if articles:
            self.corpus.articles[article_id] = ArticleKey(articles[0].group, articles[0].sha256)
        clean = []
        for annotation_set in sets:
            if (yield from self._set(Case(annotation_set, context, self.reference), sound)):
                clean.append(annotation_set)
        repeated = list(issues_from(checks_on("sets of an article"), article_id, sets))
        yield from repeated
        self.left_out.update({"articles": not sound, "annotation sets": len(sets) - len(clean)})
        if sound and not repeated:
            comparable = adjudicated if self.whole and len(clean) == len(sets) else ()
            yield from self._within_article(article_id, context, clean, comparable)

    def _set(self, case: Case, sound: bool) -> Generator[Issue, None, bool]:
        """Check one set, scope by scope; the generator's value says whether it has no error."""
        where = f"{case.annotation_set.article_id} {case.annotation_set.pass_name} {case.annotation_set.annotator}"
        for scope in ("article", "annotation", "set"):
            issues = list(_errors_or_notes(("set", "set in text") if sound else ("set",), scope, where, case))
            yield from issues
            if _has_error(issues):
                return False
        return True

    def _within_article(
        self, article_id: str, context: ArticleContext, sets: list[AnnotationSet], adjudicated: Iterable[AdjudicatedSet]
    ) -> Iterator[Issue]:
        """Compare the sets of one article, and count what is compared over all articles later."""
        pairs = list(set_pairs(sets))
        yield from issues_from(checks_on("pair of sets"), article_id, pairs)
        self.corpus.add(sets, pairs, self.reference.codebook)
        for adjudicated_set in adjudicated:
            self.corpus.adjudicated.add(article_id)
            case = AdjudicatedCase(adjudicated_set, context.known, sets, self.reference)
            yield from issues_from(checks_on("adjudicated set"), f"{article_id} adjudicated", case)


def _errors_or_notes(subjects: Sequence[str], scope: str, where: str, *about: object) -> Iterator[Issue]:
    """The errors that the checks of a scope find; their notes only where there is no error."""
    errors = list(issues_from(checks_on(*subjects, scope=scope, level="error"), where, *about))
    yield from errors or issues_from(checks_on(*subjects, scope=scope, level="note"), where, *about)


def _has_error(issues: Iterable[Issue]) -> bool:
    return any(issue.level == "error" for issue in issues)
