"""The predictions of the baselines for a split of a release, and their scores for the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from heapq import nsmallest
from pathlib import Path
from typing import Any

import msgspec

from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.files import written_whole
from standpoint.core.model import Annotation, Article, Issue, MissingExtra, Reporter, Span, StandpointError, Zone, sha256
from standpoint.core.project import BASELINE_SEED
from standpoint.dataset.card_baselines import Baseline as BaselineScore
from standpoint.dataset.card_tables import in_order
from standpoint.dataset.release_folder import Release
from standpoint.dataset.rows import annotations_of, sentences_of
from standpoint.dataset.schema import DOCUMENTS
from standpoint.loading import text_of
from standpoint.pages.suggestions import is_annotatable, lacks_gazetteer, report_missing_gazetteer, suggestions
from standpoint.processes import mapped
from standpoint.scoring.baselines import about, baselines
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.doc import Doc, scheme_of
from standpoint.scoring.predictions import Predicted, PredictedSpan, doc_of, given_spans
from standpoint.scoring.scores import Gold, gold_doc, gold_of, score

TRAIN, TEST = "train", "test"
RESAMPLES = 2_000
SCORED = (
    500  # test articles on which the card measures baselines: of a larger corpus, they would take most of the time of a build
)


def write_predictions(
    release: Release, name: str, split: str, out: Path, seed: int, reporter: Reporter, given: Sequence[str] = ()
) -> Counter[str]:
    """Write a baseline's predictions for a split of a release; the numbers of articles and predictions.

    ``given``: layers whose spans the baseline is given, so that it predicts what is about them (``doc.System``).
    """
    codebook, baseline = release.schema.codebook, fitted(name, release, seed)
    if strange := set(given) - {layer.name for layer in scheme_of(codebook).marked}:
        known = ", ".join(layer.name for layer in scheme_of(codebook).marked)
        raise StandpointError(f"a baseline does not look for {min(strange)}", f"it can be given: {known or 'nothing'}")
    report_missing_gazetteer(codebook, reporter)
    counts: Counter[str] = Counter()
    with written_whole(out) as file:
        system = {"system": f"baseline {name}", "seed": seed if baselines()[name].SEEDED else None, "single_model": True}
        file.write(msgspec.json.encode(system | {"given": given, "codebook_version": codebook.version}) + b"\n")
        for row in reporter.track(f"predict {split}", _rows(release, split, baselines()[name].READS_TEXT)):
            text = _article_text(row, release)
            annotations = baseline(_with_gold(text, annotations_of(row, release.schema), given) if given else text)
            if any(isinstance(item, PredictedSpan) and item.layer in given for item in annotations):
                raise StandpointError(f"baseline {name}: finds its own {', '.join(given)}", "it cannot be given them")
            file.write(msgspec.json.encode({"article_id": row["id"], "annotations": annotations}) + b"\n")
            counts.update({"articles": 1, "predictions": len(annotations)})
    if not counts["predictions"]:
        message = f"it predicts nothing: {baselines()[name].NEEDS}"
        reporter.report(Issue(f"baseline {name}", "BASELINE-NOTHING", message, "note"))
    return counts


def _with_gold(text: ArticleText, annotations: Iterable[Annotation], given: Collection[str]) -> ArticleText:
    """The article with the reference's spans of some layers, and with the suggestions that were found already."""
    doc = Doc(text.id, annotations=tuple(annotations))
    spans = {layer: tuple(doc.spans.get(layer, ())) for layer in given}
    return replace(text, given=spans, suggest=lambda: text.suggestions)


def baseline_scores(release: Release, jobs: int = 1) -> list[BaselineScore]:
    """The official scores of all baselines on test, or on ``SCORED`` of its articles; none if test or train has no article.

    If a text is withheld, those of the baselines that read none.

    Scores of layers in which a baseline predicts nothing are left out: its zeros, and what defaults score, say nothing about it.

    ``jobs``: the number of processes. MissingExtra without scikit-learn, or without the towns that are places: what is installed
    must not change the scores.
    """
    if lacks_gazetteer(release.schema.codebook):
        raise MissingExtra("finding places", "places", "no towns are known without it")
    if not {TRAIN, TEST} <= release.splits(DOCUMENTS):
        return []
    has_texts = _has_texts(release)
    names = [name for name, module in baselines().items() if has_texts or not module.READS_TEXT]
    return [one for scores in mapped(ScoresOnTest(release), names, jobs, 1) for one in scores]


