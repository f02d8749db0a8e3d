"""A release folder: its files and checksums, its rows, and the facts for the checks."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List

from standpoint.codebook.load import load_codebook
from standpoint.codebook.registry import Registry, load_registry
from standpoint.codebook.types import ANNOTATIONS, ARTICLES, DOCUMENTS, DOSSIERS, REGISTRY, RESOLUTIONS, SPLITS, Codebook
from standpoint.core.files import SUMS, files_of, read_text
from standpoint.core.model import StandpointError
from standpoint.core.yaml_files import read_yaml
from standpoint.dataset.parquet_files import values
from standpoint.dataset.schema import Schema, features
from standpoint.processes import mapped
from standpoint.splits.splits import DEFAULT

BATCH = 200  # rows read at a time
# The names in releases before 1.0.0, and the present names. A released version never changes, so its names are replaced as it
# is read: then versions before and after 1.0.0 can be compared.
OLD_CONFIGS = {"settlements": RESOLUTIONS}
OLD_COLUMNS = {ANNOTATIONS: {"drafts": "suggestions"}}
NEW_COLUMNS = {DOCUMENTS: {"open_conflicts"}}  # of configs; an old release does not have them
OLD_STATES = {"settled": "adjudicated"}  # in the column "state" of the resolutions
OLD_CODEBOOK_KEYS = {"drafts": "suggestions", "settle": "resolve"}  # of the codebook and of its layers


class Release(NamedTuple):
    """A release on disk, with the schema that its codebook defines."""

    folder: Path
    schema: Schema
    registry: Registry | None
    configs: dict[str, Features]
    scheme: str = DEFAULT  # of the splits
    places: Mapping[str, str] | None = None  # the split of each article in another scheme than that of the files

    def rows(
        self, config: str, split: str | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Split and row of each row of a config, or of one of its splits, labels as names, in the order of the files.

        ``columns``: those that the files have and that are read; all if None. In another scheme (``in_scheme``), the rows of
        articles that have no split in it are left out.
        """
        others = None if config in (REGISTRY, SPLITS) else self.places
        for path in table_files(self.folder, config):
            if others is not None:
                name = "id" if config in (DOCUMENTS, ARTICLES) else "article_id"
                placed = ((others.get(row[name]), row) for row in read_table(path, columns=columns))
                yield from ((place, row) for place, row in placed if place and split in (None, place))
            elif split in (None, split_of(path)):
                yield from ((split_of(path), row) for row in read_table(path, columns=columns))

    def splits(self, config: str) -> set[str]:
        """The splits of a config."""
        return {split for split, _ in self.rows(config)} if self.places else set(map(split_of, table_files(self.folder, config)))


def open_release(folder: Path) -> Release:
    """The release in a folder; StandpointError if there is none, or if this version cannot read it."""
    if not (folder / SUMS).is_file():
        raise StandpointError(f"{folder}: is no release (it has no {SUMS})", "name the folder that `standpoint build` made")
    if broken := damaged(folder):
        raise StandpointError(f"{folder}: {broken[0]} differs from {SUMS}", "fetch the release again")
    codebook = read_codebook(folder / "codebook.yaml")
    classes = tuple(label.name for label in codebook.actor_classes)
    actors = folder / "actors.yaml"
    registry = load_registry(actors, classes) if actors.exists() else None
    release = Release(folder, Schema(codebook), registry, features(codebook))
    for config, expected in features(codebook).items():
        for path in table_files(folder, config):
            _, stored = open_table(path)
            missing = NEW_COLUMNS.get(config, set()) - set(stored)
            release.configs[config] = Features({name: of for name, of in expected.items() if name not in missing})
            if _renamed(stored, OLD_COLUMNS.get(_config_of(path), {})) != release.configs[config]:
                hint = "use the version of standpoint that built it"
                raise StandpointError(f"{path}: its columns are not those that this version of standpoint writes", hint)
    return release


def in_scheme(release: Release, scheme: str) -> Release:
    """The release with the splits of one of the schemes in its config ``splits``; StandpointError if it has no such scheme."""
    if scheme == DEFAULT:
        return release
    rows = [row for _, row in release.rows(SPLITS)]
    places = {row["article_id"]: row["split"] for row in rows if row["scheme"] == scheme}
    if not places:
        known = ", ".join(dict.fromkeys([DEFAULT, *(row["scheme"] for row in rows)]))
        raise StandpointError(f"{release.folder}: has no splits {scheme!r}", f"it has {known}: name one with --splits")
    return release._replace(scheme=scheme, places=places)


