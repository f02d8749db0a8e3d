"""`standpoint status` on one small project that goes the whole way, and on copies of it that are damaged. It only reads files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from standpoint.cli import main
from standpoint.cli.render_status import status_lines
from standpoint.core.files import read_text, write_whole
from standpoint.core.model import MissingExtra, Reporter
from standpoint.core.project import Project
from standpoint.release.create import create_release
from standpoint.status import Status, Work, next_steps, parts_of
from whole_projects import copy_of_the_project

WHO = {"AUTHOR_NAME": "M", "AUTHOR_EMAIL": "m@example.org", "COMMITTER_NAME": "M", "COMMITTER_EMAIL": "m@example.org"}
ADJUDICATORS = "standpoint serve --adjudicators j01"

# What the project shows on its way, state by state.
NEW = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       0
sets: reading  none
adjudicated    0; 0 conflicts open
splits         none
release        not built
last version   none
next:
  standpoint ingest dataset/raw  there is no article yet: put texts into dataset/raw, and say in dataset/sources.yaml what they are
"""
WITH_RAW_FILES = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       0
raw files      not ingested: keeper-diary 6
sets: reading  none
adjudicated    0; 0 conflicts open
splits         none
release        not built
last version   none
next:
  standpoint ingest dataset/raw  no article was made of 6 raw files
"""
INGESTED = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  none
adjudicated    0; 0 conflicts open
splits         none; 6 articles without one in splits/default.tsv
release        not built
last version   none
next:
  standpoint serve  nobody has annotated yet: it opens Label Studio (for one elsewhere: standpoint push --url)
  standpoint pull   6 annotation sets not here yet: it fetches what is submitted
"""
WITH_A_TEAM = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 0 of 6, a02 0 of 6; 6 articles without one
adjudicated    0; 0 conflicts open
splits         none; 6 articles without one in splits/default.tsv
release        not built
last version   none
next:
  standpoint serve  nobody has annotated yet: it opens Label Studio (for one elsewhere: standpoint push --url)
  standpoint pull   12 annotation sets not here yet: it fetches what is submitted
"""
HALF_ANNOTATED = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 4 of 6
adjudicated    0; 0 conflicts open; stale: 6 to add
splits         none; 6 articles without one in splits/default.tsv
release        not built
last version   none
next:
  standpoint pull        2 annotation sets not here yet: it fetches what is submitted
  standpoint check       annotation sets or decisions are new or changed: it finds their errors
  standpoint adjudicate  adjudicated sets: 6 to add
"""
ANNOTATED = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    0; 0 conflicts open; stale: 6 to add
splits         none; 6 articles without one in splits/default.tsv
release        not built
last version   none
next:
  standpoint check       annotation sets or decisions are new or changed: it finds their errors
  standpoint adjudicate  adjudicated sets: 6 to add
  standpoint split       6 articles without a split
"""
ADJUDICATED = f"""\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 3 conflicts open
splits         none; 6 articles without one in splits/default.tsv
release        not built
last version   none
next:
  {ADJUDICATORS}  3 conflicts not decided, which a release may have
  standpoint split                     6 articles without a split
  standpoint build                     no release is built yet
"""
BUILT = f"""\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 3 conflicts open
splits         train 2, validation 3, test 1
release        up to date
last version   none
next:
  {ADJUDICATORS}  3 conflicts not decided, which a release may have
  git add --all && git commit          N files not committed, and a version is a commit
  standpoint release create 0.1.0      the release is built, and not released yet
"""
RELEASED = f"""\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 3 conflicts open
splits         train 2, validation 3, test 1
release        up to date
last version   0.1.0 of 2031-06-01; changed since: nothing
next:
  {ADJUDICATORS}    3 conflicts not decided, which a release may have
  standpoint release publish OWNER/NAME  nothing has changed since 0.1.0; the Hub may not have it yet
