"""A codebook that is not the project's: two span layers, a relation layer, answers about spans and about the document."""

from __future__ import annotations

import msgspec

from standpoint.codebook.load import check_codebook
from standpoint.codebook.types import Codebook

ANOTHER_CODEBOOK = {
    "title": "Harvest reports",
    "version": "0.3.0",
    "passes": [{"name": "reading", "layers": ["crops", "health", "amounts", "measure", "tone", "remark"]}],
    "layers": [
        {
            "name": "crops",
            "kind": "span",
            "labels": [{"name": "grain", "hotkey": "g"}, {"name": "fruit", "hotkey": "f"}],
            "table": True,
        },
        {
            "name": "health",
            "kind": "choice",
            "of": "crops",
            "default": "sound",
            "labels": [{"name": "sound", "hotkey": "s"}, {"name": "blighted", "hotkey": "b"}],
        },
        {"name": "amounts", "kind": "span", "labels": [{"name": "weight", "hotkey": "w"}, {"name": "price", "hotkey": "p"}]},
        {
            "name": "measure",
            "kind": "relation",
            "from": "crops",
            "to": "amounts",
            "labels": [{"name": "yield"}, {"name": "sold_for"}],
        },
        {"name": "tone", "kind": "choice", "required": True, "labels": [{"name": "hopeful"}, {"name": "worried"}]},
        {"name": "remark", "kind": "text"},
    ],
}


def another_codebook(**changes: object) -> Codebook:
    """The toy codebook, checked; ``changes`` replace its top-level values."""
    codebook = msgspec.convert(ANOTHER_CODEBOOK | changes, Codebook)
    assert list(check_codebook(codebook)) == []
    return codebook


NEW_NAMES = {"crops": "produce", "health": "state", "measure": "amount_of", "tone": "mood"}


def renamed_codebook() -> dict:
    """The toy codebook, in which four layers and a label of each kind have other names."""
    text = msgspec.json.encode(ANOTHER_CODEBOOK).decode()
    labels = {
        "produce": {"fruit": "orchard_fruit"},
        "state": {"blighted": "ill"},
        "amount_of": {"sold_for": "for"},
        "mood": {"worried": "grave"},
    }
    for old, new in {**NEW_NAMES, "0.3.0": "0.4.0"}.items() | {pair for names in labels.values() for pair in names.items()}:
        text = text.replace(f'"{old}"', f'"{new}"')
    book = msgspec.json.decode(text)
    for layer in book["layers"]:
        layer |= {"retired": labels[layer["name"]]} if layer["name"] in labels else {}
    return book | {"retired": NEW_NAMES}
