"""The command line. A command parses its words, calls one function of a stage and prints what it returns.

Exit code 0: all is well; 1: there are issues, or a generated file is stale; 2: misuse.
"""

from __future__ import annotations

from standpoint.cli.root import main

__all__ = ["main"]
