"""Whether each line of a file of splits is a row that stands where it should."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._split import SplitLine

SCOPE = "file"
Found = Iterator[tuple[str, str]]


def split_header(line: SplitLine) -> Found:
    """a file of splits begins with the names of its columns

    Why: without them, the first article would be taken for the header.
    Fix: take the file from the last commit.
    """
    if line.number == 1 and line.fields != list(line.header):
        yield "", f"{line.fields}, should be {' '.join(line.header)}, tab-separated"


def split_fields(line: SplitLine) -> Found:
    """a row of a file of splits has its fields, in UTF-8, separated by tabs, and ends with a line break

    Why: a row that is not understood puts its article in no split, or in a wrong one.
    Fix: take the row from the last commit; the file is append-only.
    """
    bad = (
        not line.whole
        or "\ufffd" in line.text
        or not line.text.endswith("\n")
        or any(field != field.strip() for field in line.fields)
    )
    if line.number > 1 and bad:
        yield "", repr(line.text)


def split_name(line: SplitLine) -> Found:
    """a split is one that there is

    Why: an article in a split of another name is in no file of the release.
    Fix: take the row from the last commit; standpoint split writes the rows of new articles.
    """
    if line.whole and line.fields[1] not in line.splits:
        yield line.fields[0], f"split {line.fields[1]!r}, there are {', '.join(line.splits)}"


def split_order(line: SplitLine) -> Found:
    """the rows of a file of splits are sorted by article

    Why: two branches that add articles merge without a conflict, and a reader sees at once what is new.
    Fix: sort the rows by id, by code point (LC_ALL=C), or take the file from the last commit and split anew.
    """
    if line.whole and line.fields[0] < line.before:
        yield line.fields[0], f"it stands after {line.before}"


def split_twice(line: SplitLine) -> Found:
    """an article is in one split, and has one row

    Why: an article in train and in test makes every score on it worthless.
    Fix: keep the row that was committed first: what is assigned never moves.
    """
    if line.whole and line.fields[0] == line.before:
        yield line.fields[0], f"a second row, with split {line.fields[1]!r}"
