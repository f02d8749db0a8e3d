"""Conflicts as Label Studio tasks for adjudicators: the page, its questions, and the readings as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from lxml import etree

from standpoint.codebook.kinds._items import INDEX, TEXT, element
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import ACTORS, DISTRIBUTION, NEW, SPARE, Codebook
from standpoint.core.model import (
    MINE,
    NONE,
    REASONS,
    Annotation,
    AnnotationSet,
    Article,
    Asked,
    Choice,
    Question,
    Relation,
    Span,
    sha256,
)
from standpoint.pages.label_config import label_config, validated_config
from standpoint.pages.task_json import task_key, write_result
from standpoint.pages.tasks import actor_lists, make_task

NOTHING = "nothing"
CONTEXT = 70  # characters of the text on each side of the place of a conflict


@dataclass
class Wording:
    """Describes conflicts and readings of one article; ``spans`` are all adjudicated and read spans, by id."""

    article: Article
    shown: str  # the article's text as the pass shows it
    codebook: Codebook
    registry: Registry
    spans: Mapping[str, Span]

    def title(self, asked: Asked) -> str:
        """The title of a conflict: ``events``, ``agent of capture “seized”``, ``role of capture “seized”, to PLACE “mill”``."""
        name = (self.codebook.by_name[asked.layer].show or asked.layer).replace("_", " ")
        ends = [self.end(about) if about in self.spans else self.actor(about) for about in asked.about if about]
        return name + (f" of {', to '.join(ends)}" if ends else "" if not asked.about else " of the article")

    def context(self, asked: Asked) -> str:
        """The text around a conflict's place, with the place between ⟦ and ⟧; "" if it has no place."""
        if asked.start == asked.end:
            return ""
        text = self.shown
        before, after = text[max(0, asked.start - CONTEXT) : asked.start], text[asked.end : asked.end + CONTEXT]
        before = before if asked.start <= CONTEXT else f"…{before.partition(' ')[2]}"  # whole words
        after = after if asked.end + CONTEXT >= len(text) else f"{after.rpartition(' ')[0]}…"
        return " ".join(f"{before}⟦{text[asked.start : asked.end]}⟧{after}".split())

    def reading(self, reading: Iterable[Annotation]) -> str:
        """A reading: its spans with their answers and relations, or answers, or relations."""
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
        parts += [
            f"{item.label} → {self.end(item.tail)}" for item in reading if isinstance(item, Relation) and item.head == span.id
        ]
        parts += [
            f"{item.label} of {self.end(item.head)}" for item in reading if isinstance(item, Relation) and item.tail == span.id
        ]
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
        """An actor's name; for a new actor, the name that was typed for it."""
        new = identity.removeprefix(NEW)
        if known := self.registry.by_id.get(identity):
            return known.name
        return (
            identity if new == identity else f"new actor {new}" if new.isdecimal() else f"{new.replace('_', ' ').title()} (new)"
        )


# Names of controls and keys of the data that no layer has.
SIGN, DECISION, REASON, COMMENT = "__sign", "__decision", "__reason", "__comment"
LIST, SIGNS = "conflicts__", "signs__"
REASON_LABELS = dict(
    zip(REASONS, ("slip", "guidelines are clear", "guidelines have a gap", "ambiguous text", "tool"), strict=True)
)
COMMENTED = ("guideline_gap", "genuine_ambiguity")  # the reasons for which the page asks for a comment
INSTRUCTIONS = (
    "Each numbered item is a place that the annotators A, B, … read differently. What they agree on is marked already. Choose "
    "the reading that is right as a whole, or “none of these”. Or open “Mark a reading of your own”, mark it in the text, and "
    "choose “mine”. Then choose the reason for the difference. The letters stand for different annotators in each article."
)
STYLE = """
.sp-head h4,.sp-head h5{font-size:15px !important;margin:0 !important}
.sp-text{flex:1 1 46%}
.sp-right{flex:1 1 54%;min-width:0;position:sticky;top:0;display:flex;flex-direction:column;max-height:calc(100vh - 175px)}
.sp-tools{flex:0 0 auto;max-height:36vh;overflow-y:auto}
.sp-conflicts{flex:1 1 auto;min-height:0;overflow-y:auto;padding-right:6px}
.sp-conflict{border-top:1px solid var(--color-neutral-border,#ddd);padding:4px 0}
.sp-conflict h4{font-size:15px !important;margin:2px 0 !important}
.sp-place h4{font-size:14px !important;font-weight:400 !important;line-height:1.35 !important}
.sp-conflict label{font-weight:400 !important}
.sp-conflict form{margin:0 0 2px !important}
.sp-hidden{display:none}
"""


