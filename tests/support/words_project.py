"""A project of two outlets in which a machine and people mark words as grain or fruit, for estimates and samples."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from another_codebook import ANOTHER_CODEBOOK, another_codebook
from standpoint.core.files import write_lines, write_whole
from standpoint.core.model import AnnotationSet, Article, Choice, Span, sha256
from standpoint.core.project import Project
from whole_projects import new_project, store_sets

GRAMMAR = another_codebook()
WORDS = "Grain fruit wheat apple barley cherry."


def article(number: int, source: str) -> Article:
    text = f"{WORDS} Day {number} in {source}."
    return Article(
        id=f"{source}-2031-05-{number:02}-{sha256(text)[:8]}",
        source=source,
        publisher=source.title(),
        title=f"Day {number}",
        licence="CC0-1.0",
        language="en",
        sha256=sha256(text),
        text=text,
        annotated_until=len(text),
    )


# Eight articles of one outlet and six of another, and each is a story of its own.
ARTICLES = [article(number, "bell") for number in range(1, 9)] + [article(number, "crier") for number in range(1, 7)]
TONES = ("hopeful", "worried")


def reading_of(of: Article, annotator: str, labels: str, tone: int = 0, **changes) -> AnnotationSet:
    """A set that marks the first words: g is grain, f is fruit."""
    spans, at = [], 0
    for letter, word in zip(labels, WORDS.rstrip(".").split(), strict=False):
        label = {"g": "grain", "f": "fruit"}[letter]
        spans.append(Span(id=f"c{at}", layer="crops", label=label, start=at, end=at + len(word), quote=word))
        at += len(word) + 1
    answers = [Choice(id=f"{one.id}.health", layer="health", label="sound", of=one.id) for one in spans]
    answers.append(Choice(id="tone", layer="tone", label=TONES[tone]))
    made_of = {"article_id": of.id, "annotator": annotator, "pass_name": "reading", "codebook_version": GRAMMAR.version}
    kind = "model" if annotator.startswith("m") else "human_trained"
    return msgspec.structs.replace(
        AnnotationSet(**made_of, text_sha256=of.sha256, annotator_kind=kind, annotations=(*spans, *answers)), **changes
    )


def project_of(tmp_path, sets: Sequence[AnnotationSet], grammar: dict = ANOTHER_CODEBOOK) -> Project:
    project = new_project(tmp_path, grammar)
    for source in ("bell", "crier"):
        write_lines(project.articles / f"{source}.jsonl", [one for one in ARTICLES if one.source == source])
    store_sets(project, sets)
    kinds = {one.annotator: one.annotator_kind for one in sets}
    lines = [f"- {{id: {name}, kind: {kind}}}" for name, kind in sorted(kinds.items())]
    write_whole(project.annotators, "annotators:\n" + "\n".join(lines) + "\n")
    return project
