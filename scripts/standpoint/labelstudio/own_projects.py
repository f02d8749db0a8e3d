"""Which projects of a Label Studio are this project's: those whose description has its id, and not those with some title.

The last line of such a description is the *mark*: the id of our project (``dataset/project-id.txt``), the ``--name`` under which
it was pushed, and whose tasks of which pass it has. People may change titles. Two teams with the same titles on one server never
see each other's projects.

Projects of earlier versions have no mark. One of them is ours if its title is one that we give, it has tasks, and each task is
an article of this project, with the same text. `push` and `pull` then mark it. Any other project is left alone, and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.labelstudio.client import MARK, Client, ListedProject, ensure_project, listed_projects, mark_in
from standpoint.labelstudio.pull import list_tasks, pull_cached, read_tasks
from standpoint.labelstudio.push import rename_work
from standpoint.pages.task_json import Task, renamed_lists, renamed_result, task_key

EXPLANATION = "Standpoint made this project. The next line says whose it is: leave it as it is."
ANNOTATION, ADJUDICATION = "annotation", "adjudication"  # the kinds of our projects
TITLES = {ANNOTATION: "{} {} {}", ADJUDICATION: "{} adjudication: {} {}"}  # name, pass, annotator or adjudicator


class Mark(Struct, frozen=True, kw_only=True, rename={"pass_name": "pass"}):
    """Whose a project of Label Studio is. ``project``: the id of ours; ``annotator``: a pseudonym, also of an adjudicator."""

    project: str
    name: str
    pass_name: str
    annotator: str
    kind: str = ANNOTATION

    @property
    def title(self) -> str:
        """The title that the project is made with. The server's isolation reads the annotator from its end."""
        return TITLES[self.kind].format(self.name, self.pass_name, self.annotator)

    @property
    def line(self) -> str:
        return MARK.rstrip("{") + msgspec.json.encode(self).decode()


class OwnProject(NamedTuple):
    """A project of Label Studio that is ours: its title there, its id, and its mark."""

    title: str
    id: int
    mark: Mark


def read_mark(description: str) -> Mark | None:
    """The mark in a description; None if there is none, or a damaged one."""
    try:
        return msgspec.json.decode(mark_in(description).removeprefix(MARK.rstrip("{")), type=Mark)
    except msgspec.DecodeError:
        return None


def own_projects(
    project: Project, client: Client, name: str, kind: str, reporter: Reporter, *, marking: bool = False
) -> list[OwnProject]:
    """Our projects of one kind ("": of all) under this name, sorted by pass and annotator.

    StandpointError if there is none, with what there is instead. With ``marking``, projects of earlier versions get their mark.
    """
    found, listed = _find_projects(project, client, name, reporter, marking)
    wanted = [one for one in found if one.mark.name == name and kind in ("", one.mark.kind)]
    if not wanted:
        what = f"{kind} project of this one under the name {name!r}".lstrip()
        raise _nothing_found(project, client, what, found, len(listed))
    return sorted(wanted, key=lambda one: one.mark.title)


def all_own_projects(project: Project, client: Client, name: str, reporter: Reporter) -> list[OwnProject]:
    """Our projects of all kinds and names, sorted by title; of those without a mark, only the ones with this name."""
    found, listed = _find_projects(project, client, name, reporter, marking=False)
    if not found:
        raise _nothing_found(project, client, "project of this one", [], len(listed))
    return sorted(found)


class OwnProjects:
    """Our projects on a server, for a push, which makes those that are missing."""

    def __init__(self, project: Project, client: Client, name: str, reporter: Reporter) -> None:
        self.client, self.name, self.reporter, self.id = client, name, reporter, project.ensure_id()
        self.codebook, _ = open_codebook(project)
        self.found, self.listed = _find_projects(project, client, name, reporter, marking=True)

    def mark(self, pass_name: str, annotator: str, kind: str = ANNOTATION) -> Mark:
        """The mark of an annotator's project in a pass."""
        return Mark(project=self.id, name=self.name, pass_name=pass_name, annotator=annotator, kind=kind)

    def ensure(self, mark: Mark, config: str, instructions: str) -> int:
        """The id of the project with this mark. When it is made, a note tells of other projects with its title."""
        others = [one for one in self.listed if one.title == mark.title]
        if others and not self.has(mark):
            message = f"{self.client.url} has another project of this title ({others[0].id}), which is not this project's"
            hint = "it is left alone; with --name, this project's have other titles"
            self.reporter.report(Issue(mark.title, "PROJECT-TITLE", f"{message}: {hint}", "note"))
        self._rename_work(mark, config)
        return ensure_project(self.client, mark.title, config, instructions, f"{EXPLANATION}\n{mark.line}")

    def _rename_work(self, mark: Mark, config: str) -> None:
        """Bring the work in a project to the present names before its page is changed.

        A page with a Repeater cannot be changed once there is work on it (``ensure_project``), so that nothing is renamed there.
        """
        number = next((one.id for one in self.found if one.mark == mark), None)
        former = {*self.codebook.retired, *(old for layer in self.codebook.layers for old in layer.retired)}
        if number is None or not former:
            return
        page = self.client.retry(self.client.sdk.projects.get, number).label_config or ""
        has_former = any(f'"{escape(name)}' in page for name in former)  # a control may be called NAME_1
        if page != config.strip() and has_former and "<Repeater" not in page:
            data = partial(renamed_lists, codebook=self.codebook)
            result = partial(renamed_result, pass_name=mark.pass_name, codebook=self.codebook)
            if changed := rename_work(self.client, number, data, result):
                self.client.retry(self.client.sdk.reset_summary, number)  # otherwise the old names count as used
                message = f"{changed} annotations, drafts and predictions have the present names of layers and labels now"
                self.reporter.report(Issue(mark.title, "WORK-RENAMED", message, "note"))

    def of(self, kind: str) -> list[OwnProject]:
        """The projects of one kind under this name that the server had before the push."""
        return [one for one in self.found if (one.mark.name, one.mark.kind) == (self.name, kind)]

    def has(self, mark: Mark) -> bool:
        """Whether the server had a project with this mark before the push."""
        return any(one.mark == mark for one in self.found)


