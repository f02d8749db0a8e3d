"""The jobs of a pool, one after the other, and the executors of datatrove that run their tasks: here, on Slurm or on Ray.

    read      the archive's records -> the wanted articles, and their MinHash signatures     (tasks)
    buckets   signatures -> pairs, band by band                                              (a task for each band)
    clusters  pairs -> clusters                                                              (one)
    scatter   the members of a cluster -> one file                                           (tasks)
    verify    clusters -> copies, by the exact sets                                          (tasks)
    draw      the rest -> records, reasons, report                                           (one)

What a task has done is marked in the pool's folder, so that a job that was killed goes on where it was.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from importlib import import_module
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, to_builtins
from msgspec.json import encode

from standpoint.codebook.load import open_codebook
from standpoint.core.files import SUMS, read_json, write_json
from standpoint.core.model import Reporter, StandpointError, needs_extra, sha256
from standpoint.core.project import Project
from standpoint.core.yaml_files import read_yaml
from standpoint.dataset.release_folder import open_release
from standpoint.ingest.sources import load_sources
from standpoint.pool.archive import archive_files
from standpoint.pool.copies import BUCKETS, NEEDED, TEXTS, Scatter, Verify, minhash_config, signature_step
from standpoint.pool.draw import Wish
from standpoint.pool.outcome import REPORT, Outcome, Read, Report
from standpoint.pool.sift import Wanted
from standpoint.pool.triggers import MODEL, train, trigger_phrases

LOCAL, SLURM, RAY = ("local", "slurm", "ray")
WORK = "work"
OURS = ("self", "pipeline", "tasks", "logging_dir", "depends", "skip_completed", "job_name")  # not the user's to state
HOUR = 3600
# What each job leaves in the folder of the work.
LEAVES = {
    "read": ("texts", "left-out", "signatures"),
    "buckets": ("pairs",),
    "clusters": ("clusters",),
    "scatter": ("members",),
    "verify": ("copies",),
}
TASKS_PER_WORKER = 4  # so that a worker with small files goes on with others


class Engine(Struct, frozen=True):
    """Who runs the tasks. ``options`` are those of datatrove's executor; ``tasks`` 0: as many as fit."""

    executor: str = LOCAL
    options: dict[str, Any] = {}
    workers: int = 1
    tasks: int = 0


class Plan(Struct, frozen=True):
    """What the work in a pool's folder is made of: with another plan, it would be another."""

    files: str  # each of these is a sha256
    sources: str
    guidelines: str
    release: str  # on which the baseline that finds triggers is trained; "" for the lexicon
    wanted: Wanted
    tasks: int


class Job(NamedTuple):
    """A job: its steps, and by how many tasks it is done."""

    name: str
    steps: list[Any]
    tasks: int


def pool(
    project: Project,
    names: Sequence[str],
    out: Path,
    sources: Path,
    wanted: Wanted,
    wish: Wish,
    engine: Engine,
    reporter: Reporter,
    release: Path | None = None,
) -> Report | None:
    """Draw from an archive, into the folder ``out``; the report, or None if the jobs are waiting in a queue now.

    ``release``: triggers are those that the trained baseline finds, trained on it. Otherwise they are the lexicon's.
    StandpointError if the folder has the work of another pool, or if a job fails.
    """
    files, out = archive_files(names), out.absolute()
    load_sources(sources, reporter.report)
    if (wanted.density or wanted.triggers) and not release and not trigger_phrases(open_codebook(project)[0]):
        message = "no label of the codebook has a lexicon, so that nothing shows which texts are on its topic"
        raise StandpointError(
            message, "give labels a `lexicon`, name a release with --trained-on, or take all texts with --density 0 --triggers 0"
        )
    work = out / WORK
    plan = _plan(project, files, sources, release, wanted, engine, work)
    settings = {"wanted": to_builtins(wanted), "wish": to_builtins(wish)}
    made_of = sha256(encode([plan.files, plan.sources, plan.guidelines, plan.release, settings]).decode())
    if (out / REPORT).exists() and (report := read_json(out / REPORT, Report)).made_of == made_of:
        return report
    if release and not (work / MODEL).exists():
        train(open_release(release), work / MODEL)
    write_json(work / "files.json", files)
    write_json(work / "plan.json", plan)
    (out / REPORT).unlink(missing_ok=True)
    draw = Outcome(project.root.absolute(), sources.absolute(), work, out, plan.tasks, wish, made_of, settings)
    _run(_jobs(Read(draw.root, draw.sources, work, wanted), draw), work, engine, reporter)
    return read_json(out / REPORT, Report) if (out / REPORT).exists() else None


