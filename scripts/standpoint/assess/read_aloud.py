"""What an annotator said, as a person reads it: ``territory.capture [120,129) "seized"``; "" for nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from standpoint.assess.views import Link, Mark, View
from standpoint.codebook.types import Codebook
from standpoint.model import Choice


def said(view: View, marks: Iterable[Mark], codebook: Codebook) -> str:
    """Those of the marks that the annotator has, with the answers about them."""
    return "; ".join(mark_said(view, mark, codebook) for mark in marks if mark in view.marks[mark.layer])


def mark_said(view: View, mark: Mark, codebook: Codebook) -> str:
    """One span and the answers about it: ``grain [0,5) "Wheat" (health: blighted)``."""
    answers = {layer.name: view.answers[layer.name].get(mark) for layer in codebook.attributes_of(mark.layer)}
    about = "; ".join(f"{name}: {answered(labels, labels)}" for name, labels in answers.items() if labels)
    return f'{mark.label} {extent(mark)} "{view.marks[mark.layer][mark].quote}"' + (f" ({about})" if about else "")


def answered(answers: Mapping[str, Choice], keys: Collection[str]) -> str:
    """Those of an annotator's answers that are in question."""
    return ", ".join(sorted(choice.label for key, choice in answers.items() if key in keys))


def link_said(view: View, layer: str, links: Sequence[Link]) -> str:
    """Those of the links that the annotator has: ``sold_for: grain "Wheat" -> price "forty crowns"``."""
    own = [link for link in links if link in view.links[layer]]
    return "; ".join(f"{label}: {_end_said(view, head)} -> {_end_said(view, tail)}" for head, tail, label in own)


def _end_said(view: View, mark: Mark) -> str:
    return f'{mark.label} "{view.marks[mark.layer][mark].quote}"'


def extents(marks: Iterable[Mark]) -> str:
    """Where marks stand: each extent once."""
    return " ".join(dict.fromkeys(extent(mark) for mark in marks))


def extent(mark: Mark) -> str:
    """Where a mark stands."""
    return f"[{mark.start},{mark.end})"
