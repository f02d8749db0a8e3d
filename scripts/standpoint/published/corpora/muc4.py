r"""MUC-4's answer keys: a template of 25 slots for each incident of a message (Message Understanding Conference, 1992).

A slot has fills, one per line. ``*`` does not apply, ``-`` is not known, ``?`` before a fill makes it optional, and ``/`` is
between alternatives. A fill is values of a list, strings of the text in quotation marks (in which ``\"`` is one), or both:
``DEATH: "PEASANTS"``. A string after a colon is the fill of another slot that this one is about. ``;;;`` begins a comment.
A message without an incident has one template of ``*``. The keys have no texts and no offsets: the article is the one with the
message's id, as title or as first word, and strings are found in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from standpoint.core.model import Issue
from standpoint.published import Fill, Labelled, Template
from standpoint.published.corpora import text_of

FILES = ("key-*", "*.muc4")
ID, NUMBER = "MESSAGE: ID", "MESSAGE: TEMPLATE"
STRINGS = (
    "INCIDENT: INSTRUMENT ID", "PERP: INDIVIDUAL ID", "PERP: ORGANIZATION ID", "PHYS TGT: ID", "HUM TGT: NAME",
    "HUM TGT: DESCRIPTION",
)  # fmt: skip
WORDS = ("INCIDENT: DATE", "INCIDENT: LOCATION")  # in the words of the key, with colons
VALUES = (
    "INCIDENT: TYPE", "INCIDENT: STAGE OF EXECUTION", "INCIDENT: INSTRUMENT TYPE", "PERP: INCIDENT CATEGORY",
    "PERP: ORGANIZATION CONFIDENCE", "PHYS TGT: TYPE", "PHYS TGT: NUMBER", "PHYS TGT: FOREIGN NATION",
    "PHYS TGT: EFFECT OF INCIDENT", "PHYS TGT: TOTAL NUMBER", "HUM TGT: TYPE", "HUM TGT: NUMBER", "HUM TGT: FOREIGN NATION",
    "HUM TGT: EFFECT OF INCIDENT", "HUM TGT: TOTAL NUMBER",
)  # fmt: skip
SLOTS = (*STRINGS, *WORDS, *VALUES)
LINE = re.compile(rf"\s*\d+\.\s+(?P<slot>{'|'.join(sorted((ID, NUMBER, *SLOTS), key=len, reverse=True))})(?:\s+(?P<fill>.*))?")
STRING = re.compile(r'"(?P<string>(?:\\.|[^"\\])*)"')
NOTHING = ("", "*", "-")


class Slot(NamedTuple):
    """A slot of a template with the lines of its fills; ``line``: where it stands."""

    line: int
    name: str
    fills: list[str]


def read(path: Path) -> Iterator[Labelled | Issue]:
    """The messages of a key."""
    problems: list[Issue] = []
    templates = list(_templates(path, problems))
    yield from problems
    for message, parts in groupby(templates, key=lambda slots: slots[0].fills[0].split(" ")[0]):
        found, line = list(parts), 0
        made: list[Template] = []
        for slots in found:
            line = line or slots[0].line
            number = next((slot.fills[0] for slot in slots if slot.name == NUMBER and slot.fills), "")
            fills = tuple(fill for slot in slots if slot.name in SLOTS for fill in _fills(slot))
            if number.split(" ")[0] not in NOTHING:
                optional = "OPTIONAL" in number
                made.append(Template(id=f"{message}-{number.split(' ')[0]}", fills=fills, optional=optional))
        yield Labelled(where=f"{path}:{line}", name=message, templates=tuple(made))


def _templates(path: Path, problems: list[Issue]) -> Iterator[list[Slot]]:
    """The slots of each template. A template begins with the message's id."""
    slots: list[Slot] = []
    for number, line in enumerate(text_of(path).split("\n"), 1):
        line = line.rstrip().replace("\t", " ")
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        match = LINE.fullmatch(line)
        if match and match["slot"] == ID:
            if slots:
                yield slots
            slots = []
        if match and (slots or match["slot"] == ID) and (match["slot"] != ID or (match["fill"] or "").strip()):
            slots.append(Slot(number, match["slot"], [match["fill"].strip()] if match["fill"] else []))
        elif not match and slots and line[0] == " ":
            before = slots[-1].fills
            if before and (before[-1].endswith(("/", ":")) or line.strip()[0] in "/:"):  # a fill goes on in the next line
                before[-1] += f" {line.strip()}"
            else:
                before.append(line.strip())
        else:
            problems.append(Issue(f"{path}:{number}", "ANNOTATION-FORMAT", f"{line[:60]!r} is no line of a template"))
    if slots:
        yield slots


def _fills(slot: Slot) -> Iterator[Fill]:
    for written in slot.fills:
        optional, fill = written.startswith("?"), written.lstrip("? ").strip()
        if fill in NOTHING:
            continue
        if slot.name in WORDS:
            yield Fill(slot=slot.name, values=(fill,), optional=optional)
            continue
        strings = [re.sub(r"\\(.)", r"\1", match["string"]).strip() for match in STRING.finditer(fill)]
        bare = [part.strip(' ()"') for part in re.split(r"[/:]", STRING.sub("", fill))]
        values = [part for part in bare if part not in NOTHING]
        if slot.name in STRINGS:  # some keys lack a quotation mark
            strings, values = [*strings, *values], []
        strings = [string for string in dict.fromkeys(strings) if string not in NOTHING]
        if strings or values:
            yield Fill(slot=slot.name, values=tuple(values), strings=tuple(strings), optional=optional)
