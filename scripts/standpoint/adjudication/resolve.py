"""Resolution of one pass of one article: unanimous annotations hold, the others are voted on or become a question."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from standpoint.adjudication.content import (
    Adjudicated,
    Pattern,
    Place,
    View,
    about_of,
    annotations_by_token,
    asked_at,
    dissenters,
    extent,
    extents,
    reading_at,
    token,
)
from standpoint.adjudication.new_actors import names_new_actors, own_name
from standpoint.codebook.name_forms import key_of
from standpoint.codebook.types import DISTRIBUTION, MEDIAN, NEW, Codebook, Follow, Layer
from standpoint.core.matching import overlap_clusters
from standpoint.core.model import (
    Annotation,
    Choice,
    Conflict,
    Decision,
    Question,
    Relation,
    Resolution,
    Span,
    choice_id,
    needs_extra,
)

FEWEST = 3  # answers: from two, the model only says who is more reliable in general (codebook, aggregation)

Tokens = Mapping[str, frozenset[str]]  # {annotator: tokens of the annotations at a place}


class Vote(NamedTuple):
    """The rule that decided, and the tokens that won."""

    how: str
    winner: frozenset[str]


def vote(rule: str | Follow, tokens: Tokens, each: bool = False) -> Vote | None:
    """The result of a rule; None if the rule does not decide.

    The vote is on each annotator's tokens together. With ``each`` it is on single tokens, and several may win; a tie on
    one token leaves all of them open.
    """
    if isinstance(rule, Follow):
        return Vote("annotator", tokens[rule.annotator]) if rule.annotator in tokens else None
    if rule != "majority":
        return None
    if each:
        counts = Counter(item for items in tokens.values() for item in items)
        tied = any(2 * count == len(tokens) for count in counts.values())
        return None if tied else Vote(rule, frozenset(item for item, count in counts.items() if 2 * count > len(tokens)))
    readings = Counter(tokens.values())
    winner = next((items for items, count in readings.items() if 2 * count > len(tokens)), None)
    return None if winner is None else Vote(rule, winner)


def vote_by_errors(layer: str, answers: Mapping[str, Choice], adjudicated: Adjudicated) -> Vote | None:
    """Dawid and Skene's label of ``{annotator: answer}``, if it was computed. The answers are counted for the model."""
    pattern: Pattern = tuple(sorted((name, answer.label) for name, answer in answers.items()))
    adjudicated.patterns[layer][pattern] += 1
    label = adjudicated.labels.get(layer, {}).get(pattern)
    if label is None or len(answers) < FEWEST:
        return None
    return Vote("dawid_skene", frozenset(token(answer) for answer in answers.values() if answer.label == label))


def vote_by_median(answers: Mapping[str, Choice]) -> Vote | None:
    """The number in the middle of ``{annotator: answer}``; None if there are two: nobody may have meant what is between them."""
    ranked = sorted(answers.values(), key=lambda answer: float(answer.label))
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return Vote(MEDIAN, frozenset([token(low)])) if low.label == high.label else None


def most_probable(patterns: Mapping[Pattern, int]) -> dict[Pattern, str]:
    """Dawid and Skene's label of each pattern of answers, except where two labels are equally probable.

    ``patterns`` has the frequency of each pattern. Dawid & Skene (1979), Maximum likelihood estimation of observer
    error-rates using the EM algorithm; computed by crowd-kit.
    """
    with needs_extra("dawid-skene", "resolve: dawid_skene"):
        import pandas
        from crowdkit.aggregation import DawidSkene
    order = sorted(patterns)
    rows = [
        (f"{number}.{copy}", *answer)
        for number, pattern in enumerate(order)
        for copy in range(patterns[pattern])
        for answer in pattern
    ]
    if not rows:
        return {}
    table = pandas.DataFrame(rows, columns=["task", "worker", "label"]).astype({"label": object})
    with warnings.catch_warnings(action="ignore"):  # crowd-kit warns about changes in pandas
        by_task = DawidSkene().fit_predict_proba(table).to_dict("index")
    most: dict[Pattern, str] = {}
    for number, pattern in enumerate(order):
        row = {str(label): float(value) for label, value in by_task[f"{number}.0"].items()}
        first, *rest = sorted(row.items(), key=lambda entry: -entry[1])
        if not rest or first[1] - rest[0][1] >= 1e-9:
            most[pattern] = first[0]
    return most


