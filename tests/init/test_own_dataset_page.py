"""The page "Your own dataset in 20 minutes": every command of it is run, with a real Label Studio in which two annotators work."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import closing
from pathlib import Path

from command_line import run
from nonempty import nonempty
from pages_of_docs import ROOT, blocks
from standpoint.core.corpus import read_adjudicated
from standpoint.core.project import Project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio.pull import list_tasks
from standpoint.server.accounts import RunningServer, ensure_accounts
from two_annotators_projects import browser_of

PAGE = "docs/own-dataset.md"
NAME = "letters"  # of the projects on the server that the tests of a worker share
STEP = re.compile(r"^((?:standpoint|cd) .*)$", re.MULTILINE)  # what is run in this process; the rest is for a shell


def answer(text: str, quotes: dict[str, str], tone: str) -> dict:
    """What the page sends when an annotator has marked words with labels and chosen a tone."""
    result = [{"id": "tone", "from_name": "tone", "to_name": "text", "type": "choices", "value": {"choices": [tone]}}]
    for quote, label in quotes.items():
        start = text.index(quote)
        value = {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
        result.append({"id": f"r{start}", "from_name": "promises", "to_name": "text", "type": "labels", "value": value})
    return {"result": result, "lead_time": 20.0}


def annotate(server: RunningServer) -> None:
    """Both annotators submit each text. a02 takes a request for a demand, and what somebody else promised for a promise."""
    client = client_module.connect(server.url, server.token)
    for name in ("a01", "a02"):
        number = dict(client_module.list_projects(client, NAME))[f"{NAME} reading {name}"]
        tasks = list(list_tasks(client, number, "id,data"))
        assert len(tasks) == 6
        with closing(browser_of(server, name)) as browser:
            for task in nonempty(tasks):
                text = task["data"]["text"]
                marks = {words: "promise" for words in re.findall(r"I (?:shall|will) [^.,]+", text)}
                marks |= {
                    words: "demand" for words in re.findall(r"(?:Build|Bring|Keep)[^.]+|Please [^.]+", text) if name == "a02"
                }
                sent = browser.post(f"/api/tasks/{task['id']}/annotations/", json=answer(text, marks, "friendly"))
                sent.raise_for_status()


def decide(server: RunningServer) -> None:
    """The adjudicator takes the first reading of each conflict."""
    client = client_module.connect(server.url, server.token)
    number = dict(client_module.list_projects(client, NAME))[f"{NAME} adjudication: reading j01"]
    with closing(browser_of(server, "j01")) as browser:
        for task in nonempty(list_tasks(client, number, "id,data")):
            (drawn,), result = browser.get(f"/api/tasks/{task['id']}/").json()["predictions"], []
            for place, conflict in enumerate(task["data"]["conflicts__"]):
                for name, said in (("__decision", conflict["options"][0]["alias"]), ("__reason", "slip")):
                    row = {"id": f"{name}{place}", "from_name": f"{name}_{place}", "to_name": "text", "type": "choices"}
                    result.append(row | {"value": {"choices": [said]}})
            sent = browser.post(f"/api/tasks/{task['id']}/annotations/", json={"result": drawn["result"] + result})
            sent.raise_for_status()


def test_the_readme_s_first_screen_leads_to_the_page():
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert "Any topic works" in first and f"({PAGE})" in first


def test_every_command_of_the_page_works_in_its_order(label_studio, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for key, value in {
        "AUTHOR_NAME": "M",
        "AUTHOR_EMAIL": "m@example.org",
        "COMMITTER_NAME": "M",
        "COMMITTER_EMAIL": "m@example.org",
    }.items():
        monkeypatch.setenv(f"GIT_{key}", value)
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    said: dict[str, str] = {}
    install, *rest = blocks(PAGE, "sh")
    assert "pip install" in install
    for part in (part for block in rest for part in STEP.split(block)):
        words = shlex.split(part) if STEP.match(part) else []
        if not words:
            subprocess.run(["sh", "-euc", part], check=True)
        elif words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[1] != "serve":
            said[part] = run(*words[1:], *(["--name", NAME] if words[1] == "pull" else []))
        elif "--adjudicators" in words:  # what `serve` does, on a server that runs already
            ensure_accounts(label_studio, [words[-1]])
            sent = run("adjudicate", "push", "--adjudicators", words[-1], "--name", NAME)
            assert f"log-ins: standpoint server accounts j01 --url {label_studio.url}" in sent
            assert "j01@standpoint.invalid" in run("server", "accounts", "j01")
            decide(label_studio)
            run("adjudicate", "pull", "--name", NAME)
        else:
            ensure_accounts(label_studio, ["a01", "a02"])
            run("push", "--name", NAME)
            annotate(label_studio)
    (project,) = (Project(path.parent.parent) for path in tmp_path.glob("*/guidelines/codebook.yaml"))
    assert said["standpoint team add a01"].count("TEAM-SMALL") == 1 and "and 5 more: " in said["standpoint team add a01"]
    assert "12  annotation sets" in said["standpoint check"] and "0  errors" in said["standpoint check"]
    assert "Machines" not in said["standpoint agree"] and {one.tier for one in read_adjudicated(project)} == {"gold"}
    assert not any(one.conflicts for one in read_adjudicated(project))
    assert subprocess.run(["git", "tag"], capture_output=True, text=True, check=True).stdout == "v0.1.0\n"
    (load,) = blocks(PAGE, "python")
    exec(compile(load, PAGE, "exec"), {})
    assert sum(map(int, re.findall(r": (\d+)", capsys.readouterr().out))) == 6
    assert Path.cwd() == project.root
