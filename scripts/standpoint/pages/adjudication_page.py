"""The page and the tasks on which adjudicators resolve conflicts in Label Studio, and the readings as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from lxml import etree

from standpoint.codebook.kinds._items import INDEX, TEXT, element
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, DISTRIBUTION, NEW, SPARE, Codebook
from standpoint.core.model import MINE, NONE, Annotation, Article, Asked, Choice, Question, Relation, Span, sha256
from standpoint.pages.label_config import label_config, validated_config
from standpoint.pages.task_json import task_key, write_result
from standpoint.pages.tasks import NO_NAMES, actor_lists, make_task

NOTHING = "nothing"
CONTEXT = 70  # characters of text that are shown before and after the place of a conflict


@dataclass
class Wording:
    """Describes conflicts and readings of one article.

    ``spans`` are all adjudicated and read spans, by id; ``names`` the names of new actors that annotators typed.
    """

    text: str  # as the page shows it
    codebook: Codebook
    registry: Registry
    spans: Mapping[str, Span]
    names: Mapping[str, str]

    def title(self, asked: Asked) -> str:
        """The title of a conflict: ``events``, ``agent of capture “seized”``, ``role of capture “seized”, to PLACE “mill”``."""
        name = (self.codebook.by_name[asked.layer].show or asked.layer).replace("_", " ")
        ends = [self.end(about) if about in self.spans else self.actor(about) for about in asked.about if about]
        return name + (f" of {', to '.join(ends)}" if ends else "" if not asked.about else " of the article")

    def context(self, asked: Asked) -> str:
        """The text around a conflict's place, which is between ⟦ and ⟧; "" if it has no place."""
        if asked.start == asked.end:
            return ""
        text = self.text
        before, after = text[max(0, asked.start - CONTEXT) : asked.start], text[asked.end : asked.end + CONTEXT]
        before = before if asked.start <= CONTEXT else f"…{before.partition(' ')[2]}"  # whole words
        after = after if asked.end + CONTEXT >= len(text) else f"{after.rpartition(' ')[0]}…"
        return " ".join(f"{before}⟦{text[asked.start : asked.end]}⟧{after}".split())

    def reading(self, reading: Iterable[Annotation]) -> str:
        """A reading as text: spans with their answers and relations, or only answers, or only relations."""
        reading = list(reading)
        spans = [item for item in reading if isinstance(item, Span)]
        if spans:
            return "; ".join(self._span_with_answers(span, reading) for span in spans)
        labels = [self.label(item) for item in reading if isinstance(item, Choice)]
        labels += [item.label.replace("_", " ") for item in reading if isinstance(item, Relation)]
        return ", ".join(labels) or NOTHING

    def _span_with_answers(self, span: Span, reading: Iterable[Annotation]) -> str:
        answers: dict[str, list[str]] = {}
        for item in reading:
            if isinstance(item, Choice) and item.of == span.id:
                answers.setdefault(item.layer, []).append(self.label(item))
        layers = [layer for layer in self.codebook.attributes_of(span.layer) if layer.name in answers]
        parts = [f"{layer.show or layer.name}: {', '.join(answers[layer.name])}" for layer in layers]
        links = [item for item in reading if isinstance(item, Relation)]
        parts += [f"{link.label} → {self.end(link.tail)}" for link in links if link.head == span.id]
        parts += [f"{link.label} of {self.end(link.head)}" for link in links if link.tail == span.id]
        return " · ".join([self.end(span.id), *parts])

    def end(self, identity: str) -> str:
        """A span as its label and quote: ``capture “seized”``."""
        span = self.spans[identity]
        return f"{self.label(span)} “{' '.join(span.quote.split())}”"

    def label(self, item: Span | Choice) -> str:
        """A label as the page shows it."""
        layer = self.codebook.by_name[item.layer]
        if layer.labels_from:
            return self.actor(item.label)
        return (layer.by_name[item.label].show or item.label) if layer.labels else f"“{item.label}”"

    def actor(self, identity: str) -> str:
        """An actor's name. A new actor has its typed name."""
        if known := self.registry.by_id.get(identity):
            return known.name
        if not identity.startswith(NEW):
            return identity
        if named := self.names.get(identity):
            return f"{named} (new)"
        name = identity.removeprefix(NEW)
        return f"new actor {name}" if name.isdecimal() else f"{name.replace('_', ' ').title()} (new)"


