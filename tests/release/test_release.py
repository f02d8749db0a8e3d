"""A version released: only an honest one, whole or not at all, and rebuilt to the same."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

import versioned_project
from another_codebook import ANOTHER_CODEBOOK
from forked import Forked
from nonempty import nonempty
from standpoint.cli.render import release_lines
from standpoint.core.files import SUMS, write_whole
from standpoint.core.history import read_history, release_date
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.dataset.release_folder import checksums, content_hash
from standpoint.release import create
from standpoint.release.create import create_release as release
from standpoint.release.versions import note_yank
from versioned_project import git

SUPPORT = Path(__file__).parent.parent / "support"
DAY = "2031-07-01"


def state(project) -> tuple:
    """All that a release could change: the branch, the tags, worktrees, the checkout, what is released."""
    words = (("rev-parse", "HEAD"), ("tag",), ("worktree", "list"), ("status", "--porcelain"))
    return *(git(project, *one) for one in words), (project.release / SUMS).read_text(), project.version.read_text()


def refused(project, version: str, dry_run: bool = False) -> list[str]:
    """The codes of what stands against a release, which changes nothing."""
    issues: list[Issue] = []
    before = state(project)
    with pytest.raises(StandpointError, match="is not released"):
        release(project, version, DAY, Reporter(issue=issues.append), dry_run)
    assert state(project) == before
    return sorted(issue.code for issue in issues if issue.level == "error" and issue.code.startswith("RELEASE"))


def test_the_first_version_is_a_commit_with_a_tag_and_a_row(one_release):
    (row,) = read_history(one_release.versions)
    assert row[:2] == ("0.1.0", "2031-06-01") and row.content == content_hash(one_release.release)
    assert git(one_release, "rev-parse", "v0.1.0^{commit}") == row.commit == git(one_release, "rev-parse", "HEAD~1")
    assert git(one_release, "status", "--porcelain") == "" and len(git(one_release, "worktree", "list").splitlines()) == 1
    assert (one_release.release / SUMS).read_text() == checksums(one_release.release)
    assert one_release.version.read_text() == "0.1.0\n" and "version: 0.1.0" in (one_release.release / "README.md").read_text()
    text = one_release.release_changelog.read_text()
    assert text == (one_release.release / "CHANGELOG.md").read_text()
    assert "## 0.1.0 (2031-06-01)\n\nFirst fruits.\n" in text and "| articles | – | 6 |" in text


def test_the_next_version_says_counts_and_agreement_before_and_after(two_releases):
    text = two_releases.release_changelog.read_text()
    assert text.index("## 0.2.0 (2031-07-01)") < text.index("## 0.1.0 (2031-06-01)")
    entry = text[: text.index("## 0.1.0")]
    assert "Since 0.1.0, this is MAJOR" in entry and "| articles | 6 | 8 |" in entry
    assert "| Models that are not named: this is no agreement if they are one model | before | after |" in entry
    assert "| crops, F1 exact | 1.000 | 1.000 |" in entry
    assert [row.version for row in read_history(two_releases.versions)] == ["0.1.0", "0.2.0"]


def test_the_same_data_may_be_a_patch(project_of_one_release):
    done = release(project_of_one_release, "0.1.1", DAY, versioned_project.QUIET)
    assert next(release_lines(done, dry_run=False)) == "0.1.1, since 0.1.0: PATCH"
    one, two = read_history(project_of_one_release.versions)
    assert one.content == two.content


def test_further_articles_are_no_patch(project_of_one_release):
    versioned_project.add_articles(project_of_one_release, [6])
    assert refused(project_of_one_release, "0.1.1") == ["RELEASE-NUMBER"]
    with pytest.raises(StandpointError, match="is already released"):
        release(project_of_one_release, "0.1.0", DAY, versioned_project.QUIET)
    done = release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    assert next(release_lines(done, dry_run=False)) == "0.2.0, since 0.1.0: MINOR"


def test_after_1_0_0_a_corrected_label_is_major(project_of_one_release):
    release(project_of_one_release, "1.0.0", DAY, versioned_project.QUIET)
    versioned_project.edit(
        project_of_one_release,
        versioned_project.released(project_of_one_release)[0],
        versioned_project.relabelled("crops", "fruit", "grain"),
    )
    assert refused(project_of_one_release, "1.1.0") == ["RELEASE-NUMBER"]
    done = release(project_of_one_release, "2.0.0", DAY, versioned_project.QUIET)
    assert next(release_lines(done, dry_run=False)) == "2.0.0, since 1.0.0: MAJOR"


def test_all_that_stands_against_a_release_is_told_at_once(project_of_one_release, monkeypatch):
    def untrue(one):
        return replace(one, annotator_kind="gold")

    monkeypatch.setattr(create, "leak_issues", lambda *_: [Issue("a and b", "RELEASE-LEAK", "they are one text")])
    project_of_one_release.codebook.write_text(yaml.safe_dump(ANOTHER_CODEBOOK | {"licence": ""}, sort_keys=False))
    versioned_project.add_articles(project_of_one_release, [6])
    versioned_project.edit(project_of_one_release, versioned_project.released(project_of_one_release)[0], untrue)
    path = next(project_of_one_release.adjudicated.glob("*.jsonl"))
    path.write_text(path.read_text().replace('"how":"unanimous"', '"how":"single"', 1))
    versioned_project.commit(project_of_one_release)
    (project_of_one_release.root / "notes.txt").write_text("not committed")
    expected = ["CHECKS", "DIRTY", "LEAK", "NO-LICENCE", "NUMBER", "STALE"]
    assert refused(project_of_one_release, "0.1.1", dry_run=True) == [f"RELEASE-{code}" for code in expected]


def test_an_article_without_a_split_is_stale(project_of_one_release):
    path = project_of_one_release.splits / "default.tsv"
    path.write_text("".join(path.read_text().splitlines(True)[:-1]))
    versioned_project.commit(project_of_one_release)
    assert "RELEASE-STALE" in refused(project_of_one_release, "0.2.0")


def test_a_dry_run_says_what_it_would_do_and_does_nothing(project_of_one_release):
    versioned_project.add_articles(project_of_one_release, [6])
    before = state(project_of_one_release)
    done = release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET, dry_run=True)
    assert state(project_of_one_release) == before
    lines = list(release_lines(done, dry_run=True))
    assert lines[0] == "0.2.0, since 0.1.0: MINOR" and "tag the commit as v0.2.0" in lines[-1]
    assert done.counts["article added"] == 1


def test_a_project_in_a_folder_of_its_repository_is_released(tmp_path):
    project = versioned_project.make(tmp_path / "orchard")
    git(project, "checkout", "--quiet", "--orphan", "deeper")
    (project.root / "sub").mkdir()
    for name in ("dataset", "guidelines", "splits", ".gitignore"):
        (project.root / name).rename(project.root / "sub" / name)
    versioned_project.commit(project)
    inner = type(project)(project.root / "sub")
    release(inner, "0.1.0", DAY, versioned_project.QUIET)
    versioned_project.add_articles(inner, [6])
    release(inner, "0.2.0", DAY, versioned_project.QUIET)
    assert git(inner, "status", "--porcelain") == "" and [row.version for row in read_history(inner.versions)] == [
        "0.1.0",
        "0.2.0",
    ]


def test_withheld_texts_of_the_local_store_go_into_a_release_and_no_file_of_it_quotes_them(project_of_one_release):
    sources = versioned_project.SOURCES | {
        "sources": [versioned_project.SOURCES["sources"][0] | {"licence": "all rights reserved"}]
    }
    project_of_one_release.sources.write_text(yaml.safe_dump(sources))
    for path in (*project_of_one_release.articles.glob("*.jsonl"), *project_of_one_release.adjudicated.glob("*.jsonl")):
        path.unlink()
    versioned_project.add_articles(project_of_one_release, [])
    assert refused(project_of_one_release, "0.2.0") == ["RELEASE-CHECKS"]  # the raw files are committed
    git(project_of_one_release, "rm", "--quiet", "--cached", "-r", "dataset/raw")
    (project_of_one_release.root / ".gitignore").write_text(".standpoint/\ndataset/.release.*\ndataset/raw/\n")
    versioned_project.commit(project_of_one_release)
    done = release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    assert next(release_lines(done, dry_run=False)).endswith("MAJOR")
    committed = git(project_of_one_release, "grep", "-lI", "barley", "HEAD", "--", "dataset", check=False)
    assert committed == ""  # neither the sets nor the adjudicated sets
    assert git(project_of_one_release, "status", "--porcelain") == ""
    from standpoint.release.compare import read_article_records

    documents = [record.document for record in read_article_records(project_of_one_release.release)]
    assert all(row["text"] is None and row["mask"] and row["text_status"] == "withheld" for row in nonempty(documents))


@pytest.fixture(scope="module")
def killed_release(named_committer):
    """A function that releases a project and is killed before or after a command of git; its exit code."""
    with Forked(SUPPORT / "killed_release.py") as processes:
        yield processes.run


@pytest.mark.parametrize(
    "word, when, whole",
    [("merge", "before", "old"), ("merge", "after", "new"), ("tag", "after", "new")],
)  # fmt: skip
def test_a_killed_release_leaves_the_old_one_or_the_whole_new_one(killed_release, project_of_one_release, word, when, whole):
    versioned_project.add_articles(project_of_one_release, [6])
    before = state(project_of_one_release)
    assert killed_release(project_of_one_release.root, word, when) == -signal.SIGKILL
    assert git(project_of_one_release, "status", "--porcelain") == "" and (
        project_of_one_release.release / SUMS
    ).read_text() == checksums(project_of_one_release.release)
    assert project_of_one_release.version.read_text() == {"old": "0.1.0\n", "new": "0.2.0\n"}[whole]
    assert (state(project_of_one_release)[0] == before[0]) == (whole == "old")
    if (word, when) == ("tag", "after"):
        with pytest.raises(StandpointError, match="is already released"):
            release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    else:
        release(project_of_one_release, "0.2.0", DAY, versioned_project.QUIET)
    assert git(project_of_one_release, "rev-parse", "v0.2.0^{commit}") == read_history(project_of_one_release.versions)[-1].commit
    assert (
        git(project_of_one_release, "status", "--porcelain") == ""
        and len(git(project_of_one_release, "worktree", "list").splitlines()) == 1
    )


def test_without_git_nothing_is_released(tmp_path):
    project = versioned_project.make(tmp_path / "orchard")
    (project.root / ".git").rename(tmp_path / "away")
    with pytest.raises(StandpointError, match="is in no git repository"):
        release(project, "0.1.0", DAY, versioned_project.QUIET)


def test_a_new_project_needs_no_changelog(tmp_path):
    project = versioned_project.make(tmp_path / "orchard")
    project.release_changelog.unlink()
    versioned_project.commit(project)
    release(project, "0.1.0", "2031-06-01", versioned_project.QUIET)
    assert project.release_changelog.read_text().startswith("# Changelog of the dataset\n\n## 0.1.0 (2031-06-01)\n")
    assert (project.release / "CHANGELOG.md").read_bytes() == project.release_changelog.read_bytes()


def test_a_changelog_without_versions_has_no_dates_and_keeps_its_words():
    assert release_date("# Changelog\n\nWords.\n", "0.1.0") is None and release_date("", "0.1.0") is None
    assert note_yank("# Changelog\n\nWords.\n", "0.1.0", "why") == "# Changelog\n\nWords.\n"


def test_a_repository_without_a_commit_is_one_line(tmp_path):
    project = Project(tmp_path)
    versioned_project.git(project, "init", "--quiet")
    with pytest.raises(StandpointError, match="has no commit yet"):
        release(project, "0.1.0", "2031-06-01", versioned_project.QUIET)


@pytest.mark.parametrize("how", ["a folder", "a link"])
def test_a_committed_local_folder_is_refused_in_one_line_and_named(project_of_one_release, tmp_path, how):
    project = project_of_one_release
    write_whole(project.local / "withheld" / "gazette.jsonl", b"")
    if how == "a link":
        project.local.rename(tmp_path / "elsewhere")
        project.local.symlink_to(tmp_path / "elsewhere")
    git(project, "add", "--all", "--force")
    git(project, "commit", "--quiet", "--message", "All of it")
    with pytest.raises(StandpointError, match="is committed, and has passwords") as caught:
        release(project, "0.1.1", DAY, versioned_project.QUIET, dry_run=True)
    assert caught.value.hint.startswith("git rm -r --cached .standpoint, and commit")
    git(project, "rm", "-r", "--quiet", "--cached", ".standpoint")
    (project.root / ".gitignore").write_text(".standpoint\n")
    git(project, "add", ".gitignore")
    git(project, "commit", "--quiet", "--message", "Without what stays here")
    release(project, "0.1.1", DAY, versioned_project.QUIET, dry_run=True)
    assert (project.local / "withheld" / "gazette.jsonl").is_file()


def test_git_ignores_the_local_folder_from_its_first_file_on(tmp_path):
    project = Project(tmp_path)
    versioned_project.git(project, "init", "--quiet")
    write_whole(project.people, b"{}")  # by a command that needs no lock
    assert git(project, "status", "--porcelain") == ""
