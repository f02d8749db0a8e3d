"""A labelled document becomes annotation sets under the codebook's names, by the rules of a crosswalk.

What becomes of each annotation is counted: it is in a set, it is left out for a reason that has a name, or it is refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.new_actors import names_new_actors
from standpoint.codebook.crosswalk import Counterpart, Crosswalk, Rule
from standpoint.codebook.name_forms import key_of
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import NEW, Codebook
from standpoint.codebook.validate import overlap_fault
from standpoint.core.model import Annotation, Article, Choice, Incident, Issue, Span, StandpointError, choice_id, in_reading_order
from standpoint.core.offsets import OTHER_TEXT, OUT_OF_RANGE, Repair, certain_place, fault, fault_message
from standpoint.core.standoff import shortened
from standpoint.ingest.offset_map import OffsetMap
from standpoint.published import Answer, Labelled, Link, Mark

UNKNOWN = "no rule of the crosswalk"
# Why something that has a counterpart is left out.
UNSURE = "its confidence is below the least of the crosswalk"
OUTSIDE = "it is outside the zones or the window that are annotated"
OVERLAPS = "another mark that is surer or longer has its words, and the layer allows no overlap"
NOWHERE = "its words are not in the text as they are written"
NO_END = "what it is about is left out"
TWICE = "it says again what is there already"
DIFFER = "its actor has different values in the document"
NO_INCIDENT = "its incident has no label here"


class Book(NamedTuple):
    """What documents are read by."""

    crosswalk: Crosswalk
    codebook: Codebook
    registry: Registry


@dataclass
class Outcome:
    """What became of the annotations of one source: ``kept`` and ``left_out`` by what they are called there, and why."""

    kept: Counter[tuple[str, str]] = field(default_factory=Counter)  # name, and what it is here
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)  # name, and the reason
    unknown: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    refused: int = 0


class Converted(NamedTuple):
    """The annotations and incidents of one document, of all passes. ``items``: how many of its annotations are in them."""

    annotations: list[Annotation]
    incidents: list[Incident]
    repairs: list[Repair]
    issues: list[Issue]
    items: int


def name_of(slot: str, value: str) -> str:
    """What an annotation is called in messages."""
    return f"{slot}: {value}" if value and value != slot else slot


def named(rule: Rule) -> str:
    """What the annotations that a rule fits are called in messages."""
    return name_of(rule.slot, rule.value)


def ours_of(rule: Rule) -> str:
    """What a rule makes of an annotation, in messages."""
    return " or ".join(f"{layer}:{label}" if label else layer for layer, label in rule.counterparts) or rule.role


class Converter:
    """Reads one document into the names of the codebook."""

    def __init__(self, labelled: Labelled, article: Article, book: Book, outcome: Outcome, fix: bool, where: str) -> None:
        self.labelled, self.article, self.outcome, self.fix, self.where = labelled, article, outcome, fix, where
        self.crosswalk, self.codebook, self.registry = book
        self.text = article.text or ""
        self.parts = self.codebook.zones.parts_of(article) or [(0, len(self.text))]
        self.spans: dict[str, Span] = {}  # by the id of its mark
        self.same: dict[str, str] = {}  # of a mark that says again what another one says, that one
        self.actors: dict[str, str] = {}  # by the name of an entity, or by the words of its marks
        self.named: dict[str, str] = {}  # the name of each new actor
        self.answers: dict[str, tuple[Choice, Rule] | None] = {}  # None: its values differ
        self.repairs: list[Repair] = []
        self.issues: list[Issue] = list(labelled.refused)
        self.items = 0

    def convert(self, incidents_of: Callable[[Converter], list[Incident]]) -> Converted:
        """Read the document. ``incidents_of`` reads its templates, after its marks."""
        self.outcome.refused += len(self.labelled.refused)
        self._place_marks()
        self._name_actors()
        for answer in self.labelled.answers:
            self._answer(answer)
        incidents = incidents_of(self)
        naming = next((layer for layer in self.codebook.layers if names_new_actors(layer)), None)
        marked = {span.label for span in self.spans.values()} | {label for one in incidents for label in _answered(one)}
        names = [
            Choice(id=choice_id(actor, naming.name, name, multiple=False), layer=naming.name, label=name, of=actor)
            for actor, name in sorted(self.named.items())
            if naming and actor in marked
        ]
        answers = (kept[0] for kept in self.answers.values() if kept)
        annotations = in_reading_order([*self.spans.values(), *answers, *names])
        return Converted(annotations, incidents, self.repairs, self.issues, self.items)

    @cached_property
    def offsets(self) -> OffsetMap:
        return OffsetMap(self.labelled.text, self.text)

    # What is counted

    def rule(self, slot: str, value: str, words: str = "", others: Mapping[str, Iterable[str]] = {}) -> Rule | None:  # noqa: B006
        """The rule for an annotation that is kept; otherwise None, and it is counted."""
        rule = self.crosswalk.rule(slot, value, words, others)
        if rule is None:
            self.outcome.unknown[name_of(slot, value)] += 1
        elif not rule.is_kept:
            self.leave_out(rule, rule.loss)
        return rule if rule and rule.is_kept else None

    def only_label(self, rule: Rule, kind: str) -> Counterpart:
        """The one label of a rule for something that has a place or an answer; StandpointError if the table is wrong there."""
        found = rule.counterparts
        if len(found) != 1 or self.codebook.by_name[found[0].layer].kind != kind or rule.role:
            message = f"the crosswalk {self.crosswalk.name} makes '{named(rule)}' {ours_of(rule)}"
            raise StandpointError(message, f"there `ours` should be one label of a {kind} layer, and there is no `role`")
        return found[0]

    def keep(self, rule: Rule) -> None:
        self.outcome.kept[named(rule), ours_of(rule)] += 1
        self.items += 1

    def leave_out(self, rule: Rule, reason: str) -> None:
        self.outcome.left_out[named(rule), reason] += 1

    def refuse(self, what: str, code: str, message: str) -> None:
        self.outcome.refused += 1
        self.issues.append(Issue(f"{self.where} {what}".rstrip(), code, message))

    # Marks

    def _place_marks(self) -> None:
        """The spans of the marks; of overlapping ones the surest, then the longest."""
        found: list[tuple[Mark, Rule, Span]] = []
        for mark in self.labelled.marks:
            rule = self.rule(mark.slot, mark.value, mark.quote)
            if rule is None:
                continue
            ours = self.only_label(rule, "span")
            if place := self._place(mark, ours):
                if mark.confidence < self.crosswalk.least:
                    self.leave_out(rule, UNSURE)
                elif self.is_annotatable(*place):
                    found.append((mark, rule, self.span(*place, ours)))
                else:
                    self.leave_out(rule, OUTSIDE)
        found.sort(key=lambda item: (-item[0].confidence, item[2].start - item[2].end, item[2].start, item[0].id))
        by_content: dict[tuple[str, str], str] = {}
        for mark, rule, span in found:
            kept = by_content.setdefault((span.id, span.label), mark.id)
            if kept in self.spans:
                self.same[mark.id] = kept
                self.leave_out(rule, TWICE)
            elif self.fits(span):
                self.spans[mark.id] = span
                self.keep(rule)
            else:
                self.leave_out(rule, OVERLAPS)

    def span(self, start: int, end: int, ours: Counterpart) -> Span:
        layer, label = ours
        return Span(id=f"{start}-{end}-{layer}", layer=layer, label=label, start=start, end=end, quote=self.text[start:end])

    def is_annotatable(self, start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in self.parts)

    def fits(self, span: Span) -> bool:
        """Whether a span may stand beside those of its layer."""
        layer = self.codebook.by_name[span.layer]
        others = (one for one in self.spans.values() if one.layer == span.layer and one.start < span.end and span.start < one.end)
        return not any(overlap_fault(one, span, layer) for one in others)

    def _place(self, mark: Mark, ours: Counterpart) -> tuple[int, int] | None:
        """The place of a mark in the article's text, without determiners; None if it has none, which is reported."""
        source, start, end = self.labelled.text, mark.start, mark.end
        words = source[start:end]
        kind = "" if words == mark.quote and words.strip() else fault(start, end, mark.quote, source)
        if kind:
            better = certain_place(start, end, mark.quote, source)
            if kind == OTHER_TEXT and start is not None and end is not None and letters_of(words) == letters_of(mark.quote):
                better = start, end  # only marks differ, such as quotation marks
            if better is None or not self.fix:
                code = "REGION-OFFSETS" if kind == OUT_OF_RANGE else "REGION-TEXT"
                hint = "; --fix takes the text at its offsets" if better else ""
                self.refuse(mark.id, code, f"{fault_message(start, end, mark.quote, source)}{hint}")
                return None
            start, end = better
        place = self.offsets.place(start or 0, end or 0)
        if place is None:
            message = f"{mark.quote!r} has no certain place in the article's text, should be in a part that ingestion takes"
            self.refuse(mark.id, "REGION-MOVED", message)
            return None
        begin, finish = self.without_determiner(*place)
        if kind:
            span = self.span(begin, finish, ours)
            before: dict[str, str | int | None] = {"start": place[0], "end": place[1], "quote": mark.quote}
            after: dict[str, str | int | None] = {"start": begin, "end": finish, "quote": span.quote}
            self.repairs.append(Repair(set=self.where, annotation=span.id, fault=kind, before=before, after=after))
            message = f"{fault_message(mark.start, mark.end, mark.quote, source)}; imported as {span.quote!r}"
            self.issues.append(Issue(f"{self.where} {mark.id}", "REGION-FIXED", message, "note"))
        return begin, finish

    def without_determiner(self, start: int, end: int) -> tuple[int, int]:
        """A stretch without the determiners at its beginning, unless nothing else is in it."""
        while match := re.match(r"(\w+)\s+(?=\S)", self.text[start:end]):
            if match[1].casefold() not in self.crosswalk.determiners:
                break
            start += match.end()
        return start, end

    # Actors

    def _name_actors(self) -> None:
        """Give each group of marks that are one actor the actor's id, as the label of their spans."""
        marks = {mark.id: mark for mark in self.labelled.marks if mark.id in self.spans and not self.spans[mark.id].label}
        groups: dict[str, str] = {}  # of a mark, its group: that of the same entity, or of the same words
        for mark in marks.values():
            groups[mark.id] = mark.entity or key_of(self.spans[mark.id].quote)
        for link in self.labelled.links:
            self._join(link, groups)
        members: dict[str, list[str]] = defaultdict(list)
        for identity, group in groups.items():
            members[group].append(identity)
        for group, identities in members.items():
            spans = sorted((self.spans[identity] for identity in identities), key=lambda span: span.start)
            names = [marks[identity].entity for identity in identities]
            actor = self.actor_of([*names, *(span.quote for span in spans)], spans)
            self.actors[group] = actor
            for identity in identities:
                self.spans[identity] = replace(self.spans[identity], label=actor)

    def _join(self, link: Link, groups: dict[str, str]) -> None:
        """Make two actors one, if a rule says that the link does."""
        rule = self.rule(link.slot, link.value)
        if rule is None:
            return
        self.only_label(rule, "span")
        head, tail = (groups.get(self.same.get(end, end)) for end in (link.head, link.tail))
        if link.confidence < self.crosswalk.least:
            self.leave_out(rule, UNSURE)
        elif head is None or tail is None:
            self.leave_out(rule, NO_END)
        else:
            groups.update({identity: head for identity, group in groups.items() if group == tail})
            self.keep(rule)

    def actor_of(self, names: Sequence[str], spans: Sequence[Span]) -> str:
        """The actor with these names and mentions: of the registry, if one of them is a name of it here; otherwise a new one."""
        names = list(dict.fromkeys(filter(None, names)))
        known = {self.registry.present(NEW + key_of(name), self.article.id) for name in names}
        places = {(span.start, span.end) for span in spans}
        mentions = (one for one, is_actor in self.registry.mentions(self.text, self.article) if is_actor)
        known |= {mention.id for mention in mentions if (mention.start, mention.end) in places}
        ids = sorted(actor for actor in known if not actor.startswith(NEW))
        if len(ids) == 1:
            return ids[0]
        if ids:
            self.outcome.remarks["actor(s) may be several of the registry, so they are new actors"] += 1
        name = shortened(next((name for name in names if name != name.lower()), names[0]))  # it is published with a withheld text
        actor = NEW + key_of(name)
        self.named.setdefault(actor, name)
        return actor

    def _answer(self, answer: Answer) -> None:
        rule = self.rule(answer.slot, answer.value, "", answer.others)
        if rule is None:
            return
        layer_name, label = self.only_label(rule, "choice")
        layer, entity = self.codebook.by_name[layer_name], answer.entity
        of = self.actors.get(entity) or self.actor_of([entity], []) if layer.for_each and entity else ""
        if bool(of) != bool(layer.for_each):
            self.leave_out(rule, NO_END)
            return
        ours = Choice(id=choice_id(of, layer_name, label, layer.multiple), layer=layer_name, label=label, of=of)
        before = self.answers.setdefault(ours.id, (ours, rule))
        if before is not None and before[0] is ours:
            self.keep(rule)
        elif before is not None and before[0] == ours:
            self.leave_out(rule, TWICE)
        else:  # neither of the two is more right than the other
            self.leave_out(rule, DIFFER)
            if before is not None:
                self.outcome.kept[named(before[1]), ours_of(before[1])] -= 1
                self.items -= 1
                self.leave_out(before[1], DIFFER)
            self.answers[ours.id] = None


def letters_of(text: str) -> str:
    """The letters and digits of a text, without regard to case: blanks and marks may differ."""
    return re.sub(r"[\W_]", "", text).casefold()


def _answered(incident: Incident) -> Iterator[str]:
    for labels in incident.answers.values():
        yield from labels
