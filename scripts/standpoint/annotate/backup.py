"""A backup of a Label Studio: its projects with all that people did in them, as one file that any other server takes.

The file is gzipped JSON Lines: who had an account, then each project followed by its tasks, as Label Studio's own JSON,
with e-mails in place of user numbers, as numbers mean nothing elsewhere. It holds no password, no token, and nothing of
Label Studio that Standpoint does not use (tabs, webhooks, storages, machine-learning backends).
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import count, groupby
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from standpoint.annotate.client import Client
from standpoint.annotate.projects import user_map
from standpoint.annotate.pull import pull_tasks
from standpoint.jsonlines import written_whole
from standpoint.model import StandpointError

# What makes a project what it is; counts, dates and what follows from these are left out.
SETTINGS = (
    "title", "description", "color", "label_config", "expert_instruction", "show_instruction", "show_skip_button",
    "enable_empty_annotation", "show_annotation_history", "show_collab_predictions", "reveal_preannotations_interactively",
    "maximum_annotations", "sampling", "skip_queue", "show_ground_truth_first", "show_overlap_first",
    "overlap_cohort_percentage", "evaluate_predictions_automatically", "control_weights", "model_version",
)  # fmt: skip


class Accounts(Struct, tag="accounts"):
    """The first line: the e-mail of everybody who had an account, and where."""

    server: str
    emails: list[str]


class Settings(Struct, tag="project"):
    """A project's settings; its tasks follow."""

    settings: dict[str, Any]


class Kept(Struct, tag="task"):
    """A task with everything that was done on it."""

    task: dict[str, Any]


Line = Accounts | Settings | Kept


def lines_of(
    client: Client,
    projects: Iterable[tuple[str, int]],
    pages: Path,
    counted: Callable[[str, Iterator[dict]], Iterator[dict]],
) -> Iterator[Line]:
    """Everything in the named projects. ``pages`` keeps what was fetched: unchanged tasks are not fetched again."""
    emails = user_map(client)
    yield Accounts(client.url, sorted(emails.values()))
    for title, number in projects:
        there = client.get(f"/api/projects/{number}/")
        yield Settings({name: there[name] for name in SETTINGS if name in there})
        for task in counted(title, pull_tasks(client, number, pages / str(number))):
            yield Kept(_by_email(task, emails))


def _by_email(task: dict, emails: dict[int, str]) -> dict:
    for annotation in task["annotations"]:
        annotation["completed_by"] = emails.get(annotation["completed_by"], "")
    for draft in task["drafts"]:
        draft["user"] = draft["user"] if isinstance(draft["user"], str) else emails.get(draft["user"], "")
    return task


def write_backup(path: Path, lines: Iterable[Line]) -> None:
    """Write a backup, whole or not at all, readable by its owner only; an unchanged server gives the same bytes."""
    encode = msgspec.json.Encoder().encode
    with written_whole(path) as file:
        os.fchmod(file.fileno(), 0o600)  # who has an account is nobody else's business
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            for line in lines:
                packed.write(encode(line) + b"\n")


def read_backup(path: Path) -> Iterator[Line]:
    """The lines of a backup, one at a time; StandpointError where it is none, or is cut off."""
    decoder, number = msgspec.json.Decoder(Line), 0
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                number += 1
                yield decoder.decode(line)
    except (OSError, EOFError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StandpointError(f"{path}:{number}: {error}", "is this a whole file that `standpoint backup` wrote?") from None


def projects_of(lines: Iterable[Line]) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """The settings of each project of a backup, with its tasks, which are to be taken before the next project is."""
    turn = count()
    number = next(turn)

    def project_number(line: Line) -> int:
        nonlocal number
        number = next(turn) if isinstance(line, Settings) else number
        return number

    for _, group in groupby(lines, project_number):
        head = next(group)
        if isinstance(head, Settings):
            yield head.settings, (line.task for line in group)
