"""The structure is as CONTRIBUTING.md says: imports go down only, and what only some may know, only they know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "scripts" / "standpoint"
# From the top down: a package may import what is on a lower line, or its own; packages on one line never each other.
LEVELS = [
    {"cli"},
    {"printer"},
    {"verbs"},
    {"project", "annotate", "assess", "guide", "loading", "publish"},
    {"codebook", "acquire"},
    {"jsonlines", "yamlfile"},
    {"model"},
]
MODULES = sorted(ROOT.rglob("*.py"))


def package_of(path: Path) -> str:
    """The package, or the module, right below standpoint/ that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The packages of standpoint that a module imports, and other packages by their name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "standpoint":
            names = [f"standpoint.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found |= {name.split(".")[1] if name.startswith("standpoint.") else name.split(".")[0] for name in names}
    return found


def level_of(package: str) -> int | None:
    return next((number for number, level in enumerate(LEVELS) if package in level), None)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path):
    own = package_of(path)
    if own == "__init__":
        return
    assert level_of(own) is not None, f"{own} has no level"
    for other in imports_of(path):
        if other != own and level_of(other) is not None:
            assert level_of(other) > level_of(own), f"{path.name} in {own} imports {other}"


def test_only_the_command_line_prints():
    printing = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


@pytest.mark.parametrize(
    "library, allowed", [("datasets", {"publish", "codebook", "verbs"}), ("label_studio_sdk", {"annotate"}), ("click", {"cli"})]
)
def test_what_only_some_may_know(library, allowed):
    knowing = {package_of(path) for path in MODULES if library in imports_of(path)}
    assert knowing <= allowed


def test_every_module_says_what_it_is_for_and_is_small():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)) or not text.strip(), f"{path} has no docstring"
        assert text.count("\n") <= 260, f"{path} has more than 260 lines"
