"""Conflicts as Label Studio tasks for adjudicators: the page, its questions, and the readings in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from label_studio_sdk.label_interface import LabelInterface
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
    StandpointError,
)
from standpoint.pages.label_config import label_config
from standpoint.pages.tasks import actor_lists, make_result, make_task
from standpoint.pages.types import sha256, task_key

NOTHING = "nothing"
AROUND = 70  # characters of the text on each side of what is in question


@dataclass
class Words:
    """Says things of one article; ``spans`` are all that are adjudicated or in question, by id."""

    article: Article
    shown: str  # the article's text as the pass shows it
    codebook: Codebook
    registry: Registry
    spans: Mapping[str, Span]

    def title(self, asked: Asked) -> str:
        """What is in question: ``events``, ``agent of capture “seized”``, ``role of capture “seized”, to PLACE “mill”``."""
        name = (self.codebook.by_name[asked.layer].show or asked.layer).replace("_", " ")
        ends = [self.end(about) if about in self.spans else self.actor(about) for about in asked.about if about]
        return name + (f" of {', to '.join(ends)}" if ends else "" if not asked.about else " of the article")

    def around(self, asked: Asked) -> str:
        """The text around a place, with the place between ⟦ and ⟧."""
        if asked.start == asked.end:
            return ""
        text = self.shown
        before, after = text[max(0, asked.start - AROUND) : asked.start], text[asked.end : asked.end + AROUND]
        before = before if asked.start <= AROUND else f"…{before.partition(' ')[2]}"  # whole words
        after = after if asked.end + AROUND >= len(text) else f"{after.rpartition(' ')[0]}…"
        return " ".join(f"{before}⟦{text[asked.start : asked.end]}⟧{after}".split())

    def reading(self, reading: Iterable[Annotation]) -> str:
        """A reading: spans with what hangs on them, or answers, or links."""
        reading = list(reading)
        spans = [item for item in reading if isinstance(item, Span)]
        if spans:
            return "; ".join(self._span(span, reading) for span in spans)
        said = [self.label(item) for item in reading if isinstance(item, Choice)]
        said += [item.label.replace("_", " ") for item in reading if isinstance(item, Relation)]
        return ", ".join(said) or NOTHING

    def _span(self, span: Span, reading: Iterable[Annotation]) -> str:
        answers: dict[str, list[str]] = {}
        for item in reading:
            if isinstance(item, Choice) and item.of == span.id:
                answers.setdefault(item.layer, []).append(self.label(item))
        layers = [layer for layer in self.codebook.attributes_of(span.layer) if layer.name in answers]
        said = [f"{layer.show or layer.name}: {', '.join(answers[layer.name])}" for layer in layers]
        said += [
            f"{item.label} → {self.end(item.tail)}" for item in reading if isinstance(item, Relation) and item.head == span.id
        ]
        said += [
            f"{item.label} of {self.end(item.head)}" for item in reading if isinstance(item, Relation) and item.tail == span.id
        ]
        return " · ".join([self.end(span.id), *said])

    def end(self, identity: str) -> str:
        """A span in short: ``capture “seized”``."""
        span = self.spans[identity]
        return f"{self.label(span)} “{' '.join(span.quote.split())}”"

    def label(self, item: Span | Choice) -> str:
        """A label as the page shows it."""
        layer = self.codebook.by_name[item.layer]
        if layer.labels_from:
            return self.actor(item.label)
        return (layer.by_name[item.label].show or item.label) if layer.labels else f"“{item.label}”"

    def actor(self, identity: str) -> str:
        """An actor's name; a new one is called by what was typed for it."""
        new = identity.removeprefix(NEW)
        if known := self.registry.by_id.get(identity):
            return known.name
        return (
            identity if new == identity else f"new actor {new}" if new.isdecimal() else f"{new.replace('_', ' ').title()} (new)"
        )


