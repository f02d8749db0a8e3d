"""The loop of docs/new-actors.md: one invented article, two annotators in a real Label Studio, an adjudicator, and the commands.

``docs/take_new_actors.py`` writes what comes out into the page, and a test compares it with the page.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from click.testing import CliRunner

from standpoint.cli import main
from standpoint.codebook.examples import annotations_of, parse
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.pages.adjudication_page import DECISION, LIST, REASON, TEXT, adjudication_config, reader_letters
from standpoint.pages.label_config import label_config
from standpoint.pages.task_json import fill_defaults, write_result
from standpoint.server.accounts import RunningServer, ensure_accounts
from whole_projects import new_project

NAME = "carrow"  # of the projects on the server
ANNOTATORS, ADJUDICATOR = ("a01", "a02"), "j01"
ARTICLE = """\
Lantern Guard frees the ferry landing at Carrow

The Lantern Guard freed the ferry landing at Carrow before dawn on Monday, residents said. Two boats of the Ostrel Army had left the \
basin in the night.

The army shelled the boathouse of the Guard at noon. Nine boatmen were killed, said the Carrow Relief Committee (CRC). The committee \
opened a kitchen for the families.

On Tuesday the gallant Guard offered talks. The army has not answered."""
REGISTRY = """\
version: 0.1.0
actors:
  - {id: act-000001, name: Ostrel Army, slug: army, class: [{value: state_forces}], aliases: [{text: army, kind: descriptor}]}
  - id: act-000002
    name: civilians
    slug: civilians
    class: [{value: civilians}]
    aliases: [{text: residents, kind: descriptor}, {text: families, kind: descriptor}]
  - {id: act-000003, name: Karrow Relief Committee, slug: committee, class: [{value: intl_org}]}
"""
SOURCES = "sources:\n  - {id: gazette, name: Harbour Gazette, match: ['*'], licence: CC-BY-4.0, language: en}\n"
PEOPLE = [*((name, "human_trained") for name in ANNOTATORS), (ADJUDICATOR, "human_expert")]

# What the annotators mark, in the markup of the guide's examples. They name the Guard differently, and disagree about the boatmen.
FACTS = (
    "[Lantern Guard]{@new1} [frees]{territory.capture agent=new1} the [ferry landing at Carrow]{PLACE}\n\n"
    "The [Lantern Guard]{@new1} [freed]{territory.capture agent=new1 source=actor} the [ferry landing at Carrow]{PLACE} before "
    "[dawn on Monday]{TIME}, [residents]{@civilians} said. Two boats of the [Ostrel Army]{@army} had [left]{territory.loss agent=army} "
    "the [basin]{PLACE} in the [night]{TIME}.\n\n"
    "The [army]{@army} [shelled]{strike.missile_artillery agent=army target=new1} the [boathouse]{OBJECT target=shelled} of the "
    "[Guard]{@new1} at [noon]{TIME}. Nine %s were [killed]{harm.kill target=%s source=actor}, said the "
    "[Carrow Relief Committee]{@new2} ([CRC]{@new2}). The [committee]{@new2} [opened]{civil.aid agent=new2 target=civilians} a kitchen "
    "for the [families]{@civilians}.\n\n"
    "On [Tuesday]{TIME} the [gallant Guard]{@new1} offered [talks]{diplomacy.talks agent=new1}. The [army]{@army} has not answered."
)
REPORT = "{in_scope=yes genre=news_report} {@new1 new_actor=%s} {@new2 new_actor=Carrow_Relief_Committee}"
MARKED = {
    "a01": f"{FACTS % ('[boatmen]{@new1}', 'new1')} {REPORT % 'Lantern_Guard'}",
    "a02": f"{FACTS % ('[boatmen]{@civilians}', 'civilians')} {REPORT % 'Guard_of_the_Lantern'}",
}
STANCE = ARTICLE.replace("Guard frees", "Guard [frees]{@guard}").replace("Guard freed", "Guard [freed]{@guard}")
STANCE = STANCE.replace("gallant", "[gallant]{@guard}") + (
    " {@guard stance=positive} {@army stance=neutral} {@civilians stance=neutral} {@committee stance=neutral}"
)
JOINED = """\
from datasets import load_dataset

def rows(table, split="train"):
    return load_dataset("dataset/release", table, split=split)

(guard,) = [row for row in rows("registry", "full") if row["name"] == "Lantern Guard"]
print("registry:", guard["id"], [alias["alias"] for alias in guard["aliases"]])
print("mentions:", [row["quote"] for row in rows("actors") if row["label"] == guard["id"]])
for role in ("agent", "target"):
    print(f"{role} of:", [row["quote"] for row in rows("events") if guard["id"] in row[role]])
