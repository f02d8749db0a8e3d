"""The codebook's verbs: check, config, from-config."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

from ruamel.yaml import YAML

from standpoint.annotate.config import label_config
from standpoint.codebook.from_config import codebook_from_config
from standpoint.codebook.load import load_codebook
from standpoint.jsonlines import written_whole
from standpoint.project import Project
from standpoint.verbs.labelling import open_codebook
from standpoint.verbs.tell import Teller


def check(project: Project) -> Counter:
    """Load codebook and registry strictly and validate each pass's page; what they hold."""
    codebook, registry = open_codebook(project)
    for one in codebook.passes:
        label_config(codebook, one.name)
    labels = sum(len(layer.labels) for layer in codebook.layers)
    return Counter(
        {
            "passes": len(codebook.passes),
            "layers": len(codebook.layers),
            "labels": labels,
            "actors": len(registry.actors),
            "places": len(registry.places),
        }
    )


def config(project: Project, pass_name: str) -> str:
    """The label config of one pass."""
    return label_config(load_codebook(project.codebook), pass_name)


def from_config(path: Path, out: Path | None, tell: Teller) -> str:
    """A codebook, as YAML, from a label config; also written to ``out``, whole or not at all."""
    values, issues = codebook_from_config(path.read_text(encoding="utf-8"), path.stem)
    for issue in issues:
        tell.tell(issue)
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(values, stream)
    if out is not None:
        with written_whole(out) as file:
            file.write(stream.getvalue().encode())
        load_codebook(out)
    return stream.getvalue()
