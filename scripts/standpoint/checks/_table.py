"""The table of all checks: a function is a check, its name the code, its docstring the rule, why it matters, how to fix it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from inspect import getdoc, isfunction
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

from standpoint.core.model import Issue

# From the narrow to the wide. What has an error in one scope is not looked at in the scopes after it, nor for notes.
SCOPES = {
    "file": "Whether a file can be read, line by line. A file with an error is not checked further.",
    "article": "Whether an article is what its id says, and an annotation set is about it. Where an article has an error, "
    "nothing of its sets is checked that depends on its text; a set that has one is not checked further.",
    "annotation": "Whether each span, answer and relation of a set is possible. A set with an error is not checked further.",
    "set": "Whether a set says truly who made it, and how. A set with an error is left out of what follows.",
    "corpus": "Whether sets, groups, adjudicated sets and splits fit together, over all articles.",
    "release": "Whether the built dataset is whole, fits the project, and tells nothing that it may not. "
    "It is checked where nothing before has an error.",
}


class Check(NamedTuple):
    """A check as a table has it. ``level`` is that of its issues: error or note."""

    code: str
    rule: str
    level: str
    find: Callable[..., Iterator[tuple[str, str]]]
    scope: str
    why: str
    fix: str


def note(check: Callable) -> Callable:
    """Mark a check whose findings are notes: as they may be, and yet not to pass in silence."""
    check.level = "note"
    return check


@cache
def modules() -> tuple[str, ...]:
    """The modules that have checks, by their scope."""
    names = (item.name for item in iter_modules([str(Path(__file__).parent)]) if not item.name.startswith("_"))
    return tuple(sorted(names, key=lambda name: (list(SCOPES).index(_module(name).SCOPE), name)))


@cache
def checks_of(*names: str, level: str = "") -> tuple[Check, ...]:
    """The checks of some modules, or those of a level, in the order they stand there: all functions that yield ``Found``."""
    checks = (_row(item, module.SCOPE) for module in map(_module, names) for item in _functions(module))
    return tuple(check for check in checks if level in ("", check.level))


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its code, from the narrow scope to the wide."""
    return {check.code: check for check in checks_of(*modules())}


def found(checks: Sequence[Check], where: str, *about: object) -> Iterator[Issue]:
    """The issues that some checks find; ``where`` begins their places."""
    for check in checks:
        for place, what in check.find(*about):
            yield Issue(f"{where} {place}".strip(), check.code, f"{check.rule}: {what}", check.level)


def _module(name: str):
    return import_module(f"{__package__}.{name}")


def _functions(module) -> Iterator[Callable]:
    own = (item for name, item in vars(module).items() if isfunction(item) and not name.startswith("_"))
    return (item for item in own if item.__module__ == module.__name__ and item.__annotations__.get("return") == "Found")


def _row(item: Callable, scope: str) -> Check:
    rule, _, rest = (getdoc(item) or "").partition("\n")
    parts = re.fullmatch(r"Why: (.+)\nFix: (.+)", rest.strip(), re.DOTALL)
    why, fix = (" ".join(part.split()) for part in parts.groups()) if parts else ("", "")
    code = item.__name__.upper().replace("_", "-")
    return Check(code, rule, getattr(item, "level", "error"), item, scope, why, fix)