class ScoresOnTest:
    """The official scores of a baseline on test. What all baselines are scored on is read once in each process."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.release,)

    @cached_property
    def drawn(self) -> frozenset[str]:
        return _drawn(self.release)

    @cached_property
    def gold(self) -> Gold:
        return gold_of(self.release, TEST, only=self.drawn)

    @cached_property
    def texts(self) -> dict[str, ArticleText]:
        rows = (row for row in _rows(self.release, TEST, with_text=False) if row["id"] in self.gold.docs)
        return {row["id"]: _article_text(row, self.release) for row in rows}

    def __call__(self, name: str) -> list[BaselineScore]:
        baseline, scores = fitted(name, self.release, BASELINE_SEED), list[BaselineScore]()
        for given in ((), *((layer.name,) for layer in scheme_of(self.gold.codebook).marked)):
            scores += _scores_of(name, baseline, self.texts, self.gold, given)
        return [one._replace(drawn=len(self.drawn)) for one in scores] if self.drawn else scores


def _drawn(release: Release) -> frozenset[str]:
    """The test articles that are scored, if there are more than ``SCORED``: those whose ids have the smallest hashes."""
    ids = [row["id"] for _, row in release.rows(DOCUMENTS, TEST, columns=["id"])]
    return frozenset(nsmallest(SCORED, ids, key=sha256)) if len(ids) > SCORED else frozenset()


def control_scores(release: Release, split: str, gold: Gold, given: Collection[str], reporter: Reporter) -> list[BaselineScore]:
    """The official scores of the controls on a split, without intervals; if a text is withheld, of those that read no word."""
    texts = {row["id"]: _article_text(row, release) for row in _rows(release, split, with_text=False)}
    controls = {name: module for name, module in baselines().items() if module.CONTROL}
    if not _has_texts(release) and (reading := [name for name, module in controls.items() if module.READS_TEXT]):
        message = f"left out, as texts are withheld: {', '.join(reading)}; `standpoint hydrate` restores texts"
        reporter.report(Issue(str(release.folder), "BASELINE-WITHHELD", message, "note"))
        controls = {name: module for name, module in controls.items() if name not in reading}
    return [
        one
        for name in controls
        for one in _scores_of(name, fitted(name, release, BASELINE_SEED), texts, gold, given, resamples=0)
    ]


def _scores_of(
    name: str,
    baseline: Callable[[ArticleText], list[Predicted]],
    texts: Mapping[str, ArticleText],
    gold: Gold,
    given: Collection[str],
    resamples: int = RESAMPLES,
) -> Iterator[BaselineScore]:
    """The official scores of a baseline; with ``given``, those of what it says about the reference's spans of these layers."""
    scheme, docs, predicted = scheme_of(gold.codebook), {}, set[str]()
    for article_id, text in texts.items():
        doc = gold.docs[article_id]
        items = baseline(_with_gold(text, doc.annotations, given) if given else text)
        if any(isinstance(item, PredictedSpan) and item.layer in given for item in items):
            return  # it finds its own
        docs[article_id] = doc_of([*given_spans(doc, given), *items], doc)
        predicted |= {item.layer for item in items}
    for one in score(gold.docs, docs, gold.codebook, resamples, given=given).scores:
        # Of given events, the scores are those of their arguments.
        layers = scheme.in_arguments if one.layer in given else {one.layer, gold.codebook.by_name[one.layer].of}
        if one.official and one.value is not None and predicted & layers:
            module = baselines()[name]
            what = module.CONTROL, about(module), TEST, one.track, one.metric, one.layer
            yield BaselineScore(name, *what, one.value, one.low, one.high, one.n, one.single, one.over)


