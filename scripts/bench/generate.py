"""Inputs of any size: an export of Label Studio, raw articles, and pages.

An export has tasks of our facts pass, two annotators each, about 30 regions and 8 relations a set. All is seeded, so that a size
is always the same file. The texts are random words; no article is used.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article, Zone
from standpoint.pages.task_json import sha256
from standpoint.pages.tasks import make_task

WORDS, SPANS, EVENTS, RELATIONS = 700, 30, 12, 8
SENTENCE, PARAGRAPH = 18, 54  # words
SYLLABLES = ("ka", "lo", "mir", "ten", "vas", "ur", "ode", "shi", "pra", "né", "gol", "wen")
VOCABULARY = ["".join(parts) for length in (1, 2, 3) for parts in product(SYLLABLES, repeat=length)]


def text_of(chance: random.Random, words: int = WORDS) -> tuple[str, list[tuple[int, int]]]:
    """A text of so many words in sentences and paragraphs, and where each word stands."""
    pieces, places, at = [], [], 0
    for number, word in enumerate(chance.choices(VOCABULARY, k=words), 1):
        after = ".\n\n" if number % PARAGRAPH == 0 else ". " if number % SENTENCE == 0 else " "
        places.append((at, at + len(word)))
        pieces.append(word + after)
        at += len(word) + len(after)
    return "".join(pieces).strip(), places


def article_of(number: int, words: int = WORDS) -> tuple[Article, list[tuple[int, int]]]:
    """Article number so and so, and where its words stand."""
    text, places = text_of(random.Random(number), words)
    digest = sha256(text)
    sentences = tuple((group[0][0], group[-1][1] + 1) for i in range(0, words, SENTENCE) if (group := places[i : i + SENTENCE]))
    article = Article(
        id=f"bench-2031-01-01-{digest[:8]}",
        source="bench",
        publisher="Bench",
        title=f"Article {number}",
        licence="CC0-1.0",
        language="en",
        sha256=digest,
        text=text,
        published="2031-01-01",
        zones=(Zone(name="body", start=0, end=len(text)),),
        sentences=sentences,
        annotated_until=len(text),
    )
    return article, places


def result_of(
    chance: random.Random, text: str, places: list[tuple[int, int]], actors: list[str], codebook: Codebook
) -> list[dict]:
    """One annotator's result: events with roles and status, actors, places, and arrows between them."""
    items: list[dict] = []
    chosen = sorted(chance.sample(range(len(places)), SPANS))
    events, fillers = chosen[:: len(chosen) // EVENTS][:EVENTS], []
    for at in chosen:
        start, end = places[at]
        identity = f"{chance.getrandbits(60):010x}"[:10]
        value = {"start": start, "end": end, "text": text[start:end]}
        if at in events:
            layer, label = "events", chance.choice(codebook.by_name["events"].label_names)
            events[events.index(at)] = identity
        elif len(fillers) < RELATIONS:
            layer, label = "places", "PLACE"
            fillers.append(identity)
        else:
            layer, label = "actors", chance.choice(actors)
        base = {"id": identity, "to_name": "text", "origin": "manual"}
        items.append(base | {"from_name": layer, "type": "labels", "value": value | {"labels": [label]}})
        if layer == "events":
            for name, answer in (("status", "asserted"), ("agent", chance.choice(actors))):
                items.append(base | {"from_name": name, "type": "choices", "value": value | {"choices": [answer]}})
    for head, tail in zip(events, fillers, strict=False):
        items.append({"from_id": head, "to_id": tail, "type": "relation", "direction": "right", "labels": ["place"]})
    return items


def export_tasks(tasks: int, codebook: Codebook, registry: Registry) -> Iterator[dict]:
    """So many tasks as Label Studio exports them, each with the work of two annotators."""
    actors = [f"NEW:{number}" for number in range(1, 5)]
    for number in range(tasks):
        article, places = article_of(number)
        data = make_task(article, "facts", codebook, registry, with_suggestions=False)["data"]
        works = []
        for annotator in (1, 2):
            chance = random.Random(number * 2 + annotator)
            result = result_of(chance, article.text or "", places, actors, codebook)
            works.append(_work(number * 2 + annotator, annotator, result))
        yield {"id": number + 1, "annotations": works, "drafts": [], "predictions": [], "data": data, "meta": {}}


def write_export(path: Path, tasks: int, codebook: Codebook, registry: Registry) -> None:
    """Write the export of so many tasks, as Label Studio's export button would."""
    with path.open("w", encoding="utf-8") as file:
        for number, task in enumerate(export_tasks(tasks, codebook, registry)):
            file.write(("[" if number == 0 else ",") + json.dumps(task, ensure_ascii=False))
        file.write("]")


def _work(number: int, annotator: int, result: list[dict]) -> dict:
    times = {"created_at": "2031-01-02T10:00:00.000000Z", "updated_at": "2031-01-02T10:00:00.000000Z", "lead_time": 512.25}
    flags = {"was_cancelled": False, "ground_truth": False, "parent_prediction": None, "parent_annotation": None}
    return {"id": number, "completed_by": annotator, "result": result, "result_count": len(result)} | times | flags


def write_articles(folder: Path, size: int, licence: str = "CC0-1.0", names: Sequence[str] = ()) -> Path:
    """Write raw articles as JSON Lines, one in twenty a light rewrite of the one before, and their sources.yaml.

    ``names`` of actors stand in the place of some words.
    """
    _write_source(folder, "articles/*.jsonl", licence)
    (folder / "articles").mkdir(exist_ok=True)
    path = folder / "articles" / f"{size}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(size):
            text, _ = text_of(random.Random(number - 1 if number % 20 == 19 else number))
            text = text if number % 20 != 19 else text.replace("ka", "ko", 3)
            if names:
                words = text.split(" ")
                words[::50] = random.Random(number).choices(names, k=len(words[::50]))
                text = " ".join(words)
            row = {"title": f"Article {number}", "text": text, "published": "2031-03-10"}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def write_pages(folder: Path, size: int) -> None:
    """Write articles as pages of an outlet, a file each: with menus, scripts, metadata, a figure and teasers of others."""
    _write_source(folder, f"pages-{size}/*.html", "CC0-1.0")
    (folder / f"pages-{size}").mkdir(exist_ok=True)
    menu = "".join(f'<li><a href="/section{number}">{VOCABULARY[number + 200].title()}</a></li>' for number in range(30))
    script = "<script>" + "function f(x){return x*2} " * 100 + "</script>"
    for number in range(size):
        chance = random.Random(number)
        title = f"Article {number}: " + " ".join(chance.choices(VOCABULARY, k=6))
        paragraphs = text_of(chance)[0].split("\n\n")
        teasers = (" ".join(chance.choices(VOCABULARY, k=8)) for _ in range(12))
        cards = "".join(f'<div class="card"><a href="/{at}"><h3>{words}</h3></a></div>' for at, words in enumerate(teasers))
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        figure = '<figure><img src="a.jpg"><figcaption>The harbour</figcaption></figure>'
        if number % 3 == 0:
            body = f'<article><h1>{title}</h1><p class="byline">By A. Writer</p>{figure}{body}</article>'
        elif number % 3 == 1:
            body = f'<div class="content"><h1>{title}</h1><div class="body">' + "<br><br>".join(paragraphs) + "</div></div>"
        else:
            body = f'<main><h1>{title}</h1><div class="story">{body}</div></main>'
        head = f'<title>{title}</title><meta property="og:title" content="{title}">{script}<style>{".a{color:red}" * 100}</style>'
        head += '<meta charset="utf-8"><meta property="article:published_time" content="2031-01-01T10:00:00Z">'
        page = f"<body><nav><ul>{menu}</ul></nav>{body}<aside>{cards}</aside><footer><ul>{menu}</ul></footer></body>"
        (folder / f"pages-{size}" / f"{number}.html").write_text(
            f'<!DOCTYPE html><html lang="en"><head>{head}</head>{page}</html>'
        )


def _write_source(folder: Path, match: str, licence: str) -> None:
    """An outlet within the scope of our registry, so that its actors are found."""
    source = f"{{id: northwire, name: Northwire, match: ['{match}'], licence: {licence}, language: en}}"
    (folder / "sources.yaml").write_text(f"sources:\n  - {source}\n")
