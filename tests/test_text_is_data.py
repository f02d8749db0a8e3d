"""Words of articles, names and messages are data wherever they are shown: they are no markup, no formula and no command."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner
from lxml import html
from markdown_it import MarkdownIt
from rich.console import Console

import versioned_project
from nonempty import nonempty
from standpoint.cli import console, main
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import Issue
from standpoint.core.project import Project
from standpoint.core.yaml_files import split_front_matter
from standpoint.dataset.card import table
from standpoint.labelstudio.adjudication import conflict_tasks
from standpoint.labelstudio.feedback import Finding, findings_html
from standpoint.pages.adjudication_page import LIST
from standpoint.release.create import build_project

QUOTE = "<img/src=x/onerror=alert(1)>|**{{7*7}}**"
TITLE = "=1+1 <svg/onload=alert(1)> | {{ 7*7 }} [x](javascript:y) %s -->"
COMMANDS = "\x1b[2J\x1b]0;owned\x07\u202e"


def hostile(number: int) -> str:
    return (
        f"{TITLE} {number}{COMMANDS}\n\n--- &amp; {{% raw %}} The barley of plot {number * 37} failed.{COMMANDS} "
        f"Its {QUOTE}{number} fetched {number + 3} marks a crate, as </script> <!-- any year.\n"
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A project whose articles and source are hostile in each way: built, then with conflicts about its quotes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versioned_project, "text", hostile)
        patch.setitem(versioned_project.SOURCES["sources"][0], "name", "Post <script>alert(2)</script> | {{ 7*7 }}")
        project = versioned_project.make(tmp_path_factory.mktemp("hostile") / "orchard")
    build_project(project, "0.1.0", versioned_project.QUIET)
    versioned_project.edit(project, "", versioned_project.relabelled("crops", "fruit", "grain"), annotators=("m02",))
    return project


def run(project: Project, *words: str) -> str:
    result = CliRunner().invoke(main, ["--project", str(project.root), *words])
    assert result.exit_code in (0, 1), result.output
    return result.stdout


def tags(page: str) -> set[str]:
    return {str(element.tag) for element in html.document_fromstring(page).iter()}


def rendered(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)


DANGEROUS = {"script", "img"}


def test_what_a_terminal_obeys_is_no_part_of_a_text(project):
    articles = list(read_articles(project))
    assert len(articles) == 6 and not any(character in f"{one.title}{one.text}" for one in articles for character in COMMANDS[:1])
    assert all(one.title.startswith(TITLE) and QUOTE in one.text for one in articles)


def test_the_report_of_agreement_shows_words_as_words(project, tmp_path):
    page = tmp_path / "agreement.html"
    run(project, "agree", "--report", str(page), "--resamples", "0")
    text = page.read_text()
    assert not DANGEROUS & tags(text) and QUOTE in html.document_fromstring(text).text_content()


def test_tasks_and_pages_hold_words_as_values(project, tmp_path):
    run(project, "push", "--to", str(tmp_path / "tasks"))
    tasks = json.loads((tmp_path / "tasks" / "reading.json").read_bytes())
    assert len(tasks) == 6 and all(task["data"]["title"].startswith(TITLE) for task in tasks)
    ElementTree.parse(tmp_path / "tasks" / "reading.xml")
    conflicts = list(conflict_tasks(project, "reading", versioned_project.QUIET))
    listed = [conflict for task in nonempty(conflicts) for conflict in task["data"][LIST]]
    assert any(QUOTE in option["value"] for conflict in listed for option in conflict["options"])
    finding = Finding(QUOTE, "SPAN-X", TITLE, "")
    page = findings_html([finding], open_codebook(project)[0])
    assert not DANGEROUS & tags(f"<div>{page}</div>") and "&lt;img" in page


def test_the_card_has_words_as_words_and_whole_tables(project):
    card = (project.release / "README.md").read_text()
    front, body = split_front_matter(card)
    assert yaml.safe_load(front)["configs"]
    assert not DANGEROUS - {"img"} & tags(rendered(body))  # the plots are images
    page = html.document_fromstring(rendered(table([[TITLE, QUOTE, f"{QUOTE}\n\n# no heading"]], "a", "b", "c")))
    assert [cell.text_content() for cell in page.iter("td")][0] == TITLE.replace("[x](javascript:y)", "[x](javascript:y)")
    assert len(list(page.iter("td"))) == 3 and not DANGEROUS & {str(element.tag) for element in page.iter()}
    json.loads((project.release / "croissant.json").read_bytes())


def test_exports_keep_their_fields(project, tmp_path):
    for form in ("brat", "conll", "jsonl"):
        run(project, "export", str(project.release), "--format", form, "--out", str(tmp_path / form))
    for path in nonempty(list((tmp_path / "brat").glob("*/*.ann"))):
        lines = path.read_text().splitlines()
        assert all(len(line.split("\t")) == (3 if line[0] in "T#" else 2) for line in lines) and QUOTE in path.read_text()
    (table,) = (tmp_path / "conll").glob("*.conllu*")
    lines = table.read_text().splitlines()
    width = len(lines[0].split("=")[1].split())
    assert {len(line.split("\t")) for line in lines if line and not line.startswith("# ")} == {width}
    rows = [json.loads(line) for line in (tmp_path / "jsonl" / "articles.jsonl").read_text().splitlines()]
    assert len(rows) == 6 and all(QUOTE in row["text"] for row in rows)


def test_a_diff_in_markdown_shows_quotes_as_quotes(project, tmp_path):
    before = tmp_path / "before"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versioned_project, "text", hostile)
        smaller = versioned_project.make(before / "orchard", size=3)
    build_project(smaller, "0.1.0", versioned_project.QUIET)
    text = run(project, "release", "diff", str(smaller.release), str(project.release), "--markdown", "--all")
    page = rendered(text)
    assert not DANGEROUS & tags(page) and "strong" not in tags(page)
    assert QUOTE in html.document_fromstring(page).text_content()


def test_no_message_commands_the_terminal(tmp_path, monkeypatch):
    drawn = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=drawn, force_terminal=True, width=200, highlight=False, color_system=None))
    task = console.Run(tmp_path)
    task.issue(Issue("a\x1b[2Jb\u202e", "SPAN-X", "[/] two\nlines"))
    task.say("waiting for \x9b31m[red]")
    assert drawn.getvalue() == "a\\x1b[2Jb\\u202e: SPAN-X [/] two\\nlines\nwaiting for \\x9b31m[red]\n"
    with task:  # a title of somebody else's project is a line of progress
        task.progress.live.console = console.err
        task.advance("pull [/b] \x1b[2J", 0, 1)
        assert "pull [/b] \\x1b[2J" in "".join(str(column) for column in [entry.description for entry in task.progress.tasks])


def test_no_result_commands_the_terminal(tmp_path):
    words = [sys.executable, "-c", "from standpoint.cli.console import show; show(['a\\x1b[2J\\tb\\u202e\\nc'])"]
    assert subprocess.run(words, capture_output=True, check=True).stdout == "a\tb\u202e\nc\n".encode()  # click
    ours, theirs = os.openpty()
    try:
        subprocess.run(words, stdout=theirs, check=True)
        assert os.read(ours, 100) == b"a\\x1b[2J\tb\\u202e\r\nc\r\n"
    finally:
        os.close(ours)
        os.close(theirs)


def test_an_error_commands_no_terminal(tmp_path):
    result = CliRunner().invoke(main, ["--project", str(tmp_path / "a\x1b[2Jb"), "split"])
    assert result.exit_code == 2 and "a\\x1b[2Jb" in result.stderr and "\x1b" not in result.stderr
