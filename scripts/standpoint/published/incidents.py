"""Templates become incidents: what happened by a published key, without a place in the text.

The strings of a template become mentions, at the first place where they stand: a key does not say which place is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from standpoint.adjudication.new_actors import marks_actors
from standpoint.codebook.crosswalk import Counterpart, Rule, counterpart_of
from standpoint.core.model import Incident
from standpoint.published import Fill, Template
from standpoint.published.convert import NO_INCIDENT, NOWHERE, TWICE, Converter, name_of

NOTES = (
    "fill(s) are optional in the key, and are taken like the others",
    "string(s) occur several times in the text; the first free place is marked, because the key does not say which is meant",
    "string(s) have no place of their own in the text; their actor has a role, and no mention",
)


def incidents_of(converter: Converter) -> list[Incident]:
    """The incidents of the templates of a document."""
    return Incidents(converter).read() if converter.labelled.templates else []


class Incidents:
    """Reads the templates of a document. Their strings become mentions, at the first place where they stand."""

    def __init__(self, converter: Converter) -> None:
        self.converter, self.codebook = converter, converter.codebook
        self.entities = _entities(fill for template in converter.labelled.templates for fill in template.fills)
        self.actors: dict[int, str] = {}  # by entity

    def read(self) -> list[Incident]:
        templates = self.converter.labelled.templates
        rules = [[(fill, rule) for fill in template.fills if (rule := self._rule(fill, template))] for template in templates]
        self._place_strings([(fill, rule) for row in rules for fill, rule in row if rule.role])
        incidents = [
            incident for template, row in zip(templates, rules, strict=True) for incident in self._incidents(template, row)
        ]
        optional = sum(fill.optional for template in templates for fill in template.fills)
        self.converter.outcome.remarks.update({NOTES[0]: optional} if optional else {})
        return incidents

    def _rule(self, fill: Fill, template: Template) -> Rule | None:
        """The rule of a fill that is kept. Of several values, the labels of all are possible."""
        others: dict[str, set[str]] = defaultdict(set)
        for other in template.fills:
            others[other.slot].update(other.values)
        rules = [self.converter.crosswalk.rule(fill.slot, value, "", others) for value in fill.values or ("",)]
        for value, rule in zip(fill.values or ("",), rules, strict=True):
            if rule is None:
                self.converter.outcome.unknown[name_of(fill.slot, value)] += 1
                return None
        kept = [rule for rule in rules if rule and rule.is_kept]
        if not kept:
            self.converter.rule(fill.slot, (fill.values or ("",))[0], "", others)  # counts why
            return None
        layers = {counterpart.layer for rule in kept for counterpart in rule.counterparts}
        if len(kept) == 1 or len(layers) > 1:
            return kept[0]
        written = dict.fromkeys(label for rule in kept for label in ([rule.ours] if isinstance(rule.ours, str) else rule.ours))
        value = "/".join(rule.value for rule in kept)
        return Rule(slot=fill.slot, value=value, ours=tuple(written), role=kept[0].role, mark=kept[0].mark)

    def _place_strings(self, found: Iterable[tuple[Fill, Rule]]) -> None:
        """Mark the strings, the longest first, so that a name inside another one has its own place; and find their actors."""
        converter, actors = self.converter, next((layer.name for layer in self.codebook.layers if marks_actors(layer)), "")
        wanted: dict[str, Counterpart] = {}
        persons: set[int] = set()
        for fill, rule in found:
            for string in fill.strings:
                wanted.setdefault(string, counterpart_of(rule.mark) if rule.mark else Counterpart(actors, ""))
            persons.update(self.entities[string] for string in fill.strings if not rule.mark)
        for string in sorted(wanted, key=lambda string: (-len(string), string)):
            matches = map(re.Match.span, _pattern(string).finditer(converter.text))
            places = [place for place in matches if converter.is_annotatable(*place)]
            spans = (converter.span(*converter.without_determiner(*place), wanted[string]) for place in places)
            span = next((one for one in spans if one.layer and converter.fits(one)), None)
            if span:
                converter.spans[string] = span
                converter.outcome.remarks.update({NOTES[1]: 1} if len(places) > 1 else {})
            else:
                converter.outcome.remarks[NOTES[2]] += 1
        for entity in sorted(persons):
            strings = [string for string, owner in self.entities.items() if owner == entity]
            spans_of = {string: converter.spans[string] for string in strings if string in converter.spans}
            mentions = {string: span for string, span in spans_of.items() if not span.label}
            actor = self.actors[entity] = converter.actor_of(strings, list(mentions.values()))
            converter.spans |= {string: replace(span, label=actor) for string, span in mentions.items()}

    def _incidents(self, template: Template, pairs: Sequence[tuple[Fill, Rule]]) -> Iterator[Incident]:
        """The incident of a template, and one for each effect on somebody or something."""
        kinds = [rule for _, rule in pairs if self._is_label(rule) and not rule.role]
        effects = [(fill, rule) for fill, rule in pairs if self._is_label(rule) and rule.role]
        answers: dict[str, tuple[str, ...]] = {}
        links: dict[str, tuple[str, ...]] = {}
        own = {rule.role for _, rule in effects}  # the roles in which an effect has somebody of its own
        for number, rule in enumerate(kinds):
            if number:
                self.converter.leave_out(rule, TWICE)
            else:
                self.converter.keep(rule)
        for fill, rule in pairs:
            if rule.counterparts and not self._is_label(rule):
                self._add(answers, rule.counterparts[0].layer, [label for _, label in rule.counterparts])
                self._count(rule, NO_INCIDENT if not kinds else "")
            elif not rule.counterparts:
                of_effects = bool(effects) and not rule.mark and _role_name(rule.role) not in map(_role_name, own)
                filled = (kinds or of_effects) and self._fill_role(fill, rule, answers, links)
                self._count(rule, "" if filled else NOWHERE if kinds or of_effects else NO_INCIDENT)
        if kinds:
            yield self._incident(template, template.id, kinds[0], answers, links)
        others = {name for name in answers if self.codebook.by_name[name].labels_from} - {_role_name(role) for role in own}
        shared = {name: labels for name, labels in answers.items() if name in others}
        for number, (fill, rule) in enumerate(effects, 1):
            harmed: dict[str, tuple[str, ...]] = dict(shared)
            hit: dict[str, tuple[str, ...]] = {}
            filled = self._fill_role(fill, rule, harmed, hit)
            self._count(rule, "" if filled or not fill.strings else NOWHERE)
            if filled or not fill.strings:
                yield self._incident(template, f"{template.id}.{number}", rule, harmed, hit)

    def _incident(
        self, template: Template, name: str, rule: Rule, answers: dict[str, tuple[str, ...]], links: dict[str, tuple[str, ...]]
    ) -> Incident:
        labels = tuple(label for _, label in rule.counterparts)
        layer = rule.counterparts[0].layer
        return Incident(id=name, layer=layer, labels=labels, answers=answers, links=links, optional=template.optional)

    def _count(self, rule: Rule, reason: str) -> None:
        """Count a fill as kept, or as left out for a reason."""
        if reason:
            self.converter.leave_out(rule, reason)
        else:
            self.converter.keep(rule)

    def _is_label(self, rule: Rule) -> bool:
        """Whether a rule says what an incident is: its counterpart is a label of spans."""
        return bool(rule.counterparts) and self.codebook.by_name[rule.counterparts[0].layer].kind == "span"

    def _fill_role(self, fill: Fill, rule: Rule, answers: dict[str, tuple[str, ...]], links: dict[str, tuple[str, ...]]) -> bool:
        """Put what a fill names into its role; False if it cannot be, because links end on spans."""
        role, label = counterpart_of(rule.role)
        if rule.mark:
            found = [self.converter.spans[string].id for string in fill.strings if string in self.converter.spans][:1]
            self._add(links, label, found)
        else:
            found = [self.actors[self.entities[string]] for string in fill.strings[:1]]
            self._add(answers, role, found)
        return bool(found)

    def _add(self, to: dict[str, tuple[str, ...]], key: str, more: Iterable[str]) -> None:
        if both := tuple(dict.fromkeys((*to.get(key, ()), *more))):
            to[key] = both


def _role_name(role: str) -> str:
    """The name of a role: a target is an actor, or a thing that is linked."""
    layer, label = counterpart_of(role)
    return label or layer


def _entities(fills: Iterable[Fill]) -> dict[str, int]:
    """A number for each string: strings that are alternatives of one fill are of one thing or person."""
    numbers: dict[str, int] = {}
    for fill in fills:
        if not fill.strings:
            continue
        known = {numbers[string] for string in fill.strings if string in numbers}
        number = min(known, default=len(numbers))
        numbers |= {string: number for string, old in numbers.items() if old in known}
        numbers |= dict.fromkeys(fill.strings, number)
    return numbers


def _pattern(string: str) -> re.Pattern[str]:
    """A string in a text, whatever blanks are between its words, and not inside a word."""
    words = r"\s+".join(map(re.escape, string.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)")
