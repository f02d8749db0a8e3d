"""Annotators at once on one Label Studio: how long a submission takes, how many fail, and whether any is missing afterwards.

    python scripts/bench/load.py                                      # SQLite and PostgreSQL, 10 annotators, 2 minutes each
    python scripts/bench/load.py --seconds 20 --annotators 4 --on sqlite
    python scripts/bench/load.py --write                              # and put the figures into docs/server.md

Each annotator is a scripted client on the loopback that does what the page does: log in by the form, ask for the next
task, save what is begun twice, and submit 30 regions with their answers and relations, with a pause between two articles
(a person takes minutes; the pause is seconds, so that few stand for many). Each submission carries a mark of its own, and
afterwards the administrator counts in each task how often each mark is stored.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import httpx
import postgres
from generate import article_of, result_of

from standpoint.codebook.load import open_codebook
from standpoint.core.project import find_project
from standpoint.labelstudio import client as client_module
from standpoint.labelstudio import pull, push
from standpoint.pages.label_config import label_config
from standpoint.pages.tasks import make_task
from standpoint.server import accounts, server_process
from standpoint.server.accounts import RunningServer

ROOT = Path(__file__).parent.parent.parent
PAGE, BEGIN, END = ROOT / "docs" / "server.md", "<!-- load -->", "<!-- /load -->"
BACKENDS = ("sqlite", "postgresql")


class Plan(NamedTuple):
    """How many at once, for how many seconds at most, how many seconds between two articles, and how many articles each."""

    annotators: int
    seconds: float
    pause: float
    articles: int


@dataclass
class Day:
    """What one annotator saw: marks of what the server said it took, seconds of each request by kind, and errors."""

    name: str
    taken: dict[str, int] = field(default_factory=dict)  # mark -> task
    not_taken: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"submit": [], "other": []})
    errors: Counter = field(default_factory=Counter)

    def timed(self, kind: str, browser: httpx.Client, method: str, path: str, body: object) -> dict | None:
        """One request; None, and counted, where it fails."""
        began = time.monotonic()
        try:
            answer = browser.request(method, path, json=body)
        except httpx.TransportError as error:
            self.errors[type(error).__name__] += 1
            return None
        self.seconds[kind].append(time.monotonic() - began)
        if not answer.is_success:
            self.errors[f"HTTP {answer.status_code}"] += 1
            return None
        return answer.json()


def prepare(running: RunningServer, names: list[str], tasks: int) -> dict[str, int]:
    """An account and a project for each annotator, with so many tasks in it."""
    codebook, registry = open_codebook(find_project(ROOT))
    accounts.ensure_accounts(running, names)
    client = client_module.connect(running.url, running.token)
    numbers = {
        name: client_module.ensure_project(client, f"load facts {name}", label_config(codebook, "facts")) for name in names
    }
    bodies = [make_task(article_of(number)[0], "facts", codebook, registry, with_suggestions=False) for number in range(tasks)]
    for number in numbers.values():
        push.push_tasks(client, number, bodies)
    return numbers


def work(running: RunningServer, day: Day, project: int, plan: Plan) -> None:
    """One annotator, until the time is over or the articles are."""
    codebook, _ = open_codebook(find_project(ROOT))
    chance = random.Random(day.name)
    text, places = article_of(0)[0].text, article_of(0)[1]
    with httpx.Client(base_url=running.url, follow_redirects=True, timeout=120, trust_env=False) as browser:
        browser.get("/user/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "email": f"{day.name}@standpoint.invalid"}
        browser.post("/user/login/", data=form | {"password": accounts.password_of(running, day.name)}).raise_for_status()
        until = time.monotonic() + plan.seconds
        for _ in range(plan.articles):
            task = day.timed("other", browser, "POST", f"/api/dm/actions?id=next_task&project={project}", {})
            if task is not None:
                submit(day, browser, task["id"], result_of(chance, text, places, ["NEW:1", "NEW:2"], codebook))
            time.sleep(plan.pause * chance.uniform(0.5, 1.5))
            if time.monotonic() > until:
                break


def submit(day: Day, browser: httpx.Client, task: int, result: list[dict]) -> None:
    """Save twice what is begun, then submit it, as the page does."""
    mark = f"mark-{uuid.uuid4().hex}"
    result[0]["meta"] = {"text": [mark]}
    draft = day.timed("other", browser, "POST", f"/api/tasks/{task}/drafts", {"result": result[:9], "lead_time": 60.0})
    body: dict = {"result": result, "lead_time": 120.0}
    if draft is not None:
        day.timed("other", browser, "PATCH", f"/api/drafts/{draft['id']}/", body)
        body |= {"draft_id": draft["id"]}
    took = day.timed("submit", browser, "POST", f"/api/tasks/{task}/annotations/", body)
    (day.taken if took is not None else day.not_taken)[mark] = task


def stored(running: RunningServer, numbers: dict[str, int]) -> dict[str, Counter]:
    """How often each mark is stored, by annotator, and in which task and under whose account (``mark task account``)."""
    client, found = client_module.connect(running.url, running.token), {}
    emails = client_module.user_emails(client)
    for name, number in numbers.items():
        found[name] = Counter(
            (one["result"][0]["meta"]["text"][0], task["id"], emails[one["completed_by"]].partition("@")[0])
            for task in pull.list_tasks(client, number, "")
            for one in task["annotations"]
        )
    return found


def load(running: RunningServer, plan: Plan) -> dict:
    """Let annotators work at once as planned, and count what came of it."""
    days = [Day(f"a{number:02}") for number in range(1, plan.annotators + 1)]
    numbers = prepare(running, [day.name for day in days], plan.articles)
    threads = [threading.Thread(target=work, args=(running, day, numbers[day.name], plan)) for day in days]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return summary(days, stored(running, numbers), time.monotonic() - began)


def summary(days: list[Day], found: dict[str, Counter], seconds: float) -> dict:
    """The figures of a run."""
    taken = [found[day.name][mark, task, day.name] for day in days for mark, task in day.taken.items()]
    others = [found[day.name][mark, task, day.name] for day in days for mark, task in day.not_taken.items()]
    waits = sorted(one for day in days for one in day.seconds["submit"])
    rest = sorted(one for day in days for one in day.seconds["other"])
    return {
        "annotators": len(days),
        "submissions": len(taken),
        "a minute": round(60 * len(taken) / seconds, 1),
        "errors": dict(sum((day.errors for day in days), Counter())),
        "missing": taken.count(0),
        "copies": sum(max(0, count - 1) for count in taken + others),
        "refused but stored": sum(count > 0 for count in others),
        "annotations on the server": sum(map(Counter.total, found.values())),
        "submit": _times(waits),
        "other requests": _times(rest),
    }


def _times(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {"median": seconds[0], "p95": seconds[0], "longest": seconds[0]} if seconds else {}
    return {"median": statistics.median(seconds), "p95": statistics.quantiles(seconds, n=20)[-1], "longest": seconds[-1]}


@contextmanager
def backend(name: str):
    """A fresh server on SQLite, or behind gunicorn on a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "sqlite":
            with server_process.running_server(Path(folder)) as running:
                yield running
            return
        with postgres.cluster() as cluster:
            cluster.do("CREATE DATABASE labels")
            server_process.set_database(Path(folder), cluster.url("labels"))
            with server_process.running_server(Path(folder)) as running:
                yield running


