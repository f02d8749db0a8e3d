"""brat stand-off: ``<id>.txt`` and ``<id>.ann`` per article, in a folder per split, with ``annotation.conf`` and ``labels.tsv``.

Spans are text-bound annotations, in fragments if they contain a line break, as brat requires. Events are E lines: a trigger and
its arguments (``_events``). Answers of one value about a span are attributes; other answers of several values and typed answers
are notes on the span; links that do not begin on an event are relations. ``labels.tsv`` has the layer and label of each name.
(brat standoff format and configuration, brat.nlplab.org.)

What others write is read as follows. An event is its trigger, and each role is a link from the trigger. A normalisation is an
answer with the name of its type, and the entry as its label; a note is one with the name of its type. An attribute without a
value has its own name as the label. A span whose fragments have only blanks between them is one stretch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.types import ANY, Codebook, Layer
from standpoint.core.files import inside, unpacked
from standpoint.core.model import Annotation, Choice, Issue, Relation, Span, choice_id, in_reading_order, relation_id
from standpoint.formats import Account, Document, Names, Place, Read
from standpoint.formats._events import Argument, EventLayers

LOSS = (
    "answers about the article or about an actor, annotation ids, sentences, the other fields of the article but for its split, "
    "line breaks at the ends of spans, and spans of line breaks only with the annotations that refer to them; the mention of an "
    "actor in a role is derived: the nearest in the sentence, otherwise the first in the article"
)
FILES = "`<split>/<id>.txt`, `<split>/<id>.ann`, `annotation.conf`, `labels.tsv`"
LABELS = "labels.tsv"
NOTE = "AnnotatorNotes"
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}  # a note is one line
TypeNames = Names[tuple[str, str]]  # the names of (layer, label); the name of an attribute is that of (layer, "")


def write(articles: Iterable[Document], codebook: Codebook, folder: Path) -> Account:
    """Write two files per article, annotation.conf and labels.tsv. brat uses the configuration in the folder above, too."""
    account, names, layers = Account(), TypeNames(), EventLayers(codebook)
    for layer in codebook.layers:
        is_role = layer.name in layers.questions | layers.links
        for label in ("", *layer.label_names):
            wanted = f"{layer.name}-{label}" if label else layer.name
            # brat takes digits at the end of a role for its number.
            names.of((layer.name, label), f"{wanted}_" if is_role and wanted[-1].isdigit() else wanted)
    for article in articles:
        beside = inside(folder, article.split) if article.split else folder
        beside.mkdir(exist_ok=True)
        inside(beside, f"{article.id}.txt").write_bytes(article.text.encode())
        lines = _Lines(article, layers, names, account)
        inside(beside, f"{article.id}.ann").write_bytes("".join(f"{line}\n" for line in lines.all()).encode())
        account.carry(article, lines.carried)
    # After the articles, so that labels that only they have, such as actors, are included.
    rows = sorted(f"{name}\t{layer}\t{label}\n" for (layer, label), name in names.names.items())
    (folder / LABELS).write_text("".join(rows), encoding="utf-8", newline="\n")
    (folder / "annotation.conf").write_text(_configuration(names.names, layers), encoding="utf-8", newline="\n")
    return account


def _type_name(names: TypeNames, layer: str, label: str = "") -> str:
    """The name of a label of a layer, or of the layer itself."""
    return names.of((layer, label), f"{layer}-{label}" if label else layer)


class _Lines:
    """The lines of an article. ``carried``: the ids of the annotations that they have."""

    def __init__(self, article: Document, layers: EventLayers, names: TypeNames, account: Account) -> None:
        self.article, self.layers, self.names, self.account = article, layers, names, account
        self.numbers: dict[str, str] = {}  # the id in the file of each span; of an event, that of its E line
        self.carried: set[str] = set()

    def all(self) -> Iterator[str]:
        spans: dict[str, Span] = {}
        triggers: dict[str, str] = {}
        for item in self.article.annotations:
            if not isinstance(item, Span):
                continue
            # A fragment cannot contain a line break.
            lines = re.finditer(r"[^\n]+", self.article.text[item.start : item.end])
            if fragments := [(item.start + line.start(), item.start + line.end()) for line in lines]:
                spans[item.id] = item
                number = self.numbers[item.id] = f"T{len(spans)}"
                places = ";".join(f"{start} {end}" for start, end in fragments)
                words = " ".join(self.article.text[start:end] for start, end in fragments)
                yield f"{number}\t{_type_name(self.names, item.layer, item.label)} {places}\t{words}"
                if item.layer in self.layers.events:
                    triggers[item.id] = number
                    self.numbers[item.id] = f"E{len(triggers)}"
        self.carried.update(spans)
        for trigger, arguments in self.layers.events_of(self.article, spans):
            kind = _type_name(self.names, trigger.layer, trigger.label)
            parts = [f"{kind}:{triggers[trigger.id]}", *self._arguments(arguments)]
            yield f"{self.numbers[trigger.id]}\t{' '.join(parts)}"
        yield from self._rest()

    def _arguments(self, arguments: list[Argument]) -> Iterator[str]:
        """The arguments of an event. brat counts those of one role: place, place2."""
        counts: Counter[str] = Counter()
        self.carried.update(one.said.id for one in arguments)
        self.account.derived.update(one.said.layer for one in arguments if one.is_derived)
        for one in arguments:
            role = _type_name(self.names, one.said.layer, "" if one.is_derived else one.role)
            counts[role] += 1
            yield f"{role}{counts[role] if counts[role] > 1 else ''}:{self.numbers[one.filler.id]}"

    def _rest(self) -> Iterator[str]:
        """The answers and links that are no arguments."""
        counts: Counter[str] = Counter()
        for item in self.article.annotations:
            if item.id in self.carried:
                continue
            if isinstance(item, Choice) and item.of in self.numbers:
                letter, rest = _answer(item, self.layers.codebook.by_name[item.layer], self.numbers[item.of], self.names)
            elif isinstance(item, Relation) and item.head in self.numbers and item.tail in self.numbers:
                name = _type_name(self.names, item.layer, item.label)
                letter, rest = "R", f"{name} Arg1:{self.numbers[item.head]} Arg2:{self.numbers[item.tail]}"
            else:
                continue
            self.carried.add(item.id)
            counts[letter] += 1
            yield f"{letter}{counts[letter]}\t{rest}"


def _answer(item: Choice, layer: Layer, of: str, names: TypeNames) -> tuple[str, str]:
    """The letter of an answer's line, and the rest of the line after the number."""
    if layer.multiple or layer.kind in ("text", "number"):
        label = "".join(ESCAPES.get(character, character) for character in item.label)
        return "#", f"{NOTE} {of}\t{_type_name(names, layer.name)}={label}"
    return "A", f"{_type_name(names, layer.name)} {of} {_type_name(names, layer.name, item.label)}"


