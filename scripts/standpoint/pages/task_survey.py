"""What the tasks of an export show of their Label Studio project: its controls, the key of its texts, its annotators.

An export contains no label config. So a config is guessed from the results: a control has the labels that were given, and asks
about regions if its answers are on regions. Labels that nobody gave are not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from standpoint.codebook.from_config import KINDS, LABELS, SPANS, STARS
from standpoint.codebook.kinds._items import TEXT, Item, Value, element
from standpoint.codebook.kinds.choice import add_branches
from standpoint.core.offsets import whole_number
from standpoint.pages.task_json import Task, strings_of

RELATION = "relation"  # the type of relations, which name no control
TAGS = {"labels": "Labels", "hypertextlabels": "HyperTextLabels", "htmllabels": "HyperTextLabels", "choices": "Choices"}
TAGS |= {"textarea": "TextArea", "datetime": "DateTime", "paragraphlabels": "ParagraphLabels", RELATION: "Relations"}
OVERLAPS = ("none", "nested", "any")
UNKNOWN_TAG = "Control"  # of a type that no name of a tag can be made of


@dataclass
class Control:
    """A control in the results. ``about``: how often it was on a region of each control; "": on no region."""

    kind: str
    labels: dict[str, None] = field(default_factory=dict)
    about: Counter[str] = field(default_factory=Counter)
    several: bool = False  # several labels at once
    overlaps: str = "none"
    stars: int = STARS  # of a rating: the usual number, or more if more were given

    @property
    def tag(self) -> str:
        return TAGS.get(self.kind, self.kind.title() if self.kind.isascii() and self.kind.isalpha() else UNKNOWN_TAG)


@dataclass
class Survey:
    """The sum of what tasks show; ``keys`` counts the tasks by the key of their annotated string."""

    tasks: int = 0
    annotations: int = 0
    controls: dict[str, Control] = field(default_factory=dict)
    keys: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)  # the tasks that have a string under each key
    accounts: dict[str, object] = field(default_factory=dict)  # what annotations say of who made them, each once, in their order

    def add(self, task: Task) -> None:
        """Add what a task shows."""
        strings = strings_of(task.data)
        self.tasks += 1
        self.annotations += len(task.annotations)
        self.present.update(strings.keys())
        if key := _annotated_key(strings, [item for work in task.annotations for item in work.result]):
            self.keys[key] += 1
        for work in task.annotations:
            self.accounts.setdefault(repr(work.completed_by), work.completed_by)
            self._add_result(work.result)

    def _add_result(self, items: Sequence[Item]) -> None:
        regions = {item.region: item.from_name or "" for item in items if item.region and _labels(item.content)}
        places: dict[str, list[tuple[str, tuple[int, int]]]] = {}  # of the regions of a control, with their labels
        for item in items:
            name, kind = (RELATION, RELATION) if item.type == RELATION else (item.from_name or "", item.type or "")
            control = self.controls.setdefault(name, Control(kind))
            labels = item.labels or [] if kind == RELATION else _labels(item.content) or item.content.choices or []
            labels = item.content.places or labels
            control.labels.update(dict.fromkeys(labels))
            control.several = control.several or (len(labels) > 1 and kind != RELATION)
            control.stars = max(control.stars, whole_number(item.content.rating) or 0)
            start, end = whole_number(item.content.start), whole_number(item.content.end)
            if not _labels(item.content):
                control.about[regions.get(item.region, "")] += 1
            elif start is not None and end is not None:
                places.setdefault(name, []).append((repr(labels), (start, end)))
        for name, found in places.items():
            control = self.controls[name]
            control.several = control.several or len({place for _, place in found}) < len(set(found))
            control.overlaps = max(control.overlaps, _overlaps({place for _, place in found}), key=OVERLAPS.index)

    @property
    def key(self) -> str:
        """The key of the annotated string in most tasks."""
        return self.keys.most_common(1)[0][0] if self.keys else ""

    def config(self) -> str:
        """The label config that the results show."""
        page = element("View")
        element("Text", page, name=TEXT, value=f"${self.key}")
        for name, control in self.controls.items():
            labels = [label for label in control.labels if label.isprintable() and label.strip() == label != ""]
            if not name.isprintable() or not name or (control.tag in (*LABELS, "Taxonomy") and not labels):
                continue  # nothing can be made of it; its items are refused, and told
            about = control.about.most_common(1)[0][0] if control.about else ""
            several = "multiple" if control.several else ""
            tag = element(control.tag, page, toName=TEXT, perRegion=bool(about), whenTagName=about, choice=several)
            if control.kind == "rating":
                tag.set("maxRating", str(control.stars))
            if control.kind != RELATION:
                tag.set("name", name)
            if control.tag == "Taxonomy":
                tag.set("maxUsages", "" if control.several else "1")
                add_branches(tag, labels)
            for label in labels if control.tag in LABELS else ():
                element(LABELS[control.tag], tag, value=label)
        return etree.tostring(page, encoding="unicode")


def survey_of(tasks: Iterable[Task]) -> Survey:
    """What the tasks show."""
    survey = Survey()
    for task in tasks:
        survey.add(task)
    return survey


def shown_key(config: str) -> str:
    """The key of the text that a label config shows to be annotated; "" if it names none."""
    root = etree.fromstring(config.encode())
    texts = {tag.get("name"): tag.get("value", "") for tag in root.iter("Text", "HyperText")}
    asked = [tag.get("toName") for tag in (*root.iter(*SPANS), *root.iter(*KINDS))]
    shown = next((texts[name] for name in asked if texts.get(name, "").startswith("$")), "")
    return shown.removeprefix("$")


def _labels(value: Value) -> list[str]:
    return value.labels or value.hypertextlabels or value.htmllabels or []


def _annotated_key(strings: dict[str, str], items: Sequence[Item]) -> str:
    """The key of the string that was annotated: that with most of the regions' texts, else the one that ``to_name`` names."""
    quotes = [item.content.text for item in items if _labels(item.content) and isinstance(item.content.text, str)]
    named = {item.to_name for item in items}

    def rank(key: str) -> tuple[int, bool, bool, int]:
        return sum(quote in strings[key] for quote in quotes), key in named, key == TEXT, len(strings[key])

    return max(strings, key=rank, default="")


def _overlaps(places: Iterable[tuple[int, int]]) -> str:
    """How different regions of one result share words: one of OVERLAPS."""
    found, open_ends = "none", list[int]()
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        if open_ends and open_ends[-1] < end:
            return "any"
        found = "nested" if open_ends else found
        open_ends.append(end)
    return found
