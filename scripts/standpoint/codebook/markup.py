"""Marked-up text: a sentence with its annotation in it, as the guidelines' examples are written.

    The [Harbour Front]{@front} [took]{territory.capture agent=front status=denied | why} [Essmere]{PLACE place=took}.

``[words]{LABEL key=value,value … | reason}`` marks a span. ``@slug`` stands for an actor of the cast, ``@new1`` for the first
spare slot. The keys of a span are the answers about it, and on the far end of a link the link's label, with the near end as
value. A span is called by its words (``shot down`` is ``shot-down``, the second one ``shot-down-2``), or as ``#id`` says.
``{@slug layer=label}`` answers about an actor, ``{layer=label}`` about the text. What follows the last `` | `` is the reason
for all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

MARK = re.compile(r"\[(?P<words>[^\[\]{}]+)\]\{(?P<what>[^{}]*)\}|(?P<blank> ?)\{(?P<about>[^{}]*)\}")
STRAY = re.compile(r"[\[\]{}]")
ID = re.compile(r"[\w-]+")


class MarkError(ValueError):
    """Markup that cannot be read: what is wrong, in one line."""


class Mark(NamedTuple):
    """One mark: where it stands in the plain text (an empty stretch for an answer), and what it says."""

    start: int
    end: int
    words: str
    name: str  # a label or @slug; "" for an answer about the text
    id: str
    answers: dict[str, tuple[str, ...]]
    reason: str


class Marked(NamedTuple):
    """A text without its marks, the marks in reading order, and the reason for the whole."""

    text: str
    marks: tuple[Mark, ...]
    reason: str


def parse(source: str) -> Marked:
    """Read marked-up text; MarkError where it is not as the module says."""
    body, reason = _split_reason(source.strip())
    plain, marks, at = "", [], 0
    for match in MARK.finditer(body):
        plain += _no_stray(body[at : match.start()])
        words = match["words"] or ""
        marks.append(_mark(len(plain), words, match["what"] if words else match["about"]))
        plain, at = plain + words, match.end()
    plain += _no_stray(body[at:])
    return Marked(plain, tuple(_named(marks)), reason)


def _split_reason(source: str) -> tuple[str, str]:
    """The text, and what follows the last bar that stands outside of all marks."""
    tail = source.rpartition("}")[2]
    head, bar, reason = tail.rpartition(" | ")
    return (source[: len(source) - len(bar) - len(reason)], reason.strip()) if bar else (source, "")


def _no_stray(text: str) -> str:
    if stray := STRAY.search(text):
        raise MarkError(f"{stray.group()!r} that is part of no mark: …{text[max(stray.start() - 20, 0) : stray.end() + 20]}…")
    return text


def _mark(start: int, words: str, what: str) -> Mark:
    said, _, reason = what.partition("|")
    name, identity, answers = "", "", {}
    for number, part in enumerate(said.split()):
        key, equals, value = part.partition("=")
        if equals and key and value:
            answers[key] = tuple(value.split(","))
        elif part.startswith("#") and ID.fullmatch(part[1:]):
            identity = part[1:]
        elif number == 0 and not equals:
            name = part
        else:
            raise MarkError(f"{part!r} in {{{what}}}, should be key=value or #id")
    if words and not name:
        raise MarkError(f"[{words}] has no label")
    if words != words.strip():
        raise MarkError(f"[{words}] begins or ends with a blank")
    identity = identity or "-".join(re.findall(r"\w+", words.lower()))
    return Mark(start, start + len(words), words, name, identity, answers, reason.strip())


def _named(marks: list[Mark]) -> Iterator[Mark]:
    """The marks, each span with a name of its own."""
    seen: Counter = Counter()
    for mark in marks:
        seen[mark.id] += bool(mark.words)
        yield mark._replace(id=f"{mark.id}-{seen[mark.id]}") if seen[mark.id] > 1 else mark


def spans(marked: Marked) -> Iterator[Mark]:
    """The marks that have words."""
    return (mark for mark in marked.marks if mark.words)
