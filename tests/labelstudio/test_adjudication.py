"""An adjudicator's work in the real page: conflicts of three readers are decided, come back, and stay decided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page

from browser import drag, open_task, page_of, press, submit
from example import EXAMPLE
from nonempty import nonempty
from standpoint.adjudication import adjudicate
from standpoint.core.corpus import read_adjudicated
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Decision, Issue, Reporter, Span
from standpoint.core.project import Project
from standpoint.labelstudio import adjudication, client
from standpoint.labelstudio import pull as pull_module
from standpoint.pages.adjudication_page import DECISION, LIST
from standpoint.server import accounts
from third_annotator import LIKE, NAME, add_third_annotator

pytestmark = [pytest.mark.server, pytest.mark.browser]

OURS = EXAMPLE
FIRST, SECOND = "free-marsh-radio-2031-03-08-6d992009", "free-marsh-radio-2031-03-11-0895f177"
SCROLL = """start => {
  const root = document.querySelector('.lsf-htx-richtext'), walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let at = 0, node;
  while ((node = walk.nextNode()) && (at += [...node.textContent].length) <= start);
  node.parentElement.scrollIntoView({block: 'center'});
}"""
GAP = "Are old women civilians? <b>Say so.</b>"


@pytest.fixture(scope="module")
def project_with_conflicts(tmp_path_factory) -> Project:
    """Our project with the facts of two articles, and a third reader of the first."""
    project = Project(tmp_path_factory.mktemp("adjudicated"))
    for name in ("guidelines", "dataset/articles", "dataset/annotations/facts"):
        shutil.copytree(OURS.root / name, project.root / name)
    shutil.copy(OURS.annotators, project.annotators)
    add_third_annotator(project, "facts")
    keep(project, {"m01": {FIRST, SECOND}, LIKE: {FIRST, SECOND}, NAME: {FIRST}})
    with project.annotators.open("a", encoding="utf-8") as file:
        file.write("  - id: j01\n    kind: human_expert\n")
    return project


def keep(project: Project, wanted: dict[str, set[str]]) -> None:
    """Keep each reader's sets of some articles only."""
    for path in sorted(project.annotations.glob("facts/*.jsonl")):
        sets = [one for one in read_lines(path, AnnotationSet) if one.article_id in wanted.get(path.stem, ())]
        write_lines(path, sets)


class Desk:
    """The adjudicator's: a project on a server."""

    def __init__(self, project: Project, running) -> None:
        accounts.ensure_accounts(running, ["j01"])
        self.project, self.running, self.told = project, running, []
        self.client = client.connect(running.url, running.token)
        self.reporter = Reporter(issue=self.told.append)

    def push(self) -> dict:
        return dict(adjudication.push_conflicts(self.project, self.client, ["j01"], self.reporter, "desk"))

    def pull(self) -> dict:
        return dict(adjudication.pull_decisions(self.project, self.client, self.reporter, "desk"))

    def tasks(self, folder: Path) -> dict[str, dict]:
        """The newest task of each article."""
        self.number = dict(client.list_projects(self.client, "desk adjudication:"))["desk adjudication: facts j01"]
        return {task["data"]["article"]: task for task in pull_module.pull_tasks(self.client, self.number, folder)}

    def decide(self, task: dict, work) -> None:
        """Open a task as the adjudicator, let ``work`` be done on it, and submit."""
        password = accounts.password_of(self.running, "j01")
        with page_of(self.running.url, "j01@standpoint.invalid", password) as page:
            open_task(page, self.running.url, self.number, task["id"])
            page.keyboard.press("Escape")  # the instructions
            work(page)
            submit(page)


def choose(page: Page, number: int, option: str, reason: str, comment: str = "") -> None:
    """Answer one conflict, as a person does: a click on the reading, one on the reason."""
    item = page.locator(".sp-conflict").nth(number)
    item.locator(f"label:has-text('{option}')").first.click()
    item.locator(f"label:has-text('{reason}')").click()
    if comment:
        item.locator("input[type=text], textarea").last.fill(comment)