def _configuration(names: Mapping[tuple[str, str], str], layers: EventLayers) -> str:
    """annotation.conf: all labels, what an attribute may be about, what an event and a relation may link. Spans may overlap."""
    codebook, labels = layers.codebook, dict[str, list[str]]()
    for layer in codebook.layers:
        types = [name for (layer_name, label), name in names.items() if label and layer_name == layer.name]
        labels[layer.name] = types if layer.labels else sorted(types)  # actors are in the order of the articles
    used = [layer for layer in codebook.layers if labels[layer.name]]
    spans, relations, choices = ([layer for layer in used if layer.kind == kind] for kind in ("span", "relation", "choice"))
    ends = {layer.name: "|".join(labels[layer.name]) for layer in spans} | {ANY: "<ENTITY>|<EVENT>"}
    mentions = "|".join(ends[layer.name] for layer in layers.mentions if layer.name in ends)

    def roles(event: Layer) -> Iterator[str]:
        for other in codebook.layers:
            if other.of == event.name and other.name in layers.questions and mentions:
                yield f"{names[other.name, '']}*:{mentions}"
            elif other.head == event.name and other.tail in ends:
                yield from (f"{name}*:{ends[other.tail]}" for name in labels[other.name])

    parts: dict[str, Iterable[str]] = {
        "entities": (name for layer in spans if layer.name not in layers.events for name in labels[layer.name]),
        "relations": (
            "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
            *(
                f"{name}\tArg1:{ends[layer.head]}, Arg2:{ends[layer.tail]}"
                for layer in relations
                if layer.head in ends and layer.tail in ends and layer.name not in layers.links
                for name in labels[layer.name]
            ),
        ),
        "events": (
            f"{name}\t{', '.join(roles(layer))}" for layer in spans if layer.name in layers.events for name in labels[layer.name]
        ),
        "attributes": (
            f"{names[layer.name, '']}\tArg:{ends[layer.of]}, Value:{'|'.join(labels[layer.name])}"
            for layer in choices
            if layer.of in ends and not layer.multiple
        ),
    }
    return "\n".join(line for part, lines in parts.items() for line in (f"[{part}]", *lines, ""))


