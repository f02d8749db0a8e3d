"""Versions yanked, and articles taken down: what is said, what stays, and that no word of the article is left."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
from contextlib import closing

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

import versioned_project
from nonempty import nonempty
from standpoint.adjudication import article_tasks
from standpoint.cli import main
from standpoint.codebook import load
from standpoint.core.corpus import read_articles
from standpoint.core.files import read_lines, write_lines
from standpoint.core.history import HEADER, read_history
from standpoint.core.model import Article, Reporter, StandpointError
from standpoint.ingest.ingest import ingest_paths
from standpoint.release.compare import read_article_records
from standpoint.release.create import SAME_BYTES, rebuild_version
from standpoint.release.create import create_release as release
from standpoint.release.takedown import take_down
from standpoint.release.versions import mark_yanked as yank
from versioned_project import git

DAY = "2031-08-01"


def run(project, *words: str):
    return CliRunner().invoke(main, ["--project", str(project.root), *words])


def test_a_yanked_version_says_so_stays_and_the_next_release_carries_it(one_release, project_of_two_releases, capfd):
    before = [row.yanked for row in read_history(project_of_two_releases.versions)]
    assert run(project_of_two_releases, "release", "yank", "v0.1.0", "--reason", "two labels\twere swapped").exit_code == 0
    assert before == ["", ""] and [row.yanked for row in read_history(project_of_two_releases.versions)] == [
        "two labels were swapped",
        "",
    ]
    text = project_of_two_releases.release_changelog.read_text()
    assert "## 0.1.0 (2031-06-01)\n\n**Yanked:** two labels were swapped\n\nFirst fruits." in text
    assert git(project_of_two_releases, "tag").split() == ["v0.1.0", "v0.2.0"]
    published = run(
        project_of_two_releases, "release", "publish", "veld/orchard", "--dry-run", "--from", str(one_release.release)
    )
    assert published.exit_code == 2 and "0.1.0 is yanked: two labels were swapped" in published.output + capfd.readouterr().err
    versioned_project.commit(project_of_two_releases)
    release(project_of_two_releases, "0.2.1", DAY, versioned_project.QUIET)
    assert "**Yanked:** two labels were swapped" in (project_of_two_releases.release / "CHANGELOG.md").read_text()
    out, how = rebuild_version(
        project_of_two_releases, "0.1.0", None, versioned_project.QUIET
    )  # who has built on it can still have it
    assert how == SAME_BYTES


def test_a_yank_is_taken_back_and_said_once(project_of_two_releases):
    before = project_of_two_releases.release_changelog.read_text(), project_of_two_releases.versions.read_text()
    for reason in ("wrong", "quite wrong"):
        run(project_of_two_releases, "release", "yank", "0.1.0", "--reason", reason)
    assert project_of_two_releases.release_changelog.read_text().count("**Yanked:**") == 1
    run(project_of_two_releases, "release", "yank", "0.1.0", "--undo")
    assert (project_of_two_releases.release_changelog.read_text(), project_of_two_releases.versions.read_text()) == before


def test_what_was_never_released_is_not_yanked(project_of_one_release):
    with pytest.raises(StandpointError, match="no such version"):
        yank(read_history(project_of_one_release.versions), "0.3.0", "why")
    assert (
        run(project_of_one_release, "release", "yank", "0.1.0").exit_code
        == run(project_of_one_release, "release", "yank", "0.1.0", "--undo", "--reason", "x").exit_code
        == 2
    )


@pytest.mark.parametrize(
    "line, words",
    [
        ("0.1.0\t2031\tabc", ":2: 3 fields, should be"),
        ("0.1.0\t2031\tabc\tdef\t\n0.1.0\t2031\tabc\tdef\t", ":3: 0.1.0 after 0.1.0"),
        ("first\t2031\tabc\tdef\t", ":2: version 'first' is not MAJOR.MINOR.PATCH"),
    ],
)
def test_a_broken_history_is_refused_with_its_line(tmp_path, line, words):
    path = tmp_path / "versions.tsv"
    path.write_text("\t".join(HEADER) + f"\n{line}\n")
    with pytest.raises(StandpointError, match=words):
        read_history(path)


def words_of(article: Article) -> list[str]:
    """Strings of an article of the orchard that stand nowhere else."""
    price = article.text.split("fetched ")[1].split(" ")[0]
    return [article.text.split("Its ")[1].split(" ")[0], f"{price} marks", f"plot {article.text.split('plot ')[1].split(' ')[0]}"]


def everything(*folders) -> bytes:
    """The bytes of all files, Parquet as text."""
    import pyarrow.parquet as pq

    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\n".join(
        str(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes() for path in paths
    )


def test_an_article_that_is_taken_down_leaves_its_id_and_labels_and_no_word_of_it(project_of_one_release):
    article = next(
        one for one in read_articles(project_of_one_release) if one.id == versioned_project.released(project_of_one_release)[0]
    )
    raw = next(path for path in project_of_one_release.raw.iterdir() if path.read_text().startswith(article.title))
    issues = []
    take_down(project_of_one_release, article.id, "its author asked", DAY, Reporter(issue=issues.append))
    assert [(issue.code, issue.where, issue.level) for issue in issues] == [
        ("TAKEDOWN-RAW", f"dataset/raw/{raw.name}", "error"),
        ("TAKEDOWN-LEFT", "dataset/release", "error"),
        ("TAKEDOWN-LEFT", "git", "note"),
        ("TAKEDOWN-LEFT", "versions 0.1.0", "note"),
    ]
    raw.unlink()
    versioned_project.commit(project_of_one_release)
    release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    record = next(item for item in read_article_records(project_of_one_release.release) if item.id == article.id)
    row = record.document
    assert row["text_status"] == "taken_down" and row["sha256"] == article.sha256
    assert not any(row[name] for name in ("text", "title", "url", "mask", "sentence_sha256", "remark"))
    assert [item["label"] for item in row["crops"]] == ["grain", "fruit"] and not any(
        item["quote"] for item in nonempty(row["crops"])
    )
    assert [len(one["spans"]) for one in record.sets] == [3, 3]
    left = everything(project_of_one_release.root / "dataset", project_of_one_release.splits)
    for words in (article.title, *words_of(article)):
        assert words.encode() not in left, words
    assert f"Taken down: {article.id}." in project_of_one_release.release_changelog.read_text()
    out = project_of_one_release.root / "exported"
    exported = run(project_of_one_release, "export", str(project_of_one_release.release), "--format", "jsonl", "--out", str(out))
    assert exported.exit_code == 0 and "1  articles left out: taken down" in exported.output
    assert len(versioned_project.released(project_of_one_release)) == len((out / "articles.jsonl").read_text().splitlines()) + 1


def test_the_change_feed_does_not_say_again_what_was_taken_down(project_of_one_release):
    article = next(iter(read_articles(project_of_one_release)))
    take_down(project_of_one_release, article.id, "its author asked", DAY, versioned_project.QUIET)
    next(path for path in project_of_one_release.raw.iterdir() if path.read_text().startswith(article.title)).unlink()
    versioned_project.commit(project_of_one_release)
    release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    feed = run(project_of_one_release, "release", "diff", "0.1.0", "0.2.0", "--json").stdout
    assert '"text":["(taken down)",null]' in feed and article.title not in feed
    assert not any(words in feed for words in nonempty(words_of(article)))


def test_a_taken_down_article_is_not_read_again_and_a_second_run_changes_nothing(project_of_one_release):
    article = next(iter(read_articles(project_of_one_release)))
    take_down(project_of_one_release, article.id, "its author asked", DAY, versioned_project.QUIET)
    issues = []
    counts = ingest_paths(
        project_of_one_release, [project_of_one_release.raw], project_of_one_release.sources, Reporter(issue=issues.append)
    )
    assert [issue.where for issue in issues if issue.code == "ARTICLE-TAKEN-DOWN"] == [article.id]
    assert counts["records"] == counts["articles"] + counts["duplicates"] + counts["record_refused"] + counts["taken_down"]
    told = Reporter(issue=issues.append)
    assert (
        len(
            list(
                article_tasks.article_tasks(
                    project_of_one_release, "reading", 0.0, told, load.open_codebook(project_of_one_release)[0]
                )
            )
        )
        == 5
        and not told.levels["error"]
    )
    (now,) = [one for one in read_articles(project_of_one_release) if one.id == article.id]
    assert now.text is None and now.metadata["taken_down"] == DAY
    assert take_down(project_of_one_release, article.id, "again", "2031-09-09", versioned_project.QUIET).total() == 0


def test_a_text_of_the_local_store_goes_too_and_copies_are_told(project_of_one_release):
    path = next(project_of_one_release.articles.glob("*.jsonl"))
    articles = list(read_lines(path, Article))
    group = articles[0].id
    write_lines(path, [replace(articles[0], text=None), replace(articles[1], group=group), *articles[2:]])
    write_lines(project_of_one_release.withheld / path.name, [replace(articles[0], text="Hidden words.")])
    issues = []
    take_down(project_of_one_release, articles[0].id, "why", DAY, Reporter(issue=issues.append))
    assert (project_of_one_release.withheld / path.name).read_text() == ""
    assert ("TAKEDOWN-COPY", articles[1].id) in [(issue.code, issue.where) for issue in issues]


def has(path, words: str) -> bool:
    """Whether a file has the words, in whatever way they are written there."""
    import pyarrow.parquet as pq

    if path.suffix == ".parquet":
        return words in str(pq.read_table(path).to_pylist())
    content = path.read_bytes()
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return words.encode() in content


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]


def test_each_file_that_still_has_a_rare_word_is_named(project_of_one_release):
    project = project_of_one_release
    article = next(one for one in read_articles(project) if one.id == versioned_project.released(project)[0])
    rare = words_of(article)[0]
    raw = next(path for path in project.raw.iterdir() if path.read_text().startswith(article.title))
    for form in ("jsonl", "brat"):
        out = project.root / "exports" / form
        assert run(project, "export", str(project.release), "--format", form, "--out", str(out)).exit_code == 0
    assert run(project, "push", "--to", str(project.root / "tasks")).exit_code == 0
    assert run(project, "agree", "--report", str(project.root / "agreement.html")).exit_code == 0
    page = next((project.root / "tasks").glob("*.json")).read_bytes()
    written = {
        project.pulled / "7" / "000000.jsonl": page,
        project.backup_pages / "7" / "000000.jsonl": page,
        project.backups / "monday.jsonl.gz": gzip.compress(page),
        project.rebuilt / "0.1.0" / "README.md": article.text.encode(),
        project.root / "notes" / "copy.txt": article.text.encode(),
        project.root / "notes" / "escaped.json": json.dumps({"text": article.text}).encode(),
        project.root / "notes" / "packed": gzip.compress(article.text.encode()),
        project.root / "notes" / "other.txt": b"nothing of it",
    }
    for path, content in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    project.server.mkdir(parents=True)
    with closing(sqlite3.connect(project.server / "label_studio.sqlite3")) as database, database:
        database.execute("CREATE TABLE task (data TEXT)")
        database.execute("INSERT INTO task VALUES (?)", (page.decode(),))
    assert sum(has(path, rare) for path in files_below(project.root)) > 12

    issues = []
    counts = take_down(project, article.id, "its author asked", DAY, Reporter(issue=issues.append))
    named = {issue.where for issue in issues if issue.code in ("TAKEDOWN-LEFT", "TAKEDOWN-RAW") and issue.level == "error"}
    left = {path.relative_to(project.root).as_posix() for path in files_below(project.root) if has(path, rare)}
    assert left and all(name in named or name.startswith("dataset/release/") for name in left), left - named
    assert {"dataset/release", f"dataset/raw/{raw.name}", "notes/copy.txt", "notes/escaped.json", "notes/packed"} <= named
    assert {".standpoint/backups/monday.jsonl.gz", ".standpoint/label-studio/label_studio.sqlite3"} <= named
    assert (
        any(re.fullmatch(rf"exports/brat/\w+/{article.id}\.ann", name) for name in named)
        and "exports/jsonl/articles.jsonl" in named
    )
    assert "notes/other.txt" not in named and not any("dataset/annotations" in name for name in named)
    assert counts["caches deleted"] == 3
    assert not any(path.exists() for path in (project.pulled, project.backup_pages, project.rebuilt))
    (told,) = [issue.message for issue in issues if issue.where.endswith("sqlite3")]
    assert "--server" in told


def test_no_such_article(project_of_one_release):
    result = run(project_of_one_release, "release", "takedown", "nobody-2031", "--reason", "why")
    assert result.exit_code == 2
    assert subprocess.run(["git", "diff", "--quiet"], cwd=project_of_one_release.root, check=False).returncode == 0
    assert yaml.safe_load(project_of_one_release.sources.read_text()) == versioned_project.SOURCES
