"""Whether committed files have words of withheld texts: quotes in their sets, and in any file many words in a row.

The withheld texts that are on this machine are compared with all committed files, as rows of nine words. Of a row, only the hash
is kept, and the rows of some thousand texts are in memory at a time. Rows that an open text of the project has, too, may be
committed: two outlets publish one wire report.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from io import TextIOWrapper
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

import numpy as np

from standpoint.checks.table import Findings, check
from standpoint.core.files import NOT_READABLE, unpacked
from standpoint.core.model import TEXT_OPEN, Article
from standpoint.core.repository import find_repository
from standpoint.core.standoff import SURFACE, Standoff
from standpoint.core.words import SPACED_LETTER, UNSPACED_LETTERS, count_words, plain_words
from standpoint.ingest.encoding import UTF8, FileRefused, encoding_of

IN_A_ROW = SURFACE + 1  # words: one more than may be published
MOST_ROWS = 2_000_000  # of texts, in memory at a time: 90 MB. For more texts, the files are read once more.
PARQUET, PICTURES = ".parquet", ("image/", "audio/", "video/")
BLOCK = 1 << 22  # characters of a file that are searched at a time, up to the end of a line
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: a row's hash depends on each of its words and on their order
# Zones with words of the site, which its other pages have, too, and with facts about the article.
NOT_SEARCHED = ("donation", "copyright", "boilerplate", "byline", "dateline", "metadata")
# What is between words in files, but not in texts: escapes of JSON, tags, addresses (which may have the words of a title).
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf\"\\/])")
TAG_OR_ADDRESS = re.compile(r"<[^<>]{1,500}>|\w+://[^\s\"<>]+")
TOKEN = re.compile(rf"(?=\w)[{UNSPACED_LETTERS}]|{SPACED_LETTER}+")  # the words of plain_words, with their places
ABOUT = re.compile(r'"(?:article_id|id|set)":"([^" ]+)')  # the article of a line


class Stretch(NamedTuple):
    """Words in a row of a withheld text in a file: the number of the line, the article, and the number of words."""

    line: int
    article_id: str
    words: int


class Committed(NamedTuple):
    """What a committed file has of withheld texts: the number of records that quote them, and their words in a row.

    ``unsearched``: whether the words of the file cannot be read.
    """

    quoting: int = 0
    stretches: tuple[Stretch, ...] = ()
    unsearched: bool = False


@check("file", on="committed file")
def withheld_quote(file: Committed) -> Findings:
    """what is kept about a withheld article has a checksum in place of each quote, and no title of more than 8 words
    Why: everything that is committed is published, and a quote is a part of the text.
    Fix: run standpoint fix --write, which replaces quotes, then standpoint adjudicate. Remove them from git's history, too."""
    if file.quoting:
        yield "", f"{file.quoting:,} records quote withheld texts"


@check("file", on="committed file")
def withheld_words(file: Committed) -> Findings:
    """no committed file has more than 8 words in a row of a withheld text
    Why: everything that is committed is published.
    Fix: a raw file: git rm --cached, and list it in .gitignore. A typed answer or a comment: let its author quote at most 8 words
    in a row, and import it again. Any other file: take the words out. Then remove them from git's history, too."""
    if file.stretches:
        first, count = file.stretches[0], len(file.stretches)
        others = f", and {count - 1:,} more places" if count > 1 else ""
        yield "", f"line {first.line} has {first.words} words of {first.article_id}{others}"


@check("file", on="committed file", level="note")
def withheld_unread(file: Committed) -> Findings:
    """a committed file can be searched for words of withheld texts
    Why: it is no text, or its encoding is not known, so nobody can say whether its words may be published.
    Fix: look into the file. If it has such words: git rm --cached, and list it in .gitignore."""
    if file.unsearched:
        yield "", "its words cannot be read"


class Rows(NamedTuple):
    """The rows of several texts, sorted and each once, and of each row the first text that has it."""

    rows: np.ndarray
    owners: np.ndarray  # places in ``ids``
    ids: list[str]

    def found(self, rows: np.ndarray) -> np.ndarray:
        """The place of each of other rows among these; -1 for a row that is not there."""
        places = np.searchsorted(self.rows, rows)
        places[places == len(self.rows)] = 0
        return np.where(self.rows[places] == rows, places, -1)


def rows_of(text: str) -> np.ndarray:
    """The hash of each row of words of a text, in order."""
    words = plain_words(text).split()
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    rows = np.zeros(max(len(words) - IN_A_ROW + 1, 0), np.uint64)
    for place in range(IN_A_ROW):
        rows *= FACTOR
        rows += hashes[place : place + len(rows)]
    return rows


def rows_of_texts(articles: Iterable[Article]) -> Iterator[Rows]:
    """The rows of the texts, those of at most about ``MOST_ROWS`` at a time."""
    ids, parts, count = list[str](), list[np.ndarray](), 0
    for article in articles:
        text = article.text or ""
        zones = [(zone.start, zone.end) for zone in article.zones if zone.name not in NOT_SEARCHED] or [(0, len(text))]
        parts.append(rows_of(" ".join(text[start:end] for start, end in zones)))
        ids.append(article.id)
        count += len(parts[-1])
        if count > MOST_ROWS:
            yield _sorted(parts, ids)
            ids, parts, count = [], [], 0
    if count:
        yield _sorted(parts, ids)


