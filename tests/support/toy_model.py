"""A toy model for the stand-in endpoint: it marks each first "said" of a sentence; and what a run with it has stored."""

from __future__ import annotations

import json
import re

from model_endpoint import Reply
from standpoint.core.files import read_lines
from standpoint.core.model import AnnotationSet
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier

ARTICLES = ("almery-courier-2031-03-04-fa45f42e", "almery-courier-2031-03-06-6c3e0d46")
EMPTY = {"in_scope": None, "genre": "news_report", "actors": [], "new_actor": [], "events": [], "places": [], "role": []}


def sentences_of(body: dict) -> list[tuple[int, str]]:
    """The numbered sentences of a request."""
    return [(int(number), text) for number, text in re.findall(r"^(\d+) \| (.*)$", body["messages"][1]["content"], re.MULTILINE)]


def event(number: int, quote: str, **changes: object) -> dict:
    common = {"agent": [], "target": [], "status": None, "source": None, "occurrence": 1}
    return {"id": f"{number} {quote}", "sentence": number, "quote": quote, "label": "diplomacy.talks", **common, **changes}


def said(body: dict, number: int = 0, **changes: object) -> Reply:
    """Marks each first "said" of a sentence."""
    found = [event(number, "said", **changes) for number, text in sentences_of(body) if re.search(r"\bsaid\b", text)]
    return Reply(json.dumps(EMPTY | {"events": found}))


def sets(project: Project) -> list[AnnotationSet]:
    return list(read_lines(project.annotations / "facts" / "m21.jsonl", AnnotationSet))


def dossiers(project: Project) -> list[Dossier]:
    return list(read_lines(project.dossiers / "facts" / "m21.jsonl", Dossier))
