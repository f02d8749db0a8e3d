"""What the lookup baselines share: answers that stood in the train split under the same key, such as an article's source.

They read no word of an article. What they get right, a system can get right without understanding a text, so that they are the
controls that other systems' scores are compared with. They are told which actors an article's labels are about, as the track of
scores on gold actors says; the actors are not looked for in the text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median, median_low

from standpoint.codebook.types import Layer
from standpoint.core.model import Span
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted, PredictedChoice

NEEDS = "the codebook asks nothing about whole articles or their actors, or the train split has no answer"
Key = tuple[str, ...]
ALL: Key = ()  # the key of all answers of a layer
KeyOf = Callable[[Layer, ArticleText, str], Key | None]  # of an answer about an actor, or "" about anything else; None: no answer
Given = tuple[str, ...]  # the labels of an answer; none if there was no answer


def is_answer(layer: Layer) -> bool:
    """Whether a layer has answers of which one can be the usual one: labels or numbers. Words and actors differ by article."""
    return layer.kind in ("choice", "number") and not layer.labels_from


class Answers:
    """How often each answer of a layer was given under each key."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Key], Counter[Given]] = defaultdict(Counter)
        self._usual: dict[tuple[str, Key], Given] = {}  # of what was asked for since the last answer was added

    def add(self, layer: Layer, labels: Iterable[str], *keys: Key) -> None:
        """Count an answer under some keys, and among all. No answer is one, if a layer may have several labels, or none."""
        given = tuple(sorted(labels))
        self._usual.clear()
        if given or layer.multiple:
            for key in {ALL, *keys}:
                self._counts[layer.name, key][given] += 1

    def usual(self, layer: Layer, key: Key) -> Given:
        """The usual answer under a key; of a key that was never seen, that of all answers of the layer."""
        place = layer.name, key if (layer.name, key) in self._counts else ALL
        if place not in self._usual:
            counts = self._counts.get(place)
            self._usual[place] = _usual(layer, counts) if counts else ()
        return self._usual[place]


def _usual(layer: Layer, counts: Counter[Given]) -> Given:
    """On a scale, the label nearest to the median, and of two the one nearer to 0; of numbers, the median, which is one of them;
    of several labels, each that more than half of the answers have; otherwise the most frequent answer.
    """
    if layer.multiple:
        labels = Counter(label for given, count in counts.items() for label in given * count)
        return tuple(sorted(label for label, count in labels.items() if 2 * count > counts.total()))
    answers = Counter({given[0]: count for given, count in counts.items()})
    if layer.ordinal:
        values = {label.name: label.value or 0.0 for label in layer.labels}
        centre = median(values[name] for name in answers.elements())
        return (min(values, key=lambda name: (abs(values[name] - centre), abs(values[name]))),)
    if layer.kind == "number":
        return (median_low(sorted(answers.elements(), key=float)),)
    return (most_frequent(answers),)


def most_frequent(counts: Counter[str]) -> str:
    """What was counted most often, and of several the first in the alphabet; "" if nothing was."""
    return min(counts, key=lambda name: (-counts[name], name), default="")


def fit_lookup(
    articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, key_of: KeyOf
) -> Callable[[ArticleText], list[Predicted]]:
    """A lookup by what ``key_of`` gives, of the answers about whole articles, about their actors, and about given spans."""
    answers = Answers()
    for text, gold in articles:
        for layer, of, key in _asked(text, gold.spans, scheme, key_of):
            answers.add(layer, gold.answers.get((layer.name, of), ()), key)

    def predict(text: ArticleText) -> list[Predicted]:
        found = ((layer.name, of, answers.usual(layer, key)) for layer, of, key in _asked(text, text.given, scheme, key_of))
        return [PredictedChoice(layer=layer, label=label, of=of) for layer, of, labels in found for label in labels]

    return predict


def _asked(
    text: ArticleText, spans: Mapping[str, Sequence[Span]], scheme: Scheme, key_of: KeyOf
) -> Iterator[tuple[Layer, str, Key]]:
    """Each layer, what it asks about ("" for the article), and the key of the answer. ``spans``: by the name of their layer."""
    for layer in scheme.codebook.layers:
        if is_answer(layer):
            places = [(span.id, "") for span in spans.get(layer.of, ())] if layer.of else [("", "")]
            for of, actor in [(actor, actor) for actor in text.actors.get(layer.name, ())] if layer.for_each else places:
                if (key := key_of(layer, text, actor)) is not None:
                    yield layer, of, key
