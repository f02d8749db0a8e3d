"""Whether what was released is still as it was: splits, the codebook of a version, changelogs and the rows of versions.

The last released version is read from its commit: its tag names it, or in a clone without tags its row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from standpoint.checks.table import Findings, check
from standpoint.codebook.load import load_changes
from standpoint.codebook.types import Codebook
from standpoint.core.files import read_lines_of, read_text, write_whole
from standpoint.core.history import HistoryRow, read_history, release_date, released_entries, tags_without_row
from standpoint.core.model import StandpointError
from standpoint.core.project import CODEBOOK_PATTERN, Project, parse_codebook_version
from standpoint.core.repository import find_repository
from standpoint.core.yaml_files import read_yaml
from standpoint.dataset.release_folder import read_codebook
from standpoint.splits.splits import DEFAULT, QUARANTINE

# What may change under one version of the codebook: neither do annotators read it, nor do labels mean something else.
NOT_MEANT = frozenset(
    ("version", "title", "language", "licence", "guide", "targets", "qualification", "resolve", "sources_of_maps", "ignored")
    + ("crosswalks", "hotkeys", "suggestions", "table", "hotkey", "color", "rare")
)
NAMED = 3  # differences that a message names


@dataclass
class Past:
    """The last released version (``version`` is "" if there is none), and what the project has of it today.

    ``unknown``: why it cannot be compared. ``before`` and ``now`` are the files of the version and of the project; ``tags`` the
    commits of the tags by their names; ``unlisted`` the tags of releases without a row.
    """

    now: Project
    codebook: Codebook
    before: Project
    version: str = ""
    unknown: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    rows: list[HistoryRow] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)


def past_of(project: Project, codebook: Codebook, folder: Path) -> Past:
    """The last released version of a project. Its small files are written into a folder."""
    past, repository = Past(project, codebook, Project(folder)), find_repository(project)
    past.rows = read_history(project.versions)
    if repository:
        past.tags = repository.tags()
        past.unlisted = list(tags_without_row(project, past.rows, repository, past.tags))
    if not past.rows:
        return past
    last = past.rows[-1]
    past.version = last.version
    commit = past.tags.get(last.number.tag) or (repository.find_commit(last.commit) if repository else None)
    if repository is None or commit is None:
        hint = "neither its tag nor its commit is in this clone; run: git fetch --unshallow --tags"
        past.unknown = hint if repository else "the project is in no git repository"
        return past
    files = [project.versions, project.release_changelog, project.release / "codebook.yaml", project.release / "README.md"]
    names = [path.relative_to(project.root).as_posix() for path in files]
    names += repository.names(commit, project.splits.relative_to(project.root).as_posix())
    for name in names:
        if (content := repository.show(commit, name)) is not None:
            write_whole(folder / name, content)
    return past


@check("history", on="released version", level="note")
def version_unknown(past: Past) -> Findings:
    """the last released version can be compared with the project
    Why: only its commit says what was released; without it, nobody sees that a split or an old entry was changed.
    Fix: run git fetch --unshallow --tags, or check the project in its repository."""
    if past.unknown:
        yield past.version, past.unknown


@check("history", on="released version")
def version_row(past: Past) -> Findings:
    """a row of dataset/versions.tsv is as it was when its version was released; only a yank is added
    Why: the row says which commit and which content a version has, and whoever cites the version relies on it.
    Fix: restore the row: git log -p dataset/versions.tsv shows it."""
    for row in past.rows:
        if past.tags.get(row.number.tag, row.commit) != row.commit:
            yield row.version, f"its commit is {row.commit[:8]}, its tag names {past.tags[row.number.tag][:8]}"
    rows = {row.version: row for row in past.rows}
    released = read_history(past.before.versions)
    for old in released:
        new = rows.get(old.version)
        if new is None or new._replace(yanked="") != old._replace(yanked=""):
            yield old.version, "it is gone" if new is None else "it differs from what was released"
    for tag in sorted(set(past.unlisted) - {old.number.tag for old in released}):
        yield tag, "it is gone, and its tag is there"
    if not past.version:
        return
    entries = past.before.release_changelog
    day = release_date(read_text(entries), past.version) if entries.exists() else None
    if day not in (None, past.rows[-1].date):
        yield past.version, f"its date is {past.rows[-1].date}, that of its entry in the changelog is {day}"
    card = past.before.release / "README.md"
    text = read_text(card) if card.exists() else ""
    if "Content hash" in text and past.rows[-1].content not in text:
        yield past.version, f"its content is {past.rows[-1].content[:12]}…, the released card has another"


@check("history", on="released version")
def version_entry(past: Past) -> Findings:
    """an entry of dataset/CHANGELOG.md is as it was when its version was released; only a yank is added
    Why: it says what changed, and with which figures; the released versions have it as it was.
    Fix: restore the entry: git show TAG:dataset/CHANGELOG.md shows it. Write what is to be added under ## Unreleased."""
    paths = (project.release_changelog for project in (past.before, past.now))
    before, now = (released_entries(read_text(path)) if path.exists() else {} for path in paths)
    for name, text in before.items():
        if now.get(name) != text:
            yield name, "it differs from what was released" if name in now else "it is gone"