def _find_projects(
    project: Project, client: Client, name: str, reporter: Reporter, marking: bool
) -> tuple[list[OwnProject], list[ListedProject]]:
    """Our projects on a server, and all of its projects."""
    listed, found = listed_projects(client), list[OwnProject]()
    keys = cache(lambda: _keys(project))
    for one in listed:
        mark = read_mark(one.description)
        if mark is None and (titled := _mark_by_title(project, name, one.title)):
            mark = replace(titled, project=project.ensure_id() if marking else project.id)
            if not _has_only_ours(client, one, mark, keys(), reporter):
                continue
            if marking:
                _write_mark(client, one, mark, reporter)
        if mark and mark.project == project.id:
            found.append(OwnProject(one.title, one.id, mark))
    return found, listed


def _mark_by_title(project: Project, name: str, title: str) -> Mark | None:
    """The mark, but for our id, of a project with a title that earlier versions gave; None for any other title."""
    for pass_name in open_codebook(project)[0].pass_by_name if title.startswith(f"{name} ") else ():
        for kind in TITLES:
            mark = Mark(project="", name=name, pass_name=pass_name, annotator="", kind=kind)
            if title.startswith(mark.title):
                return replace(mark, annotator=title.removeprefix(mark.title))
    return None


def _keys(project: Project) -> dict[str, str]:
    """The sha256 of each article's text by the keys that its tasks may have."""
    articles = read_articles(project, with_text=False)
    return {task_key(article.id, masked): article.sha256 for article in articles for masked in (False, True)}


def _has_only_ours(client: Client, one: ListedProject, mark: Mark, keys: Mapping[str, str], reporter: Reporter) -> bool:
    """Whether a project without a mark has tasks, and all are articles of ours; a note tells of one with others too."""
    counts = Counter(_is_ours(task["data"], keys) for task in list_tasks(client, one.id, "id,data"))
    if counts[False]:
        message = f"left alone: {counts[False]} of its {counts.total()} tasks are no articles of this project, and it has no mark"
        hint = f"; should it be this project's, end its description with this line: {mark.line}" if mark.project else ""
        reporter.report(Issue(f"{one.title} (project {one.id})", "PROJECT-FOREIGN", message + hint, "note"))
    return counts[True] > 0 and not counts[False]


def _is_ours(data: Mapping[str, object], keys: Mapping[str, str]) -> bool:
    """Whether a task is one of our articles. The key of an adjudication task is not that of its article, which it names too."""
    sha = keys.get(str(data.get("article") or data.get("article_id")))
    return sha is not None and data.get("text_sha256") == sha


def _write_mark(client: Client, one: ListedProject, mark: Mark, reporter: Reporter) -> None:
    kept = (line for line in one.description.splitlines() if line != EXPLANATION and not mark_in(line))  # of a damaged mark
    description = "\n".join((*kept, EXPLANATION, mark.line))
    client.retry(client.sdk.projects.update, one.id, description=description)
    message = "an earlier version made it, and all its tasks are articles of this project: it is marked as this project's"
    reporter.report(Issue(f"{one.title} (project {one.id})", "PROJECT-MARKED", message, "note"))


def _nothing_found(project: Project, client: Client, what: str, own: list[OwnProject], listed: int) -> StandpointError:
    """The error if a server has no project to read, with what it has instead."""
    message = f"{client.url} has no {what}"
    if own:
        names = sorted({f"{one.mark.name!r} ({one.mark.kind})" for one in own})
        return StandpointError(f"{message}; it has {', '.join(names)}", "give the name with --name; or push first")
    if not listed:
        return StandpointError(f"{message}, nor any other", "push first; is it the right server?")
    if not project.id:
        hint = f"push first; if that was done elsewhere, commit dataset/{project.id_file.name} there and fetch it"
        return StandpointError(f"{message}: this project has no id yet", hint)
    hint = f"push first; or is dataset/{project.id_file.name} not what it was at the push?"
    return StandpointError(f"{message}: none of the {listed} there has the id {project.id} in its description", hint)


def pull_projects(
    project: Project, client: Client, projects: Iterable[OwnProject], reporter: Reporter, doing: str = "pull"
) -> Iterator[tuple[OwnProject, Iterator[Task | Issue]]]:
    """Each of these projects with its tasks; an Issue for what is no task."""
    for one in projects:
        tasks = pull_cached(project, client, one.id)
        yield one, read_tasks(one.title, reporter.track(f"{doing} {one.title}", tasks))
