"""The command line: what a newcomer types works, what is wrong is one line, and the exit code says which it was."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from example import EXAMPLE
from nonempty import nonempty
from pages_of_docs import blocks
from standpoint.cli import main
from standpoint.cli.root import ENTRIES, SECTIONS, first_line
from standpoint.core.corpus import read_articles
from standpoint.core.files import write_lines
from standpoint.core.project import Project
from whole_projects import copy_of_the_project

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*words: str, project: Path | None = None):
    return CliRunner().invoke(main, [*(["--project", str(project)] if project else []), *words])


def named_commands() -> set[str]:
    """The commands that the README's table names; ``team add|remove`` names two."""
    names = set()
    for words in re.findall(r"^\| `standpoint ([^`]+)`", README, re.MULTILINE):
        plain = [word for word in words.replace("\\|", "|").split() if re.fullmatch(r"[a-z|-]+", word)]
        names |= {" ".join([*plain[:-1], last]) for last in plain[-1].split("|")} | set(plain[:1])
    return names


README_COMMANDS = named_commands()


def commands() -> list[str]:
    """What the README tells a newcomer to type."""
    return [line.partition("#")[0].strip() for block in blocks("README.md", "sh") for line in block.splitlines() if line.strip()]


def test_the_readme_s_verbs_work_in_their_order(tmp_path):
    project = copy_of_the_project(tmp_path)
    verbs = [shlex.split(line)[1:] for line in commands() if line.startswith("standpoint ")]
    assert len(verbs) >= 7
    for words in nonempty(verbs):
        words = [str(project / word) if word.startswith(("dataset/", ".standpoint/")) else word for word in words]
        result = run(*words, project=project)
        assert result.exit_code == 0, (words, result.output)


def test_the_readme_s_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    typed = {line.split()[1] for line in commands() if line.startswith("make ")}
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert typed and typed <= targets and named and named <= targets


