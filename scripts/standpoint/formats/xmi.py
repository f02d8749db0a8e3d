"""UIMA CAS XMI, written by dkpro-cassis: ``<id>.xmi`` per article and ``TypeSystem.xml``, with layers as in INCEpTION.

A span layer is ``webanno.custom.<Layer>`` with a label, an identifier and one feature per answer about it (several answers
are an array of strings). Links are a slot feature with role and target. Sentences and tokens have the types of DKPro. Answers
about the article or an actor are ``webanno.custom.Answer`` at offset 0, because INCEpTION only has layers in the text. The split
is a field of the metadata, as DKPro has them. In the files, cassis counts UTF-16 units.

Of a file of INCEpTION or WebAnno, each annotation is a span, the feature that names it is its label, the other features are
answers about it, and slot features and relations are links. What taggers and parsers compute is left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from keyword import kwlist
from pathlib import Path
from typing import Any

from standpoint.codebook.types import Codebook
from standpoint.core.files import inside, unpacked
from standpoint.core.model import (
    Annotation,
    Choice,
    Issue,
    Relation,
    Span,
    StandpointError,
    choice_id,
    in_reading_order,
    needs_extra,
    relation_id,
)
from standpoint.formats import Account, Document, Names, Read
from standpoint.formats._tokens import tokens

LOSS = "the other fields of the article, but for its split"
TYPES = "TypeSystem.xml"
FILES = f"`<id>.xmi`, `{TYPES}`"
PREFIX = "webanno.custom."
ANSWER = f"{PREFIX}Answer"
SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
FIELD = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.MetaDataStringField"
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


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    """Write one file per article, and the type system."""
    with needs_extra("formats", "this format"):
        import cassis
    types = Types(codebook)
    system = _system(types, cassis)
    system.to_xml(folder / TYPES)
    for article in articles:
        _cas(article, types, system, cassis).to_xmi(inside(folder, f"{article.id}.xmi"))
    return Account()


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


def _cas(article: Document, types: Types, system: Any, cassis: Any) -> Any:
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = article.text, "text/plain"
    if article.split:
        cas.add(system.get_type(FIELD)(begin=0, end=0, key="split", value=article.split))
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


suffixes = (".xmi",)
DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
# What tools compute and nobody annotates here, and what describes the document.
COMPUTED = (
    f"{DKPRO}segmentation.", f"{DKPRO}metadata.", f"{DKPRO}lexmorph.", f"{DKPRO}syntax.", "uima.tcas.DocumentAnnotation",
    "de.tudarmstadt.ukp.clarin.webanno.api.type.",
)  # fmt: skip
# The folders of an exported project of INCEpTION have a file of each annotator for each document, and one before annotation.
PROJECT, INITIAL = ("annotation", "curation"), "INITIAL_CAS"
METADATA = "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata"  # of INCEpTION and WebAnno: it has the name of the annotator
LABEL_FEATURES = ("label", "value")
ENDS = ("Governor", "Dependent")  # of a relation: where the arrow begins, and where it ends
OWN = ("begin", "end", "sofa", "identifier", *ENDS)


def is_mine(head: bytes) -> bool:
    return re.search(rb"<xmi:XMI\b|http://www\.omg\.org/XMI", head[:2000]) is not None


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    """The document of a file, by the type system beside it, or by that of DKPro if there is none."""
    if path.name.partition(".")[0] == INITIAL:
        yield Issue(str(path), "DOCUMENT-INITIAL", "has the document before it was annotated; it is no annotation set", "note")
        return
    with needs_extra("formats", "this format"):
        import cassis
    beside = next((path.with_name(name) for name in (TYPES, "typesystem.xml") if path.with_name(name).is_file()), None)
    try:
        system = cassis.load_typesystem(beside) if beside else cassis.load_dkpro_core_typesystem()
        with unpacked(path) as file:
            cas = cassis.load_cas_from_xmi(file, system)
    except OSError:
        raise
    except Exception as error:  # whatever lxml and cassis raise at a damaged file, and at a type that is not in the type system
        message = f"{path}: is not readable as UIMA XMI: {type(error).__name__} {error}".replace("\n", " ")
        hint = "export it again as UIMA CAS XMI" if beside else f"put the {TYPES} of the export beside it"
        raise StandpointError(message, hint) from None
    yield _Reader(path, cas, codebook).read()


def _short(item: Any) -> str:
    """The name of an annotation's type without its package, as INCEpTION shows it."""
    return str(item.type.name.rpartition(".")[2])


