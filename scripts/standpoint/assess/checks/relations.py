"""Whether relations link what they may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standpoint.assess.checks._case import Case

Found = Iterator[tuple[str, str]]


def relation_dangling(case: Case) -> Found:
    """both ends of a relation are spans of the set"""
    for link, _ in case.relations:
        for end in (link.head, link.tail):
            if end not in case.span_layers:
                yield link.id, f"{end!r} is none"


def relation_self(case: Case) -> Found:
    """a relation links two spans"""
    for link, _ in case.relations:
        if link.head == link.tail:
            yield link.id, f"{link.head!r} to itself"


def relation_ends(case: Case) -> Found:
    """a relation begins and ends in the layers that its own layer names"""
    for link, layer in case.relations:
        head, tail = case.span_layers.get(link.head), case.span_layers.get(link.tail)
        if head and tail and link.head != link.tail and not (layer.starts_on(head) and layer.ends_on(tail)):
            yield link.id, f"{layer.name} from {head} to {tail}, should be from {layer.head} to {layer.tail}"


def relation_twice(case: Case) -> Found:
    """a label stands once between two spans"""
    links = Counter((link.layer, link.label, link.head, link.tail) for link, _ in case.relations)
    for (name, label, head, tail), count in links.items():
        if count > 1:
            yield f"{head}->{tail}", f"{count} times {name} {label}"
