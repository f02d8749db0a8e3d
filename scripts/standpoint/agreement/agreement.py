"""Agreement per layer, under separate headings for people and machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from standpoint.adjudication.content import views_by_pass
from standpoint.agreement.comparison import ArticleCounts, Comparison
from standpoint.agreement.counts import Continuum, Extent, Reading
from standpoint.agreement.figures import Agreement, measure_pass
from standpoint.agreement.statistics.gamma import pygamma
from standpoint.codebook.load import open_codebook
from standpoint.codebook.registry import NO_ACTORS, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.corpus import Streams, article_streams, by_article, read_articles, sets_of
from standpoint.core.model import AnnotationSet, Article, Reporter, StandpointError
from standpoint.core.project import RESAMPLES, SEED, Project
from standpoint.core.provenance import as_listed, kinds_of, models_of
from standpoint.core.standoff import report_unknown_quotes
from standpoint.processes import CHUNK, mapped
from standpoint.splits.splits import DEFAULT, current_stories, read_splits


class Options(NamedTuple):
    """The options of the computation.

    ``articles`` are streams sorted by id. They say what could be annotated: spans elsewhere are left out, and alpha U and gamma
    look at these parts only. (Of an article that is not given, alpha U takes all up to the end of the last span.) Gamma needs
    their text. It is slow, so it is optional. ``layers`` is () for all. ``registry`` says which new actors have an id by now.
    ``jobs``: the processes that compare articles; the result is the same for any number.
    """

    resamples: int = RESAMPLES
    seed: int = SEED
    gamma: bool = False
    layers: tuple[str, ...] = ()
    articles: Streams[Article] = ()
    registry: Registry = NO_ACTORS
    jobs: int = 1


class Given(NamedTuple):
    """What there is of one article: the parts that could be annotated (``Continuum``), its text for gamma, and its sets."""

    article_id: str
    parts: list[Extent] | None
    text: str | None
    sets: list[AnnotationSet]

    def __reduce__(self) -> tuple[Any, ...]:
        """In MessagePack: pickle takes eight times as long to write sets."""
        return _given, (msgspec.msgpack.encode(tuple(self)),)


def _given(data: bytes) -> Given:
    return Given(*DECODER.decode(data))


DECODER = msgspec.msgpack.Decoder(tuple[str, list[Extent] | None, str | None, list[AnnotationSet]])


class ArticleComparer:
    """Counts what an article adds to the comparison of each pass, here or, as it can be pickled, in another process."""

    def __init__(
        self,
        codebook: Codebook,
        layers: Collection[str],
        seed: int | None,
        kinds: Mapping[str, str],
        models: Mapping[str, str],
        registry: Registry,
    ) -> None:
        self.arguments = codebook, layers, seed, kinds, models, registry
        self.codebook, self.kinds, self.registry = codebook, kinds, registry
        self.passes: dict[str, Comparison] = {}
        for name in codebook.pass_by_name:
            if chosen := [layer for layer in codebook.layers_of(name) if not layers or layer.name in layers]:
                self.passes[name] = Comparison(name, chosen, seed, models)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments

    def __call__(self, given: Given) -> tuple[str, dict[str, ArticleCounts]]:
        """The id of the article, and what it adds, by pass."""
        continuum = None if given.parts is None else Continuum(given.parts, given.text)
        views = views_by_pass([as_listed(item, self.kinds) for item in given.sets], self.codebook, self.registry)
        return given.article_id, {
            name: self.passes[name].count([Reading(view, continuum) for view in found])
            for name, found in views
            if name in self.passes
        }


def compute_agreement(
    sets: Streams[AnnotationSet],
    codebook: Codebook,
    kinds: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    options: Options = Options(),  # noqa: B008 it is frozen
    models: Mapping[str, str] = {},  # noqa: B006 it is not changed
) -> Agreement:
    """All figures, in the codebook's order; ``sets`` are streams, each sorted by article.

    ``kinds`` is the kind of each annotator (annotators.yaml). ``groups`` gives the group, normally the story, with which an
    article is resampled. An article without an entry is its own group. ``models``: as in ``provenance.heading``.
    """
    refuse_unknown_layers(options.layers, codebook)
    seed = options.seed if options.gamma and pygamma() else None
    comparer = ArticleComparer(codebook, options.layers, seed, kinds, models, options.registry)
    passes = comparer.passes
    articles = 0
    compared_groups: set[str] = set()
    chunk = 1 if options.gamma else CHUNK  # gamma takes seconds
    for article_id, counts in mapped(comparer, _articles(sets, codebook, options), options.jobs, chunk):
        group = (groups or {}).get(article_id) or article_id
        for name, found in counts.items():
            passes[name].take(article_id, group, found)
        if any(len(found.makers) > 1 for found in counts.values()):
            articles += 1
            compared_groups.add(group)
    targets = {(target.layer, target.statistic): target.value for target in codebook.targets}
    fields: dict[str, list] = defaultdict(list)
    for number, name in enumerate(codebook.pass_by_name):
        if name in passes:
            for field, results in measure_pass(passes[name], targets, options.resamples, [options.seed, number]).items():
                fields[field] += results
    return Agreement(
        codebook_version=codebook.version,
        articles=articles,
        groups=len(compared_groups),
        resamples=options.resamples,
        seed=options.seed,
        models=dict(models),
        **{field: tuple(results) for field, results in fields.items()},
    )


def _articles(sets: Streams[AnnotationSet], codebook: Codebook, options: Options) -> Iterator[Given]:
    for article_id, known, sets_of_article, _ in by_article(options.articles, sets):
        parts = codebook.zones.parts_of(known[0]) if known else None
        if sets_of_article:
            yield Given(article_id, parts, known[0].text if known and options.gamma else None, sets_of_article)


def refuse_unknown_layers(names: Iterable[str], codebook: Codebook) -> None:
    """StandpointError if the codebook does not have all of these layers."""
    if unknown := set(names) - set(codebook.by_name):
        raise StandpointError(f"no layer is called {min(unknown)!r}", f"there are {', '.join(codebook.by_name)}")


def measure_agreement(project: Project, reporter: Reporter, options: Options = Options()) -> Agreement:  # noqa: B008 it is frozen
    """The agreement of a project's annotation sets, with intervals over stories."""
    report_unknown_quotes(project, reporter)  # the words in spans are compared, too
    codebook, registry = open_codebook(project)
    options = options._replace(articles=article_streams(project, with_text=options.gamma), registry=registry)
    return compute_agreement(sets_of(project), codebook, kinds_of(project), stories_of(project), options, models_of(project))


def stories_of(project: Project) -> dict[str, str]:
    """The story of each article, with which it is resampled."""
    by_split_file = current_stories(read_splits(project.split_file(DEFAULT)))
    return {
        article.id: by_split_file.get(article.id) or article.group or article.id
        for article in read_articles(project, with_text=False)
    }
