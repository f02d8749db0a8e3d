"""Backup of a Label Studio as one file, and restore of that file into this or another Label Studio.

The file is gzipped JSON Lines. The first line (``AccountsLine``) has the server's address and the e-mail of each account.
Then follow the projects: one line with a project's settings (``ProjectLine``), then one line for each of its tasks
(``TaskLine``), with annotations, drafts and predictions as Label Studio's own JSON. User ids are replaced by e-mails, as ids
are different on another server. The file has no passwords, no tokens, and nothing that Standpoint does not use (tabs,
webhooks, storages, machine-learning backends).

A restore compares each task of the backup with the server and adds what is missing; it overwrites nothing. A task is
identified by its data, and tasks with equal data by their order. So a restore that was killed is resumed by running it
again, and a restore into a server where people went on working adds only what is missing. Label Studio imports tasks with
their annotations, drafts and predictions in one request, and gives them new ids and dates. An annotation names the
prediction that it began from by its id, so that link is set after the import.
"""

from __future__ import annotations

import gzip
import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from standpoint.core.files import NOT_READABLE, written_whole
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio.client import (
    Client,
    TooLarge,
    Uncertain,
    as_json,
    create_list_view,
    find_or_create_project,
    listed_projects,
    mark_in,
    user_emails,
)
from standpoint.labelstudio.own_projects import Mark, own_projects, read_mark
from standpoint.labelstudio.pull import between, list_tasks, pull_tasks
from standpoint.labelstudio.push import DEFAULT_BATCH, EncodedTask, RemoteTasks, Sender, upload_annotation

RUN_AGAIN = "run it again: stored work is not sent twice"
# What must be equal for two items to be the same: not their ids and dates. ``completed_by`` and ``user`` are e-mails.
CONTENT = {
    "predictions": ("model_version", "score", "result"),
    "annotations": ("completed_by", "was_cancelled", "ground_truth", "lead_time", "result"),
    "drafts": ("user", "was_postponed", "lead_time", "result"),
}
LINKS = {"annotations": ("parent_prediction",), "drafts": ("annotation",)}  # ids of other items
TYPES: dict[str, Any] = {
    **dict.fromkeys(("was_cancelled", "ground_truth", "was_postponed"), bool),
    **dict.fromkeys(("score", "lead_time"), float | None),
    **dict.fromkeys(("completed_by", "user"), int | str | None),
    **dict.fromkeys(("parent_prediction", "annotation"), int | None),
    **{"id": int, "result": list[Any], "model_version": str | None},
}
ITEMS = {
    kind: list[msgspec.defstruct(kind, [(name, TYPES[name]) for name in ("id", *names, *LINKS.get(kind, ()))])]  # type: ignore[misc]
    for kind, names in CONTENT.items()
}
# What a task must have on the server and in a backup.
WholeTask = msgspec.defstruct("WholeTask", [("id", int), ("project", int), ("data", dict[str, Any]), *ITEMS.items()])
Settings = msgspec.defstruct("Settings", [("title", str)])


def content_key(value: object) -> str:
    """A digest of a JSON value. The order of keys does not count, as PostgreSQL changes it."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def item_key(kind: str, item: dict) -> str:
    """A digest of the content of a prediction, annotation or draft."""
    return content_key([item[name] for name in CONTENT[kind]])


def pair_equal(kind: str, items: Iterable[dict], others: Iterable[dict]) -> list[tuple[dict, dict | None]]:
    """Each item with another of the same content, in their order; None where there are fewer others."""
    waiting: dict[str, list[dict]] = defaultdict(list)
    for other in others:
        waiting[item_key(kind, other)].append(other)
    return [(item, equal.pop(0) if (equal := waiting[item_key(kind, item)]) else None) for item in items]


# The settings that a project is made with. Counts, dates and what Label Studio derives from them are left out.
SETTINGS = (
    "title", "description", "color", "label_config", "expert_instruction", "show_instruction", "show_skip_button",
    "enable_empty_annotation", "show_annotation_history", "show_collab_predictions", "reveal_preannotations_interactively",
    "maximum_annotations", "sampling", "skip_queue", "show_ground_truth_first", "show_overlap_first",
    "overlap_cohort_percentage", "evaluate_predictions_automatically", "control_weights", "model_version",
)  # fmt: skip


class AccountsLine(Struct, tag="accounts"):
    """The first line: the server's address, and the e-mail of each account."""

    server: str
    emails: list[str]


