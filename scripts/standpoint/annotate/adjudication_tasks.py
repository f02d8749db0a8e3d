"""Questions as Label Studio tasks: one task an article and pass, blind, with what is settled drawn and the conflicts listed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from standpoint.annotate.adjudication import DECISION, LIST, REASON, SIGN, SIGNS
from standpoint.annotate.adjudication_words import Words
from standpoint.annotate.studio import sha256, task_key
from standpoint.annotate.tasks import actor_lists, make_result, make_task
from standpoint.codebook.actors import Registry
from standpoint.codebook.kinds._studio import TEXT
from standpoint.codebook.types import ACTORS, DISTRIBUTION, SPARE, Codebook
from standpoint.model import MINE, NONE, Annotation, AnnotationSet, Article, Choice, Question, Span

SEED = "standpoint adjudication"  # the same order of readers on every machine, that tells nothing
SIGN_COLOR = "#f59e0b"


class Open(NamedTuple):
    """What is in question in one pass of one article, and what is settled of that pass."""

    article: Article
    pass_name: str
    settled: Sequence[Annotation]
    questions: Sequence[Question]


def letters(article_id: str, pass_name: str, readers: Iterable[str]) -> dict[str, str]:
    """A, B, … for the readers of an article, in an order that is shuffled from article to article."""
    order = sorted(
        set(readers), key=lambda name: hashlib.sha256("\0".join((SEED, article_id, pass_name, name)).encode()).digest()
    )
    return {name: chr(ord("A") + number) if number < 26 else f"R{number + 1}" for number, name in enumerate(order)}


def adjudication_task(item: Open, codebook: Codebook, registry: Registry) -> dict:
    """The task that asks all questions of one pass of one article; no pseudonym is in it.

    Its key follows from what it asks, so that it is sent once, and again only where there is something new to ask.
    """
    article, keys = item.article, [question.asked.key for question in item.questions]
    data = make_task(article, item.pass_name, codebook, registry, with_drafts=False)["data"]
    data |= {
        "article": task_key(article.id, codebook.pass_by_name[item.pass_name].mask),
        "article_id": sha256("\0".join(keys))[:16],
    }
    words = Words(article, data["text"], codebook, registry, _spans(item))
    data |= _listed_actors(item, data, words)
    standing = {one.id for question in item.questions if question.standing for one in question.standing.annotations}
    data["agreed"] = sorted(one.id for one in item.settled if one.id not in standing)
    names = letters(article.id, item.pass_name, (name for question in item.questions for name in question.readings))
    data[LIST] = [_listed(number, question, names, words) for number, question in enumerate(item.questions, 1)]
    numbers = range(1, len(keys) + 1)
    data[SIGNS] = [{"value": f"conflict {number}", "alias": str(number), "background": SIGN_COLOR} for number in numbers]
    result = _drawn(item, data, codebook) + list(_signs(item, data["text"])) + list(_chosen(item, names))
    return {"data": data, "predictions": [{"model_version": "what is settled", "result": result}]}


def _drawn(item: Open, data: dict, codebook: Codebook) -> list[dict]:
    """What is settled, drawn. Names of new actors stand in the labels; distributions are nobody's to change."""
    layers = {layer.name for layer in codebook.layers if layer.for_each != SPARE and codebook.settle_of(layer) != DISTRIBUTION}
    made = AnnotationSet(
        **{"article_id": item.article.id, "annotator": "", "annotator_kind": "", "pass_name": item.pass_name},
        **{"codebook_version": codebook.version, "text_sha256": item.article.sha256},
        annotations=tuple(one for one in item.settled if one.layer in layers),
    )
    return make_result(made, data, codebook)


def _listed_actors(item: Open, data: dict, words: Words) -> dict[str, list[dict]]:
    """The page's lists of actors: the task's own, and all that anybody speaks of."""
    said = [one for question in item.questions for reading in question.readings.values() for one in reading]
    found = [entry["alias"] for entry in data.get(ACTORS, ())]
    for one in (*item.settled, *said):
        layer = words.codebook.by_name[one.layer]
        found += [one.label] if layer.labels_from else []
        found += [one.of] if isinstance(one, Choice) and layer.for_each else []
    lists = actor_lists(list(dict.fromkeys(found)), item.pass_name, words.codebook, words.registry)
    for entry in (entry for entries in lists.values() for entry in entries):
        entry["value"] = words.actor(entry["alias"])
    return lists


def _spans(item: Open) -> dict[str, Span]:
    said = (one for question in item.questions for reading in question.readings.values() for one in reading)
    return {one.id: one for one in (*said, *item.settled) if isinstance(one, Span)}


def _listed(number: int, question: Question, names: dict[str, str], words: Words) -> dict:
    """A conflict as the page lists it, equal readings once; ``asked`` and ``readings`` are what is read back."""
    by_letter = {names[name]: question.readings[name] for name in sorted(question.readings, key=names.get)}
    same = _by_content(by_letter)
    options = [
        {"value": f"{' and '.join(those)}: {words.reading(by_letter[those[0]])}", "alias": those[0]} for those in same.values()
    ]
    options += [] if frozenset() in same else [{"value": "none of these", "alias": NONE}]
    return {
        "title": f"{number}. {words.title(question.asked)}",
        "place": words.around(question.asked),
        "options": [*options, {"value": "mine, as I marked it", "alias": MINE}],
        "asked": msgspec.to_builtins(question.asked),
        "readings": msgspec.to_builtins(by_letter),
    }


def _by_content(readings: Mapping[str, Sequence[Annotation]]) -> dict[frozenset, list[str]]:
    """The letters of those who read the same; what is said is in the ids and labels."""
    found: dict[frozenset, list[str]] = {}
    for letter, reading in readings.items():
        found.setdefault(content(reading), []).append(letter)
    return found


def content(reading: Iterable[Annotation]) -> frozenset:
    """What a reading says; how it was drawn does not matter."""
    return frozenset((one.id, one.label) for one in reading)


def _signs(item: Open, text: str) -> Iterator[dict]:
    """The conflicts' numbers in the text: regions of their own, or a second label on the settled span that is asked about."""
    regions: dict[tuple[str, int, int], list[str]] = {}
    for number, question in enumerate(item.questions, 1):
        asked = question.asked
        if asked.start < asked.end:
            region = asked.about[0] if asked.about else f"sign-{number}"
            regions.setdefault((region, asked.start, asked.end), []).append(str(number))
    for (region, start, end), numbers in regions.items():
        value = {"start": start, "end": end, "text": text[start:end], "labels": numbers}
        yield {"id": region, "from_name": SIGN, "to_name": TEXT, "type": "labels", "origin": "manual", "value": value}


def _chosen(item: Open, names: Mapping[str, str]) -> Iterator[dict]:
    """Where a decision stands and somebody reads the place anew: what was decided is chosen already."""
    for number, question in enumerate(item.questions):
        if decision := question.standing:
            by_letter = {
                names[name]: reading for name, reading in sorted(question.readings.items(), key=lambda one: names[one[0]])
            }
            said = content(decision.annotations)
            choice = _by_content(by_letter).get(said, [MINE if said else NONE])[0]
            for name, chosen in ((DECISION, choice), (REASON, decision.reason)):
                fixed = {"to_name": TEXT, "type": "choices", "origin": "manual", "value": {"choices": [chosen]}}
                yield {"id": f"{name}{number}", "from_name": f"{name}_{number}"} | fixed
