"""The changelog of the guidelines, read strictly: the versions that changed the meaning of a label.

Under ``## VERSION``, each bullet begins with its kind, one of ``KINDS``, and, unless the kind is wording, a layer and label:

    - **meaning narrowed** `events/territory.loss`: a retreat in good order is no longer a loss.
    - **wording**: clearer examples of status.

A layer without a label (`stance`) means all its labels.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.types import Codebook
from standpoint.core.model import AnnotationSet, StandpointError
from standpoint.core.project import parse_codebook_version

WORDING = "wording"
USED = ("meaning narrowed", "label retired")  # annotations with the label may be wrong now
ALL = ("meaning changed", "meaning widened", "label added")  # annotations without the label may need it now
KINDS = (WORDING, *USED, *ALL)
BULLET = re.compile(r"- \*\*(?P<kind>[^*]+)\*\*(?: `(?P<layer>\w+)(?:/(?P<label>[^`]+))?`)?: \S")


class Change(NamedTuple):
    """One change. ``label`` is "" for all labels of the layer; for a change of wording, ``layer`` is "" too."""

    version: str
    kind: str
    layer: str
    label: str

    def concerns(self, annotation_set: AnnotationSet, codebook: Codebook) -> bool:
        """Whether a set must be reviewed because of the change."""
        made_with = parse_codebook_version(annotation_set.codebook_version)
        if self.kind == WORDING or made_with >= parse_codebook_version(self.version):
            return False
        if self.kind in USED:
            return any(item.layer == self.layer and self.label in ("", item.label) for item in annotation_set.annotations)
        return self.layer in codebook.pass_by_name[annotation_set.pass_name].layers

    def __str__(self) -> str:
        return f"{self.version}: {self.kind} {self.layer}{'/' + self.label if self.label else ''}"


def load_changes(path: Path, codebook: Codebook) -> tuple[Change, ...]:
    """All changes, none if there is no file; StandpointError at the first line that does not have the form above."""
    changes, version = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), 1):
        where = f"{path}:{number}"
        if line.startswith("## "):
            version = line[3:].split()[0]
            parse_codebook_version(version)
        elif line.startswith("- ") and version:
            match = BULLET.match(line)
            if not match or match["kind"] not in KINDS or (match["kind"] != WORDING) != bool(match["layer"]):
                raise StandpointError(f"{where}: no kind of change", f"- **KIND** `layer/label`: …, KIND of {', '.join(KINDS)}")
            change = Change(version, match["kind"], match["layer"] or "", match["label"] or "")
            layer = codebook.by_name.get(change.layer)
            if change.layer and layer is None:
                raise StandpointError(f"{where}: no layer is called {change.layer!r}")
            if layer and change.label and change.label not in layer.by_name and change.label not in layer.retired:
                raise StandpointError(f"{where}: {change.layer} has, and had, no label {change.label!r}")
            changes.append(change)
    if changes and codebook.version not in {change.version for change in changes}:
        raise StandpointError(f"{path}: no entry for {codebook.version}, the codebook's version", "describe its changes")
    return tuple(changes)
