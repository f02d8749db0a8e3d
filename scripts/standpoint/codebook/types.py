"""The grammar of ``guidelines/codebook.yaml``: one struct per mapping. docs/yaml-files.md is made from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta, field

from standpoint.codebook.crosswalk import Crosswalk
from standpoint.core.model import Article, Name, StandpointError
from standpoint.core.yaml_files import Strict, means

ACTORS = "actors"  # labels_from / for_each: the article's list of actors
SPARE = "spare"  # for_each: the slots for actors that are not in the registry
NEW = "NEW:"  # begins the id of a spare slot (NEW:1) and of an actor that has only a typed name (NEW:HARBOUR_GUARD)
ANY = "any"  # from, to: spans of every layer
MEDIAN = "median"  # resolve: the number in the middle; also how a scale is resolved
DISTRIBUTION = "distribution"  # resolve: every answer is kept, the median is the label


class Confusion(Strict, frozen=True):
    """Another label with which a label is confused, and a test that distinguishes the two."""

    label: Annotated[str, means("the other label")]
    test: Annotated[str, means("a question that tells the two apart")]


LABEL_NAME = r"\A\S([^\x00-\x1f\x7f]*\S)?\Z"  # neither empty nor with a line break, and no blanks around it


class Label(Strict, frozen=True):
    """One value of a layer. ``name`` is stored; annotators see ``show``."""

    name: Annotated[str, Meta(pattern=LABEL_NAME), means("the stored value")]
    show: Annotated[str, means("what annotators see in place of the name")] = ""
    group: Annotated[str, means("labels with the same group stand together; groups are compared and scored, too")] = ""
    hotkey: Annotated[
        str,
        means(
            "the key: one character, after `shift+`, `alt+` or `ctrl+` if you like. Two labels of a page need"
            " different keys, and keys of Label Studio are refused, such as `u` and `ctrl+z`. A label "
            "without one gets the next free key, and with `none` no key. Labels of relations have none; those of answers about "
            "each actor or about the article have no key unless they state one"
        ),
    ] = ""
    color: Annotated[
        str, means('the colour on the page, such as `"#93c5fd"`; labels of spans without one get different ones')
    ] = ""
    rare: Annotated[bool, means("fold the label of a span away: the page shows only its key until the mouse is on it")] = False
    value: Annotated[float | None, means("the number of a label of an ordinal layer")] = None
    definition: Annotated[str, means("what the label means")] = ""
    clarification: Annotated[str, means("what to do in cases that are hard to see")] = ""
    exclusion: Annotated[str, means("what the label is not")] = ""
    positive: Annotated[tuple[str, ...], means("examples with the label, marked up as in `It was [frozen]{frost} there.`")] = ()
    negative: Annotated[tuple[str, ...], means("examples that have another label, or a reason after `|`")] = ()
    confused: Annotated[tuple[Confusion, ...], means("labels with which it is confused")] = ()
    lexicon: Annotated[tuple[str, ...], means("words, in their dictionary form, of the rule baseline and the guide")] = ()
    roles: Annotated[
        dict[str, str],
        means(
            "the roles that spans of the label take, and what fills each; without it, any role. A role is a "
            "layer that asks for actors about the span, or the label of a relation from it"
        ),
    ] = {}
    maps: Annotated[dict[str, object], means("the names of the label in other schemes, by scheme")] = {}


class Follow(Strict, frozen=True):
    """``resolve: {annotator: a01}``: where annotators disagree, this annotator's reading is used."""

    annotator: Annotated[str, means("the pseudonym of the annotator whose reading is used")]


Resolve = Literal["", "unanimous", "majority", "dawid_skene", "distribution", "median"] | Follow

MOST = Decimal(2**53)  # up to here, each whole number is exact also where it is stored with a fraction


