"""The jobs of the benchmarks: each does one thing, and prints its seconds and its peak memory.

Imports are not timed; the peak is that of the whole process.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from pathlib import Path

from generate import write_articles, write_export

from standpoint.core.project import Project, find_project

HERE = Path(__file__).parent


def own_project(folder: Path) -> Project:
    """An empty project with our guidelines, to work in."""
    project = Project(folder / "project")
    if not project.codebook.exists():
        shutil.copytree(find_project(HERE).root / "guidelines", project.root / "guidelines")
    return project


def export_path(folder: Path, size: int) -> Path:
    return folder / f"export-{size}.json"


def generate(folder: Path, size: int) -> None:
    """The export that the jobs read."""
    from standpoint.codebook.load import open_codebook

    codebook, registry = open_codebook(own_project(folder))
    write_export(export_path(folder, size), size, codebook, registry)


def import_and_build(folder: Path, size: int):
    """Ours: every region, answer and relation, checked, to JSON Lines and on to Parquet."""
    from standpoint.codebook.load import open_codebook
    from standpoint.core.corpus import read_annotation_sets
    from standpoint.core.model import AnnotationSet, Reporter
    from standpoint.dataset.parquet_files import writing
    from standpoint.dataset.rows import annotation_row
    from standpoint.dataset.schema import features
    from standpoint.labelstudio.exchange import import_exports

    project = own_project(folder)
    shutil.rmtree(project.annotations, ignore_errors=True)
    codebook, _ = open_codebook(project)

    def work() -> None:
        counts = import_exports(project, [export_path(folder, size)], Reporter())
        assert counts["items"] == counts["items stored"] > 0, counts
        configs = {"annotations": features(codebook)["annotations"]}
        with writing(folder / "ours", configs) as files:
            for item in read_annotation_sets(project):
                assert isinstance(item, AnnotationSet)
                files.add("annotations", "train", annotation_row(item, "silver"))

    return work


def floor(folder: Path, size: int):
    """The floor: the whole file decoded once, typed, and its regions written to Parquet."""
    import msgspec
    import pyarrow as pa
    import pyarrow.parquet as pq

    from standpoint.pages.task_json import Task

    def work() -> None:
        tasks = msgspec.json.decode(export_path(folder, size).read_bytes(), type=list[Task])
        columns: dict[str, list] = {"id": [], "layer": [], "start": [], "end": [], "labels": []}
        for task in tasks:
            for annotation in task.annotations:
                for item in annotation.result:
                    if item.type == "labels":
                        columns["id"].append(item.id)
                        columns["layer"].append(item.from_name)
                        columns["start"].append(item.value.start)
                        columns["end"].append(item.value.end)
                        columns["labels"].append(item.value.labels)
        pq.write_table(pa.table(columns), folder / "floor.parquet")

    return work


def converter(folder: Path, size: int, form: str):
    """The peer: label_studio_sdk's converter. It drops relations."""
    from label_studio_sdk.converter import Converter

    from standpoint.codebook.load import open_codebook
    from standpoint.pages.label_config import label_config

    codebook, _ = open_codebook(own_project(folder))
    config = label_config(codebook, "facts")
    out = folder / f"out-{form}"
    shutil.rmtree(out, ignore_errors=True)

    def work() -> None:
        Converter(config, str(folder), download_resources=False).convert(
            str(export_path(folder, size)), str(out), form, is_dir=False
        )

    return work


def read_tasks(folder: Path, size: int):
    """Ours: the export cut into its tasks, and each task decoded once, typed."""
    from standpoint.labelstudio.export_file import read_export
    from standpoint.pages.task_json import Task

    def work() -> None:
        assert all(isinstance(task, Task) for task in read_export(export_path(folder, size)))

    return work


def read_with_ijson(folder: Path, size: int, backend: str):
    """The peer: ijson reads each task as Python objects; their JSON is decoded again, typed, as a task's data stay JSON."""
    import ijson
    import msgspec

    from standpoint.pages.task_json import DECODE_TASK, Task

    reader = ijson.get_backend(backend)

    def work() -> None:
        with export_path(folder, size).open("rb") as file:
            tasks = reader.items(file, "item", use_float=True)
            assert all(isinstance(DECODE_TASK(msgspec.json.encode(task)), Task) for task in tasks)

    return work


def ingest(folder: Path, size: int):
    """Ours: raw JSON Lines to articles with zones, sentences and groups of near-duplicates."""
    from standpoint.core.model import Reporter
    from standpoint.ingest.ingest import ingest_paths

    project = own_project(folder)
    shutil.rmtree(project.articles, ignore_errors=True)

    def work() -> None:
        paths = [folder / "articles" / f"{size}.jsonl"]
        ingest_paths(project, paths, folder / "sources.yaml", Reporter())

    return work


def read(folder: Path, size: int):
    """Bare reading: each line of the same file parsed, nothing else."""

    def work() -> None:
        with (folder / "articles" / f"{size}.jsonl").open(encoding="utf-8") as file:
            assert sum(len(json.loads(line)["text"]) for line in file) > 0

    return work


JOBS = {
    "import+build": import_and_build,
    "floor": floor,
    "CONLL2003": lambda folder, size: converter(folder, size, "CONLL2003"),
    "JSON_MIN": lambda folder, size: converter(folder, size, "JSON_MIN"),
    "read tasks": read_tasks,
    "ijson yajl2_c": lambda folder, size: read_with_ijson(folder, size, "yajl2_c"),
    "ijson python": lambda folder, size: read_with_ijson(folder, size, "python"),
    "ingest": ingest,
    "read": read,
    "generate": lambda folder, size: lambda: generate(folder, size),
    "generate-articles": lambda folder, size: lambda: write_articles(folder, size),
}


def main() -> None:
    name, folder, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    work = JOBS[name](folder, size)
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
