"""Collections of texts to compare: files and folders of them, datasets saved to disk, and releases.

``PATH`` is a file or a folder of files in any format that ``ingest`` reads, ``PATH:SPLIT`` a split of a dataset on disk
(``save_to_disk``, or a folder with a card that ``load_dataset`` reads), ``PATH:CONFIG/SPLIT`` one of a config of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from datasets import Dataset, DatasetDict, load_dataset, load_from_disk
from datasets.exceptions import DatasetNotFoundError

from standpoint.acquire.ingest import files_of
from standpoint.acquire.readers import by_suffix, reader_of
from standpoint.acquire.readers._raw import FileRefused, Raw
from standpoint.model import Issue, StandpointError
from standpoint.publish.verify import quiet

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
            raise StandpointError(f"{file}: {error}".partition("; mend")[0], hint) from None


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
