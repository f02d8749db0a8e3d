"""Resolving one pass of one article: unanimous answers hold, the rest is voted on or becomes a question."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from standpoint.adjudication.content import (
    NEW,
    Adjudicated,
    Pattern,
    Place,
    View,
    about_of,
    asked_of,
    extent,
    extents,
    others,
    reading_at,
    said,
    said_by,
    token,
)
from standpoint.codebook.types import DISTRIBUTION, SPARE, Codebook, Follow, Layer
from standpoint.core.ids import choice_id
from standpoint.core.model import Annotation, Choice, Conflict, Decision, Question, Relation, Resolution, Span, StandpointError

FEWEST = 3  # answers: of two, Dawid and Skene only say whom they believe (codebook, aggregation)


class Vote(NamedTuple):
    """How it was adjudicated, and what holds."""

    how: str
    winner: frozenset[str]


def vote(rule: str | Follow, given: Mapping[str, frozenset[str]], each: bool = False) -> Vote | None:
    """What holds of ``{annotator: what it says}``; None where the rule does not tell.

    Sayings are voted on as wholes, or ``each`` for itself where several may hold; then a tie of one leaves all open.
    """
    if isinstance(rule, Follow):
        return Vote("annotator", given[rule.annotator]) if rule.annotator in given else None
    if rule != "majority":
        return None
    counts = Counter(item for items in given.values() for item in items) if each else Counter(given.values())
    winners = [item for item, count in counts.items() if 2 * count > len(given)]
    if each:
        return None if any(2 * count == len(given) for count in counts.values()) else Vote(rule, frozenset(winners))
    return Vote(rule, winners[0]) if winners else None


def vote_by_errors(layer: str, given: Mapping[str, Choice], adjudicated: Adjudicated) -> Vote | None:
    """Dawid and Skene's label of ``{annotator: answer}``, once it is worked out; the answers are counted for that."""
    pattern: Pattern = tuple(sorted((name, answer.label) for name, answer in given.items()))
    adjudicated.patterns[layer][pattern] += 1
    label = adjudicated.labels.get(layer, {}).get(pattern)
    if label is None or len(given) < FEWEST:
        return None
    return Vote("dawid_skene", frozenset(token(answer) for answer in given.values() if answer.label == label))


def most_probable(patterns: Mapping[Pattern, int]) -> dict[Pattern, str]:
    """Dawid and Skene's label of each pattern of answers that occurs so many times; where two are as probable, none.

    Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm; by crowd-kit.
    """
    try:
        import pandas
        from crowdkit.aggregation import DawidSkene
    except ImportError:
        raise StandpointError("resolve: dawid_skene needs crowd-kit", "pip install 'standpoint[dawid-skene]'") from None
    order = sorted(patterns)
    items = [(f"{number}.{copy}", *answer) for number, one in enumerate(order) for copy in range(patterns[one]) for answer in one]
    if not items:
        return {}
    table = pandas.DataFrame(items, columns=["task", "worker", "label"]).astype({"label": object})
    with warnings.catch_warnings(action="ignore"):  # crowd-kit's, about pandas to come
        found = DawidSkene().fit(table).probas_
    return {pattern: label for number, pattern in enumerate(order) if (label := _clear(found.loc[f"{number}.0"])) is not None}


def _clear(row) -> str | None:
    first, *rest = sorted(row.items(), key=lambda entry: -entry[1])
    return None if rest and first[1] - rest[0][1] < 1e-9 else first[0]


def median_resolution(layer: Layer, given: Mapping[str, str], asked: int) -> tuple[str, Resolution]:
    """The median label of ``{annotator: label}``, and how it came about where ``asked`` annotators could have answered.

    Who gave no answer does not dissent, but then it is not unanimous.
    """
    label = median_label(layer, list(given.values()))
    by = tuple(name for name, answer in given.items() if answer == label)
    how = "median" if len(by) < asked else "unanimous" if asked > 1 else "single"
    return label, Resolution(how=how, by=by, dissent=tuple(name for name in given if name not in by))


def median_label(layer: Layer, labels: Sequence[str]) -> str:
    """The label at the median of the answers' values.

    An even number of answers leaves the median open between two values: the point nearest 0 is taken, so that -1 and
    +1 give 0, and neither side is favoured. Where the scale has no label there, the nearest is taken: by its value,
    then the one nearer to 0, then by name.
    """
    values = sorted(layer.by_name[label].value for label in labels)
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    target = min(max(0, low), high)
    return min(layer.labels, key=lambda label: (abs(label.value - target), abs(label.value), label.name)).name


Given = Mapping[str, frozenset[str]]  # {annotator: what it says at a place, as tokens}


