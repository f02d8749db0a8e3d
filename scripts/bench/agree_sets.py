"""Annotation sets of any number of articles for the benchmark of agreement: three annotators, both passes, our codebook.

Seeded, so that a size is always the same files. Each annotator sees the same truth, and changes or misses a tenth of it.
Five articles are a story. There is no text: places are counted in words of five characters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

from standpoint.codebook.types import Codebook
from standpoint.core.files import write_lines
from standpoint.core.model import Annotation, AnnotationSet, Article, Choice, Relation, Span
from standpoint.core.project import Project

ANNOTATORS = ("h01", "h02", "h03")
WORDS, EVENTS, MENTIONS, PLACES, ACTORS, STORY = 500, 12, 20, 10, 8, 5
NOISE = 0.1
UNITS, VALUES = 5, 5  # of the matrix: answers of an article, values of the scale


def write_sets(project: Project, size: int, codebook: Codebook) -> None:
    """The articles and the sets of all annotators, as `standpoint agree` reads them."""
    rows = (f"  - {{id: {name}, kind: human_trained, description: made up}}\n" for name in ANNOTATORS)
    project.annotators.parent.mkdir(parents=True, exist_ok=True)
    project.annotators.write_text("annotators:\n" + "".join(rows))
    write_lines(project.articles / "bench.jsonl", map(article_of, range(size)))
    for one in codebook.passes:
        for annotator in ANNOTATORS:
            sets = (set_of(number, annotator, one.name, codebook) for number in range(size))
            write_lines(project.annotations / one.name / f"{annotator}.jsonl", sets)


def article_of(number: int) -> Article:
    identity = f"bench-{number:07}"
    known = {"source": "bench", "publisher": "Bench", "title": "", "licence": "CC0-1.0", "language": "en", "sha256": ""}
    return Article(id=identity, annotated_until=WORDS * 6, group=f"bench-{number - number % STORY:07}", **known)


def set_of(number: int, annotator: str, pass_name: str, codebook: Codebook) -> AnnotationSet:
    """What an annotator says of an article."""
    truth, chance = random.Random(f"{number} {pass_name}"), random.Random(f"{number} {pass_name} {annotator}")
    annotations = _facts(truth, chance, codebook) if pass_name == "facts" else _stance(truth, chance, codebook)
    return AnnotationSet(
        article_id=f"bench-{number:07}",
        annotator=annotator,
        pass_name=pass_name,
        annotator_kind="human_trained",
        codebook_version=codebook.version,
        text_sha256="",
        submitted=f"2031-{number % 12 + 1:02}-09T10:00:00Z",
        annotations=tuple(annotations),
    )


def _facts(truth: random.Random, chance: random.Random, codebook: Codebook) -> Iterator[Annotation]:
    words = truth.sample(range(WORDS), EVENTS + MENTIONS + PLACES)
    actors = [f"act-{truth.randint(1, 400):06}" for _ in range(ACTORS)]
    events, places = [], []
    for place, word in enumerate(words):
        layer = "events" if place < EVENTS else "places" if place < EVENTS + PLACES else "actors"
        labels = actors if layer == "actors" else codebook.by_name[layer].label_names
        label = truth.choice(labels)
        if chance.random() > NOISE:
            found = _span(layer, chance.choice(labels) if chance.random() < NOISE else label, word, 1 + (chance.random() < NOISE))
            (events if layer == "events" else places if layer == "places" else []).append(found)
            yield found
    for event in events:
        answer = random.Random(f"{event.start} {actors[0]}")
        for layer in ("status", "source"):
            labels = codebook.by_name[layer].label_names
            label = labels[min(int(answer.expovariate(1)), len(labels) - 1)]
            yield Choice(id=f"{event.id}{layer}", layer=layer, label=_noisy(label, labels, chance), of=event.id)
        for layer in ("agent", "target"):
            yield Choice(id=f"{event.id}{layer}", layer=layer, label=_noisy(answer.choice(actors), actors, chance), of=event.id)
    for place, tail in enumerate(places if events else ()):
        yield Relation(
            id=f"r{place}", layer="role", label=tail.label.lower().replace("object", "target"), head=events[0].id, tail=tail.id
        )


def _stance(truth: random.Random, chance: random.Random, codebook: Codebook) -> Iterator[Annotation]:
    labels = codebook.by_name["stance"].label_names
    for place in range(UNITS):
        actor, label = f"act-{truth.randint(1, 80) * 5 + place:06}", truth.choice(labels)
        if chance.random() > NOISE / 2:
            yield Choice(id=f"s{place}", layer="stance", label=_noisy(label, labels, chance), of=actor)
        word = truth.randrange(WORDS // UNITS - 4) + place * WORDS // UNITS
        if chance.random() > NOISE:
            yield _span("evidence", actor, word, chance.randint(1, 3))


def _span(layer: str, label: str, word: int, words: int) -> Span:
    start, end = word * 6, word * 6 + words * 6 - 1
    return Span(id=f"{layer}{start}", layer=layer, label=label, start=start, end=end, quote=" ".join(["worda"] * words))


def _noisy(label: str, labels: tuple[str, ...] | list[str], chance: random.Random) -> str:
    return chance.choice(labels) if chance.random() < NOISE else label


def answers(size: int) -> np.ndarray:
    """A matrix of answers on a scale, annotators x units, -1 for none: what alpha is computed from by us and by the peer."""
    chance = np.random.default_rng(size)
    truth = chance.integers(VALUES, size=size * UNITS)
    rows = [np.where(chance.random(truth.size) < NOISE, chance.integers(VALUES, size=truth.size), truth) for _ in ANNOTATORS]
    return np.array([np.where(chance.random(truth.size) < NOISE / 2, -1, row) for row in rows])
