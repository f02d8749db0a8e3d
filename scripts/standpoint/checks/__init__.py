"""The checks. One is a function: its name is its code, its docstring says the rule, why it matters and how to fix it.

    scope       modules, and what their functions are given
    file        lines (line), splitfile (line), stray (path)
    article     article (article, ground), together (articles of one id), belongs (case)
    annotation  layers, spans, answers, relations, actors (case); places (case), where the article has no error
    set         sets, evidence (case), among (sets of one article)
    corpus      copies (sets of one article), adjudicated (standing), annotators, groups, splits (corpus)
    release     release (release)

A check yields (where, what) for each thing that is wrong: an annotation's id or "", and what is there instead of what
should be. What has an error in one scope is not looked at in the next (``_walk``). ``tests/assess/bad/<CODE>.*`` has a
bad case of each; ``docs/checks.md`` is made from the docstrings.
"""

from __future__ import annotations

from standpoint.checks._case import Ground
from standpoint.checks._corpus import Corpus, Row
from standpoint.checks._line import ADJUDICATED, ARTICLES, DECISIONS, SETS, File, source_of
from standpoint.checks._page import checks_page
from standpoint.checks._pick import picked
from standpoint.checks._release import ReleaseFacts
from standpoint.checks._table import all_checks
from standpoint.checks._walk import Walk, check_file, check_release, check_splits, check_stray

__all__ = [
    "ARTICLES",
    "DECISIONS",
    "SETS",
    "ADJUDICATED",
    "Corpus",
    "File",
    "Ground",
    "ReleaseFacts",
    "Row",
    "Walk",
    "all_checks",
    "check_file",
    "check_release",
    "check_splits",
    "check_stray",
    "checks_page",
    "picked",
    "source_of",
]
