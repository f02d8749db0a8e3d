"""The checks. One is a function: its name is its code, its docstring its message, its module what it looks at.

    article.py   (article, codebook)  one article
    together.py  (articles, sets)     all that goes by one article's id
    belongs.py   (case)               whether a set belongs to its article; if it does not, nothing else of it is checked
    the others   (case)               what is in a set

A check yields (where, what) for each thing that is wrong: an annotation's id or "", and what is there instead of what
should be. ``tests/assess/bad/<CODE>.json`` has a bad case of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import getdoc, isfunction
from pkgutil import iter_modules
from typing import NamedTuple

from standpoint.assess.checks._case import Case
from standpoint.assess.streams import Streams, joined
from standpoint.codebook.actors import Registry
from standpoint.codebook.types import Codebook
from standpoint.model import AnnotationSet, Article, Issue

APART = ("article", "together", "belongs")  # modules whose checks are called apart from the others


class Check(NamedTuple):
    """A check as a table has it."""

    code: str
    rule: str
    level: str
    find: Callable[..., Iterator[tuple[str, str]]]


@cache
def checks_of(name: str) -> tuple[Check, ...]:
    """The checks of a module, in the order they stand there: all its functions that yield ``Found``."""
    module = import_module(f"{__name__}.{name}")
    own = [item for item in vars(module).values() if isfunction(item) and item.__module__ == module.__name__]
    return tuple(
        Check(item.__name__.upper().replace("_", "-"), getdoc(item) or "", getattr(item, "level", "error"), item)
        for item in own
        if item.__annotations__.get("return") == "Found"
    )


@cache
def modules() -> tuple[str, ...]:
    """The modules that have checks."""
    return tuple(sorted(item.name for item in iter_modules(__path__) if not item.name.startswith("_")))


@cache
def all_checks() -> dict[str, Check]:
    """Every check by its code."""
    return {check.code: check for name in modules() for check in checks_of(name)}


@cache
def _inside() -> tuple[Check, ...]:
    return tuple(check for name in modules() if name not in APART for check in checks_of(name))


def check(
    articles: Streams[Article], sets: Streams[AnnotationSet], codebook: Codebook, registry: Registry, kinds: Mapping[str, str]
) -> Iterator[Issue]:
    """All that is wrong, article by article. Streams are each sorted by article; ``kinds`` is of each listed annotator."""
    for article_id, known, one_article in joined(articles, sets):
        yield from _found(checks_of("together"), article_id, known, one_article)
        for article in known:
            yield from _found(checks_of("article"), article_id, article, codebook)
        for one in one_article:
            yield from check_set(Case(one, known[0] if known else None, codebook, registry, kinds))


def check_set(case: Case) -> Iterator[Issue]:
    """All that is wrong with one annotation set."""
    where = f"{case.set.article_id} {case.set.pass_name} {case.set.annotator}"
    foreign = list(_found(checks_of("belongs"), where, case))
    yield from foreign or _found(_inside(), where, case)


def _found(checks: Sequence[Check], where: str, *about: object) -> Iterator[Issue]:
    for code, rule, level, find in checks:
        for place, what in find(*about):
            yield Issue(f"{where} {place}".rstrip(), code, f"{rule}: {what}", level)