print("stance:  ", [(row["actor_name"], row["value"]) for row in rows("stance") if row["actor"] == guard["id"]])"""
ON_SERVER = ("push", "pull", "adjudicate push", "adjudicate pull")
Show = Callable[[str, str, dict], None]  # a picture: its name, and the label config and the task of the page


class Loop:
    """The project of the loop, and what each step prints, by the name of its block on the page."""

    def __init__(self, root: Path, running: RunningServer, show: Show = lambda name, config, task: None) -> None:
        self.project, self.running, self.show = new_project(root, None), running, show
        self.client = client_module.connect(running.url, running.token)
        self.users = ensure_accounts(running, [name for name, _ in PEOPLE])
        self.blocks: dict[str, str] = {}
        self.project.actors.write_text(REGISTRY, encoding="utf-8")
        self.project.sources.write_text(SOURCES, encoding="utf-8")
        people = "".join(f"  - {{id: {name}, kind: {kind}}}\n" for name, kind in PEOPLE)
        self.project.annotators.write_text(f"annotators:\n{people}", encoding="utf-8")
        raw = root / "landing.md"
        raw.write_text(f"---\ndate: 2031-06-04\n---\n\n# {ARTICLE}\n", encoding="utf-8")
        self.command(f"standpoint ingest {shlex.quote(str(raw))}")
        (self.article,) = read_articles(self.project)
        assert self.article.text == ARTICLE

    def run(self) -> dict[str, str]:
        """The whole loop."""
        headline, *paragraphs = ARTICLE.split("\n\n")
        self.blocks["article"] = "\n>\n".join(
            f"> {part}" for part in (f"**{headline}**", *paragraphs, "*Harbour Gazette, 4 June 2031*")
        )
        self.block("push", "standpoint push --annotators a01,a02")
        self.show("facts", label_config(self.codebook, "facts"), self.task("facts a01"))
        slots = {actor.slug: actor.id for actor in open_codebook(self.project)[1].actors}
        for annotator in ANNOTATORS:
            self.submit("facts", annotator, MARKED[annotator], slots)
        self.block("adjudicate", "standpoint pull", "standpoint adjudicate")
        self.command(f"standpoint adjudicate push --adjudicators {ADJUDICATOR}")
        task = self.task(f"adjudication: facts {ADJUDICATOR}")
        self.show("adjudication", adjudication_config(self.codebook, "facts"), task)
        self.decide(task)
        self.block("decided", "standpoint adjudicate pull")
        self.block("propose", "standpoint actors propose")
        self.block(
            "grow",
            "standpoint actors add 'Lantern Guard' --class political_militia",
            "standpoint actors merge act-000003 'Carrow Relief Committee'",
        )
        self.block("stance", "standpoint push --annotators a01,a02")
        self.show("stance", label_config(self.codebook, "stance"), self.task("stance a01"))
        guard = {"guard": next(actor.id for actor in open_codebook(self.project)[1].actors if actor.name == "Lantern Guard")}
        for annotator in ANNOTATORS:
            self.submit("stance", annotator, STANCE, slots | guard)
        self.block("build", "standpoint pull", "standpoint adjudicate", "standpoint split", "standpoint build")
        self.blocks["joined"] = f"```python\n{JOINED}\n```\n\n```text\n{self.python(JOINED)}\n```"
        return self.blocks

    @property
    def codebook(self):
        return open_codebook(self.project)[0]

    def block(self, name: str, *lines: str) -> None:
        told = "\n".join(f"$ {line}\n{self.command(line)}" for line in lines)
        self.blocks[name] = f"```console\n{told}\n```"

    def command(self, line: str) -> str:
        """What a command prints, and its notes about tasks; it must succeed."""
        words = shlex.split(line)[1:]
        of_server = any(" ".join(words).startswith(verb) for verb in ON_SERVER)
        words += ["--url", self.running.url, "--token", self.running.token, "--name", NAME] if of_server else []
        result = CliRunner().invoke(main, ["--project", str(self.project.root), *words])
        assert result.exit_code == 0, f"{line}\n{result.output}"
        notes = re.findall(r"^note: .* TASK-.*(?:\n  .*)*", result.stderr, re.MULTILINE)
        return "\n".join([*notes, result.stdout.rstrip("\n")])

    def python(self, code: str) -> str:
        """What a program prints in the project's folder."""
        environment = os.environ | {"HF_DATASETS_CACHE": str(self.project.local / "datasets"), "HF_HUB_OFFLINE": "1"}
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=self.project.root, env=environment, capture_output=True, text=True, check=True
        )
        return ran.stdout.rstrip("\n")

    def task(self, title: str) -> dict:
        """The one task of a project on the server."""
        number = dict(client_module.list_projects(self.client, NAME))[f"{NAME} {title}"]
        (task,) = pull.pull_tasks(self.client, number, self.project.local / "loop" / title.replace(" ", "-"))
        return task

    def submit(self, pass_name: str, annotator: str, source: str, actors: Mapping[str, str]) -> None:
        """Submit a marked-up text as an annotator."""
        marked, task = parse(source), self.task(f"{pass_name} {annotator}")
        assert marked.text == ARTICLE
        annotations = annotations_of(marked, pass_name, self.codebook, actors)
        annotations = list(fill_defaults(annotations, self.article.sentences, pass_name, self.codebook))
        self._upload(task, annotator, write_result(annotations, task["data"], self.codebook))

    def decide(self, task: dict) -> None:
        """Decide each conflict for the reading of a01, as a slip."""
        letter = reader_letters(self.article.id, "facts", ANNOTATORS)["a01"]
        result = list(task["predictions"][0]["result"])
        for number in range(len(task["data"][LIST])):
            for control, answer in ((DECISION, letter), (REASON, "slip")):
                name = f"{control}_{number}"
                result.append({"id": name, "from_name": name, "to_name": TEXT, "type": "choices", "value": {"choices": [answer]}})
        self._upload(task, ADJUDICATOR, result)

    def _upload(self, task: dict, who: str, result: list[dict]) -> None:
        body = {"result": result, "completed_by": self.users[who], "unique_id": str(uuid.uuid4())}
        push.upload_annotation(self.client, task["id"], body)
