"""The overlap of two collections: the texts of one that are equal to, near-duplicates of or parts of texts of the other."""

from __future__ import annotations

import os
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from hashlib import blake2b
from importlib import import_module
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from standpoint.core.files import SUMS
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.words import count_words
from standpoint.ingest.near_duplicates import EQUAL, INSIDE, NEAR, N, likeness, plain, shingles
from standpoint.ingest.raw_files import raw_files
from standpoint.ingest.readers import by_suffix, read, reader_of
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile
from standpoint.ingest.sketches import Sketches
from standpoint.processes import mapped

if TYPE_CHECKING:  # datasets takes a second to import: only a collection that is a dataset loads it
    from datasets import Dataset

# Lengths in words. A text of fewer than PHRASE_WORDS is compared only for equality. One of fewer than SHORT_WORDS has too few
# 5-grams for a stable similarity and is compared by 3-grams.
PHRASE_WORDS, SHORT_WORDS = 8, 40
SHORT_N = 3
# The lengths of the texts that are compared by 3-grams and by 5-grams. At Jaccard 0.5, one text is at most twice as long as the
# other. A text that a longer one contains is found by 5-grams, whatever the length of the longer one.
LENGTHS = {SHORT_N: range(PHRASE_WORDS, 2 * SHORT_WORDS), N: range(PHRASE_WORDS, sys.maxsize)}
TEXTS = 64  # that are sent to a process at once
PHRASE = "phrase"
KINDS = (EQUAL, NEAR, INSIDE, PHRASE)  # a text of the second collection is counted under the first kind that applies
SHOWN_WORDS = 40  # of the words that two texts share
HINT = "standpoint leaks --help shows what can be compared"


class Overlap(NamedTuple):
    """A text of the test collection and a text of the train collection, by their numbers, and their similarity."""

    train: int
    test: int
    kind: str
    jaccard: float
    containment: float


class OverlapExample(NamedTuple):
    """An overlap with the names of both texts and the longest run of words that they share."""

    overlap: Overlap
    train: str
    test: str
    shared: str


class CollectionComparison(NamedTuple):
    """The number of texts in each collection, the overlaps, and some examples."""

    train: int
    test: int
    overlaps: Sequence[Overlap]
    examples: Sequence[OverlapExample]

    def counts(self) -> Counter:
        """The number of overlapping texts of the test collection, by kind."""
        return Counter({kind: sum(overlap.kind == kind for overlap in self.overlaps) for kind in KINDS})


def compare_collections(
    train: str, test: str, column: str, examples: int, reporter: Reporter, jobs: int = 1
) -> CollectionComparison:
    """Find the texts of ``test`` that are in ``train``, with some examples. Both are locations as in ``read_collection``."""
    sizes = {"train": 0, "test": 0}

    def counted(side: str, location: str) -> Iterator[str]:
        for text in reporter.track(f"read {location}", reporter.split_issues(read_collection(location, column))):
            sizes[side] += 1
            yield text.text

    overlaps = find_overlaps(counted("train", train), counted("test", test), jobs)
    for side, location in (("train", train), ("test", test)):
        if not sizes[side]:
            raise StandpointError(f"{location}: it has no text", HINT)
    selected = sorted(overlaps, key=lambda overlap: (KINDS.index(overlap.kind), overlap.test))[:examples]
    train_texts = _texts_by_number(train, column, {overlap.train for overlap in selected})
    test_texts = _texts_by_number(test, column, {overlap.test for overlap in selected})
    shown: list[OverlapExample] = []
    for overlap in selected:
        first, second = train_texts[overlap.train], test_texts[overlap.test]
        words, other_words = plain(first.text).split(), plain(second.text).split()
        run = SequenceMatcher(None, words, other_words, autojunk=False).find_longest_match()
        shared = " ".join(words[run.a : run.a + min(run.size, SHOWN_WORDS)]) + (" …" if run.size > SHOWN_WORDS else "")
        shown.append(OverlapExample(overlap, first.name, second.name, shared))
    return CollectionComparison(sizes["train"], sizes["test"], overlaps, shown)


