"""Whether annotators worked by themselves, over all their articles."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._corpus import Corpus
from standpoint.checks._table import note

SCOPE = "corpus"
ARTICLES, SPANS = 3, 50  # fewer say nothing about an annotator
ALIKE, STAMPED = 0.5, 0.98  # from which share on it is worth a look
Found = Iterator[tuple[str, str]]


@note
def annotator_copies(corpus: Corpus) -> Found:
    """two annotators do not say the same of most of their articles, to the character

    Why: one alike article may be chance, half of them are not: one of the two is the other, or has seen the other's work.
    Fix: look who was behind the pseudonyms and whether the projects were apart; count one of the two.
    """
    for (pass_name, one, other), count in sorted(corpus.pairs.items()):
        if count["shared"] >= ARTICLES and count["alike"] >= ALIKE * count["shared"]:
            yield f"{pass_name} {other}", f"as {one} in {count['alike']} of {count['shared']} articles"


@note
def annotator_stamps(corpus: Corpus) -> Found:
    """an annotator with suggestions changes some, or adds to them

    Why: suggestions miss things; an annotator who never does more than take them over measures the suggestions, not the text.
    Fix: compare with the articles that the annotator had without suggestions; annotate some of these anew.
    """
    for (pass_name, annotator), count in sorted(corpus.suggestions.items()):
        if count["spans"] >= SPANS and count["suggestions"] >= STAMPED * count["spans"]:
            what = f"{count['suggestions']} of {count['spans']} spans in layers with suggestions are unchanged suggestions"
            yield f"{pass_name} {annotator}", what