"""
CORRECTED = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 3 conflicts open; stale: 1 to change
splits         train 2, validation 3, test 1
release        stale: annotations
last version   0.1.0 of 2031-06-01; changed since: annotation sets
next:
  standpoint check       annotation sets or decisions are new or changed: it finds their errors
  standpoint adjudicate  adjudicated sets: 1 to change
  standpoint build       it would write otherwise: annotations
"""
ADJUDICATED_AGAIN = f"""\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 4 conflicts open
splits         train 2, validation 3, test 1
release        stale: annotations, documents, resolutions, weather
last version   0.1.0 of 2031-06-01; changed since: adjudicated sets, annotation sets
next:
  {ADJUDICATORS}  4 conflicts not decided, which a release may have
  standpoint build                     it would write otherwise: annotations, documents, resolutions, weather
"""
BUILT_AGAIN = """\
Weather in diaries: dataset 0.1.0, codebook 0.1.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
adjudicated    6; 0 conflicts open
splits         train 2, validation 3, test 1
release        up to date
last version   0.1.0 of 2031-06-01; changed since: adjudicated sets, annotation sets, release
next:
  git add --all && git commit                    N files not committed, and a version is a commit
  standpoint release diff 0.1.0 dataset/release  its last line says which number the next version needs
  standpoint release create VERSION              the project has changed since 0.1.0
"""
NEW_CODEBOOK = """\
Weather in diaries: dataset 0.1.0, codebook 0.2.0
articles       6 (keeper-diary 6)
sets: reading  a01 6 of 6, a02 6 of 6
codebook       12 of these sets have another version of the codebook
adjudicated    6; 0 conflicts open
splits         train 2, validation 3, test 1
release        stale: codebook.yaml
last version   0.1.0 of 2031-06-01; changed since: adjudicated sets, annotation sets, guidelines, release
next:
  standpoint fix    12 annotation sets of another codebook version than 0.2.0: it says which labels are affected
  standpoint build  it would write otherwise: codebook.yaml
"""


