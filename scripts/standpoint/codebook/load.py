"""Read the codebook and the changelog of the guidelines strictly: every mistake is one line with its place.

The changelog says which version changed what a label means. Under ``## VERSION``, each bullet begins with the kind of change and,
unless that is wording, what it is about:

    - **meaning narrowed** `events/territory.loss`: a retreat in good order is no longer a loss.
    - **wording**: clearer examples of status.

The kinds are ``KINDS``. A layer without a label (`stance`) means all its labels.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook import kinds
from standpoint.codebook.crosswalk import counterpart_of
from standpoint.codebook.hotkeys import NO_KEYS, check_hotkeys
from standpoint.codebook.registry import Registry, load_registry, read_switched_off
from standpoint.codebook.types import DISTRIBUTION, MEDIAN, Codebook, Layer, check_names
from standpoint.core.files import read_text
from standpoint.core.model import AnnotationSet, StandpointError
from standpoint.core.project import CODEBOOK_PATTERN, Project, parse_codebook_version
from standpoint.core.yaml_files import load_as, read_yaml


def open_codebook(project: Project) -> tuple[Codebook, Registry]:
    """The codebook and the registry of a project, which are read again only if a file has changed."""
    paths = (project.codebook, project.actors, project.switched_off)
    return _opened(*paths, *(path.stat().st_mtime_ns if path.exists() else 0 for path in paths))


@lru_cache(maxsize=4)
def _opened(codebook_path: Path, actors_path: Path, off_path: Path, *_: int) -> tuple[Codebook, Registry]:
    codebook = load_codebook(codebook_path)
    registry = load_registry(actors_path, tuple(label.name for label in codebook.actor_classes))
    return codebook, replace(registry, off=frozenset(read_switched_off(off_path)))


GAMMA = "gamma"
MEAN_DISTANCE = "mean distance"
SHARE = "share at distance {:g}"
WITHIN_ONE = "share within one step"  # only in qualifications: the sum of the shares at distance 0 and 1
TYPED = "not compared"


def statistics_of(layer: Layer) -> tuple[str, ...]:
    """The names of a layer's statistics, in the order of the report."""
    links = [name for where in ("end to end", "on matched spans") for name in (f"F1 {where}", f"F1 {where}, any label")]
    if layer.kind == "span":
        names = [name for how in ("exact", "overlap", "token") for name in (f"F1 {how}", f"F1 {how}, any label")]
        if not layer.multiple:  # the others compare one label for each place
            names += ["alpha of matched labels"]
            names += ["alpha of matched groups"] if any(label.group for label in layer.labels) else []
            names += ["Cohen's kappa of matched labels", "Fleiss' kappa of matched labels"]
            names += ["LEA", "CEAFe"] if layer.labels_from else []
        names += ["alpha U", "alpha U, any label"] if layer.overlaps == "none" else []  # it is for disjoint units
        names += [GAMMA]
    elif layer.kind == "relation":
        names = links
    elif layer.kind == "number":
        names = ["alpha interval", "raw agreement", MEAN_DISTANCE]
    elif layer.kind != "choice":
        names = [TYPED]
    elif layer.multiple:
        names = ["F1 of (place, label)", *(links if layer.of else ())]
    else:
        names = ["alpha ordinal", "alpha interval"] if layer.ordinal else []
        names += ["alpha nominal"]
        names += ["alpha nominal of signs"] if has_signs(layer) else []
        names += ["alpha nominal, default or not"] if layer.default and len(layer.labels) > 2 else []
        names += ["Cohen's kappa", *(["Cohen's kappa, quadratic weights"] if layer.ordinal else ())]
        names += ["Fleiss' kappa", "raw agreement", *(["F1 end to end"] if layer.of else ())]
        names += [MEAN_DISTANCE, *map(SHARE.format, distances(layer))] if layer.ordinal else []
    return tuple(names)


def distances(layer: Layer) -> tuple[float, ...]:
    """The possible distances between two answers on an ordinal layer's scale, ascending."""
    pairs = combinations_with_replacement(layer.labels, 2)
    return tuple(sorted({round(abs((first.value or 0) - (second.value or 0)), 9) for first, second in pairs}))