def _plan(
    project: Project, files: Sequence[Any], sources: Path, release: Path | None, wanted: Wanted, engine: Engine, work: Path
) -> Plan:
    """The plan, which is that of the work in the folder, if there is any."""
    texts = [path.read_text(encoding="utf-8") for path in (project.codebook, project.actors) if path.exists()]
    tasks = min(len(files), engine.tasks or engine.workers * TASKS_PER_WORKER)
    trained_on = sha256((release / SUMS).read_text(encoding="utf-8")) if release else ""
    digests = (sha256(encode(files).decode()), sha256(sources.read_text(encoding="utf-8")), sha256("".join(texts)), trained_on)
    plan = Plan(*digests, wanted, tasks)
    if not (work / "plan.json").exists():
        if work.parent.exists() and any(work.parent.iterdir()):
            raise StandpointError(f"{work.parent}: it is not empty, and no pool is in it", "name another folder with --out")
        return plan
    former = read_json(work / "plan.json", Plan)
    plan = plan if engine.tasks else Plan(*digests, wanted, former.tasks)
    if plan != former:
        differ = [name for name in plan.__struct_fields__ if getattr(plan, name) != getattr(former, name)]
        message = f"{work.parent}: it has a pool of other {', '.join(differ)}"
        raise StandpointError(message, "name another folder with --out, or delete this one")
    return plan


def _jobs(read: Read, draw: Outcome) -> list[Job]:
    with needs_extra("pool", NEEDED):
        from datatrove.pipeline.dedup.minhash import MinhashDedupBuckets, MinhashDedupCluster
        from datatrove.pipeline.writers import JsonlWriter
    work, tasks, config = draw.work, draw.tasks, minhash_config()
    texts, signatures, pairs, clusters, members = (
        work / name for name in ("texts", "signatures", "pairs", "clusters", "members")
    )
    return [
        Job("read", [read, JsonlWriter(str(texts), TEXTS), signature_step(signatures)], tasks),
        Job("buckets", [MinhashDedupBuckets(str(signatures), str(pairs), config=config, lines_to_buffer=1000)], BUCKETS),
        Job("clusters", [MinhashDedupCluster(str(pairs), str(clusters), config, save_cluster_id=True, lines_to_buffer=1000)], 1),
        Job("scatter", [Scatter(texts, clusters, members, tasks)], tasks),
        Job("verify", [Verify(members, work / "copies")], tasks),
        Job("draw", [draw], 1),
    ]


def _run(jobs: Sequence[Job], work: Path, engine: Engine, reporter: Reporter) -> None:
    """Run the jobs in their order; on Slurm, hand them in, each to begin after the one before."""
    make = executor_class(engine.executor)
    options = {"workers": engine.workers} | engine.options if engine.executor != SLURM else engine.options
    if engine.executor == RAY:
        options = _connected(options)
    _check_options(make, options, engine.executor)
    executors: list[Any] = []
    for job in jobs:
        named = {"job_name": f"pool-{job.name}", "depends": executors[-1] if executors else None}
        more = named if engine.executor == SLURM else {}
        # The draw has its own mark, the report: another draw from the same work is another outcome.
        done = {"skip_completed": job.name != "draw", "logging_dir": str(work / "logs" / job.name)}
        executors.append(make(job.steps, tasks=job.tasks, **done, **more, **options))
    if engine.executor == SLURM:
        _quietly("the last job", executors[-1], work)
        return
    for job, executor in reporter.track("pool", zip(jobs, executors, strict=True), len(jobs)):
        _quietly(job.name, executor, work)
        if job.name != "draw" and (missing := executor.get_incomplete_ranks()):
            raise _failed(job.name, f"{len(missing)} of its {job.tasks} tasks are not done", work)


def _quietly(name: str, executor: Any, work: Path) -> None:
    """Run a job. What datatrove says meanwhile is in its logs."""
    with needs_extra("pool", NEEDED):
        from datatrove.utils.logging import setup_default_logger
    try:
        with redirect_stderr(StringIO()):
            setup_default_logger()  # it had the terminal since its import
            executor.run()
    except StandpointError:
        raise
    except Exception as error:
        raise _failed(name, " ".join(str(error).split())[:400], work) from error


