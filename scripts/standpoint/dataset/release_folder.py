"""A release folder: its files and checksums, its rows, and the facts that the checks need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List

from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Registry, load_registry
from standpoint.core.files import SUMS, files_of
from standpoint.core.model import StandpointError
from standpoint.core.yamlfile import read_yaml
from standpoint.dataset.parquet import named, values
from standpoint.dataset.schema import DOCUMENTS, Schema, features


class Release(NamedTuple):
    """A release on disk, and what its own codebook says of it."""

    folder: Path
    schema: Schema
    registry: Registry | None
    configs: dict[str, Features]

    def rows(self, config: str) -> Iterator[tuple[str, dict]]:
        """Split and row of each row of a config, labels by name, in the order of the files."""
        for path in sorted((self.folder / config).glob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=1000):
                for row in values(batch.to_struct_array()):
                    yield path.name.partition("-")[0], named(self.configs[config], row)

    @property
    def identity(self) -> str:
        """The checksums of its files: of two releases that are not the same, they differ."""
        return (self.folder / SUMS).read_text(encoding="utf-8")


def open_release(folder: Path) -> Release:
    """A release as it lies on disk; StandpointError where it is none, or one that this version cannot read."""
    if not (folder / SUMS).is_file():
        raise StandpointError(f"{folder}: is no release (it has no {SUMS})", "name the folder that `standpoint build` made")
    if broken := damaged(folder):
        raise StandpointError(f"{folder}: {broken[0]} is not as {SUMS} says", "fetch the release again")
    codebook = load_codebook(folder / "codebook.yaml")
    classes = tuple(label.name for label in codebook.actor_classes)
    actors = folder / "actors.yaml"
    release = Release(folder, Schema(codebook), load_registry(actors, classes) if actors.exists() else None, features(codebook))
    for config, expected in release.configs.items():
        for path in (folder / config).glob("*.parquet"):
            if Features.from_arrow_schema(pq.read_schema(path)) != expected:
                hint = "use the version of standpoint that built it"
                raise StandpointError(f"{path}: has other columns than this version of standpoint writes", hint)
    return release


PARTS, SPOOLED = 64, 2**16  # parts that digests are sorted in, and the bytes up to which one is not on disk


def checksums(folder: Path) -> str:
    """The text of SHA256SUMS, which ``sha256sum --check`` reads."""
    return "".join(f"{file_hash(folder / name)}  {name}\n" for name in files_of(folder))


def listed(folder: Path) -> dict[str, str]:
    """File name -> sha256 of each file that SHA256SUMS lists."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def damaged(folder: Path) -> list[str]:
    """The files that SHA256SUMS lists and that are not there, or not as it says."""
    return [
        name for name, digest in listed(folder).items() if not (folder / name).is_file() or file_hash(folder / name) != digest
    ]


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def content_hash(folder: Path) -> str:
    """The identity of a release's data, whichever version of pyarrow wrote it, and in whichever order the rows stand.

    The sha256 over, for each config and split in the order of their names: a line of JSON ``[config, split, {path of a
    ClassLabel: its names}]``, then the sorted sha256 of each row as JSON with sorted keys and no blanks, in UTF-8.
    """
    whole = sha256()
    for path in sorted(folder.glob("*/*.parquet")):
        file = pq.ParquetFile(path)
        names = dict(_class_names(Features.from_arrow_schema(file.schema_arrow)))
        whole.update(canonical([path.parent.name, path.name.partition("-")[0], names]) + b"\n")
        for digest in _in_order(_row_hashes(file)):
            whole.update(digest)
    return whole.hexdigest()


def sizes(folder: Path) -> dict[str, dict[str, int]]:
    """For each config, the bytes of its files, and of its rows as Arrow holds them: what the card's ``dataset_info`` says."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        one = found.setdefault(path.parent.name, {"download_size": 0, "dataset_size": 0})
        one["download_size"] += path.stat().st_size
        one["dataset_size"] += sum(batch.nbytes for batch in pq.ParquetFile(path).iter_batches(batch_size=1000))
    return found


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks (numbers as msgspec writes them: the shortest that reads back the same)."""
    return msgspec.json.encode(value, order="sorted")


def _row_hashes(file: pq.ParquetFile) -> Iterator[bytes]:
    for batch in file.iter_batches(batch_size=1000):
        yield from (sha256(canonical(row)).digest() for row in values(batch.to_struct_array()))


