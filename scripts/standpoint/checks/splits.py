"""Whether files of splits can be read, each article has a split, and near-duplicates and stories are in one split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from standpoint.checks.case import Corpus
from standpoint.checks.table import Findings, check
from standpoint.core.files import Line, read_lines_of
from standpoint.ingest.near_duplicates import groups
from standpoint.splits.splits import HEADER, QUARANTINE, SPLITS, SplitRow


class SplitLine(NamedTuple):
    """A line, and the article of the previous row. The first line is the header."""

    line: Line
    before: str

    @property
    def fields(self) -> tuple[str, ...]:
        return self.line.fields

    @property
    def is_row(self) -> bool:
        """Whether the line is a row with all its fields."""
        return self.line.number > 1 and len(self.fields) == len(HEADER) and all(self.fields)


def split_lines(path: Path) -> Iterator[SplitLine]:
    before = ""
    for text in read_lines_of(path):
        line = SplitLine(text, before)
        yield line
        before = line.fields[0] if line.is_row else before


@check("file", on="splits line")
def split_header(line: SplitLine) -> Findings:
    """a file of splits begins with the names of its columns
    Why: without a header, the first row would be read as the header.
    Fix: restore the file from the last commit."""
    if line.line.number == 1 and line.fields != HEADER:
        yield "", f"the first line is {list(line.fields)}, should be {' '.join(HEADER)}, tab-separated"


@check("file", on="splits line")
def split_fields(line: SplitLine) -> Findings:
    """a row of a file of splits has all its fields, in UTF-8, separated by tabs, and ends with a line break
    Why: if a row cannot be read, its article is in no split or in the wrong split.
    Fix: restore the row from the last commit; the file is append-only."""
    if line.line.number > 1 and line.line.problem(HEADER):
        yield "", f"the row is {line.line.text!r}"


@check("file", on="splits line")
def split_name(line: SplitLine) -> Findings:
    """a split has one of the known names
    Why: an article in a split of another name is in no file of the release.
    Fix: restore the row from the last commit; standpoint split writes the rows of new articles."""
    if line.is_row and line.fields[1] not in SPLITS:
        yield line.fields[0], f"its split is {line.fields[1]!r}, should be one of {', '.join(SPLITS)}"


@check("file", on="splits line")
def split_order(line: SplitLine) -> Findings:
    """the rows of a file of splits are sorted by article
    Why: two branches that add articles can be merged without a conflict if rows are sorted.
    Fix: sort the rows by id, by code point (LC_ALL=C), or restore the file from the last commit and split again."""
    if line.is_row and line.fields[0] < line.before:
        yield line.fields[0], "the row before has a later id"


@check("file", on="splits line")
def split_twice(line: SplitLine) -> Findings:
    """an article is in one split, and has one row
    Why: an article in both train and test makes scores on test meaningless.
    Fix: keep the row that was committed first: an assigned split never changes."""
    if line.is_row and line.fields[0] == line.before:
        yield line.fields[0], f"it is a second row, with split {line.fields[1]!r}"


@check("corpus", on="corpus", level="note")
def split_missing(corpus: Corpus) -> Findings:
    """each article has a split
    Why: an article without a split cannot be released.
    Fix: run standpoint split."""
    for name, rows in corpus.splits.items():
        assigned = {row.article_id for row in rows}
        for article_id in corpus.articles:
            if article_id not in assigned:
                yield article_id, f"the article has no row in splits/{name}.tsv"


@check("corpus", on="corpus", level="note")
def split_vanished(corpus: Corpus) -> Findings:
    """each article in a file of splits exists
    Why: the row of a removed article stays, so that its id never gets another split; an id changed by hand looks the same.
    Fix: if the article was removed on purpose, nothing needs to be done; otherwise restore it."""
    for name, rows in corpus.splits.items():
        for row in rows:
            if corpus.missing(row.article_id):
                yield row.article_id, f"no article has this id, which is in {row.split} of splits/{name}.tsv"


@check("corpus", on="corpus")
def split_leak(corpus: Corpus) -> Findings:
    """near-duplicates are in one split
    Why: a model that has seen one copy in train knows the answers for the other copy in test.
    Fix: put the copies of the smaller side into quarantine, in a separate commit that says so: a split is append-only."""
    for name, rows in corpus.splits.items():
        released = [row for row in rows if row.split != QUARANTINE and not corpus.missing(row.article_id)]
        # A group may have grown since the row was written, so articles that share the old or the present group belong together.
        present = {row.article_id: known.group for row in released if (known := corpus.articles.get(row.article_id))}
        merged = groups((row.group, present.get(row.article_id) or row.group) for row in released)
        yield from _divided(name, ((merged[row.group], row) for row in released))


@check("corpus", on="corpus")
def split_story(corpus: Corpus) -> Findings:
    """a story is in one split, unless the file holds out sources
    Why: a model that has read about an event in train knows the content of a report about it in test.
    Fix: restore the rows from the last commit; standpoint split keeps a story together, and an assigned split never changes."""
    for name, rows in corpus.splits.items():
        yield from _divided(name, ((row.story, row) for row in rows if row.story and row.split != QUARANTINE))


def _divided(name: str, rows: Iterable[tuple[str, SplitRow]]) -> Findings:
    """Findings for rows that are in another split than the first row of the same group or story."""
    first_rows: dict[str, SplitRow] = {}
    for key, row in rows:
        first = first_rows.setdefault(key, row)
        if row.split != first.split:
            yield row.article_id, f"it is in {row.split} of splits/{name}.tsv, and {first.article_id} in {first.split}"
