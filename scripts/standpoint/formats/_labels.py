"""What the names of another tool's file are in the codebook.

A label is found by its name, by the text on the page (``show``), by a name that differs in capitals, blanks and marks only, or
by the ``maps`` of a label to other schemes, in this order. The user may state what a name is, or that it is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from standpoint.codebook.types import NEW, Codebook, Layer
from standpoint.codebook.validate import may_link, nearest
from standpoint.core.model import Choice, Issue, Relation, Span, StandpointError

Found = tuple[str, str]  # a layer of the codebook and its label
# Why an annotation is not imported: the code of the Issue, and the advice after it.
UNKNOWN, UNSAID, DANGLING = "LABEL-UNKNOWN", "ANNOTATION-UNSAID", "ANNOTATION-DANGLING"
ADVICE = {
    UNKNOWN: "; --map '{0}=LAYER:LABEL' says what it is, --map '{0}=' leaves it out",
    UNSAID: "annotation sets have no place for it; --map '{0}=' leaves it out",
    DANGLING: "a span that it is about is not imported",
}


def folded(name: str) -> str:
    """A name without capitals, blanks and marks. Of a qualified name, such as webanno.custom.Events, the last part."""
    return re.sub(r"[\W_]", "", re.split(r"[.:]", name)[-1] or name).casefold()


def _exact(layer: Layer, label: str) -> Iterator[str]:
    if layer.present(label) in layer.by_name:
        yield layer.present(label)


def _shown(layer: Layer, label: str) -> Iterator[str]:
    yield from (one.name for one in layer.labels if one.show == label)


def _alike(layer: Layer, label: str) -> Iterator[str]:
    sought = re.sub(r"[\W_]", "", label).casefold()
    yield from (one.name for one in layer.labels if re.sub(r"[\W_]", "", one.name).casefold() == sought != "")


def _mapped(layer: Layer, label: str) -> Iterator[str]:
    for one in layer.labels:
        values = (value if isinstance(value, list) else [value] for value in one.maps.values())
        if any(label in names for names in values):
            yield one.name


WAYS: tuple[Callable[[Layer, str], Iterator[str]], ...] = (_exact, _shown, _alike, _mapped)


class Labels:
    """Finds the annotations of a file in the codebook. What is not found is counted, and ``issues`` tells it."""

    def __init__(self, codebook: Codebook, actors: Collection[str] = (), stated: Mapping[str, str] | None = None) -> None:
        """``actors``: the ids of the registry. ``stated``: what a name of the file is, as LAYER:LABEL, LAYER or LABEL; or ""."""
        self.codebook, self.actors, self.stated = codebook, actors, stated or {}
        self.refused: Counter[tuple[str, str, str]] = Counter()  # by name, code and reason
        self.left_out: Counter[str] = Counter()
        self.read_as: Counter[tuple[str, str]] = Counter()
        for theirs, ours in self.stated.items():
            layer, _, label = ours.partition(":")
            known = layer in codebook.by_name and (not label or label in codebook.by_name[layer].by_name or self._free(layer))
            if ours and not known and not any(ours in one.by_name for one in codebook.layers):
                hint = "write THEIRS=LAYER:LABEL, THEIRS=LABEL or THEIRS=LAYER; THEIRS= leaves it out"
                raise StandpointError(f"--map {theirs}={ours}: the codebook has no such layer or label", hint)

    def _free(self, layer: str) -> bool:
        """Whether the labels of a layer are not listed in the codebook: actors, or typed texts."""
        return not self.codebook.by_name[layer].labels

    def span(self, item: Span) -> Span | None:
        """The span with the codebook's names."""
        layers = [layer for layer in self.codebook.layers if layer.kind == "span"]
        found = self._find(layers, item.layer, item.label)
        return replace(item, layer=found[0], label=found[1]) if found else None

    def choice(self, item: Choice, about: Span | None) -> Choice | None:
        """The answer with the codebook's names. ``about``: the span that it is about, with the codebook's names."""
        answers = [layer for layer in self.codebook.layers if layer.kind in ("choice", "text", "number")]
        if about:
            layers = [layer for layer in answers if layer.of == about.layer]
        else:
            layers = [layer for layer in answers if not layer.of and bool(layer.for_each) == bool(item.of)]
        found = self._find(layers, item.layer, item.label, item.layer)
        return replace(item, layer=found[0], label=found[1]) if found else None

    def relation(self, item: Relation, head: Span, tail: Span) -> Relation | Choice | None:
        """The relation with the codebook's names. A role whose filler is an actor may be an answer about the head."""
        role = item.label or item.layer
        for name in dict.fromkeys((role, role.rstrip("0123456789"))):  # brat counts repeated roles: Place, Place2
            for layer in self.codebook.attributes_of(head.layer):
                if layer.kind == "choice" and folded(layer.name) == folded(self.stated.get(name, name)):
                    found = next((label for way in WAYS for label in way(layer, tail.label)), None)
                    if found is None and layer.labels_from and self._is_actor(tail.label):
                        found = tail.label
                    if found is not None:
                        return Choice(id=item.id, layer=layer.name, label=found, of=head.id)
        links = [layer for layer in self.codebook.layers if layer.kind == "relation"]
        fitting = [one for one in links if may_link(one, head.layer, tail.layer) or may_link(one, tail.layer, head.layer)]
        names = [role, role.rstrip("0123456789")] if item.label else [role]
        known = next((name for name in names if any(self._ways(fitting or links, item.layer, name))), role)
        match = self._find(fitting or links, item.layer, known)
        return replace(item, layer=match[0], label=match[1]) if match else None

    def refuse(self, name: str, code: str, count: int = 1) -> None:
        """Count annotations that cannot be imported, unless the user left out their name."""
        if self.stated.get(name) == "":
            self.left_out[name] += count
        else:
            self.refused[name, code, ""] += count

    def _is_actor(self, label: str) -> bool:
        return label in self.actors or label.startswith(NEW)

    def _ways(self, layers: Sequence[Layer], layer_name: str, label: str) -> Iterator[tuple[Callable, list[Found]]]:
        """Each way that finds the label in one of the layers, or in the layer that the file names, and what it finds."""
        named = [layer for layer in layers if layer_name in (layer.name, *self._former(layer))]
        named = named or [layer for layer in layers if layer_name and folded(layer.name) == folded(layer_name)]
        for way in WAYS:
            found = [(layer.name, one) for layer in named or layers for one in way(layer, label)]
            if way is _exact and self._is_actor(label):
                found += [(layer.name, label) for layer in named or layers if layer.labels_from]
            if way is _exact:
                found += [
                    (layer.name, label)
                    for layer in named
                    if layer.kind == "text" or (layer.kind == "number" and layer.allows(label))
                ]
            if found:
                yield way, found

    def _former(self, layer: Layer) -> Iterator[str]:
        return (old for old, now in self.codebook.retired.items() if now == layer.name)

    def _find(self, layers: Sequence[Layer], layer_name: str, label: str, told_as: str = "") -> Found | None:
        """The layer and label. What is not found is counted, under ``told_as``, or under its own name."""
        full = f"{layer_name}:{label}" if layer_name and label else layer_name or label
        key = next((key for key in (full, label, layer_name) if key in self.stated and (key or not full)), None)
        if key is not None:
            if not self.stated[key]:
                self.left_out[key] += 1
                return None
            first, _, second = self.stated[key].partition(":")
            if first in self.codebook.by_name:
                layer_name, label = first, second or label
            else:
                layer_name, label = "", self.stated[key]
        elif ":" in label and label.partition(":")[0] in self.codebook.by_name:
            layer_name, _, label = label.partition(":")
        way, found = next(self._ways(layers, layer_name, label), (None, []))
        if len(found) == 1:
            if way is not _exact or label != found[0][1]:
                self.read_as[full, ":".join(found[0])] += 1
            return found[0]
        if found:
            reason = f"it may be {' or '.join(':'.join(one) for one in found)}"
        else:
            known = nearest(label, (name for layer in layers for name in layer.label_names))
            reason = f"the codebook has no such label here{f', should be {known}?' if known else ''}"
        self.refused[told_as or full[:80], UNKNOWN, reason] += 1
        return None

    def issues(self, where: str) -> Iterator[Issue]:
        """What was not imported, each name once, and what was imported under another name."""
        for (name, code, reason), count in self.refused.items():
            yield Issue(where, code, f"{name!r}, {count} time(s), is not imported: {reason}{ADVICE[code].format(name)}")
        for name, count in self.left_out.items():
            yield Issue(where, "LABEL-OMITTED", f"{name!r}, {count} time(s), is left out, as --map says", "note")
        for (name, ours), count in self.read_as.items():
            yield Issue(where, "LABEL-READ", f"{name!r}, {count} time(s), is imported as {ours}", "note")
