"""Begin a project with somebody's Label Studio project: its label config, its export, or both.

The config becomes the codebook. The tasks of the export become raw records, which are ingested as any others are. Its annotators
get pseudonyms, and its annotations are imported. Without a config, the codebook has what the results show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.codebook.from_config import codebook_from_config, refuse_needless
from standpoint.codebook.load import load_codebook
from standpoint.codebook.types import Codebook, Zones
from standpoint.core.codes import language_code
from standpoint.core.files import read_text, write_json
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import UNKNOWN, load_people
from standpoint.core.words import count_words
from standpoint.core.yaml_files import yaml_text
from standpoint.ingest.article import WINDOW
from standpoint.ingest.dates import iso_date
from standpoint.ingest.ingest import ingest_paths
from standpoint.init.create_project import EMPTY, IMPORTED, begin_repository, begun, next_lines, template_files
from standpoint.labelstudio.exchange import import_exports
from standpoint.labelstudio.export_file import read_export
from standpoint.labelstudio.people import account_of
from standpoint.pages.task_json import Task, decode_values, strings_of
from standpoint.pages.task_survey import Survey, shown_key, survey_of

TITLES = ("title", "headline", "subject")  # the keys under which others keep a headline, the usual one first
CHECKED = {"published": iso_date, "language": language_code}  # columns whose values ingestion refuses if it cannot read them
ADDRESS = re.compile(r"(?:[a-z0-9]+://|/data/)\S+\s*", re.IGNORECASE)
SOURCES = """\
# The tasks of {name}, as raw records. `standpoint ingest` reads newer exports (*.json), too. Texts that may not be published
# stay in .standpoint/: the dataset has their labels and offsets only. For texts that may be, write their licence, such as
# CC-BY-4.0 or LicenseRef-US-PD, and ingest again.
"""
ANNOTATORS = """\
# Who or what is behind each pseudonym, as far as this is public. The accounts of the export are in .standpoint/people.json.
# kind: human_trained, human_expert, human_crowd, model or rule. What a model or a rule made is never called gold.
"""


class Begin(NamedTuple):
    """What a Label Studio project becomes: the files of ours by their paths, the accounts, and what is to be told."""

    contents: dict[str, bytes]
    people: dict[str, str]  # account -> pseudonym
    issues: list[Issue]
    lines: list[str]


def printable_name(path: Path) -> str:
    """A file's name with a blank for each character that cannot be shown, such as a byte that is not UTF-8."""
    return "".join(char if char.isprintable() else " " for char in path.name)


def begin_from(
    config: Path | None, export: Path | None, accepted: Sequence[str], kind: str, known: Mapping[str, str], reporter: Reporter
) -> Begin:
    """Read a label config and an export; nothing is written. ``accepted``: controls whose answers may be lost.

    ``known``: the pseudonyms of accounts that the folder has already, in which a run may have been interrupted.
    """
    named = export or config
    assert named is not None
    title = printable_name(named).partition(".")[0].strip() or "project"
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    name = name if name[:1].isalpha() else f"project-{name}".rstrip("-")
    xml = read_text(config) if config else ""
    values, issues = codebook_from_config(xml, title, accepted) if xml else ({}, [])
    shown = printable_name(config) if config else ""
    issues = [issue._replace(where=issue.where.replace("label config", shown, 1)) for issue in issues]
    contents, people, lines = dict[str, bytes](), dict[str, str](), list[str]()
    if export:
        book = msgspec.convert(values, Codebook) if values else None
        survey = _survey(export, book, reporter)
        if not survey.present:
            hint = "a project that shows no texts, such as one of pictures, cannot be taken over"
            raise StandpointError(f"{export}: none of its {survey.tasks:,} tasks has a text", hint)
        if not xml:
            values, issues = _guessed_codebook(survey, export, title, accepted)
        key = shown_key(xml) if xml else ""
        key = key if survey.present[key] else survey.key
        records = Records(key, survey, export.name)
        contents[f"dataset/raw/{name}.jsonl"] = b"".join(records.lines(read_export(export, book)))
        issues += [*records.issues, *_complete(values, survey, records.most_words, export.name, accepted)]
        contents["dataset/sources.yaml"] = (
            SOURCES.format(name=printable_name(export)) + yaml_text(records.sources(name, title))
        ).encode()
        free = (f"a{number:02}" for number in count(1) if f"a{number:02}" not in known.values())
        accounts = dict.fromkeys(map(account_of, survey.accounts.values()))
        people = {account: known.get(account) or next(free) for account in accounts}
        listed = [{"id": pseudonym, "kind": kind} for pseudonym in people.values()]
        contents["dataset/annotators.yaml"] = (ANNOTATORS + yaml_text({"annotators": listed})).encode()
        lines += records.told
        if people and kind == UNKNOWN:
            message = "the kind of the annotators is unknown; write what they are, such as human_trained, into this file"
            issues.append(Issue("dataset/annotators.yaml", "ANNOTATOR-KIND", message, "note"))
    refuse_needless(accepted, values)
    load_codebook(named, msgspec.to_builtins(values))
    contents["guidelines/codebook.yaml"] = yaml_text(values).encode()
    lines.append(f"codebook: {', '.join('{name} ({kind})'.format(**layer) for layer in values['layers'])}")
    if values.get("ignored"):
        lines.append(f"answers that no layer can have are left out: {', '.join(values['ignored'])} (`ignored` in the codebook)")
    if people:
        lines.append(f"annotators: {', '.join(people.values())} ({kind}); .standpoint/people.json says who they are")
    return Begin(contents, people, issues, lines)


