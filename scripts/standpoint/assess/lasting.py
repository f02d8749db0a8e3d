"""Ids of settled annotations that last from version to version, so that versions can be compared id by id.

While an article is settled, a span's id follows from all that it says, so that equal sayings are equal ids. What is kept gets an
id that follows from its layer and its place alone: it stays the same when the label is corrected, when anything else of the
article is edited, and when further annotators arrive; another place is another annotation. Only where several spans of one layer
stand at the very same place are they told apart by their labels too. What hangs on a span is named after it. Ids are unique in
their article.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from standpoint.model import Annotation, Choice, SettledSet, Span

Place = tuple[str, int, int]
DIGITS = 10  # hexadecimal, of an id


def lasting_id(span: Span, alone: bool = True) -> str:
    """The id of a settled span; ``alone``: no other span of its layer stands at its place."""
    content = "\0".join((span.layer, str(span.start), str(span.end), *([] if alone else [span.label])))
    return f"{span.layer}-{hashlib.sha256(content.encode()).hexdigest()[:DIGITS]}"


def with_lasting_ids(settled: SettledSet) -> SettledSet:
    """A settled set as it is kept; nothing but ids is changed."""
    spans = [item for item in settled.annotations if isinstance(item, Span)]
    places = Counter(map(_place, spans))
    names = {span.id: lasting_id(span, places[_place(span)] == 1) for span in spans}
    new = {item.id: _named(item, names) for item in settled.annotations}
    return replace(
        settled,
        annotations=tuple(new.values()),
        settlements=dict(sorted((new[name].id, how) for name, how in settled.settlements.items())),
        distributions={layer: _keys(said, names) for layer, said in settled.distributions.items()},
    )


def _place(span: Span) -> Place:
    return span.layer, span.start, span.end


def _named(item: Annotation, names: Mapping[str, str]) -> Annotation:
    """An annotation with its new id, and with the new ids of what it is about, which its own id begins and ends with."""
    if isinstance(item, Span):
        return replace(item, id=names[item.id])
    if isinstance(item, Choice):
        of = names.get(item.of, item.of)
        return replace(item, id=of + item.id.removeprefix(item.of), of=of)
    head, tail = names.get(item.head, item.head), names.get(item.tail, item.tail)
    return replace(item, id=head + item.id.removeprefix(item.head).removesuffix(item.tail) + tail, head=head, tail=tail)


def _keys(said: dict, names: Mapping[str, str]) -> dict:
    return {names.get(of, of): answers for of, answers in said.items()}