def _sorted(parts: list[np.ndarray], ids: list[str]) -> Rows:
    owners = np.repeat(np.arange(len(parts), dtype=np.uint32), [len(part) for part in parts])
    rows, first = np.unique(np.concatenate(parts), return_index=True)
    return Rows(rows, owners[first], ids)


def without_open(rows: Rows, articles: Iterable[Article]) -> Rows:
    """The rows that no text of these articles has."""
    kept = np.ones(len(rows.rows), bool)
    for article in articles:
        found = rows.found(rows_of(article.text or ""))
        kept[found[found >= 0]] = False
    return Rows(rows.rows[kept], rows.owners[kept], rows.ids)


def readable(block: str) -> str:
    """A block of a file with as many lines, in which the words of a text are side by side as they are in the text."""
    if "\\" in block:
        block = ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else " ", block)
        if any("\ud800" <= char <= "\udfff" for char in block):  # halves of pairs
            block = block.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    block = TAG_OR_ADDRESS.sub(lambda match: "\n" * match[0].count("\n") or " ", block)
    block = html.unescape(block) if "&" in block else block
    return block if block.isascii() else unicodedata.normalize("NFC", block)


def stretches_in(block: str, rows: Rows, line: int = 1) -> Iterator[Stretch]:
    """The words in a row of withheld texts in a block of a file, which begins in a line."""
    text = readable(block).lower()
    found = rows.found(rows_of(text))
    hits = np.flatnonzero(found >= 0)
    places = [match.span() for match in TOKEN.finditer(text)] if len(hits) else []
    for run in np.split(hits, np.flatnonzero(np.diff(hits) > 1) + 1) if places else ():
        start, end = places[run[0]][0], places[run[-1] + IN_A_ROW - 1][1]
        if (words := count_words(text[start:end])) > SURFACE:  # a part of a compound word, or a letter, is less than a word
            yield Stretch(line + text.count("\n", 0, start), rows.ids[rows.owners[found[run[0]]]], words)


def known_encoding(path: Path) -> str:
    """The encoding of a file; "" if it is not known."""
    try:
        return encoding_of(partial(unpacked, path))[0]
    except (*NOT_READABLE, FileRefused):
        return ""


def blocks_of(path: Path, encoding: str, standoff: Standoff) -> Iterator[tuple[int, str]]:
    """The text of a file in blocks of whole lines, each with the number of its first line; without the lines about open articles.

    NOT_READABLE if it is damaged.
    """
    if path.suffix == PARQUET:
        from standpoint.dataset.release_folder import strings_of

        yield from ((1, text) for text in strings_of(path))
        return
    number, about_articles = 1, any(path == other for other, _ in standoff.files())
    with TextIOWrapper(unpacked(path), encoding, "replace", newline="\n") as file:
        while block := file.read(BLOCK):
            block += file.readline()
            count = block.count("\n")
            if about_articles:
                block = "\n".join("" if _is_wordless(line) or _is_open(line, standoff) else line for line in block.split("\n"))
            yield number, block
            number += count


def _is_wordless(line: str) -> bool:
    """Whether a line has too few blanks and escapes for words in a row: that of nearly each set without quotes."""
    return line.isascii() and line.count(" ") + line.count("\\") < SURFACE


def _is_open(line: str, standoff: Standoff) -> bool:
    match = ABOUT.search(line)
    return match is not None and standoff.status.get(match[1]) == TEXT_OPEN


def committed_files(standoff: Standoff) -> list[Path]:
    """The files that git tracks in the project, and those that are written for it, sorted; without the tables of the release,
    which RELEASE-LICENCE checks.
    """
    project = standoff.project
    repository = find_repository(project)
    written = (path for folder in (project.guidelines, project.splits, project.prompts) for path in folder.rglob("*"))
    files = {*(repository.tracked(project) if repository else ()), *written, *(path for path, _ in standoff.files())}
    released = set(project.release.rglob(f"*{PARQUET}"))
    return sorted(path for path in files - released if path.is_file())


def search(
    standoff: Standoff, files: Sequence[Path], articles: Callable[[], Iterable[Article]]
) -> Iterator[tuple[Path, tuple[Stretch, ...], bool]]:
    """The words in a row of withheld texts that a file has, for each file that has some or cannot be read, and whether it cannot.

    ``articles`` gives all articles, with the texts that are on this machine.
    """
    found: dict[Path, list[Stretch]] = {}
    unread: set[Path] = set()
    withheld = (article for article in articles() if article.id in standoff.withheld and article.text is not None)
    for rows in rows_of_texts(withheld):
        rows = without_open(rows, (article for article in articles() if article.id not in standoff.withheld))
        for path in files if len(rows.rows) else ():
            if (guess_type(path.name)[0] or "").startswith(PICTURES):
                continue
            encoding = known_encoding(path) if path.suffix != PARQUET else UTF8
            try:
                for line, block in blocks_of(path, encoding or "cp1252", standoff):  # ASCII is the same in nearly all encodings
                    found.setdefault(path, []).extend(stretches_in(block, rows, line))
            except NOT_READABLE:
                encoding = ""
            unread |= set() if encoding else {path}
    for path in sorted({path for path, stretches in found.items() if stretches} | unread):
        yield path, tuple(sorted(found.get(path, ()))), path in unread