# Names that no layer has; the data's keys likewise.
SIGN, DECISION, REASON, COMMENT = "__sign", "__decision", "__reason", "__comment"
LIST, SIGNS = "conflicts__", "signs__"
SHOWN = dict(zip(REASONS, ("slip", "guidelines are clear", "guidelines have a gap", "ambiguous text", "tool"), strict=True))
COMMENTED = ("guideline_gap", "genuine_ambiguity")  # the reasons that are asked for a comment
INSTRUCTIONS = (
    "Each numbered item is a place that the readers A, B, … read differently; what they agree on is marked already. Choose the "
    "reading that holds as a whole, or “none”, or mark your own in the text (open “Mark a reading of your own”) and choose "
    "“mine”. Then say why they differ. Who A and B are changes from article to article."
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
    """The XML of one pass's page for adjudicators; StandpointError where the SDK's own validator refuses it."""
    page = etree.fromstring(label_config(codebook, pass_name))
    for layer in codebook.layers_of(pass_name):
        if codebook.resolve_of(layer) == DISTRIBUTION:
            _drop(page, f"{layer.name}_{INDEX}")
    for control in page.iter():
        control.attrib.pop("required", None)
        control.attrib.pop("requiredMessage", None)
    page.find("Style").text += STYLE
    bar, columns = _of_class(page, "sp-bar"), _of_class(page, "sp-columns")
    _, side = columns
    right = element("View", columns, className="sp-right")
    tools = element("View", right, className="sp-tools")
    tools.extend([control for control in side if control.get("visibleWhen")])  # of the selected region: first, to be seen
    own = element("Panel", element("Collapse", tools, open=False), value="Mark a reading of your own")
    own.extend([bar, *side])
    columns.remove(side)
    right.append(_conflicts())
    signs = element("View", page, className="sp-hidden")
    element("Labels", signs, name=SIGN, toName=TEXT, choice="multiple", value=f"${SIGNS}")
    return _valid(page, pass_name)


def _conflicts() -> etree._Element:
    """The list: a title, the readings to choose from, the reasons, and a comment where there is something to say."""
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
    for name, shown in SHOWN.items():
        element("Choice", reasons, value=shown, alias=name)
    told = {"visibleWhen": "choice-selected", "whenTagName": f"{REASON}_{INDEX}", "whenChoiceValue": ",".join(COMMENTED)}
    comment = {"rows": 1, "maxSubmissions": 1, "editable": True, "placeholder": "What should the guidelines say? What is open?"}
    element("TextArea", element("View", item, **told), name=f"{COMMENT}_{INDEX}", toName=TEXT, **comment)
    return view


def _of_class(page: etree._Element, name: str) -> etree._Element:
    return page.find(f".//View[@className='{name}']")


def _drop(page: etree._Element, name: str) -> None:
    """Take out a control that is asked for each actor, with all that is repeated around it."""
    for control in page.findall(f".//*[@name='{name}']"):
        repeater = control.getparent()
        repeater.getparent().remove(repeater)


def _valid(page: etree._Element, pass_name: str) -> str:
    config = etree.tostring(page, pretty_print=True, encoding="unicode").strip()
    try:
        LabelInterface(config).validate()
    except Exception as error:  # the SDK raises whatever its XML, JSON and schema libraries raise
        raise StandpointError(
            f"adjudication of {pass_name}: Label Studio would refuse this page: {error}".replace("\n", " ")
        ) from None
    return config


SEED = "standpoint adjudication"  # the same order of readers on every machine, that tells nothing
SIGN_COLOR = "#f59e0b"


class Open(NamedTuple):
    """What is in question in one pass of one article, and what is adjudicated of that pass."""

    article: Article
    pass_name: str
    adjudicated: Sequence[Annotation]
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
    data = make_task(article, item.pass_name, codebook, registry, with_suggestions=False)["data"]
    data |= {
        "article": task_key(article.id, codebook.pass_by_name[item.pass_name].mask),
        "article_id": sha256("\0".join(keys))[:16],
    }
    words = Words(article, data["text"], codebook, registry, _spans(item))
    data |= _listed_actors(item, data, words)
    standing = {one.id for question in item.questions if question.standing for one in question.standing.annotations}
    data["agreed"] = sorted(one.id for one in item.adjudicated if one.id not in standing)
    names = letters(article.id, item.pass_name, (name for question in item.questions for name in question.readings))
    data[LIST] = [_listed(number, question, names, words) for number, question in enumerate(item.questions, 1)]
    numbers = range(1, len(keys) + 1)
    data[SIGNS] = [{"value": f"conflict {number}", "alias": str(number), "background": SIGN_COLOR} for number in numbers]
    result = _drawn(item, data, codebook) + list(_signs(item, data["text"])) + list(_chosen(item, names))
    return {"data": data, "predictions": [{"model_version": "what is adjudicated", "result": result}]}


def _drawn(item: Open, data: dict, codebook: Codebook) -> list[dict]:
    """What is adjudicated, drawn. Names of new actors stand in the labels; distributions are nobody's to change."""
    layers = {layer.name for layer in codebook.layers if layer.for_each != SPARE and codebook.resolve_of(layer) != DISTRIBUTION}
    made = AnnotationSet(
        **{"article_id": item.article.id, "annotator": "", "annotator_kind": "", "pass_name": item.pass_name},
        **{"codebook_version": codebook.version, "text_sha256": item.article.sha256},
        annotations=tuple(one for one in item.adjudicated if one.layer in layers),
    )
    return make_result(made, data, codebook)


def _listed_actors(item: Open, data: dict, words: Words) -> dict[str, list[dict]]:
    """The page's lists of actors: the task's own, and all that anybody speaks of."""
    said = [one for question in item.questions for reading in question.readings.values() for one in reading]
    found = [entry["alias"] for entry in data.get(ACTORS, ())]
    for one in (*item.adjudicated, *said):
        layer = words.codebook.by_name[one.layer]
        found += [one.label] if layer.labels_from else []
        found += [one.of] if isinstance(one, Choice) and layer.for_each else []
    lists = actor_lists(list(dict.fromkeys(found)), item.pass_name, words.codebook, words.registry)
    for entry in (entry for entries in lists.values() for entry in entries):
        entry["value"] = words.actor(entry["alias"])
    return lists


def _spans(item: Open) -> dict[str, Span]:
    said = (one for question in item.questions for reading in question.readings.values() for one in reading)
    return {one.id: one for one in (*said, *item.adjudicated) if isinstance(one, Span)}


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
    """The conflicts' numbers in the text: regions of their own, or a second label on the adjudicated span that is asked about."""
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
