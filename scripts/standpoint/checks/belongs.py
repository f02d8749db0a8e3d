"""Whether a set belongs to its article. If it does not, no offset can be trusted, and nothing else of it is checked."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._case import Case, nearest

SCOPE = "article"
Found = Iterator[tuple[str, str]]


def set_article(case: Case) -> Found:
    """a set is about an article of dataset/articles

    Why: labels without a text are labels of nothing.
    Fix: ingest the article; or, where it was taken out on purpose, take out its sets as well.
    """
    if case.article is None:
        yield "", "there is no such article"


def set_text(case: Case) -> Found:
    """a set was made on the text that the article has

    Why: a text that changed under its id moves every offset behind the change, some of them to words that look right.
    Fix: bring the old text back; a changed text is another article, with an id of its own, and is annotated anew.
    """
    if case.article and case.set.text_sha256 != case.article.sha256:
        yield "", f"made on text {case.set.text_sha256[:8]}…, the article has {case.article.sha256[:8]}…"


def set_pass(case: Case) -> Found:
    """a set's pass is one of the codebook's

    Why: the pass says which layers were asked; without it, nothing marked and not asked cannot be told apart.
    Fix: correct pass_name; or bring the pass back into guidelines/codebook.yaml.
    """
    passes = case.codebook.pass_by_name
    if case.set.pass_name not in passes:
        near = nearest(case.set.pass_name, passes)
        yield "", f"pass {case.set.pass_name!r}, " + (f"should be {near}?" if near else f"there are {', '.join(passes)}")
