"""``dataset/sources.yaml``: how each outlet's raw files are read, and what its licence allows.

A text may be published in a dataset under these licences, given by SPDX id, title or address: CC0, CC-BY and CC-BY-SA of any
version and country, ODC-BY, ODbL, PDDL, the Open Government Licences of Britain and Canada, those of France (Licence Ouverte 2.0)
and Germany (DL-DE 2.0), and the public domain (of the United States: ``LicenseRef-US-PD``). Texts under other licences are
withheld, above all NC, ND and "all rights reserved", and so are those of a source that is ``stand_off``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from standpoint.core.codes import language_code, licence_id
from standpoint.core.files import NAME_RULE, plug_in_names
from standpoint.core.model import NAME, Issue, StandpointError
from standpoint.core.yaml_files import load_as, means
from standpoint.ingest.encoding import codec_of

# The columns of a raw record, by our names; ``source`` is the outlet as the record names it.
COLUMNS = ("title", "text", "url", "published", "byline", "standfirst", "source", "language")
ARCHIVES = ("nexis", "factiva")  # press archives whose downloads are known by their lines, whatever the format of the file
IN_ARCHIVE = re.compile(r"(\.zip)!", re.IGNORECASE)
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outlet."""

    id: Annotated[str, means("lower-case words with hyphens; the ids of articles begin with it")]
    name: Annotated[str, means("the name of the outlet")]
    match: Annotated[tuple[str, ...], means("globs for the end of a file's path; the first source that fits reads the file")]
    where: Annotated[
        dict[str, str | tuple[str, ...]],
        means(
            'of a file with several outlets: globs for columns, by our names, such as `{source: "Radio X*"}`;'
            " the source has the records that match all"
        ),
    ] = {}
    licence: Annotated[
        str,
        means("the licence of the texts, by its SPDX id, title or address; a text that it does not allow to publish is withheld"),
    ]
    language: Annotated[str, means("the language of records that state none, by its code or name")]
    columns: Annotated[
        dict[str, str],
        means(
            "our names of columns and their names in the files: `title`, `text`, `url`, `published`, "
            '`byline`, `standfirst`, `source`, `language`. A dot leads into an object, `""` leaves the column'
            " out"
        ),
    ] = {}
    records: Annotated[
        str, means("the place of the list of records in an answer in JSON, such as `response.results`; without it, it is found")
    ] = ""
    format: Annotated[
        str, means("the reader of the files, whatever their suffixes are, or the press archive that they are from")
    ] = ""
    url: Annotated[str | None, means("the address of the outlet")] = None
    dates: Annotated[str, means("the order in dates such as 05/06/2031: `DMY` or `MDY`; without it, such dates are refused")] = ""
    encoding: Annotated[
        str,
        means(
            "the encoding of files that are not UTF-8, such as `windows-1252`; without it, it is guessed, and"
            " each guess is reported"
        ),
    ] = ""
    stand_off: Annotated[bool, means("the texts are withheld, also if their licence allows to publish them")] = False
    side: Annotated[
        str, means("the side on which the outlet stands, in the project's words, such as `government`; for draws from an archive")
    ] = ""
    datelines: Annotated[
        bool, means("a record without a date or an outlet has those of the dateline that its text begins with")
    ] = False

    def takes(self, values: Mapping[str, str]) -> bool:
        """Whether a record matches ``where``. ``values``: its columns by our names."""
        return all(
            any(fnmatchcase(_composed(values.get(name, "")).strip(), _composed(glob)) for glob in _listed(globs))
            for name, globs in self.where.items()
        )


