"""The verb check on files: each bad line, and each bad release, is found under its code; and nothing above it is asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import datasets
import pytest
from click.testing import CliRunner

from faulty_project import data, fault_of
from faulty_project_files import adjudicated, put, released, tamper, told, written
from standpoint.checks.run import check_project
from standpoint.checks.table import all_checks
from standpoint.checks.table import checks_page as page
from standpoint.cli import main
from standpoint.core.files import write_lines
from standpoint.core.model import Reporter
from standpoint.core.project import Project
from two_pass_article import BAD

IN_FILES = sorted(path.stem for path in BAD.iterdir() if path.suffix not in (".json", ".toml"))  # .toml: release/test_past.py
WHOLE_FILES = ("FILE-STRAY", "FILE-OPEN", "WITHHELD-QUOTE", "WITHHELD-WORDS", "WITHHELD-UNREAD")
IN_RELEASES = sorted(path.stem for path in BAD.glob("RELEASE-*.json"))


@pytest.fixture(scope="session")
def small_release(tmp_path_factory) -> Path:
    """A release of three articles: do not write into it."""
    out = tmp_path_factory.mktemp("quay") / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
        released(adjudicated(), out)
    return out


@pytest.fixture
def faultless_project(tmp_path, small_release) -> Project:
    """The project of that release, without a fault."""
    made = written(adjudicated(), tmp_path)
    shutil.copytree(small_release, made.release)
    return made


def run(project: Project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), "check", *words])


def test_a_good_project_and_its_release_have_no_issue(faultless_project):
    assert told(faultless_project) == []


@pytest.mark.parametrize("code", IN_FILES)
def test_a_bad_line_is_found_with_its_file_and_line(code, faultless_project):
    put(code, faultless_project)
    issues = told(faultless_project)
    assert {(issue.code, issue.level) for issue in issues} == {(code, all_checks()[code].level)}, issues
    path, _, number = issues[0].where.split()[0].partition(":")
    assert (faultless_project.root / path).exists() and number.isdecimal() == (code not in WHOLE_FILES)


@pytest.mark.parametrize("code", IN_RELEASES)
def test_a_bad_release_is_found_and_nothing_else(code, faultless_project):
    fault = fault_of(code)
    made = adjudicated(fault.get("articles", 3))
    rows = [row._replace(split=fault.get("splits", {}).get(row.article_id, row.split)) for row in made.rows]
    written(made._replace(rows=rows), faultless_project.root)
    tamper(faultless_project, fault)
    issues = told(faultless_project)
    assert {(issue.code, issue.level) for issue in issues} == {(code, all_checks()[code].level)}, issues


def test_what_failed_in_a_file_is_not_checked_further_and_that_is_counted(faultless_project):
    put("FILE-JSON", faultless_project)
    result = run(faultless_project)
    assert result.exit_code == 1
    assert "1  files not checked further" in result.stdout and "3  annotation sets\n" in result.stdout  # those of the stance pass
    shutil.copy(BAD / "ARTICLE-LICENCE.jsonl", faultless_project.articles / "courier.jsonl")
    assert {issue.code for issue in told(faultless_project)} == {"FILE-JSON", "ARTICLE-LICENCE"}
    assert (
        "0  articles\n" in run(faultless_project).stdout
        and "3  annotation sets not checked further" in run(faultless_project).stdout
    )


def test_a_release_is_not_asked_where_something_before_has_an_error(faultless_project):
    tamper(faultless_project, fault_of("RELEASE-SUMS"))
    put("SPLIT-ORDER", faultless_project)
    assert {issue.code for issue in told(faultless_project)} == {"SPLIT-ORDER"}


def test_a_project_without_a_release_has_nothing_wrong_with_it(faultless_project):
    shutil.rmtree(faultless_project.release)
    assert told(faultless_project) == []


def test_inside_other_verbs_what_was_built_before_is_not_looked_at(faultless_project):
    tamper(faultless_project, fault_of("RELEASE-SUMS"))
    write_lines(faultless_project.adjudicated / "courier.jsonl", data(fault_of("ADJUDICATED-TEXT")).adjudicated)
    counts = check_project(faultless_project, Reporter())
    assert counts == {"articles": 3, "annotation sets": 6, "adjudicated sets": 0, "errors": 0, "notes": 0}
    assert {issue.code for issue in told(faultless_project)} == {"ADJUDICATED-TEXT"}


def test_notes_do_not_fail_and_errors_do(faultless_project):
    put("FILE-END", faultless_project)
    assert run(faultless_project).exit_code == 0
    put("FILE-ORDER", faultless_project)
    assert run(faultless_project).exit_code == 1


def test_what_is_selected_or_ignored_is_what_is_told_and_counted(faultless_project):
    put("FILE-ORDER", faultless_project)
    shutil.copy(BAD / "FILE-STRAY.txt", faultless_project.annotations / "notes.txt")
    assert {issue.code for issue in told(faultless_project)} == {"FILE-ORDER", "FILE-STRAY"}
    assert {issue.code for issue in told(faultless_project, select=["FILE-STRAY"])} == {"FILE-STRAY"}
    assert {issue.code for issue in told(faultless_project, ignore=["FILE-ORDER"])} == {"FILE-STRAY"}
    assert run(faultless_project, "--ignore", "FILE").exit_code == 0 and run(faultless_project, "--select", "file").exit_code == 1
    refused = run(faultless_project, "--select", "FILE-ODER")
    assert refused.exit_code == 2 and refused.stdout == ""


def test_json_is_one_object_an_issue_on_standard_output(faultless_project):
    put("FILE-ORDER", faultless_project)
    result = run(faultless_project, "--json")
    (found,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1 and list(found) == ["code", "level", "scope", "where", "message", "rule", "fix"]
    assert found["code"] == "FILE-ORDER" and found["where"] == "dataset/annotations/facts/a01.jsonl:2 courier-2031-05-04-3b205afd"
    assert (found["level"], found["scope"]) == ("error", "file") and found["message"] == told(faultless_project)[0].message


def test_a_flood_is_capped_and_can_be_seen_whole(faultless_project):
    path = faultless_project.splits / "default.tsv"
    path.write_text(path.read_text() + "".join(f"z-{number}\tnowhere-{number}\t\t\t\t\n" for number in range(25)))
    capped = run(faultless_project)
    assert capped.exit_code == 1 and capped.stderr.count("SPLIT-FIELDS") == 11 and "and 15 more SPLIT-FIELDS" in capped.stderr
    assert run(faultless_project, "--all").stderr.count(": SPLIT-FIELDS ") == 25
    assert len(run(faultless_project, "--json").stdout.splitlines()) == 25


def test_one_cause_is_told_once_with_its_places_and_its_remedy(faultless_project):
    for number in range(25):
        (faultless_project.annotations / f"{number:02}.txt").touch()
    told_once = run(faultless_project)
    assert told_once.stderr.splitlines() == [
        "note: dataset/annotations/00.txt: FILE-STRAY no command reads it",
        "  and 24 more: dataset/annotations/01.txt, dataset/annotations/02.txt, …",
        f"  rule: {all_checks()['FILE-STRAY'].rule}",
        f"  fix: {all_checks()['FILE-STRAY'].fix}",
    ]
    assert told_once.exit_code == 0 and "25  notes" in told_once.stdout
    every = run(faultless_project, "--all").stderr.splitlines()
    rule = "rule: each file in the data folders is read by a command"
    assert every[:-1] == [f"note: dataset/annotations/{n:02}.txt: FILE-STRAY no command reads it; {rule}" for n in range(25)]
    assert every[-1] == f"fix of FILE-STRAY: {all_checks()['FILE-STRAY'].fix}"
    by_root = CliRunner().invoke(main, ["--project", str(faultless_project.root), "--every-issue", "check"])
    assert by_root.stderr.splitlines() == every
    assert len(run(faultless_project, "--json").stdout.splitlines()) == 25


def test_the_reference_page_is_written_and_a_stale_one_is_told(faultless_project):
    path = faultless_project.root / "checks.md"
    assert run(faultless_project, "--reference", str(path), "--check").exit_code == 1 and not path.exists()
    assert run(faultless_project, "--reference", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == page()
    assert run(faultless_project, "--reference", str(path), "--check").exit_code == 0
    path.write_text("old")
    assert run(faultless_project, "--reference", str(path), "--check").exit_code == 1 and path.read_text() == "old"
    assert run(faultless_project, "--check").exit_code == 2
