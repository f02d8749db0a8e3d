"""Whether relations link the spans that they may link, and fill roles that the codebook has."""

from __future__ import annotations

from itertools import chain

from standpoint.checks.case import Case
from standpoint.checks.table import Findings, check


@check("annotation", on="set")
def relation_dangling(case: Case) -> Findings:
    """both ends of a relation are spans of the set

    Why: the span at the other end was deleted, so the release cannot say what was linked.
    Fix: remove the relation, or draw it again.
    """
    yield from case.faults("RELATION-DANGLING")


@check("annotation", on="set")
def relation_self(case: Case) -> Findings:
    """a relation links two different spans

    Why: nothing is its own place or time.
    Fix: remove the relation, or draw it to the span that was meant.
    """
    yield from case.faults("RELATION-SELF")


@check("annotation", on="set")
def relation_ends(case: Case) -> Findings:
    """a relation begins and ends in the layers that its layer names

    Why: a link from a place to an event would be read the wrong way round, or not at all.
    Fix: draw it between spans of the right layers; import reverses a relation that was only drawn backwards.
    """
    yield from case.faults("RELATION-ENDS")


@check("annotation", on="set")
def relation_label(case: Case) -> Findings:
    """where relations are attached automatically, each is named after the label that it ends on: time ends on TIME

    Why: the span is either the place or the time of the event; the tables would have it as the other.
    Fix: give the span the label, or the relation the name, that the text supports.
    """
    for link, layer in case.relations if any(layer.attach for layer in case.layers.values()) else ():
        tail = case.by_id.get(link.tail)
        if tail is None or not layer.attach:
            continue
        names = {label.lower(): label for label in case.layers[tail.layer].label_names}
        if link.label in names and names[link.label] != tail.label:
            yield link.id, f"{layer.name} {link.label} to {tail.label} {tail.quote!r}"


@check("annotation", on="set")
def role_none(case: Case) -> Findings:
    """a span takes only the roles that the codebook gives its label

    Why: an agreement, for example, has no target; readers of the arguments would not know what was meant.
    Fix: give the span the label that has the role, or remove the answer or the relation.
    """
    actors = ((item.id, item.of, layer.name) for item, layer in case.choices if layer.of and layer.labels_from)
    links = ((item.id, item.head, item.label) for item, layer in case.relations)
    for identity, head, role in chain(actors, links):
        span = case.by_id.get(head)
        if span is None:
            continue
        label = case.layers[span.layer].by_name.get(span.label)
        if label and label.roles and role not in label.roles:
            yield identity, f"{role} of {label.name} {span.quote!r}, should be one of {', '.join(label.roles)}"


@check("annotation", on="set")
def relation_twice(case: Case) -> Findings:
    """two spans have one relation of each label

    Why: a repeated relation counts twice.
    Fix: remove one of the two; standpoint fix --write merges identical annotations.
    """
    yield from case.faults("RELATION-TWICE")
