"""Articles that nobody has worked on can be removed: all of a source that has another name now, or one of two versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from standpoint.cli import main
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.model import TAKEN_DOWN, AnnotationSet, Article
from standpoint.core.project import Project

SOURCES = "sources:\n  - {{id: {0}, name: A diary, match: ['*'], licence: {1}, language: en}}\n"
RAIN = "Rain fell on the roofs of the whole town, and the gutters sang until the morning came."


@pytest.fixture
def project(tmp_path) -> Project:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "mine")]).exit_code == 0
    project = Project(tmp_path / "mine")
    (project.raw / "days.csv").write_text(f'title,text\nWet,"{RAIN}"\nCold,"Frost lay on the pump."\n', encoding="utf-8")
    run(project, "ingest", str(project.raw))
    return project


def run(project: Project, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["--project", str(project.root), *words])
    assert result.exit_code == code, (words, result.output, result.exception)
    return result.output


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "lock" not in path.name}


def test_a_source_with_another_name_is_told_and_read_anew(project):
    project.sources.write_text(SOURCES.format("diary", "CC0-1.0"), encoding="utf-8")
    said = run(project, "ingest", str(project.raw))
    assert "SOURCE-GONE 2 of the texts are articles of 'my-texts', which is no source any more" in said
    assert "`standpoint ingest --remove my-texts PATH`" in said and "0  articles" in said
    before = project.root / "before.yaml"
    before.write_text(SOURCES.format("other", "CC0-1.0").replace("'*'", "'days.csv'"), encoding="utf-8")
    assert "SOURCE-GONE" in run(project, "ingest", str(project.raw), "--sources", str(before))
    project.sources.write_text(SOURCES.format("my-texts", "CC0-1.0"), encoding="utf-8")  # listed, but not in the other file
    assert "SOURCE-GONE" not in run(project, "ingest", str(project.raw), "--sources", str(before))
    project.sources.write_text(SOURCES.format("diary", "CC0-1.0"), encoding="utf-8")
    said = run(project, "ingest", "--remove", "my-texts", str(project.raw))
    assert "2  articles removed" in said and "2  articles\n" in said and "SOURCE-GONE" not in said
    assert {(one.source, one.text is not None) for one in read_articles(project)} == {("diary", True)}
    assert [path.name for path in project.articles.glob("*.jsonl")] == ["diary.jsonl"] and not list(project.withheld.glob("*"))


def test_one_of_two_versions_goes_and_the_group_of_the_other_is_its_own(project):
    (project.raw / "again.csv").write_text(f'title,text\nWet,"{RAIN.replace("morning", "evening")}"\n', encoding="utf-8")
    said = run(project, "ingest", str(project.raw / "again.csv"))
    assert "ARTICLE-CHANGED" in said and "`standpoint ingest --remove ARTICLE`" in said
    both = sorted(one.id for one in read_articles(project) if one.title == "Wet")
    assert {one.group for one in read_articles(project) if one.title == "Wet"} == {both[0]}
    assert "1  articles removed" in run(project, "ingest", "--remove", both[0])
    left = {one.id: one for one in read_articles(project)}
    assert len(left) == 2 and left[both[1]].group == both[1] and left[both[1]].text and both[0] not in left
    assert "0  errors" in run(project, "check")


def test_what_somebody_has_worked_on_or_what_is_not_there_stops_everything(project):
    first, second = read_articles(project)
    path = project.annotations / "reading" / "a01.jsonl"
    known = {"annotator": "a01", "pass_name": "reading", "annotator_kind": "human_trained", "codebook_version": "0.1.0"}
    write_lines(path, [AnnotationSet(article_id=second.id, text_sha256=second.sha256, **known)])
    before = contents(project.root)
    said = run(project, "ingest", "--remove", "my-texts", code=2)
    assert f"somebody has worked on {second.id} (dataset/annotations/reading/a01.jsonl): nothing is removed" in said
    assert "no article, and no source of articles, is called 'theirs'" in run(project, "ingest", "--remove", "theirs", code=2)
    assert "name the raw files" in run(project, "ingest", code=2)
    assert contents(project.root) == before
    assert "1  articles removed" in run(project, "ingest", "--remove", first.id)
    path.unlink()
    stored = project.articles / "my-texts.jsonl"
    gone = [replace(one, metadata={TAKEN_DOWN: "asked"}) for one in read_lines(stored, Article)]
    write_lines(stored, gone)
    assert "was taken down" in run(project, "ingest", "--remove", second.id, code=2)
