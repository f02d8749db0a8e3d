"""Whether all files of the data folders are read."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._table import note

SCOPE = "file"
Found = Iterator[tuple[str, str]]


@note
def file_stray(path: str) -> Found:
    """each file in the data folders is one that is read

    Why: a set under another name, or one folder too deep, is in no figure, and nobody is told.
    Fix: move it to <source>.jsonl, or <pass>/<annotator>.jsonl; or out of the data folders.
    """
    yield "", "no verb reads it"
