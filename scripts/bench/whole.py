"""A whole project of any size: articles that `ingest` made, and the sets of two annotators, ready to be checked."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

from generate import write_articles
from row import CORES, own_project, with_jobs

from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import Annotation, AnnotationSet, Article, Choice, Relation, Reporter, Span
from standpoint.core.project import Project
from standpoint.core.standoff import Standoff
from standpoint.ingest.ingest import ingest_paths

ANNOTATORS = ("h01", "h02")
EVENTS, NOISE = 10, 0.2
WORD = re.compile(r"\b[a-z]\w*")


def whole_project(folder: Path, size: int, licence: str = "CC0-1.0") -> Project:
    """The project of a size, made new. Its raw file is ``folder``/articles/SIZE.jsonl."""
    project = own_project(folder)
    shutil.rmtree(project.root / "dataset", ignore_errors=True)
    shutil.rmtree(project.splits, ignore_errors=True)
    codebook, registry = open_codebook(project)
    actors = {actor.name: actor.id for actor in registry.actors if actor.name[0].isupper()}
    raw = write_articles(folder, size, licence, list(actors))
    for path in (project.sources, project.split_plan):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "sources.yaml", project.sources)
    project.version.write_text("0.1.0\n")
    project.split_plan.write_text("salt: bench\n")
    rows = (f"  - {{id: {name}, kind: human_trained, description: made up}}\n" for name in ANNOTATORS)
    project.annotators.write_text("annotators:\n" + "".join(rows))
    ingest_paths(project, [raw], project.sources, Reporter(), **with_jobs(ingest_paths, CORES))
    for annotator in ANNOTATORS:
        sets = (set_of(article, annotator, actors, codebook) for article in read_articles(project))
        Standoff(project).write(project.annotations / "facts" / f"{annotator}.jsonl", sets)
    return project


def set_of(article: Article, annotator: str, actors: dict[str, str], codebook: Codebook) -> AnnotationSet:
    """What an annotator says of an article: both see the same truth, and each changes a tenth of the labels."""
    truth, chance = random.Random(article.id), random.Random(f"{article.id} {annotator}")
    text = article.text or ""
    words = [found.span() for found in WORD.finditer(text, 0, article.annotated_until)]
    names = [found.span() for found in re.finditer("|".join(map(re.escape, actors)), text[: article.annotated_until])]

    def span(layer: str, place: tuple[int, int], label: str) -> Span:
        start, end = place
        return Span(id=f"{layer}{start}", layer=layer, label=label, start=start, end=end, quote=text[start:end])

    def label_in(layer: str) -> str:
        labels = codebook.by_name[layer].label_names
        label, other = truth.choice(labels), chance.choice(labels)
        return other if chance.random() < NOISE else label

    chosen = truth.sample(words, 2 * EVENTS)
    events = [span("events", place, label_in("events")) for place in chosen[:EVENTS]]
    places = [span("places", place, label_in("places")) for place in chosen[EVENTS:]]
    mentions = [span("actors", place, actors[text[slice(*place)]]) for place in names]
    answers: list[Annotation] = []
    for event, place in zip(events, places, strict=True):
        agent = truth.choice(mentions).label
        for layer, label in (("status", "asserted"), ("source", "author"), ("agent", agent)):
            answers.append(Choice(id=f"{event.id}{layer}", layer=layer, label=label, of=event.id))
        role = {"PLACE": "place", "TIME": "time"}.get(place.label, "target")
        answers.append(Relation(id=f"r{event.id}", layer="role", label=role, head=event.id, tail=place.id))
    return AnnotationSet(
        article_id=article.id,
        annotator=annotator,
        pass_name="facts",
        annotator_kind="human_trained",
        codebook_version=codebook.version,
        text_sha256=article.sha256,
        lead_time=512.25,
        submitted="2031-01-02T10:00:00Z",
        annotations=(*events, *mentions, *places, *answers),
    )
