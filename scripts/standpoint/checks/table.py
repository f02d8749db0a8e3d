"""The table of all checks: the decorator that enters a function, the scopes, the choice of codes, and docs/checks.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import NamedTuple, TypeVar

from standpoint.core.files import plug_in_names
from standpoint.core.model import Issue, StandpointError

Findings = Iterator[tuple[str, str]]  # (an annotation's id or "", what the data says)
Find = TypeVar("Find", bound=Callable[..., Findings])

# From the narrow scope to the wide. What has an error in one scope is not checked in the scopes after it, nor for notes.
SCOPES = {
    "file": "Whether a file can be read, line by line. A file with an error is not checked further.",
    "article": "Whether an article is what its id says, and an annotation set is about it. Where an article has an error, "
    "nothing of its sets is checked that depends on its text; a set that has an error is not checked further.",
    "annotation": "Whether each span, answer and relation of a set is possible. A set with an error is not checked further.",
    "set": "Whether a set says truly who made it, and how. A set with an error is left out of what follows.",
    "corpus": "Whether sets, groups, adjudicated sets and splits fit together, over all articles.",
    "release": "Whether the built dataset is whole, fits the project, and publishes nothing that it may not. "
    "It is checked where nothing before has an error.",
}
# What a check may be called on, and its parameters.
SUBJECTS = {
    "line": "(line: Line) a line of a JSON Lines file",
    "splits line": "(line: SplitLine) a line of a file of splits",
    "stray file": "(path: str) a file in the data folders that no command reads",
    "article": "(article: Article, reference: Reference)",
    "articles of an id": "(articles: Sequence[Article])",
    "set": "(case: Case) an annotation set beside its article",
    "set in text": "(case: Case) the same, only where the article itself has no error",
    "sets of an article": "(sets: Sequence[AnnotationSet])",
    "pair of sets": "(pairs: Sequence[SetPair]) the sets of one article and pass, two by two",
    "adjudicated set": "(case: AdjudicatedCase) an adjudicated set beside its article and sets",
    "corpus": "(corpus: Corpus) what is remembered of all articles and sets",
    "release": "(release: ReleaseFacts) the built dataset beside the corpus",
}
FRAME = ("case", "run", "table")  # the modules of this package that hold no checks


class Check(NamedTuple):
    """One row of the table. ``level`` is that of its issues: error or note."""

    code: str
    rule: str
    level: str
    find: Callable[..., Findings]
    scope: str
    subject: str
    why: str
    fix: str


_ENTERED: dict[str, Check] = {}


def check(scope: str, *, on: str, level: str = "error") -> Callable[[Find], Find]:
    """Enter a function into the table of checks: its name is the code, its docstring the rule, the reason and the remedy.

    ``scope`` is one of ``SCOPES`` (when the check runs), ``on`` one of ``SUBJECTS`` (what it is given); a check of level
    "note" finds what may be right, and yet must not pass in silence.
    """
    if scope not in SCOPES or on not in SUBJECTS or level not in ("error", "note"):
        raise ValueError(f"no such scope, subject or level: {scope}, {on}, {level}")

    def enter(find: Find) -> Find:
        rule, _, rest = (getdoc(find) or "").partition("\n")
        parts = re.fullmatch(r"Why: (.+)\nFix: (.+)", rest.strip(), re.DOTALL)
        why, fix = (" ".join(part.split()) for part in parts.groups()) if parts else ("", "")
        code = find.__name__.upper().replace("_", "-")
        if code in _ENTERED:
            raise ValueError(f"{code} is a check of {_ENTERED[code].find.__module__} and of {find.__module__}")
        _ENTERED[code] = Check(code, rule, level, find, scope, on, why, fix)
        return find

    return enter


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its code: by scope, from the narrow to the wide, then by module, then as the module has them."""
    for module in plug_in_names([str(Path(__file__).parent)]):
        if module not in FRAME:
            import_module(f"{__package__}.{module}")
    order = list(SCOPES)
    checks = sorted(_ENTERED.values(), key=lambda entry: (order.index(entry.scope), entry.find.__module__))
    return {entry.code: entry for entry in checks}


@cache
def checks_on(subject: str, *more: str, scope: str = "", level: str = "") -> tuple[Check, ...]:
    """The checks on one or more subjects, in the order of the table; of one scope or level where it is given."""
    return tuple(
        entry
        for entry in all_checks().values()
        if entry.subject in (subject, *more) and scope in ("", entry.scope) and level in ("", entry.level)
    )


def issues_from(checks: Sequence[Check], where: str, *about: object) -> Iterator[Issue]:
    """The issues that some checks find; ``where`` begins their places."""
    for entry in checks:
        for place, finding in entry.find(*about):
            yield Issue(f"{where} {place}".strip(), entry.code, f"{entry.rule}: {finding}", entry.level)


def selected_codes(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """The codes to report. A word stands for a code, or for all codes that begin with it: SPAN for SPAN-….

    StandpointError for a word that stands for none, with the codes that are near to it.
    """
    return frozenset(_codes(select) if select else all_checks()) - frozenset(_codes(ignore))


def _codes(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        beginning = word.upper().rstrip("-") + "-"
        codes = [code for code in all_checks() if f"{code}-".startswith(beginning)]
        if not codes:
            parts = (code.split("-") for code in all_checks())
            beginnings = {"-".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
            near = get_close_matches(word.upper(), sorted(beginnings), 3, 0.6)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/checks.md lists them; SPAN stands for all of SPAN-…"
            raise StandpointError(f"no check has the code {word!r}", hint)
        yield from codes


def checks_page() -> str:
    """The page that explains all checks, in Markdown, from their docstrings."""
    from jinja2 import Environment, StrictUndefined  # imported here: only the page needs it

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(Path(__file__).with_name("checks.md.j2").read_text(encoding="utf-8"))
    return template.render(checks=all_checks().values(), scopes=SCOPES)