def median_label(layer: Layer, labels: Sequence[str]) -> str:
    """The label at the median of the answers' values.

    An even number of answers has two middle values. The median is then the point between them that is nearest to 0, so
    that -1 and +1 give 0, and neither side is favoured. Without a label there, the nearest label is taken; of two, the
    one nearer to 0, then the first by name.
    """
    values = sorted(layer.by_name[label].value or 0.0 for label in labels)
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    median = min(max(0.0, low), high)
    by_value = {label.name: label.value or 0.0 for label in layer.labels}
    return min(by_value, key=lambda name: (abs(by_value[name] - median), abs(by_value[name]), name))


def resolve_pass(pass_name: str, views: Sequence[View], adjudicated: Adjudicated) -> None:
    """Resolve the layers of one pass: spans, then answers and links about adjudicated spans, actors and the article."""
    table = PassTable(pass_name, views, adjudicated)
    layers = adjudicated.codebook.layers_of(pass_name)
    open_places = [entry for layer in layers if layer.kind == "span" for entry in resolve_spans(layer, table)]
    for place, tokens, voted in open_places:  # after all spans, because adjudicated spans determine the place of a link
        table.keep_conflict(place, tokens, voted)
    for layer in layers:
        if layer.kind != "span" and not names_new_actors(layer):
            resolve_rest(layer, table)


