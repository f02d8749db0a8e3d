"""A run that is killed anywhere loses no answer and pays for none twice; in the end, all is as after a run that was not."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from forked import Forked
from model_endpoint import Reply, completion, served
from standpoint.core.corpus import read_articles
from standpoint.core.project import Project
from toy_model import said
from whole_projects import copy_of_the_project

pytestmark = pytest.mark.server  # a served stand-in

SUPPORT = Path(__file__).parents[1] / "support"
MADE = ("annotations/facts/m21.jsonl", "dossiers/facts/m21.jsonl", "annotators.yaml")


def answer(body: dict, number: int) -> Reply:
    """Three keys that do not exist, and what is right when it was told so. The date is always the same."""
    text = said(body).text
    if len(body["messages"]) == 2:
        text = text.replace("{", '{"more": 1, "other": 2, "third": 3, ', 1)
    whole = json.loads(completion(Reply(text))) | {"created": 1_700_000_000}
    return Reply(raw=json.dumps(whole).encode())


@pytest.fixture(scope="module")
def annotating():
    with Forked(SUPPORT / "killed_annotate.py") as processes:
        yield processes.run


def made(project: Project) -> dict[str, bytes]:
    prompts = sorted(project.prompts.iterdir()) if project.prompts.exists() else []
    files = [project.root / "dataset" / name for name in MADE] + prompts
    return {path.name: path.read_bytes() for path in files if path.exists()} | {"sets": files[0].read_bytes()}


def kept(project: Project) -> int:
    if not project.answers.exists():
        return 0
    with closing(sqlite3.connect(project.answers)) as database:
        return int(database.execute("SELECT count(*) FROM answers").fetchone()[0])


@pytest.fixture(scope="module")
def unbroken(annotating, tmp_path_factory):
    """Six articles, what a run makes of them, and the number of its requests."""
    project = Project(copy_of_the_project(tmp_path_factory.mktemp("unbroken")))
    articles = [article.id for article in read_articles(project)][:6]
    with served(answer) as endpoint:
        assert annotating(project.root, endpoint.url, "", "", 0, *articles) == 0
    assert len(endpoint.requests) == 12 == kept(project)
    return articles, made(project)


PLACES = [("asking", 8), ("keeping", 1), ("keeping", 7), ("storing", 2), ("storing", 3)]


@pytest.mark.parametrize(("where", "call"), PLACES)
def test_a_killed_run_goes_on_where_it_was(annotating, unbroken, tmp_path, where, call):
    articles, whole = unbroken
    project = Project(copy_of_the_project(tmp_path))
    with served(answer) as endpoint:
        assert annotating(project.root, endpoint.url, "SIGKILL", where, call, *articles) == -signal.SIGKILL
        before, asked = kept(project), len(endpoint.requests)
        assert asked - 3 <= before <= asked and (where != "storing" or call == 1 or before == 12)
        assert annotating(project.root, endpoint.url, "", "", 0, *articles) == 0
        assert len(endpoint.requests) - asked == 12 - before
    assert made(project) == whole


def test_ctrl_c_keeps_what_is_under_way(annotating, unbroken, tmp_path):
    articles, whole = unbroken
    project = Project(copy_of_the_project(tmp_path))
    with served(answer) as endpoint:
        assert annotating(project.root, endpoint.url, "SIGINT", "keeping", 5, *articles) == 130
        before = kept(project)
        assert 5 <= before == len(endpoint.requests) < 12
        assert annotating(project.root, endpoint.url, "", "", 0, *articles) == 0
    assert len(endpoint.requests) == 12 and made(project) == whole


def test_a_second_ctrl_c_waits_for_nothing(unbroken, tmp_path):
    """The endpoint answers one request, and lets the others wait for as long as the test lasts."""
    articles, _ = unbroken
    project, ended = Project(copy_of_the_project(tmp_path)), threading.Event()

    def slowly(body: dict, number: int) -> Reply:
        return answer(body, number) if number == 1 or ended.wait(60) else Reply()

    with served(slowly) as endpoint:
        command = [sys.executable, "-c", "from standpoint.cli import main; main()", "--project", str(project.root), "annotate"]
        options = ["--model", "toy", "--as", "m21", "--pass", "facts", "--base-url", endpoint.url]
        with subprocess.Popen(
            [*command, *options, *articles], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            while process.poll() is None and len(endpoint.requests) < 5:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            line = process.stderr.readline()
            assert line.startswith("facts: waits for 4 answer(s) that are under way"), line
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130 and "Traceback" not in process.stderr.read()
            ended.set()
    assert kept(project) == 1


FAULTS = """
from standpoint.annotate.answer import read_answer
from standpoint.annotate.numbered import Line, Page
from standpoint.codebook.load import open_codebook
from standpoint.core.project import find_project
from pathlib import Path
codebook = open_codebook(find_project(Path({root!r})))[0]
text = '{{"b": 1, "a": 2, "d": 3, "events": [{{"x": 1, "lable": 2, "z": 3, "y": 4}}]}}'
print([str(fault) for fault in read_answer(text, Page("Ab.", (Line(0, 3, 1),)), "facts", codebook).faults])
"""


def test_the_faults_of_an_answer_have_one_order():
    """Otherwise the next process would send another request, and pay for the same answer again."""
    code = FAULTS.format(root=str(SUPPORT))
    told = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        told.add(done.stdout)
    assert len(told) == 1 and told.pop().count("there is no such key here") == 4
