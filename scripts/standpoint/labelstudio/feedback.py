"""Submitted work is checked, and what is found is shown to its annotator on the task's page."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

import msgspec

from standpoint.checks.case import Reference
from standpoint.checks.walk import Walk
from standpoint.codebook.kinds._items import FINDINGS, TO_FIX
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.files import written_whole
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, Relation, Span
from standpoint.core.paths import Project
from standpoint.core.provenance import kinds_of, load_annotators
from standpoint.core.reporter import Reporter
from standpoint.labelstudio.client import Client, list_projects, user_emails
from standpoint.labelstudio.exchange import TITLE, shown_on
from standpoint.labelstudio.import_annotations import AnnotationImporter, People
from standpoint.labelstudio.pull import pull_tasks
from standpoint.pages.label_config import address
from standpoint.pages.task_types import DECODE_TASK

NOT_THEIRS = ("SET-", "TASK-", "REGION-POSSESSIVE", "REGION-FIXED")  # what no annotator can fix, or need not
THEIRS = ("SET-EMPTY",)


class Finding(NamedTuple):
    """One thing to look at: the words it is about ("" for the article), code and message, and the layer's page of the guide."""

    quote: str
    code: str
    message: str
    guide: str


def findings(one: AnnotationSet | None, issues: Iterable[Issue], codebook: Codebook) -> Iterator[Finding]:
    """What of the issues is for the annotator; ``one`` is the set that they are about, as far as it could be read."""
    known = {item.id: item for item in one.annotations} if one else {}
    for issue in issues:
        if issue.code in THEIRS or not issue.code.startswith(NOT_THEIRS):
            found = next((known[word] for word in reversed(issue.where.split()) if word in known), None)
            span = known.get(getattr(found, "of", "") or getattr(found, "head", ""), found)
            layer = codebook.by_name.get(found.layer) if isinstance(found, Span | Choice | Relation) else None
            quote = span.quote if isinstance(span, Span) else ""
            yield Finding(quote, issue.code, issue.message, layer.guide if layer else "")


def as_html(found: Iterable[Finding], codebook: Codebook) -> str:
    """The findings as the page shows them: a line each; "" where there are none."""
    return "<br>".join(_line(one, codebook) for one in found)


def _line(one: Finding, codebook: Codebook) -> str:
    words = f"“{escape(one.quote)}”: " if one.quote else ""
    page = address(codebook, one.guide or "index.html") if codebook.guide else ""
    link = f' <a href="{escape(page)}" target="_blank" rel="noopener">guide</a>' if page else ""
    return f"{words}{escape(one.message)} ({escape(one.code)}){link}"


def show(client: Client, task: dict, found: Sequence[Finding], codebook: Codebook) -> bool:
    """Put the findings on the task's page, and their number in the list, if they are not there; whether anything was changed."""
    html = as_html(found, codebook)
    if task["data"].get(FINDINGS) in (None, html):
        return False
    told = {FINDINGS: html, TO_FIX: str(len(found) or "")}
    client.retry(client.sdk.tasks.update, str(task["id"]), data=task["data"] | told)
    return True


class Submitted(NamedTuple):
    """A task that is to be looked at: the set that was submitted, if it can be read, and what reading it found."""

    task: dict
    one: AnnotationSet | None
    issues: list[Issue]


def check_submitted(project: Project, client: Client, reporter: Reporter, name: str) -> Counter:
    """Check what was submitted, or changed, since the last look, and write what is found on each task's page.

    What was fixed is cleared. Looked at again is also all of it after the codebook or the registry has changed.
    """
    looking = _Look(project, client, reporter)
    for one in looking.ground.codebook.passes:
        for title, number in list_projects(client, TITLE.format(name, one.name, "")):
            looking.at(title, number)
    return looking.counts


class _Look:
    """One look at the projects of a server: the work of one person in one pass at a time is in memory."""

    def __init__(self, project: Project, client: Client, reporter: Reporter) -> None:
        self.project, self.client, self.reporter = project, client, reporter
        self.ground = Reference(*open_codebook(project), kinds_of(project))
        self.people = People(project.people, load_annotators(project.annotators), user_emails(client), client.url)
        self.ids = {article.sha256: article.id for article in read_articles(project, with_text=False)}
        self.counts = Counter(dict.fromkeys(("tasks looked at", "tasks with findings", "pages changed"), 0))

    def at(self, title: str, number: int) -> None:
        """Look at one Label Studio project."""
        seen = _Seen(self.project, f"{self.client.url} {number}")
        tasks = pull_tasks(self.client, number, self.project.local / "pull" / title.replace(" ", "-"))
        new = [self._submitted(task) for task in self.reporter.track(f"look at {title}", tasks) if seen.is_new(task)]
        for item, issues in zip(new, self._checked(new), strict=True):
            for issue in issues:
                self.reporter.report(issue)
            found = list(findings(item.one, issues, self.ground.codebook))
            changed = show(self.client, item.task, found, shown_on(self.ground.codebook, self.client))
            self.counts.update({"tasks looked at": 1, "tasks with findings": bool(found), "pages changed": changed})
            seen.add(item.task)
        seen.save()

    def _submitted(self, task: dict) -> Submitted:
        """What was submitted on a task: the last of it, where there are several."""
        importer = AnnotationImporter(self.ground.codebook, self.people.who, self.ids)
        found = list(importer.convert([DECODE_TASK(msgspec.json.encode(task))]))
        sets = [item for item in found if isinstance(item, AnnotationSet)]
        return Submitted(task, sets[-1] if sets else None, [item for item in found if isinstance(item, Issue)])

    def _checked(self, new: list[Submitted]) -> Iterator[list[Issue]]:
        """The issues of each: what reading it found, and what the checks of its set find."""
        wanted = {item.one.article_id for item in new if item.one}
        articles = {article.id: article for article in read_articles(self.project) if article.id in wanted}
        for item in new:
            yield [*item.issues, *(_of_set(item.one, articles.get(item.one.article_id), self.ground) if item.one else ())]


def _of_set(one: AnnotationSet, article: Article | None, ground: Reference) -> Iterator[Issue]:
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