def _survey(export: Path, book: Codebook | None, reporter: Reporter) -> Survey:
    try:
        survey = survey_of(reporter.split_issues(read_export(export, book)))
    except StandpointError as error:
        hint = "" if book else "; the exports JSON_MIN and CSV need --from-config"
        raise StandpointError(error.message, f"export the project as JSON{hint}") from None
    if not survey.tasks:
        raise StandpointError(f"{export}: it has no tasks", "export the project as JSON")
    return survey


def _guessed_codebook(survey: Survey, export: Path, title: str, accepted: Sequence[str]) -> tuple[dict, list[Issue]]:
    """The codebook, and what is to be told about it, of an export without a config."""
    try:
        values, issues = codebook_from_config(survey.config(), title, accepted)
    except StandpointError as error:
        message = f"{export}: no layer can be made of what its {survey.annotations:,} annotations show"
        hint = "give the project's label config with --from-config" + (f"; {error.hint}" if error.hint else "")
        raise StandpointError(message, hint) from None
    message = "the codebook has the labels that were given; --from-config has all, with their hotkeys and colours"
    guessed = Issue(export.name, "CONFIG-GUESSED", message, "note")
    return values, [*(issue._replace(where=export.name) for issue in issues), guessed]


def _complete(values: dict, survey: Survey, most_words: int, where: str, accepted: Sequence[str]) -> Iterator[Issue]:
    """Add to a codebook what an export needs: labels that its config has no more, overlaps, its longest text, what is ignored.

    Others annotate all of a text, so that all its zones may have spans.
    """
    layers = {layer["name"]: layer for layer in values["layers"]}
    asked = {layer.get(key) for layer in layers.values() for key in ("of", "from", "to")}
    for name, control in survey.controls.items():
        if not name:
            continue  # its items are refused, and told
        repeated = layers.get(re.sub(r"_[0-9]+$", "", name), {})  # a control for each actor has its number at the end
        layer = layers.get(values.get("retired", {}).get(name, name)) or (repeated if repeated.get("for_each") else None)
        if layer is None and name not in values.get("ignored", ()):
            ignored = values.setdefault("ignored", [])
            ignored.append(name)
            what = f"the answers of {name} ({control.kind or 'of no type'})"
            message = f"{what} belong to no layer, and are left out: `ignored` in the codebook names {name}"
            yield Issue(where, "CONFIG-TAG", message, "note" if name in accepted else "error")
        elif layer is not None and "labels" in layer:
            known = {text for label in layer["labels"] for text in (label["name"], label.get("show"))}
            usable = (label for label in control.labels if label.isprintable() and label.strip() == label != "")
            if added := [label for label in usable if label not in known]:
                layer["labels"] += [{"name": label} for label in added]
                message = f"labels that the config has no more are added to layer {layer['name']}: {', '.join(added)}"
                yield Issue(where, "CONFIG-LABEL", message, "note")
            if layer["kind"] == "span" and control.overlaps != "none":
                layer["overlaps"] = control.overlaps
            if layer["kind"] == "choice" or (layer["kind"] == "span" and asked.isdisjoint((layer["name"], "any"))):
                layer |= {"multiple": True} if control.several else {}
    if most_words > WINDOW.words:
        values["window_words"] = most_words
    values["zones"] = {"annotatable": [*Zones().annotatable, *Zones().masked], "masked": []}