class ProjectLine(Struct, tag="project"):
    """A project's settings; the lines of its tasks follow."""

    settings: dict[str, Any]


class TaskLine(Struct, tag="task"):
    """A task with its annotations, drafts and predictions."""

    task: dict[str, Any]


Line = AccountsLine | ProjectLine | TaskLine


def backup_projects(project: Project, client: Client, path: Path | None, reporter: Reporter, name: str) -> tuple[Path, Counter]:
    """Write our projects under this name ("": all projects of the server) to a file; returns its path and the counts.

    The file is written whole or not at all, and is readable by its owner only. An unchanged server gives the same bytes.
    """
    path, counts = path or project.backups / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.jsonl.gz", Counter[str]()
    encode = msgspec.json.Encoder().encode
    # Private, because it has e-mail addresses.
    with written_whole(path, private=True) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for line in _count_lines(_lines_of(project, client, reporter, name), counts):
            packed.write(encode(line) + b"\n")
    return path, counts


def _lines_of(project: Project, client: Client, reporter: Reporter, name: str) -> Iterator[Line]:
    """The lines of a backup. Tasks that have not changed since the last backup are not fetched again."""
    emails = user_emails(client)
    yield AccountsLine(client.url, sorted(emails.values()))
    own = own_projects(project, client, name, "", reporter) if name else listed_projects(client)
    for title, number, _ in own:
        settings = client.retry(_settings, client, number)
        yield ProjectLine({name: settings[name] for name in SETTINGS if name in settings})
        for task in reporter.track(f"backup {title}", pull_tasks(client, number, project.backup_pages / str(number))):
            _refuse_odd(client, task)
            for annotation in task["annotations"]:
                annotation["completed_by"] = emails.get(annotation["completed_by"], "")
            for draft in task["drafts"]:
                draft["user"] = draft["user"] if isinstance(draft["user"], str) else emails.get(draft["user"], "")
            yield TaskLine(task)


def _settings(client: Client, project_id: int) -> dict[str, Any]:
    return as_json(client.sdk.projects.get(project_id).model_dump(mode="json"), dict[str, Any])


def _refuse_odd(client: Client, task: dict) -> None:
    """StandpointError if a task of the server is not one that can be backed up, or compared with a backup."""
    try:
        msgspec.convert(task, WholeTask)
    except msgspec.ValidationError as error:
        hint = "is it Label Studio 1.23 or later?"
        raise StandpointError(f"{client.url} gives task {task['id']} another form: {error}", hint) from None


def _count_lines(lines: Iterator[Line], counts: Counter[str]) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, ProjectLine):
            counts["projects"] += 1
        elif isinstance(line, TaskLine):
            counts["tasks"] += 1
            counts.update({kind: len(line.task[kind]) for kind in ("annotations", "drafts", "predictions")})
        yield line


