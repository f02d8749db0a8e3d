"""Build the project's release, or an earlier version of it again: run agreement, leaks and baselines, write rows and card."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from standpoint.agreement.agreement import measure_agreement
from standpoint.codebook.load import open_codebook
from standpoint.core.corpus import article_streams, read_adjudicated, read_annotation_sets
from standpoint.core.files import replace_folder, same_files, workspace
from standpoint.core.model import StandpointError
from standpoint.core.paths import Project
from standpoint.core.provenance import as_listed, kinds_of
from standpoint.core.reporter import Reporter
from standpoint.dataset.build import Extra, Plan, Summary, build_release
from standpoint.dataset.build_rows import Records
from standpoint.dataset.card_tables import Baseline, read_prose
from standpoint.dataset.release_folder import Release, content_hash
from standpoint.dataset.schema import Schema, features
from standpoint.release.locate import ProjectVersions, find_version_commit, project_versions
from standpoint.release.versions import find_row
from standpoint.scoring.baseline import baseline_scores
from standpoint.splits.leaks import find_project_leaks, refuse_leaks, report_released_leaks
from standpoint.splits.splits import DEFAULT, read_splits

SAME_BYTES, SAME_CONTENT = "the same bytes", "the same content; another version of pyarrow or datasets wrote other bytes"


def build_project(project: Project, version: str | None, reporter: Reporter) -> Counter:
    """Build the release from the adjudicated sets and read it back; the number of rows by config."""
    refuse_leaks(find_project_leaks(project, reporter))
    return summary_counts(build_with_extras(project, version, reporter))


def build_with_extras(
    project: Project, version: str | None, reporter: Reporter, extras: Mapping[str, Extra] | None = None
) -> Summary:
    """Build the release. ``extras`` are files that are added to, or replace, those that each build takes along."""
    codebook, registry = open_codebook(project)
    version = version or _current_version(project)
    agreement = measure_agreement(project, reporter).published()
    articles = (article for stream in article_streams(project) for article in stream)
    kinds = kinds_of(project)
    sets = (as_listed(item, kinds) for item in read_annotation_sets(project))
    records = Records(articles, read_adjudicated(project), sets, read_splits(project.split_file(DEFAULT)))
    standard = {"CHANGELOG.md": project.release_changelog, "sources.yaml": project.sources}  # hydrate reads sources.yaml
    files: dict[str, Extra] = {name: path.read_bytes() for name, path in standard.items() if path.exists()}
    files.update(extras or {})
    leaks = report_released_leaks(project, reporter)

    def baselines(folder: Path) -> list[Baseline]:
        return baseline_scores(Release(folder, Schema(codebook), registry, features(codebook)))

    card = read_prose(project.card.read_bytes().decode("utf-8", "replace"), str(project.card)) if project.card.exists() else None
    plan = Plan(codebook, version, registry, agreement, files, card, baselines=baselines, leaks=leaks)
    summary = build_release(records, plan, project.release)
    for note in summary.notes:
        reporter.report(note)
    return summary


def summary_counts(summary: Summary) -> Counter:
    """The number of rows by config, and whether the release changed."""
    counts = Counter({f"rows of {config}": sum(splits.values()) for config, splits in summary.rows.items()})
    counts["releases changed"] = int(summary.changed)
    return counts


def _current_version(project: Project) -> str:
    path = project.version
    if not path.exists():
        raise StandpointError(f"{path}: no such file", "write the version of the dataset in it, or give --version")
    return path.read_text(encoding="utf-8").strip()


def rebuild_version(project: Project, version: str, out: Path | None, reporter: Reporter) -> tuple[Path, str]:
    """Build an earlier version again from its commit, with the code of that commit; its folder and how it compares.

    StandpointError, with nothing left behind, if the content is not the content that was released.
    """
    versions = project_versions(project)
    repository, commit = find_version_commit(version, versions)
    out = out or project.rebuilt / version
    with workspace(out) as beside:
        repository.extract(commit, beside / "tree")
        old = Project(beside / "tree" / repository.prefix)
        released = beside / "released"
        if old.release.is_dir():
            old.release.rename(released)
        link_local_files(project, old)
        _build_with_own_code(old, reporter)
        comparison = _compare_with_released(version, old.release, released, versions)
        replace_folder(out, old.release)
    return out, comparison


def link_local_files(project: Project, copy: Project) -> None:
    """Link the files that are never committed, withheld texts and people.json, into a copy of the project."""
    copy.local.mkdir(exist_ok=True)
    for source, target in ((project.withheld, copy.withheld), (project.people, copy.people)):
        if source.exists():
            target.symlink_to(source.resolve())


def _build_with_own_code(old: Project, reporter: Reporter) -> None:
    """Build a checkout with the code in it, because that may write other tables than ours; with ours if it has none."""
    if not (old.code / "standpoint" / "cli").is_dir():
        build_with_extras(old, None, reporter)
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(old.code), os.environ.get("PYTHONPATH"))))}
    words = [sys.executable, "-c", "from standpoint.cli import main; main()", "--project", str(old.root), "build"]
    done = subprocess.run(words, cwd=old.root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        message = next((line for line in lines if line.startswith("error:")), lines[-1])
        raise StandpointError(f"the code of that version does not build it here: {message}", "install what it was built with")


def _compare_with_released(version: str, built: Path, released: Path, versions: ProjectVersions) -> str:
    """SAME_BYTES or SAME_CONTENT; StandpointError for other content than was released."""
    if released.is_dir() and same_files(released, built):
        return SAME_BYTES
    row, content = find_row(versions.history, version), content_hash(built)
    if released.is_dir() or row:
        known = row.content if row else content_hash(released)
        if content != known:
            message = f"{version}: the build has content {content[:12]}…, what was released has {known[:12]}…"
            raise StandpointError(message, "withheld texts must be in the local store: ingest them here first")
    return SAME_CONTENT
