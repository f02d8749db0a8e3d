"""SEESAW (Zhang, Beauchamp and Wang, EMNLP 2022): the author's sentiment towards each entity of an article, on seven points.

``annotations/TRIPLET_000_DOCUMENT_0.json`` is one article, with the annotators A to F, and ``articles/`` has a file of the same
name with its title and sentences (github.com/launchnlp/SEESAW). Entities have canonical names, and no mentions. The stances
between entities, the ideologies of entities and that of the article are read too, as slots of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from standpoint.core.model import Issue
from standpoint.published import Answer, Labelled
from standpoint.published.corpora import text_of

FILES = ("annotations/*.json",)
SENTIMENT, IDEOLOGY, ARTICLE_IDEOLOGY = "entity sentiment", "entity ideology", "article ideology"
STANCE, PROMINENCE = "sentence-level stance", "entity prominence"
TYPE = "entity type"  # People, Organization, Topic and others: only for `when`
SLOTS = (SENTIMENT, IDEOLOGY, STANCE, PROMINENCE, ARTICLE_IDEOLOGY)


def read(path: Path) -> Iterator[Labelled | Issue]:
    """The labels of an article, once for each annotator."""
    labels = json.loads(text_of(path))
    beside = path.parent.parent / "articles" / path.name
    if not isinstance(labels, dict) or not beside.exists():
        problem = "should be an object" if beside.exists() else f"the article should be in {beside}"
        yield Issue(str(path), "DOCUMENT-FORMAT", problem)
        return
    article = json.loads(text_of(beside))
    sentences = [str(part.get("text", "")) for part in article["text"]] if isinstance(article.get("text"), list) else []
    found: dict[str, list[Answer]] = {}
    refused: list[Issue] = []
    for annotator, answer in _answers(labels, str(path), refused):
        found.setdefault(annotator, []).append(answer)
    for number, (annotator, answers) in enumerate(sorted(found.items())):
        yield Labelled(
            where=str(path),
            name=path.stem,
            title=str(article.get("title", "")),
            text="\n".join(filter(None, sentences)),
            annotator=annotator.casefold(),
            answers=tuple(answers),
            refused=tuple(refused) if number == 0 else (),
        )


def _answers(labels: dict[str, Any], where: str, refused: list[Issue]) -> Iterator[tuple[str, Answer]]:
    """Each answer with its annotator."""

    def part(key: str, kind: type) -> Any:
        value = labels.get(key, kind())
        if not isinstance(value, kind):
            refused.append(Issue(where, "ANNOTATION-FORMAT", f"{key!r} should be of JSON's type for a {kind.__name__}"))
        return value if isinstance(value, kind) else kind()

    listed = part("entity lists", list)
    types = {str(name): tuple(map(str, types)) for name, types, *_ in listed}
    for key, slot in (("entity sentiments", SENTIMENT), ("entity ideologies", IDEOLOGY)):
        for name, pairs in part(key, dict).items():
            for value, annotator in pairs:
                others = {TYPE: types.get(str(name), ())}
                yield str(annotator), Answer(slot=slot, value=str(value), entity=str(name), others=others)
    for name, _, prominence, annotators in listed:
        for annotator in annotators:
            yield str(annotator), Answer(slot=PROMINENCE, value="/".join(map(str, prominence)), entity=str(name))
    for stances in part("sentence-level stances", dict).values():
        for stance in stances:
            for annotator in stance["annotators"]:
                yield str(annotator), Answer(slot=STANCE, value=str(stance["sentiment"]), entity=str(stance["object"]))
    for item in part("article ideology", list):
        yield str(item["annotator"]), Answer(slot=ARTICLE_IDEOLOGY, value=str(item["ideology"]))