def number_text(value: object) -> str | None:
    """A number as sets have it: without exponent, plus sign and zeros at the end (2.50 is 2.5); None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > MOST or (number and number.adjusted() < -15):
        return None
    return format(number.normalize(), "f") if number else "0"


class Layer(Strict, frozen=True, eq=False):
    """One thing that is annotated. Its ``kind`` determines which fields are allowed (see ``kinds/``)."""

    name: Annotated[Name, means("the name of the layer, in the dataset too")]
    kind: Annotated[str, means("what an annotation is: `span`, `choice`, `relation`, `number` or `text` (typed words)")]
    show: Annotated[str, means("the heading on the page, in place of the name")] = ""
    guide: Annotated[str, means("the section of the built guide: `page.html#section`")] = ""
    definition: Annotated[str, means("what the layer is about")] = ""
    positive: Annotated[tuple[str, ...], means("examples of a layer whose labels are actors")] = ()
    negative: Annotated[tuple[str, ...], means("counter-examples of such a layer")] = ()
    labels: Annotated[tuple[Label, ...], means("the labels; a label that has only a name may be given as the name")] = ()
    retired: Annotated[
        dict[str, str], means('labels that the layer no longer has, each with the label that replaces it, or `""`')
    ] = {}
    labels_from: Annotated[Literal["", "actors"], means("`actors`: the labels are the actors of each article")] = ""
    of: Annotated[
        str, means("the span layer whose spans a choice or text is about. Without `of` and `for_each`, it is about the article")
    ] = ""
    head: Annotated[str, means("the span layer on which a relation begins, or `any`")] = field(default="", name="from")
    tail: Annotated[str, means("the span layer on which a relation ends, or `any`")] = field(default="", name="to")
    for_each: Annotated[
        Literal["", "actors", "spare"], means("ask a choice or text for each of the article's `actors`, or for each `spare` slot")
    ] = ""
    multiple: Annotated[
        bool,
        means(
            "a choice may have several answers, and a span several labels (the dataset has a span for each; "
            "no other layer can be about such spans)"
        ),
    ] = False
    overlaps: Annotated[
        Literal["none", "nested", "any"],
        means(
            "which spans of one annotator may share words: `nested`: one inside another; `any`: all. A span "
            "is one stretch of text"
        ),
    ] = "none"
    sentences: Annotated[
        Literal["one", "any"], means("`any`: spans may go beyond a sentence; otherwise `check` has a note about each that does")
    ] = "one"
    required: Annotated[bool, means("a choice must be answered")] = False
    ordinal: Annotated[bool, means("the labels of a choice are a scale: each has a `value`. Different answers are all kept")] = (
        False
    )
    stars: Annotated[bool, means("an ordinal choice is given in stars: the labels have the values 1, 2, 3, …")] = False
    tree: Annotated[
        bool, means("the labels of a choice are places in a tree: `Sea / Storm` is below `Sea`. The page has them as a menu")
    ] = False
    min: Annotated[float | None, means("the least number of a number layer")] = None
    max: Annotated[float | None, means("the greatest number of a number layer")] = None
    step: Annotated[
        float | None, means("the numbers are `min`, or 0, and steps of this size from there; `step: 1` means whole numbers")
    ] = None
    default: Annotated[str, means("the answer of a choice that needs no click")] = ""
    spare: Annotated[
        int,
        means(
            "slots for actors of the article that are not in the registry; twelve of them, or half of fewer, "
            "are never named from the text"
        ),
    ] = 0
    hotkeys: Annotated[
        str,
        means(
            "with `labels_from`: `shift` or `alt` before the 19 keys of the list (1 to 9, 0, and "
            "punctuation), or `none` for no keys. Two lists of a page need different ones"
        ),
    ] = ""
    attach: Annotated[
        Literal["", "same_sentence_single_event"],
        means(
            "`same_sentence_single_event`: if a sentence has one `from` span, its `to` spans are linked to it"
            " by the relation label that is their label in lower case"
        ),
    ] = ""
    suggestions: Annotated[bool, means("offer spans that the registry, a gazetteer and rules suggest")] = False
    table: Annotated[
        bool, means("the dataset has a config with one row per item of a span layer, or of a choice with `for_each`")
    ] = False
    resolve: Annotated[
        Resolve,
        means(
            "how disagreements are resolved; without it, as the codebook says. A scale"
            " for each actor always has `distribution`; `dawid_skene` is for choices, `median` for numbers"
        ),
    ] = ""

    def starts_on(self, span_layer: str) -> bool:
        """Whether a relation of this layer may begin on spans of ``span_layer``."""
        return self.kind == "relation" and self.head in (span_layer, ANY)

    def ends_on(self, span_layer: str) -> bool:
        """Whether a relation of this layer may end on spans of ``span_layer``."""
        return self.kind == "relation" and self.tail in (span_layer, ANY)

    def present(self, label: str) -> str:
        """The label that replaces a retired label; any other label is returned as it is."""
        return self.retired.get(label) or label

    @cached_property
    def is_whole(self) -> bool:
        """Whether the numbers of the layer are whole."""
        return self.step is not None and self.step == int(self.step) and (self.min or 0) == int(self.min or 0)

    def number(self, label: str) -> int | float:
        """The number that an answer of a number layer is."""
        return int(label) if self.is_whole else float(label)

    def allows(self, label: str) -> bool:
        """Whether an answer is a number of this layer, as ``number_text`` writes it."""
        if number_text(label) != label:
            return False
        number, least = Decimal(label), Decimal(str(self.min or 0))
        low, high = self.min is None or number >= self.min, self.max is None or number <= self.max
        return low and high and (self.step is None or (number - least) % Decimal(str(self.step)) == 0)

    @property
    def number_rule(self) -> str:
        """The numbers that a number layer allows, in words."""
        limits = ((" from {:g}", self.min), (" to {:g}", self.max), (" in steps of {:g}", None if self.step == 1 else self.step))
        what = "a whole number" if self.is_whole and self.step == 1 else "a number"
        return what + "".join(words.format(value) for words, value in limits if value is not None)

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @cached_property
    def by_name(self) -> dict[str, Label]:
        return {label.name: label for label in self.labels}


class Pass(Strict, frozen=True):
    """The layers that one Label Studio project asks about."""

    name: Annotated[Name, means("the name of the pass, in the title of its projects")]
    layers: Annotated[tuple[str, ...], means("the layers that it asks about, in the order of the page")]
    shows: Annotated[tuple[Literal["title", "source", "published"], ...], means("what stands above the text")] = ("title",)
    mask: Annotated[bool, means("hide the zones of `zones.masked`, and the publisher")] = False
    instructions: Annotated[str, means("what annotators read above their work, if there is no guidelines/PASS.md")] = ""


class Zones(Strict, frozen=True):
    """The zones of an article that may have spans, and the zones that a pass with ``mask`` hides."""

    annotatable: Annotated[tuple[str, ...], means("zones that may have spans")] = ("headline", "standfirst", "body")
    masked: Annotated[tuple[str, ...], means("zones that a pass with `mask` hides")] = (
        "byline",
        "dateline",
        "metadata",
        "caption",
        "donation",
        "copyright",
        "boilerplate",
    )

    def parts_of(self, article: Article) -> list[tuple[int, int]] | None:
        """``parts`` of an article."""
        until = article.annotated_until or len(article.text or "")
        return self.parts([(zone.name, zone.start, zone.end) for zone in article.zones], until)

    def parts(self, zones: Sequence[tuple[str, int, int]], until: int) -> list[tuple[int, int]] | None:
        """``[start, end)`` of the parts of a text that may have spans: these zones, up to the end of the annotation window.

        ``zones``: name, start and end. Adjoining zones are one part. None if there are neither zones nor a window.
        """
        parts: list[tuple[int, int]] = []
        for start, end in [zone[1:] for zone in zones if zone[0] in self.annotatable] if zones else [(0, until)]:
            end = min(end, until) if until else end
            if parts and start == parts[-1][1]:
                start = parts.pop()[0]
            parts += [(start, end)] if start < end else []
        return parts if zones or until else None


class Target(Strict, frozen=True):
    """A value that agreement between people without suggestions should reach. ``statistic`` is one of ``load.statistics_of``."""

    layer: Annotated[str, means("a layer")]
    statistic: Annotated[
        str,
        means(
            "a statistic of the layer, as `standpoint agree` prints it; in `qualification` of a scale also "
            "`share within one step`"
        ),
    ]
    value: Annotated[float, means("the value to reach, above 0 and at most 1")]


class Codebook(Strict, frozen=True, eq=False):
    """``guidelines/codebook.yaml`` as loaded and checked by ``codebook.load``."""

    title: Annotated[str, means("the title of the codebook, and of the dataset")]
    version: Annotated[
        str,
        means(
            "the version: MAJOR.MINOR.PATCH. MAJOR rises when the meaning of a label changes, and "
            "guidelines/CHANGELOG.md says how"
        ),
    ]
    passes: Annotated[tuple[Pass, ...], means("the projects in Label Studio: each asks about some layers")]
    layers: Annotated[tuple[Layer, ...], means("what is annotated")]
    retired: Annotated[
        dict[str, str], means('layers that the codebook no longer has, each with the layer that replaces it, or `""`')
    ] = {}
    ignored: Annotated[
        tuple[str, ...],
        means("controls of a Label Studio page whose answers `import` leaves out and counts; `relation` is all relations"),
    ] = ()
    language: Annotated[str, means("the language of the guidelines, by its ISO 639 code")] = "en"
    licence: Annotated[str, means("the licence of the labels, by its SPDX id")] = "CC-BY-4.0"
    principle: Annotated[str, means("a sentence about all labels, in the card")] = ""
    guide: Annotated[
        str, means("the address of the built guide, to whose sections the pages link; without it, they have no links")
    ] = ""
    window_words: Annotated[
        int,
        means(
            "annotation ends with the sentence in which this number of words is reached (in scripts without "
            "blanks, two letters are a word)"
        ),
    ] = 700
    zones: Annotated[Zones, means("parts of articles that are treated differently")] = Zones()
    actor_classes: Annotated[tuple[Label, ...], means("the classes of the actors in actors.yaml")] = ()
    sources_of_maps: Annotated[dict[str, str], means("where the names in `maps` are from, by scheme")] = {}
    crosswalks: Annotated[tuple[Crosswalk, ...], means("what the labels of published datasets are in this codebook")] = ()
    targets: Annotated[tuple[Target, ...], means("the agreement that people should reach without suggestions")] = ()
    qualification: Annotated[
        tuple[Target, ...],
        means("what an annotator's first articles should reach against the adjudicated sets (`standpoint team qualify`)"),
    ] = ()
    resolve: Annotated[
        Literal["unanimous", "majority"] | Follow, means("how disagreements are resolved in layers that do not say so")
    ] = "unanimous"

    @cached_property
    def by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def pass_by_name(self) -> dict[str, Pass]:
        return {item.name: item for item in self.passes}

    @cached_property
    def layers_by_pass(self) -> dict[str, dict[str, Layer]]:
        """The layers of each pass by name; under "", all layers."""
        passes = {item.name: {name: self.by_name[name] for name in item.layers} for item in self.passes}
        return passes | {"": self.by_name}

    def present(self, layer: str, label: str) -> dict[str, str]:
        """The present names of a layer and of its label; {"layer": ""} if the layer is retired and nothing replaces it."""
        name = self.retired.get(layer, layer)
        return {"layer": name, "label": self.by_name[name].present(label) if name in self.by_name else label}

    def layers_of(self, pass_name: str) -> tuple[Layer, ...]:
        """The layers of one pass, in the order of the pass."""
        return tuple(self.layers_by_pass[pass_name].values())

    def asks_about_actors(self, pass_name: str) -> bool:
        """Whether a pass has a question about each actor of an article."""
        return any(layer.for_each == ACTORS for layer in self.layers_of(pass_name))

    def refuse_unknown_pass(self, name: str) -> None:
        """StandpointError if there is no pass with this name."""
        if name not in self.pass_by_name:
            raise StandpointError(f"the codebook has no pass {name!r}", f"it has {', '.join(self.pass_by_name)}")

    def pass_of(self, layer: Layer) -> Pass:
        """The pass that asks for a layer."""
        return next(item for item in self.passes if layer.name in item.layers)

    def resolve_of(self, layer: Layer) -> str | Follow:
        """The rule for disagreements in a layer. A scale for each actor always keeps its distribution."""
        if layer.resolve:
            return layer.resolve
        return DISTRIBUTION if layer.ordinal and layer.for_each else self.resolve

    def roles_of(self, span_layer: str) -> set[str]:
        """The roles that spans of a layer may take: the layers that ask for their actors, and the labels of their links."""
        actors = {layer.name for layer in self.attributes_of(span_layer) if layer.labels_from}
        links = (layer.label_names for layer in self.layers if layer.starts_on(span_layer))
        return actors.union(*links)

    def attributes_of(self, span_layer: str) -> tuple[Layer, ...]:
        """The choice and text layers about the spans of a layer."""
        return tuple(layer for layer in self.layers if layer.of == span_layer)


DOCUMENTS, ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY = "documents", "annotations", "resolutions", "articles", "registry"
DOSSIERS, STORIES, SPLITS = "dossiers", "stories", "splits"
CONFIGS = (DOCUMENTS, ANNOTATIONS, DOSSIERS, RESOLUTIONS, ARTICLES, STORIES, REGISTRY, SPLITS)
NO_CONFIG = ("data",)  # the Hub takes a folder of this name for the files of all configs
# The columns that do not come from the codebook's layers.
DOCUMENT_COLUMNS = (
    "id", "source", "publisher", "original_publisher", "published", "original_published", "url", "title", "language", "licence",
    "sha256", "text", "text_status", "mask", "sentence_sha256", "zones", "paragraphs", "sentences", "annotated_until", "group",
    "story", "tier", "annotators", "codebook_version", "n_conflicts", "open_conflicts",
)  # fmt: skip
NO_COLUMN = ("byline",)  # a field of articles that the dataset leaves out: a layer of this name would be mistaken for it
ITEM_COLUMNS = ("article_id", "article_source", "article_published", "article_tier")
SENTENCE_COLUMNS = ("sentence", "sentence_start", "sentence_end")
ACTOR_COLUMNS = ("actor_name", "actor_class")
SPAN_FIELDS = ("id", "start", "end", "quote", "label")


def is_soft(layer: Layer) -> bool:
    """Whether a layer's answers have a soft label: the share of annotators for each label of a scale."""
    return layer.ordinal and not layer.multiple