def table(results: dict[str, dict]) -> list[str]:
    """The figures as a table, a column a server."""
    rows: dict[str, list[str]] = {}
    for found in results.values():
        errors = ", ".join(f"{count} {what}" for what, count in found["errors"].items()) or "0"
        line = {name: f"{found[name]:,}" for name in ("submissions", "a minute")} | {"errors": errors}
        line |= {"**missing afterwards**": f"**{found['missing']}**", "copies stored": f"{found['copies']:,}"}
        line |= {"refused but stored": f"{found['refused but stored']:,}"}
        for kind in ("submit", "other requests"):
            line |= {f"{kind}, {name} (s)": f"{value:.2f}" for name, value in found[kind].items()}
        for name, value in line.items():
            rows.setdefault(name, []).append(value)
    head = ["| | " + " | ".join(results) + " |", "| --- |" + " --- |" * len(results)]
    return head + [f"| {name} | " + " | ".join(values) + " |" for name, values in rows.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=3, help="Seconds between two articles, half to one and a half of it.")
    parser.add_argument("--on", choices=BACKENDS, action="append", help="Default: both.")
    parser.add_argument("--write", action="store_true", help=f"Put the figures into {PAGE.relative_to(ROOT)}.")
    options = parser.parse_args()
    articles = int(options.seconds / max(options.pause * 0.5, 0.2)) + 5  # more than there is time for
    plan, results = Plan(options.annotators, options.seconds, options.pause, articles), {}
    for name in options.on or BACKENDS:
        with backend(name) as running:
            results[name] = load(running, plan)
    chosen = f"--annotators {options.annotators} --seconds {options.seconds:g} --pause {options.pause:g}"
    machine = f"{len(os.sched_getaffinity(0))} cores, clients included; Python {platform.python_version()}"
    where = f"Measured on {date.today()} ({machine}) by `python scripts/bench/load.py {chosen} --write`:"
    lines = [where, "", *table(results)]
    print("\n".join(lines))
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN, 1)
        PAGE.write_text(before + "\n".join([BEGIN, *lines, END]) + rest.split(END, 1)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
