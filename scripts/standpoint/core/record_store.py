"""Records on disk, found by key or read in the order of their keys: sorting without holding them in memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from standpoint.core.model import StandpointError

Record = TypeVar("Record", bound=msgspec.Struct)


class RecordStore(Generic[Record]):
    """Records of one kind in one temporary file; in memory are only their keys and places."""

    def __init__(self, path: Path, kind: type[Record]) -> None:
        self.file = path.open("w+b")
        self.decoder, self.encoder = msgspec.msgpack.Decoder(kind), msgspec.msgpack.Encoder()
        self.places: dict[Hashable, tuple[int, int]] = {}
        self.kind, self.end = kind, 0

    def fill(self, records: Iterable[tuple[Hashable, Record]]) -> None:
        """Put records aside; a key stands once."""
        for key, record in records:
            if key in self.places:
                what = key if isinstance(key, str) else " ".join(key)
                raise StandpointError(f"{self.kind.__name__} {what} stands twice")
            data = self.encoder.encode(record)
            self.file.write(data)
            self.places[key] = self.end, len(data)
            self.end += len(data)

    def __contains__(self, key: Hashable) -> bool:
        return key in self.places

    def __getitem__(self, key: Hashable) -> Record:
        offset, length = self.places[key]
        self.file.seek(offset)
        return self.decoder.decode(self.file.read(length))

    def __iter__(self) -> Iterator[Record]:
        """All records, in the order of their keys."""
        return (self[key] for key in sorted(self.places))

    def keys(self) -> list[Hashable]:
        """All keys, sorted."""
        return sorted(self.places)

    def close(self) -> None:
        self.file.close()
