"""One small article about a quay that is on no map, two passes over it, and ways to say what an annotator says."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from standpoint.codebook.load import check_codebook
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import AnnotationSet

BAD = Path(__file__).parent.parent / "checks" / "bad"
SCALE = [{"name": name, "value": int(name)} for name in ("-2", "-1", "0", "+1", "+2")]
FACTS = ["actors", "events", "agent", "status", "places", "where", "genre", "newcomer", "remark"]
CODEBOOK = {
    "title": "Quay reports",
    "version": "0.2.0",
    "passes": [{"name": "facts", "layers": FACTS}, {"name": "stance", "layers": ["evidence", "stance"]}],
    "layers": [
        {"name": "actors", "kind": "span", "labels_from": "actors", "spare": 2},
        {"name": "events", "kind": "span", "labels": [{"name": "territory.capture"}, {"name": "harm.displace"}]},
        {"name": "agent", "kind": "choice", "of": "events", "labels_from": "actors", "multiple": True},
        {"name": "status", "kind": "choice", "of": "events", "labels": [{"name": "asserted"}, {"name": "denied"}]},
        {"name": "places", "kind": "span", "labels": [{"name": "PLACE"}, {"name": "TIME"}]},
        {"name": "where", "kind": "relation", "from": "events", "to": "places", "labels": [{"name": "place"}, {"name": "time"}]},
        {"name": "genre", "kind": "choice", "required": True, "labels": [{"name": "report"}, {"name": "comment"}]},
        {"name": "newcomer", "kind": "text", "for_each": "spare"},
        {"name": "remark", "kind": "text"},
        {"name": "evidence", "kind": "span", "labels_from": "actors", "hotkeys": "none"},
        {"name": "stance", "kind": "choice", "for_each": "actors", "ordinal": True, "labels": SCALE},
    ],
}
HARVEST = {
    "title": "Harvest notes",
    "version": "1.0.0",
    "passes": [{"name": "reading", "layers": ["crops", "amounts", "measure", "mood"]}],
    "layers": [
        {"name": "crops", "kind": "span", "labels": [{"name": "grain"}, {"name": "fruit"}]},
        {"name": "amounts", "kind": "span", "labels": [{"name": "weight"}, {"name": "price"}]},
        {"name": "measure", "kind": "relation", "from": "crops", "to": "amounts", "labels": [{"name": "sold_for"}]},
        {"name": "mood", "kind": "choice", "labels": [{"name": "hopeful"}, {"name": "worried"}]},
    ],
}
ACTORS = [
    {"id": "act-000001", "name": "Army of Veld"},
    {"id": "act-000002", "name": "Mill Guard"},
    {"id": "act-000003", "name": "Old Mill Guard", "redirect_to": "act-000002"},
]
REGISTRY = msgspec.convert({"version": "0.1.0", "actors": ACTORS}, Registry)
KINDS = {"a01": "human_trained", "a02": "human_expert", "m01": "model", "r01": "rule"}
TEXT = "Quay falls 😀\n\nThe army seized the mill at dawn. Netters fled.\n\nSupport the desk."


def codebook(grammar: dict = CODEBOOK) -> Codebook:
    made = msgspec.convert(grammar, Codebook)
    assert list(check_codebook(made)) == []
    return made


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def article_of(text: str = TEXT) -> dict:
    """The good article; its last paragraph asks for money and may not be annotated."""
    first, last = text.index("The army"), text.index("Support")
    zones = [("headline", 0, first), ("body", first, last), ("donation", last, len(text))]
    return {
        **{"id": f"courier-2031-05-04-{digest(text)[:8]}", "source": "courier", "publisher": "The Courier"},
        **{"title": "Quay falls 😀", "licence": "CC0-1.0", "language": "en", "sha256": digest(text), "text": text},
        "zones": [{"name": name, "start": start, "end": end} for name, start, end in zones],
        "sentences": [[0, 12], [first, text.index(" Netters")], [text.index("Netters"), last - 2], [last, len(text)]],
        "paragraphs": [[0, 12], [first, last - 2], [last, len(text)]],
        "annotated_until": last,
    }


def span(layer: str, label: str, words: str, text: str = TEXT, **changes: object) -> dict:
    start = text.index(words)
    made = {"type": "span", "id": f"{layer}-{words}".replace(" ", "-"), "layer": layer, "label": label, "quote": words}
    return made | {"start": start, "end": start + len(words)} | changes


def choice(layer: str, label: str, of: str = "", **changes: object) -> dict:
    return {"type": "choice", "id": f"{of}.{layer}.{label}", "layer": layer, "label": label, "of": of} | changes


def relation(layer: str, label: str, head: str, tail: str, **changes: object) -> dict:
    identity = f"{head}.{layer}.{label}.{tail}"
    return {"type": "relation", "id": identity, "layer": layer, "label": label, "head": head, "tail": tail} | changes


def facts() -> list[dict]:
    return [
        span("actors", "act-000001", "army"),
        span("events", "territory.capture", "seized"),
        span("events", "harm.displace", "fled"),
        span("actors", "NEW:1", "Netters"),
        span("places", "PLACE", "mill"),
        span("places", "TIME", "dawn"),
        choice("agent", "act-000001", "events-seized"),
        choice("agent", "NEW:1", "events-fled"),
        choice("status", "asserted", "events-seized"),
        choice("status", "asserted", "events-fled"),
        choice("genre", "report"),
        choice("newcomer", "Netters of the quay", "NEW:1"),
        relation("where", "place", "events-seized", "places-mill"),
        relation("where", "time", "events-seized", "places-dawn"),
    ]


def stance() -> list[dict]:
    return [span("evidence", "act-000001", "seized"), choice("stance", "-1", "act-000001"), choice("stance", "0", "act-000002")]


def set_of(annotations: list[dict], annotator: str, pass_name: str, **changes: object) -> dict:
    return {
        **{"article_id": article_of()["id"], "annotator": annotator, "pass_name": pass_name},
        **{"annotator_kind": KINDS.get(annotator, "unknown"), "codebook_version": "0.2.0", "text_sha256": digest(TEXT)},
        "annotations": annotations,
    } | changes


def made(annotations: list[dict], annotator: str = "a01", pass_name: str = "facts", **changes: object) -> AnnotationSet:
    return msgspec.convert(set_of(annotations, annotator, pass_name, **changes), AnnotationSet)