# Names of controls, and keys of the data. No layer has such a name. conflicts.xml has them too.
SIGN, DECISION, REASON, COMMENT = "__sign", "__decision", "__reason", "__comment"
LIST, SIGNS = "conflicts__", "signs__"
INSTRUCTIONS = (
    "Each numbered item is a place that the annotators A, B, … read differently. Their agreement is marked already. Choose "
    "the reading that is entirely right, or “none of these”. Or open “Mark a reading of your own”, mark it in the text, and "
    "choose “mine”. Then choose the reason for the difference. The letters stand for different annotators in each article."
)


def adjudication_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of a pass's page for adjudicators; StandpointError if the SDK's validator refuses it."""
    page, folder = etree.fromstring(label_config(codebook, pass_name)), Path(__file__).parent
    for layer in codebook.layers_of(pass_name):
        if codebook.resolve_of(layer) == DISTRIBUTION:  # every answer is kept, so there is no decision
            for control in page.findall(f".//*[@name='{layer.name}_{INDEX}']"):
                repeater = control.getparent()
                repeater.getparent().remove(repeater)
    etree.strip_attributes(page, "required", "requiredMessage")
    page.find("Style").text += "\n" + (folder / "adjudication.css").read_text(encoding="utf-8")
    bar, columns = page.find(".//View[@className='sp-bar']"), page.find(".//View[@className='sp-columns']")
    _, side = columns
    right = element("View", columns, className="sp-right")
    tools = element("View", right, className="sp-tools")
    # The controls of the selected region come first, so that they are visible.
    tools.extend([control for control in side if control.get("visibleWhen")])
    panel = element("Panel", element("Collapse", tools, open=False), value="Mark a reading of your own")
    panel.extend([bar, *side])
    columns.remove(side)
    right.append(etree.parse(folder / "conflicts.xml", etree.XMLParser(remove_blank_text=True, remove_comments=True)).getroot())
    signs = element("View", page, className="sp-hidden")
    element("Labels", signs, name=SIGN, toName=TEXT, choice="multiple", value=f"${SIGNS}")
    return validated_config(page, f"adjudication of {pass_name}")


SEED = "standpoint adjudication"  # shuffles the annotators, in the same order on every machine
SIGN_COLOR = "#f59e0b"


class OpenConflicts(NamedTuple):
    """The open questions of one pass of one article, its adjudicated annotations, and the names of its new actors, by id."""

    article: Article
    pass_name: str
    adjudicated: Sequence[Annotation]
    questions: Sequence[Question]
    names: Mapping[str, str] = NO_NAMES


def reader_letters(article_id: str, pass_name: str, readers: Iterable[str]) -> dict[str, str]:
    """A letter (A, B, …) for each annotator of an article, in another order for each article."""
    order = sorted(set(readers), key=lambda name: sha256("\0".join((SEED, article_id, pass_name, name))))
    return {name: chr(ord("A") + number) if number < 26 else f"R{number + 1}" for number, name in enumerate(order)}


def adjudication_task(item: OpenConflicts, codebook: Codebook, registry: Registry) -> dict:
    """The task with all questions about one pass of one article. It contains no pseudonym.

    Its key is a digest of the questions, so the same questions are sent once, and new questions make a new task.
    """
    article, questions = item.article, item.questions
    read = [annotation for question in questions for annotation in chain.from_iterable(question.readings.values())]
    decisions = [question.standing for question in questions if question.standing]
    standing = {annotation.id for decision in decisions for annotation in decision.annotations}
    data = make_task(article, item.pass_name, codebook, registry, with_suggestions=False)["data"]
    spans = {annotation.id: annotation for annotation in (*read, *item.adjudicated) if isinstance(annotation, Span)}
    wording = Wording(data["text"], codebook, registry, spans, item.names)
    data |= {
        "article": task_key(article.id, codebook.pass_by_name[item.pass_name].mask),
        "article_id": sha256("\0".join(question.asked.key for question in questions))[:16],
        "agreed": sorted(annotation.id for annotation in item.adjudicated if annotation.id not in standing),
        LIST: [],
        SIGNS: [],
    }
    data |= _listed_actors([*item.adjudicated, *read], item.pass_name, data, wording)
    # The labels show the names of new actors already, and layers with a distribution keep every annotator's answer.
    drawn = {layer.name for layer in codebook.layers if layer.for_each != SPARE and codebook.resolve_of(layer) != DISTRIBUTION}
    result = write_result([annotation for annotation in item.adjudicated if annotation.layer in drawn], data, codebook)
    names = reader_letters(article.id, item.pass_name, (name for question in questions for name in question.readings))
    signs: dict[tuple[str, int, int], list[str]] = {}  # the conflicts' numbers by region id, start and end
    chosen: list[dict] = []
    for index, question in enumerate(questions):
        asked, number = question.asked, str(index + 1)
        by_letter = dict(sorted((names[name], reading) for name, reading in question.readings.items()))
        by_content: dict[frozenset, list[str]] = {}  # the letters of equal readings
        for letter, reading in by_letter.items():
            by_content.setdefault(_content(reading), []).append(letter)
        data[LIST].append(_conflict_entry(number, asked, by_letter, by_content.values(), wording))
        data[SIGNS].append({"value": f"conflict {number}", "alias": number, "background": SIGN_COLOR})
        if asked.start < asked.end:
            # The sign is a new region, or a second label on the adjudicated span in question.
            region = asked.about[0] if asked.about else f"sign-{number}"
            signs.setdefault((region, asked.start, asked.end), []).append(number)
        if decision := question.standing:
            decided = _content(decision.annotations)
            choice = by_content.get(decided, [MINE if decided else NONE])[0]
            for name, answer in ((DECISION, choice), (REASON, decision.reason)):
                place = {"id": f"{name}{index}", "from_name": f"{name}_{index}", "to_name": TEXT}
                chosen.append(place | {"type": "choices", "origin": "manual", "value": {"choices": [answer]}})
    for (region, start, end), numbers in signs.items():
        value = {"start": start, "end": end, "text": data["text"][start:end], "labels": numbers}
        result.append({"id": region, "from_name": SIGN, "to_name": TEXT, "type": "labels", "origin": "manual", "value": value})
    return {"data": data, "predictions": [{"model_version": "adjudicated", "result": result + chosen}]}


def _conflict_entry(
    number: str, asked: Asked, by_letter: dict[str, tuple[Annotation, ...]], equal: Iterable[list[str]], wording: Wording
) -> dict:
    """A conflict's entry in the page's list; equal readings are one option. Import needs ``asked`` and ``readings``."""
    options = [
        {"value": f"{' and '.join(letters)}: {wording.reading(by_letter[letters[0]])}", "alias": letters[0]} for letters in equal
    ]
    options += [] if () in by_letter.values() else [{"value": "none of these", "alias": NONE}]
    return {
        "title": f"{number}. {wording.title(asked)}",
        "place": wording.context(asked),
        "options": [*options, {"value": "mine, as I marked it", "alias": MINE}],
        "asked": msgspec.to_builtins(asked),
        "readings": msgspec.to_builtins(by_letter),
    }


def _content(reading: Iterable[Annotation]) -> frozenset:
    """The ids and labels of a reading, without their order, to compare readings by."""
    return frozenset((annotation.id, annotation.label) for annotation in reading)


def _listed_actors(annotations: Iterable[Annotation], pass_name: str, data: dict, wording: Wording) -> dict[str, list[dict]]:
    """The page's lists of actors: the actors of the article's task, and all actors in adjudicated annotations and readings."""
    actors = [entry["alias"] for entry in data.get(ACTORS, ())]
    for annotation in annotations:
        layer = wording.codebook.by_name[annotation.layer]
        actors += [annotation.label] if layer.labels_from else []
        actors += [annotation.of] if isinstance(annotation, Choice) and layer.for_each else []
    lists = actor_lists(list(dict.fromkeys(actors)), pass_name, wording.codebook, wording.registry)
    for entry in chain.from_iterable(lists.values()):
        entry["value"] = wording.actor(entry["alias"])
    return lists