def adjudication_config(codebook: Codebook, pass_name: str) -> str:
    """The XML of one pass's page for adjudicators; StandpointError if the SDK's validator refuses it."""
    page = etree.fromstring(label_config(codebook, pass_name))
    for layer in codebook.layers_of(pass_name):
        if codebook.resolve_of(layer) == DISTRIBUTION:
            _remove_repeated(page, f"{layer.name}_{INDEX}")
    for control in page.iter():
        control.attrib.pop("required", None)
        control.attrib.pop("requiredMessage", None)
    style = _find(page, "Style")
    style.text = (style.text or "") + STYLE
    bar, columns = _find(page, ".//View[@className='sp-bar']"), _find(page, ".//View[@className='sp-columns']")
    _, side = columns
    right = element("View", columns, className="sp-right")
    tools = element("View", right, className="sp-tools")
    # The controls of the selected region come first, so that they are in view.
    tools.extend([control for control in side if control.get("visibleWhen")])
    own = element("Panel", element("Collapse", tools, open=False), value="Mark a reading of your own")
    own.extend([bar, *side])
    columns.remove(side)
    right.append(_conflicts())
    signs = element("View", page, className="sp-hidden")
    element("Labels", signs, name=SIGN, toName=TEXT, choice="multiple", value=f"${SIGNS}")
    return validated_config(page, f"adjudication of {pass_name}")


def _conflicts() -> etree._Element:
    """The list of conflicts: for each a title, its readings, the reasons, and a comment for some reasons."""
    view = element("View", className="sp-conflicts")
    item = element("View", element("Repeater", view, on=f"${LIST}", indexFlag=INDEX), className="sp-conflict")
    element("Header", item, value=f"${LIST}[{INDEX}].title", size="5")
    element("Header", element("View", item, className="sp-place"), value=f"${LIST}[{INDEX}].place", size="6")
    common = {"toName": TEXT, "choice": "single-radio", "required": True}
    readings = f"${LIST}[{INDEX}].options"
    element("Choices", item, name=f"{DECISION}_{INDEX}", value=readings, requiredMessage="Each conflict needs a choice", **common)
    reasons = element(
        "Choices", item, name=f"{REASON}_{INDEX}", showInline=True, requiredMessage="Each conflict needs a reason", **common
    )
    for name, shown in REASON_LABELS.items():
        element("Choice", reasons, value=shown, alias=name)
    shown_for = {"visibleWhen": "choice-selected", "whenTagName": f"{REASON}_{INDEX}", "whenChoiceValue": ",".join(COMMENTED)}
    comment = {"rows": 1, "maxSubmissions": 1, "editable": True, "placeholder": "What should the guidelines say? What is open?"}
    element("TextArea", element("View", item, **shown_for), name=f"{COMMENT}_{INDEX}", toName=TEXT, **comment)
    return view


def _find(page: etree._Element, path: str) -> etree._Element:
    element = page.find(path)
    if element is None:
        raise ValueError(f"the label config has no {path}")
    return element


def _remove_repeated(page: etree._Element, name: str) -> None:
    """Remove a control that is repeated for each actor, with its repeater."""
    for control in page.findall(f".//*[@name='{name}']"):
        repeater = control.getparent()
        repeater.getparent().remove(repeater)


SEED = "standpoint adjudication"  # shuffles the annotators, in the same way on every machine
SIGN_COLOR = "#f59e0b"


class OpenConflicts(NamedTuple):
    """The open questions of one pass of one article, and the adjudicated annotations of that pass."""

    article: Article
    pass_name: str
    adjudicated: Sequence[Annotation]
    questions: Sequence[Question]


def reader_letters(article_id: str, pass_name: str, readers: Iterable[str]) -> dict[str, str]:
    """A letter (A, B, …) for each annotator of an article, in an order that differs from article to article."""
    order = sorted(set(readers), key=lambda name: sha256("\0".join((SEED, article_id, pass_name, name))))
    return {name: chr(ord("A") + number) if number < 26 else f"R{number + 1}" for number, name in enumerate(order)}


def adjudication_task(item: OpenConflicts, codebook: Codebook, registry: Registry) -> dict:
    """The task with all questions about one pass of one article; it contains no pseudonym.

    Its key is a digest of the questions, so the task is sent once, and a new task only if there are new questions.
    """
    article, keys = item.article, [question.asked.key for question in item.questions]
    data = make_task(article, item.pass_name, codebook, registry, with_suggestions=False)["data"]
    data |= {
        "article": task_key(article.id, codebook.pass_by_name[item.pass_name].mask),
        "article_id": sha256("\0".join(keys))[:16],
    }
    wording = Wording(article, data["text"], codebook, registry, _spans(item))
    data |= _listed_actors(item, data, wording)
    standing = {each.id for question in item.questions if question.standing for each in question.standing.annotations}
    data["agreed"] = sorted(each.id for each in item.adjudicated if each.id not in standing)
    names = reader_letters(article.id, item.pass_name, (name for question in item.questions for name in question.readings))
    data[LIST] = [_conflict_entry(number, question, names, wording) for number, question in enumerate(item.questions, 1)]
    numbers = range(1, len(keys) + 1)
    data[SIGNS] = [{"value": f"conflict {number}", "alias": str(number), "background": SIGN_COLOR} for number in numbers]
    result = _adjudicated_result(item, data, codebook) + list(_signs(item, data["text"])) + list(_standing_choices(item, names))
    return {"data": data, "predictions": [{"model_version": "adjudicated", "result": result}]}


