"""Raw files in: ingest."""

from __future__ import annotations

from pathlib import Path

import click

from standpoint.cli._root import verb
from standpoint.printer import Printer
from standpoint.project import Project
from standpoint.verbs import articles


@verb("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--sources", type=click.Path(exists=True, path_type=Path), help="Another sources.yaml than dataset/sources.yaml.")
@click.pass_obj
def ingest(project: Project, paths: tuple[Path, ...], sources: Path | None) -> None:
    """Turn raw files into articles: text, Markdown, HTML, JSON Lines, CSV, Parquet, gzip, or folders of them.

    \b
    standpoint ingest dataset/raw
    standpoint ingest ~/crawl/*.jsonl.gz --sources my-sources.yaml
    """
    with Printer() as printer:
        counts = articles.ingest_paths(project, paths, sources or project.sources, printer.teller)
    printer.close(counts)