def _in_order(digests: Iterable[bytes]) -> Iterator[bytes]:
    """Digests sorted, as many as there may be: in parts by their first byte, on disk where a part is not small."""
    with ExitStack() as stack:
        parts = [stack.enter_context(SpooledTemporaryFile(SPOOLED)) for _ in range(PARTS)]
        for digest in digests:
            parts[digest[0] * PARTS // 256].write(digest)
        for part in parts:
            part.seek(0)
            yield from sorted(iter(lambda part=part: part.read(sha256().digest_size), b""))


def _class_names(feature: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(feature, ClassLabel):
        yield path, feature.names
    elif isinstance(feature, List):
        yield from _class_names(feature.feature, f"{path}[]")
    elif isinstance(feature, dict):
        for name, inner in feature.items():
            yield from _class_names(inner, f"{path}.{name}".lstrip("."))


ROWS = 200  # read at a time
FROM_TEXT = ("text", "quote", "sentence", "reading")  # fields that hold the article's own words


class Document(NamedTuple):
    """A row of the documents. ``text_sha256`` is computed, "" without a text; ``misquoted`` are ids of spans."""

    file: str
    split: str
    id: str
    sha256: str
    licence: str
    text_sha256: str
    misquoted: tuple[str, ...]


class Facts(NamedTuple):
    """A release. ``damaged`` are files that SHA256SUMS lists and that are not so; ``unlisted`` those that it does not list;
    ``unreadable`` is each table that cannot be read, and why; ``words`` counts each article's strings from its text.
    """

    folder: Path
    damaged: list[str]
    unlisted: list[str]
    unreadable: dict[str, str]
    codebook_version: str
    documents: list[Document]
    words: Counter

    def search(self, pattern: str) -> Iterator[tuple[str, str, int]]:
        """File, column and number of strings, wherever a regular expression (RE2) is found in a string column; of a file
        that is no table, its lines.
        """
        for name in sorted(set(files_of(self.folder)) - set(_tables(self.folder))):
            yield from _lines(self.folder, name, pattern)
        for name in _tables(self.folder):
            if name not in self.unreadable:
                found: Counter = Counter()
                for batch in pq.ParquetFile(self.folder / name).iter_batches(batch_size=ROWS):
                    for column, array in _strings(batch.to_struct_array(), ""):
                        found[column] += pc.sum(pc.match_substring_regex(array, pattern)).as_py() or 0
                yield from ((name, column, count) for column, count in found.items() if count)


def inspect(folder: Path) -> Facts | None:
    """The facts of a release; None where there is none."""
    tables = _tables(folder)
    if not tables and not (folder / SUMS).is_file():
        return None
    sums = (folder / SUMS).is_file()
    unlisted = sorted(set(files_of(folder)) - set(listed(folder))) if sums else files_of(folder)
    unreadable = {name: problem for name in tables if (problem := _problem(folder / name))}
    readable = [name for name in tables if name not in unreadable]
    documents = [row for name in readable if name.startswith(f"{DOCUMENTS}/") for row in _documents(folder, name)]
    words: Counter = Counter()
    for name in readable:
        for row in _rows(folder / name):
            words[row.get("article_id") or row.get("id")] += _from_text(row)
    broken = damaged(folder) if sums else [SUMS]
    return Facts(folder, broken, unlisted, unreadable, _codebook_version(folder), documents, words)


def _tables(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.parquet"))


def _problem(path: Path) -> str:
    """Why a table cannot be read, or ""."""
    try:
        for _ in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
            pass
    except (OSError, pa.ArrowException) as error:
        return str(error).partition("\n")[0]
    return ""


def _codebook_version(folder: Path) -> str:
    try:
        found = read_yaml(folder / "codebook.yaml")
    except StandpointError:
        return ""
    return str(found.get("version", "")) if isinstance(found, dict) else ""


def _rows(path: Path) -> Iterator[dict]:
    for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
        yield from values(batch.to_struct_array())


def _documents(folder: Path, name: str) -> Iterator[Document]:
    split = name.partition("/")[2].partition("-")[0]
    for row in _rows(folder / name):
        text = row.get("text")
        digest = "" if text is None else sha256(text.encode()).hexdigest()
        wrong = tuple(_misquoted(row, text)) if text is not None else ()
        yield Document(name, split, row["id"], row["sha256"], row["licence"], digest, wrong)


def _misquoted(row: dict, text: str) -> Iterator[str]:
    """The ids of the spans whose quote is not what stands at their offsets."""
    for items in row.values():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and "quote" in item and item["quote"] != text[item["start"] : item["end"]]:
                yield item["id"]


def _from_text(value: object, name: str = "") -> int:
    """How many strings of a row, at any depth, are the article's own words."""
    if isinstance(value, dict):
        return sum(_from_text(inner, key) for key, inner in value.items())
    if isinstance(value, list):
        return sum(map(partial(_from_text, name=name), value))
    return int(isinstance(value, str) and value != "" and name in FROM_TEXT)


def _lines(folder: Path, name: str, pattern: str) -> Iterator[tuple[str, str, int]]:
    """The lines of a text file in which a regular expression is found."""
    with (folder / name).open(encoding="utf-8", errors="replace") as file:
        yield from ((name, f"line {number}", 1) for number, line in enumerate(file, 1) if re.search(pattern, line.rstrip("\n")))


def _strings(array: pa.Array, path: str) -> Iterator[tuple[str, pa.Array]]:
    """Each string column at any depth, with its path."""
    if pa.types.is_struct(array.type):
        for name, inner in zip(array.type.names, array.flatten(), strict=True):
            yield from _strings(inner, f"{path}.{name}".lstrip("."))
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        yield from _strings(array.flatten(), f"{path}[]")
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield path, array
