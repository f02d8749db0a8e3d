"""Rename a label or a layer everywhere in a project: codebook, guidelines, annotation sets, decisions and adjudicated sets.

Each file is written whole: first the guidelines beside the codebook, then the codebook, its changelog, decisions and sets. So a
killed run can be repeated: until the codebook has the new name, all is done again; after that, what is not done yet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.fix import AFFECTED, OUTDATED, WRITTEN, Book, apply_fixes
from standpoint.adjudication.renames import RENAMED
from standpoint.codebook.load import load_changes, open_codebook
from standpoint.codebook.rename import Renaming, links_of, read_renaming, renamed_beside, renamed_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.files import read_text, write_whole
from standpoint.core.model import Issue, Reporter
from standpoint.core.project import Project
from standpoint.pages.adjudication_page import adjudication_config

GENERATED = re.compile(r"<!-- guide: .*?<!-- /guide -->", re.DOTALL)  # what `standpoint guide` writes


class Planned(NamedTuple):
    """A renaming: the codebook before and after it, and the new texts of the guidelines' files, in the order of their writing."""

    renaming: Renaming
    before: Codebook
    codebook: Codebook
    texts: dict[Path, str]


def rename(project: Project, former: str, new: str, dry_run: bool, reporter: Reporter) -> tuple[list[str], Counter]:
    """Rename ``layer/label`` or ``layer``; what was changed, or, in a dry run, would be, and the counts.

    StandpointError, and nothing is written, if the codebook would not be valid.
    """
    planned = _plan(project, former, new)
    if not dry_run:
        for path, text in planned.texts.items():
            write_whole(path, text)
    changes = load_changes(project.guidelines_changelog, planned.before if dry_run else planned.codebook)
    book = Book(planned.codebook, changes, only_names=True)
    fixed = apply_fixes(project, book, not dry_run, Reporter(progress=reporter.progress))
    counts = Counter({"files of the guidelines": len(planned.texts), "annotations": fixed[f"fixed: {RENAMED}"]})
    counts["decisions"] = fixed["decisions to rename"] + fixed["decisions renamed"]
    counts[f"annotation sets now of {planned.codebook.version}"] = fixed[OUTDATED] + fixed[WRITTEN[OUTDATED]]
    if fixed[AFFECTED]:
        counts["older annotation sets to review (standpoint fix lists them)"] = fixed[AFFECTED]
    if any(project.adjudicated.glob("*.jsonl")) and not dry_run:
        adjudicated = adjudicate_project(project, reporter)
        counts["adjudicated sets"] = adjudicated["adjudicated sets"]
    if not dry_run:
        for issue in _mentions(project, planned.renaming):
            reporter.report(issue)
    verb = "would be changed" if dry_run else "changed"
    lines = [f"{path.relative_to(project.root).as_posix()}: {verb}" for path in planned.texts]
    for link in links_of(planned.codebook, planned.renaming):
        if dry_run:
            lines.append(f"after that: {link}, because it links these spans by their name")
        else:
            more, further = rename(project, f"{link.layer}/{link.old}", link.new, dry_run, reporter)
            lines, counts = [*lines, *more], counts + further
    return lines, counts


def _plan(project: Project, former: str, new: str) -> Planned:
    codebook, _ = open_codebook(project)
    renaming, is_done = read_renaming(codebook, former, new)
    after, texts = codebook, dict[Path, str]()
    if not is_done:
        load_changes(project.guidelines_changelog, codebook)  # refuses a changelog that cannot be read
        # A new name changes no meaning: guidelines/CHANGELOG.md, "wording".
        version = re.sub(r"\d+$", lambda last: str(int(last[0]) + 1).zfill(len(last[0])), codebook.version)
        text, after = renamed_codebook(project.codebook, renaming, version)
        for each in after.passes:
            adjudication_config(after, each.name)  # refuses a name that a page cannot have
        texts = dict(renamed_beside(project, renaming, codebook)) | {project.codebook: text}
    before = read_text(project.guidelines_changelog) if project.guidelines_changelog.exists() else ""
    if (entry := _changelog(before, after.version, renaming)) != before:
        texts[project.guidelines_changelog] = entry
    return Planned(renaming, codebook, after, texts)


def _changelog(text: str, version: str, renaming: Renaming) -> str:
    """The text of the guidelines' changelog with a line on the renaming, under this version unless another has it already."""
    text = text or "# Changelog of the guidelines\n"
    line = f"- **wording**: {renaming}. Annotation sets and decisions follow, and no label means something else."
    if line in text:
        return text
    if heading := re.search(rf"^## {re.escape(version)}(?![\w.]).*\n*", text, re.MULTILINE):  # somebody has begun the entry
        return f"{text[: heading.end()].rstrip()}\n\n{line}\n{text[heading.end() :]}"
    first = re.search(r"^## ", text, re.MULTILINE)
    start = first.start() if first else len(text)
    return f"{text[:start].rstrip()}\n\n## {version}\n\n{line}\n" + (f"\n{text[start:]}" if first else "")


def _mentions(project: Project, renaming: Renaming) -> Iterator[Issue]:
    """A note for each page written by hand that still has the former name: only a person can tell what it means there."""
    name = re.compile(rf"(?<![\w.-]){re.escape(renaming.former)}(?![\w-]|\.\w)")
    for path in (*sorted(project.guidelines.glob("*.md")), project.card):
        if (
            path.exists()
            and path != project.guidelines_changelog
            and (count := len(name.findall(GENERATED.sub("", read_text(path)))))
        ):
            message = (
                f"has {renaming.former!r} in {count} place(s); should be {renaming.new!r} where the {_what(renaming)} is meant"
            )
            yield Issue(path.relative_to(project.root).as_posix(), "RENAME-MENTIONED", message, "note")


def _what(renaming: Renaming) -> str:
    return f"label of {renaming.layer}" if renaming.old else "layer"
