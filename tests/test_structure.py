"""The structure is as CONTRIBUTING.md says: one order of imports, no circles, and what only some may know, only they know."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from standpoint.checks.table import all_checks
from standpoint.cli.console import fixes

SCRIPTS = Path(__file__).parent.parent / "scripts"
ROOT = SCRIPTS / "standpoint"
# The rooms in the order of imports: a room imports from itself and from those before it.
ORDER = (
    "core", "processes", "codebook", "formats", "ingest", "splits", "pages", "adjudication", "agreement", "dataset", "checks", "loading",
    "scoring", "pool", "labelstudio", "published", "team", "guide", "annotate", "evaluation", "release", "server", "init", "status", "cli",
)  # fmt: skip
# Here a module is a plug-in: found by its file name, and as small as it may be.
PLUG_INS = (
    "codebook/kinds", "ingest/readers", "pages/suggestions", "agreement/statistics", "formats", "scoring/baselines",
    "published/corpora",
)  # fmt: skip
# Here a module has the name of its subject or of its group of commands, which a room may have too.
NAMED_AFTER = (*PLUG_INS, "checks", "cli")
MODULES = sorted(ROOT.rglob("*.py"))
BENCH = sorted((SCRIPTS / "bench").glob("*.py"))


def room_of(path: Path) -> str:
    """The room, or the module, right below standpoint/ that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def folder_of(path: Path) -> str:
    """The folder that a file lies in, below standpoint/."""
    return path.parent.relative_to(ROOT).as_posix()


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed code of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True, scope="module")
def trees_are_not_kept() -> Iterator[None]:
    """The trees are a million objects, which the collector of garbage would look at in all tests that come after."""
    yield
    tree_of.cache_clear()