@check("history", on="released version")
def split_moved(past: Past) -> Findings:
    """an article of a released version keeps its split, or goes into quarantine
    Why: whoever has trained on an article must not be tested on it, also with the next version.
    Fix: restore the row: git log -p splits/ shows it. standpoint split adds rows, and changes none."""
    for path in sorted(past.before.splits.glob("*.tsv")):
        present = past.now.splits / path.name
        if not present.exists() and path.stem != DEFAULT:
            continue
        now = _splits(present)
        for article_id, split in _splits(path).items():
            if now.get(article_id) not in (split, QUARANTINE):
                is_now = f"is in {now[article_id]}" if article_id in now else "has no row"
                yield article_id, f"it was in {split} of {path.stem} in {past.version}, and {is_now}"


def _splits(path: Path) -> dict[str, str]:
    """The split of each article. Other checks report rows that cannot be read, and old versions have fewer columns."""
    rows = (line.fields for line in read_lines_of(path) if line.number > 1) if path.exists() else ()
    return {fields[0]: fields[1] for fields in rows if len(fields) > 1}


@check("history", on="released version")
def codebook_changed(past: Past) -> Findings:
    """another content of the codebook has another version: what annotators read, and what labels mean
    Why: sets of two contents under one version cannot be told apart, and nobody reviews those of the old one.
    Fix: raise version in guidelines/codebook.yaml, describe the change in guidelines/CHANGELOG.md, and run standpoint fix."""
    path = past.before.release / "codebook.yaml"
    data = read_yaml(path) if path.exists() else None
    version = str(data.get("version", "")) if isinstance(data, dict) else ""
    is_version = CODEBOOK_PATTERN.fullmatch(version) is not None
    if not is_version or parse_codebook_version(past.codebook.version) > parse_codebook_version(version):
        return
    before, now = _meanings(read_codebook(path)), _meanings(past.codebook)
    differing = [name for name in [*now, *(name for name in before if name not in now)] if before.get(name) != now.get(name)]
    if differing:
        others = f" and {len(differing) - NAMED:,} more" if len(differing) > NAMED else ""
        major, minor, patch = parse_codebook_version(version).release
        what = f"{', '.join(differing[:NAMED])}{others} differ from {version} as released with {past.version}"
        words, label, meaning = f"{major}.{minor}.{patch + 1}", f"{major}.{minor + 1}.0", f"{major + 1}.0.0"
        yield (
            "guidelines/codebook.yaml",
            f"{what}; should be {words} for other words, {label} for a new label, {meaning} if a label means something else",
        )


def _meanings(codebook: Codebook) -> dict[str, object]:
    """Each part of a codebook that annotators read or that says what a label means, by its place."""
    data = msgspec.to_builtins(codebook)
    layers = [*data.pop("layers"), {"name": "actor_classes", "labels": data.pop("actor_classes", [])}]
    meanings = {name: value for name, value in data.items() if name not in NOT_MEANT}
    for layer in layers:
        labels = layer.pop("labels", ())
        meanings[f"{layer['name']} labels"] = [label["name"] for label in labels]  # a release stores a label as its number
        for place, part in ((layer["name"], layer), *((f"{layer['name']}/{label['name']}", label) for label in labels)):
            meanings |= {f"{place} {name}": value for name, value in part.items() if name not in NOT_MEANT}
    return meanings


@check("history", on="released version")
def codebook_entry(past: Past) -> Findings:
    """guidelines/CHANGELOG.md has an entry for the codebook's version, if there is such a changelog
    Why: standpoint fix brings older sets to a version only because the entry says which labels mean something else.
    Fix: describe the changes under ## VERSION, a line each: - **wording**: …, or - **meaning changed** `layer/label`: …."""
    try:
        load_changes(past.now.guidelines_changelog, past.codebook)
    except StandpointError as error:
        where, _, finding = error.message.replace(f"{past.now.root}/", "").partition(": ")
        yield where, finding
