"""What was found in submitted work, told where its annotator sees it: in a field of the task's page.

The field is a key of the task's data, which nothing else of the project reads; the text under annotations stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from standpoint.annotate.client import Client
from standpoint.annotate.guide import address
from standpoint.codebook.kinds._studio import FINDINGS, TO_MEND
from standpoint.codebook.types import Codebook
from standpoint.model import AnnotationSet, Choice, Issue, Relation, Span

NOT_THEIRS = ("SET-", "TASK-", "REGION-POSSESSIVE", "REGION-MENDED")  # what no annotator can mend, or need not
THEIRS = ("SET-EMPTY",)


class Finding(NamedTuple):
    """One thing to look at: the words it is about ("" for the article), code and message, and the layer's page of the guide."""

    quote: str
    code: str
    message: str
    guide: str


def findings(one: AnnotationSet | None, issues: Iterable[Issue], codebook: Codebook) -> Iterator[Finding]:
    """What of the issues is for the annotator; ``one`` is the set that they are about, as far as it could be read."""
    known = {item.id: item for item in one.annotations} if one else {}
    for issue in issues:
        if issue.code in THEIRS or not issue.code.startswith(NOT_THEIRS):
            found = next((known[word] for word in reversed(issue.where.split()) if word in known), None)
            span = known.get(getattr(found, "of", "") or getattr(found, "head", ""), found)
            layer = codebook.by_name.get(found.layer) if isinstance(found, Span | Choice | Relation) else None
            quote = span.quote if isinstance(span, Span) else ""
            yield Finding(quote, issue.code, issue.message, layer.guide if layer else "")


def as_html(found: Iterable[Finding], codebook: Codebook) -> str:
    """The findings as the page shows them: a line each; "" where there are none."""
    return "<br>".join(_line(one, codebook) for one in found)


def _line(one: Finding, codebook: Codebook) -> str:
    words = f"“{escape(one.quote)}”: " if one.quote else ""
    page = address(codebook, one.guide or "index.html") if codebook.guide else ""
    link = f' <a href="{escape(page)}" target="_blank" rel="noopener">guide</a>' if page else ""
    return f"{words}{escape(one.message)} ({escape(one.code)}){link}"


def show(client: Client, task: dict, found: Sequence[Finding], codebook: Codebook) -> bool:
    """Put the findings on the task's page, and their number in the list, if they are not there; whether anything was changed."""
    html = as_html(found, codebook)
    if task["data"].get(FINDINGS) in (None, html):
        return False
    told = {FINDINGS: html, TO_MEND: str(len(found) or "")}
    client.again("PATCH", f"/api/tasks/{task['id']}/", json={"data": task["data"] | told})
    return True