def fitted(name: str, release: Release, seed: int) -> Callable[[ArticleText], list[Predicted]]:
    """A baseline that has learned from the train split of a release, if it learns: from an article to its predictions."""
    module = baselines()[name]
    articles = TrainingArticles(release, module.READS_TEXT, module.MOST, seed if module.SEEDED else BASELINE_SEED)
    return module.fit(articles, scheme_of(release.schema.codebook), seed)


class TrainingArticles:
    """The articles of the train split with their labels, read from the release each time.

    If there are more than ``most`` (0: no limit), those whose ids have the smallest hashes with the seed.
    """

    def __init__(self, release: Release, with_text: bool = True, most: int = 0, seed: int = BASELINE_SEED) -> None:
        self.release, self.with_text, self.most, self.seed = release, with_text, most, seed

    @cached_property
    def drawn(self) -> frozenset[str]:
        ids = (row["id"] for _, row in self.release.rows(DOCUMENTS, TRAIN, columns=["id"]))
        return frozenset(nsmallest(self.most, ids, key=lambda name: sha256(f"{self.seed}:{name}")))

    def __iter__(self) -> Iterator[tuple[ArticleText, Doc]]:
        for row in _rows(self.release, TRAIN, self.with_text):
            if not self.most or row["id"] in self.drawn:
                yield _article_text(row, self.release), gold_doc(row, self.release.schema)[0]


def _has_texts(release: Release) -> bool:
    return all(row["text"] is not None for _, row in release.rows(DOCUMENTS, columns=["text"]))


def _rows(release: Release, split: str, with_text: bool = True) -> Iterator[dict]:
    """The rows of one split; StandpointError if there is none, or if a text is withheld that is needed."""
    none = True
    for _, row in release.rows(DOCUMENTS, split):
        if with_text:
            text_of(row)  # raises StandpointError if it is withheld
        yield row
        none = False
    if none:
        names = ", ".join(in_order(release.splits(DOCUMENTS)))
        hint = f"it has {names}: name one with --split; what learns, as controls and `trained` do, needs {TRAIN} too"
        raise StandpointError(f"{release.folder}: no article is in split {split!r}", hint)


def _spans(layer: Layer, article: Article, codebook: Codebook, registry: Registry) -> Iterator[Span]:
    """The suggestions of a layer; of actors all mentions that the registry finds, also descriptions that no page suggests."""
    if not (layer.suggestions and layer.labels_from):
        yield from (one.span for one in suggestions(article, layer, codebook, registry))
        return
    text = article.text or ""
    for found, is_actor in registry.mentions(text, article):
        if is_actor and is_annotatable(found.start, found.end, article, codebook):
            identity, quote = f"registry-{layer.name}-{found.start}-{found.end}", text[found.start : found.end]
            yield Span(id=identity, layer=layer.name, label=found.id, start=found.start, end=found.end, quote=quote)


def _article_text(row: Mapping[str, Any], release: Release) -> ArticleText:
    """The article of a row, without its labels, and its suggestions."""
    codebook, registry = release.schema.codebook, release.registry or NO_ACTORS
    zones = tuple(Zone(**zone) for zone in row["zones"])
    names = ("id", "source", "publisher", "licence", "language", "sha256", "text", "annotated_until", "published")
    article = Article(title=row["title"] or "", zones=zones, **{name: row[name] for name in names})

    def suggest() -> Iterator[Span]:
        return (span for layer in codebook.layers for span in _spans(layer, article, codebook, registry))

    actors = {layer.name: [item["actor"] for item in row[layer.name]] for layer in release.schema.each}
    return replace(article_text(article, sentences_of(row), codebook), suggest=suggest, actors=actors)


def article_text(article: Article, sentences: Iterable[tuple[int, int]], codebook: Codebook) -> ArticleText:
    """An article without labels, as baselines read it: with the sentences of the zones that may be annotated."""
    zones = [zone for zone in article.zones if zone.name in codebook.zones.annotatable]
    inside = [item for item in sentences if any(zone.start <= item[0] < zone.end for zone in zones)]
    return ArticleText(article.id, article.text or "", inside, article.annotated_until, source=article.source)