def listed(task: dict) -> list[dict]:
    return task["data"][LIST]


def place(task: dict, words: str) -> tuple[int, int]:
    start = task["data"]["text"].index(words)
    return start, start + len(words)


def decisions_on(project: Project, article_id: str) -> dict[str, Decision]:
    found = (one for path in project.decisions.glob("*.jsonl") for one in read_lines(path, Decision))
    return {one.asked.key: one for one in found if one.asked.article_id == article_id}


def adjudicated_of(project: Project, article_id: str) -> AdjudicatedSet:
    return next(one for one in read_adjudicated(project) if one.article_id == article_id)


def test_decisions_are_adjudicated_and_stay_when_somebody_else_annotates(project_with_conflicts, label_studio, tmp_path):
    desk = Desk(project_with_conflicts, label_studio)
    assert desk.push()["tasks sent"] == 2 and desk.push()["tasks sent"] == 0
    tasks = desk.tasks(tmp_path / "before")
    assert set(tasks) == {FIRST, SECOND}
    for task in nonempty(tasks.values()):  # blind
        said = json.dumps([task["data"], [one["result"] for one in task["predictions"]]])
        assert not any(f'"{name}"' in said for name in ("m01", LIKE, NAME))
    readings_of_one_and_a_reading_of_ones_own(desk, tasks[FIRST])
    nothing_and_gaps(desk, tasks[SECOND])
    the_same_bytes_without_a_server(project_with_conflicts)
    only_what_is_new_is_asked(desk, tasks[SECOND], tmp_path)


def readings_of_one_and_a_reading_of_ones_own(desk: Desk, task: dict) -> None:
    """The first article, of three readers: A's reading everywhere, but for one of the adjudicator's own."""
    mine = next(number for number, one in enumerate(listed(task)) if one["asked"]["layer"] == "events")
    asked = listed(task)[mine]["asked"]
    start, end = asked["start"], asked["end"]

    def work(page: Page) -> None:
        text, conflicts = (page.locator(part).bounding_box() for part in (".sp-text", ".sp-right"))
        assert max(text["y"], conflicts["y"]) < 200 and text["x"] + text["width"] <= conflicts["x"]  # side by side, at the top
        for number in range(len(listed(task))):
            choose(page, number, "mine" if number == mine else "A", "guidelines are clear" if number == mine else "slip")
        press(page, "KeyK")  # kill
        page.evaluate(SCROLL, start)
        drag(page, start, end)
        press(page, "Shift+Digit1", "KeyV", "Escape")  # the first actor; denied

    desk.decide(task, work)
    desk.pull()
    assert [str(one) for one in desk.told if one.level == "error"] == []
    decided, one = decisions_on(desk.project, FIRST), adjudicated_of(desk.project, FIRST)
    assert len(decided) == len(listed(task)) and {one.by for one in decided.values()} == {"j01"}
    assert one.conflicts == () and one.tier == "silver" and len(one.resolved) == len(decided)
    items = {item.id: item for item in one.annotations}
    places = {(item.layer, item.start, item.end): item for item in one.annotations if isinstance(item, Span)}
    for entry in listed(task):
        decision = decided[entry["asked"]["key"]]
        if decision.chosen == "reading":  # spans, answers and links, exactly
            assert list(msgspec.to_builtins(decision.annotations)) == entry["readings"].get("A", [])
            spans = {(item.layer, item.start, item.end) for item in decision.annotations if isinstance(item, Span)}
            assert spans <= places.keys() and all(layer == entry["asked"]["layer"] for layer, *_ in spans)
    (kill,) = [item for item in decided[asked["key"]].annotations if isinstance(item, Span)]
    assert (kill.label, kill.start, kill.end) == ("harm.kill", start, end)
    kept = places[kill.layer, start, end]  # under an id that lasts
    assert (kept.label, kept.quote) == (kill.label, kill.quote) and items[f"{kept.id}.status"].label == "denied"
    how = one.resolutions[kept.id]
    assert (how.how, how.by, how.dissent, how.reason) == ("adjudicated", ("j01",), ("m01", "m02", "t03"), "guideline_clear")


