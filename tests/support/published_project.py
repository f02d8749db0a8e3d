"""A small project of another topic: floods and those who open the sluices. Its crosswalks are its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from standpoint.core.corpus import read_annotation_sets
from standpoint.core.files import write_lines
from standpoint.core.model import AnnotationSet, Article, Issue, Reporter, Zone, sha256
from standpoint.core.project import Project
from standpoint.core.yaml_files import yaml_text
from standpoint.labelstudio.import_documents import DocumentOptions
from standpoint.labelstudio.merge import SUMS
from standpoint.published.import_published import import_published
from whole_projects import new_project

ABOUT = {"title": "A dataset", "source": "somebody, 2031", "licence": "CC0-1.0", "determiners": ["the", "a"]}
MUC = [
    {"slot": "INCIDENT: TYPE", "value": "BOMBING", "when": {"INCIDENT: INSTRUMENT TYPE": "WATER"}, "ours": "events:flooding"},
    {"slot": "INCIDENT: TYPE", "value": "BOMBING", "ours": "events:blasting", "loss": "one for each incident"},
    {"slot": "INCIDENT: TYPE", "value": "ATTACK", "ours": ["events:flooding", "events:blasting"], "loss": "by what means"},
    {"slot": "INCIDENT: TYPE", "value": "ROBBERY", "loss": "no type here"},
    {"slot": "INCIDENT: STAGE OF EXECUTION", "value": "ACCOMPLISHED", "ours": "status:done"},
    {"slot": "INCIDENT: STAGE OF EXECUTION", "value": "THREATENED", "ours": ["status:planned", "status:feared"]},
    {"slot": "PERP: INDIVIDUAL ID", "role": "agent"},
    {"slot": "PERP: ORGANIZATION ID", "role": "agent"},
    {"slot": "HUM TGT: NAME", "role": "target"},
    {"slot": "HUM TGT: DESCRIPTION", "role": "target"},
    {"slot": "PHYS TGT: ID", "role": "link:hit", "mark": "things:THING"},
    {"slot": "HUM TGT: EFFECT OF INCIDENT", "value": "DEATH", "ours": "events:drowning", "role": "target", "loss": "its status"},
    {"slot": "HUM TGT: EFFECT OF INCIDENT", "value": "NO DEATH", "loss": "nothing happened"},
    {
        "slot": "PHYS TGT: EFFECT OF INCIDENT",
        "value": "DESTROYED",
        "ours": "events:ruin",
        "role": "link:hit",
        "mark": "things:THING",
    },
    {"slot": "INCIDENT: DATE", "loss": "no stretch of the text"},
    {"slot": "INCIDENT: LOCATION", "loss": "no stretch of the text"},
    {"slot": "INCIDENT: INSTRUMENT TYPE", "loss": "decides the type"},
]
RE3D = [
    {"slot": "entity", "words": ["it", "they"], "loss": "a pronoun"},
    {"slot": "entity", "value": "Organisation", "ours": "actors", "loss": "families too"},
    {"slot": "entity", "value": "Person", "ours": "actors"},
    {"slot": "entity", "value": "Location", "ours": "things:PLACE"},
    {"slot": "entity", "value": "Quantity", "loss": "numbers are not annotated"},
    {"slot": "relation", "value": "IsSynonymOf", "ours": "actors"},
    {"slot": "relation", "value": "Likes", "loss": "whose opinion it is"},
]
SEESAW = [
    {"slot": "entity sentiment", "when": {"entity type": "Topic"}, "loss": "no actor"},
    {"slot": "entity sentiment", "value": "Very Negative", "ours": "view:against", "loss": "the degree"},
    {"slot": "entity sentiment", "value": "Slightly Negative", "ours": "view:against"},
    {"slot": "entity sentiment", "value": "Neutral", "ours": "view:neither"},
    {"slot": "entity sentiment", "value": "Positive", "ours": "view:for"},
    *({"slot": slot, "loss": "not annotated"} for slot in ("entity ideology", "entity prominence", "sentence-level stance")),
    {"slot": "article ideology", "loss": "not annotated"},
]
T10 = [
    {"slot": "mention", "ours": "actors"},
    {"slot": "main role", "value": "Protagonist", "ours": "view:for"},
    {"slot": "main role", "value": "Antagonist", "ours": "view:against"},
    {"slot": "main role", "value": "Innocent", "loss": "no view"},
    {"slot": "fine-grained role", "loss": "not annotated"},
]
CODEBOOK = {
    "title": "Floods",
    "version": "0.1.0",
    "passes": [
        {"name": "facts", "layers": ["actors", "newcomer", "events", "agent", "target", "status", "things", "link"]},
        {"name": "views", "layers": ["wording", "view"]},
    ],
    "layers": [
        {"name": "actors", "kind": "span", "labels_from": "actors", "spare": 2},
        {"name": "newcomer", "kind": "text", "for_each": "spare"},
        {"name": "events", "kind": "span", "labels": ["flooding", "blasting", "drowning", "ruin"]},
        {"name": "agent", "kind": "choice", "of": "events", "labels_from": "actors", "multiple": True, "hotkeys": "shift"},
        {"name": "target", "kind": "choice", "of": "events", "labels_from": "actors", "multiple": True, "hotkeys": "alt"},
        {"name": "status", "kind": "choice", "of": "events", "labels": ["done", "planned", "feared"]},
        {"name": "things", "kind": "span", "labels": ["PLACE", "THING"]},
        {"name": "link", "kind": "relation", "from": "events", "to": "things", "labels": ["hit", "where"]},
        {"name": "wording", "kind": "span", "labels_from": "actors", "hotkeys": "none"},
        {
            "name": "view",
            "kind": "choice",
            "for_each": "actors",
            "ordinal": True,
            "labels": [{"name": "against", "value": -1}, {"name": "neither", "value": 0}, {"name": "for", "value": 1}],
        },
    ],
    "crosswalks": [
        {"name": "muc4", **ABOUT, "rules": MUC},
        {"name": "re3d", **ABOUT, "least": 0.5, "complete": ["actors", "things"], "rules": RE3D},
        {"name": "seesaw", **ABOUT, "rules": SEESAW},
        {"name": "semeval2025t10", **ABOUT, "rules": T10},
    ],
}
REGISTRY = {
    "version": "0.1.0",
    "actors": [
        {"id": "act-000001", "name": "Dyke Board", "aliases": [{"text": "the Board", "kind": "alias"}]},
        {
            "id": "act-000002",
            "name": "Army of Veld",
            "aliases": [{"text": "army", "kind": "descriptor", "scope": {"sources": ["gazette"]}}],
        },
    ],
}


def article(text: str, title: str = "", source: str = "gazette", licence: str = "CC0-1.0") -> Article:
    """An article whose first line is its headline, if it has a ``title``."""
    end = len(title) + 2 if title else 0
    headline = (Zone(name="headline", start=0, end=end),) if end else ()
    zones = (*headline, Zone(name="body", start=end, end=len(text)))
    fields = {"publisher": "The Gazette", "licence": licence, "language": "en", "annotated_until": len(text)}
    identity = f"{source}-undated-{sha256(text)[:8]}"
    return Article(
        id=identity, source=source, sha256=sha256(text), text=text, title=title, zones=zones, group=identity,
        paragraphs=((0, len(text)),), sentences=((0, len(text)),), **fields,
    )  # fmt: skip


def flood_project(root: Path) -> Project:
    """An empty project with this codebook and registry."""
    made = new_project(root, CODEBOOK)
    made.actors.write_text(yaml_text(REGISTRY), encoding="utf-8", newline="\n")
    return made


def store(project: Project, *articles: Article) -> None:
    write_lines(project.articles / "gazette.jsonl", sorted(articles, key=lambda one: one.id))


def imported(
    project: Project, name: str, *paths: Path, fix: bool = False, annotator: str = ""
) -> tuple[list[AnnotationSet], list[Issue], Counter]:
    """The stored sets after an import, what was told, and the counts, whose sums are right."""
    told: list[Issue] = []
    counts = import_published(project, paths, Reporter(issue=told.append), fix, annotator, DocumentOptions(name))
    for whole, parts in SUMS.items():
        assert counts[whole] == sum(counts[part] for part in parts), (whole, counts)
    return list(read_annotation_sets(project)), told, counts


def codes(told: list[Issue], level: str = "error") -> list[str]:
    return [issue.code for issue in told if issue.level == level]


def told_of(told: list[Issue], code: str) -> list[str]:
    return [issue.message for issue in told if issue.code == code]