def read_codebook(path: Path) -> Codebook:
    """The codebook of a release, in the present or an older grammar."""
    data = read_yaml(path)
    if isinstance(data, dict):
        layers = data.get("layers")
        data = _renamed(data, OLD_CODEBOOK_KEYS)
        if isinstance(layers, list):
            data["layers"] = [_renamed(layer, OLD_CODEBOOK_KEYS) if isinstance(layer, dict) else layer for layer in layers]
    return load_codebook(path, data)


def table_files(folder: Path, config: str) -> list[Path]:
    """The Parquet files of a config, sorted; in an old release, the config may have an older name."""
    names = [config, *(old for old, name in OLD_CONFIGS.items() if name == config)]
    return sorted(path for name in names for path in (folder / name).glob("*.parquet"))


def split_of(path: Path) -> str:
    """The split of a Parquet file, from its name."""
    return path.name.partition("-")[0]


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """A block that reads a Parquet file; StandpointError if it is damaged."""
    try:
        yield
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:  # a column's name need not be UTF-8
        problem = str(error).partition("\n")[0]
        raise StandpointError(f"{path}: not readable as Parquet: {problem}", "build or fetch the release again") from None


def open_table(path: Path) -> tuple[pq.ParquetFile, Features]:
    """A Parquet file and its features; StandpointError if it is damaged or its features are not those of its columns."""
    with readable(path):
        file = pq.ParquetFile(path)
        return file, _features_of(file.schema_arrow.serialize().to_pybytes())


@lru_cache(maxsize=64)  # the files of a config have the same features, and each file is opened several times
def _features_of(serialized_schema: bytes) -> Features:
    schema = pa.ipc.read_schema(pa.py_buffer(serialized_schema))
    try:
        stored = Features.from_arrow_schema(schema)
    except Exception as error:  # ``datasets`` raises whatever the JSON that somebody has stored beside the columns leads to
        raise pa.ArrowInvalid(f"its features are damaged ({type(error).__name__})") from None
    if not stored.arrow_schema.equals(schema):
        raise pa.ArrowInvalid("its features are not those of its columns")
    return stored


