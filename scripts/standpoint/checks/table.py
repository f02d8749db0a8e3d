"""The table of all checks: the functions and faults.toml, the scopes, the selection of codes, and docs/checks.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from standpoint.core.files import plug_ins
from standpoint.core.model import Issue, StandpointError

Findings = Iterator[tuple[str, str]]  # (an annotation's id or "", what the data have)
Find = TypeVar("Find", bound=Callable[..., Findings])

# From the narrowest scope to the widest. After an error in one scope, later scopes are not checked, and notes are left out.
SCOPES = {
    "file": "Whether a file can be read, line by line. A file with an error is not checked further.",
    "article": "Whether an article has the id of its content, and an annotation set belongs to it. If an article has an error, "
    "its sets are not checked against its text. A set with an error is not checked further.",
    "annotation": "Whether each span, answer and relation of a set is possible. A set with an error is not checked further.",
    "set": "Whether a set states correctly who made it, and how. A set with an error is left out of the later scopes.",
    "corpus": "Whether sets, groups, adjudicated sets and splits of all articles fit together.",
    "history": "Whether what was released is as it was: the splits, the codebook of a version, the changelogs, and the rows of "
    "versions.tsv.",
    "release": "Whether the built dataset is complete, fits the project, and publishes nothing that must not be published. "
    "It is checked if no earlier scope has an error.",
}
# What a check may be called on, and its parameters.
SUBJECTS = {
    "line": "(line: Line) a line of a JSON Lines file",
    "splits line": "(line: SplitLine) a line of a file of splits",
    "committed file": "(file: Committed) a file of the project that is committed, searched for words of withheld texts",
    "stray file": "(path: str) a file in the data folders that no command reads",
    "article": "(article: Article, reference: Reference)",
    "articles of an id": "(articles: Sequence[Article])",
    "set": "(case: Case) an annotation set with its article",
    "set in text": "(case: Case) the same, only if the article has no error",
    "sets of an article": "(sets: Sequence[AnnotationSet])",
    "pair of sets": "(pairs: Sequence[SetPair]) the pairs of sets of one article and pass",
    "dossier": "(case: DossierCase) a dossier of a model, with its article, set, prompt and annotator",
    "prompt": "(file: PromptFile) a prompt of dossiers",
    "sets of a model": "(model: SetsOfModel) the sets of a model in a pass, and their dossiers",
    "adjudicated set": "(case: AdjudicatedCase) an adjudicated set with its article and sets",
    "corpus": "(corpus: Corpus) keys and counts of all articles and sets",
    "released version": "(past: Past) the last released version and the project",
    "release": "(release: ReleaseFacts) the built dataset and the corpus",
}
FRAME = ("case", "run", "table")  # the modules of this package without checks


class Check(NamedTuple):
    """One row of the table. ``level`` is the level of its issues: error or note."""

    code: str
    rule: str
    level: str
    find: Callable[..., Findings]
    scope: str
    on: str
    why: str
    fix: str


class Faulty(Protocol):
    """A subject whose faults are known by their codes: a set (``Case``), or a line of a file."""

    def faults(self, code: str) -> Iterable[tuple[str, str]]: ...


_ENTERED: dict[str, Check] = {}


def check(scope: str, *, on: str, level: str = "error") -> Callable[[Find], Find]:
    """Add a function to the table of checks. Its name is the code, its docstring has the rule, the reason and the remedy.

    ``scope`` is one of ``SCOPES``, ``on`` one of ``SUBJECTS``. A check of level "note" reports what may be right, but
    should be looked at.
    """
    if scope not in SCOPES or on not in SUBJECTS or level not in ("error", "note"):
        raise ValueError(f"no such scope, subject or level: {scope}, {on}, {level}")

    def enter(find: Find) -> Find:
        rule, _, rest = (getdoc(find) or "").partition("\n")
        parts = re.fullmatch(r"Why: (.+)\nFix: (.+)", rest.strip(), re.DOTALL)
        why, fix = (" ".join(part.split()).replace("``", "`") for part in parts.groups()) if parts else ("", "")
        code = find.__name__.upper().replace("_", "-")
        if code in _ENTERED:
            raise ValueError(f"{code} is a check of {_ENTERED[code].find.__module__} and of {find.__module__}")
        _ENTERED[code] = Check(code, rule.replace("``", "`"), level, find, scope, on, why, fix)
        return find

    return enter


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its code, sorted, in the order of the scopes."""
    plug_ins(__name__.rpartition(".")[0], *FRAME)  # each module adds its checks
    # The faults that `codebook.validate` and the reading of lines find under their codes: they need no function.
    faults = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))
    checks = [*_ENTERED.values(), *(Check(code, level="error", find=_find(code), **text) for code, text in faults.items())]
    order = list(SCOPES)
    return {entry.code: entry for entry in sorted(checks, key=lambda entry: (order.index(entry.scope), entry.code))}


def _find(code: str) -> Callable[[Faulty], Findings]:
    return lambda subject: iter(subject.faults(code))


@cache
def checks_on(subject: str, *more: str, scope: str = "", level: str = "") -> tuple[Check, ...]:
    """The checks on one or more subjects, in the order of the table, optionally of one scope or level."""
    return tuple(
        entry
        for entry in all_checks().values()
        if entry.on in (subject, *more) and scope in ("", entry.scope) and level in ("", entry.level)
    )


def issues_from(checks: Sequence[Check], where: str, *about: object) -> Iterator[Issue]:
    """The issues that some checks find, under ``where``."""
    for entry in checks:
        for place, finding in entry.find(*about):
            yield Issue(f"{where} {place}".strip(), entry.code, finding, entry.level, entry.rule, entry.fix)


def selected_codes(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """The codes to report. A word is a code or a beginning of codes: SPAN means all of SPAN-….

    StandpointError, with similar codes, for a word that no code begins with.
    """
    return frozenset(_codes(select) if select else all_checks()) - frozenset(_codes(ignore))


def _codes(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        beginning = word.upper().rstrip("-") + "-"
        codes = [code for code in all_checks() if f"{code}-".startswith(beginning)]
        if not codes:
            parts = (code.split("-") for code in all_checks())
            beginnings = {"-".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
            similar = get_close_matches(word.upper(), sorted(beginnings), 3, 0.6)
            every = "`standpoint check --reference codes.md` lists them; SPAN means all of SPAN-…"
            hint = f"did you mean {' or '.join(similar)}?" if similar else every
            raise StandpointError(f"no check has the code {word!r}", hint)
        yield from codes


def checks_page() -> str:
    """The Markdown page that explains all checks, from their docstrings."""
    from jinja2 import Environment, StrictUndefined  # imported here: only the page needs it

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(Path(__file__).with_name("checks.md.j2").read_text(encoding="utf-8"))
    return template.render(checks=all_checks().values(), scopes=SCOPES)
