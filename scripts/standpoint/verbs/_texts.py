"""How it is told that the text of an article is not here."""

from __future__ import annotations

from standpoint.model import Article, Issue
from standpoint.publish.withhold import TAKEN_DOWN


def no_text(article: Article, what: str) -> Issue:
    """An Issue that says what cannot be done; a note where nothing should be, as the article was taken down."""
    if TAKEN_DOWN in article.metadata:
        return Issue(article.id, "ARTICLE-TAKEN-DOWN", "it was taken down: there is no text to annotate", "note")
    return Issue(article.id, "ARTICLE-NO-TEXT", what)
