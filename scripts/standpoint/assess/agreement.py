"""How far annotators agree, layer by layer. What machines made has a heading of its own; headings are never merged.

One pass over the annotation sets, article by article: what is counted is added to a row a group of articles, and the
figures, their intervals and parts are computed from the rows (``statistics/``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from standpoint.assess import results
from standpoint.assess.comparison import Comparison
from standpoint.assess.figures import Agreement
from standpoint.assess.made import as_listed
from standpoint.assess.statistics.gamma import pygamma, words_of
from standpoint.assess.statistics.reading import Extent, Reading
from standpoint.assess.streams import Streams, joined
from standpoint.assess.views import views_by_pass
from standpoint.codebook.types import Codebook, Layer
from standpoint.model import AnnotationSet, Article, StandpointError

SEED = 20310304


class Options(NamedTuple):
    """How agreement is computed.

    ``articles`` are streams beside the sets, each sorted by id: alpha U takes the length of the annotation window from
    them (else, the end of the last span), and gamma their text. Gamma takes long, and is computed only if asked for.
    ``layers``: only these.
    """

    resamples: int = 10_000
    seed: int = SEED
    gamma: bool = False
    layers: tuple[str, ...] = ()
    articles: Streams[Article] = ()


def agree(
    sets: Streams[AnnotationSet],
    codebook: Codebook,
    kinds: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    options: Options = Options(),  # noqa: B008 it is frozen
) -> Agreement:
    """All figures, in the codebook's order; ``sets`` are streams, each sorted by article.

    ``kinds`` is what is known of each annotator (annotators.yaml). ``groups`` names what each article is
    resampled together with: its story. An article that it does not name is a group of its own.
    """
    unknown = set(options.layers) - set(codebook.by_name)
    if unknown:
        raise StandpointError(f"no layer is called {min(unknown)!r}", f"there are {', '.join(codebook.by_name)}")
    seed = options.seed if options.gamma and pygamma() else None
    layers = {one.name: _layers(codebook, one.name, options) for one in codebook.passes}
    passes = {name: Comparison(some, seed) for name, some in layers.items() if some}
    articles, compared = 0, set()  # the groups
    for article_id, known, one_article in joined(options.articles, sets):
        group, about = (groups or {}).get(article_id) or article_id, _about(known, options.gamma)
        together = False
        for name, views in views_by_pass([as_listed(one, kinds) for one in one_article], codebook):
            if name in passes:
                together |= passes[name].add(article_id, group, [Reading(view, *about) for view in views])
        if together:
            articles += 1
            compared.add(group)
    return _agreement(passes, codebook, options, articles, len(compared))


def _layers(codebook: Codebook, pass_name: str, options: Options) -> list[Layer]:
    return [layer for layer in codebook.layers_of(pass_name) if not options.layers or layer.name in options.layers]


def _about(known: Sequence[Article], with_words: bool) -> tuple[int, list[Extent] | None]:
    """What a reading is told of its article: how long it is, and its tokens."""
    text = known[0].text if known else None
    length = known[0].annotated_until or len(text or "") if known else 0
    return length, words_of(text) if with_words and text is not None else None


def _agreement(passes: Mapping[str, Comparison], codebook: Codebook, options: Options, articles: int, groups: int) -> Agreement:
    targets = {(target.layer, target.statistic): target.value for target in codebook.targets}
    found = [
        results.of_pass(one.name, passes[one.name], targets, options.resamples, [options.seed, number])
        for number, one in enumerate(codebook.passes)
        if one.name in passes
    ]
    parts = {field: tuple(chain.from_iterable(getattr(one, field) for one in found)) for field in results.PassResult._fields}
    return Agreement(
        codebook_version=codebook.version,
        articles=articles,
        groups=groups,
        resamples=options.resamples,
        seed=options.seed,
        **parts,
    )