def _failed(name: str, problem: str, work: Path) -> StandpointError:
    hint = f"its logs are in {work / 'logs'}; when the cause is mended, the same command goes on where it was"
    return StandpointError(f"the job {name!r} did not end well: {problem}", hint)


def executor_class(name: str) -> Any:
    """The executor of datatrove."""
    with needs_extra("pool", NEEDED):
        from datatrove.executor import LocalPipelineExecutor, RayPipelineExecutor, SlurmPipelineExecutor
    if name != LOCAL:
        return {SLURM: SlurmPipelineExecutor, RAY: RayPipelineExecutor}[name]

    class Local(LocalPipelineExecutor):
        """datatrove's, which keeps to its logs, and notes what each task cost."""

        def _launch_run_for_rank(self, rank: int, *rest: Any, **more: Any) -> Any:
            began, cpu = time.perf_counter(), time.process_time()
            try:
                with redirect_stderr(StringIO()):
                    stats = LocalPipelineExecutor._launch_run_for_rank(self, rank, *rest, **more)
            except (
                Exception
            ) as error:  # of a class that may not pass from one process to another: then the pool would wait for ever
                raise RuntimeError(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}") from None
            note_cost(Path(self.logging_dir.path), rank, time.perf_counter() - began, time.process_time() - cpu)
            return stats

    return Local


def load_options(path: Path | None) -> dict[str, Any]:
    """The options of an executor from a YAML file."""
    options = read_yaml(path) if path else {}
    if not isinstance(options, dict):
        raise StandpointError(
            f"{path}: it should be a mapping, such as `partition: compute`", "it has the options of the executor"
        )
    return options


def _check_options(make: Any, options: Mapping[str, Any], executor: str) -> None:
    parameters = {name: one for name, one in signature(make.__init__).parameters.items() if name not in OURS}
    for name in options:
        if name not in parameters:
            raise StandpointError(f"the executor {executor} has no option {name!r}", f"it has {', '.join(parameters)}")
    if needed := [name for name, one in parameters.items() if one.default is one.empty and name not in options]:
        message = f"the executor {executor} needs {' and '.join(needed)}"
        raise StandpointError(
            message, "state it in a YAML file: --options slurm.yaml, with `partition: compute` and `time: 04:00:00`"
        )


def _connected(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without the ``address`` of a Ray, to which this process is connected now; without one, Ray starts here."""
    rest = dict(options)
    address = rest.pop("address", None)
    with needs_extra("ray", "the executor ray"):
        ray = import_module("ray")
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, configure_logging=False, include_dashboard=False)
        except (ConnectionError, ValueError) as error:
            raise StandpointError(
                f"no Ray answers at {address}: {error}", "state its `address` in the file of --options"
            ) from None
    return rest


class Cost(Struct, frozen=True):
    """What a task cost: seconds, seconds of a core, and the most memory that its process had, in MB."""

    seconds: float
    cpu: float
    peak_mb: float


class JobCost(NamedTuple):
    """What a job costs: hours of a core, the most memory of one process in MB, and the size of the files that it leaves in MB."""

    job: str
    core_hours: float
    peak_mb: float
    disk_mb: float


def note_cost(logs: Path, rank: int, seconds: float, cpu: float) -> None:
    """Write down what a task cost, beside its logs."""
    peak = 0.0
    if sys.platform != "win32":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    write_json(logs / "costs" / f"{rank:05d}.json", Cost(round(seconds, 3), round(cpu, 3), round(peak, 1)))


def costs(work: Path, records: int, wanted: int) -> Iterator[JobCost]:
    """What each job would cost for ``wanted`` records, from what it cost here for ``records``: time and files grow with them.

    Memory does not, but in the draw, which keeps a short line about each article that names actors and places, and the place of
    each copy. A job that was not done on this machine, such as one on Slurm, has no line.
    """
    found: dict[str, list[Cost]] = defaultdict(list)
    for path in work.glob("logs/*/costs/*.json"):
        found[path.parent.parent.name].append(read_json(path, Cost))
    scale = wanted / max(records, 1)
    for job in (*LEAVES, "draw"):
        if tasks := found[job]:
            size = sum(path.stat().st_size for name in LEAVES.get(job, ()) for path in (work / name).rglob("*") if path.is_file())
            cpu = sum(task.cpu for task in tasks)
            yield JobCost(job, cpu * scale / HOUR, max(task.peak_mb for task in tasks), size * scale / 2**20)
