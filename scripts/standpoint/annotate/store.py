"""Annotation sets in files: ``<pass>/<annotator>.jsonl``, a set a line, sorted by article.

What comes in replaces what is there for the same article, annotator and pass; everything else stays. Sets are spilled
to a temporary file while they come, so that memory holds only their keys.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from standpoint.jsonlines import written_whole
from standpoint.model import AnnotationSet, Issue

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(AnnotationSet).decode


class _Key(Struct):
    article_id: str


class Place(NamedTuple):
    """Where a spilled line lies."""

    article_id: str
    offset: int
    length: int


def store_sets(sets: Iterable[AnnotationSet | Issue], folder: Path) -> Iterator[Issue | Path]:
    """Write the sets, pass the Issues on, and say each file that was changed. A file is replaced whole or not at all."""
    places: dict[str, list[Place]] = defaultdict(list)
    with tempfile.TemporaryFile() as spill:
        offset = 0
        for item in sets:
            if isinstance(item, Issue):
                yield item
                continue
            line = _ENCODE(item) + b"\n"
            spill.write(line)
            places[f"{item.pass_name}/{item.annotator}.jsonl"].append(Place(item.article_id, offset, len(line)))
            offset += len(line)
        for name in sorted(places):
            latest = {place.article_id: place for place in places[name]}  # the later submission of two
            for article_id in sorted({place.article_id for place in places[name]} if len(latest) < len(places[name]) else ()):
                if sum(place.article_id == article_id for place in places[name]) > 1:
                    yield Issue(f"{article_id} {name}", "SET-TWICE", "submitted more than once, differently; the latest is kept")
            path = folder / name
            before = path.stat().st_mtime_ns if path.exists() else None
            _merge(path, sorted(latest.values()), spill)
            if path.stat().st_mtime_ns != before:
                yield path


def _merge(path: Path, places: list[Place], spill) -> None:
    """Both are sorted by article: go through them side by side."""
    old = _lines(path)
    known, line = next(old, (None, b""))
    with written_whole(path) as file:
        for place in places:
            while known is not None and known < place.article_id:
                file.write(line)
                known, line = next(old, (None, b""))
            spill.seek(place.offset)
            new = spill.read(place.length)
            if known == place.article_id:
                new = line if _same(line, new) else new
                known, line = next(old, (None, b""))
            file.write(new)
        while known is not None:
            file.write(line)
            known, line = next(old, (None, b""))


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=_Key).article_id, line


def _same(old: bytes, new: bytes) -> bool:
    """Whether two lines are one set: the day of a set that was only sent to a server and back is its first."""
    if old == new:
        return True
    one, other = _DECODE(old), _DECODE(new)
    return msgspec.structs.replace(one, submitted=None) == msgspec.structs.replace(other, submitted=None)
