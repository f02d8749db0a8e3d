"""A small project that is right, made wrong as a file of ``bad/`` says: one fault a file, called after the check's code.

``bad/<CODE>.json`` is a fault in articles, sets, adjudicated sets or splits; of a RELEASE-… code, one in a built release.
``bad/<CODE>.jsonl`` is a bad file of sets (or of articles), ``.tsv`` one of splits, ``.txt`` one that nobody reads, ``.md`` and
``.bin`` notes. ``.toml`` is an edit of a project that has released a version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import msgspec

from standpoint.checks.case import Corpus, Reference
from standpoint.checks.dossiers import DossierReference, PromptFile, dossier_issues
from standpoint.checks.run import Walk
from standpoint.checks.table import checks_on, issues_from
from standpoint.codebook.registry import Registry
from standpoint.core.model import AdjudicatedSet, AnnotationSet, Article, Issue
from standpoint.core.provenance import Annotator, Dossier, prompt_digest
from standpoint.splits.splits import SplitRow
from two_pass_article import ACTORS, BAD, CODEBOOK, KINDS, TEXT, article_of, codebook, digest, facts, set_of, stance

ALIASES = {"act-000001": "army", "act-000002": "mill"}
ENTRIES = [item | {"aliases": [{"text": ALIASES[item["id"]]}] if item["id"] in ALIASES else []} for item in ACTORS]
REGISTRY = msgspec.convert({"version": "0.1.0", "actors": [*ENTRIES, {"id": "act-000004", "name": "Hill Watch"}]}, Registry)
ANSWER = '{"actors": []}'
PROMPT = prompt_digest("You annotate.", "{}")
DAYS = [f"2031-05-{day:02}" for day in range(4, 30)]


class Data(NamedTuple):
    """What a project has of articles, by kind, and what it is checked against."""

    articles: list[Article]
    sets: list[AnnotationSet]
    adjudicated: list[AdjudicatedSet]
    rows: list[SplitRow]
    ground: Reference
    dossiers: Sequence[Dossier] = ()
    prompts: Sequence[PromptFile] = ()
    model: str = ""  # of m01, in the list of annotators

    def issues(self) -> list[Issue]:
        """All that is told of it."""
        walk = Walk(self.ground, Corpus(splits={"default": self.rows}))
        streams = ([[item] for item in items] for items in (self.articles, self.sets, self.adjudicated))
        issues = [*walk.check(*streams), *walk.check_corpus()]
        for prompt in self.prompts:
            issues += issues_from(checks_on("prompt"), prompt.name, prompt)
        reference = DossierReference(
            walk.corpus, {"m01": Annotator(id="m01", kind="model", model=self.model)}, {prompt.name for prompt in self.prompts}
        )
        with_set = [one.article_id for one in self.sets if one.annotator == "m01" and one.pass_name == "facts"]
        return [*issues, *dossier_issues("facts m01", self.dossiers, with_set if self.model else (), reference)]


def fault_of(code: str) -> dict:
    """What the file of a code says."""
    return json.loads((BAD / f"{code}.json").read_text(encoding="utf-8"))


def data(fault: dict | None = None) -> Data:
    """The good article, its sets and its split, made bad.

    ``text``: another text of the same length; ``articles``: so many of them, with one text but for its last line;
    ``article``, ``set``: fields that are other; ``second``: fields in which the last article is other; ``change``: of
    annotations, by id; ``add``: annotations, by pass; ``drop``: annotations, by id; ``again``: "article" or "set" is there
    twice; ``sets``: false for none; ``copied``: true for a02's, which are a01's; ``adjudicated``: true, or fields that are
    other, ``change`` as above; ``splits``: other rows; ``codebook``: fields of layers that are other. ``dossier``: the first set is
    m01's, and its dossier, but for these fields, says how it was made; ``answer``: the raw answer in it; ``prompt``: the name of
    its prompt's files; ``model``: that of m01 in the list of annotators.
    """
    fault = fault or {}
    texts = [fault.get("text", TEXT) + f" {number}" * bool(number) for number in range(fault.get("articles", 1))]
    articles = [_article(text, day) | fault.get("article", {}) for text, day in zip(texts, DAYS, strict=False)]
    articles[-1] |= fault.get("second", {})
    articles = [{"group": article["id"]} | article for article in articles]
    sets = [one for article in articles for one in _sets(article, fault)] if fault.get("sets", True) else []
    adjudicated = [_adjudicated(article, fault["adjudicated"]) for article in articles] if "adjudicated" in fault else []
    rows = fault.get("splits", [[article["id"], "train", article.get("group") or article["id"]] for article in articles])
    articles += articles if fault.get("again") == "article" else []
    sets += sets[:1] if fault.get("again") == "set" else []
    dossiers = [_dossier(articles[0], fault)] * (2 if fault.get("again") == "dossier" else 1) if "dossier" in fault else []
    made = (
        msgspec.convert(items, list[kind])
        for items, kind in ((articles, Article), (sets, AnnotationSet), (adjudicated, AdjudicatedSet))
    )
    rows = [SplitRow(*row, *["", ""][len(row) - 3 :]) for row in rows]
    prompts = [PromptFile(fault.get("prompt", PROMPT), PROMPT)] if dossiers else []
    model = fault.get("model", "toy") if dossiers else ""
    return Data(*made, rows, ground(fault.get("codebook", {})), dossiers, prompts, model)


def ground(changes: dict | None = None) -> Reference:
    """The codebook, with some fields of its layers and its retired layers changed, the registry and the annotators."""
    grammar = deepcopy(CODEBOOK) | {"retired": (changes or {}).get("retired", {})}
    grammar["layers"] = [layer | (changes or {}).get(layer["name"], {}) for layer in grammar["layers"]]
    return Reference(codebook(grammar), REGISTRY, KINDS)


def _article(text: str, day: str) -> dict:
    identity = f"courier-{day}-{digest(text)[:8]}"
    return article_of(text) | {"id": identity, "published": day}


def _sets(article: dict, fault: dict) -> list[dict]:
    made = []
    for name in ("a01", "a02") if fault.get("copied") else ("a01",):
        for pass_name, good in (("facts", facts()), ("stance", stance())):
            kept = [
                item | fault.get("change", {}).get(item["id"], {}) for item in good if item["id"] not in fault.get("drop", ())
            ]
            about = {"article_id": article["id"], "text_sha256": article["sha256"]}
            made.append(set_of(kept + fault.get("add", {}).get(pass_name, []), name, pass_name, **about, **fault.get("each", {})))
    made[0] |= {"annotator": "m01", "annotator_kind": "model"} if "dossier" in fault else {}
    made[0] |= fault.get("set", {})
    return made


def _dossier(article: dict, fault: dict) -> Dossier:
    """The dossier of m01's set of an article, in facts."""
    answer = fault.get("answer", ANSWER)
    one = {"request": "0" * 64, "served": "toy-1", "host": "", "form": "json", "received": "2031-05-04T10:00:00Z"}
    about = {"article_id": article["id"], "text_sha256": article["sha256"], "annotator": "m01", "pass_name": "facts"}
    how = {"codebook_version": "0.2.0", "model": "toy", "template": "1", "prompt": PROMPT, "parameters": "{}", "taken": 0}
    rounds = [one | {"finish": "stop", "answer": answer, "answer_sha256": digest(ANSWER)}]
    return msgspec.convert(about | how | {"rounds": rounds} | fault["dossier"], Dossier)


def _adjudicated(article: dict, changes: dict | bool) -> dict:
    changes = dict(changes) if isinstance(changes, dict) else {}
    other = changes.pop("change", {})
    annotations = [item | other.get(item["id"], {}) for item in (*facts(), *stance())]
    return {
        **{"article_id": article["id"], "tier": "human_single", "codebook_version": "0.2.0", "annotators": ["a01"]},
        **{"text_sha256": article["sha256"], "annotations": annotations},
        "resolutions": {item["id"]: {"how": "single", "by": ["a01"]} for item in annotations},
    } | changes
