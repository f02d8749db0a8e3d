"""The command line: parses words, calls one function a verb, prints what it says. Exit 0: all well; 1: issues; 2: misuse."""

from __future__ import annotations

from importlib import import_module

from standpoint.cli._root import main

# A module has the verbs of one stage; `--help` lists them in this order, the pipeline's.
for _stage in (
    "articles",
    "codebook",
    "guide",
    "team",
    "labelling",
    "backup",
    "drafts",
    "progress",
    "qualify",
    "check",
    "mend",
    "agree",
    "adjudicate",
    "splits",
    "release",
    "versions",
    "publish",
    "hydrate",
    "export",
    "baseline",
    "score",
    "demo",
):
    import_module(f"{__name__}.{_stage}")

__all__ = ["main"]
