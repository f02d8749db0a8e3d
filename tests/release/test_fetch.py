"""Texts restored from pinned public copies: over the web and with git, from a CSV file, pages and JSON Lines; each file checked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasets import load_dataset
from test_hydrate import build

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from example import EXAMPLE
from local_copies import Host, serving_copies
from standpoint.cli import main
from standpoint.core.corpus import read_articles
from standpoint.core.model import StandpointError
from standpoint.core.project import Project
from standpoint.ingest.ingest import ingest_paths
from standpoint.release.pinned_copies import load_copies, safe_path
from whole_projects import HARVEST, VALLEYS, harvest_set, new_project, strict

SOURCES = """sources:
  - {id: gazette, name: The Gazette, match: [all.csv], where: {source: gazette}, licence: all rights reserved, language: en,
     columns: {title: article_title, text: article_content, source: source, published: date}, dates: MDY}
  - {id: radio, name: The Radio, match: [all.csv], where: {source: radio}, licence: all rights reserved, language: en,
     columns: {title: article_title, text: article_content, source: source, published: date}, dates: MDY}
  - {id: pages, name: The Pages, match: ["VALLEY-*.xhtml"], licence: CC-BY-4.0, stand_off: true, language: en}
  - {id: wire, name: The Wire, match: ["The Wire/documents.json"], licence: all rights reserved, language: en,
     columns: {url: sourceUrl, source: sourceName}}
"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>
<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/"/><meta name="DC.date" content="2031-05-{day:02}"/>
<title>VALLEY-{number}</title></head><body>{body}</body></html>"""


def report(number: int) -> tuple[str, str]:
    valley = VALLEYS[number % len(VALLEYS)]
    about = f"Report {number} came from {valley} by rider. The mayor, شريف, read it to the café."
    return f"Harvest in {valley}, report {number}", f"{HARVEST[number % 3].format(valley)} {about}"


def repositories() -> dict[str, dict[str, bytes]]:
    """The files of three repositories, in the layouts of public corpora."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["unit_id", "article_title", "article_content", "source", "date", ""])
    for number in range(8):
        rows.writerow([number, *report(number), ("gazette", "radio")[number % 2], f"5/{number + 1}/2031", ""])
    pages = {}
    for number in range(8, 14):
        title, text = report(number)
        pages[f"dev/VALLEY-{number}.xhtml"] = PAGE.format(
            number=number, day=number, body=f"<p>{title}.</p><p>{text}</p>"
        ).encode()
    lines = [
        {
            "_id": str(number),
            "title": report(number)[0],
            "text": report(number)[1],
            "sourceName": "The Wire",
            "sourceUrl": f"https://wire.example/{number}",
        }
        for number in range(14, 20)
    ]
    wire = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    return {
        "table": {"data/raw/all.csv": table.getvalue().encode(), "README.md": b"A table."},
        "pages": pages,
        "wire": {"The Wire/documents.json": wire, "The Wire/entities.json": b"{}\n"},
    }


def run(*words: object, code: int | None = 0) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert code is None or result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def host(tmp_path_factory) -> Iterator[Host]:
    with serving_copies(tmp_path_factory.mktemp("host")) as serving:
        yield serving


@pytest.fixture(scope="module")
def commits(host) -> dict[str, str]:
    return {name: host.add(name, files) for name, files in repositories().items()}


@pytest.fixture(scope="module")
def project(host, commits, tmp_path_factory) -> Project:
    """Twenty articles, all withheld, with their copies pinned, and a release."""
    made = new_project(tmp_path_factory.mktemp("fetch") / "harvest", ANOTHER_CODEBOOK)
    made.sources.write_text(SOURCES)
    made.annotators.write_text("annotators:\n  - {id: t01, kind: human_trained}\n  - {id: t02, kind: human_trained}\n")
    reporter, told = strict()
    ingest_paths(
        made, [host.folder / "table" / "data", host.folder / "pages" / "dev", host.folder / "wire"], made.sources, reporter
    )
    found = list(read_articles(made))
    assert len(found) == 20, told
    for name, below in (("table", "data/raw"), ("pages", ""), ("wire", "")):
        words = ["--repository", f"{host.url}/git/{name}.git", "--commit", commits[name], "--licence", "see its README"]
        mirror = ["--mirror", f"{host.url}/raw/{name}/{{commit}}/{{path}}"] if name != "pages" else []
        said = run("--project", made.root, "release", "copies", host.folder / name / below, "--below", below, *words, *mirror)
        assert f"{20 - {'table': 8, 'pages': 6, 'wire': 6}[name]} articles of the project are in no file of it" in said
    build(made, (harvest_set(article, name, another_codebook()) for name in ("t01", "t02") for article in found))
    return made


@pytest.fixture(autouse=True)
def whole(host) -> None:
    host.asked.clear()
    host.answers.clear()
    host.git = True


def restored(folder: Path, cache: Path) -> int:
    rows = load_dataset(str(folder), split="train+validation+test", cache_dir=str(cache))
    assert all(row["text_status"] != "restored" or "Report" in row["text"] for row in rows)
    return sum(row["text_status"] == "restored" for row in rows)


