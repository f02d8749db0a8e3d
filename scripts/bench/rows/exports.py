"""import: exports of Label Studio to annotation sets and on to Parquet, beside its own converter; and reading exports alone."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from generate import write_export
from row import ALL, CORES, ONE, Row, Work, own_project, quicker, with_jobs, within

FLOOR = "the floor"


def export_path(folder: Path, size: int) -> Path:
    return folder / f"export-{size}.json"


def import_and_build(folder: Path, size: int, jobs: int) -> Work:
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
    configs = {"annotations": features(codebook)["annotations"]}
    options = with_jobs(import_exports, jobs)

    def work() -> None:
        counts = import_exports(project, [export_path(folder, size)], Reporter(), **options)
        assert counts["items"] == counts["items stored"] > 0, counts
        with writing(folder / "ours", configs) as files:
            for item in read_annotation_sets(project):
                assert isinstance(item, AnnotationSet)
                files.add("annotations", "train", annotation_row(item, "silver", bool(codebook.crosswalks)))

    return work


def floor(folder: Path, size: int) -> Work:
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


def converter(folder: Path, size: int, form: str) -> Work:
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


def read_tasks(folder: Path, size: int) -> Work:
    """Ours: the export cut into its tasks, and each task decoded once, typed."""
    from standpoint.labelstudio.export_file import read_export
    from standpoint.pages.task_json import Task

    def work() -> None:
        assert all(isinstance(task, Task) for task in read_export(export_path(folder, size)))

    return work


def read_with_ijson(folder: Path, size: int, backend: str) -> Work:
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


def prepare(folder: Path, size: int) -> None:
    from standpoint.codebook.load import open_codebook

    write_export(export_path(folder, size), size, *open_codebook(own_project(folder)))


ROWS = [
    Row(
        name="import",
        title="import + build",
        unit="tasks",
        quick=(200,),
        usual=(2_000, 20_000),
        prepare=prepare,
        jobs={name: partial(import_and_build, jobs=jobs) for name, jobs in ((ONE, 1), (ALL, CORES))}
        | {form: partial(converter, form=form) for form in ("CONLL2003", "JSON_MIN")}
        | {FLOOR: floor},
        ours=(ONE, ALL),
        aims=[within(ONE, FLOOR, 1.2), quicker(ALL, "CONLL2003", 8)],
        why="The floor decodes the tasks and writes five columns. Ours also checks each region against the codebook and "
        "the text, makes annotations of it, merges them with those that are stored, writes JSON Lines, reads them "
        "again and writes all columns.",
    ),
    Row(
        name="read",
        title="reading of an export",
        unit="tasks",
        quick=(200,),
        usual=(1_000, 5_000),
        prepare=prepare,
        jobs={ONE: read_tasks} | {f"ijson {name}": partial(read_with_ijson, backend=name) for name in ("yajl2_c", "python")},
        only_small=("ijson python",),
    ),
]