class _Reader:
    """One file while it is read."""

    def __init__(self, path: Path, cas: Any, codebook: Codebook) -> None:
        self.path, self.cas, self.text = path, cas, cas.sofa_string or ""
        self.known = {label for layer in codebook.layers if layer.kind == "span" for label in layer.label_names}
        self.types = Types(codebook)
        self.ours = {self.types.type[layer.name]: layer for layer in self.types.spans}
        self.spans: dict[str, Span] = {}
        self.ids: dict[int, str] = {}  # the id of the span of each annotation, by its number in the file
        self.others: dict[str, Annotation] = {}
        self.unsaid: Counter[str] = Counter()
        self.computed: set[str] = set()

    def read(self) -> Read:
        parents = [folder.name for folder in self.path.parents][:3]
        annotator = self.path.name.partition(".")[0] if any(folder in PROJECT for folder in parents[1:]) else ""
        marks, relations, rest = [], [], []
        for item in sorted(self.cas.select_all_fs(), key=lambda one: one.xmiID):
            name = item.type.name
            if name == METADATA:
                annotator = self._value(item, "username") or annotator
            elif name.startswith(COMPUTED):
                self.computed.add(_short(item))
            elif name == ANSWER and all(item.type.get_feature(one) for one in ("layer", "of", "label")):
                self._answer(item.of or "", item.layer, item.label, identity=item.identifier)
            elif all(item.type.get_feature(one) for one in ENDS):
                relations.append(item)
            elif item.type.get_feature("begin") and type(item.begin) is type(item.end) is int:
                marks.append(item)
            elif item.type.get_feature("sofa"):
                rest.append(item)
        labels = [self._mark(item) for item in marks]
        for item, feature in zip(marks, labels, strict=True):
            self._features(item, self.ids[item.xmiID], feature)
        for item in relations:
            self._relation(item)
        for item in rest:  # INCEpTION's layers about the document
            self._features(item, "", "")
        for view in self.cas.views:
            if view.sofa.sofaID != "_InitialView":
                self.unsaid[f"view {view.sofa.sofaID}"] += len(view.get_all_fs())
        sentences = (
            tuple((item.begin, item.end) for item in self.cas.select(SENTENCE))
            if self.cas.typesystem.contains_type(SENTENCE)
            else ()
        )
        annotations = tuple(in_reading_order([*self.spans.values(), *self.others.values()]))
        document = Document(self.path.name.removesuffix(".gz").removesuffix(".xmi"), self.text, sentences, annotations)
        message = f"left out, as programs compute them or they describe the text: {', '.join(sorted(self.computed))}"
        remarks = (("ANNOTATION-COMPUTED", message),) if self.computed else ()
        return Read(where=str(self.path), document=document, annotator=annotator, unsaid=dict(self.unsaid), remarks=remarks)

    def _value(self, item: Any, feature: str) -> Any:
        return item.get(feature) if item.type.get_feature(feature) else None

    def _mark(self, item: Any) -> str:
        """Add the span of an annotation; returns the name of the feature that has its label."""
        features = {one.name: item.get(one.name) for one in item.type.all_features if one.name not in OWN}
        texts = {name: value for name, value in features.items() if isinstance(value, str)}
        named = [name for name in LABEL_FEATURES if name in texts]
        named += [name for name, value in texts.items() if value in self.known]
        if not named and len(texts) == 1:
            named = list(texts)
        layer = self.ours.get(item.type.name)
        name = layer.name if layer else _short(item)
        label = texts[named[0]] if named else _short(item)
        identity = self._value(item, "identifier")
        if not isinstance(identity, str) or identity in self.spans:
            identity = str(item.xmiID)
        self.ids[item.xmiID] = identity
        quote = self.text[item.begin : item.end]
        self.spans[identity] = Span(id=identity, layer=name, label=label, start=item.begin, end=item.end, quote=quote)
        return named[0] if named else ""

    def _features(self, item: Any, of: str, label: str) -> None:
        """Add the features of an annotation, but for its label: as answers, or as links to other annotations."""
        layer = self.ours.get(item.type.name)
        ours = {} if layer is None else {
            self.types.feature[layer.name, other.name]: other
            for other in (*self.types.answers[layer.name], *self.types.links[layer.name])
        }  # fmt: skip
        for feature in item.type.all_features:
            value = item.get(feature.name)
            if feature.name in (*OWN, label) or value is None or value == "":
                continue
            name = ours[feature.name].name if feature.name in ours else feature.name
            for one in getattr(value, "elements", None) or [] if hasattr(value, "elements") else [value]:
                target = self._value(one, "target") if hasattr(one, "type") and one.type.get_feature("target") else one
                if not hasattr(one, "type"):
                    self._answer(of, name, str(one).lower() if isinstance(one, bool) else str(one))
                elif target is not None and getattr(target, "xmiID", None) in self.ids and of:
                    self._link(of, name, self._value(one, "role") or "", self.ids[target.xmiID])
                else:
                    self.unsaid[name] += 1

    def _answer(self, of: str, layer: str, label: str, identity: str | None = None) -> None:
        known = self.types.by_name.get(layer)
        identity = identity or choice_id(of, layer, label, known is None or known.multiple)
        if identity in self.others:  # a second answer where the codebook has one: import reports it
            identity = choice_id(of, layer, label, multiple=True)
        self._add(Choice(id=identity, layer=layer, label=label, of=of))

    def _link(self, head: str, layer: str, label: str, tail: str) -> None:
        self._add(Relation(id=relation_id(head, layer, label, tail), layer=layer, label=label, head=head, tail=tail))

    def _add(self, item: Choice | Relation) -> None:
        if item.id in self.others:
            self.unsaid[f"{item.label or item.layer}, again at its place,"] += 1
        self.others[item.id] = item

    def _relation(self, item: Any) -> None:
        head, tail = (self.ids.get(getattr(item.get(name), "xmiID", -1)) for name in ENDS)
        texts = [item.get(one.name) for one in item.type.all_features if one.name not in OWN]
        label = next((text for text in texts if isinstance(text, str) and text), "")
        if head is None or tail is None:
            self.unsaid[_short(item)] += 1
        else:
            self._link(head, _short(item), label, tail)