suffixes = (".ann",)
# The lines of a file: text-bound, relation, event, attribute, modification, normalisation, note, and what has no id.
LINE = re.compile(r"(?P<id>[TREAMN]\d+|#\d+|\*)\t(?P<kind>\S+)(?P<arguments>[^\t]*)(?:\t(?P<words>.*))?", re.DOTALL)
UNESCAPED = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r"}


def is_mine(head: bytes) -> bool:
    return re.match(rb"T\d+\t\S+ \d+ \d|[RAMN#]\d+\t\S+ \S*\d|E\d+\t\S+:T\d|\*\t\S+ T\d", head) is not None


class Line(NamedTuple):
    """A line of a file: T1, its type, what follows the type, and the words after the second tab."""

    where: str
    id: str
    kind: str
    arguments: list[str]
    words: str


def text_beside(path: Path) -> Path:
    """The file with the text of an .ann file."""
    return path.with_name(f"{path.name.removesuffix('.gz').removesuffix('.ann')}.txt")


def read(path: Path, codebook: Codebook) -> Iterator[Read | Issue]:
    """The document of an .ann file, with the text of the .txt file beside it."""
    beside = text_beside(path)
    if not beside.is_file():
        yield Issue(str(path), "DOCUMENT-FORMAT", f"has no text; {beside.name} should be beside it")
        return
    with unpacked(path) as file:
        lines = file.read().decode("utf-8-sig").split("\n")
    known = next((folder / LABELS for folder in (path.parent, path.parent.parent) if (folder / LABELS).is_file()), None)
    yield _Standoff(path, beside.read_bytes().decode("utf-8"), _types(known) if known else {}).read(lines)


