"""UIMA CAS XMI, written by dkpro-cassis: ``<id>.xmi`` per article and ``TypeSystem.xml``, with layers as in INCEpTION.

A span layer is ``webanno.custom.<Layer>`` with a label, an identifier and one feature per answer about it (several answers
are an array of strings). Links are a slot feature with role and target. Sentences and tokens have the types of DKPro. Answers
about the article or an actor are ``webanno.custom.Answer`` at offset 0, because INCEpTION only has layers in the text. In the
files, cassis counts UTF-16 units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from keyword import kwlist
from pathlib import Path
from typing import Any

from standpoint.codebook.types import Codebook
from standpoint.core.files import inside
from standpoint.core.model import Choice, Relation, Span, needs_extra
from standpoint.export import ExportedArticle, Names, tokens

LOSS = "the other fields of the article"
PREFIX = "webanno.custom."
ANSWER = f"{PREFIX}Answer"
SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"
STRING, STRINGS, ANNOTATION, ARRAY = "uima.cas.String", "uima.cas.StringArray", "uima.tcas.Annotation", "uima.cas.FSArray"
# The features of every annotation, and the attributes of cassis's objects: no feature of a layer may have such a name.
TAKEN = ("begin", "end", "sofa", "label", "identifier", "self", "type", "xmiID", "value", "get", "set", *kwlist)


class Types:
    """The names of the codebook's layers in the type system."""

    def __init__(self, codebook: Codebook) -> None:
        names: Names[str | tuple[str, str]] = Names([ANSWER], r"[^A-Za-z0-9_.]")
        self.spans = [layer for layer in codebook.layers if layer.kind == "span"]
        self.by_name = codebook.by_name
        self.answers = {layer.name: codebook.attributes_of(layer.name) for layer in self.spans}
        self.links = {layer.name: [other for other in codebook.layers if other.starts_on(layer.name)] for layer in self.spans}
        self.type = {layer.name: names.of(layer.name, PREFIX + _camel(layer.name)) for layer in self.spans}
        self.feature: dict[tuple[str, str], str] = {}
        self.link: dict[tuple[str, str], str] = {}
        for layer in self.spans:
            features: Names[str] = Names(TAKEN, "[^A-Za-z0-9_]")
            for other in (*self.answers[layer.name], *self.links[layer.name]):
                self.feature[layer.name, other.name] = features.of(other.name, _word(other.name))
            for other in self.links[layer.name]:
                wanted = f"{self.type[layer.name]}{_camel(other.name)}Link"
                self.link[layer.name, other.name] = names.of((layer.name, other.name), wanted)


def _word(name: str) -> str:
    """A name that begins with an ASCII letter: it becomes the name of an XML element or, in cassis, of an attribute."""
    return name if name[0].isascii() and name[0].isalpha() else f"x{name}"


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in _word(name).split("_"))


def write(articles: Iterable[ExportedArticle], codebook: Codebook, folder: Path) -> None:
    """Write one file per article, and the type system."""
    with needs_extra("formats", "this format"):
        import cassis
    types = Types(codebook)
    system = _system(types, cassis)
    system.to_xml(folder / "TypeSystem.xml")
    for article in articles:
        _cas(article, types, system, cassis).to_xmi(inside(folder, f"{article.id}.xmi"))


def _system(types: Types, cassis: Any) -> Any:
    system = cassis.load_dkpro_core_typesystem()
    answer = system.create_type(ANSWER, ANNOTATION)
    for name in ("layer", "of", "label", "identifier"):
        system.create_feature(answer, name, STRING)
    for layer in types.spans:
        annotation = system.create_type(types.type[layer.name], ANNOTATION)
        system.create_feature(annotation, "label", STRING)
        system.create_feature(annotation, "identifier", STRING)
        for other in types.answers[layer.name]:
            system.create_feature(annotation, types.feature[layer.name, other.name], STRINGS if other.multiple else STRING)
        for other in types.links[layer.name]:
            link = system.create_type(types.link[layer.name, other.name], "uima.cas.TOP")
            system.create_feature(link, "role", STRING)
            system.create_feature(link, "target", ANNOTATION)
            system.create_feature(annotation, types.feature[layer.name, other.name], ARRAY, elementType=link.name)
    return system


def _cas(article: ExportedArticle, types: Types, system: Any, cassis: Any) -> Any:
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = article.text, "text/plain"
    for start, end in article.sentences:
        cas.add(system.get_type(SENTENCE)(begin=start, end=end))
        cas.add_all([system.get_type(TOKEN)(begin=left, end=right) for left, right in tokens(article.text, start, end)])
    spans = {item.id: item for item in article.annotations if isinstance(item, Span)}
    annotations = {
        name: system.get_type(types.type[item.layer])(begin=item.start, end=item.end, label=item.label, identifier=name)
        for name, item in spans.items()
    }
    lists: dict[tuple[str, str, str], list[Any]] = defaultdict(list)  # by id of the span, name of the feature, type of the list
    for item in article.annotations:
        if isinstance(item, Choice) and item.of not in spans:
            fields = {"layer": item.layer, "of": item.of, "label": item.label, "identifier": item.id}
            cas.add(system.get_type(ANSWER)(begin=0, end=0, **fields))
        elif isinstance(item, Choice):
            feature = types.feature[spans[item.of].layer, item.layer]
            if types.by_name[item.layer].multiple:
                lists[item.of, feature, STRINGS].append(item.label)
            else:
                setattr(annotations[item.of], feature, item.label)
        elif isinstance(item, Relation):
            key = spans[item.head].layer, item.layer
            link = system.get_type(types.link[key])(role=item.label, target=annotations[item.tail])
            lists[item.head, types.feature[key], ARRAY].append(link)
    for (name, feature, kind), values in lists.items():
        setattr(annotations[name], feature, system.get_type(kind)(elements=values))
    cas.add_all(annotations.values())
    return cas
