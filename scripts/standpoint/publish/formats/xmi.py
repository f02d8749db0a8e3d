"""UIMA CAS XMI by dkpro-cassis: ``<id>.xmi`` each and ``TypeSystem.xml``, with layers as INCEpTION makes its own.

A span layer is ``webanno.custom.<Layer>`` with label, identifier and a feature for each answer about it (several answers:
an array of strings); links are a slot feature: role and target. Sentences and tokens are DKPro's. Answers about the
article or an actor are ``webanno.custom.Answer`` at the beginning of the text. cassis counts UTF-16 units in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from standpoint.codebook.types import Codebook, Layer
from standpoint.model import Annotation, Choice, Relation, Span, in_reading_order
from standpoint.publish.formats import Exported, needed
from standpoint.publish.formats._words import tokens

LOSS = "the article's other fields"
PREFIX = "webanno.custom."
SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"
STRING, STRINGS, ANNOTATION, ARRAY = "uima.cas.String", "uima.cas.StringArray", "uima.tcas.Annotation", "uima.cas.FSArray"


def type_name(layer: Layer) -> str:
    """What a span layer is called in the type system."""
    return PREFIX + "".join(part.capitalize() for part in layer.name.split("_"))


def write(articles: Iterable[Exported], codebook: Codebook, folder: Path) -> None:
    """A file an article, and the type system."""
    cassis = needed("cassis")
    system = _system(codebook, cassis)
    system.to_xml(folder / "TypeSystem.xml")
    for one in articles:
        _cas(one, codebook, system, cassis).to_xmi(folder / f"{one.id}.xmi")


def _system(codebook: Codebook, cassis: Any) -> Any:
    system = cassis.load_dkpro_core_typesystem()
    answer = system.create_type(f"{PREFIX}Answer", ANNOTATION)
    for name in ("layer", "of", "label", "identifier"):
        system.create_feature(answer, name, STRING)
    for layer in _spans(codebook):
        made = system.create_type(type_name(layer), ANNOTATION)
        system.create_feature(made, "label", STRING)
        system.create_feature(made, "identifier", STRING)
        for other in codebook.attributes_of(layer.name):
            system.create_feature(made, _feature(other), STRINGS if other.multiple else STRING)
        for other in _links(layer, codebook):
            link = system.create_type(f"{type_name(layer)}{other.name.capitalize()}Link", "uima.cas.TOP")
            system.create_feature(link, "role", STRING)
            system.create_feature(link, "target", ANNOTATION)
            system.create_feature(made, _feature(other), ARRAY, elementType=link.name)
    return system


def _feature(layer: Layer) -> str:
    """A feature's name: not one that every annotation has already."""
    return f"{layer.name}_" if layer.name in ("begin", "end", "sofa", "label", "identifier", "type") else layer.name


def _spans(codebook: Codebook) -> list[Layer]:
    return [layer for layer in codebook.layers if layer.kind == "span"]


def _links(layer: Layer, codebook: Codebook) -> list[Layer]:
    return [other for other in codebook.layers if other.starts_on(layer.name)]


def _cas(one: Exported, codebook: Codebook, system: Any, cassis: Any) -> Any:
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = one.text, "text/plain"
    for start, end in one.sentences:
        cas.add(system.get_type(SENTENCE)(begin=start, end=end))
        cas.add_all([system.get_type(TOKEN)(begin=left, end=right) for left, right in tokens(one.text, start, end)])
    made: dict[str, Any] = {}
    for item in one.annotations:
        if isinstance(item, Span):
            name = type_name(codebook.by_name[item.layer])
            made[item.id] = system.get_type(name)(begin=item.start, end=item.end, label=item.label, identifier=item.id)
    lists: dict[tuple[str, str], list] = {}
    for item in one.annotations:
        if isinstance(item, Choice):
            _answer(item, codebook, made, lists, cas)
        elif isinstance(item, Relation):
            layer = codebook.by_name[item.layer]
            link = system.get_type(f"{made[item.head].type.name}{item.layer.capitalize()}Link")
            lists.setdefault((item.head, _feature(layer)), []).append(link(role=item.label, target=made[item.tail]))
    for (of, feature), values in lists.items():
        kind = STRINGS if isinstance(values[0], str) else ARRAY
        setattr(made[of], feature, system.get_type(kind)(elements=values))
    cas.add_all(made.values())
    return cas


def _answer(item: Choice, codebook: Codebook, made: dict[str, Any], lists: dict, cas: Any) -> None:
    layer = codebook.by_name[item.layer]
    if item.of not in made:
        answer = cas.typesystem.get_type(f"{PREFIX}Answer")
        cas.add(answer(begin=0, end=0, layer=item.layer, of=item.of, label=item.label, identifier=item.id))
    elif layer.multiple:
        lists.setdefault((item.of, _feature(layer)), []).append(item.label)
    else:
        setattr(made[item.of], _feature(layer), item.label)


def read(folder: Path, codebook: Codebook) -> Iterator[Exported]:
    """The articles, as cassis loads them."""
    cassis = needed("cassis")
    system = cassis.load_typesystem(folder / "TypeSystem.xml")
    for path in sorted(folder.glob("*.xmi")):
        cas = cassis.load_cas_from_xmi(path, system)
        sentences = tuple((one.begin, one.end) for one in cas.select(SENTENCE))
        yield Exported(path.stem, cas.sofa_string, sentences, tuple(in_reading_order(_read(cas, codebook))))


def _read(cas: Any, codebook: Codebook) -> Iterator[Annotation]:
    text = cas.sofa_string
    for one in cas.select(f"{PREFIX}Answer"):
        yield Choice(id=one.identifier, layer=one.layer, label=one.label, of=one.of or "")
    for layer in _spans(codebook):
        for one in cas.select(type_name(layer)):
            where = {"start": one.begin, "end": one.end, "quote": text[one.begin : one.end]}
            yield Span(id=one.identifier, layer=layer.name, label=one.label, **where)
            for other in codebook.attributes_of(layer.name):
                said = getattr(one, _feature(other))
                for label in (said.elements if other.multiple else [said]) if said is not None else ():
                    name = f"{one.identifier}.{other.name}.{label}" if other.multiple else f"{one.identifier}.{other.name}"
                    yield Choice(id=name, layer=other.name, label=label, of=one.identifier)
            for other in _links(layer, codebook):
                found = getattr(one, _feature(other))
                for link in found.elements if found is not None else ():
                    ends = {"head": one.identifier, "tail": link.target.identifier}
                    identity = f"{one.identifier}.{other.name}.{link.role}.{link.target.identifier}"
                    yield Relation(id=identity, layer=other.name, label=link.role, **ends)
