"""Exports read back, for round trips: what a format does not name as lost has to come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from standpoint.codebook.types import Codebook
from standpoint.formats import Document, Read, read_documents, readers, writers

# The formats that come back as they went: conll2003 has the spans of each layer in other files, without the blanks of the text.
BOTH_WAYS = sorted(readers().keys() & writers().keys() - {"conll2003"})


def read_export(name: str, folder: Path, codebook: Codebook) -> Iterator[Document]:
    """The articles of an export folder, with everything that the format carries."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in readers()[name].suffixes:
            for read in read_documents(path, name, codebook):
                assert isinstance(read, Read) and not (read.refused or read.unsaid or read.fragments), read
                yield read.document
