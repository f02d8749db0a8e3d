"""The grammar of ``guidelines/codebook.yaml``: one struct per mapping. ``guidelines/README.md`` explains its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta, field

from standpoint.core.files import Strict
from standpoint.core.model import Article, Name

ACTORS = "actors"  # labels_from / for_each: the article's list of actors
SPARE = "spare"  # for_each: the slots for actors that are not in the registry
NEW = "NEW:"  # begins the id of a spare slot (NEW:1) and of an actor that has only a typed name (NEW:HARBOUR_GUARD)
ANY = "any"  # from, to: spans of every layer
DISTRIBUTION = "distribution"  # resolve: every answer is kept, the median is the label


class Confusion(Strict, frozen=True):
    """Another label with which a label is confused, and a test that distinguishes the two."""

    label: str
    test: str


LABEL_NAME = r"\A\S([^\x00-\x1f\x7f]*\S)?\Z"  # neither empty nor with a line break, and no blanks around it


class Label(Strict, frozen=True):
    """One value of a layer. ``name`` is stored; annotators see ``show``."""

    name: Annotated[str, Meta(pattern=LABEL_NAME)]
    show: str = ""
    group: str = ""
    hotkey: str = ""
    color: str = ""
    rare: bool = False  # folded on the page: only its key is shown until the mouse is on it
    value: float | None = None
    definition: str = ""
    clarification: str = ""
    exclusion: str = ""
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    confused: tuple[Confusion, ...] = ()
    lexicon: tuple[str, ...] = ()
    roles: dict[str, str] = {}  # the roles that spans of this label take, and what fills each; {}: any role
    maps: dict[str, object] = {}


class Follow(Strict, frozen=True):
    """``resolve: {annotator: a01}``: where annotators disagree, this annotator's reading is used."""

    annotator: str


Resolve = Literal["", "unanimous", "majority", "dawid_skene", "distribution"] | Follow


class Layer(Strict, frozen=True, eq=False):
    """One thing that is annotated. Its ``kind`` determines which fields are allowed (see ``kinds/``)."""

    name: Name
    kind: str
    show: str = ""
    guide: str = ""  # the layer's section in the built guide: page.html#section
    definition: str = ""
    positive: tuple[str, ...] = ()  # examples of a layer whose labels are the article's actors
    negative: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    retired: dict[str, str] = {}  # retired label -> the label that replaces it, or ""
    labels_from: Literal["", "actors"] = ""
    of: str = ""
    head: str = field(default="", name="from")
    tail: str = field(default="", name="to")
    for_each: Literal["", "actors", "spare"] = ""
    multiple: bool = False  # of a span layer: a span may have several labels, and becomes one span for each
    overlaps: Literal["none", "nested", "any"] = "none"  # which spans of one set may share words
    required: bool = False
    ordinal: bool = False
    default: str = ""
    spare: int = 0
    hotkeys: str = ""  # for labels_from: a prefix for the keys 1-9, 0 ("", "shift", "alt"); "none": no keys
    attach: Literal["", "same_sentence_single_event"] = ""
    suggestions: bool = False
    table: bool = False
    resolve: Resolve = ""  # the rule that resolves disagreements; "": the codebook's rule

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
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @cached_property
    def by_name(self) -> dict[str, Label]:
        return {label.name: label for label in self.labels}


class Pass(Strict, frozen=True):
    """The layers that one Label Studio project asks about. ``mask`` hides the zones of ``Zones.masked``."""

    name: Name
    layers: tuple[str, ...]
    shows: tuple[Literal["title", "source", "published"], ...] = ("title",)
    mask: bool = False
    instructions: str = ""


class Zones(Strict, frozen=True):
    """The zones of an article that may have spans, and the zones that a pass with ``mask`` hides."""

    annotatable: tuple[str, ...] = ("headline", "standfirst", "body")
    masked: tuple[str, ...] = ("byline", "dateline", "metadata", "caption", "donation", "copyright", "boilerplate")

    def parts_of(self, article: Article) -> list[tuple[int, int]] | None:
        """``[start, end)`` of the parts of an article that may have spans: these zones, up to the end of the annotation window.

        Zones without other text between them are one part. None if the article has neither zones nor a window nor its text.
        """
        until = article.annotated_until or len(article.text or "")
        zones = [(zone.start, zone.end) for zone in article.zones if zone.name in self.annotatable]
        parts: list[tuple[int, int]] = []
        for start, end in zones if article.zones else [(0, until)]:
            end = min(end, until) if until else end
            if parts and start == parts[-1][1]:
                start = parts.pop()[0]
            parts += [(start, end)] if start < end else []
        return parts if article.zones or until else None


class Target(Strict, frozen=True):
    """A value that agreement between people without suggestions should reach. ``statistic`` is one of ``load.statistics_of``."""

    layer: str
    statistic: str
    value: float


class Codebook(Strict, frozen=True, eq=False):
    """``guidelines/codebook.yaml`` as loaded and checked by ``codebook.load``."""

    title: str
    version: str
    passes: tuple[Pass, ...]
    layers: tuple[Layer, ...]
    retired: dict[str, str] = {}  # retired layer -> the layer that replaces it, or ""
    language: str = "en"
    licence: str = "CC-BY-4.0"
    principle: str = ""
    guide: str = ""  # the address of the built guide; "": pages have no links to it
    window_words: int = 700
    zones: Zones = Zones()
    actor_classes: tuple[Label, ...] = ()
    sources_of_maps: dict[str, str] = {}
    targets: tuple[Target, ...] = ()
    qualification: tuple[Target, ...] = ()  # targets for an annotator's first articles, against the adjudicated sets
    resolve: Literal["unanimous", "majority"] | Follow = "unanimous"  # of the layers without ``resolve``

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
CONFIGS = (DOCUMENTS, ANNOTATIONS, RESOLUTIONS, ARTICLES, REGISTRY)
NO_CONFIG = ("data",)  # the Hub takes a folder of this name for the files of all configs
# The columns that do not come from the codebook's layers.
DOCUMENT_COLUMNS = (
    "id", "source", "publisher", "original_publisher", "published", "original_published", "url", "title", "language", "licence",
    "sha256", "text", "text_status", "mask", "sentence_sha256", "zones", "paragraphs", "sentences", "annotated_until", "group",
    "story", "tier", "annotators", "codebook_version", "n_conflicts",
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
