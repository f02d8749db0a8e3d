"""Rules from the codebook alone: its lexicon, and the cue words of its examples. They learn from no article.

A phrase is a trigger if the lexicon has it in any form, or an example marks it ("shot down"). If its last word alone is a
trigger ("air raid"), only that word is marked, and the words before it decide its type, unless an example marks the whole
phrase. An actor named before a trigger has the first role of the codebook, an actor named after it the second. The value
about a trigger is the one whose cue word is nearest. On a scale, the words that examples mark as evidence decide. Measure a
changed rule on the train split (``baseline --split train``), never on test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from standpoint.codebook.examples import LONGEST, Phrase, marked_phrases, parsed_examples, phrases_of
from standpoint.codebook.types import Label, Layer
from standpoint.core.model import Span
from standpoint.scoring.answer_metrics import middle
from standpoint.scoring.baselines._pipeline import WORD, ArticleText, Word, predict
from standpoint.scoring.doc import Doc, Scheme
from standpoint.scoring.predictions import Predicted

CONTROL = False
READS_TEXT = True
SEEDED = False
MOST = 0
NEEDS = "the codebook has neither a lexicon nor examples, and no layer with suggestions"

REACH = 12  # words before and after a trigger in which a cue counts


def fit(articles: Iterable[tuple[ArticleText, Doc]], scheme: Scheme, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    return partial(predict, baseline=RuleBaseline(scheme))


class RuleBaseline:
    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        # By layer of triggers: the type of each phrase; and the last words, such as particles, of the phrases that examples
        # mark: they belong to the trigger.
        self._lexicons: dict[str, dict[Phrase, str]] = {}
        self._closing: dict[str, set[str]] = {}
        for layer in scheme.marked:
            marked = [list(marked_phrases(label)) for label in layer.labels]
            forms = self._lexicons.setdefault(layer.name, {})
            for label in layer.labels:
                for phrase in phrases_of(label):
                    forms.setdefault(phrase, label.name)
            self._closing[layer.name] = {phrase[-1] for phrases in marked for phrase in phrases if len(phrase) > 1}
        # Cue word -> value, for each layer of one value about a trigger, and each scale.
        attributes = [layer for trigger in scheme.marked for layer in scheme.attributes(trigger)]
        self._cues = {layer.name: _cues(layer, _plain_words, layer.default, least=2) for layer in attributes}
        self._cues |= {layer.name: _cues(layer, _evidence_words, middle(layer), least=1) for layer in scheme.scales}

    def article(self, layer: Layer, words: Sequence[Word]) -> str:
        """Nothing: examples are too short to have cues for a whole article."""
        return ""

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The type and number of words of the longest phrase that begins here; the word before may decide the type."""
        lexicon, closing = self._lexicons[layer.name], self._closing[layer.name]
        for count in range(LONGEST, 0, -1):
            phrase = _phrase(words, at, count)
            if phrase in lexicon and not (count > 1 and phrase[-1:] in lexicon and phrase[-1] not in closing):
                return lexicon.get(_phrase(words, at - 1, 2) if count == 1 else phrase, lexicon[phrase]), count
        return "", 1

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        """The first role for actors before the trigger, the second for actors after it, no other role (active voice)."""
        roles = [role for item in self.scheme.events if item.name == layer.of for role in self.scheme.actor_roles(item)]
        number = roles.index(layer)
        return (number == 0 and mention.start < trigger.start) or (number == 1 and mention.start > trigger.start)

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        """The value with the nearest cue word in the sentence; "" without a cue, so that the default applies."""
        cues = self._cues[layer.name]
        at = words.index(trigger)
        neighbours = [word for word in words[max(0, at - REACH) : at + REACH] if word.sentence == trigger.sentence]
        near_cues = [word for word in neighbours if word.text.lower() in cues]
        return cues[min(near_cues, key=lambda word: abs(word.start - trigger.start)).text.lower()] if near_cues else ""

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        """A share of 1 for the label with most cue words in the sentences; without cues, or after a tie, for the middle one."""
        cues = self._cues[layer.name]
        votes = Counter(cues[word.text.lower()] for word in words if word.sentence in sentences and word.text.lower() in cues)
        ranked = votes.most_common(2)
        clear = ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
        return {ranked[0][0] if clear else middle(layer): 1.0}


def _phrase(words: Sequence[Word], at: int, count: int) -> Phrase:
    """``count`` words of one sentence in lower case; () if there are fewer."""
    row = words[at : at + count] if at >= 0 else ()
    return tuple(word.text.lower() for word in row) if len(row) == count and row[0].sentence == row[-1].sentence else ()


def _plain_words(label: Label) -> Iterator[set[str]]:
    """For each example, the words outside its marks."""
    for marked in parsed_examples(label):
        covered = [(mark.start, mark.start + len(mark.words)) for mark in marked.marks if mark.words]
        words = WORD.finditer(marked.text)
        yield {word.group().lower() for word in words if not any(start <= word.start() < end for start, end in covered)}


def _evidence_words(label: Label) -> Iterator[set[str]]:
    """For each example, the marked words of more than three letters: shorter ones are mostly function words."""
    for marked in parsed_examples(label):
        yield {word.lower() for mark in marked.marks for word in WORD.findall(mark.words) if len(word) > 3}


def _cues(layer: Layer, words_of: Callable[[Label], Iterator[set[str]]], usual: str, least: int) -> dict[str, str]:
    """Cue word -> value: the words in at least ``least`` examples of a value and in no example of the usual value. A word
    with several values is a cue of its most frequent one.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label in layer.labels:
        for words in words_of(label):
            for word in words:
                counts[word][label.name] += 1
    best = {word: by_value.most_common(1)[0] for word, by_value in sorted(counts.items()) if usual not in by_value}
    return {word: value for word, (value, count) in best.items() if count >= least}