def test_all_texts_are_restored_and_a_second_run_asks_nobody(project, host, tmp_path):
    words = ["hydrate", project.release, "--fetch", "--cache", tmp_path / "cache"]
    assert "20  restored" in run(*words, "--out", tmp_path / "one")
    assert restored(tmp_path / "one", tmp_path / "datasets") == 20
    assert host.asked["data/raw/all.csv"] == host.asked["The Wire/documents.json"] == 1 and host.asked["git"] > 0
    host.asked.clear()
    host.git = False
    assert "20  restored" in run(*words, "--out", tmp_path / "two")
    assert not host.asked
    run("hydrate", tmp_path / "two", "--undo", "--out", tmp_path / "again")
    assert (tmp_path / "again" / "SHA256SUMS").read_bytes() == (project.release / "SHA256SUMS").read_bytes()


def test_the_release_has_addresses_and_hashes_and_no_words(project, host, commits):
    assert (project.release / "copies.yaml").read_bytes() == project.copies.read_bytes()
    pinned = {one.repository.rpartition("/")[2]: one for one in load_copies(project.release / "copies.yaml").copies}
    assert {name: len(one.files) for name, one in pinned.items()} == {"pages.git": 6, "table.git": 1, "wire.git": 1}
    (table,) = pinned["table.git"].files
    assert (table.path, table.articles, pinned["table.git"].commit) == ("data/raw/all.csv", 8, commits["table"])
    assert "Report" not in project.copies.read_text()


def test_what_was_fetched_before_a_kill_is_not_fetched_again(project, host, tmp_path):
    words = ["hydrate", project.release, "--fetch", "--cache", tmp_path / "cache"]
    run(*words, "--out", tmp_path / "one")
    kept = sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    next(path for path in kept if path.name == "all.csv").unlink()
    next(path for path in kept if path.name == "documents.json").write_bytes(b"half of")
    host.asked.clear()
    assert "20  restored" in run(*words, "--out", tmp_path / "two")
    assert host.asked == {"data/raw/all.csv": 1, "The Wire/documents.json": 1}


@pytest.mark.parametrize("answer", [404, b"other words", 503, 429])
def test_another_way_is_tried_where_one_fails(answer, project, host, tmp_path):
    host.answers["data/raw/all.csv"] = [answer] * 9
    said = run("hydrate", project.release, "--fetch", "--cache", tmp_path / "cache", "--out", tmp_path / "out")
    assert "20  restored" in said and "COPY-UNREACHABLE" not in said
    assert host.asked["data/raw/all.csv"] == (4 if answer in (429, 503) else 1)


def test_a_server_that_asks_to_wait_is_asked_again(project, host, tmp_path):
    host.answers["data/raw/all.csv"] = [429, 503]
    host.git = False
    said = run("hydrate", project.release, "--fetch", "--cache", tmp_path / "cache", "--out", tmp_path / "out", code=1)
    assert "14  restored" in said and host.asked["data/raw/all.csv"] == 3  # the pages have no web address


def test_what_cannot_be_fetched_is_told_and_the_rest_is_restored(project, host, tmp_path):
    host.answers["data/raw/all.csv"] = [b"other words, changed since"]
    host.git = False
    said = run("hydrate", project.release, "--fetch", "--cache", tmp_path / "cache", "--out", tmp_path / "out", code=1)
    assert "/git/table.git@" in said and "COPY-UNREACHABLE could not be fetched: " in said and "bytes came, and" in said
    assert "no web address is known; git fetch: " in said and "Traceback" not in said
    assert "6  restored" in said and "14  missing" in said
    own = ["--from", host.folder / "table", "--from", host.folder / "pages"]
    assert "20  restored" in run(
        "hydrate", project.release, "--fetch", *own, "--cache", tmp_path / "cache", "--out", tmp_path / "out"
    )


def test_links_are_looked_at_without_their_contents(project, host, tmp_path):
    said = run("hydrate", project.release, "--check-links")
    assert f"git {host.url}/git/pages.git" in said and "/raw/wire/" in said
    host.answers["The Wire/documents.json"] = [404]
    said = run("hydrate", project.release, "--check-links", code=1)
    assert "HTTP 404" in said


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/passwd", "a//b", ".git/config", "a\\b", "C:x", "a/.", "nul\0", "", "x."]
)
def test_no_path_leads_out_of_the_cache(path):
    with pytest.raises(StandpointError, match="is not the path of a file in a repository"):
        safe_path(path)


@pytest.mark.parametrize(
    "words, problem",
    [
        (["--repository", "git@host:x.git", "--commit", "a" * 40], "has no web address"),
        (["--repository", "https://host/x.git", "--commit", "main"], "is not a whole id"),
        (["--repository", "https://host/x.git", "--commit", "a" * 40, "--mirror", "https://m/{branch}"], "is not understood"),
    ],
)
def test_what_cannot_be_pinned_is_refused_and_nothing_is_written(words, problem, project, host):
    before = project.copies.read_bytes()
    said = run("--project", project.root, "release", "copies", host.folder / "wire", *words, "--licence", "x", code=2)
    assert problem in said and project.copies.read_bytes() == before


def test_a_release_without_pins_says_so(tmp_path):
    release = EXAMPLE.release
    assert "pins no public copies" in run("hydrate", release, "--fetch", "--out", tmp_path / "out", code=2)
    assert "pins no public copies" in run("hydrate", release, "--check-links", code=2)
    for words in (["--fetch", "--undo"], ["--fetch", "--check-links"], [], ["--fetch"]):
        assert "Usage: " in run("hydrate", release, *words, code=2)
