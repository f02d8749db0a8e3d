"""What becomes of the published labels of re3d and MUC-4 by the crosswalks of the project's codebook, as tables for the docs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from standpoint.core.model import Issue, Reporter
from standpoint.core.project import Project
from standpoint.ingest.ingest import ingest_paths
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.published.import_published import import_published
from whole_projects import new_project

SOURCES = Path(__file__).parent.parent / "data" / "sources-public.yaml"
MUC3 = "  - {id: muc3, name: MUC-3, match: ['muc3/*'], licence: CC0-1.0, language: en, datelines: true}\n"
TOLD = re.compile(r"'(?P<name>.*)', (?P<count>[\d,]+) time\(s\), is (?P<what>.*)", re.DOTALL)


def read_corpora(corpora: Path, folder: Path) -> Project:
    """A project with our guidelines and the texts of both corpora."""
    project = new_project(folder / "project", None)
    project.sources.write_text(SOURCES.read_text(encoding="utf-8") + MUC3, encoding="utf-8", newline="\n")
    ingest_paths(
        project,
        [*sorted(corpora.glob("re3d/*/documents.json")), *sorted(corpora.glob("muc3/*/*.xhtml"))],
        project.sources,
        Reporter(),
    )
    return project


def count_labels(project: Project, name: str, path: Path) -> tuple[Counter[str], list[Issue]]:
    """The counts and the issues of an import."""
    told: list[Issue] = []
    return import_published(project, [path], Reporter(issue=told.append), True, "", DocumentOptions(name)), told


def table(counts: Counter[str], told: list[Issue]) -> Iterator[str]:
    """A line with the sums, and a table with a row for each kind of annotation."""
    parts = ("items stored", "items left out", "items refused")
    sums = " + ".join(f"{counts[part]:,} {part.removeprefix('items ')}" for part in parts)
    missing = "".join(f" Left out are {issue.message.partition(': ')[0]}." for issue in told if issue.code == "TASK-ARTICLE")
    yield f"{counts['annotation sets']:,} sets; {counts['items']:,} annotations = {sums}.{missing}\n"
    yield "| theirs | kept | as | left out |\n| --- | --- | --- | --- |"
    kept: dict[str, list[tuple[int, str]]] = defaultdict(list)
    lost: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for issue in told:
        if match := TOLD.fullmatch(issue.message):
            count, what = int(match["count"].replace(",", "")), match["what"]
            if issue.code == "LABEL-READ":
                kept[match["name"]].append((count, what.removeprefix("imported as ").partition("; lost: ")[0]))
            else:
                lost[match["name"]].append((count, re.sub(r"^(left out: |not imported: .*)", "", what) or "no rule: refused"))
    for name in sorted({*kept, *lost}):
        ours = ", ".join(dict.fromkeys(f"`{what}`" for _, what in kept[name]))
        reasons = "; ".join(f"{count:,} {what}" for count, what in sorted(lost[name], reverse=True))
        yield f"| {name} | {sum(count for count, _ in kept[name]):,} | {ours or '–'} | {reasons or '–'} |"


def tables(corpora: Path, folder: Path) -> str:
    """Both tables, with their headings."""
    project = read_corpora(corpora, folder)
    parts = []
    for title, name, path in (("re3d", "re3d", corpora / "re3d"), ("MUC-4", "muc4", corpora / "muc3" / "keys")):
        lines = "\n".join(table(*count_labels(project, name, path)))
        parts.append(f"### {title}\n\n{lines}")
    return "\n\n".join(parts)