def _adjudicated_result(item: OpenConflicts, data: dict, codebook: Codebook) -> list[dict]:
    """The adjudicated annotations as a result.

    Left out are the names of new actors, which the labels show already, and layers that keep every annotator's answer.
    """
    layers = {layer.name for layer in codebook.layers if layer.for_each != SPARE and codebook.resolve_of(layer) != DISTRIBUTION}
    drawn = AnnotationSet(
        article_id=item.article.id,
        annotator="",
        annotator_kind="",
        pass_name=item.pass_name,
        codebook_version=codebook.version,
        text_sha256=item.article.sha256,
        annotations=tuple(annotation for annotation in item.adjudicated if annotation.layer in layers),
    )
    return write_result(drawn, data, codebook)


def _listed_actors(item: OpenConflicts, data: dict, wording: Wording) -> dict[str, list[dict]]:
    """The page's lists of actors: the task's own, and all actors in adjudicated annotations and readings."""
    actors = [entry["alias"] for entry in data.get(ACTORS, ())]
    for annotation in (*item.adjudicated, *_readings(item)):
        layer = wording.codebook.by_name[annotation.layer]
        actors += [annotation.label] if layer.labels_from else []
        actors += [annotation.of] if isinstance(annotation, Choice) and layer.for_each else []
    lists = actor_lists(list(dict.fromkeys(actors)), item.pass_name, wording.codebook, wording.registry)
    for entry in (entry for entries in lists.values() for entry in entries):
        entry["value"] = wording.actor(entry["alias"])
    return lists


def _readings(item: OpenConflicts) -> Iterator[Annotation]:
    for question in item.questions:
        for reading in question.readings.values():
            yield from reading


def _spans(item: OpenConflicts) -> dict[str, Span]:
    return {each.id: each for each in (*_readings(item), *item.adjudicated) if isinstance(each, Span)}


def _conflict_entry(number: int, question: Question, names: dict[str, str], wording: Wording) -> dict:
    """A conflict's entry in the page's list, equal readings once; ``asked`` and ``readings`` are for reading the answer."""
    by_letter = {names[name]: question.readings[name] for name in sorted(question.readings, key=names.__getitem__)}
    by_content = _letters_by_content(by_letter)
    options = [
        {"value": f"{' and '.join(letters)}: {wording.reading(by_letter[letters[0]])}", "alias": letters[0]}
        for letters in by_content.values()
    ]
    options += [] if frozenset() in by_content else [{"value": "none of these", "alias": NONE}]
    return {
        "title": f"{number}. {wording.title(question.asked)}",
        "place": wording.context(question.asked),
        "options": [*options, {"value": "mine, as I marked it", "alias": MINE}],
        "asked": msgspec.to_builtins(question.asked),
        "readings": msgspec.to_builtins(by_letter),
    }


def _letters_by_content(readings: Mapping[str, Sequence[Annotation]]) -> dict[frozenset, list[str]]:
    """The letters of the annotators by the content of their readings."""
    letters: dict[frozenset, list[str]] = {}
    for letter, reading in readings.items():
        letters.setdefault(content(reading), []).append(letter)
    return letters


def content(reading: Iterable[Annotation]) -> frozenset:
    """The ids and labels of a reading: equal readings have the same, whatever the order of their annotations."""
    return frozenset((annotation.id, annotation.label) for annotation in reading)


def _signs(item: OpenConflicts, text: str) -> Iterator[dict]:
    """The conflicts' numbers in the text: regions of their own, or a second label on the adjudicated span in question."""
    regions: dict[tuple[str, int, int], list[str]] = {}
    for number, question in enumerate(item.questions, 1):
        asked = question.asked
        if asked.start < asked.end:
            region = asked.about[0] if asked.about else f"sign-{number}"
            regions.setdefault((region, asked.start, asked.end), []).append(str(number))
    for (region, start, end), numbers in regions.items():
        value = {"start": start, "end": end, "text": text[start:end], "labels": numbers}
        yield {"id": region, "from_name": SIGN, "to_name": TEXT, "type": "labels", "origin": "manual", "value": value}


def _standing_choices(item: OpenConflicts, names: Mapping[str, str]) -> Iterator[dict]:
    """Answers that are chosen already: standing decisions on places that were annotated again since."""
    for number, question in enumerate(item.questions):
        if decision := question.standing:
            by_letter = {
                names[name]: reading for name, reading in sorted(question.readings.items(), key=lambda entry: names[entry[0]])
            }
            decided = content(decision.annotations)
            choice = _letters_by_content(by_letter).get(decided, [MINE if decided else NONE])[0]
            for name, chosen in ((DECISION, choice), (REASON, decision.reason)):
                fixed = {"to_name": TEXT, "type": "choices", "origin": "manual", "value": {"choices": [chosen]}}
                yield {"id": f"{name}{number}", "from_name": f"{name}_{number}"} | fixed
