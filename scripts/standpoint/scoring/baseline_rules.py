"""The baseline of rules: the codebook's lexicon, and the cue words of its own examples. It learns from no article.

A word is a trigger if it is a form of a lexicon's word, or was one in an example; so are words in a row ("shot down"). Where
the last of them is a trigger by itself ("air raid") it is the trigger and the others only say its type, unless an example
marks such words together. Actors named before a trigger have the first role that the codebook asks for, those after it
the second. A value about a trigger is the one whose examples have a cue word of the sentence. On a scale, words of
evidence decide the side. Whoever changes a rule tries it on the train split (``baseline --split train``), never on test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import inflect

from standpoint.codebook.examples import Marked, MarkError, parse
from standpoint.codebook.types import Label, Layer
from standpoint.core.model import Span
from standpoint.scoring.baseline_pipeline import WORD, Word
from standpoint.scoring.doc import Scheme
from standpoint.scoring.metrics import middle

REACH = 12  # words before and after a trigger in which a cue counts
LONGEST = 3  # words of a trigger
Phrase = tuple[str, ...]


class Rules:
    """The rules of one codebook."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme

    def trigger(self, layer: Layer, words: Sequence[Word], at: int) -> tuple[str, int]:
        """The first type, in the codebook's order, whose lexicon has the most words from here on; or this word, told by the
        one before it.
        """
        lexicon, closing = self._lexicons[layer.name], self._closing[layer.name]
        for count in range(LONGEST, 0, -1):
            phrase = _phrase(words, at, count)
            if phrase in lexicon and not (count > 1 and phrase[-1:] in lexicon and phrase[-1] not in closing):
                return lexicon.get(_phrase(words, at - 1, 2) if count == 1 else phrase, lexicon[phrase]), count
        return "", 1

    def role(self, layer: Layer, words: Sequence[Word], trigger: Word, mention: Span) -> bool:
        """The first role: who is named before the trigger; the second: after it; any other: nobody."""
        roles = [role for one in self.scheme.triggers if one.name == layer.of for role in self.scheme.actor_roles(one)]
        return (
            [mention.start < trigger.start, mention.start > trigger.start][roles.index(layer)]
            if roles.index(layer) < 2
            else False
        )

    def attribute(self, layer: Layer, words: Sequence[Word], trigger: Word) -> str:
        """The value with the nearest cue word in the sentence; the default, "" for none, where there is no cue."""
        cues = self._cues[layer.name]
        at = words.index(trigger)
        near = [
            word
            for word in words[max(0, at - REACH) : at + REACH]
            if word.sentence == trigger.sentence and word.text.lower() in cues
        ]
        return cues[min(near, key=lambda word: abs(word.start - trigger.start)).text.lower()] if near else ""

    def scale(self, layer: Layer, words: Sequence[Word], sentences: frozenset[int]) -> Mapping[str, float]:
        """All on one label: that of most words of evidence in the sentences; the middle where there is none, or a tie."""
        cues = self._cues[layer.name]
        votes = Counter(cues[word.text.lower()] for word in words if word.sentence in sentences and word.text.lower() in cues)
        ranked = votes.most_common(2)
        clear = ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
        return {ranked[0][0] if clear else middle(layer): 1.0}

    @cached_property
    def _lexicons(self) -> dict[str, dict[Phrase, str]]:
        """Words in their forms -> type, for each layer of triggers."""
        found: dict[str, dict[Phrase, str]] = {}
        for layer in self.scheme.triggers:
            forms = found.setdefault(layer.name, {})
            for label in layer.labels:
                for phrase in (*_marked_words(label), *(form for entry in label.lexicon for form in _inflected(entry))):
                    forms.setdefault(phrase, label.name)
        return found

    @cached_property
    def _closing(self) -> dict[str, set[str]]:
        """Words that end a trigger of several words in an example, such as particles: they belong to it."""
        labels = {layer.name: layer.labels for layer in self.scheme.triggers}
        return {
            name: {phrase[-1] for label in found for phrase in _marked_words(label) if len(phrase) > 1}
            for name, found in labels.items()
        }

    @cached_property
    def _cues(self) -> dict[str, dict[str, str]]:
        """Cue word -> value, for each layer of one value about a trigger, and each scale."""
        about = [layer for one in self.scheme.triggers for layer in self.scheme.attributes(one)]
        found = {layer.name: _cues(layer, _plain_words, layer.default, least=2) for layer in about}
        return found | {layer.name: _cues(layer, _evidence_words, middle(layer), least=1) for layer in self.scheme.scales}


def _phrase(words: Sequence[Word], at: int, count: int) -> Phrase:
    """Words in a row of one sentence in lower case; () where there are fewer."""
    row = words[at : at + count] if at >= 0 else ()
    return tuple(word.text.lower() for word in row) if len(row) == count and row[0].sentence == row[-1].sentence else ()


def _inflected(entry: str) -> Iterator[Phrase]:
    """The forms of an entry of a lexicon: of its first word (drives out), and of its last (air raids)."""
    words = tuple(entry.lower().split())
    for at in {0, len(words) - 1} if words else ():
        yield from ((*words[:at], form, *words[at + 1 :]) for form in forms_of(words[at]))


def forms_of(lemma: str) -> set[str]:
    """The regular forms of a verb or noun: capture, captures, captured, capturing."""
    stem = lemma.removesuffix("e")
    doubled = lemma + lemma[-1]
    past = {f"{lemma}d"} if lemma.endswith("e") else {f"{lemma}ed", f"{doubled}ed", f"{doubled}ing"}
    if lemma.endswith("y"):
        past |= {f"{lemma[:-1]}ied"}
    return {lemma, f"{stem}ing", f"{lemma}ing", *past, str(inflect.engine().plural(lemma))}


def _parsed(label: Label) -> Iterator[Marked]:
    for source in label.positive:
        try:
            yield parse(source)
        except MarkError:
            continue  # another codebook's examples may be plain sentences


def _marked_words(label: Label) -> Iterator[Phrase]:
    """The words that its examples mark with this label, at most ``LONGEST`` in a row."""
    for marked in _parsed(label):
        for mark in marked.marks:
            phrase = tuple(mark.words.lower().split())
            if mark.name == label.name and 0 < len(phrase) <= LONGEST:
                yield phrase


def _plain_words(label: Label) -> Iterator[set[str]]:
    """The words of each example that no mark covers."""
    for marked in _parsed(label):
        covered = [(mark.start, mark.start + len(mark.words)) for mark in marked.marks if mark.words]
        words = WORD.finditer(marked.text)
        yield {word.group().lower() for word in words if not any(start <= word.start() < end for start, end in covered)}


def _evidence_words(label: Label) -> Iterator[set[str]]:
    """The longer words that each example marks as evidence."""
    for marked in _parsed(label):
        yield {word.lower() for mark in marked.marks for word in WORD.findall(mark.words) if len(word) > 3}


def _cues(layer: Layer, words_of: Callable[[Label], Iterator[set[str]]], usual: str, least: int) -> dict[str, str]:
    """Words that stand in examples of one value, in ``least`` of them, and never in those of the usual one.

    A word of several values is a cue of the one with most.
    """
    counts: dict[str, Counter] = defaultdict(Counter)
    for label in layer.labels:
        for words in words_of(label):
            for word in words:
                counts[word][label.name] += 1
    often = {word: found.most_common(1)[0] for word, found in sorted(counts.items()) if usual not in found}
    return {word: value for word, (value, many) in often.items() if many >= least}
