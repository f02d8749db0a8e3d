"""What one collection of texts has of another: equal, nearly equal, or in part."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from datasets import Dataset, DatasetDict, load_dataset, load_from_disk
from datasets.exceptions import DatasetNotFoundError
from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from standpoint.core.model import Issue, StandpointError
from standpoint.ingest.ingest import files_of
from standpoint.ingest.minhash import N, Pair, Sketches, plain, shingles
from standpoint.ingest.near_duplicates import EQUAL, INSIDE, NEAR, likeness
from standpoint.ingest.readers import by_suffix, reader_of
from standpoint.ingest.readers._raw import FileRefused, Raw


@contextmanager
def quiet() -> Iterator[None]:
    before = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not before:
            enable_progress_bars()


PHRASE, SHORT = 8, 40  # words: below the first a phrase, below the second a short text
SHORT_N = 3
PHRASES = "phrase"
KINDS = (EQUAL, NEAR, INSIDE, PHRASES)  # a text of the second collection is counted under the first that holds


class Leak(NamedTuple):
    """A text of the second collection and one of the first, by their numbers, and how alike they are."""

    train: int
    test: int
    kind: str
    jaccard: float
    containment: float


class _Side:
    """The texts of one class of length, sketched, with their numbers and numbers of words."""

    def __init__(self, n: int, least: int, most: float) -> None:
        self.n, self.least, self.most = n, least, most
        self.sketches, self.numbers, self.lengths, self.first = Sketches(), array("Q"), array("Q"), 0

    def add(self, number: int, text: str, length: int) -> None:
        if self.least <= length < self.most:
            self.sketches.add(shingles(text, self.n))
            self.numbers.append(number)
            self.lengths.append(length)

    def found(self) -> Iterator[tuple[int, int, int, Pair]]:
        """The numbers of both texts, the length of the shorter, and how alike they are."""
        for pair in self.sketches.across(self.first):
            yield self.numbers[pair.one], self.numbers[pair.other], min(self.lengths[pair.one], self.lengths[pair.other]), pair


def leaks(train: Iterable[str], test: Iterable[str]) -> list[Leak]:
    """For each text of ``test`` that is in ``train``, the likest there, in the order of ``test``. Both are run through once."""
    # A pair at Jaccard 0.5 is at most twice as long on one side; what is contained in a longer text is compared by 5-grams.
    sides = _Side(SHORT_N, PHRASE, 2 * SHORT), _Side(N, PHRASE, float("inf"))
    first: dict[bytes, int] = {}
    best: dict[int, Leak] = {}
    for number, text in enumerate(train):
        first.setdefault(_added(sides, number, text), number)
    for side in sides:
        side.first = len(side.numbers)
    for number, text in enumerate(test):
        same = first.get(_added(sides, number, text))
        if same is not None and (words := len(plain(text).split())):
            best[number] = Leak(same, number, EQUAL if words >= PHRASE else PHRASES, 1.0, 1.0)
    for side in sides:
        for one, other, length, pair in side.found():
            kind = _kind(side.n, length, pair)
            leak = Leak(one, other, kind, pair.jaccard, pair.containment)
            if kind and (other not in best or _rank(leak) < _rank(best[other])):
                best[other] = leak
    return [best[number] for number in sorted(best)]


def _added(sides: Iterable[_Side], number: int, text: str) -> bytes:
    words = plain(text)
    for side in sides:
        side.add(number, words, words.count(" ") + 1 if words else 0)
    return blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()


def _kind(n: int, length: int, pair: Pair) -> str:
    kind = likeness(pair)
    if kind in (EQUAL, NEAR):  # texts that are equal were found by their words
        return NEAR if (n == SHORT_N) == (length < SHORT) else ""
    return kind if n == N else ""


def _rank(leak: Leak) -> tuple:
    return KINDS.index(leak.kind), -leak.jaccard, -leak.containment, leak.train


SAVED = ("dataset_info.json", "dataset_dict.json")
IDS = ("id", "article_id")
HINT = "standpoint leaks --help shows what can be compared"


class Text(NamedTuple):
    """A text and what it is called: its file and line, or its id in a dataset."""

    name: str
    text: str


def texts(what: str, column: str = "text") -> Iterator[Text | Issue]:
    """The texts, one at a time; an Issue for a record that is none. StandpointError where there is nothing to read."""
    folder, _, split = what.rpartition(":")
    if Path(what).exists():
        folder, split = what, ""
    path = Path(folder)
    if not folder or not path.exists():
        raise StandpointError(f"{what}: no such file or folder", HINT)
    if path.is_dir() and (split or any((path / name).exists() for name in SAVED)):
        yield from _of_dataset(path, split, column)
    elif split:
        raise StandpointError(f"{what}: only a folder has splits", HINT)
    else:
        yield from _of_files(path, column)


def _of_files(path: Path, column: str) -> Iterator[Text | Issue]:
    columns = {} if column == "text" else {"text": column}
    for file in files_of([path]):
        reader = reader_of(file)
        if reader is None:
            known = " ".join(sorted(by_suffix()))
            yield Issue(str(file), "FILE-FORMAT", f"is left out: no reader knows its ending; there are {known}", "note")
            continue
        try:
            for raw in reader.read(file, columns):
                yield Text(raw.where, "\n\n".join(block.text for block in raw.blocks)) if isinstance(raw, Raw) else raw
        except (FileRefused, OSError, EOFError, UnicodeDecodeError) as error:
            hint = "--column names the column of the text" if getattr(error, "code", "") == "RECORD-COLUMN" else HINT
            raise StandpointError(f"{file}: {error}".partition("; fix")[0], hint) from None


def _of_dataset(path: Path, split: str, column: str) -> Iterator[Text | Issue]:
    with TemporaryDirectory(prefix="standpoint-") as cache, quiet():
        rows = _loaded(path, split, cache)
        if column not in rows.column_names:
            names = ", ".join(rows.column_names)
            raise StandpointError(f"{path}: no column {column!r}, only {names}", "--column names the column of the text")
        name = next((name for name in IDS if name in rows.column_names), "")
        for number, row in enumerate(rows.select_columns(list(dict.fromkeys([column, *filter(None, [name])])))):
            where = str(row[name]) if name else f"{path}:{split or 'row'}:{number}"
            if isinstance(row[column], str):
                yield Text(where, row[column])
            else:
                yield Issue(where, "NO-TEXT", f"has no text in column {column!r}, and is not compared", "note")


def _loaded(path: Path, split: str, cache: str) -> Dataset:
    config, _, name = split.rpartition("/")
    try:
        if any((path / file).exists() for file in SAVED):
            found = load_from_disk(str(path))
            return _split_of(found, name, path) if isinstance(found, DatasetDict) else found
        return load_dataset(str(path), config or None, split=name, cache_dir=cache)
    except (ValueError, FileNotFoundError, DatasetNotFoundError) as error:
        raise StandpointError(f"{path}: {' '.join(str(error).split())}", HINT) from None


def _split_of(found: DatasetDict, name: str, path: Path) -> Dataset:
    if name not in found:
        raise StandpointError(f"{path}: it has the splits {', '.join(found)}", f"name one: {path}:{next(iter(found), 'train')}")
    return found[name]