def _texts_by_number(location: str, column: str, numbers: set[int]) -> dict[int, NamedText]:
    """Some texts of a collection, which is read a second time, so that not all texts are kept in memory."""
    texts = (item for item in read_collection(location, column) if isinstance(item, NamedText))
    return {number: text for number, text in enumerate(texts if numbers else ()) if number in numbers}


class _LengthClass:
    """The sketches of the texts of one range of lengths, compared by n-grams of one size."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.sketches, self.numbers, self.lengths = Sketches(), array("Q"), array("Q")
        self.first_test = 0  # the index of the first text of the test collection

    def add(self, number: int, length: int, hashes: np.ndarray, is_test: bool) -> None:
        """Add a text; those of the test collection come last."""
        self.sketches.add(hashes, [hashes.size])
        self.numbers.append(number)
        self.lengths.append(length)
        self.first_test += not is_test

    def overlaps(self) -> Iterator[Overlap]:
        """The overlaps of the texts, except texts with equal words, which are found by their hash."""
        for pair in self.sketches.across(self.first_test):
            kind, is_short = likeness(pair), min(self.lengths[pair.first], self.lengths[pair.second]) < SHORT_WORDS
            if kind in (EQUAL, NEAR):
                kind = NEAR if (self.n == SHORT_N) == is_short else ""
            if kind and (kind != INSIDE or self.n == N):
                yield Overlap(self.numbers[pair.first], self.numbers[pair.second], kind, pair.jaccard, pair.containment)


class _Hashed(NamedTuple):
    """The hash of all words of a text, its length in words, and the hashes of its n-grams for each n of that length."""

    is_test: bool
    digest: bytes
    length: int
    grams: Mapping[int, np.ndarray]


def find_overlaps(train: Iterable[str], test: Iterable[str], jobs: int = 1) -> list[Overlap]:
    """For each text of ``test`` that is in ``train``, the most similar text there, in the order of ``test``.

    ``jobs``: the number of processes; the result is the same for any number.
    """
    classes = {n: _LengthClass(n) for n in LENGTHS}
    first_with_words: dict[bytes, int] = {}
    best: dict[int, Overlap] = {}
    numbers = {False: count(), True: count()}
    texts = chain(((False, text) for text in train), ((True, text) for text in test))
    for is_test, digest, length, grams in mapped(_hashed, texts, jobs, TEXTS):
        number = next(numbers[is_test])
        for n, hashes in grams.items():
            classes[n].add(number, length, hashes, is_test)
        if not is_test:
            first_with_words.setdefault(digest, number)
        elif length and digest in first_with_words:
            kind = EQUAL if length >= PHRASE_WORDS else PHRASE
            best[number] = Overlap(first_with_words[digest], number, kind, 1.0, 1.0)
    for overlap in chain.from_iterable(length_class.overlaps() for length_class in classes.values()):
        if overlap.test not in best or _rank(overlap) < _rank(best[overlap.test]):
            best[overlap.test] = overlap
    return [best[number] for number in sorted(best)]


def _hashed(item: tuple[bool, str]) -> _Hashed:
    words = plain(item[1])
    length = count_words(words)
    digest = blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()
    return _Hashed(item[0], digest, length, {n: shingles(words, n) for n, lengths in LENGTHS.items() if length in lengths})


def _rank(overlap: Overlap) -> tuple:
    return KINDS.index(overlap.kind), -overlap.jaccard, -overlap.containment, overlap.train


RELEASED_CODEBOOK = "codebook.yaml"
ALL_SPLITS = "all"  # datasets' name for all splits together
SAVED_MARKERS = ("dataset_info.json", "dataset_dict.json")  # one is in each folder that save_to_disk writes
ID_COLUMNS = ("id", "article_id")


class NamedText(NamedTuple):
    """A text and its name: its file and line, or its id in a dataset."""

    name: str
    text: str


def read_collection(location: str, column: str = "text") -> Iterator[NamedText | Issue]:
    """The texts of a collection, one at a time; an Issue for each record without text; StandpointError if it cannot be read.

    ``location`` is a file, a folder of files that `ingest` reads, a release, or PATH:SPLIT or PATH:CONFIG/SPLIT of a dataset on
    disk.
    """
    folder, _, split = location.rpartition(":")
    if os.path.exists(location):  # False for a name that no file can have
        folder, split = location, ""
    path = Path(folder)
    if not folder or not os.path.exists(folder):
        raise StandpointError(f"{location}: no such file or folder", HINT)
    if (path / SUMS).is_file() and (path / RELEASED_CODEBOOK).is_file():  # a release: its texts are in its documents
        split = split or ALL_SPLITS
    if path.is_dir() and (split or any((path / name).exists() for name in SAVED_MARKERS)):
        yield from _read_dataset(path, split, column)
    elif split:
        raise StandpointError(f"{location}: only a folder has splits", HINT)
    else:
        yield from _read_files(path, column)


def _read_files(path: Path, column: str) -> Iterator[NamedText | Issue]:
    columns = {} if column == "text" else {"text": column}
    for file, content, refused in raw_files([path]):
        if reader_of(file) is None and not refused:
            known = " ".join(sorted(by_suffix()))
            yield Issue(str(file), "FILE-FORMAT", f"skipped: no reader for its suffix; known suffixes: {known}", "note")
            continue
        try:
            if refused:
                raise refused
            for raw in read(RawFile(file, columns, content=content)):
                yield NamedText(raw.where, "\n\n".join(block.text for block in raw.blocks)) if isinstance(raw, Raw) else raw
        except FileRefused as error:
            hint = "--column names the column of the text" if error.code == "RECORD-COLUMN" else HINT
            raise StandpointError(f"{file}: {error}".partition("; fix")[0], hint) from None


def _read_dataset(path: Path, split: str, column: str) -> Iterator[NamedText | Issue]:
    with TemporaryDirectory(prefix="standpoint-", ignore_cleanup_errors=True) as cache, hidden_progress_bars():
        rows = _load_split(path, split, cache)
        if column not in rows.column_names:
            names = ", ".join(rows.column_names)
            raise StandpointError(f"{path}: no column {column!r}, only {names}", "--column names the column of the text")
        id_column = next((name for name in ID_COLUMNS if name in rows.column_names), "")
        for number, row in enumerate(rows.select_columns(list(dict.fromkeys(filter(None, [column, id_column]))))):
            where = str(row[id_column]) if id_column else f"{path}:{split or 'row'}:{number}"
            if isinstance(row[column], str):
                yield NamedText(where, row[column])
            else:
                yield Issue(where, "NO-TEXT", f"skipped: no text in column {column!r}", "note")


def _load_split(path: Path, split: str, cache: str) -> Dataset:
    from datasets import DatasetDict, load_dataset, load_from_disk
    from datasets.exceptions import DatasetNotFoundError

    config, _, name = split.rpartition("/")
    try:
        if not any((path / file).exists() for file in SAVED_MARKERS):
            return load_dataset(str(path), config or None, split=name, cache_dir=cache)
        loaded = load_from_disk(str(path))
    except (ValueError, FileNotFoundError, DatasetNotFoundError) as error:
        raise StandpointError(f"{path}: {' '.join(str(error).split())}", HINT) from None
    if not isinstance(loaded, DatasetDict):
        return loaded
    if name not in loaded:
        message = f"{path}: it has the splits {', '.join(map(str, loaded))}"
        raise StandpointError(message, f"name one: {path}:{next(iter(loaded), 'train')}")
    return loaded[name]


@contextmanager
def hidden_progress_bars(library: str = "datasets") -> Iterator[None]:
    """Hide the progress bars of datasets or huggingface_hub inside the block."""
    utils = import_module(f"{library}.utils")
    were_disabled = utils.are_progress_bars_disabled()
    utils.disable_progress_bars()
    try:
        yield
    finally:
        if not were_disabled:
            utils.enable_progress_bars()