def _types(path: Path) -> dict[str, tuple[str, str]]:
    """The layer and label of each name, of a file that ``write`` has written."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").split("\n"))
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


class _Standoff:
    """One file while it is read: spans by id, then what is about them."""

    def __init__(self, path: Path, text: str, types: Mapping[str, tuple[str, str]]) -> None:
        self.path, self.text, self.types = path, text, types
        self.spans: dict[str, Span] = {}
        self.triggers: dict[str, str] = {}  # event -> the span that is its trigger
        self.fragments: dict[str, tuple[Place, ...]] = {}
        self.others: dict[str, Annotation] = {}
        self.refused: list[Issue] = []
        self.unsaid: Counter[str] = Counter()

    def read(self, lines: Iterable[str]) -> Read:
        read: dict[str, list[Line]] = {}
        for number, text in enumerate(lines, 1):
            if match := LINE.fullmatch(text.rstrip("\r")):
                line = Line(
                    f"{self.path}:{number}", match["id"], match["kind"], match["arguments"].split(" "), match["words"] or ""
                )
                read.setdefault(line.id[0], []).append(line)
            elif text.strip():
                self._refuse(f"{self.path}:{number}", f"{text[:60]!r} is no line of brat's standoff format")
        for line in read.get("T", []):
            self._span(line)
        for line in read.get("E", []):
            self._trigger(line)
        for line in read.get("E", []):
            self._roles(line)
        for line in read.get("R", []):
            ends = [self._span_of(argument.partition(":")[2]) for argument in line.arguments if argument]
            if len(ends) == 2 and all(ends):
                self._link(line.kind, ends[0], ends[1])
            else:
                self._refuse(line.where, f"{line.id} should link two annotations of the file")
        for line in (*read.get("A", []), *read.get("M", []), *read.get("N", []), *read.get("#", [])):
            self._answer_about(line)
        self.unsaid.update(line.kind for line in read.get("*", []))
        annotations = tuple(in_reading_order([*self.spans.values(), *self.others.values()]))
        return Read(
            where=str(self.path),
            document=Document(self.path.name.removesuffix(".gz").removesuffix(".ann"), self.text, (), annotations),
            fragments=self.fragments,
            refused=tuple(self.refused),
            unsaid=dict(self.unsaid),
        )

    def _refuse(self, where: str, message: str) -> None:
        self.refused.append(Issue(where, "ANNOTATION-FORMAT", message))

    def _span(self, line: Line) -> None:
        pairs = [part.split() for part in " ".join(line.arguments).split(";")]
        if line.id in self.spans or not all(len(pair) == 2 and all(one.isdecimal() for one in pair) for pair in pairs):
            return self._refuse(line.where, f"{line.id} should stand once, with a start and an end for each fragment")
        places = sorted((int(start), int(end)) for start, end in pairs)
        start, end = places[0][0], max(end for _, end in places)
        if any(self.text[before:after].strip() for (_, before), (after, _) in pairwise(places)):
            self.fragments[line.id] = tuple(places)
        # brat writes fragments with a blank between them, and so does who cannot write a line break.
        is_whole = len(places) > 1 and line.words.split() == " ".join(self.text[slice(*place)] for place in places).split()
        quote = self.text[start:end] if is_whole or not line.words else line.words
        layer, label = self.types.get(line.kind, ("", line.kind))
        self.spans[line.id] = Span(id=line.id, layer=layer, label=label, start=start, end=end, quote=quote)

    def _trigger(self, line: Line) -> None:
        kind, _, trigger = line.kind.partition(":")
        if trigger not in self.spans:
            return self._refuse(line.where, f"{line.id} should have a trigger that is in the file")
        if trigger in self.triggers.values():
            self.unsaid[f"{kind}, another event with the same trigger,"] += 1
        else:
            self.triggers[line.id] = trigger

    def _roles(self, line: Line) -> None:
        for argument in filter(None, line.arguments):
            role, _, filler = argument.partition(":")
            if line.id in self.triggers and (tail := self._span_of(filler)):
                self._link(role, self.triggers[line.id], tail)
            else:
                message = f"role {role} of {line.id} should link an event with a trigger of its own to an annotation of the file"
                self._refuse(line.where, message)

    def _span_of(self, name: str) -> str:
        """The id of the span with a name; of an event, that of its trigger; "" if there is none."""
        found = self.triggers.get(name, name)
        return found if found in self.spans else ""

    def _link(self, kind: str, head: str, tail: str) -> None:
        known = kind
        while known not in self.types and known[-1:].isdigit():
            known = known[:-1]  # brat counts the arguments of one role
        layer, label = self.types.get(known, ("", kind))
        if layer and not label:  # a role that is an answer: the actor whose mention the argument is
            actor = self.spans[tail].label
            return self._add(Choice(id=choice_id(head, layer, actor, multiple=True), layer=layer, label=actor, of=head))
        self._add(Relation(id=relation_id(head, layer, label, tail), layer=layer, label=label, head=head, tail=tail))

    def _answer_about(self, line: Line) -> None:
        """An attribute, a normalisation or a note."""
        target, *values = [argument for argument in line.arguments if argument] or [""]
        of = self._span_of(target)
        if not of:
            self.unsaid[f"{line.kind}, about no span,"] += 1
            return
        name, _, note = line.words.partition("=")
        if line.id[0] == "#" and name in self.types:
            layer, label = self.types[name][0], re.sub(r"\\(.)", lambda match: UNESCAPED.get(match[1], match[0]), note)
        elif line.id[0] == "#":
            layer, label = line.kind, line.words
        elif line.id[0] == "N":
            layer, label = line.kind, " ".join(values)
        else:
            value = " ".join(values)
            layer, label = self.types.get(value, (line.kind, value or line.kind))
        self._add(Choice(id=choice_id(of, layer, label, multiple=True), layer=layer, label=label, of=of))

    def _add(self, item: Choice | Relation) -> None:
        if item.id in self.others:
            self.unsaid[f"{item.label}, again at its place,"] += 1
        self.others[item.id] = item