class PassTable:
    """The annotations of one pass, by annotator and token."""

    def __init__(self, pass_name: str, views: Sequence[View], adjudicated: Adjudicated) -> None:
        self.pass_name, self.adjudicated = pass_name, adjudicated
        self.article_id, self.text_sha256 = views[0].annotation_set.article_id, views[0].annotation_set.text_sha256
        self.by_annotator = {view.annotator: annotations_by_token(view, adjudicated.codebook) for view in views}
        self.names = list(self.by_annotator)
        self.spans = adjudicated.spans
        annotations = [item for items in self.by_annotator.values() for item in items.values()]
        self.spans |= {item.id: item for item in annotations if isinstance(item, Span)}
        self.at: dict[tuple[str, tuple[str, ...]], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, items in self.by_annotator.items():
            for key, item in items.items():
                self.at[item.layer, about_of(item)][name].add(key)

    def annotation_of(self, key: str) -> Annotation:
        """The annotation that is adjudicated for a token: if possible one that was drawn by hand."""

        def preference(item: Annotation) -> tuple[bool, str]:
            return (False, item.label) if isinstance(item, Choice) else (item.origin != "manual", item.origin)

        return min((items[key] for items in self.by_annotator.values() if key in items), key=preference)

    def take(self, key: str, how: str) -> None:
        """Adjudicate a token. The annotators without it dissent."""
        by = tuple(name for name in self.names if key in self.by_annotator[name])
        self.adjudicated.take(self.annotation_of(key), Resolution(how=how, by=by, dissent=dissenters(self.names, by)))

    def how_agreed(self, asked: Collection[str], about: Sequence[str] = ()) -> str:
        """The resolution of an annotation that all asked annotators have; if others lack its span, that of the span."""
        if len(asked) == len(self.names):
            return "unanimous" if len(asked) > 1 else "single"
        return next(how for span in about if (how := self.adjudicated.resolutions[span].how) != "unanimous")

    def keep_conflict(self, place: Place, tokens: Tokens, voted: Vote | None) -> None:
        """Keep the readings of a place as a question, or as a conflict that a vote resolved."""
        adjudicated = self.adjudicated
        winners = {self.annotation_of(key).id for key in voted.winner} if voted else set()
        taken = adjudicated.resolutions.keys() - winners
        readings = {name: reading_at(place, self.by_annotator[name].values(), taken) for name in tokens}
        if voted is None:
            asked = asked_at(place, readings, self.article_id, self.text_sha256, self.pass_name)
            adjudicated.questions.append(Question(asked=asked, readings=readings))
            return
        by = tuple(name for name in tokens if tokens[name] == voted.winner)
        resolution = Resolution(how=voted.how, by=by, dissent=dissenters(tokens, by))
        texts = {name: adjudicated.describe(reading) for name, reading in readings.items()}
        adjudicated.resolved.append(Conflict(layer=place.layer, where=place.where, readings=texts, resolution=resolution))


def resolve_spans(layer: Layer, table: PassTable) -> Iterator[tuple[Place, Tokens, Vote | None]]:
    """Adjudicate the spans that all annotators have, and yield each cluster of other, overlapping spans as a conflict."""
    spans = [span for span in table.spans.values() if span.layer == layer.name]
    agreed = {span.id for span in spans if all(span.id in items for items in table.by_annotator.values())}
    for span in sorted(spans, key=in_text):
        if span.id in agreed:
            table.take(span.id, table.how_agreed(table.names))
    differing = sorted((span for span in spans if span.id not in agreed), key=in_text)
    for cluster in overlap_clusters(differing, lambda span: (span.start, span.end)):
        tokens = {name: frozenset(span.id for span in cluster if span.id in items) for name, items in table.by_annotator.items()}
        voted = _take_winners(vote(table.adjudicated.codebook.resolve_of(layer), tokens), table)
        start, end = min(span.start for span in cluster), max(span.end for span in cluster)
        yield Place(layer.name, extents(cluster), (), start, end), tokens, voted


def _take_winners(voted: Vote | None, table: PassTable) -> Vote | None:
    """Adjudicate the result of a vote, if there is one."""
    if voted is not None:
        for key in sorted(voted.winner):
            table.take(key, voted.how)
    return voted


def in_text(span: Span) -> tuple[int, int, str]:
    """The sort key for the spans of one layer."""
    return span.start, span.end, span.label


def resolve_rest(layer: Layer, table: PassTable) -> None:
    """Resolve the answers or links of a layer, place by place."""
    on_spans = layer.kind == "relation" or bool(layer.of)
    places = [about for name, about in table.at if name == layer.name]
    if on_spans:
        places.sort(key=lambda about: [in_text(table.spans[name]) for name in about])
    for about in places if on_spans else sorted(places):
        if not on_spans or all(name in table.adjudicated.resolutions for name in about):
            # Only annotators who have the spans can annotate something about them.
            asked = [name for name, items in table.by_annotator.items() if not on_spans or all(span in items for span in about)]
            tokens = {name: frozenset(table.at[layer.name, about].get(name, ())) for name in asked}
            if table.adjudicated.codebook.resolve_of(layer) == DISTRIBUTION:
                resolve_scale(layer, about[0], table, tokens)
            else:
                resolve_at(layer, about, table, tokens)


def resolve_at(layer: Layer, about: tuple[str, ...], table: PassTable, tokens: Tokens) -> None:
    """Adjudicate the annotations at a place that all asked annotators have, and vote on the others or keep them as a question."""
    common = frozenset.intersection(*tokens.values())
    for key in sorted(common):
        table.take(key, table.how_agreed(tokens, about))
    rule, voted = table.adjudicated.codebook.resolve_of(layer), None
    if rule in ("dawid_skene", MEDIAN):
        items = {name: table.by_annotator[name][next(iter(keys))] for name, keys in tokens.items() if keys}
        answers = {name: item for name, item in items.items() if isinstance(item, Choice)}
        voted = vote_by_median(answers) if rule == MEDIAN else vote_by_errors(layer.name, answers, table.adjudicated)
    rest = {name: keys - common for name, keys in tokens.items()}
    if any(rest.values()):
        voted = voted or vote(rule, rest, each=layer.multiple or layer.kind == "relation")
        spans = [table.spans[name] for name in about if name in table.spans]
        where = "->".join(map(extent, spans)) if layer.kind == "relation" else about[0]
        start, end = (spans[0].start, spans[0].end) if spans else (0, 0)  # the page shows the context of the first span
        table.keep_conflict(Place(layer.name, where, about, start, end), rest, _take_winners(voted, table))


def resolve_scale(layer: Layer, of: str, table: PassTable, tokens: Tokens) -> None:
    """Adjudicate the answers on a scale about an actor: their median, with the distribution.

    An annotator without an answer does not dissent, but the label is then not unanimous.
    """
    labels = {name: table.annotation_of(next(iter(keys))).label for name, keys in tokens.items() if keys}
    table.adjudicated.distributions.setdefault(layer.name, {})[of] = labels
    label = median_label(layer, list(labels.values()))
    by = tuple(name for name, answer in labels.items() if answer == label)
    how = MEDIAN if len(by) < len(table.names) else "unanimous" if len(table.names) > 1 else "single"
    table.adjudicated.take(_answer(layer, of, label), Resolution(how=how, by=by, dissent=dissenters(labels, by)))


def _answer(layer: Layer, of: str, label: str) -> Choice:
    return Choice(id=choice_id(of, layer.name, label, layer.multiple), layer=layer.name, label=label, of=of)


def resolve_names(views: Sequence[View], decisions: Iterable[Decision], adjudicated: Adjudicated) -> None:
    """Adjudicate the names of the new actors that all annotators have, and of those that were adjudicated."""
    used, decisions = actors_in(adjudicated.annotations, adjudicated.codebook), list(decisions)
    for pass_name in adjudicated.codebook.pass_by_name:
        annotators = {view.annotator for view in views if view.annotation_set.pass_name == pass_name}
        for layer in adjudicated.codebook.layers_of(pass_name):
            typed = _typed_names(layer.name, views, decisions) if names_new_actors(layer) else {}
            for actor, names in sorted(typed.items()):
                own = own_name(actor, names.values())
                by = tuple(sorted(name for name, given in names.items() if key_of(given) == key_of(own)))
                if actor in used or names.keys() >= annotators:
                    how = "follows" if not annotators <= set(by) else "unanimous" if len(annotators) > 1 else "single"
                    resolution = Resolution(how=how, by=by, dissent=dissenters(sorted(names), by))
                    adjudicated.take(_answer(layer, actor, own), resolution)


def _typed_names(layer: str, views: Iterable[View], decisions: Iterable[Decision]) -> dict[str, dict[str, str]]:
    """{actor: {annotator or adjudicator: name}}."""
    names: dict[str, dict[str, str]] = {}
    for view in views:
        for actor, answers in view.answers.get(layer, {}).items():
            if isinstance(actor, str):
                names.setdefault(actor, {})[view.annotator] = min(answer.label for answer in answers.values())
    for decision in decisions:
        for item in decision.annotations:
            if item.layer == layer and isinstance(item, Choice):
                names.setdefault(item.of, {})[decision.by] = item.label
    return names


def actors_in(annotations: Iterable[Annotation], codebook: Codebook) -> set[str]:
    """The new actors that annotations refer to."""
    actors: set[str] = set()
    for item in annotations:
        layer = codebook.by_name[item.layer]
        if not isinstance(item, Relation) and not names_new_actors(layer):
            actors |= {item.label} if layer.labels_from else set()
            actors |= {item.of} if isinstance(item, Choice) and layer.for_each else set()
    return {actor for actor in actors if actor.startswith(NEW)}
