"""What was submitted since the last look, checked, and told to its annotator on the task's page: check --live."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from standpoint.annotate import sync
from standpoint.annotate.collect import Collector
from standpoint.annotate.findings import findings, show
from standpoint.annotate.guide import shown_on
from standpoint.annotate.people import People, load_annotators
from standpoint.annotate.studio import DECODE_TASK
from standpoint.assess.checks import Ground, Walk
from standpoint.jsonlines import written_whole
from standpoint.model import AnnotationSet, Article, Issue
from standpoint.project import Project, read_articles
from standpoint.verbs._sets import kinds_of
from standpoint.verbs.labelling import TITLE, open_codebook
from standpoint.verbs.tell import Teller


class Submitted(NamedTuple):
    """A task that is to be looked at: the set that was submitted, if it can be read, and what reading it found."""

    task: dict
    one: AnnotationSet | None
    issues: list[Issue]


def look(project: Project, client: sync.Client, tell: Teller, name: str) -> Counter:
    """Check what was submitted, or changed, since the last look, and write what is found on each task's page.

    What was mended is cleared. Looked at again is also all of it after the codebook or the registry has changed.
    """
    looking = _Look(project, client, tell)
    for one in looking.ground.codebook.passes:
        for title, number in sync.list_projects(client, TITLE.format(name, one.name, "")):
            looking.at(title, number)
    return looking.counts


class _Look:
    """One look at the projects of a server: the work of one person in one pass at a time is in memory."""

    def __init__(self, project: Project, client: sync.Client, tell: Teller) -> None:
        self.project, self.client, self.tell = project, client, tell
        self.ground = Ground(*open_codebook(project), kinds_of(project))
        self.people = People(project.people, load_annotators(project.annotators), sync.user_map(client), client.url)
        self.ids = {article.sha256: article.id for article in read_articles(project, with_text=False)}
        self.counts = Counter(dict.fromkeys(("tasks looked at", "tasks with findings", "pages changed"), 0))

    def at(self, title: str, number: int) -> None:
        """Look at one Label Studio project."""
        seen = _Seen(self.project, f"{self.client.url} {number}")
        tasks = sync.pull_tasks(self.client, number, self.project.local / "pull" / title.replace(" ", "-"))
        new = [self._submitted(task) for task in self.tell.counted(f"look at {title}", tasks) if seen.is_new(task)]
        for item, issues in zip(new, self._checked(new), strict=True):
            for issue in issues:
                self.tell.tell(issue)
            found = list(findings(item.one, issues, self.ground.codebook))
            changed = show(self.client, item.task, found, shown_on(self.ground.codebook, self.client))
            self.counts.update({"tasks looked at": 1, "tasks with findings": bool(found), "pages changed": changed})
            seen.add(item.task)
        seen.save()

    def _submitted(self, task: dict) -> Submitted:
        """What was submitted on a task: the last of it, where there are several."""
        collector = Collector(self.ground.codebook, self.people.who, self.ids)
        found = list(collector.collect([DECODE_TASK(msgspec.json.encode(task))]))
        sets = [item for item in found if isinstance(item, AnnotationSet)]
        return Submitted(task, sets[-1] if sets else None, [item for item in found if isinstance(item, Issue)])

    def _checked(self, new: list[Submitted]) -> Iterator[list[Issue]]:
        """The issues of each: what reading it found, and what the checks of its set find."""
        wanted = {item.one.article_id for item in new if item.one}
        articles = {article.id: article for article in read_articles(self.project) if article.id in wanted}
        for item in new:
            yield [*item.issues, *(_of_set(item.one, articles.get(item.one.article_id), self.ground) if item.one else ())]


def _of_set(one: AnnotationSet, article: Article | None, ground: Ground) -> Iterator[Issue]:
    where = f"{one.article_id} {one.pass_name} {one.annotator}"
    found = Walk(ground).check([[article]] if article else [], [[one]])
    return (issue for issue in found if issue.where.startswith(where))


class _Seen:
    """Which state of each task of a project was looked at, kept in a local file; without it, all are looked at again."""

    def __init__(self, project: Project, key: str) -> None:
        self.path, self.key = project.local / "live.json", key
        self.all = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.tasks: dict[str, str] = self.all.setdefault(key, {})
        rules = b"".join(path.read_bytes() for path in (project.codebook, project.actors) if path.exists())
        self.rules = hashlib.sha256(rules).hexdigest()[:16]

    def is_new(self, task: dict) -> bool:
        """Whether something was submitted, or withdrawn, that was not looked at; what nobody has submitted is not."""
        return self.tasks.get(str(task["id"]), "") != self._state(task)

    def add(self, task: dict) -> None:
        """Take a task for looked at."""
        self.tasks[str(task["id"])] = self._state(task)

    def save(self) -> None:
        """Keep it for the next look."""
        with written_whole(self.path) as file:
            file.write(json.dumps(self.all, indent=1, sort_keys=True).encode())

    def _state(self, task: dict) -> str:
        works = sorted(f"{work['id']}:{work['updated_at']}" for work in task["annotations"])
        return " ".join([self.rules, *works]) if works else ""