@cache
def imports_of(path: Path) -> set[str]:
    """The modules that a module imports, also in its functions: ours by their full name, others by their package."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {inner if (inner := f"{node.module}.{alias.name}") in NAMES else node.module or "" for alias in node.names}
    return {name if name.startswith("standpoint") else name.split(".")[0] for name in found}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_one_order(path):
    own = room_of(path)
    if own == "__init__":
        return
    for name in imports_of(path):
        if name.startswith("standpoint."):
            other = name.split(".")[1]
            assert ORDER.index(other) <= ORDER.index(own), f"{name_of(path)} imports {name}"


def test_no_module_imports_itself_in_a_circle():
    inside = {name: {other for other in imports_of(path) if other in NAMES} - {name} for name, path in NAMES.items()}
    assert list(TopologicalSorter(inside).static_order())
    names = {path.stem for path in BENCH}
    assert list(TopologicalSorter({path.stem: imports_of(path) & names for path in BENCH}).static_order())


def test_only_the_command_line_prints():
    printing = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_no_message_names_a_page_that_only_this_repository_has():
    """Whoever installed the wheel, and made a project of their own, has neither docs/ nor our guide."""
    named = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("StandpointError", "Issue"):
                texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                named += [(path.name, text) for text in texts if re.search(r"docs/\w|guidelines/(README|[0-9])", text)]
    for path in (ROOT / "cli" / "fixes.toml", ROOT / "checks" / "faults.toml"):
        named += [(path.name, line) for line in path.read_text(encoding="utf-8").splitlines() if "docs/" in line]
    assert named == []


@pytest.mark.parametrize(
    "library, allowed",
    [("label_studio_sdk", {"pages", "labelstudio"}), ("click", {"cli"}), ("rich", {"cli"}), ("django", {"server"})],
)
def test_what_only_some_may_know(library, allowed):
    knowing = {room_of(path) for path in MODULES if library in imports_of(path)}
    assert knowing and knowing <= allowed


def test_every_module_says_what_it_is_for():
    for path in MODULES:
        assert ast.get_docstring(tree_of(path)), f"{path} has no docstring"


def test_rooms_and_modules_have_a_size_that_can_be_read():
    folders = Counter(folder_of(path) for path in MODULES if path.stem != "__init__")
    assert max(folder.count("/") for folder in folders) <= 1
    assert {folder: count for folder, count in folders.items() if count > 15} == {}
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in MODULES if path.stem != "__init__"}
    assert [path.name for path, count in lines.items() if count > 450] == []
    assert [path.name for path, count in lines.items() if count < 80 and folder_of(path) not in PLUG_INS] == []


def test_no_file_name_stands_twice():
    names = Counter(path.name for path in MODULES if path.stem != "__init__" and folder_of(path) not in NAMED_AFTER)
    assert [name for name, count in names.items() if count > 1] == []


# Their ``open`` reads and writes bytes by default; an archive is a ZipFile.
BINARY = ("gzip", "tarfile", "os", "zipfile", "archive")
ENCODING, LINE_ENDS = "encoding", "newline"


def missing_of(call: ast.Call) -> set[str]:
    """What a call that reads or writes text leaves to the system: the encoding, and the ends of lines that it writes."""
    on, _, name = ast.unparse(call.func).rpartition(".")
    if name == "open" and on not in BINARY or name == "fdopen":
        modes = [*(word.value for word in call.keywords if word.arg == "mode"), *call.args[0 if on and name == "open" else 1 :]]
        mode = str(ast.literal_eval(modes[0])) if modes else "r"
        needed = set() if "b" in mode else {ENCODING, LINE_ENDS} if set(mode) & set("wax+") else {ENCODING}
    elif name == "write_text" and on != "formatter":  # click's, which writes a help page
        needed = {ENCODING, LINE_ENDS}
    elif name == "read_text" and on or on == "subprocess" and any(word.arg == "text" for word in call.keywords):
        needed = {ENCODING}
    else:
        needed = set()
    return needed - {word.arg for word in call.keywords}


@pytest.mark.parametrize(
    "code, missing",
    [
        ('path.write_text("é", encoding="utf-8")', {LINE_ENDS}),
        ("path.read_text()", {ENCODING}),
        ('open(path, "w", newline="\\n")', {ENCODING}),
        ('path.open("rb")', set()),
        ("path.open()", {ENCODING}),
        ("gzip.open(path)", set()),
        ("subprocess.run(words, text=True)", {ENCODING}),
    ],
)
def test_what_a_call_leaves_to_the_system_is_seen(code, missing):
    assert missing_of(ast.parse(code).body[0].value) == missing


def test_files_have_the_same_bytes_on_every_system():
    """Text is UTF-8 with the line ends of Unix, also on Windows, which has others."""
    calls = [(path, node) for path in MODULES for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    assert [f"{path.name}:{call.lineno} {missing_of(call)}" for path, call in calls if missing_of(call)] == []


SAY_IT_THEMSELVES = {
    "ACCOUNT-OTHER",
    "BATCH-FAILED",
    "FILE-EXTRA",
    "FILE-NO-SOURCE",
    "FILE-SEVERAL",
    "FIX-DUPLICATE",
    "GUIDE-STALE",
    "MODEL-GONE",
    "RECORD-DATE",
    "RECORD-LANGUAGE",
    "RECORD-NO-TEXT",
    "RELEASE-ACTORS",
    "RELEASE-NUMBER",
    "RESTORE-TWICE",
    "TAKEDOWN-LEFT",
    "TAKEDOWN-RAW",
}
ISSUES = {"Issue", "FileRefused", "Refusal", "refuse", "_refuse"}  # what makes issues; a code is its first text in capitals


def errors_of(tree: ast.AST) -> Iterator[str]:
    """The codes of the errors that a module makes; of a note, or with a fix of its own, none."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if getattr(call.func, "id", getattr(call.func, "attr", "")) in ISSUES:
            texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            codes = [text for text in texts if re.fullmatch(r"[A-Z]{2,}(-[A-Z]+)*", text)]
            if codes and "note" not in texts and not {"fix", "level"} & {keyword.arg for keyword in call.keywords}:
                yield codes[0]


def test_each_error_says_how_to_fix_it():
    trees = {path: tree_of(path) for path in MODULES}
    errors = {code for path, tree in trees.items() if path.parent.name != "checks" for code in errors_of(tree)}
    assert len(errors) > 60 and errors - fixes().keys() - all_checks().keys() <= SAY_IT_THEMSELVES, "add it to cli/fixes.toml"
    words = {node.value for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(fixes()) <= words, "no command reports these"
