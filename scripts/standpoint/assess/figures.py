"""What agreement comes to: plain values that the table, the JSON file and the HTML report are all made from."""

from __future__ import annotations

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One number with its 95 % interval; ``value`` is None where there is a ``reason`` why it is not defined.

    F1 is micro-averaged over articles, then the mean over pairs of annotators; ``n`` counts the annotations compared.
    Alpha is over all annotators at once (human, model-model) or the mean over pairs (else); ``n`` counts the units.
    ``low`` and ``high`` are from a percentile bootstrap over stories, None where there are fewer than two.
    ``kind`` is "human": people on their own; "human-assisted": people of whom one saw drafts; "human-model";
    "model-model": machines among themselves; "unknown": of somebody nothing is known.
    ``target`` is what the codebook aims at for this figure, None where it names none; only people's own work has one.
    ``note`` says what was left out. ``main``: among the few that are reported in short.
    """

    pass_name: str
    layer: str
    statistic: str
    kind: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    annotators: tuple[str, ...] = ()
    target: float | None = None
    reason: str = ""
    note: str = ""
    main: bool = False


class Confusion(Struct, frozen=True, kw_only=True):
    """How often one annotator's label met another's on matched things, over all pairs, each pair counted both ways.

    ``counts[i][j]``: one said ``labels[i]``, the other ``labels[j]``; the label "" is for what one side has not annotated.
    Spans are matched by overlap; answers and links, where both sides have the spans that they are about. Of a layer whose
    labels are the articles' actors, the table has those that were most often confused with another.
    """

    pass_name: str
    layer: str
    kind: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Prevalence(Struct, frozen=True, kw_only=True):
    """How often one annotator used each label of a layer."""

    pass_name: str
    layer: str
    annotator: str
    counts: dict[str, int]


class Part(Struct, frozen=True, kw_only=True):
    """A figure of a part of the data: of one pair or one annotator, one month of submission, or one article."""

    pass_name: str
    layer: str
    statistic: str
    kind: str
    part: str
    value: float | None
    n: int


class SetsIn(Struct, frozen=True, kw_only=True):
    """Which annotation sets went in, and under which heading they are compared with others; "" where with none."""

    pass_name: str
    annotator: str
    annotator_kind: str
    assistance: str
    sets: int
    headings: tuple[str, ...]


class Agreement(Struct, frozen=True, kw_only=True):
    """All that ``standpoint agree`` finds. ``by_article`` is sorted, the worst first, and holds the worst only."""

    codebook_version: str
    articles: int
    groups: int
    resamples: int
    seed: int
    sets: tuple[SetsIn, ...] = ()
    figures: tuple[Figure, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    prevalence: tuple[Prevalence, ...] = ()
    by_annotator: tuple[Part, ...] = ()
    by_month: tuple[Part, ...] = ()
    by_article: tuple[Part, ...] = ()
