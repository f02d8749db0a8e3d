"""The most frequent label of a form in the train split: a lookup of words, which reads nothing around them.

A form is a word, or several in a row, that train marks as a span, in capitals or not. It is marked wherever it occurs, with the
label that train gives it most often, unless train mostly leaves it unmarked. If forms overlap, the longest is marked. An answer
about a span is the usual one of its form. The nearest actors before and after a trigger, in its sentence, have a role if such
actors of such triggers mostly have it in train; and a span is linked to the nearest other one, if two such spans mostly are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import regex

from standpoint.codebook.types import Layer
from standpoint.core.model import Span
from standpoint.core.offsets import sentence_at
from standpoint.core.words import SPACED_LETTER
from standpoint.scoring.baselines._lookup import Answers, Key, is_answer, most_frequent
from standpoint.scoring.baselines._pipeline import ArticleText, Word, words_of
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted, PredictedChoice, PredictedRelation, PredictedSpan

CONTROL = True
READS_TEXT = True
SEEDED = False
MOST = 5_000  # of more, a build would take twice as long
NEEDS = "these articles have no words that the train split mostly marks"
NONE = ""  # no label, no link
# A sign is a word by itself, and so is each letter of a script without blanks: only a dictionary knows where its words end.
WORD = regex.compile(rf"{SPACED_LETTER}+|\S\p{{M}}*")
AnySpan = Span | PredictedSpan


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return Forms(articles, scheme).predict


class Forms:
    def __init__(self, articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme) -> None:
        self.scheme = scheme
        self.layers = {layer.name: layer for layer in scheme.codebook.layers if layer.kind == "span"}
        self.answers = Answers()
        self.links: dict[Key, Counter[str]] = defaultdict(Counter)
        labels: dict[str, dict[Key, Counter[str]]] = {name: defaultdict(Counter) for name in self.layers}
        for text, gold in articles:
            for name in self.layers:
                for span in gold.spans.get(name, ()):
                    labels[name][_form(text, span)][span.label] += 1
            self._learn(text, gold)
        # Where a form is not marked is known only after all forms are known: the articles are read once more.
        finders = {name: Finder(forms) for name, forms in labels.items()}
        for text, gold in articles:
            words = words_of(text, WORD)
            for name, forms in labels.items():
                marked = {(span.start, span.end) for span in gold.spans.get(name, ())}
                for form, start, end in finders[name].find(words):
                    forms[form][NONE] += (start, end) not in marked
        usual = {name: {form: most_frequent(counts) for form, counts in forms.items()} for name, forms in labels.items()}
        self.labels = {name: {form: label for form, label in forms.items() if label} for name, forms in usual.items()}
        self.finders = {name: Finder(forms) for name, forms in self.labels.items()}

    def _learn(self, text: ArticleText, gold: Doc) -> None:
        """Count the answers about spans, and which of the spans that could be linked are."""
        for name in self.layers:
            for layer in self._asked(name):
                for span in gold.spans.get(name, ()):
                    self.answers.add(layer, gold.answers.get((layer.name, span.id), ()), _form(text, span))
        for layer, key, head, tail in self._near(gold.spans, text):
            if layer.kind == "relation":
                labels = [link.label for link in gold.links.get((layer.name, head.id), ()) if link.tail == tail.id]
            else:
                labels = [layer.name] if tail.label in gold.answers.get((layer.name, head.id), ()) else []
            self.links[key].update(labels or [NONE])

    def predict(self, text: ArticleText) -> list[Predicted]:
        words = words_of(text, WORD)
        spans: dict[str, Sequence[AnySpan]] = {name: self._spans(name, text, words) for name in self.layers}
        answers = [
            PredictedChoice(layer=layer.name, label=label, of=span.id)
            for name, found in spans.items()
            for layer in self._asked(name)
            for span in found
            for label in self.answers.usual(layer, _form(text, span))
        ]
        links: dict[tuple[str, str, str], Predicted] = {}  # an actor may be named before a trigger and after it
        for layer, key, head, tail in self._near(spans, text):
            label = most_frequent(self.links.get(key, Counter()))
            if label and layer.kind == "relation":
                links[layer.name, head.id, tail.id] = PredictedRelation(layer=layer.name, label=label, head=head.id, tail=tail.id)
            elif label:
                place = layer.name, head.id, tail.label if layer.multiple else ""
                links.setdefault(place, PredictedChoice(layer=layer.name, label=tail.label, of=head.id))
        own = [span for found in spans.values() for span in found if isinstance(span, PredictedSpan)]
        return [*own, *answers, *links.values()]

    def _spans(self, name: str, text: ArticleText, words: Sequence[Word]) -> Sequence[AnySpan]:
        """The spans of a layer: those that are given, or else each place of a form that has a label."""
        if name in text.given:
            return text.given[name]
        return [
            PredictedSpan(id=f"{name}-{start}", layer=name, label=self.labels[name][form], start=start, end=end)
            for form, start, end in self.finders[name].find(words)
        ]

    def _asked(self, name: str) -> list[Layer]:
        """The layers that ask about each span of a layer, except for actors."""
        return [layer for layer in self.scheme.codebook.attributes_of(name) if is_answer(layer)]

    def _near(self, spans: Mapping[str, Sequence[AnySpan]], text: ArticleText) -> Iterator[tuple[Layer, Key, AnySpan, AnySpan]]:
        """What may be linked: a relation's tail and the nearest head, a trigger and the nearest actors before and after it.

        With the key under which such links are counted.
        """
        codebook, sentences = self.scheme.codebook, text.sentences
        by_sentence: dict[int, list[AnySpan]] = defaultdict(list)
        for found in spans.values():
            for span in found:
                by_sentence[sentence_at(span.start, sentences)].append(span)
        for layer in codebook.layers:
            for inside in by_sentence.values():
                if layer.kind == "relation":
                    heads = [span for span in inside if layer.starts_on(span.layer)]
                    for tail in (span for span in inside if layer.ends_on(span.layer)):
                        if head := _nearest(tail, [span for span in heads if span is not tail]):
                            yield layer, (layer.name, self._class(head), self._class(tail)), head, tail
                elif layer.of and layer.labels_from:
                    mentions = [span for span in inside if any(span.layer == one.name for one in self.scheme.mentions)]
                    for trigger in (span for span in inside if span.layer == layer.of):
                        for side, before in (("before", True), ("after", False)):
                            there = [span for span in mentions if (span.start < trigger.start) is before]
                            if mention := _nearest(trigger, there):
                                yield layer, (layer.name, self._class(trigger), side), trigger, mention

    def _class(self, span: AnySpan) -> str:
        """The label of a span; of one that is labelled with an actor, its layer."""
        return span.layer if self.layers[span.layer].labels_from else span.label


def _form(text: ArticleText, span: AnySpan) -> Key:
    return tuple(match.group().casefold() for match in WORD.finditer(text.text, span.start, span.end))


class Finder:
    """Finds forms in the words of an article."""

    def __init__(self, forms: Collection[Key]) -> None:
        self.forms = forms
        # By the first word of a form, the numbers of words that such forms have, the longest first.
        self.lengths: dict[str, list[int]] = {}
        for first, length in sorted({(form[0], len(form)) for form in forms if form}, key=lambda pair: -pair[1]):
            self.lengths.setdefault(first, []).append(length)

    def find(self, words: Sequence[Word]) -> Iterator[tuple[Key, int, int]]:
        """Each form, with its start and end; of forms that begin at one word, the longest. They do not overlap."""
        folded, free = [word.text.casefold() for word in words], 0
        for at, first in enumerate(folded):
            lengths = self.lengths.get(first, ()) if at >= free else ()
            form = next((form for length in lengths if (form := tuple(folded[at : at + length])) in self.forms), None)
            if form:
                free = at + len(form)
                yield form, words[at].start, words[free - 1].end


def _nearest(span: AnySpan, others: Iterable[AnySpan]) -> AnySpan | None:
    return min(others, key=lambda other: (abs(other.start - span.start), other.start), default=None)