def has_signs(layer: Layer) -> bool:
    """Whether an ordinal layer's scale has a negative and a positive side."""
    values = [label.value or 0 for label in layer.labels if layer.ordinal]
    return min(values, default=0) < 0 < max(values, default=0)


def check_targets(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All problems of a codebook's targets and qualification, as (path in the YAML, problem)."""
    for key, targets in (("targets", codebook.targets), ("qualification", codebook.qualification)):
        seen: set[tuple[str, str]] = set()
        for number, target in enumerate(targets):
            where, layer = f"{key}[{number}]", codebook.by_name.get(target.layer)
            if layer is None:
                yield f"{where}.layer", f"no layer is called {target.layer!r}"
                continue
            known = [name for name in statistics_of(layer) if name not in (TYPED, MEAN_DISTANCE) and not name.startswith("share")]
            known += [WITHIN_ONE] if key == "qualification" and layer.ordinal else []
            if target.statistic not in known:
                yield f"{where}.statistic", f"{target.statistic!r} is not a statistic of layer {layer.name}; there are {known}"
            if not 0 < target.value <= 1:
                yield f"{where}.value", f"{target.value} should be above 0 and at most 1"
            if (target.layer, target.statistic) in seen:
                yield where, f"{target.statistic!r} of {target.layer} already has a target"
            seen.add((target.layer, target.statistic))


def check_crosswalks(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All problems of the crosswalks, as (path in the YAML, problem)."""
    yield from _repeated("crosswalks", (crosswalk.name for crosswalk in codebook.crosswalks))
    for number, crosswalk in enumerate(codebook.crosswalks):
        if not 0 <= crosswalk.least <= 1:
            yield f"crosswalks[{number}].least", f"{crosswalk.least} should be from 0 to 1"
        filled = {ours.layer for rule in crosswalk.rules for ours in rule.counterparts}
        for name in crosswalk.complete:
            if name not in filled or name not in codebook.by_name or codebook.by_name[name].kind != "span":
                yield f"crosswalks[{number}].complete", f"{name!r} is no span layer that its rules fill"
        for place, rule in enumerate(crosswalk.rules):
            where = f"crosswalks[{number}].rules[{place}] ({rule.slot}{': ' if rule.value else ''}{rule.value})"
            if not rule.is_kept and not rule.loss:
                yield where, "`loss` should say what is lost, because it is left out"
            unknown = [written for written in rule.written() if not _is_counterpart(codebook, written)]
            yield from ((where, f"{written!r} is no LAYER or LAYER:LABEL of the codebook") for written in unknown)
            if unknown:
                continue
            if len({ours.layer for ours in rule.counterparts}) > 1:
                yield f"{where}.ours", "its labels should be of one layer"
            role, mark = counterpart_of(rule.role), counterpart_of(rule.mark)
            links = bool(rule.role) and codebook.by_name[role.layer].kind == "relation"
            if rule.role and not links and not (codebook.by_name[role.layer].of and codebook.by_name[role.layer].labels_from):
                yield f"{where}.role", f"{rule.role!r} is neither a choice of actors about a span nor a label of links"
            if links != bool(rule.mark) or (links and not codebook.by_name[role.layer].ends_on(mark.layer)):
                yield f"{where}.mark", "should name the spans on which the links of `role` end, and only for links"


def _is_counterpart(codebook: Codebook, written: str) -> bool:
    """Whether a text is a layer whose labels are actors, or a layer and one of its labels."""
    layer_name, label = counterpart_of(written)
    layer = codebook.by_name.get(layer_name)
    return layer is not None and (label in layer.by_name if layer.labels else bool(layer.labels_from) and not label)


def load_codebook(path: Path, data: object = None) -> Codebook:
    """The codebook at ``path`` (or its ``data``, if it was read already); StandpointError with the place of the first mistake."""
    data = read_yaml(path) if data is None else data
    layers = data.get("layers") if isinstance(data, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        # ``labels: [PLACE, TIME]`` is short for ``labels: [{name: PLACE}, {name: TIME}]``.
        if isinstance(layer, dict) and isinstance(layer.get("labels"), list):
            layer["labels"] = [{"name": item} if isinstance(item, str) else item for item in layer["labels"]]
    codebook = load_as(path, Codebook, "codebook", data)
    for where, problem in check_codebook(codebook):
        raise StandpointError(f"{path}: {where}: {problem}", "`standpoint keys codebook.yaml` explains the keys")
    return codebook


def check_codebook(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All problems of a codebook whose keys and types are right, as (path in the YAML, problem)."""
    if not CODEBOOK_PATTERN.fullmatch(codebook.version):
        yield "version", f"{codebook.version!r} is not a version, such as 0.2.0"
    if codebook.guide and not codebook.guide.startswith(("http://", "https://")):
        yield "guide", f"{codebook.guide!r} is not an address, such as https://guide.example.org"
    yield from _repeated("passes", (item.name.casefold() for item in codebook.passes))  # folders, on macOS and Windows too
    yield from _repeated("layers", (layer.name for layer in codebook.layers))
    placed = [name for item in codebook.passes for name in item.layers]
    for number, item in enumerate(codebook.passes):
        for name in item.layers:
            if name not in codebook.by_name:
                yield f"passes[{number}].layers", f"no layer is called {name!r}"
    yield from _repeated("passes[*].layers", placed)
    yield from check_hotkeys(codebook)
    for number, layer in enumerate(codebook.layers):
        where = f"layers[{number}] ({layer.name})"
        if layer.name not in placed:
            yield where, "no pass asks for this layer"
        if not layer.name[0].isalpha():
            yield f"{where}.name", "should begin with a letter, because Label Studio and other formats take it for a number"
        yield from ((where + path, problem) for path, problem in _check_layer(layer, codebook))
    for name, now in codebook.retired.items():
        if name in codebook.by_name or (now and now not in codebook.by_name):
            yield "retired", f"{name!r} should no longer be a layer, and {now!r} should be a layer or empty"
    yield from _repeated("ignored", codebook.ignored)
    for name in codebook.ignored:
        if name in codebook.by_name or codebook.retired.get(name):
            yield "ignored", f"{name!r} is a layer, or replaced by one; its answers cannot be left out"
    yield from check_names(codebook)
    yield from check_targets(codebook)
    yield from check_crosswalks(codebook)


def _check_layer(layer: Layer, codebook: Codebook) -> Iterator[tuple[str, str]]:
    if layer.kind not in kinds.by_name():
        yield ".kind", f"{layer.kind!r} is not a kind of layer; there are {', '.join(kinds.by_name())}"
        return
    yield from _repeated(".labels", (unicodedata.normalize("NFC", name) for name in layer.label_names))
    if layer.default and layer.default not in layer.by_name:
        yield ".default", f"{layer.default!r} is not one of its labels"
    for name, now in layer.retired.items():
        if name in layer.by_name or (now and now not in layer.by_name):
            yield ".retired", f"{name!r} should no longer be a label, and {now!r} should be a label or empty"
    numbers = (("min", "number"), ("max", "number"), ("step", "number"))
    for key, kind in (*numbers, ("ordinal", "choice"), ("stars", "choice"), ("tree", "choice"), ("suggestions", "span")):
        if (value := getattr(layer, key)) is not None and value is not False and layer.kind != kind:
            yield f".{key}", f"{key} is for {kind} layers only"
    scale = layer.ordinal and bool(layer.for_each)
    if scale and layer.resolve not in ("", DISTRIBUTION):
        yield ".resolve", "should be distribution, because a scale for each actor keeps every answer"
    if layer.resolve == DISTRIBUTION and not scale:
        yield ".resolve", "distribution is for an ordinal layer with for_each"
    if layer.resolve == MEDIAN and layer.kind != "number":
        yield ".resolve", "median is for a number layer; a scale for each actor has it anyway"
    if layer.resolve == "dawid_skene" and (layer.kind != "choice" or layer.multiple or not layer.labels):
        yield ".resolve", "dawid_skene is for a choice layer that has labels and allows one answer"
    roles = codebook.roles_of(layer.name) if layer.kind == "span" else set()
    for label in layer.labels:
        for role in label.roles.keys() - roles:
            known = ", ".join(sorted(roles)) or "none"
            yield f".labels ({label.name}).roles", f"{role!r} is not a role of this layer; there are {known}"
    for label in layer.labels:
        if label.rare and (layer.kind != "span" or label.hotkey in ("", NO_KEYS)):
            yield f".labels ({label.name}).rare", "is for labels of spans with a hotkey: the page shows only the key"
    # Label Studio takes a comma for the end of a label in the condition on which regions have a question.
    for name in codebook.by_name[layer.of].label_names if layer.of in codebook.by_name else ():
        if "," in name:
            yield ".of", f"label {name!r} of {layer.of} has a comma, so its regions would not be asked; put the comma in `show`"
    yield from kinds.by_name()[layer.kind].check_layer(layer, codebook)


def _repeated(where: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name, count in Counter(names).items():
        if count > 1:
            yield where, f"{name!r} occurs {count} times"


WORDING = "wording"
RETIRED = "label retired"
USED = ("meaning narrowed", RETIRED)  # annotations with the label may be wrong now
ALL = ("meaning changed", "meaning widened", "label added")  # annotations without the label may need it now
KINDS = (WORDING, *USED, *ALL)
FORM = f"- **KIND** `layer/label`: …, KIND of {', '.join(KINDS)}"
BULLET = re.compile(r"- \*\*(?P<kind>[^*]+)\*\*(?: `(?P<layer>\w+)(?:/(?P<label>[^`]+))?`)?: \S")


class Change(NamedTuple):
    """One change. ``label`` is "" for all labels of the layer; for a change of wording, ``layer`` is "" too."""

    version: str
    kind: str
    layer: str
    label: str

    def concerns(self, annotation_set: AnnotationSet, codebook: Codebook) -> bool:
        """Whether a set, under the present names of layers and labels, must be reviewed because of the change."""
        made_with = parse_codebook_version(annotation_set.codebook_version)
        if self.kind == WORDING or made_with >= parse_codebook_version(self.version):
            return False
        name, label = codebook.present(self.layer, self.label).values()
        if self.kind == RETIRED and label != self.label:
            return False  # another label replaces it, in the sets too
        if self.kind in USED:
            return any(item.layer == name and label in ("", item.label) for item in annotation_set.annotations)
        return name in codebook.pass_by_name[annotation_set.pass_name].layers

    def __str__(self) -> str:
        return f"{self.version}: {self.kind} {self.layer}{'/' + self.label if self.label else ''}"


def load_changes(path: Path, codebook: Codebook) -> tuple[Change, ...]:
    """All changes, none if there is no file; StandpointError at the first line that does not have the form above."""
    changes, version = [], ""
    for number, line in enumerate(read_text(path).splitlines() if path.exists() else (), 1):
        where = f"{path}:{number}"
        if line.startswith("## "):
            version = line[3:].strip().partition(" ")[0]
            parse_codebook_version(version)
        elif line.startswith("- ") and version:
            match = BULLET.match(line)
            if not match or match["kind"] not in KINDS or (match["kind"] != WORDING) != bool(match["layer"]):
                raise StandpointError(f"{where}: no kind of change", FORM)
            change = Change(version, match["kind"], match["layer"] or "", match["label"] or "")
            layer = codebook.by_name.get(codebook.retired.get(change.layer, change.layer))
            if change.layer and layer is None and change.layer not in codebook.retired:
                hint = "if it has another name now, write `retired: {old: new}` into the codebook"
                raise StandpointError(f"{where}: no layer is called {change.layer!r}", hint)
            if layer and change.label and change.label not in layer.by_name and change.label not in layer.retired:
                hint = "if it has another name now, write `retired: {old: new}` into the layer"
                raise StandpointError(f"{where}: {change.layer} has, and had, no label {change.label!r}", hint)
            changes.append(change)
    if changes and codebook.version not in {change.version for change in changes}:
        hint = f"write `## {codebook.version}` there, and below it a line for each change: {FORM}"
        raise StandpointError(f"{path}: no entry for {codebook.version}, the codebook's version", hint)
    return tuple(changes)
