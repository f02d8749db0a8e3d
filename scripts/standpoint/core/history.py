"""What was released: the rows of ``dataset/versions.tsv``, the tags, and the sections of the changelog of the dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from standpoint.core.files import read_tsv, write_tsv
from standpoint.core.model import StandpointError
from standpoint.core.project import Project, VersionNumber, is_version, parse_version
from standpoint.core.repository import Repository, find_repository

HEADER = ("version", "date", "commit", "content", "yanked")


class HistoryRow(NamedTuple):
    """One released version: its number, date, commit, content hash, and the reason why it is yanked, if it is."""

    version: str
    date: str
    commit: str
    content: str
    yanked: str = ""

    @property
    def number(self) -> VersionNumber:
        return parse_version(self.version)


def read_history(path: Path) -> list[HistoryRow]:
    """The rows by version, none if there is no file; StandpointError with the line if the file is not valid."""
    rows: list[HistoryRow] = []
    hint = "restore the file from the last commit"
    for line in read_tsv(path, HEADER, hint, optional=("yanked",)):
        row, where = HistoryRow(*line.fields), f"{path}:{line.number}"
        if not is_version(row.version):
            raise StandpointError(f"{where}: version {row.version!r} is not MAJOR.MINOR.PATCH", hint)
        if rows and row.number <= rows[-1].number:
            raise StandpointError(f"{where}: {row.version} after {rows[-1].version}, should be sorted by version", hint)
        rows.append(row)
    return rows


def write_history(path: Path, rows: Iterable[HistoryRow]) -> None:
    """Write the file atomically, sorted by version."""
    by_number: list[HistoryRow] = sorted(rows, key=lambda row: row.number)
    write_tsv(path, HEADER, by_number)


def find_row(rows: Iterable[HistoryRow], version: str) -> HistoryRow | None:
    """The row of a version, with or without the v of a tag; None if there is none."""
    wanted = parse_version(version) if is_version(version) else None
    return next((row for row in rows if row.number == wanted), None)


def released_versions(project: Project) -> set[str]:
    """The released versions: those with a row in ``dataset/versions.tsv``, now or in the last commit, and those with a tag."""
    rows, repository = read_history(project.versions), find_repository(project)
    released = {row.version for row in rows}
    if repository:
        committed = repository.show("HEAD", project.versions.relative_to(project.root).as_posix()) or ""
        # Not read as ``read_history`` does: what was committed may have faults, and must not be refused here.
        released |= set(filter(is_version, (line.partition("\t")[0] for line in committed.splitlines())))
        released |= {tag.removeprefix("v") for tag in tags_without_row(project, rows, repository, repository.tags())}
    return released


def tags_without_row(
    project: Project, rows: Iterable[HistoryRow], repository: Repository, tags: Mapping[str, str]
) -> Iterator[str]:
    """The tags of releases of this project that have no row. The repository may have other tags too."""
    listed = {row.number.tag for row in rows}
    version_file = project.version.relative_to(project.root).as_posix()
    for tag in tags:
        if is_version(tag) and tag not in listed and (repository.show(tag, version_file) or "").strip() == tag.removeprefix("v"):
            yield tag


HEADING = re.compile(r"^## +\[?(?P<name>Unreleased|v?\d+\.\d+\.\d+)\]?(?P<rest>.*)$", re.MULTILINE | re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
UNRELEASED, YANKED = "unreleased", "**Yanked:**"
Section = tuple[str, str, str]  # the name in lower case without v, the heading line, the text


def read_sections(text: str) -> tuple[str, list[Section]]:
    """The text above the first version, and the section of each version."""
    headings = list(HEADING.finditer(text))
    ends = [match.start() for match in headings[1:]] + [len(text)]
    sections = [
        (match["name"].lower().removeprefix("v"), match.group(), text[match.end() : end].strip("\n"))
        for match, end in zip(headings, ends, strict=False)  # without headings, there is one end too many
    ]
    return text[: headings[0].start()] if headings else text, sections


def release_date(text: str, version: str) -> str | None:
    """The date in the heading of a version; None if there is none."""
    for name, heading, _ in read_sections(text)[1]:
        if name == version.removeprefix("v") and (match := DATE.search(heading)):
            return match.group()
    return None


def released_entries(text: str) -> dict[str, str]:
    """The heading and the text of each released version, without blank lines and yanks."""
    entries = {}
    for name, heading, body in read_sections(text)[1]:
        lines = (line.rstrip() for line in (heading, *body.splitlines()) if not line.startswith(YANKED))
        entries[name] = "\n".join(filter(None, lines))
    entries.pop(UNRELEASED, None)
    return entries
