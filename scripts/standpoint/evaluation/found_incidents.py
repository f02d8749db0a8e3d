"""How many incidents of published labels the other side has found: incidents have no place in the text, and so no span to match.

An incident is found if the other side has an event with one of its labels in the article. An event is taken for one incident: the
pairs are chosen that have most answers in common. There is no precision, for whoever made the incidents left out what was none by
their guidelines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from standpoint.adjudication.content import Mark
from standpoint.agreement.counts import Reading, ratio
from standpoint.agreement.resampling import NO_INTERVAL, bootstrap, too_few
from standpoint.codebook.types import Codebook
from standpoint.core.matching import match_weighted
from standpoint.core.model import Incident, Span
from standpoint.scoring.scores import Score

FOUND, ANSWERS = "recall of incidents", "recall of answers about found incidents"
TRACK = "incidents"
Counted = Counter[tuple[str, str]]  # by layer: what is right, and all that the incidents have
RIGHT, ALL = "right", "all"


class IncidentTally:
    """The incidents of one heading, by story."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.stories: dict[str, Counted] = defaultdict(Counter)

    def add(self, story: str, reading: Reading, reference: Reading) -> None:
        """Count the incidents of the reference in one article."""
        incidents = [one for one in reference.view.annotation_set.incidents if not one.optional]
        places = {item.id: item for item in reference.view.annotation_set.annotations if isinstance(item, Span)}
        for layer in dict.fromkeys(one.layer for one in incidents):
            of_layer, marks = [one for one in incidents if one.layer == layer], reading.marks(layer)
            answers = {
                (row, column): list(self._answers(incident, mark, reading, places))
                for row, incident in enumerate(of_layer)
                for column, mark in enumerate(marks)
                if mark.label in incident.labels
            }
            more = 1 + sum(map(len, answers.values()))  # than all right answers together, so that most incidents have an event
            pairs = match_weighted({pair: more + sum(is_right for _, is_right in found) for pair, found in answers.items()})
            counts = self.stories[story]
            counts.update({(layer, ALL): len(of_layer), (layer, RIGHT): len(pairs)})
            for about, is_right in (answer for pair in pairs for answer in answers[pair]):
                counts.update({(about, ALL): 1, (about, RIGHT): int(is_right)})

    def _answers(self, incident: Incident, mark: Mark, reading: Reading, places: dict[str, Span]) -> Iterator[tuple[str, bool]]:
        """Each answer and link of an incident by its layer, and whether the reading has it about an event.

        Of several labels of a question with one answer, one is meant. A link is right if it ends on a span that overlaps.
        """
        for name, labels in incident.answers.items():
            given = reading.view.answers[name].get(mark, {}).keys()
            if self.codebook.by_name[name].multiple:
                yield from ((name, label in given) for label in labels)
            else:
                yield name, not given.isdisjoint(labels)
        for label, ids in incident.links.items():
            layers = (one for one in self.codebook.layers if one.starts_on(incident.layer) and label in one.by_name)
            for layer in layers:
                tails = [tail for head, tail, other in reading.view.links[layer.name] if head == mark and other == label]
                for span in (places[name] for name in ids if name in places):
                    yield layer.name, any(tail.start < span.end and span.start < tail.end for tail in tails)

    def scores(self, layers: Sequence[str], resamples: int, seed: int) -> tuple[Score, ...]:
        """The shares that were found, with intervals over stories, in the order of the layers."""
        names = [name for name in layers if any(counts[name, ALL] for counts in self.stories.values())]
        spans = {layer.name for layer in self.codebook.layers if layer.kind == "span"}
        if not names:
            return ()
        rows = [[[counts[name, kind] for kind in (RIGHT, ALL)] for name in names] for _, counts in sorted(self.stories.items())]
        table = np.array(rows, float)  # stories x layers x (right, all)

        def measure(weights: np.ndarray) -> np.ndarray:
            sums = np.tensordot(weights.astype(float), table, axes=1)
            return ratio(sums[:, :, 0], sums[:, :, 1]).T

        few = too_few(len(table))
        intervals = bootstrap(measure, len(table), resamples, [seed]) if resamples and not few else [NO_INTERVAL] * len(names)
        return tuple(
            Score(
                metric=FOUND if name in spans else ANSWERS,
                layer=name,
                track=TRACK,
                official=False,
                value=right / n,
                n=int(n),
                low=low,
                high=high,
                no_interval=few if resamples else "",
            )
            for name, (right, n), (low, high) in zip(names, table.sum(axis=0).tolist(), intervals, strict=True)
        )
