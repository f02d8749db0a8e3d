"""From an archive to the articles worth annotating."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from standpoint.cli.console import EXISTING_FILE, EXISTING_PATH, FOLDER, RELEASE, Result, Run, with_jobs
from standpoint.cli.root import command

if TYPE_CHECKING:
    from standpoint.pool.outcome import Report

DAY = click.DateTime(formats=["%Y-%m-%d"])


@command("pool")
@click.argument("archive", nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="The folder of the pool: the records, the report and the work.")
@click.option("--sources", type=EXISTING_PATH, help="Another file than dataset/sources.yaml.")
@click.option("--number", type=click.IntRange(1), default=500, show_default=True, help="How many articles are drawn.")
@click.option("--minimum", type=click.IntRange(0), default=2, show_default=True, help="At least so many of each stratum.")
@click.option("--stories", type=click.IntRange(0), help="So many stories that several outlets tell.  [default: the minimum]")
@click.option("--only-stories", is_flag=True, help="Only articles of those stories.")
@click.option("--outlets", type=click.IntRange(2), default=2, show_default=True, help="At least so many outlets tell a story.")
@click.option("--most-outlets", type=click.IntRange(2), help="A story has an article of each outlet, but of no more than these.")
@click.option(
    "--sides",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The outlets of a story stand on at least so many sides, which sources.yaml states.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed draws other articles.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language; may be given several times.")
@click.option("--source", "only", multiple=True, metavar="ID", help="Only this source; may be given several times.")
@click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="Only articles of this day and later ones.")
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="Only articles of this day and earlier ones.")
@click.option("--words", "least_words", type=click.IntRange(0), default=100, show_default=True, help="Only articles so long.")
@click.option("--most-words", type=click.IntRange(0), default=0, help="Only articles no longer than this.")
@click.option(
    "--density", type=click.FloatRange(0), default=1, show_default=True, help="Triggers of the codebook's lexicon in 100 words."
)
@click.option("--triggers", type=click.IntRange(0), default=3, show_default=True, help="Triggers of the lexicon in the article.")
@click.option("--by-site", is_flag=True, help="The outlet is the site of an article's address, not its source.")
@click.option(
    "--trained-on",
    "release",
    type=RELEASE,
    help="Triggers are those of the trained baseline, trained on this release, and not the lexicon's.",
)
@with_jobs
@click.option("--tasks", type=click.IntRange(1), help="Into how many tasks the files are shared out. Default: 4 for each job.")
@click.option(
    "--executor", type=click.Choice(["local", "slurm", "ray"]), default="local", show_default=True, help="Who runs the tasks."
)
@click.option(
    "--cost-of", type=click.IntRange(1), metavar="RECORDS", help="Print what so many records would cost, from this run."
)
@click.option("--options", "options_file", type=EXISTING_FILE, help="A YAML file with the options of the executor.")
def pool_command(
    run: Run,
    archive: tuple[str, ...],
    out: Path,
    sources: Path | None,
    number: int,
    minimum: int,
    stories: int | None,
    only_stories: bool,
    outlets: int,
    most_outlets: int | None,
    sides: int,
    seed: int,
    languages: tuple[str, ...],
    only: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    least_words: int,
    most_words: int,
    density: float,
    triggers: int,
    by_site: bool,
    release: str | None,
    jobs: int,
    tasks: int | None,
    executor: str,
    options_file: Path | None,
    cost_of: int | None,
) -> Result:
    """Draw the articles worth annotating from a large archive.

    ARCHIVE is files, folders, globs or addresses (s3://…, hf://…) of any format that `ingest` reads, packed or not. Each record
    becomes an article as in `ingest`, by sources.yaml. Left out are those of other sources, languages, dates and lengths, those
    with too few words of the codebook's lexicon, and copies of others. Of the rest, --number articles are drawn, with --minimum
    of each outlet, month and event, and that many stories that several outlets tell. A small model that was trained on a
    release may find the words in the lexicon's place (--trained-on).

    \b
    standpoint pool ~/archive --out pool --since 2031-01-01 --number 500
    standpoint pool "s3://news/2031/*.warc.gz" --out pool --language en --by-site
    standpoint pool ~/archive --out pool --stories 20 --only-stories --outlets 3 --most-outlets 4 --sides 2
    standpoint pool /data/news --out /data/pool --executor slurm --options slurm.yaml --tasks 1000
    standpoint pool /data/news --out /data/pool --cost-of 100000000
    standpoint ingest pool/records --sources pool/sources.yaml

    The pool has records/ and sources.yaml for `ingest`, report.json, and left-out.jsonl.gz: a line for each other record, with
    the reason. A run that was stopped goes on when the command is given again. The result does not depend on --jobs, --tasks,
    the executor and the order of the files. slurm.yaml has options of datatrove's SlurmPipelineExecutor:

    \b
    partition: compute
    time: "04:00:00"
    mem_per_cpu_gb: 4
    venv_path: /home/me/venv/bin/activate
    """
    from standpoint.pool.draw import Wish
    from standpoint.pool.jobs import Engine, load_options, pool
    from standpoint.pool.sift import Wanted

    wanted = Wanted(
        sources=tuple(sorted(only)),
        languages=_codes(languages),
        since=_day(since),
        until=_day(until),
        least_words=least_words,
        most_words=most_words,
        density=density,
        triggers=triggers,
        by_site=by_site,
    )
    engine = Engine(executor, load_options(options_file), jobs, tasks or 0)
    if sides and by_site:
        raise click.UsageError("--sides are those of sources, so it cannot be given with --by-site")
    wish = Wish(number, minimum, seed, stories, outlets, most_outlets or 0, sides, only_stories)
    trained_on = run.find_release(release) if release else None
    report = pool(run.project, archive, out, sources or run.project.sources, wanted, wish, engine, run.reporter, trained_on)
    if report is None:
        return ["the jobs are handed in; when they have ended, the same command prints the report"]
    return chain(report_lines(report, out), cost_lines(out, report.read, cost_of) if cost_of else ())


def _day(value: datetime | None) -> str:
    return value.date().isoformat() if value else ""


def _codes(names: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of languages; a usage error for what is none."""
    from standpoint.core.codes import language_code

    codes = {name: language_code(name) for name in names}
    if unknown := [name for name, code in codes.items() if not code]:
        raise click.UsageError(f"no language is called {unknown[0]!r}; one is en, or English")
    return tuple(sorted(str(code) for code in codes.values()))


def report_lines(report: Report, out: Path) -> Iterator[str]:
    """The counts of a pool, which add up, its strata, and what to do next."""
    from standpoint.cli.render import columns

    yield from (f"{report.read:>9,}  read", f"{report.drawn:>9,}  drawn")
    yield from (f"{count:>9,}  left out: {reason}" for reason, count in report.left_out.items())
    short = [one for one in report.strata if one.got < one.wanted]
    yield ""
    kinds = sorted({one.kind for one in report.strata})
    rows = [(kind, *(sum(one.kind == kind for one in part) for part in (report.strata, short))) for kind in kinds]
    yield from columns([("strata", "there are", "got too few"), *rows])
    for where, code, message in report.refused[:5]:
        yield f"{where}: {code} {message}"
    if len(report.refused) > 5:
        yield f"… and {len(report.refused) - 5} more files that are not read, or not to their end"
    if report.other:
        yield f"of {report.other} of the records, `ingest` makes another text or other zones"
    yield f"standpoint ingest {out / 'records'} --sources {out / 'sources.yaml'}"


def cost_lines(out: Path, records: int, wanted: int) -> Iterator[str]:
    """What so many records would cost, as a table."""
    from standpoint.cli.render import columns
    from standpoint.pool.jobs import WORK, costs

    jobs = list(costs(out / WORK, records, wanted))
    yield from ("", f"{wanted:,} records, from what {records:,} cost here:")
    rows = [(job.job, f"{job.core_hours:,.1f}", f"{job.peak_mb:,.0f}", f"{job.disk_mb / 1024:,.1f}") for job in jobs]
    whole = f"{sum(job.core_hours for job in jobs):,.1f}", f"{max((job.peak_mb for job in jobs), default=0):,.0f}"
    disk = f"{sum(job.disk_mb for job in jobs) / 1024:,.1f}"
    yield from columns([("job", "core hours", "MB of a process", "GB on disk"), *rows, ("all", *whole, disk)])
