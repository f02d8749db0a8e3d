"""Whether a set belongs to its article. If it does not, no offset can be trusted, and nothing else of it is checked."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.assess.checks._case import Case

Found = Iterator[tuple[str, str]]


def set_article(case: Case) -> Found:
    """a set is about an article of dataset/articles"""
    if case.article is None:
        yield "", "there is no such article"


def set_text(case: Case) -> Found:
    """a set was made on the text that the article has"""
    if case.article and case.set.text_sha256 != case.article.sha256:
        yield "", f"made on text {case.set.text_sha256[:8]}…, the article has {case.article.sha256[:8]}…"


def set_pass(case: Case) -> Found:
    """a set's pass is one of the codebook's"""
    if case.set.pass_name not in case.codebook.pass_by_name:
        yield "", f"pass {case.set.pass_name!r}, there are {', '.join(case.codebook.pass_by_name)}"
