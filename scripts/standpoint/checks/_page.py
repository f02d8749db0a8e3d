"""The page that explains all checks, from their own docstrings."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._table import SCOPES, Check, all_checks

HEAD = """\
<!-- Made by `standpoint check --reference docs/checks.md`; do not edit. -->

# The checks

`standpoint check` runs {count} checks, in {scopes} scopes, from a line of a file to the release. What has an error in one scope
is not looked at in the scopes after it: a fault is told once, where it is, and not again by all that follows from it.
An **error** has to be fixed, and gives exit code 1; a **note** may be as it is, and is worth a look.

```sh
standpoint check                            # everything; ten of a code are shown
standpoint check --all                      # and all that there are
standpoint check --select SPAN,SET-VERSION  # these codes, and all that begin with SPAN
standpoint check --ignore ACTOR             # all but these
standpoint check --json                     # one JSON object a line: code, level, scope, where, message
```
"""


def checks_page() -> str:
    """The page, in Markdown."""
    checks = all_checks().values()
    parts = [HEAD.format(count=len(checks), scopes=len(SCOPES))]
    for scope, what in SCOPES.items():
        parts += [f"## {scope.capitalize()}", "", what, ""]
        parts += [line for check in checks if check.scope == scope for line in _entry(check)]
    return "\n".join(parts)


def _entry(check: Check) -> Iterator[str]:
    level = " (note)" if check.level == "note" else ""
    yield from (f"### {check.code}{level}", "", f"**{_plain(check.rule)}.**", "")
    yield from (f"- *Why*: {_plain(check.why)}", f"- *Fix*: {_plain(check.fix)}", "")


def _plain(text: str) -> str:
    """Text as Markdown shows it: no tag begins in it."""
    return text.replace("<", "\\<").replace("``", "`")
