"""How far annotators agree, layer by layer, under separate headings for people and machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from standpoint.adjudication.content import views_by_pass
from standpoint.agreement.comparison import Comparison
from standpoint.agreement.figures import Agreement, Figure, PassResult, of_pass
from standpoint.agreement.gamma import pygamma, words_of
from standpoint.agreement.reading import Extent, Reading
from standpoint.codebook.load import open_codebook
from standpoint.codebook.types import Codebook, Layer
from standpoint.core.corpus import Streams, article_streams, joined, read_articles, sets_of
from standpoint.core.files import written_whole
from standpoint.core.model import AnnotationSet, Article, StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import HEADINGS, as_listed, kinds_of
from standpoint.core.reporter import Reporter
from standpoint.splits.splits import DEFAULT, current_stories, read_splits

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


def compute_agreement(
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
        of_pass(one.name, passes[one.name], targets, options.resamples, [options.seed, number])
        for number, one in enumerate(codebook.passes)
        if one.name in passes
    ]
    parts = {field: tuple(chain.from_iterable(getattr(one, field) for one in found)) for field in PassResult._fields}
    return Agreement(
        codebook_version=codebook.version,
        articles=articles,
        groups=groups,
        resamples=options.resamples,
        seed=options.seed,
        **parts,
    )


WORDS = {
    "human": "",
    "human-assisted": " (some of the people saw suggestions)",
    "human-model": " (people and machines: this is not human agreement)",
    "model-model": " (machines among themselves: this is not human agreement)",
    "unknown": " (of some annotators nothing is known: this is not human agreement)",
}


def measure_agreement(project: Project, reporter: Reporter, options: Options = Options()) -> Agreement:  # noqa: B008 it is frozen
    """Agreement per layer and heading, with intervals over stories."""
    codebook, _ = open_codebook(project)
    placed = current_stories(read_splits(project.split_file(DEFAULT)))
    stories = {one.id: placed.get(one.id) or one.group or one.id for one in read_articles(project, with_text=False)}
    options = options._replace(articles=article_streams(project, with_text=options.gamma))
    return compute_agreement(sets_of(project), codebook, kinds_of(project), stories, options)


def write_figures(agreement: Agreement, path: Path) -> None:
    """Write agreement as JSON, whole or not at all."""
    with written_whole(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(agreement), indent=1) + b"\n")


def agreement_table(agreement: Agreement, short: bool = False) -> Iterator[str]:
    """Agreement as lines of text, under the heading that says who is compared with whom; what nobody did twice is left out.

    ``short``: the main statistics only.
    """
    figures = [figure for figure in agreement.figures if figure.main or not short]
    figures = [figure for figure in figures if figure.n] or figures
    yield f"{agreement.articles:,} articles in {agreement.groups:,} stories have several annotators" + (
        f"; 95 % intervals from {agreement.resamples:,} resamples of the stories" if agreement.resamples else ""
    )
    for kind, found in groupby(sorted(figures, key=lambda figure: HEADINGS.index(figure.kind)), key=lambda figure: figure.kind):
        yield f"agreement, {kind}{WORDS[kind]}"
        yield from _lines(list(found))


def _lines(figures: Sequence[Figure]) -> Iterator[str]:
    wide = [max(map(len, texts)) for texts in zip(*((one.layer, one.statistic) for one in figures), strict=True)]
    last = None
    for one in figures:
        layer, last = (one.layer if one.layer != last else ""), one.layer
        value = f"{one.value:7.3f}" if one.value is not None else "      –"
        interval = f"[{one.low:.3f}, {one.high:.3f}]" if one.low is not None else ""
        words = "   ".join(filter(None, (_against_target(one), one.reason, one.note)))
        line = f"  {layer:<{wide[0]}}  {one.statistic:<{wide[1]}}{value}  {interval:<16}  n {one.n:>7,}   {words}"
        yield line.rstrip()


def _against_target(figure: Figure) -> str:
    if figure.target is None or figure.value is None:
        return ""
    return f"target {figure.target:.2f} {'met' if figure.value >= figure.target else 'missed'}"
