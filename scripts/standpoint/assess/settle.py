"""Settling one pass of one article: what all annotators say is settled; the rest is voted on, or a question to an adjudicator.

Nothing is lost: each annotation of each annotator is settled, or stands in a reading of a question or of a conflict that
was resolved. (The names typed for new actors follow from what is settled: ``names``.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from standpoint.assess.median import median_settlement
from standpoint.assess.read_aloud import extent, extents, said
from standpoint.assess.said import Place, about_of, asked_of, reading_at, said_by
from standpoint.assess.settled import Settled, choice_id, others
from standpoint.assess.strategies import Vote, vote, vote_by_errors
from standpoint.assess.views import View
from standpoint.codebook.types import DISTRIBUTION, SPARE, Layer
from standpoint.model import Annotation, Choice, Conflict, Question, Settlement, Span

Given = Mapping[str, frozenset[str]]  # {annotator: what it says at a place, as tokens}


def settle_pass(pass_name: str, views: Sequence[View], settled: Settled) -> None:
    """Settle the layers of one pass: spans, then what is said of settled spans, of actors and of the article."""
    table = Table(pass_name, views, settled)
    layers = settled.codebook.layers_of(pass_name)
    left = [found for layer in layers if layer.kind == "span" for found in settle_spans(layer, table)]
    for place, given, voted in left:  # now that all settled spans are known: they decide whose a link is
        table.close(place, given, voted)
    for layer in layers:
        if layer.kind != "span" and not names_new_actors(layer):
            settle_rest(layer, table)


def names_new_actors(layer: Layer) -> bool:
    """Whether a layer only names the actors that spare slots were given to."""
    return layer.kind == "text" and layer.for_each == SPARE


class Table:
    """What the annotators of one pass said, by annotator and token."""

    def __init__(self, pass_name: str, views: Sequence[View], settled: Settled) -> None:
        self.pass_name, self.settled, self.made = pass_name, settled, views[0].made
        self.said = {view.annotator: said_by(view, settled.codebook) for view in views}
        self.names = list(self.said)
        self.spans = settled.spans
        self.spans |= {item.id: item for own in self.said.values() for item in own.values() if isinstance(item, Span)}
        self.at: dict[tuple[str, tuple[str, ...]], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, own in self.said.items():
            for token, item in own.items():
                self.at[item.layer, about_of(item)][name].add(token)

    def one(self, name: str) -> Annotation:
        """The annotation of a token as it is settled: the first of those who say it; drawn by hand if anybody drew it so."""
        items = [own[name] for own in self.said.values() if name in own]
        return min(items, key=lambda item: (getattr(item, "origin", "manual") != "manual", getattr(item, "origin", item.label)))

    def take(self, name: str, how: str) -> None:
        """Settle what a token says; those who do not say it dissent."""
        by = tuple(asker for asker in self.names if name in self.said[asker])
        self.settled.take(self.one(name), Settlement(how=how, by=by, dissent=others(self.names, by)))

    def how_all(self, asked: Collection[str], about: Sequence[str] = ()) -> str:
        """How it came to be what all the asked say: those who were not asked do not have a span that it is about."""
        if len(asked) == len(self.names):
            return "unanimous" if len(asked) > 1 else "single"
        return next(how for span in about if (how := self.settled.settlements[span].how) != "unanimous")

    def asked(self, about: Sequence[str]) -> list[str]:
        """Those who could say something about spans: who has them. (All, where it is not about spans.)"""
        return [name for name, own in self.said.items() if all(span in own for span in about)]

    def close(self, place: Place, given: Given, voted: Vote | None) -> None:
        """Keep what was said at a place that is in conflict: as a question, or as resolved by a vote."""
        settled, made = self.settled, self.made
        taken = settled.settlements.keys() - ({self.one(name).id for name in voted.winner} if voted else set())
        readings = {name: reading_at(place, self.said[name].values(), taken) for name in given}
        if voted is None:
            asked = asked_of(place, readings, made.article_id, made.text_sha256, self.pass_name)
            settled.questions.append(Question(asked=asked, readings=readings))
            return
        by = tuple(name for name in given if given[name] == voted.winner)
        settlement = Settlement(how=voted.how, by=by, dissent=others(given, by))
        words = {name: said(reading, self.spans) for name, reading in readings.items()}
        settled.resolved.append(Conflict(layer=place.layer, where=place.where, readings=words, settlement=settlement))


def settle_spans(layer: Layer, table: Table) -> Iterator[tuple[Place, Given, Vote | None]]:
    """A span is settled where all have the same extent and label; what overlaps otherwise is in conflict, and is returned."""
    spans = [span for span in table.spans.values() if span.layer == layer.name]
    agreed = {span.id for span in spans if all(span.id in own for own in table.said.values())}
    for span in sorted(spans, key=in_text):
        if span.id in agreed:
            table.take(span.id, table.how_all(table.names))
    for cluster in clusters(span for span in spans if span.id not in agreed):
        given = {name: frozenset(span.id for span in cluster if span.id in own) for name, own in table.said.items()}
        voted = vote(table.settled.codebook.settle_of(layer), given)
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


def settle_rest(layer: Layer, table: Table) -> None:
    """What is said of settled spans, of actors or of the article. (What is said of other spans stands in the spans' readings.)"""
    on_spans = layer.kind == "relation" or bool(layer.of)
    places = [about for name, about in table.at if name == layer.name]
    for about in sorted(places, key=lambda about: [in_text(table.spans[name]) if on_spans else name for name in about]):
        if not on_spans or all(name in table.settled.settlements for name in about):
            asked = table.asked(about) if on_spans else table.names
            said = {name: frozenset(table.at[layer.name, about].get(name, ())) for name in asked}
            if table.settled.codebook.settle_of(layer) == DISTRIBUTION:
                settle_scale(layer, about[0], table, said)
            else:
                settle_at(layer, about, table, said)


def settle_at(layer: Layer, about: tuple[str, ...], table: Table, said: Given) -> None:
    """What all say is settled; the rest is voted on, or a question."""
    common = frozenset.intersection(*said.values())
    for name in sorted(common):
        table.take(name, table.how_all(said, about))
    rule, voted = table.settled.codebook.settle_of(layer), None
    if rule == "dawid_skene":
        answers = {name: table.said[name][next(iter(tokens))] for name, tokens in said.items() if tokens}
        voted = vote_by_errors(layer.name, answers, table.settled)
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


def settle_scale(layer: Layer, of: str, table: Table, said: Given) -> None:
    """An answer on a scale about an actor: the median, with the distribution kept."""
    given = {name: table.one(next(iter(tokens))).label for name, tokens in said.items() if tokens}
    table.settled.distributions.setdefault(layer.name, {})[of] = given
    label, settlement = median_settlement(layer, given, len(table.names))
    table.settled.take(Choice(id=choice_id(layer, of, label), layer=layer.name, label=label, of=of), settlement)