def read_backup(path: Path) -> Iterator[Line]:
    """The lines of a backup, one at a time; StandpointError if the file is no backup, or is cut off."""
    decoder, number = msgspec.json.Decoder(Line), 0
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                number += 1
                decoded = decoder.decode(line)
                if isinstance(decoded, TaskLine):
                    msgspec.convert(decoded.task, WholeTask)
                elif isinstance(decoded, ProjectLine):
                    msgspec.convert(decoded.settings, Settings)
                yield decoded
    except (*NOT_READABLE, msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = "is this a whole file that `standpoint server backup` wrote?"
        raise StandpointError(f"{path}:{number}: {error}", hint) from None


def split_projects(lines: Iterable[Line]) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """The settings of each project of a backup, and its tasks, which must be consumed before the next project."""
    number = 0

    def project_number(line: Line) -> int:
        nonlocal number
        number += isinstance(line, ProjectLine)
        return number

    for _, group in groupby(lines, project_number):
        if isinstance(head := next(group), ProjectLine):
            yield head.settings, (line.task for line in group if isinstance(line, TaskLine))


def survey_backup(path: Path) -> tuple[list[str], Counter[str]]:
    """The e-mails of the accounts in a backup, and how much there is in it."""
    counts: Counter[str] = Counter()
    lines = _count_lines(read_backup(path), counts)
    emails = [email for line in lines if isinstance(line, AccountsLine) for email in line.emails]
    if not emails:
        raise StandpointError(f"{path} names no accounts", "is it a file that `standpoint server backup` wrote?")
    return emails, counts


def restore_backup(project: Project, client: Client, path: Path, total: int, reporter: Reporter, name: str) -> Counter[str]:
    """Restore our projects under this name ("": all projects); existing work stays as it is.

    ``total``: the number of tasks in the backup. Projects in a backup of an earlier version have no mark, only their titles.
    """
    counts, others = Counter[str](), set[str]()
    listed = listed_projects(client)
    own = {mark.title: one.description for one in listed if (mark := _own_mark(one.description, project))}
    user_ids = {email: number for number, email in user_emails(client).items()}
    for settings, tasks in split_projects(read_backup(path)):
        title, description = settings["title"], settings.get("description") or ""
        if not mark_in(description):
            is_wanted = title.startswith(f"{name} " if name else "")
            settings = settings | ({"description": own[title]} if title in own else {})
        else:
            mark = _own_mark(description, project)
            is_wanted = not name or (mark is not None and mark.name == name)
        if not is_wanted:
            others.add(title)
        else:
            number = find_or_create_project(client, {key: settings[key] for key in settings if key != "model_version"})
            restorer = Restorer(client, number, user_ids)
            restored = restorer.restore(reporter.track("restore", tasks, total))
            for issue in chain(restored, finish_project(client, number, settings)):
                reporter.report(issue)
            counts += Counter(projects=1) + restorer.counts
    if not counts:
        message = f"{path} has no project of this one under the name {name!r}; it has {', '.join(sorted(others)) or 'none'}"
        raise StandpointError(message, f"give --name, or see whether dataset/{project.id_file.name} is what it was at the push")
    return counts


def _own_mark(description: str, project: Project) -> Mark | None:
    """The mark of a project that is ours."""
    mark = read_mark(description)
    return mark if mark and mark.project == project.id else None


CHUNK = 100  # tasks that are sent, read back and compared together
Add = Callable[[dict, dict, bool], Iterator[Issue]]  # item, task on the server, whether the task was just sent


class RemoteTasksByContent(RemoteTasks):
    """An index of the tasks in a project by a digest of their data and, for tasks with equal data, a number."""

    def __init__(self, client: Client, project_id: int) -> None:
        self.seen: set[int] = set()
        self.equal: Counter[str] = Counter()  # the number of tasks with each digest
        super().__init__(client, project_id)

    def index(self, number: int, data: dict) -> None:
        if number not in self.seen:
            digest = content_key(data)
            self.add(f"{digest}-{self.equal[digest] + 1}", number, "")

    def add(self, key: str, number: int, text_sha256: str | None) -> None:
        self.seen.add(number)
        self.equal[key.partition("-")[0]] += 1
        super().add(key, number, text_sha256)


def finish_project(client: Client, project_id: int, settings: dict) -> Iterator[Issue]:
    """Set what depends on the tasks; an Issue if the project existed with other settings, which are kept."""
    client.retry(client.sdk.reset_summary, project_id)  # an import does not count which controls are in use
    current = client.retry(_settings, client, project_id)
    if not current.get("model_version") and settings.get("model_version"):
        changed = client.retry(client.sdk.projects.update, project_id, model_version=settings["model_version"])
        current = changed.model_dump(mode="json")
    different = sorted(name for name, value in settings.items() if current.get(name) != value and name != "model_version")
    if different:
        message = f"{settings['title']!r} has other settings than in the backup, which are kept: {', '.join(different)}"
        yield Issue(f"project {project_id}", "RESTORE-SETTINGS", message, "note")


class Restorer:
    """Restores a backup's tasks into one project. ``user_ids``: the ids of the server's users by e-mail."""

    def __init__(self, client: Client, project_id: int, user_ids: Mapping[str, int]) -> None:
        self.client, self.project_id, self.user_ids = client, project_id, user_ids
        self.emails = {number: email for email, number in user_ids.items()}
        self.counts: Counter[str] = Counter()

    def restore(self, tasks: Iterable[dict]) -> Iterator[Issue]:
        """Add what is missing on the server; an Issue for what could not be added, or was left unchanged."""
        remote_tasks = RemoteTasksByContent(self.client, self.project_id)
        sender, stream = Sender(remote_tasks, DEFAULT_BATCH), iter(tasks)
        equal: Counter[str] = Counter()
        while chunk := list(islice(stream, CHUNK)):
            keyed = {}
            for task in chunk:
                digest = content_key(task["data"])
                equal[digest] += 1
                keyed[f"{digest}-{equal[digest]}"] = task
            new = {key for key in keyed if remote_tasks.checksum_of(key) is None}
            for key, task in keyed.items():
                if key in new:
                    sender.add(EncodedTask(key, "", msgspec.json.encode(self._import_body(task))))
            sender.flush()
            self.counts.update({"tasks restored": len(new), "tasks there already": len(keyed) - len(new)})
            yield from self._compare_chunk({min(remote_tasks.copies[key]): (task, key in new) for key, task in keyed.items()})
        sender.finish()
        create_list_view(self.client, self.project_id)
        surplus = sum((remote_tasks.equal - equal).values()) if sender.uncertain else 0
        if surplus:  # a request was carried out later than anybody waited for it
            message = f"{surplus} task(s) more than in the backup; delete the copies in Label Studio"
            yield Issue(f"project {self.project_id}", "RESTORE-TWICE", message)

    def _import_body(self, task: dict) -> dict:
        """A task in the form that Label Studio's import takes."""
        body = {kind: [{name: item[name] for name in names} for item in task[kind]] for kind, names in CONTENT.items()}
        for annotation in body["annotations"]:
            annotation["completed_by"] = {"email": self._known(annotation["completed_by"])}
        for draft in body["drafts"]:
            draft["user"] = self._known(draft["user"])
        return body | {"data": task["data"], "meta": task.get("meta") or {}}

    def _known(self, email: str) -> str:
        if email not in self.user_ids:
            raise StandpointError(
                f"{email or 'somebody whose account was deleted'} has no account on {self.client.url}",
                f"invite them there first, under the same e-mail; then {RUN_AGAIN}",
            )
        return email

    def _compare_chunk(self, wanted: dict[int, tuple[dict, bool]]) -> Iterator[Issue]:
        """Compare tasks of the backup with the server's, by the server's ids, and add what is missing.

        The boolean says whether the task was just sent.
        """
        first, last = min(wanted), max(wanted)
        for remote in list_tasks(self.client, self.project_id, "", first - 1, between(first, last)):
            if remote["id"] in wanted:
                yield from self._compare_task(*wanted.pop(remote["id"]), remote)
        for number in wanted:
            yield Issue(f"task {number}", "RESTORE-GONE", "was deleted during the restore; run it again")

    def _compare_task(self, task: dict, new: bool, remote: dict) -> Iterator[Issue]:
        has_drafts = task["drafts"] or remote.get("draft_exists")  # a list of tasks has only the user's own drafts
        remote["drafts"] = self.client.retry(self.client.sdk.drafts, remote["id"]) if has_drafts else []
        _refuse_odd(self.client, remote)
        for annotation in remote["annotations"]:
            annotation["completed_by"] = self.emails.get(annotation["completed_by"], "")
        # Predictions come first, because annotations name the predictions that they began from.
        yield from self._add_missing("predictions", self._add_prediction, task, new, remote)
        pairs = pair_equal("predictions", task["predictions"], remote["predictions"])
        numbers = {old["id"]: current["id"] for old, current in pairs if current}
        for annotation in task["annotations"]:
            annotation["parent_prediction"] = numbers.get(annotation["parent_prediction"])
        yield from self._add_missing("annotations", self._add_annotation, task, new, remote)
        yield from self._add_missing("drafts", self._report_draft, task, new, remote)
        self._link(task, remote)

    def _add_missing(self, kind: str, add: Add, task: dict, new: bool, remote: dict) -> Iterator[Issue]:
        missing = [item for item, current in pair_equal(kind, task[kind], remote[kind]) if current is None]
        self.counts[f"{kind} there"] += len(task[kind]) - len(missing)
        for item in missing:
            yield from add(item, remote, new)

    def _add_prediction(self, prediction: dict, remote: dict, new: bool) -> Iterator[Issue]:
        if new:
            message = f"Label Studio changed prediction {prediction['id']} of the backup"
            yield Issue(_where(remote), "RESTORE-PREDICTION", message)
            return
        body = {name: prediction[name] for name in CONTENT["predictions"]}
        try:
            created = self.client.once(self.client.sdk.predictions.create, task=remote["id"], **body)
        except (Uncertain, TooLarge) as error:
            raise StandpointError(f"{self.client.url} does not take a prediction: {error}", RUN_AGAIN) from None
        remote["predictions"].append(created.model_dump(mode="json"))
        self.counts["predictions added"] += 1

    def _add_annotation(self, annotation: dict, remote: dict, new: bool) -> Iterator[Issue]:
        """Add an annotation, unless its annotator has another one on the task: then they went on working, and that is kept."""
        annotator = annotation["completed_by"]
        if new or any(other["completed_by"] == annotator for other in remote["annotations"]):
            message = f"has other work of {annotator} than the backup, which is left unchanged"
            yield Issue(_where(remote), "RESTORE-WORKED-ON", message, "error" if new else "note")
            return
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.client.url} {remote['id']} {item_key('annotations', annotation)}")
        body = {name: annotation[name] for name in (*CONTENT["annotations"], "parent_prediction")}
        body |= {"completed_by": self.user_ids[self._known(annotator)], "unique_id": str(identity)}
        upload_annotation(self.client, remote["id"], body)
        self.counts["annotations added"] += 1

    def _report_draft(self, draft: dict, remote: dict, new: bool) -> Iterator[Issue]:
        """Report a draft that is missing, unless its user has other work on the task.

        Label Studio takes other people's drafts only with a new task, and only if a switch is on, as on our server.
        """
        users = {other["completed_by"] for other in remote["annotations"]} | {other["user"] for other in remote["drafts"]}
        if draft["user"] in users and not new:
            return
        self.counts["drafts not restored"] += 1
        message = f"a draft of {draft['user']} is not restored: this Label Studio takes drafts only with a new task, if at all"
        yield Issue(_where(remote), "RESTORE-DRAFT", message, "error" if new else "note")

    def _link(self, task: dict, remote: dict) -> None:
        """Set the prediction that an annotation began from, and the annotation that a draft changes, as in the backup.

        Label Studio deletes the drafts on an annotation when its prediction is set. So they are detached before that, and
        attached again at the end.
        """
        annotation_ids = {}
        for old, current in pair_equal("annotations", task["annotations"], remote["annotations"]):
            if current is None:
                continue
            annotation_ids[old["id"]] = current["id"]
            if old["parent_prediction"] and not current["parent_prediction"]:
                for draft in remote["drafts"]:
                    if draft["annotation"] == current["id"]:
                        self._attach_draft(draft, None)
                begun_from = old["parent_prediction"]
                self.client.retry(self.client.sdk.annotations.update, current["id"], parent_prediction=begun_from)
        for old, draft in pair_equal("drafts", task["drafts"], remote["drafts"]):
            if draft:
                self._attach_draft(draft, annotation_ids.get(old["annotation"], draft["annotation"]))

    def _attach_draft(self, draft: dict, annotation_id: int | None) -> None:
        if draft["annotation"] != annotation_id:
            self.client.retry(self.client.sdk.change, "drafts", draft["id"], annotation=annotation_id)
            draft["annotation"] = annotation_id


def _where(remote: dict) -> str:
    return f"task {remote['id']} of project {remote['project']}"