def nothing_and_gaps(desk: Desk, task: dict) -> None:
    """The second article, of two readers: nothing holds, and the guidelines have a gap."""

    def work(page: Page) -> None:
        for number, one in enumerate(listed(task)):
            empty = next((option for option in one["options"] if option["value"].endswith(": nothing")), None)
            choose(page, number, empty["value"] if empty else "none of these", "guidelines have a gap" if not number else "slip")
        page.locator(".sp-conflict").first.locator("input[type=text], textarea").fill(GAP)

    before = adjudicated_of(desk.project, SECOND)
    desk.decide(task, work)
    desk.pull()
    after = adjudicated_of(desk.project, SECOND)
    assert after.annotations == before.annotations and after.conflicts == ()
    assert {one.readings[name] for one in before.conflicts for name in one.readings} == {
        one.readings[name] for one in after.resolved for name in one.readings
    }
    first, *rest = adjudication.guideline_gaps(desk.project, "guideline_gap")
    asked = listed(task)[0]["asked"]
    assert first == f"{SECOND} [{asked['start']},{asked['end']}) {asked['layer']}: {GAP}"
    assert rest[-1] == "    decided by j01: none"


def the_same_bytes_without_a_server(project: Project) -> None:
    before = {path: path.read_bytes() for path in project.adjudicated.glob("*.jsonl")}
    shutil.rmtree(project.adjudicated)
    adjudicate.adjudicate_project(project, Reporter())
    assert {path: path.read_bytes() for path in project.adjudicated.glob("*.jsonl")} == before


def only_what_is_new_is_asked(desk: Desk, old: dict, folder: Path) -> None:
    """A third reader of the second article comes: its new readings are asked, and no decision is lost meanwhile."""
    before = adjudicated_of(desk.project, SECOND)
    add_third_annotator(desk.project, "facts")
    keep(desk.project, dict.fromkeys(("m01", LIKE, NAME), {FIRST, SECOND}))
    counts = desk.push()
    assert (counts["tasks sent"], counts["tasks there already"]) == (1, 0)
    task = desk.tasks(folder / "again")[SECOND]
    decided = decisions_on(desk.project, SECOND)
    seen = {name for one in decided.values() for name in one.asked.seen}
    assert task["id"] != old["id"] and len(listed(task)) > 0
    assert all(set(one["asked"]["seen"]) - seen for one in listed(task))
    told: list[Issue] = []
    adjudicate.adjudicate_project(desk.project, Reporter(issue=told.append))
    now = adjudicated_of(desk.project, SECOND)
    assert all(one.resolution.by == ("j01",) for one in now.resolved)
    # All hold, but for one that was about a span that the third reader does not have: the span itself is asked now.
    assert [one.code for one in told] == ["DECISION-STALE"] and len(now.resolved) + len(told) == len(before.resolved)
    asked_again = {
        int(item["from_name"].rpartition("_")[2])
        for item in task["predictions"][0]["result"]
        if item.get("from_name", "").startswith(DECISION)
    }
    assert asked_again

    def work(page: Page) -> None:
        for number in range(len(listed(task))):
            item = page.locator(".sp-conflict").nth(number)
            chosen = item.locator(".ant-radio-checked").count()
            assert chosen == (2 if number in asked_again else 0)  # what was decided is chosen already
            if not chosen:
                choose(page, number, "B", "ambiguous text")

    desk.decide(task, work)
    desk.pull()
    assert adjudicated_of(desk.project, SECOND).conflicts == ()
    assert desk.push()["tasks sent"] == 0
    assert len(decisions_on(desk.project, SECOND)) == len(decided) + len(listed(task))
    assert [str(one) for one in desk.told if one.level == "error"] == []
