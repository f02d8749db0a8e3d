"""What an annotator said, as a person reads it: ``territory.capture [120,129) "seized"``; "" for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from standpoint.model import Annotation, Choice, Relation, Span

Spans = Mapping[str, Span]


def said(reading: Iterable[Annotation], spans: Spans) -> str:
    """A reading in words; ``spans`` are all by id, for the links' ends.

    Spans with their answers and links, ``grain [0,5) "Wheat" (health: blighted; sold_for -> price "six crowns")``; or
    answers, ``blighted``; or links, ``sold_for: grain "Wheat" -> price "six crowns"``.
    """
    reading = list(reading)
    own = [item for item in reading if isinstance(item, Span)]
    if own:
        return "; ".join(_span_said(span, reading, spans) for span in own)
    answers = sorted(item.label for item in reading if isinstance(item, Choice))
    links = (item for item in reading if isinstance(item, Relation))
    return ", ".join(answers) or "; ".join(
        f"{link.label}: {_end_said(link.head, spans)} -> {_end_said(link.tail, spans)}" for link in links
    )


def _span_said(span: Span, reading: list[Annotation], spans: Spans) -> str:
    answers: dict[str, list[str]] = {}
    about = []
    for item in reading:
        if isinstance(item, Choice) and item.of == span.id:
            answers.setdefault(item.layer, []).append(item.label)
        elif isinstance(item, Relation) and item.head == span.id:
            about.append(f"{item.label} -> {_end_said(item.tail, spans)}")
        elif isinstance(item, Relation) and item.tail == span.id:
            about.append(f"{item.label} <- {_end_said(item.head, spans)}")
    about = [f"{layer}: {', '.join(sorted(labels))}" for layer, labels in answers.items()] + about
    return f'{span.label} {extent(span)} "{span.quote}"' + (f" ({'; '.join(about)})" if about else "")


def _end_said(identity: str, spans: Spans) -> str:
    return f'{spans[identity].label} "{spans[identity].quote}"'


def extents(spans: Iterable[Span]) -> str:
    """Where spans stand: each extent once."""
    return " ".join(dict.fromkeys(map(extent, spans)))


def extent(span: Span) -> str:
    """Where a span stands."""
    return f"[{span.start},{span.end})"
