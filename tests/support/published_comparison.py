"""The rule baseline against the published labels of re3d and MUC-4, as tables for the docs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from published_counts import count_labels, read_corpora
from standpoint.agreement.report_articles import Names
from standpoint.cli.render_evaluation import Block, comparison_blocks, markdown_of
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import read_articles
from standpoint.core.model import Reporter
from standpoint.core.project import Project
from standpoint.evaluation.compare_sides import SideComparison, measure_sides
from standpoint.pages.suggestions import all_suggestions
from standpoint.scoring.baselines._pipeline import ArticleText
from standpoint.scoring.baselines.rules import fit
from standpoint.scoring.doc import scheme_of

LABELS = {"re3d": ("re3d", Path("re3d")), "MUC-4": ("muc4", Path("muc3/keys"))}  # name of the annotator, where the labels are


def published(corpora: Path, folder: Path) -> Project:
    """A project with the texts and the labels of both datasets."""
    project = read_corpora(corpora, folder)
    for name, path in LABELS.values():
        count_labels(project, name, corpora / path)
    return project


def write_rules(project: Project, source: str, path: Path, suggesting: bool = True) -> None:
    """Write what the rule baseline predicts for the articles of a dataset; without suggestions, it finds no actor and no place."""
    codebook, registry = open_codebook(project)
    predict = fit((), scheme_of(codebook), 0)
    lines = [msgspec.json.encode({"system": "baseline rules", "seed": None, "single_model": True})]
    for article in read_articles(project):
        if article.id.startswith(source):
            found = [one.span for one in all_suggestions(article, codebook, registry)] if suggesting else []
            text = ArticleText(
                article.id, article.text or "", article.sentences, article.annotated_until, lambda found=found: found
            )
            lines.append(msgspec.json.encode({"article_id": article.id, "annotations": predict(text)}))
    path.write_bytes(b"\n".join([*lines, b""]))


def rules_against(project: Project, annotator: str, path: Path, suggesting: bool = True) -> SideComparison:
    """The rule baseline against the labels of a dataset."""
    write_rules(project, {"muc4": "muc3"}.get(annotator, annotator), path, suggesting)
    return measure_sides(str(path), annotator, project, Reporter())


def section(title: str, compared: SideComparison, names: Names) -> str:
    """The tables of a comparison for the docs, without errors, which quote articles."""
    (part,) = compared.parts
    layers = ", ".join(f"{layer} ({count:,})" for layer, count in part.not_asked.items())
    lines = [
        (0, f"{part.articles:,} articles in {part.stories:,} stories"),
        (0, f"not compared, with the annotations of both: {layers}"),
    ]
    tables = [
        Block(0, block.title.partition(" of ")[0], rows=block.rows) for block in comparison_blocks(compared, names) if block.rows
    ]
    shown = [block for table in tables for block in (Block(4, table.title), Block(0, "", rows=table.rows))]
    return markdown_of([Block(3, title, lines), *shown])


def tables(corpora: Path, folder: Path) -> str:
    """The tables of both datasets."""
    project = published(corpora, folder)
    names = Names(*open_codebook(project))
    parts = [section(title, rules_against(project, name, folder / "rules.jsonl"), names) for title, (name, _) in LABELS.items()]
    return "\n".join(parts).rstrip("\n")