def test_the_readme_s_python_lines_work(tmp_path):
    (code,) = blocks("README.md", "python")
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "release").symlink_to(EXAMPLE.root / "dataset" / "release")
    done = subprocess.run(
        [sys.executable, "-c", code + "print(len(articles), len(events))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(int(number) > 0 for number in nonempty(done.stdout.split()[-2:]))


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Each command and each group by its full name, such as ``team add``."""
    for name in ENTRIES:
        command = main.get_command(click.Context(main), name)
        assert isinstance(command, click.Command), name
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", subcommand) for inner, subcommand in command.commands.items())


COMMANDS = dict(all_commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help_with_an_example(name):
    command = COMMANDS[name]
    assert name in README_COMMANDS
    assert f"standpoint {name}" in (command.help or ""), name
    examples = [line for line in (command.help or "").splitlines() if f"standpoint {name}" in line]
    assert not any(re.search(r"--token|--database|://[^ /]+:[^ /]+@", line) for line in nonempty(examples)), "a secret in argv"


def test_ctrl_c_is_one_line_that_says_what_became_of_the_outputs(monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("standpoint.checks.run.check_guidelines", interrupted)
    result = run("codebook", "check", project=ROOT)
    assert result.exit_code == 130 and "interrupted: every output is written whole or not at all" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_no_page_that_only_this_repository_has(name):
    page = run(*name.split(), "--help").output
    assert not re.search(r"docs/\w|guidelines/(README|[0-9])", page)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_shows_the_first_line_of_each_one_s_help_on_one_line(name):
    line = first_line(COMMANDS[name])
    group, _, inner = name.rpartition(" ")
    if not group:
        assert ENTRIES[name].help == line
    shown = " ".join([inner or group, line])
    pages = [re.sub(" +", " ", text.strip()) for text in run(*group.split(), "--help").output.splitlines()]
    assert shown in pages and line.endswith(".") and "…" not in line


def test_the_list_of_commands_is_in_sections():
    page = run("--help").output
    places = [page.index(f"\n{title.capitalize()}:\n") for title in SECTIONS]
    assert places == sorted(places)
    assert list(SECTIONS) == ["start", "articles", "guidelines", "labelling", "quality", "dataset", "research"]


HEAVY = {
    "datasets", "pandas", "numpy", "scipy", "sklearn", "label_studio_sdk", "trafilatura", "dateparser", "inflect", "pyarrow",
    "huggingface_hub", "jinja2", "lxml",
}  # fmt: skip
HELP_PAGES = """
import sys
from click.testing import CliRunner
from standpoint.cli import main
from standpoint.cli.root import ENTRIES, SECTIONS, first_line
for words in {pages!r}:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0 and result.output, (words, result.output)
    print(*words, *sorted({heavy!r} & sys.modules.keys()))
"""


def test_help_works_outside_a_project_and_loads_no_stage(tmp_path):
    pages = [["--help"], ["--version"], *([*name.split(), "--help"] for name in COMMANDS)]
    code = HELP_PAGES.format(pages=pages, heavy=HEAVY)
    environment = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [" ".join(words) for words in pages]


ANYWHERE = [
    "baseline rules release --split validation --out rules.jsonl",
    "score release rules.jsonl --split validation --resamples 0",
    "export release --format jsonl --out jsonl",
    "hydrate release --from raw --out hydrated",
    "hydrate hydrated --undo --out back",
    "release diff release hydrated",
    "leaks release:train release:test",
    "leaks one.txt two.txt",
    "codebook from-config config.xml --out codebook.yaml",
]


def test_what_takes_paths_runs_anywhere_and_gives_the_same_in_another_project(tmp_path, monkeypatch):
    """In a folder with a release and nothing else; and in a project that would be refused, as its codebook is empty."""
    given = []
    for name in ("nowhere", "project"):
        folder = tmp_path / name
        shutil.copytree(EXAMPLE.root / "dataset" / "release", folder / "release")
        (folder / "raw").symlink_to(EXAMPLE.root / "dataset" / "raw")
        for number in ("one", "two"):
            (folder / f"{number}.txt").write_text(f"The mill of valley number {number} sold rye and oats.", encoding="utf-8")
        (folder / "config.xml").write_text(CONFIG, encoding="utf-8")
        if name == "project":
            (folder / "guidelines").mkdir()
            (folder / "guidelines" / "codebook.yaml").touch()
        monkeypatch.chdir(folder)
        results = [run(*words.split()) for words in ANYWHERE]
        assert [result.exit_code for result in results] == [0] * len(ANYWHERE), [result.output for result in results]
        made = [path for path in folder.rglob("*") if path.is_file() and path.parent.name not in ("raw", "guidelines")]
        given.append(([result.output for result in results], {path.relative_to(folder): path.read_bytes() for path in made}))
    assert given[0] == given[1] and {"rules.jsonl", "jsonl", "back", "codebook.yaml"} <= {path.parts[0] for path in given[0][1]}


def test_a_release_that_is_not_there_is_no_reason_to_ask_for_a_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("release", "diff", str(EXAMPLE.root / "dataset" / "release"), "releese")
    assert result.exit_code == 2 and "error: releese: no such folder, and no project in a git repository is here" in result.output


CONFIG = """<View><Labels name="mark" toName="text"><Label value="mill"/></Labels><Text name="text" value="$text"/></View>"""


def test_a_file_or_a_pipe_gets_utf_8_whatever_the_system_writes():
    """As Windows writes to a pipe: in a code page that has neither Arabic nor an invisible blank."""
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    words = ["-c", "from standpoint.cli import main; main()", "--project", str(ROOT), "codebook", "config", "facts"]
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\u200b" in done.stdout.decode("utf-8") and done.stdout.decode("utf-8").startswith("<View")


MISUSE = {
    "an empty folder": (["init", ""], "it is empty; this folder is ."),
    "an empty project": (["--project", "", "check"], "it is empty; this folder is ."),
    "outside a project": (["check"], "no guidelines/codebook.yaml"),
    "no token": (["pull", "--url", "http://127.0.0.1:9"], "no token"),
    "no server": (["pull", "--url", "http://127.0.0.1:9", "--token", "x" * 40], "127.0.0.1:9"),
    "no pass": (["codebook", "config", "nothing"], "no pass 'nothing'"),
    "bad version": (["build", "--version", "one"], "one"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_two_lines_at_most_and_exit_code_2(case, tmp_path, capfd):
    words, expected = MISUSE[case]
    project = tmp_path if case == "outside a project" else copy_of_the_project(tmp_path)
    result = run(*words, project=project)
    said = result.output + capfd.readouterr().err
    assert result.exit_code == 2 and expected in said and "Traceback" not in said
    assert len([line for line in said.splitlines() if line.startswith(("error:", "hint:"))]) <= 2


def test_an_output_replaces_no_input_and_numbers_have_a_range(tmp_path):
    release, mine = EXAMPLE.root / "dataset" / "release", tmp_path / "mine.jsonl"
    mine.write_text("{}\n", encoding="utf-8")
    for words, said in (
        (["score", str(release), str(mine), "--json", f"{tmp_path}/../{tmp_path.name}/mine.jsonl"], "--json would replace mine"),
        (["compare", str(mine), "m01", "--json", str(mine)], "--json would replace mine.jsonl"),
        (["baseline", "rules", str(release), "--out", str(release / "new" / "rules.jsonl")], "--out would change the release"),
        (["compare", "m01", "m02", "--json", str(tmp_path / "x"), "--report", str(tmp_path / "x")], "are one file"),
        (["baseline", "trained", str(release), "--out", str(tmp_path / "x"), "--seed", str(2**32)], "is not in the range"),
        (["compare", "m01", "m02", "--epsilon", "nan"], "nan is no number"),
        (["agree", "--resamples", "99999999999"], "is not in the range"),
    ):
        result = run(*words, project=ROOT)
        assert result.exit_code == 2 and said in " ".join(result.output.split()), (words, result.output)
    assert mine.read_text(encoding="utf-8") == "{}\n" and not (tmp_path / "x").exists() and not (release / "new").exists()


def test_an_export_that_is_not_all_taken_gives_exit_code_1_and_says_what(tmp_path, capfd):
    project = copy_of_the_project(tmp_path)
    export = tmp_path / "export.json"
    export.write_text('[{"id": 1, "data": {"text": "Nobody knows this text."}, "annotations": [{"id": 1, "result": []}]}]')
    result = run("import", str(export), project=project)
    said = result.output + capfd.readouterr().err
    assert result.exit_code == 1 and "TASK-ARTICLE" in said


MANY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from standpoint.cli import main
main(["--project", sys.argv[1], "check"])
"""


def test_a_project_may_have_more_sources_than_files_may_be_open(tmp_path):
    project = Project(copy_of_the_project(tmp_path))
    first = next(read_articles(project))
    for number in range(60):
        source = f"outlet{number}"
        write_lines(
            project.articles / f"{source}.jsonl", [replace(first, id=f"{source}-undated-{first.sha256[:8]}", source=source)]
        )
    result = subprocess.run([sys.executable, "-c", MANY, str(project.root)], capture_output=True, text=True, check=False)
    assert result.returncode == 1 and "Traceback" not in result.stderr, result.stderr  # such copies of an article are issues
