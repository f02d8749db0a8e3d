"""The triggers of events in an article: by the codebook's lexicon, or by the trained baseline."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.codebook.examples import LONGEST, Phrase, phrases_of
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_whole
from standpoint.core.model import Article
from standpoint.core.project import BASELINE_SEED
from standpoint.dataset.release_folder import Release
from standpoint.scoring.baseline import TrainingArticles, article_text
from standpoint.scoring.baselines import trained
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import scheme_of
from standpoint.scoring.predictions import Predicted, PredictedSpan

Finder = Callable[[Article, str], list[str]]  # an article and its annotatable text -> the label of each trigger, in order
MODEL = "model.pickle"  # in the folder of the work
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Entry(NamedTuple):
    """A phrase of the lexicon, and its label."""

    phrase: Phrase
    label: str


class Lexicon:
    """Finds the phrases of the labels that have a lexicon, as the rule baseline has them; of two at one word, the longer."""

    def __init__(self, codebook: Codebook) -> None:
        self.phrases = trigger_phrases(codebook)

    def __call__(self, article: Article, text: str) -> list[str]:
        return [*self._found(WORD.findall(text.lower()))]

    def _found(self, words: list[str]) -> Iterator[str]:
        at = 0
        while at < len(words):
            known = self.phrases.get(words[at], ())
            found = next((entry for entry in known if entry.phrase == tuple(words[at : at + len(entry.phrase)])), None)
            if found:
                yield found.label
            at += len(found.phrase) if found else 1


def trigger_phrases(codebook: Codebook) -> Mapping[str, tuple[Entry, ...]]:
    """First word -> the phrases of labels with a lexicon that begin with it, the longest first."""
    phrases: dict[str, dict[Phrase, str]] = {}
    for layer in codebook.layers:
        for label in layer.labels if layer.kind == "span" else ():
            for phrase in phrases_of(label) if label.lexicon else ():
                if len(phrase) <= LONGEST:
                    phrases.setdefault(phrase[0], {}).setdefault(phrase, label.name)
    by_length = {first: sorted(found.items(), key=lambda item: -len(item[0])) for first, found in phrases.items()}
    return {first: tuple(Entry(*item) for item in found) for first, found in by_length.items()}


class Trained:
    """Finds the triggers that a trained baseline predicts."""

    def __init__(self, baseline: Callable[[ArticleText], Iterable[Predicted]], codebook: Codebook) -> None:
        self.baseline, self.codebook = baseline, codebook

    def __call__(self, article: Article, text: str) -> list[str]:
        known = article_text(article, article.sentences, self.codebook)
        return [item.label for item in self.baseline(known) if isinstance(item, PredictedSpan)]


def train(release: Release, path: Path) -> None:
    """Train on the train split of a release, and write the model to ``path``. Only what finds triggers is trained."""
    codebook = release.schema.codebook
    triggers_only = msgspec.structs.replace(codebook, layers=scheme_of(codebook).marked)
    baseline = trained.fit(TrainingArticles(release, most=trained.MOST), scheme_of(triggers_only), BASELINE_SEED)
    write_whole(path, pickle.dumps(baseline))


def load_finder(codebook: Codebook, model: Path) -> Finder:
    """The trained baseline that was written to ``model``; the lexicon if there is no such file."""
    if not model.exists():
        return Lexicon(codebook)
    return Trained(pickle.loads(model.read_bytes()), codebook)
