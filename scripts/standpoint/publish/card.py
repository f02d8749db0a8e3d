"""The card of a release, its README.md: what is computed from the rows that were written, around what is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from standpoint.publish.citation import bibtex
from standpoint.publish.drawings import drawings
from standpoint.publish.front import front_matter
from standpoint.publish.released import Release
from standpoint.publish.sections import values


def card(release: Release) -> str:
    """The README.md of a release."""
    return _rendered("card.md.j2", release)


def licence_note(release: Release) -> str:
    """The LICENSE of a release: whose licence the labels have, and whose each source's texts."""
    return _rendered("licence.txt.j2", release)


def _rendered(template: str, release: Release) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["table"] = table
    text = files("standpoint.publish").joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", environment.from_string(text).render(_all_values(release)))


def _all_values(release: Release) -> dict:
    return values(release) | {"front": front_matter(release), "drawings": drawings(release), "bibtex": bibtex(release)}


def table(rows: Iterable[Sequence[object]], *headers: str) -> str:
    """A Markdown table; numbers are set to the right."""
    rows = list(rows)
    numeric = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(headers))]
    rule = ["--:" if right and rows else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (headers, rule, *rows))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else " ".join(str(value).replace("|", "\\|").split())