def read_table(path: Path, batch_size: int = BATCH, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, labels as names, with the present names; one batch is in memory at a time.

    ``columns``: those that are read, by their names in the file; all if None.
    """
    names = OLD_COLUMNS.get(_config_of(path), {})
    file, file_features = open_table(path)
    with readable(path):
        for row in _rows(file, batch_size, file_features, columns):
            row = _renamed(row, names)
            if "state" in row:
                row["state"] = OLD_STATES.get(row["state"], row["state"])
            yield row


def _config_of(path: Path) -> str:
    return OLD_CONFIGS.get(path.parent.name, path.parent.name)


def _renamed(fields: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


def checksums(folder: Path) -> str:
    """The text of SHA256SUMS, which ``sha256sum --check`` reads."""
    return "".join(f"{file_hash(folder / name)}  {name}\n" for name in files_of(folder))


def listed(folder: Path) -> dict[str, str]:
    """File name -> sha256 of each file that SHA256SUMS lists."""
    lines = read_text(folder / SUMS).splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def damaged(folder: Path) -> list[str]:
    """The files that SHA256SUMS lists and that are missing, have another checksum, or are outside of the folder."""
    inside = set(files_of(folder))
    return [name for name, known in listed(folder).items() if name not in inside or file_hash(folder / name) != known]


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def content_hash(folder: Path) -> str:
    """A hash of the data of a release that does not depend on the version of pyarrow or the order of the rows.

    It is a sha256 over the configs and splits in the order of their names: for each, a line of JSON ``[config, split, {path
    of a ClassLabel: its names}]``, then the sorted sha256 of its rows, each as JSON with sorted keys and no blanks, in UTF-8.
    """
    content = sha256()
    for path in sorted(folder.glob("*/*.parquet")):
        file, stored = open_table(path)
        names = {name: leaf.names for name, leaf in leaves(stored) if isinstance(leaf, ClassLabel)}
        with readable(path):
            content.update(canonical([path.parent.name, split_of(path), names]) + b"\n")
            for digest in _in_order(sha256(canonical(row)).digest() for row in _rows(file, BATCH)):
                content.update(digest)
    return content.hexdigest()


def sizes(folder: Path) -> dict[str, dict[str, int]]:
    """For each config, the sizes in bytes of its files and of its rows in Arrow, for the ``dataset_info`` of the card."""
    configs: dict[str, dict[str, int]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        size = configs.setdefault(path.parent.name, {"download_size": 0, "dataset_size": 0})
        size["download_size"] += path.stat().st_size
        size["dataset_size"] += sum(batch.nbytes for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH))
    return configs


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks. Numbers are the shortest that read back as the same value."""
    return msgspec.json.encode(value, order="sorted")


def _rows(
    file: pq.ParquetFile, batch_size: int, stored: Features | None = None, columns: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(batch_size=batch_size, columns=columns):
        yield from values(batch.to_struct_array(), stored)


def _in_order(digests: Iterable[bytes]) -> Iterator[bytes]:
    """The sorted digests, of any number: SQLite sorts them on disk."""
    with closing(sqlite3.connect("")) as database:
        database.executescript("PRAGMA journal_mode = OFF; CREATE TABLE digests (digest BLOB)")
        database.executemany("INSERT INTO digests VALUES (?)", ((digest,) for digest in digests))
        yield from (digest for (digest,) in database.execute("SELECT digest FROM digests ORDER BY digest"))


def leaves(feature: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Path and feature of each column that is neither a struct nor a list, at any depth."""
    if isinstance(feature, List):
        yield from leaves(feature.feature, f"{path}[]")
    elif isinstance(feature, dict):
        for name, inner in feature.items():
            yield from leaves(inner, f"{path}.{name}".lstrip("."))
    else:
        yield path, feature


ROWS = 200  # rows read at a time for the facts: fewer than BATCH, because their strings are searched one by one
FROM_TEXT = ("text", "quote", "sentence", "reading")  # the fields with words of the article
ABOUT = ("id", "article_id", "sha256", "licence")  # the columns that say what a row is about
RAW_ANSWER = ("answer", "refusal")  # those of the dossiers; a layer of another table may have such a name


class Document(NamedTuple):
    """A row of the documents. ``text_sha256`` is computed, "" without a text. ``misquoted``: ids of spans with a wrong quote."""

    file: str
    split: str
    id: str
    sha256: str
    licence: str
    text_sha256: str
    misquoted: tuple[str, ...]


class Facts(NamedTuple):
    """The facts of a release folder."""

    folder: Path
    damaged: list[str]  # files in SHA256SUMS that are missing or changed
    unlisted: list[str]  # files that are not in SHA256SUMS
    unreadable: dict[str, str]  # table -> error
    codebook_version: str
    documents: list[Document]
    words: Counter[str]  # article -> number of strings that are words of its text

    def search(self, pattern: str) -> Iterator[tuple[str, str, int]]:
        """File, column and number of strings that match a regular expression (RE2); of a text file, each line that matches."""
        tables = _tables(self.folder)
        for name in sorted(set(files_of(self.folder)) - set(tables)):
            with (self.folder / name).open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, 1):
                    if re.search(pattern, line.rstrip("\n")):
                        yield name, f"line {number}", 1
        for name in sorted(set(tables) - set(self.unreadable)):
            matches: Counter[str] = Counter()
            for batch in pq.ParquetFile(self.folder / name).iter_batches(batch_size=ROWS):
                for column, array in _strings(batch.to_struct_array(), ""):
                    # By name, because type checkers do not see the functions that pyarrow.compute generates.
                    hits = pc.call_function("match_substring_regex", [array], pc.MatchSubstringOptions(pattern))
                    matches[column] += pc.call_function("sum", [hits]).as_py() or 0
            yield from ((name, column, count) for column, count in matches.items() if count)


def strings_of(path: Path) -> Iterator[str]:
    """The strings of a Parquet file, each row group's in one text; OSError if it is damaged."""
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
            for _, array in _strings(batch.to_struct_array(), ""):
                yield "\n".join(filter(None, array.to_pylist()))
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise OSError(str(error)) from None


def inspect(folder: Path, jobs: int = 1) -> Facts | None:
    """The facts of a release; None if there is no release. ``jobs``: the number of processes; the facts are the same for any."""
    tables, sums = _tables(folder), (folder / SUMS).is_file()
    if not tables and not sums:
        return None
    unlisted = sorted(set(files_of(folder)) - set(listed(folder))) if sums else files_of(folder)
    facts = Facts(folder, damaged(folder) if sums else [SUMS], unlisted, {}, _codebook_version(folder), [], Counter())
    parts: dict[str, list[Part]] = {}
    for part in mapped(_part, ((folder / name, number) for name in tables for number in range(_groups(folder / name))), jobs, 1):
        parts.setdefault(part.name, []).append(part)
    for name, found in parts.items():
        if errors := [part.error for part in found if part.error]:
            facts.unreadable[name] = errors[0]
            continue
        for part in found:
            facts.documents.extend(part.documents)
            facts.words.update(part.words)
    return facts


class Part(NamedTuple):
    """The facts of a group of rows of a table, or why it cannot be read."""

    name: str
    documents: list[Document]
    words: Counter[str]
    error: str = ""


def _groups(path: Path) -> int:
    """The number of groups of rows in a table; 1 if it cannot be read, so that somebody tries to."""
    try:
        return pq.ParquetFile(path).num_row_groups
    except (OSError, pa.ArrowException):
        return 1


def _part(place: tuple[Path, int]) -> Part:
    path, number = place
    name = f"{path.parent.name}/{path.name}"
    fields = RAW_ANSWER if name.startswith(f"{DOSSIERS}/") else FROM_TEXT
    documents: list[Document] = []
    words: Counter[str] = Counter()
    try:
        file = pq.ParquetFile(path)
        found = [_names_in(field.type, field.name, fields) for field in file.schema_arrow]
        columns = {field.name: inner for field, inner in zip(file.schema_arrow, found, strict=True) if inner}
        read = [name for name in file.schema_arrow.names if name in columns or name in ABOUT]
        for batch in file.iter_batches(ROWS, row_groups=[number], columns=read):
            for row in values(batch.to_struct_array()):
                words[str(row.get("article_id") or row["id"])] += sum(
                    _from_text(row[column], inner) for column, inner in columns.items()
                )
                if name.startswith(f"{DOCUMENTS}/"):
                    documents.append(_document(name, row))
    except (OSError, pa.ArrowException) as error:
        return Part(name, [], Counter(), str(error).partition("\n")[0])
    return Part(name, documents, words)


def _tables(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.parquet"))


def _codebook_version(folder: Path) -> str:
    try:
        codebook = read_yaml(folder / "codebook.yaml")
    except StandpointError:
        return ""
    return str(codebook.get("version", "")) if isinstance(codebook, dict) else ""


def _document(name: str, row: dict[str, Any]) -> Document:
    text, digest, misquoted = row.get("text"), "", []
    if text is not None:
        digest = sha256(text.encode()).hexdigest()
        items = (item for items in row.values() if isinstance(items, list) for item in items if isinstance(item, dict))
        misquoted = [item["id"] for item in items if "quote" in item and item["quote"] != text[item["start"] : item["end"]]]
    return Document(name, split_of(Path(name)), row["id"], row["sha256"], row["licence"], digest, tuple(misquoted))


Inside = bool | dict[str, "Inside"]  # whether strings are words of the article, or the fields of structures with such strings


def _names_in(kind: pa.DataType, name: str, fields: Collection[str]) -> Inside:
    """Where a column has strings, at any depth, that are words of the article, because they are in these fields."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _names_in(kind.value_type, name, fields)
    if pa.types.is_struct(kind):
        return {field.name: inside for field in kind if (inside := _names_in(field.type, field.name, fields))}
    return name in fields and (pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _from_text(value: Any, inside: Inside) -> int:
    """The number of such strings of a value that are not empty."""
    if isinstance(value, list):
        return sum(_from_text(item, inside) for item in value)
    if isinstance(inside, dict):
        return sum(_from_text(value[name], inner) for name, inner in inside.items())
    return int(value is not None and value != "")


def _strings(array: pa.Array, path: str) -> Iterator[tuple[str, pa.Array]]:
    """Path and array of each string column, at any depth."""
    if pa.types.is_struct(array.type):
        for name, inner in zip(array.type.names, array.flatten(), strict=True):
            yield from _strings(inner, f"{path}.{name}".lstrip("."))
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        yield from _strings(array.flatten(), f"{path}[]")
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield path, array
