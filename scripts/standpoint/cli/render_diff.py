"""Text of releases: the changes between two versions as a table or as Markdown, and what a release did."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from standpoint.release.changelog import changes_table
from standpoint.release.changes import ADDED, CHANGED, DELETED, REQUIRED_BUMPS, Change, ChangeSummary
from standpoint.release.create import ReleaseResult

SIGNS = {ADDED: "+", CHANGED: "~", DELETED: "-"}
VALUE_WIDTH = 60  # characters of a value that are shown


def diff_lines(summary: ChangeSummary, before: str, after: str) -> Iterator[str]:
    """The changes with + ~ -, the counts by kind, and the bump that they require. ``before`` and ``after`` name the versions."""
    for change in summary.first:
        details = _change_details(change)
        yield f"{SIGNS[change.action]} {change.kind:<10} {change.id}" + (f"  {details}" if details else "")
    if summary.omitted:
        yield f"… and {summary.omitted:,} more: --all shows them, --json writes them"
    yield f"{before} -> {after}"
    for name, *counts in summary.rows():
        yield f"  {name:<24}" + "".join(f"{count:>9,} {action}" for count, action in zip(counts, SIGNS, strict=True))
    yield f"  {REQUIRED_BUMPS[summary.bump]}"


def diff_markdown(summary: ChangeSummary, before: str, after: str) -> Iterator[str]:
    """A section of Markdown: the counts as a table, then the changes as a list."""
    yield f"## {before} → {after}"
    yield ""
    yield from changes_table(summary)
    yield f"This demands {REQUIRED_BUMPS[summary.bump]}."
    yield ""
    for change in summary.first:
        details = _change_details(change).replace("|", "\\|")
        yield f"- {change.action} {change.kind} `{change.id}`" + (f": {details}" if details else "")
    if summary.omitted:
        yield f"- … and {summary.omitted:,} more"


def _change_details(change: Change) -> str:
    """The fields that changed, before → after; for an added or deleted item, its label and quote, if it has them."""
    if change.action == CHANGED:
        return "; ".join(f"{name}: {_short(value)} → {_short(change.after[name])}" for name, value in change.before.items())
    fields = change.after or change.before
    shown = ("type", "label", "how", "quote")
    return " ".join(_short(fields[name]) for name in shown if fields.get(name) not in (None, [], ""))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= VALUE_WIDTH else f"{text[: VALUE_WIDTH - 1]}…"


def release_lines(result: ReleaseResult, dry_run: bool) -> Iterator[str]:
    """What `release create` did or, in a dry run, would do."""
    commit = (result.commit or "")[:12]
    if result.only_tagged:
        yield f"{'would tag' if dry_run else 'tagged'} {commit} as {result.tag}: {result.number} was released without its tag"
        return
    yield f"{result.number}, " + (f"since {result.previous}: {result.bump}" if result.previous else "the first version")
    yield f"content {result.content}"
    if dry_run:
        yield "would write dataset/version.txt, dataset/CHANGELOG.md, dataset/release and a row of dataset/versions.tsv"
        yield f"would commit, and tag the commit as {result.tag}"
    else:
        yield f"released {result.tag}: commit {commit}; to publish the commit and its tag: git push --follow-tags"
