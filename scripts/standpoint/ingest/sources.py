"""``dataset/sources.yaml``: how each outlet's raw files are read, and what its licence allows.

A text may be published in a dataset under these licences, given by SPDX id: CC0, CC-BY and CC-BY-SA of any version and
country, ODC-BY, ODbL, PDDL, the British and Canadian Open Government Licences, and the public domain (of the United States:
``LicenseRef-US-PD``). Texts under other licences are withheld, above all NC, ND and "all rights reserved".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from standpoint.core.files import load_as
from standpoint.core.model import StandpointError
from standpoint.ingest.encoding import codec_of

FREE = re.compile(
    r"CC0-1\.0|CC-BY(-SA)?-\d\.\d(-[A-Z]+)?|CC-PDDC|PDDL-1\.0|ODC-BY-1\.0|ODbL-1\.0|OGL-UK-\d\.\d"
    r"|OGL-Canada-2\.0|public[- ]domain|LicenseRef-(US-PD|public-domain)",
    re.IGNORECASE,
)
# The columns of a raw record, by our names; ``source`` is the outlet as the record names it.
COLUMNS = ("title", "text", "url", "published", "byline", "standfirst", "source", "language")
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outlet.

    ``match`` has globs for the end of a file's path. ``columns`` maps our names of a record's columns to the names in the
    files. ``dates`` is the order of the numbers in dates such as 05/06/2031: DMY or MDY; "" refuses such dates.
    ``encoding`` is that of the files that are not UTF-8, by a name of the web or of Python; "" leaves it to a guess.
    """

    id: str
    name: str
    match: tuple[str, ...]
    licence: str
    language: str
    columns: dict[str, str] = {}
    url: str | None = None
    dates: str = ""
    encoding: str = ""


class Sources(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    sources: tuple[Source, ...]


def load_sources(path: Path) -> tuple[Source, ...]:
    """The sources, in the order of the file; StandpointError if one is not valid."""
    sources = load_as(path, Sources, "source").sources
    seen: set[str] = set()
    for source in sources:
        where = f"{path}: source {source.id!r}"
        if source.id in seen:
            raise StandpointError(f"{path}: the id {source.id!r} is used more than once", "give each source another id")
        seen.add(source.id)
        if not ID.fullmatch(source.id):
            raise StandpointError(f"{where}: the id is not lower-case words with hyphens", "such as harbour-courier")
        if unknown := [name for name in source.columns if name not in COLUMNS]:
            raise StandpointError(f"{where}: columns maps {unknown[0]!r}", f"the readers know {', '.join(COLUMNS)}")
        if source.dates not in ("", "DMY", "MDY"):
            raise StandpointError(f"{where}: dates is {source.dates!r}", "it is DMY (5/12 is in December) or MDY")
        if source.encoding and not codec_of(source.encoding):
            raise StandpointError(f"{where}: no encoding is called {source.encoding!r}", "one is windows-1252, or iso-8859-2")
        if not (source.name.strip() and source.match and source.licence.strip() and source.language.strip()):
            raise StandpointError(f"{where}: name, match, licence and language cannot be empty")
    return sources


def source_for(path: Path, sources: Iterable[Source]) -> Source | None:
    """The first source with a glob that matches the end of the path, behind links too, with or without ``.gz``."""
    names = [name.as_posix() for name in (path.absolute(), path.resolve())]
    ends = (*names, *(name.removesuffix(".gz") for name in names))
    return next((item for item in sources for glob in item.match if any(fnmatchcase(end, f"*/{glob}") for end in ends)), None)


def redistributable(licence: str) -> bool:
    """Whether a text under this licence may be published in a dataset."""
    return FREE.fullmatch(licence.strip()) is not None