def names_actor(layer: Layer) -> bool:
    """Whether an item of a layer is about one actor of the registry."""
    return layer.labels_from == ACTORS or layer.for_each == ACTORS


def answer_names(layer: Layer) -> tuple[str, ...]:
    """The fields of an answer about a span or the article. A scale also has each annotator's answer, and the shares."""
    suffixes = ("", *(("_distribution",) if layer.ordinal else ()), *(("_soft",) if is_soft(layer) else ()))
    return tuple(layer.name + suffix for suffix in suffixes)


def names_by_place(codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """The names that must differ from each other, by place: configs, columns of documents, fields and columns of span layers."""
    spans = [layer for layer in codebook.layers if layer.kind == "span"]
    columns: list[str] = []
    for layer in codebook.layers:
        if layer.kind != "relation" and not layer.of:
            columns += [layer.name] if layer.kind == "span" or layer.for_each else answer_names(layer)
    tables = [layer.name for layer in codebook.layers if layer.table]
    places = {"the dataset": (*CONFIGS, *tables), "the documents": (*DOCUMENT_COLUMNS, *columns)}
    for span in spans:
        answers = (name for layer in codebook.attributes_of(span.name) for name in answer_names(layer))
        relations = (layer.name for layer in codebook.layers if layer.starts_on(span.name))
        fields = places[f"layer {span.name}"] = (*SPAN_FIELDS, *answers, *relations)
        if span.table:
            actor = ACTOR_COLUMNS if names_actor(span) else ()
            places[f"table {span.name}"] = (*ITEM_COLUMNS, *fields, *SENTENCE_COLUMNS, *actor)
    return places


def check_names(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """The layers whose names are taken, as (path in the YAML, problem)."""
    for layer in codebook.layers:
        if layer.table and (layer.name in NO_CONFIG or not re.fullmatch(r"\w+", layer.name)):
            yield f"layers ({layer.name})", f"layer {layer.name!r} cannot be the name of a config: rename it, or set table: false"
        if layer.name in NO_COLUMN and not layer.of and layer.kind != "relation":
            yield f"layers ({layer.name})", f"layer {layer.name!r} would be mistaken for the article's {layer.name}: rename it"
    tables = [layer.name for layer in codebook.layers if layer.table]
    for name in tables:
        if alike := sorted({other for other in (*CONFIGS, *tables) if other != name and other.casefold() == name.casefold()}):
            yield f"layers ({name})", f"on macOS and Windows, its folder is that of {alike[0]!r}: rename it, or set table: false"
    for place, names in names_by_place(codebook).items():
        for name in sorted({name for name in names if names.count(name) > 1}):
            hint = "rename the layer, and list its old name under `retired`"
            yield "layers", f"{place} would have two fields called {name!r}: {hint}"
