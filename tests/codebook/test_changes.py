"""The changelog of the guidelines says which annotation sets must be looked at again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from example import EXAMPLE
from standpoint.adjudication.fix import VERSION, differ_by_fixes, fix_annotation_sets
from standpoint.cli import main
from standpoint.codebook.load import KINDS, load_changes, load_codebook
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import AnnotationSet, Choice, Issue, Reporter, Span, StandpointError
from standpoint.core.offsets import Repair
from standpoint.core.project import Project

PROJECT = EXAMPLE
CODEBOOK = load_codebook(PROJECT.codebook)
LOSS = Span(id="s1", layer="events", label="territory.loss", start=0, end=4, quote="fled")
KILL = Span(id="s2", layer="events", label="harm.kill", start=5, end=9, quote="died")


def a_set(annotator: str, *annotations, version: str = "0.1.0", pass_name: str = "facts") -> AnnotationSet:
    known = {"article_id": "courier-2031-05-02-00000000", "annotator_kind": "human_trained", "text_sha256": "0" * 64}
    return AnnotationSet(**known, annotator=annotator, pass_name=pass_name, codebook_version=version, annotations=annotations)


SETS = {
    "facts": [a_set("a01", LOSS, KILL), a_set("a02", KILL), a_set("a03", LOSS, version="1.0.0")],
    "stance": [a_set("a01", Choice(id="c", layer="stance", label="neutral", of="act-000001"), pass_name="stance")],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.guidelines.mkdir()
    shutil.copy(PROJECT.actors, project.actors)
    project.codebook.write_text(
        PROJECT.codebook.read_text(encoding="utf-8").replace(f"version: {CODEBOOK.version}", "version: 1.0.0", 1),
        encoding="utf-8",
    )
    for pass_name, sets in SETS.items():
        for one in sets:
            write_lines(project.annotations / pass_name / f"{one.annotator}.jsonl", [one])
    return project


def versions(project: Project) -> dict[str, str]:
    paths = sorted(project.annotations.glob("*/*.jsonl"))
    return {f"{path.parent.name}/{path.stem}": one.codebook_version for path in paths for one in read_lines(path, AnnotationSet)}


def told(project: Project, *bullets: str, write: bool = False) -> tuple[list[Issue], dict]:
    lines = "\n".join(f"- {bullet}" for bullet in bullets)
    project.guidelines_changelog.write_text(f"# Changelog\n\n## 1.0.0\n\n{lines}\n\n## 0.1.0\n\n- **wording**: first.\n")
    issues: list[Issue] = []
    counts = fix_annotation_sets(project, write, Reporter(issue=issues.append))
    return [issue for issue in issues if issue.code != "FIX-NO-TEXT"], counts  # the project has no articles


OLD = {"facts/a01", "facts/a02", "stance/a01"}
CASES = {
    "wording": (["**wording**: shorter."], set()),
    "narrowed": (["**meaning narrowed** `events/territory.loss`: only in disorder."], {"facts/a01"}),
    "retired": (["**label retired** `events/territory.loss`: gone."], {"facts/a01"}),
    "widened": (["**meaning widened** `events/territory.loss`: also plans."], {"facts/a01", "facts/a02"}),
    "added": (["**label added** `events/harm.kill`: new."], {"facts/a01", "facts/a02"}),
    "changed, of the other pass": (["**meaning changed** `stance`: of the headline only."], {"stance/a01"}),
    "two of them": (["**meaning narrowed** `events/harm.kill`: a.", "**meaning changed** `stance/neutral`: b."], OLD),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_a_change_concerns_is_listed_and_a_dry_run_changes_nothing(case, project):
    bullets, expected = CASES[case]
    before = versions(project)
    issues, counts = told(project, *bullets)
    assert {"/".join(issue.where.split()[1:]) for issue in issues} == expected
    assert {(issue.code, issue.level) for issue in issues} <= {("SET-REVISIT", "note")}
    assert counts["sets to review"] == len(expected) and counts["sets of this codebook version"] == 1
    assert counts["sets to bring to this version"] == len(OLD - expected)
    assert versions(project) == before


def test_fix_brings_the_others_to_this_version_and_again_changes_nothing(project):
    bullet = "**meaning narrowed** `events/territory.loss`: only in disorder."
    _, counts = told(project, bullet, write=True)
    assert counts["sets brought to this version"] == counts["files changed"] == 2
    records = [(item.set, item.fault, item.before, item.after) for item in read_lines(project.fixed, Repair)]
    versions_of = ({"codebook_version": "0.1.0"}, {"codebook_version": "1.0.0"})
    assert records == [(f"courier-2031-05-02-00000000 {where}", VERSION, *versions_of) for where in ("facts a02", "stance a01")]
    after = {"facts/a01": "0.1.0", "facts/a02": "1.0.0", "facts/a03": "1.0.0", "stance/a01": "1.0.0"}
    assert versions(project) == after
    _, counts = told(project, bullet, write=True)
    assert (counts["sets brought to this version"], counts["sets to review"]) == (0, 1) and versions(project) == after


def test_without_an_entry_the_user_is_told_that_nothing_is_reviewed(project):
    issues: list[Issue] = []
    counts = fix_annotation_sets(project, False, Reporter(issue=issues.append))
    assert counts["sets to bring to this version"] == len(OLD)
    assert [(issue.where, issue.level) for issue in issues if issue.code == "FIX-NO-CHANGES"] == [
        ("guidelines/CHANGELOG.md", "note")
    ]
    assert "FIX-NO-CHANGES" not in {issue.code for issue in told(project, "**wording**: x.")[0]}


def test_a_set_that_is_newer_than_the_codebook_is_an_error(project):
    write_lines(project.annotations / "facts" / "a04.jsonl", [a_set("a04", version="1.0.10")])
    issues, _ = told(project, "**wording**: x.")
    assert [(issue.code, issue.level) for issue in issues] == [("SET-NEWER", "error")]


BAD = {
    "no kind": ("- territory.loss is wider now.", "no kind of change"),
    "another kind": ("- **meaning bettered** `events`: x.", "no kind of change"),
    "of nothing": ("- **meaning narrowed**: x.", "no kind of change"),
    "wording of something": ("- **wording** `events`: x.", "no kind of change"),
    "no layer": ("- **meaning narrowed** `happenings`: x.", "no layer is called 'happenings'"),
    "no label": ("- **meaning narrowed** `events/territory.los`: x.", "no label 'territory.los'"),
    "no version": ("## next\n\n- **wording**: x.", "'next' is not a version"),
    "not this version": ("## 0.0.9\n\n- **wording**: x.", f"no entry for {CODEBOOK.version}"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_line_that_cannot_be_read_is_one_line_with_its_place(case, tmp_path):
    text, expected = BAD[case]
    path = tmp_path / "CHANGELOG.md"
    path.write_text(text if text.startswith("##") else f"# C\n\n## {CODEBOOK.version}\n\n{text}\n")
    with pytest.raises(StandpointError, match=expected) as caught:
        load_changes(path, CODEBOOK)
    assert "\n" not in caught.value.message


def test_sets_that_their_annotators_have_reviewed_get_the_version_and_keep_it(project):
    narrowed = "**meaning narrowed** `events/harm.kill`: deaths only."
    told(project, narrowed)  # writes the changelog
    listed = {"facts/a01": "0.1.0", "facts/a02": "0.1.0"}
    assert listed.items() <= versions(project).items()
    with pytest.raises(StandpointError, match="--reviewed a09: no annotation set is by a09"):
        fix_annotation_sets(project, True, Reporter(), reviewed=("a09",))
    issues: list[Issue] = []
    fix_annotation_sets(project, True, Reporter(issue=issues.append), reviewed=("a02",))
    assert [issue.where for issue in issues if issue.code == "SET-REVISIT"] == ["courier-2031-05-02-00000000 facts a01"]
    assert versions(project).items() >= {"facts/a01": "0.1.0", "facts/a02": "1.0.0"}.items()
    (repair,) = (item for item in read_lines(project.fixed, Repair) if item.set.endswith("facts a02"))
    pulled, stored = SETS["facts"][1], next(iter(read_lines(project.annotations / "facts/a02.jsonl", AnnotationSet)))
    assert repair.fault == VERSION and differ_by_fixes(pulled, stored, [repair], same=True)  # so no pull takes it back


def test_the_command_says_how_a_review_ends(project):
    told(project, "**meaning narrowed** `events/harm.kill`: deaths only.")
    command = ["--project", str(project.root), "fix"]
    assert "standpoint fix --write --reviewed ANNOTATOR" in CliRunner().invoke(main, command).output
    assert "--reviewed" not in CliRunner().invoke(main, [*command, "--write", "--reviewed", "a01,a02"]).output


def test_the_project_s_changelog_can_be_read_and_explains_every_kind():
    assert load_changes(PROJECT.guidelines_changelog, CODEBOOK)
    text = PROJECT.guidelines_changelog.read_text(encoding="utf-8")
    assert all(f"**{kind}**" in text for kind in KINDS)


def test_a_retired_label_is_reviewed_only_where_no_label_replaces_it(project):
    text = project.codebook.read_text(encoding="utf-8")
    for successor, listed in (("territory.retreat", set()), ("", {"facts/a01"})):
        name = "territory.retreat" if successor else "territory.gain"
        renamed = text.replace("- name: territory.loss\n", f"- name: {name}\n").replace("label: territory.loss", f"label: {name}")
        retired = f"  - name: events\n    retired: {{territory.loss: '{successor}'}}\n"
        project.codebook.write_text(renamed.replace("  - name: events\n", retired), encoding="utf-8")
        issues, _ = told(project, "**label retired** `events/territory.loss`: gone.")
        assert {"/".join(issue.where.split()[1:]) for issue in issues if issue.code == "SET-REVISIT"} == listed
