"""Whether what is annotated is in the codebook."""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.checks._case import KINDS, Case, nearest

SCOPE = "annotation"
Found = Iterator[tuple[str, str]]


def layer_unknown(case: Case) -> Found:
    """a layer is one of the codebook's

    Why: a layer that the codebook does not have is in no table of the release.
    Fix: correct the layer's name, or bring the layer back into guidelines/codebook.yaml.
    """
    for item in case.set.annotations:
        if item.layer not in case.codebook.by_name:
            near = nearest(item.layer, case.codebook.by_name)
            yield item.id, f"layer {item.layer!r}" + (f", should be {near}?" if near else "")


def layer_pass(case: Case) -> Found:
    """a layer is one that the set's pass asks for

    Why: a layer is compared between annotators who were asked for it, in the same pass.
    Fix: move the annotation to the annotator's set of the right pass; look how it came here.
    """
    for item in case.set.annotations:
        if item.layer not in case.layers and item.layer in case.codebook.by_name:
            yield item.id, f"layer {item.layer} in pass {case.set.pass_name}"


def layer_kind(case: Case) -> Found:
    """a layer holds annotations of its own kind

    Why: a span in a choice layer answers nothing, and a choice in a span layer stands nowhere.
    Fix: correct the annotation's layer, or import the set again.
    """
    for item in case.set.annotations:
        layer = case.layers.get(item.layer)
        if layer and not isinstance(item, KINDS.get(layer.kind, object)):
            yield item.id, f"a {type(item).__name__.lower()} in {layer.kind} layer {layer.name}"


def label_unknown(case: Case) -> Found:
    """a label is one of its layer's

    Why: a label without a definition means what each reader takes it to mean.
    Fix: choose one of the layer's labels, or define this one in guidelines/codebook.yaml.
    """
    for item, layer in case.unlabelled:
        if item.label not in layer.retired and not nearest(item.label, layer.label_names):
            yield item.id, f"label {item.label!r} in layer {layer.name}"


def label_misspelt(case: Case) -> Found:
    """a label is written as its layer has it

    Why: a label in other letters is another label to every program that counts.
    Fix: write it as the codebook does; if an import wrote it, fix the import.
    """
    for item, layer in case.unlabelled:
        near = nearest(item.label, layer.label_names)
        if near and item.label not in layer.retired:
            yield item.id, f"label {item.label!r} in layer {layer.name}, should be {near!r}?"


def label_retired(case: Case) -> Found:
    """a label is not one that its layer has retired

    Why: its meaning went into other labels; beside them it would count the same thing under two names.
    Fix: use the label that the layer's ``retired`` names; where it names none, annotate the place anew.
    """
    for item, layer in case.unlabelled:
        if item.label in layer.retired:
            now = layer.retired[item.label]
            yield (
                item.id,
                f"label {item.label!r} in layer {layer.name}, " + (f"now {now!r}" if now else "nothing takes its place"),
            )
