"""The command line: what a newcomer types works, what is wrong is one line, and the exit code says which it was."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import standpoint
from nonempty import nonempty
from standpoint.cli._root import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def copy_of_the_project(folder: Path) -> Path:
    """The tracked part of the project that the verbs need, in a folder of its own."""
    for name in ("guidelines", "dataset", "splits"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    return folder


def run(*words: str, project: Path | None = None):
    return CliRunner().invoke(main, [*(["--project", str(project)] if project else []), *words])


def commands() -> list[str]:
    """What the README tells a newcomer to type."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_the_readme_s_verbs_work_in_their_order(tmp_path):
    project = copy_of_the_project(tmp_path)
    verbs = [shlex.split(line)[1:] for line in commands() if line.startswith("standpoint ")]
    assert len(verbs) >= 7
    for words in nonempty(verbs):
        words = [str(project / word) if word.startswith("dataset/") else word for word in words]
        result = run(*words, project=project)
        assert result.exit_code == 0, (words, result.output)


def test_the_readme_s_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    typed = {line.split()[1] for line in commands() if line.startswith("make ")}
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert typed and typed <= targets and named and named <= targets


def test_the_readme_s_python_lines_work(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    project = copy_of_the_project(tmp_path)
    assert run("build", project=project).exit_code == 0
    done = subprocess.run(
        [sys.executable, "-c", code + "print(len(articles), len(events))"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(int(number) > 0 for number in nonempty(done.stdout.split()[-2:]))


def test_every_verb_is_in_the_readme_in_the_package_s_docstring_and_has_help_with_an_example():
    for name, command in nonempty(main.commands.items()):
        if name != "demo":  # README says make demo
            assert f"standpoint {name}" in README, name
        assert command.help and len(command.help) > 20, name
        if name != "codebook":  # a group, whose verbs have examples
            assert name in standpoint.__doc__ and f"standpoint {name}" in command.help, name


MISUSE = {
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


def test_an_export_that_is_not_all_taken_gives_exit_code_1_and_says_what(tmp_path, capfd):
    project = copy_of_the_project(tmp_path)
    export = tmp_path / "export.json"
    export.write_text('[{"id": 1, "data": {"text": "Nobody knows this text."}, "annotations": [{"id": 1, "result": []}]}]')
    result = run("import", str(export), project=project)
    said = result.output + capfd.readouterr().err
    assert result.exit_code == 1 and "TASK-ARTICLE" in said