def run(project: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(main, ["--project", str(project), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    return result.exit_code, result.output


def status(project: Path, code: int = 0) -> str:
    """What the command shows; the number of uncommitted files is N."""
    found, output = run(project, "status")
    assert found == code, output
    return re.sub(r"\d+ files not committed", "N files not committed", output)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's content and the time of its last change, those of git and of .standpoint too."""
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def committer():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WHO.items():
            patch.setenv(f"GIT_{name}", value)
        yield


@pytest.fixture(scope="module")
def the_way(tmp_path_factory, committer) -> tuple[dict[str, str], Path]:
    """What the status of a project was in each state; and the project as released: do not write into it."""
    folder = tmp_path_factory.mktemp("way")
    shown: dict[str, str] = {}
    assert run(folder, "init", str(folder / "empty"))[0] == run(folder, "init", str(folder / "diaries"), "--example")[0] == 0
    shown["NEW"] = status(folder / "empty")

    root, made = folder / "diaries", folder / "made"
    project = Project(root)
    made.mkdir()
    shutil.rmtree(project.articles)
    shutil.move(project.annotations, made)
    shown["WITH_RAW_FILES"] = status(root)
    run(root, "ingest", str(project.raw))
    shown["INGESTED"] = status(root)
    run(root, "team", "add", "a01")
    run(root, "team", "add", "a02")
    shown["WITH_A_TEAM"] = status(root)

    def submit(name: str, reader: str, articles: int = 6, old: str = "", new: str = "") -> None:
        """What an annotator has submitted: the sets of a reader of the example under their name."""
        text = (made / "annotations" / "reading" / f"{reader}.jsonl").read_text(encoding="utf-8")
        text = text.replace(f'"{reader}"', f'"{name}"').replace('"model"', '"human_trained"').replace(old, new)
        lines = text.splitlines(keepends=True)[:articles]
        write_whole(project.annotations / "reading" / f"{name}.jsonl", "".join(lines))

    submit("a01", "m01")
    submit("a02", "m02", 4)
    shown["HALF_ANNOTATED"] = status(root)
    submit("a02", "m02")
    shown["ANNOTATED"] = status(root)
    run(root, "adjudicate")
    shown["ADJUDICATED"] = status(root)
    run(root, "split")
    run(root, "build")
    shown["BUILT"] = status(root)
    subprocess.run("git add --all && git commit --quiet --message Letters", shell=True, check=True, cwd=root)
    create_release(project, "0.1.0", "2031-06-01", Reporter())
    shown["RELEASED"] = status(root)
    released = Path(shutil.copytree(root, folder / "released", symlinks=True))
    submit("a02", "m02", 6, '"label":"frost","start":12', '"label":"wind","start":12')
    shown["CORRECTED"] = status(root)
    run(root, "adjudicate")
    shown["ADJUDICATED_AGAIN"] = status(root)
    submit("a02", "m01")  # and so there is no conflict any more
    run(root, "adjudicate")
    run(root, "build")
    shown["BUILT_AGAIN"] = status(root)
    write_whole(project.codebook, read_text(project.codebook).replace("version: 0.1.0", "version: 0.2.0"))
    shown["NEW_CODEBOOK"] = status(root)
    return shown, released


STATES = (
    "NEW", "WITH_RAW_FILES", "INGESTED", "WITH_A_TEAM", "HALF_ANNOTATED", "ANNOTATED", "ADJUDICATED", "BUILT", "RELEASED",
    "CORRECTED", "ADJUDICATED_AGAIN", "BUILT_AGAIN", "NEW_CODEBOOK",
)  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_told_with_what_to_do_next(state, the_way):
    assert the_way[0][state] == globals()[state]


@pytest.fixture
def released(the_way, tmp_path) -> Path:
    """A copy of the project as it was released."""
    return Path(shutil.copytree(the_way[1], tmp_path / "released", symlinks=True))


def test_nothing_is_written_and_no_lock_is_taken(released):
    (released / "dataset" / "card.md").touch()  # git would write down that it is the same
    before = contents(released)
    with Project(released).locked("standpoint push", print):
        before = contents(released)
        assert status(released).startswith(NEW.partition("\n")[0])
    assert contents(released) == before


def test_without_git_what_has_changed_is_not_known(released, monkeypatch):
    last = "last version   0.1.0 of 2031-06-01; changed since: "
    git(released, "tag", "--delete", "v0.1.0")
    assert f"{last}nothing\n" in status(released)  # its commit is in dataset/versions.tsv too
    shutil.rmtree(released / ".git")
    shown = status(released)
    assert f"{last}not known: the project is in no git repository\n" in shown
    assert (
        "  git init                             the project is in no git repository, and a version is a commit and its tag\n"
        in shown
    )
    git(released, "init", "--quiet")
    shown = status(released)
    assert (
        f"{last}not known: neither its tag nor its commit is in this clone\n" in shown
        and "  git fetch --unshallow --tags" in shown
    )
    monkeypatch.setenv("PATH", "")
    assert f"{last}not known: git is not installed\n" in status(released)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True, cwd=folder)


SET = "dataset/annotations/reading/a02.jsonl"
DAMAGE = {  # what is done to a file, and the line about it
    SET: (lambda data: data[:-9], f"{SET}:6: Input data was truncated"),
    "dataset/articles/keeper-diary.jsonl": (
        lambda data: b"<<<<<<< HEAD\n" + data,
        "dataset/articles/keeper-diary.jsonl:1: JSON is malformed: invalid character (byte 0)",
    ),
    "dataset/adjudicated/keeper-diary.jsonl": (
        lambda data: data.replace(b'"tier"', b'"teer"', 1),
        "dataset/adjudicated/keeper-diary.jsonl:1: Object contains unknown field `teer`",
    ),
    "dataset/annotations/reading/a01.jsonl": (
        lambda data: b"".join(reversed(data.splitlines(keepends=True))),
        "the annotation sets of a01, pass reading, are not sorted: ",
    ),
    "splits/default.tsv": (lambda data: data.replace(b"\ttrain", b" train"), "splits/default.tsv:"),
    "splits/plan.yaml": (lambda data: b"salt: [", "splits/plan.yaml:1:8: not readable as YAML: "),
    "dataset/assignments/reading.tsv": (lambda data: b"", "dataset/assignments/reading.tsv:1: the header should be "),
    "dataset/team.yaml": (lambda data: b"\xff\xfe", "dataset/team.yaml:1: is not UTF-8: "),
    "dataset/sources.yaml": (lambda data: b"sources: 5", "dataset/sources.yaml: Expected a list, got `int` - at `.sources`"),
    "dataset/annotators.yaml": (lambda data: b"annotators: {", "dataset/annotators.yaml:1:"),
    "dataset/versions.tsv": (lambda data: data + b"0.0.1\n", "dataset/versions.tsv:3: "),
    "dataset/release/documents/test-00000-of-00001.parquet": (
        lambda data: data[:100],
        "dataset/release/documents/test-00000-of-00001.parquet: missing, or changed since it was built",
    ),
    "dataset/release/README.md": (None, "dataset/release/README.md: missing, or changed since it was built"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_one_line_and_everything_else_is_told(name, released):
    change, message = DAMAGE[name]
    path = released / name
    path.write_bytes(change(path.read_bytes())) if change else path.unlink()
    lines = status(released, code=1).splitlines()
    told = [line for line in lines if line.startswith("damaged ")]
    assert len(told) == 1 and told[0].startswith(f"damaged        {message}")
    assert lines[-1] == "  standpoint check  mend what is damaged first: it lists the faults of all data" and lines[-2] == "next:"
    stages = [line[:12].rstrip() for line in lines]
    assert stages[1] == "damaged" and {"articles", "adjudicated", "splits", "release", "last version"} <= set(stages)
    code, found = run(released, "check")
    assert code and path.name in found, found  # as the last line promises
    if name == SET:  # what is not known is not counted
        assert "sets: reading  a01 6 of 6" in lines
        assert "release        built; whether it is stale is not known: what it is built from is damaged" in lines
    if name == "dataset/team.yaml":  # no release is built from it
        assert "release        up to date" in lines


def test_a_codebook_that_cannot_be_read_is_the_first_thing_to_mend(released):
    (released / "guidelines" / "codebook.yaml").write_text("layers: [", encoding="utf-8")
    lines = status(released, code=1).splitlines()
    assert lines[0] == "dataset 0.1.0, codebook not readable" and lines[1].startswith(
        "damaged       guidelines/codebook.yaml:1:10: "
    )
    assert "articles      6 (keeper-diary 6)" in lines and lines[-1].startswith("  standpoint codebook check  ")


def test_a_label_that_the_codebook_does_not_have_is_damage_that_check_explains(released):
    path = released / SET
    path.write_text(read_text(path).replace('"frost"', '"fog"', 1), encoding="utf-8")
    assert "layer weather has no label 'fog'" in status(released, code=1) and "LABEL" in run(released, "check")[1]


def test_texts_that_are_withheld_taken_down_or_elsewhere_are_counted(released):
    project = Project(released)
    path = project.articles / "keeper-diary.jsonl"
    articles = [json.loads(line) for line in read_text(path).splitlines()]
    for number, article in enumerate(articles[:3]):
        del article["text"]
        article |= {"licence": "all rights reserved"} if number else {"metadata": {"taken_down": "2031-07-01"}}
    write_whole(path, "".join(json.dumps(article) + "\n" for article in articles))
    shown = status(released)
    assert (
        "articles       6 (keeper-diary 6); 2 with a text that is withheld, 2 of them not on this machine; 1 taken down\n"
        in shown
    )
    assert "release        built; whether it is stale is not known: 2 withheld texts are not on this machine\n" in shown
    assert "  standpoint ingest dataset/raw" in shown


def test_a_raw_file_is_ingested_or_not_only_where_that_is_certain(released):
    raw = released / "dataset" / "raw"
    (raw / "more").mkdir()
    for name in ("more/one.md", "more/two.md", "README.md", "picture.png"):
        (raw / name).write_text("A text", encoding="utf-8")
    sources = released / "dataset" / "sources.yaml"
    first = 'sources:\n  - {id: other, name: Other, match: ["more/*"], licence: CC0-1.0, language: en}\n'
    sources.write_text(read_text(sources).replace("sources:\n", first).replace('["*"]', '["*.md"]'), encoding="utf-8")
    assert "raw files      not ingested: other 2, no source in dataset/sources.yaml 1\n" in status(released)


def test_a_version_that_is_yanked_says_so(released):
    assert run(released, "release", "yank", "0.1.0", "--reason", "frost is wind")[0] == 0
    assert "last version   0.1.0 of 2031-06-01, yanked: frost is wind; changed since: CHANGELOG.md\n" in status(released)


@pytest.mark.parametrize("version", ["one", "", "v0.2.0"])
def test_a_version_that_no_release_can_have_is_told(released, version):
    (released / "dataset" / "version.txt").write_text(f"{version}\n", encoding="utf-8")
    refused = f"a build would refuse: version {version!r} is not MAJOR.MINOR.PATCH"
    assert f"release        stale, and {refused}\n" in status(released)
    assert run(released, "build")[0] == 2


def test_machines_read_the_same_as_json(released):
    code, output = run(released, "status", "--json")
    found = json.loads(output)
    assert code == 0 and output.count("\n") == 1 and list(found) == [field for field in Status.__dataclass_fields__]
    assert found["articles"] == {"keeper-diary": 6} and found["sets"]["reading"]["a02"] == {"done": 6, "planned": 6}
    assert found["last"] == "0.1.0" and found["since"] == [] and found["built"] and found["behind"] == []
    assert [step["command"] for step in found["next"]] == [ADJUDICATORS, "standpoint release publish OWNER/NAME"]


def steps(**values: object) -> list[str]:
    """The next commands of a project in which all six articles are annotated, adjudicated, split and built, but for ``values``."""
    usual = {"codebook": "0.1.0", "version": "0.1.0", "articles": {"x": 6}, "sets": {"reading": {"a01": Work(6, 6)}}}
    found = Status(**(usual | {"built": True, "in_repository": True} | values))
    return [step.command for step in next_steps(found)]


@pytest.mark.parametrize(
    "values, commands",
    [
        ({}, ["standpoint release create 0.1.0"]),
        ({"version": ""}, ["standpoint release create 0.1.0"]),
        ({"version": "soon"}, ["standpoint release create 0.1.0"]),
        ({"unassigned": {"reading": 2}}, ["standpoint team assign", "standpoint release create 0.1.0"]),
        ({"raw": {"y": 2}}, ["standpoint ingest dataset/raw", "standpoint release create 0.1.0"]),
        ({"older_sets": 2, "guide": ["a.md"]}, ["standpoint fix", "standpoint guide", "standpoint release create 0.1.0"]),
        ({"refused": "it has no split", "without_split": {"default": 1}}, ["standpoint split", "standpoint build"]),
        ({"last": "0.1.0"}, ["standpoint release publish OWNER/NAME"]),
        ({"last": "0.1.0", "since": ["splits"], "version": "0.2.0"}, ["standpoint release create 0.2.0"]),
        (
            {"last": "0.10.0", "since": ["splits"], "version": "0.9.0"},
            ["standpoint release diff 0.10.0 dataset/release", "standpoint release create VERSION"],
        ),
        ({"last": "0.1.0", "untold": "gone"}, ["git fetch --unshallow --tags"]),
    ],
)
def test_the_next_commands_are_in_the_order_of_the_pipeline(values, commands):
    assert steps(**values) == commands


def test_of_many_names_there_is_a_sum():
    many = {f"a{number:02}": Work(2, 3) for number in range(7)}
    found = Status(title="T", articles={f"s{number}": 1_000 for number in range(7)}, sets={"reading": many})
    shown = list(status_lines(found))
    assert shown[1:3] == ["articles       7,000 (7 sources)", "sets: reading  7 annotators, 14 sets (21 planned)"]
    found.damage = [f"{number}.jsonl:1: JSON is malformed" for number in range(9)]
    assert list(status_lines(found))[6:8] == ["damaged        5.jsonl:1: JSON is malformed", "damaged        and 3 more"]


def test_what_has_changed_is_named_by_its_part_of_the_project():
    paths = [
        "README.md", "scripts/x.py", "guidelines/codebook.yaml", "dataset/annotations/reading/a01.jsonl", "dataset/versions.tsv",
        "dataset/annotations/README.md", "dataset/release/README.md", "dataset/card.md", "splits/default.tsv", "docs/x.md",
    ]  # fmt: skip
    assert parts_of(paths) == ["annotation sets", "card.md", "guidelines", "release", "splits"]


def test_our_own_release_is_what_a_build_would_write(tmp_path):
    root = copy_of_the_project(tmp_path / "ours")
    assert "release       up to date\n" in status(root) and "\nguide " not in status(root)
    page = root / "guidelines" / "08-status.md"
    page.write_text(re.sub(r"(?m)^(<!-- guide: .*)$", r"\1\nA line of mine.", read_text(page), count=1), encoding="utf-8")
    splits = root / "splits" / "default.tsv"
    splits.write_text(read_text(splits).replace("\ttrain\t", "\tquarantine\t", 1), encoding="utf-8")
    shown = status(root)
    assert "guide         stale: guidelines/08-status.md\n" in shown and "  standpoint guide " in shown
    assert "release       stale: actors, annotations, articles, documents, dossiers, events and 4 more\n" in shown


def test_a_project_may_be_a_folder_of_a_repository(released):
    shutil.rmtree(released / ".git")
    above = released.parent
    git(above, "init", "--quiet")
    git(above, "add", "--all")
    git(above, "commit", "--quiet", "--message", "All")
    (released / "guidelines" / "a page with blanks.md").write_text("A page.\n", encoding="utf-8")
    (above / "splits").write_text("It is outside.\n", encoding="utf-8")
    git(above, "tag", "v0.1.0")
    assert "; changed since: guidelines\n" in status(released)


def test_what_needs_a_library_that_is_not_here_is_no_damage(released, monkeypatch):
    def without(*_: object) -> None:
        raise MissingExtra("resolve: dawid_skene", "dawid-skene", "No module named 'crowdkit'")

    monkeypatch.setattr("standpoint.status.outdated_sets", without)
    assert (
        "adjudicated    6; 3 conflicts open; whether they are stale is not known: resolve: dawid_skene needs the extra dawid-skene: "
        "No module named 'crowdkit'; to have it: pip install 'standpoint[dawid-skene]'\n"
    ) in status(released)
