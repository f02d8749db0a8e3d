"""UIMA CAS XMI by dkpro-cassis: ``<id>.xmi`` each and ``TypeSystem.xml``, with layers as INCEpTION makes its own.

A span layer is ``webanno.custom.<Layer>`` with label, identifier and a feature for each answer about it (several answers:
an array of strings); links are a slot feature: role and target. Sentences and tokens are DKPro's. Answers about the
article or an actor are ``webanno.custom.Answer`` at the beginning of the text: INCEpTION makes layers only of what lies in
the text. cassis counts UTF-16 units in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from keyword import kwlist
from pathlib import Path
from typing import Any

from standpoint.codebook.types import Codebook, Layer
from standpoint.core.ids import choice_id, relation_id
from standpoint.core.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.export import Exported, needed
from standpoint.export._shared import Names, tokens

LOSS = "the article's other fields"
PREFIX = "webanno.custom."
ANSWER = f"{PREFIX}Answer"
SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"
STRING, STRINGS, ANNOTATION, ARRAY = "uima.cas.String", "uima.cas.StringArray", "uima.tcas.Annotation", "uima.cas.FSArray"
# Features that each of our annotations has, and what cassis's objects have.
TAKEN = ("begin", "end", "sofa", "label", "identifier", "self", "type", "xmiID", "value", "get", "set", *kwlist)


class Types:
    """What the codebook's layers are called in the type system."""

    def __init__(self, codebook: Codebook) -> None:
        names = Names([ANSWER], r"[^A-Za-z0-9_.]")
        self.spans = [layer for layer in codebook.layers if layer.kind == "span"]
        self.by_name = codebook.by_name
        self.answers = {layer.name: codebook.attributes_of(layer.name) for layer in self.spans}
        self.links = {layer.name: [other for other in codebook.layers if other.starts_on(layer.name)] for layer in self.spans}
        self.type = {layer.name: names.of(layer.name, PREFIX + _camel(layer.name)) for layer in self.spans}
        self.feature: dict[tuple[str, str], str] = {}
        self.link: dict[tuple[str, str], str] = {}
        for layer in self.spans:
            features = Names(TAKEN, "[^A-Za-z0-9_]")
            for other in (*self.answers[layer.name], *self.links[layer.name]):
                self.feature[layer.name, other.name] = features.of(other.name, other.name)
            for other in self.links[layer.name]:
                wanted = f"{self.type[layer.name]}{_camel(other.name)}Link"
                self.link[layer.name, other.name] = names.of((layer.name, other.name), wanted)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """A file an article, and the type system."""
    cassis, types = needed("cassis"), Types(codebook)
    system = _system(types, cassis)
    system.to_xml(folder / "TypeSystem.xml")
    for one in articles:
        _cas(one, types, system, cassis).to_xmi(folder / f"{one.id}.xmi")


def _system(types: Types, cassis: Any) -> Any:
    system = cassis.load_dkpro_core_typesystem()
    answer = system.create_type(ANSWER, ANNOTATION)
    for name in ("layer", "of", "label", "identifier"):
        system.create_feature(answer, name, STRING)
    for layer in types.spans:
        made = system.create_type(types.type[layer.name], ANNOTATION)
        system.create_feature(made, "label", STRING)
        system.create_feature(made, "identifier", STRING)
        for other in types.answers[layer.name]:
            system.create_feature(made, types.feature[layer.name, other.name], STRINGS if other.multiple else STRING)
        for other in types.links[layer.name]:
            link = system.create_type(types.link[layer.name, other.name], "uima.cas.TOP")
            system.create_feature(link, "role", STRING)
            system.create_feature(link, "target", ANNOTATION)
            system.create_feature(made, types.feature[layer.name, other.name], ARRAY, elementType=link.name)
    return system


def _cas(one: Exported, types: Types, system: Any, cassis: Any) -> Any:
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = one.text, "text/plain"
    for start, end in one.sentences:
        cas.add(system.get_type(SENTENCE)(begin=start, end=end))
        cas.add_all([system.get_type(TOKEN)(begin=left, end=right) for left, right in tokens(one.text, start, end)])
    spans = {item.id: item for item in one.annotations if isinstance(item, Span)}
    made = {
        name: system.get_type(types.type[item.layer])(begin=item.start, end=item.end, label=item.label, identifier=name)
        for name, item in spans.items()
    }
    for item in one.annotations:
        if isinstance(item, Choice) and item.of not in spans:
            fields = {"layer": item.layer, "of": item.of, "label": item.label, "identifier": item.id}
            cas.add(system.get_type(ANSWER)(begin=0, end=0, **fields))
    for name, feature, value in _features(one, spans, made, types, system):
        setattr(made[name], feature, value)
    cas.add_all(made.values())
    return cas


def _features(one: Exported, spans: dict[str, Span], made: dict[str, Any], types: Types, system: Any) -> Iterator[tuple]:
    """What the annotations say of spans: a span's id, its feature, and the value."""
    lists: dict[tuple[str, str, str], list] = {}
    for item in one.annotations:
        if isinstance(item, Choice) and item.of in spans:
            feature = types.feature[spans[item.of].layer, item.layer]
            if types.by_name[item.layer].multiple:
                lists.setdefault((item.of, feature, STRINGS), []).append(item.label)
            else:
                yield item.of, feature, item.label
        elif isinstance(item, Relation):
            key = spans[item.head].layer, item.layer
            link = system.get_type(types.link[key])(role=item.label, target=made[item.tail])
            lists.setdefault((item.head, types.feature[key], ARRAY), []).append(link)
    for (name, feature, kind), values in lists.items():
        yield name, feature, system.get_type(kind)(elements=values)


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, as cassis loads them."""
    cassis, types = needed("cassis"), Types(codebook)
    system = cassis.load_typesystem(folder / "TypeSystem.xml")
    for path in sorted(folder.glob("*.xmi")):
        cas = cassis.load_cas_from_xmi(path, system)
        sentences = tuple((one.begin, one.end) for one in cas.select(SENTENCE))
        yield Exported(path.stem, cas.sofa_string, sentences, tuple(in_reading_order(_read(cas, types))))


def _read(cas: Any, types: Types) -> Iterator[Annotation]:
    for one in cas.select(ANSWER):
        yield Choice(id=one.identifier, layer=one.layer, label=one.label, of=one.of or "")
    for layer in types.spans:
        for one in cas.select(types.type[layer.name]):
            where = {"start": one.begin, "end": one.end, "quote": cas.sofa_string[one.begin : one.end]}
            yield Span(id=one.identifier, layer=layer.name, label=one.label, **where)
            for other in types.answers[layer.name]:
                yield from _answers(one, other, getattr(one, types.feature[layer.name, other.name]))
            for other in types.links[layer.name]:
                yield from _linked(one, other, getattr(one, types.feature[layer.name, other.name]))


def _answers(one: Any, layer: Layer, said: Any) -> Iterator[Choice]:
    for label in () if said is None else said.elements if layer.multiple else [said]:
        name = choice_id(one.identifier, layer.name, label, layer.multiple)
        yield Choice(id=name, layer=layer.name, label=label, of=one.identifier)


def _linked(one: Any, layer: Layer, found: Any) -> Iterator[Relation]:
    for link in () if found is None else found.elements:
        ends = {"head": one.identifier, "tail": link.target.identifier}
        name = relation_id(one.identifier, layer.name, link.role, link.target.identifier)
        yield Relation(id=name, layer=layer.name, label=link.role, **ends)
