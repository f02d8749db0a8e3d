"""A built release as a check looks at it: plain facts that were read from its files, beside what the project has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from standpoint.checks._corpus import Corpus


class Document(Protocol):
    """A row of the documents (``publish.inspect.Document``)."""

    file: str
    split: str
    id: str
    sha256: str
    licence: str
    text_sha256: str
    misquoted: Sequence[str]


class Facts(Protocol):
    """What is in the files (``publish.inspect.Facts``)."""

    damaged: Sequence[str]
    unlisted: Sequence[str]
    unreadable: Mapping[str, str]
    codebook_version: str
    documents: Sequence[Document]
    words: Mapping[str, int]
    search: Callable[[str], Iterator[tuple[str, str, int]]]


class ReleaseFacts(NamedTuple):
    """A release beside the corpus; ``accounts`` are those behind the pseudonyms, as far as they are known here."""

    facts: Facts
    corpus: Corpus
    codebook_version: str
    accounts: Iterable[str] = ()