class Sources(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    sources: Annotated[tuple[Source, ...], means("the outlets, in the order in which they are tried")]


def load_sources(path: Path, report: Callable[[Issue], None] = lambda note: None) -> tuple[Source, ...]:
    """The sources, in the order of the file, with the codes of their languages and licences; StandpointError if one is not valid.

    ``report`` gets a note for each code that the file does not state as it is, and for each licence that is not known.
    """
    if not path.exists():
        raise StandpointError(f"{path}: no such file", "it says what the raw files are; `standpoint ingest --help` shows one")
    sources: dict[str, Source] = {}
    for source in load_as(path, Sources, "list of sources").sources:
        where = f"{path}: source {source.id!r}"
        if source.id in sources:
            raise StandpointError(f"{path}: the id {source.id!r} is used more than once", "give each source another id")
        if not ID.fullmatch(source.id):
            raise StandpointError(f"{where}: the id is not lower-case words with hyphens", "such as harbour-courier")
        if not re.search(NAME, source.id):  # a file of articles has this name
            raise StandpointError(f"{where}: the id cannot be the name of a file", f"a name has {NAME_RULE}")
        for field, names in (("columns", source.columns), ("where", source.where)):
            if unknown := [name for name in names if name not in COLUMNS or (field == "where" and name == "text")]:
                raise StandpointError(f"{where}: {field} has {unknown[0]!r}", f"the readers know {', '.join(COLUMNS)}")
        formats = [*plug_in_names("standpoint.ingest.readers"), *ARCHIVES]
        if source.format and source.format not in formats:
            raise StandpointError(f"{where}: format is {source.format!r}", f"it is one of {', '.join(formats)}")
        if source.dates not in ("", "DMY", "MDY"):
            raise StandpointError(f"{where}: dates is {source.dates!r}", "it is DMY (5/12 is in December) or MDY")
        if source.encoding and not codec_of(source.encoding):
            raise StandpointError(f"{where}: no encoding is called {source.encoding!r}", "one is windows-1252, or iso-8859-2")
        if not (source.name.strip() and source.match and source.licence.strip() and source.language.strip()):
            raise StandpointError(
                f"{where}: name, match, licence and language cannot be empty", "`standpoint keys sources.yaml` explains them"
            )
        sources[source.id] = _with_codes(source, where, report)
    return tuple(sources.values())


def _with_codes(source: Source, where: str, report: Callable[[Issue], None]) -> Source:
    language, licence = language_code(source.language), licence_id(source.licence)
    if not language:
        hint = "it is a code of ISO 639 or a name, such as en or English"
        raise StandpointError(f"{where}: no language is called {source.language!r}", hint)
    if language != source.language:
        report(Issue(where, "LANGUAGE-READ", f"its language {source.language!r} is stored as {language!r}", "note"))
    if not licence:
        problem = f"its licence {source.licence!r} is not known, so its texts are withheld"
        hint = "write one such as CC-BY-4.0, with the version, or `all rights reserved`"
        report(Issue(where, "LICENCE-UNKNOWN", f"{problem}; {hint}", "note"))
    elif licence != source.licence:
        report(Issue(where, "LICENCE-READ", f"its licence {source.licence!r} is stored as {licence}", "note"))
    return replace(source, language=language, licence=licence or source.licence)


def sources_for(path: Path, sources: Sequence[Source]) -> list[Source]:
    """The sources with a glob that matches the end of the path, behind links too, with or without ``.gz``.

    A file in an archive (archive!name) is matched as in a folder with the archive's name, or else as the archive is. A letter
    with an accent is one character or two, depending on the system that made the file's name; here they are equal.
    """
    names = [_composed(name.as_posix()) for name in (path.absolute(), path.resolve())]
    as_folder = [IN_ARCHIVE.sub(r"\1/", name, count=1) for name in names]
    archives = [name[: found.end(1)] for name in names if (found := IN_ARCHIVE.search(name))]
    for tried in (as_folder, archives):
        ends = {*tried, *(name.removesuffix(".gz") for name in tried)}
        fit = [item for item in sources if any(fnmatchcase(end, f"*/{_composed(glob)}") for glob in item.match for end in ends)]
        if fit:
            return fit
    return []


def no_source(path: Path, sources: Sequence[Source]) -> str:
    """Why no source has a file, and what to do about it."""
    problem = "no source in sources.yaml matches it; add a source, or a glob to a `match`"
    for source, glob in ((item, glob) for item in sources for glob in item.match):
        if "[" in glob and sources_for(path, [replace(source, match=(glob.replace("[", "[[]"),))]):
            problem += f"; in {glob!r} of {source.id}, [ begins a set of characters: write [[] for the character"
    return problem


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _listed(globs: str | tuple[str, ...]) -> tuple[str, ...]:
    return (globs,) if isinstance(globs, str) else globs
