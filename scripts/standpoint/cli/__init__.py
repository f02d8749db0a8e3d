"""The command line: parses words, calls one function a verb, prints what it says. Exit 0: all well; 1: issues; 2: misuse."""

from __future__ import annotations

from importlib import import_module

from standpoint.cli._root import main

# A module has the verbs of one stage; `--help` lists them in this order, the pipeline's.
for _stage in ("articles", "guidelines", "labelling", "quality", "dataset", "release", "research", "start"):
    import_module(f"{__name__}.{_stage}")

__all__ = ["main"]
