"""The rows of the benchmarks, in the order of the table: one module for each stage, with its ``ROWS``."""

from __future__ import annotations

from importlib import import_module

STAGES = ("startup", "articles", "exports", "grouping", "agreeing", "releasing", "hydrating", "serving", "asking", "pooling")
ROWS = {row.name: row for stage in STAGES for row in import_module(f"rows.{stage}").ROWS}
