"""Changes in words: a table for the terminal, Markdown for a changelog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from standpoint.release.changes import ADDED, CHANGED, DELETED, Change, Total
from standpoint.release.versions import Bump

SIGNS = {ADDED: "+", CHANGED: "~", DELETED: "-"}
WIDE = 60  # characters of a value that are shown
DEMANDS = {
    Bump.PATCH: "PATCH: the data are the same",
    Bump.MINOR: "MINOR: there is more, and what was is as it was",
    Bump.MAJOR: "MAJOR: data were edited, removed, moved or renamed",
}


class Sides(NamedTuple):
    """The names of the two versions, as they were asked for."""

    before: str
    after: str


@dataclass
class Shown:
    """The first changes of each kind, and how many there are of all."""

    limit: float = 10
    total: Total = field(default_factory=Total)
    first: list[Change] = field(default_factory=list)

    def take(self, changes: Iterable[Change]) -> Shown:
        """Count a stream of changes and keep the first of each kind and way."""
        for change in changes:
            self.total.add(change)
            if self.total.counts[change.kind, change.how] <= self.limit:
                self.first.append(change)
        return self

    @property
    def left(self) -> int:
        """How many are counted and not kept."""
        return self.total.counts.total() - len(self.first)


def as_table(shown: Shown, sides: Sides) -> Iterator[str]:
    """Lines: changes with + ~ -, counts by kind, and the number that they demand."""
    for change in shown.first:
        yield f"{SIGNS[change.how]} {change.kind:<10} {change.id}{in_words(change)}"
    if shown.left:
        yield f"… and {shown.left:,} more: --all shows them, --json writes them"
    yield f"{sides.before} -> {sides.after}"
    for name, *numbers in shown.total.rows():
        yield f"  {name:<24}" + "".join(f"{count:>9,} {how}" for count, how in zip(numbers, SIGNS, strict=True))
    yield f"  {DEMANDS[shown.total.bump]}"


def as_markdown(shown: Shown, sides: Sides) -> Iterator[str]:
    """A section: the counts as a table, then the changes as a list."""
    yield f"## {sides.before} → {sides.after}"
    yield ""
    yield from counts_table(shown.total)
    yield f"This demands {DEMANDS[shown.total.bump]}."
    yield ""
    yield from (f"- {change.how} {change.kind} `{change.id}`{_quoted(in_words(change))}" for change in shown.first)
    if shown.left:
        yield f"- … and {shown.left:,} more"


def counts_table(total: Total) -> Iterator[str]:
    """What was added, changed and deleted, as a Markdown table; nothing where nothing was."""
    rows = total.rows()
    if rows:
        yield "| | added | changed | deleted |"
        yield "| --- | --: | --: | --: |"
        yield from (f"| {name} | {one:,} | {two:,} | {three:,} |" for name, one, two, three in rows)
        yield ""


def in_words(change: Change) -> str:
    """What changed, before → after; of what was added or deleted, its label and quote, if it has them."""
    if change.how == CHANGED:
        what = (f"{name}: {_short(value)} → {_short(change.after[name])}" for name, value in change.before.items())
        return "  " + "; ".join(what)
    fields = change.after or change.before
    told = [_short(fields[name]) for name in ("type", "label", "how", "quote") if fields.get(name) not in (None, [], "")]
    return f"  {' '.join(told)}" if told else ""


def _quoted(words: str) -> str:
    return f": {words.strip().replace('|', chr(92) + '|')}" if words else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
