"""A backup of a Label Studio as one file, and its return into another server."""

from __future__ import annotations

import gzip
import hashlib
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from standpoint.core.files import written_whole
from standpoint.core.model import Issue, StandpointError
from standpoint.labelstudio.client import Client, TooLarge, Uncertain, tidy_list, user_map
from standpoint.labelstudio.pull import between, pages, pull_tasks
from standpoint.labelstudio.push import USUAL, Parcel, RemoteTask, RemoteTasks, Sender, enter_one

Key = Callable[[dict], str]


def content(value: object) -> str:
    """A digest of a JSON value; the order of keys does not count, as databases change it."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def annotation_key(one: dict) -> str:
    """What makes an annotation what it is; ``completed_by`` is an e-mail."""
    return content([one[name] for name in ("completed_by", "was_cancelled", "ground_truth", "lead_time", "result")])


def draft_key(one: dict) -> str:
    """What makes begun work what it is; ``user`` is an e-mail."""
    return content([one[name] for name in ("user", "was_postponed", "lead_time", "result")])


def prediction_key(one: dict) -> str:
    """What makes a prediction what it is."""
    return content([one[name] for name in ("model_version", "score", "result")])


def missing(wanted: Iterable[dict], there: Iterable[dict], key: Key) -> list[dict]:
    """What is wanted and not there, the number of equal ones counting."""
    counts, lacking = Counter(map(key, there)), []
    for one in wanted:
        if not counts[key(one)]:
            lacking.append(one)
        counts[key(one)] -= 1 if counts[key(one)] else 0
    return lacking


def pairs(ones: Iterable[dict], others: Iterable[dict], key: Key) -> Iterator[tuple[dict, dict]]:
    """Each one with the other of the same content, in their order."""
    waiting: dict[str, list[dict]] = defaultdict(list)
    for other in others:
        waiting[key(other)].append(other)
    for one in ones:
        if waiting[key(one)]:
            yield one, waiting[key(one)].pop(0)


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
        there = client.retry(client.sdk.projects.get, number).model_dump(mode="json")
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


CHUNK = 100  # tasks that are sent, read back and compared together


class ByContent(RemoteTasks):
    """The tasks of a project by a digest of their data and, as there may be equal ones, a number."""

    def __init__(self, client: Client, project_id: int) -> None:
        self.seen: set[int] = set()
        self.equal: Counter[str] = Counter()
        super().__init__(client, project_id)

    def look(self, after: int = 0) -> None:
        for page in pages(self.client, self.project_id, "id,data", after):
            for task in page.tasks:
                if task["id"] not in self.seen:
                    digest = content(task["data"])
                    self.put(f"{digest}-{self.equal[digest] + 1}", RemoteTask(task["id"], ""))

    def put(self, key: str, copy: RemoteTask) -> None:
        self.seen.add(copy.id)
        self.equal[key.partition("-")[0]] += 1
        super().put(key, copy)


def finish_project(client: Client, project_id: int, settings: dict) -> Iterator[Issue]:
    """Set what follows from the tasks; the issue is where a project that was there already differs, and stays so."""
    client.retry(client.sdk.reset_summary, project_id)  # which controls are in use: an import does not count them
    there = client.retry(client.sdk.projects.get, project_id).model_dump(mode="json")
    if not there.get("model_version") and settings.get("model_version"):
        changed = client.retry(client.sdk.projects.update, project_id, model_version=settings["model_version"])
        there = changed.model_dump(mode="json")
    others = sorted(name for name, value in settings.items() if there.get(name) != value and name != "model_version")
    if others:
        message = f"{settings['title']!r} was there with other settings than in the backup, which stay: {', '.join(others)}"
        yield Issue(f"project {project_id}", "RESTORE-SETTINGS", message, "note")


def _numbered(digest: str, equal: Counter[str]) -> str:
    """The key of the next task with this digest."""
    equal[digest] += 1
    return f"{digest}-{equal[digest]}"


class Restorer:
    """Brings a backup's tasks into one project. ``user_ids``: the numbers of those who have an account, by e-mail."""

    def __init__(self, client: Client, project_id: int, user_ids: Mapping[str, int]) -> None:
        self.client, self.project_id, self.user_ids = client, project_id, user_ids
        self.emails = {number: email for email, number in user_ids.items()}
        self.counts: Counter[str] = Counter()

    def restore(self, tasks: Iterable[dict]) -> Iterator[Issue]:
        """Enter what is not there; the issues are what could not be entered, or was left as it is."""
        shelf = ByContent(self.client, self.project_id)
        sender, equal, stream = Sender(shelf, USUAL), Counter(), iter(tasks)
        while chunk := list(islice(stream, CHUNK)):
            keyed = {_numbered(content(task["data"]), equal): task for task in chunk}
            new = {key for key in keyed if shelf.text_of(key) is None}
            for key in keyed:
                if key in new:
                    sender.add(Parcel(key, "", msgspec.json.encode(self._body(keyed[key]))))
            sender.flush()
            self.counts.update({"tasks restored": len(new), "tasks there already": len(keyed) - len(new)})
            yield from self._complete({min(shelf.copies[key]): (task, key in new) for key, task in keyed.items()})
        sender.finish()
        tidy_list(self.client, self.project_id)
        surplus = sum((shelf.equal - equal).values()) if sender.uncertain else 0
        if surplus:  # a request was done after all, later than anybody waited
            yield Issue(f"project {self.project_id}", "RESTORE-TWICE", f"{surplus} task(s) more than the backup has of them")

    def _body(self, task: dict) -> dict:
        """What Label Studio's import takes of a task."""
        annotations = [
            {name: one[name] for name in ("result", "was_cancelled", "ground_truth", "lead_time")}
            | {"completed_by": {"email": self._known(one["completed_by"])}}
            for one in task["annotations"]
        ]
        drafts = [
            {name: one[name] for name in ("result", "lead_time", "was_postponed")} | {"user": self._known(one["user"])}
            for one in task["drafts"]
        ]
        predictions = [{name: one[name] for name in ("result", "score", "model_version")} for one in task["predictions"]]
        body = {"data": task["data"], "meta": task.get("meta") or {}}
        return body | {"annotations": annotations, "drafts": drafts, "predictions": predictions}

    def _known(self, email: str) -> str:
        if email not in self.user_ids:
            raise StandpointError(
                f"{email or 'somebody whose account was deleted'} has no account on {self.client.url}",
                "invite them there first, under the same e-mail; then run it again: what is there is not sent twice",
            )
        return email

    def _complete(self, wanted: dict[int, tuple[dict, bool]]) -> Iterator[Issue]:
        """Compare tasks with what the server has under their numbers now, and add what is missing."""
        first, last = min(wanted), max(wanted)
        for page in pages(self.client, self.project_id, "", first - 1, between(first, last)):
            for there in page.tasks:
                if there["id"] in wanted:
                    task, new = wanted.pop(there["id"])
                    yield from self._one(task, there, new)
        for number in wanted:
            yield Issue(f"task {number}", "RESTORE-GONE", "was deleted while this ran, run it again")

    def _one(self, task: dict, there: dict, new: bool) -> Iterator[Issue]:
        for one in there["annotations"]:
            one["completed_by"] = self.emails.get(one["completed_by"], "")
        begun = task["drafts"] or there.get("draft_exists")  # the list of tasks shows their author's only
        there["drafts"] = self.client.retry(self.client.sdk.drafts, there["id"]) if begun else []
        for name, key in (("predictions", prediction_key), ("annotations", annotation_key), ("drafts", draft_key)):
            lacking = missing(task[name], there[name], key)
            self.counts[f"{name} there"] += len(task[name]) - len(lacking)
            for one in lacking:
                yield from getattr(self, f"_add_to_{name}")(one, there, new)
            if name == "predictions":
                _renumber(task, there)
        self._link(task, there)

    def _add_to_predictions(self, one: dict, there: dict, new: bool) -> Iterator[Issue]:
        if new:
            yield Issue(_where(there), "RESTORE-PREDICTION", f"Label Studio changed prediction {one['id']} of the backup")
            return
        body = {name: one[name] for name in ("result", "score", "model_version")}
        try:
            made = self.client.once(self.client.sdk.predictions.create, task=there["id"], **body)
        except (Uncertain, TooLarge) as error:
            raise StandpointError(
                f"{self.client.url} does not take a prediction: {error}", "run it again: what is there is not sent twice"
            ) from None
        there["predictions"].append(made.model_dump(mode="json"))
        self.counts["predictions added"] += 1

    def _add_to_annotations(self, one: dict, there: dict, new: bool) -> Iterator[Issue]:
        """An annotator who has something else on the task has worked on: that is left as it is."""
        if new or any(other["completed_by"] == one["completed_by"] for other in there["annotations"]):
            message = f"has other work of {one['completed_by']} than the backup, which is left as it is"
            yield Issue(_where(there), "RESTORE-WORKED-ON", message, "error" if new else "note")
            return
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.client.url} {there['id']} {annotation_key(one)}")
        names = ("result", "was_cancelled", "ground_truth", "lead_time", "parent_prediction")
        body = {name: one[name] for name in names} | {"completed_by": self.user_ids[self._known(one["completed_by"])]}
        enter_one(self.client, there["id"], body | {"unique_id": str(identity)})
        self.counts["annotations added"] += 1
        yield from ()

    def _add_to_drafts(self, one: dict, there: dict, new: bool) -> Iterator[Issue]:
        """Only an import can enter work that somebody else has begun, and only on a server that lets it."""
        worked_on = {other["completed_by"] for other in there["annotations"]} | {other["user"] for other in there["drafts"]}
        if one["user"] in worked_on and not new:
            return
        self.counts["drafts not restored"] += 1
        message = f"what {one['user']} had begun is not restored: this Label Studio takes it only with a new task, if at all"
        yield Issue(_where(there), "RESTORE-DRAFT", message, "error" if new else "note")

    def _link(self, task: dict, there: dict) -> None:
        """Set which prediction an annotation began from, and which annotation begun work is on, as the backup says.

        Label Studio deletes the begun work on an annotation when that is changed, so it is put there last.
        """
        annotations = {}
        for old, new in pairs(task["annotations"], there["annotations"], annotation_key):
            annotations[old["id"]] = new["id"]
            if old["parent_prediction"] and not new["parent_prediction"]:
                self._keep_off(new["id"], there["drafts"])
                begun_from = old["parent_prediction"]
                self.client.retry(self.client.sdk.annotations.update, new["id"], parent_prediction=begun_from)
        for old, new in pairs(task["drafts"], there["drafts"], draft_key):
            self._put(new, annotations.get(old["annotation"], new["annotation"]))

    def _keep_off(self, annotation_id: int, drafts: list[dict]) -> None:
        for draft in drafts:
            if draft["annotation"] == annotation_id:
                self._put(draft, None)

    def _put(self, draft: dict, annotation_id: int | None) -> None:
        if draft["annotation"] != annotation_id:
            self.client.retry(self.client.sdk.put_draft, draft["id"], annotation_id)
            draft["annotation"] = annotation_id


def _renumber(task: dict, there: dict) -> None:
    """Name the prediction that an annotation of the backup began from by its number on the server."""
    numbers = {old["id"]: new["id"] for old, new in pairs(task["predictions"], there["predictions"], prediction_key)}
    for one in task["annotations"]:
        one["parent_prediction"] = numbers.get(one["parent_prediction"])


def _where(there: dict) -> str:
    return f"task {there['id']} of project {there['project']}"
