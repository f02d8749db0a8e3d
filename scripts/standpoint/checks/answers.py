"""Whether each answer has its span or actor, each relation its two spans, and each actor an entry in the registry or a name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from standpoint.adjudication.new_actors import is_slot, marks_actors, names_new_actors
from standpoint.checks.case import Case, place
from standpoint.checks.table import Findings, check
from standpoint.codebook.name_forms import key_of
from standpoint.codebook.types import ACTORS, NEW, Layer
from standpoint.core.model import Choice, Span


@check("annotation", on="set")
def choice_missing(case: Case) -> Findings:
    """a required answer is given: for the article, or for each span of the layer that the question is about
    Why: a missing answer leaves a gap in the tables that nobody can explain later.
    Fix: let the annotator answer, then run standpoint pull or standpoint import. If it may be left out, remove ``required: true``
    from the layer in guidelines/codebook.yaml."""
    answered = {(choice.layer, choice.of) for choice, _ in case.choices}
    for layer in () if case.is_published else case.layers.values():
        if layer.required and layer.kind in ("choice", "text", "number") and not layer.for_each:
            for of in [span.id for span, _ in case.spans if span.layer == layer.of] if layer.of else [""]:
                if (layer.name, of) not in answered:
                    yield of, f"{layer.name} has no answer"


@check("annotation", on="set")
def text_empty(case: Case) -> Findings:
    """a typed answer is not empty
    Why: an empty answer would be counted as an answer.
    Fix: remove the answer."""
    for choice, layer in case.choices:
        if layer.kind == "text" and not choice.label.strip():
            yield choice.id, f"the answer of {layer.name} is {choice.label!r}"


@check("set", on="set", level="note")
def answer_evidence(case: Case) -> Findings:
    """an answer other than 0 on an actor scale has evidence: a span labelled with the actor
    Why: a stance that no wording conveys is the annotator's opinion, or the annotator's view of the facts.
    Fix: let the annotator mark the wording, or answer 0."""
    evidence = {span.label for span in _evidence(case)}
    asks_for_evidence = not case.is_published and any(_is_evidence_layer(layer) for layer in case.layers.values())
    for choice, layer in _scale(case) if asks_for_evidence else ():
        if layer.by_name[choice.label].value and choice.of not in evidence:
            yield choice.id, f"{layer.name} {choice.label} of {choice.of} has no evidence"


@check("set", on="set", level="note")
def evidence_answer(case: Case) -> Findings:
    """an actor with evidence has an answer on the scale
    Why: the annotator saw that the wording takes sides, and forgot to answer.
    Fix: let the annotator answer for the actor, or remove the evidence."""
    answered = {choice.of for choice, _ in _scale(case)}
    for span in _evidence(case):
        if span.label not in answered:
            yield f"{span.id} {place(span)}", f"it is evidence about {span.label}, which has no answer"


@check("set", on="set", level="note")
def evidence_neutral(case: Case) -> Findings:
    """an actor with evidence has an answer other than 0
    Why: wording that takes sides contradicts a neutral answer.
    Fix: let the annotator decide which of the two is right. If cues cancel each other out, no evidence is marked."""
    neutral = {choice.of: layer for choice, layer in _scale(case) if layer.by_name[choice.label].value == 0}
    for span in _evidence(case):
        if span.label in neutral:
            yield f"{span.id} {place(span)}", f"it is evidence about {span.label}, whose {neutral[span.label].name} is 0"


def _scale(case: Case) -> list[tuple[Choice, Layer]]:
    return [(choice, layer) for choice, layer in case.choices if layer.ordinal and layer.for_each == ACTORS]


def _evidence(case: Case) -> list[Span]:
    """The evidence spans of a pass with an actor scale."""
    if not any(layer.ordinal and layer.for_each == ACTORS for layer in case.layers.values()):
        return []
    return [span for span, layer in case.spans if _is_evidence_layer(layer)]


def _is_evidence_layer(layer: Layer) -> bool:
    """Whether the spans of a layer are evidence about actors. A layer with spare slots marks mentions instead."""
    return layer.kind == "span" and layer.labels_from == ACTORS and not marks_actors(layer)


@check("annotation", on="set")
def relation_label(case: Case) -> Findings:
    """in a layer with ``attach``, a relation has the name of the label at its end: time ends on TIME
    Why: the span is either the place or the time of the event; the relation says that it is the other.
    Fix: read the text, and correct the label of the span or of the relation."""
    for link, layer in case.relations if any(layer.attach for layer in case.layers.values()) else ():
        tail = case.by_id.get(link.tail)
        if tail is None or not layer.attach:
            continue
        names = {label.lower(): label for label in case.layers[tail.layer].label_names}
        if link.label in names and names[link.label] != tail.label:
            yield f"{link.id} {place(tail)}", f"{layer.name} {link.label} ends on {tail.label}"


@check("annotation", on="set")
def role_none(case: Case) -> Findings:
    """a span takes only the roles that the codebook gives its label
    Why: an agreement, for example, has no target; users of the dataset would not know what was meant.
    Fix: give the span a label that has the role, or remove the answer or the relation."""
    actors = ((item.id, item.of, layer.name) for item, layer in case.choices if layer.of and layer.labels_from)
    links = ((item.id, item.head, item.label) for item, layer in case.relations)
    for identity, head, role in chain(actors, links):
        span = case.by_id.get(head)
        if span is None:
            continue
        label = case.layers[span.layer].by_name.get(span.label)
        if label and label.roles and role not in label.roles:
            yield f"{identity} {place(span)}", f"{label.name} has no {role}; it takes {', '.join(label.roles)}"


@check("annotation", on="set")
def actor_unknown(case: Case) -> Findings:
    """an actor is in the registry, or is a spare slot of the task, or in a later pass a new actor that was named
    Why: an id that is not in the registry names nobody. Ids are never reused, so the right id cannot be guessed.
    Fix: correct the id, or add the actor: standpoint actors add NAME."""
    spares = max(layer.spare for layer in case.codebook.layers)
    follows = spares > 0 and not any(map(marks_actors, case.layers.values()))
    for identity, actor in actors_in(case):
        known = 1 <= int(actor[len(NEW) :]) <= spares if is_slot(actor) else follows and actor.startswith(NEW)
        known |= case.is_published and actor in case.typed  # there was no page with slots
        if actor not in case.registry.by_id and not known:
            yield identity, f"no actor has the id {actor!r}"


@check("annotation", on="set", level="note")
def actor_unmarked(case: Case) -> Findings:
    """an actor with a role is marked in the text
    Why: the text mentions an actor that has a role, by a name, a noun or a pronoun; the mark was probably forgotten.
    Fix: let the annotator mark the mention. If the text has only pronouns, nothing needs to be done."""
    marking = [layer.name for layer in case.layers.values() if marks_actors(layer)]
    marked = {span.label for span, layer in case.spans if layer.name in marking}
    roles = {choice.label: choice.id for choice, layer in case.choices if layer.of and layer.labels_from == ACTORS}
    for actor, identity in roles.items() if marking else ():
        if actor not in marked:
            yield identity, f"{actor} has a role, and is not marked"


@check("annotation", on="set", level="note")
def actor_unnamed(case: Case) -> Findings:
    """a new actor has a name
    Why: a new actor without a name cannot be compared with another annotator's. Import gives it that of its first mention.
    Fix: let the annotator mark a mention, or type the name. Sets imported earlier get names when they are pulled again."""
    has_names = any(map(names_new_actors, case.layers.values()))
    for slot in sorted(case.slots - set(case.typed)) if has_names else ():
        yield slot, f"{slot} has no name"


@check("annotation", on="set", level="note")
def actor_unused(case: Case) -> Findings:
    """a name is typed only for a slot that is used
    Why: the name was typed for the wrong slot, or the mention was not marked.
    Fix: mark the mention, or remove the name."""
    for slot, typed in case.typed.items():
        if is_slot(slot) and slot not in case.slots:
            yield slot, f"nothing is marked as {slot}, {typed!r}"


@check("annotation", on="set", level="note")
def actor_named_twice(case: Case) -> Findings:
    """a new actor has one slot
    Why: one actor in two slots counts as two actors.
    Fix: use one slot for both mentions."""
    slots: dict[str, str] = {}
    for slot, typed in case.typed.items():
        if typed in slots:
            yield slot, f"{typed!r} has two slots, {slots[typed]} and {slot}"
        slots.setdefault(typed, slot)


@check("annotation", on="set", level="note")
def actor_known(case: Case) -> Findings:
    """the name of a new actor is not another form of a name in the registry
    Why: an actor under its id and under a typed name counts as two actors.
    Fix: if it is the same actor, run standpoint actors merge ID NAME."""
    article = case.annotation_set.article_id
    unknown = (pair for pair in case.typed.items() if case.registry.present(NEW + key_of(pair[1]), article).startswith(NEW))
    for slot, typed in unknown:
        for mention, is_actor in case.registry.mentions(typed, article):
            if is_actor and typed[: mention.start].lower() in ("", "the ") and mention.end == len(typed):
                yield slot, f"{typed!r} is a name of {mention.id}"


@check("annotation", on="set in text", level="note")
def actor_list(case: Case) -> Findings:
    """the registry finds each actor in the article
    Why: the task lists only the actors that the registry finds; another was typed in, or the registry has lost an alias.
    Fix: add the alias that the article uses to guidelines/actors.yaml, or choose the actor that was meant."""
    if case.article.text is None:
        return
    for identity, actor in actors_in(case):
        known = case.registry.by_id.get(actor)
        if known and case.registry.present(actor) not in case.context.mentioned:
            yield identity, f"the text has no name of {actor} ({known.name})"


def actors_in(case: Case) -> Iterator[tuple[str, str]]:
    """(annotation id, actor) for each actor in a set: actors as labels, and actors that have answers."""
    for item, layer in case.known:
        if layer.labels_from == ACTORS:
            yield item.id, item.label
        if isinstance(item, Choice) and layer.for_each and item.of:
            yield item.id, item.of