def resolve_pass(pass_name: str, views: Sequence[View], adjudicated: Adjudicated) -> None:
    """Resolve the layers of one pass: spans, then what is said of adjudicated spans, of actors and of the article."""
    table = Table(pass_name, views, adjudicated)
    layers = adjudicated.codebook.layers_of(pass_name)
    left = [found for layer in layers if layer.kind == "span" for found in resolve_spans(layer, table)]
    for place, given, voted in left:  # now that all adjudicated spans are known: they decide whose a link is
        table.close(place, given, voted)
    for layer in layers:
        if layer.kind != "span" and not names_new_actors(layer):
            resolve_rest(layer, table)


def names_new_actors(layer: Layer) -> bool:
    """Whether a layer only names the actors that spare slots were given to."""
    return layer.kind == "text" and layer.for_each == SPARE


class Table:
    """What the annotators of one pass said, by annotator and token."""

    def __init__(self, pass_name: str, views: Sequence[View], adjudicated: Adjudicated) -> None:
        self.pass_name, self.adjudicated, self.made = pass_name, adjudicated, views[0].made
        self.said = {view.annotator: said_by(view, adjudicated.codebook) for view in views}
        self.names = list(self.said)
        self.spans = adjudicated.spans
        self.spans |= {item.id: item for own in self.said.values() for item in own.values() if isinstance(item, Span)}
        self.at: dict[tuple[str, tuple[str, ...]], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, own in self.said.items():
            for reading, item in own.items():
                self.at[item.layer, about_of(item)][name].add(reading)

    def one(self, name: str) -> Annotation:
        """The annotation of a token as it is adjudicated: the first of those who say it; drawn by hand if anybody drew it so."""
        items = [own[name] for own in self.said.values() if name in own]
        return min(items, key=lambda item: (getattr(item, "origin", "manual") != "manual", getattr(item, "origin", item.label)))

    def take(self, name: str, how: str) -> None:
        """Resolve what a token says; those who do not say it dissent."""
        by = tuple(asker for asker in self.names if name in self.said[asker])
        self.adjudicated.take(self.one(name), Resolution(how=how, by=by, dissent=others(self.names, by)))

    def how_all(self, asked: Collection[str], about: Sequence[str] = ()) -> str:
        """How it came to be what all the asked say: those who were not asked do not have a span that it is about."""
        if len(asked) == len(self.names):
            return "unanimous" if len(asked) > 1 else "single"
        return next(how for span in about if (how := self.adjudicated.resolutions[span].how) != "unanimous")

    def asked(self, about: Sequence[str]) -> list[str]:
        """Those who could say something about spans: who has them. (All, where it is not about spans.)"""
        return [name for name, own in self.said.items() if all(span in own for span in about)]

    def close(self, place: Place, given: Given, voted: Vote | None) -> None:
        """Keep what was said at a place that is in conflict: as a question, or as resolved by a vote."""
        adjudicated, made = self.adjudicated, self.made
        taken = adjudicated.resolutions.keys() - ({self.one(name).id for name in voted.winner} if voted else set())
        readings = {name: reading_at(place, self.said[name].values(), taken) for name in given}
        if voted is None:
            asked = asked_of(place, readings, made.article_id, made.text_sha256, self.pass_name)
            adjudicated.questions.append(Question(asked=asked, readings=readings))
            return
        by = tuple(name for name in given if given[name] == voted.winner)
        resolution = Resolution(how=voted.how, by=by, dissent=others(given, by))
        words = {name: said(reading, self.spans) for name, reading in readings.items()}
        adjudicated.resolved.append(Conflict(layer=place.layer, where=place.where, readings=words, resolution=resolution))


def resolve_spans(layer: Layer, table: Table) -> Iterator[tuple[Place, Given, Vote | None]]:
    """A span is adjudicated where all have the same extent and label; what overlaps otherwise is in conflict, and is returned."""
    spans = [span for span in table.spans.values() if span.layer == layer.name]
    agreed = {span.id for span in spans if all(span.id in own for own in table.said.values())}
    for span in sorted(spans, key=in_text):
        if span.id in agreed:
            table.take(span.id, table.how_all(table.names))
    for cluster in clusters(span for span in spans if span.id not in agreed):
        given = {name: frozenset(span.id for span in cluster if span.id in own) for name, own in table.said.items()}
        voted = vote(table.adjudicated.codebook.resolve_of(layer), given)
        for name in sorted(voted.winner) if voted else ():
            table.take(name, voted.how)
        start, end = min(span.start for span in cluster), max(span.end for span in cluster)
        yield Place(layer.name, extents(cluster), (), start, end), given, voted


def clusters(spans: Iterable[Span]) -> list[list[Span]]:
    """Spans that hang together by overlaps, in reading order."""
    found: list[list[Span]] = []
    reach = -1
    for span in sorted(spans, key=in_text):
        if span.start >= reach:
            found.append([])
        found[-1].append(span)
        reach = max(reach, span.end)
    return found


def in_text(span: Span) -> tuple:
    """The order of spans of one layer in the text."""
    return span.start, span.end, span.label


def resolve_rest(layer: Layer, table: Table) -> None:
    """Resolve what is said of adjudicated spans, of actors or of the article."""
    on_spans = layer.kind == "relation" or bool(layer.of)
    places = [about for name, about in table.at if name == layer.name]
    for about in sorted(places, key=lambda about: [in_text(table.spans[name]) if on_spans else name for name in about]):
        if not on_spans or all(name in table.adjudicated.resolutions for name in about):
            asked = table.asked(about) if on_spans else table.names
            said = {name: frozenset(table.at[layer.name, about].get(name, ())) for name in asked}
            if table.adjudicated.codebook.resolve_of(layer) == DISTRIBUTION:
                resolve_scale(layer, about[0], table, said)
            else:
                resolve_at(layer, about, table, said)


def resolve_at(layer: Layer, about: tuple[str, ...], table: Table, said: Given) -> None:
    """What all say is adjudicated; the rest is voted on, or a question."""
    common = frozenset.intersection(*said.values())
    for name in sorted(common):
        table.take(name, table.how_all(said, about))
    rule, voted = table.adjudicated.codebook.resolve_of(layer), None
    if rule == "dawid_skene":
        answers = {name: table.said[name][next(iter(tokens))] for name, tokens in said.items() if tokens}
        voted = vote_by_errors(layer.name, answers, table.adjudicated)
    given = {name: tokens - common for name, tokens in said.items()}
    if not any(given.values()):
        return
    voted = voted or vote(rule, given, each=layer.multiple or layer.kind == "relation")
    for name in sorted(voted.winner) if voted else ():
        table.take(name, voted.how)
    table.close(place_of(layer, about, table), given, voted)


def place_of(layer: Layer, about: tuple[str, ...], table: Table) -> Place:
    """Where answers or links are: the extent of their first span says where to look."""
    spans = [table.spans[name] for name in about if name in table.spans]
    where = "->".join(map(extent, spans)) if layer.kind == "relation" else about[0]
    start, end = (spans[0].start, spans[0].end) if spans else (0, 0)
    return Place(layer.name, where, about, start, end)


def resolve_scale(layer: Layer, of: str, table: Table, said: Given) -> None:
    """An answer on a scale about an actor: the median, with the distribution kept."""
    given = {name: table.one(next(iter(tokens))).label for name, tokens in said.items() if tokens}
    table.adjudicated.distributions.setdefault(layer.name, {})[of] = given
    label, resolution = median_resolution(layer, given, len(table.names))
    table.adjudicated.take(
        Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of), resolution
    )


