"""Records on disk, found by their keys or read in the order of their keys: sorting without holding them in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from standpoint.core.model import StandpointError

Record = TypeVar("Record", bound=msgspec.Struct)
Key = str | tuple[str, ...]

# A key is stored as its parts with a zero byte after each. UTF-8 sorts as its code points do and no part holds a zero
# byte, so the rows of the index are in the order in which Python sorts the keys, and a prefix of parts is a range of it.
END = b"\0"
# 16 MB (in KiB, below 0). With SQLite's own 2 MB, filling and reading 100,000 articles in random order took 9 s in place of 6.
CACHE = -16_384


class RecordStore(Generic[Record]):
    """Records of one kind by key, in a temporary SQLite database. Memory does not grow with the records.

    SQLite keeps the database in memory while it is small, and in an unnamed file (in TMPDIR) from then on.
    """

    def __init__(self, kind: type[Record]) -> None:
        self._decode: Callable[[bytes], Record] = msgspec.msgpack.Decoder(kind).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._kind = kind
        self._database = sqlite3.connect("")
        self._database.execute(f"PRAGMA cache_size = {CACHE}")
        self._database.execute("PRAGMA journal_mode = OFF")  # nothing is rolled back, and nothing survives the process
        self._database.execute("PRAGMA synchronous = OFF")
        columns = "key BLOB PRIMARY KEY, data BLOB NOT NULL, times INTEGER NOT NULL"
        self._database.execute(f"CREATE TABLE records ({columns})")

    def fill(self, records: Iterable[tuple[Key, Record]]) -> None:
        """Add records; StandpointError at the first key that stands twice."""
        for key, record in records:
            try:
                self._database.execute("INSERT INTO records VALUES (?, ?, 1)", (_stored(key), self._encode(record)))
            except sqlite3.IntegrityError:
                name = key if isinstance(key, str) else " ".join(key)
                raise StandpointError(f"{self._kind.__name__} {name} stands twice") from None

    def put(self, key: Key, record: Record) -> None:
        """Add a record, in place of the one that the key had before."""
        self._database.execute(
            "INSERT INTO records VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET data = excluded.data, times = times + 1",
            (_stored(key), self._encode(record)),
        )

    def __contains__(self, key: Key) -> bool:
        return self._database.execute("SELECT 1 FROM records WHERE key = ?", (_stored(key),)).fetchone() is not None

    def __getitem__(self, key: Key) -> Record:
        row = self._database.execute("SELECT data FROM records WHERE key = ?", (_stored(key),)).fetchone()
        if row is None:
            raise KeyError(key)
        return self._decode(row[0])

    def __iter__(self) -> Iterator[Record]:
        """All records, in the order of their keys."""
        for (data,) in self._database.execute("SELECT data FROM records ORDER BY key"):
            yield self._decode(data)

    def within(self, *prefix: str) -> Iterator[Record]:
        """The records whose keys begin with these parts, in the order of their keys."""
        first = _stored(prefix)
        rows = self._database.execute("SELECT data FROM records WHERE key >= ? AND key < ? ORDER BY key", (first, _after(first)))
        for (data,) in rows:
            yield self._decode(data)

    def first_parts(self) -> set[str]:
        """The first parts of all keys."""
        return {_parts(key)[0] for (key,) in self._database.execute("SELECT key FROM records")}

    def repeated(self, *prefix: str) -> list[tuple[str, ...]]:
        """The keys among these that were put more than once, sorted."""
        first = _stored(prefix)
        query = "SELECT key FROM records WHERE key >= ? AND key < ? AND times > 1 ORDER BY key"
        return [_parts(key) for (key,) in self._database.execute(query, (first, _after(first)))]

    def close(self) -> None:
        """Close and delete the database."""
        self._database.close()


def _stored(key: Key) -> bytes:
    parts = (key,) if isinstance(key, str) else key
    return b"".join(part.encode() + END for part in parts)


def _after(prefix: bytes) -> bytes:
    """A key after all that begin with the prefix: 0xFF is no byte of UTF-8."""
    return prefix + b"\xff"


def _parts(key: bytes) -> tuple[str, ...]:
    return tuple(part.decode() for part in key.split(END)[:-1])