class Records:
    """The tasks of an export as raw records: their data, as they are. ``columns``: as in sources.yaml."""

    def __init__(self, key: str, survey: Survey, name: str) -> None:
        title = next((title for title in TITLES if survey.present[title] and title != key), "")
        self.key, self.name, self.has_title = key, name, title == "title"
        self.columns = {"text": key} | ({"title": title} if title not in ("", "title") else {})
        self.columns |= {"title": ""} if key == "title" else {}
        self.issues: list[Issue] = []
        self.counts: Counter[str] = Counter()
        self.most_words = 0

    def lines(self, tasks: Iterable[Task | Issue]) -> Iterator[bytes]:
        """A line of JSON for each task with a text. A date or a language that ingestion would refuse is not read at all."""
        for task in tasks:
            if isinstance(task, Issue):
                continue  # told when the export was surveyed
            text, values = strings_of(task.data).get(self.key), decode_values(task.data)
            self.counts["tasks"] += 1
            if text is None or ADDRESS.fullmatch(text):
                self.counts["without text"] += 1
                what = "no text" if text is None else f"an address, {text.strip()[:60]!r},"
                message = f"has {what} under {self.key!r}, should have the text itself: it becomes no article"
                self.issues.append(Issue(f"{self.name} task {task.id}", "TASK-NO-TEXT", message))
                continue
            if {"article_id", "shown_sha256"} <= values.keys():
                hint = "run `standpoint import` in that project"
                raise StandpointError(f"{self.name}: a Standpoint project made its tasks", hint)
            for column, read in CHECKED.items():
                value = values.get(column)
                if column not in self.columns and value not in (None, "") and not (isinstance(value, str) and read(value)):
                    self.columns[column] = ""
                    message = f"{column} {value!r} cannot be read, so {column} is not read: see `columns` in dataset/sources.yaml"
                    self.issues.append(Issue(f"{self.name} task {task.id}", "RECORD-VALUE", message, "note"))
            self.most_words = max(self.most_words, count_words(text))
            missing = {theirs: "" for theirs in self.columns.values() if theirs and "." not in theirs}
            yield msgspec.json.encode(missing | values) + b"\n"

    def sources(self, identity: str, name: str) -> dict:
        """The content of sources.yaml, after the lines have been read."""
        source: dict[str, object] = {"id": identity, "name": name, "match": [f"{identity}.jsonl", "*.json"]}
        source |= {"licence": "all rights reserved", "language": "en"}
        return {"sources": [source | ({"columns": self.columns} if self.columns != {"text": "text"} else {})]}

    @property
    def told(self) -> list[str]:
        """The tasks as a sum of what becomes of them, and what is taken for granted about them."""
        tasks, without = self.counts["tasks"], self.counts["without text"]
        title = self.columns.get("title", "title" if self.has_title else "")
        columns = f"the text is {self.key!r}, " + (f"the title is {title!r}" if title else "there are no titles")
        return [
            f"{tasks:,} tasks = {tasks - without:,} records + {without:,} without a text",
            f"texts: {columns}; taken for English, and withheld until dataset/sources.yaml has a licence",
        ]


class TakenOver(NamedTuple):
    """What was done: lines before and after the counts of the import, which are empty without an export."""

    before: list[str]
    imported: Counter[str]
    after: list[str]


def take_over(
    folder: Path,
    config: Path | None,
    export: Path | None,
    accepted: Sequence[str],
    kind: str,
    reporter: Reporter,
    say: Callable[[str], None],
) -> TakenOver:
    """Make a project in a folder from a label config, an export, or both. Nothing is overwritten, as in ``create_project``."""
    project = Project(folder.resolve())
    known = load_people(project.people)
    begin = begin_from(config, export, accepted, kind, known, reporter)
    contents = template_files("minimal", False)
    del contents["guidelines/reading.md"]
    contents["dataset/team.yaml"] = contents["dataset/team.yaml"].replace(b"reading:", b"annotation:")
    contents |= begin.contents
    imported: Counter[str] = Counter()
    named = " and ".join(printable_name(path) for path in (export, config) if path)
    with begun(folder, project, contents, say) as written:
        lines = [f"{folder}: a project from {named}, {written} files written", *begin.lines]
        for issue in begin.issues:
            reporter.report(issue)
        if export:
            write_json(project.people, known | begin.people)
            raw = [project.root / name for name in begin.contents if name.startswith("dataset/raw/")]
            counts = ingest_paths(project, raw, project.sources, reporter)
            parts = f"{counts['articles']:,} articles + {counts['duplicates']:,} with the text of another"
            lines.append(f"{counts['records']:,} records = {parts} + {counts['record_refused']:,} refused")
            imported = import_exports(project, [export], reporter)
    after = [begin_repository(project.root), *next_lines(folder, project, IMPORTED if export else EMPTY)]
    return TakenOver(lines, imported, after)