FOLLOWS = "follows"


def resolve_names(views: Sequence[View], decisions: Iterable[Decision], adjudicated: Adjudicated) -> None:
    """Resolve the names that all typed, and those of the new actors that are adjudicated: equal names are one actor."""
    used = actors_in(adjudicated.annotations, adjudicated.codebook)
    for one in adjudicated.codebook.passes:
        readers = {view.annotator for view in views if view.made.pass_name == one.name}
        for layer in adjudicated.codebook.layers_of(one.name):
            typed = _typed(layer.name, views, decisions) if names_new_actors(layer) else {}
            for actor, names in sorted(typed.items()):
                if actor in used or names.keys() >= readers:
                    label = min(names.values())
                    how = FOLLOWS if not names.keys() >= readers else "unanimous" if len(readers) > 1 else "single"
                    choice = Choice(
                        id=choice_id(actor, layer.name, label, layer.multiple), layer=layer.name, label=label, of=actor
                    )
                    adjudicated.take(choice, Resolution(how=how, by=tuple(sorted(names))))


def _typed(layer: str, views: Iterable[View], decisions: Iterable[Decision]) -> dict[str, dict[str, str]]:
    """{actor: {who: name}}."""
    found: dict[str, dict[str, str]] = {}
    for view in views:
        for actor, answers in view.answers.get(layer, {}).items():
            found.setdefault(actor, {})[view.annotator] = min(answer.label for answer in answers.values())
    for decision in decisions:
        for item in decision.annotations:
            if item.layer == layer:
                found.setdefault(item.of, {})[decision.by] = item.label
    return found


def actors_in(annotations: Iterable[Annotation], codebook: Codebook) -> set[str]:
    """The new actors that annotations speak of."""
    found: set[str] = set()
    for item in annotations:
        layer = codebook.by_name[item.layer]
        if not isinstance(item, Relation) and not names_new_actors(layer):
            found |= {item.label} if layer.labels_from else set()
            found |= {item.of} if isinstance(item, Choice) and layer.for_each else set()
    return {actor for actor in found if actor.startswith(NEW)}
