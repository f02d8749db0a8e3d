"""A project and its dataset: init, status, ingest, split, leaks; build, export; and research: baseline, score."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path

import click

from standpoint.cli.console import (
    EXISTING_FILE,
    EXISTING_PATH,
    FILE,
    FOLDER,
    RELEASE,
    Result,
    Run,
    json_file,
    with_bootstrap,
    with_jobs,
)
from standpoint.cli.root import command
from standpoint.core.files import plug_in_names
from standpoint.core.project import BASELINE_SEED, TEMPLATES
from standpoint.core.provenance import KINDS, UNKNOWN
from standpoint.formats import loss, writers


class InitCommand(click.Command):
    """A command whose help ends with what each template is."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Templates"):
            formatter.write_dl(list(TEMPLATES.items()))


@command("init", cls=InitCommand)
@click.argument("folder", type=FOLDER)
@click.option("--template", type=click.Choice(list(TEMPLATES)), help=f"Default: {next(iter(TEMPLATES))}.")
@click.option("--example", is_flag=True, help="Add invented articles, each with two annotation sets that no person made.")
@click.option(
    "--from-config", "config", type=EXISTING_FILE, help="A Label Studio project's label config, in place of a template."
)
@click.option("--from-export", "export", type=EXISTING_FILE, help="Its export as JSON: texts, annotators and annotations.")
@click.option("--ignore", multiple=True, metavar="CONTROL", help="Its answers may be lost: no layer can be made of it.")
@click.option("--annotators", "kind", type=click.Choice(KINDS), help="What the annotators of the export are.")
def init_command(
    run: Run,
    folder: Path,
    template: str | None,
    example: bool,
    config: Path | None,
    export: Path | None,
    ignore: tuple[str, ...],
    kind: str | None,
) -> Result:
    """Make a new project, also of a Label Studio project.

    The folder gets a codebook with comments, the list of sources, a card, changelogs, a plan of the splits, a .gitignore and
    a README, and becomes a git repository unless it is in one. All commands run on it as it is. Nothing is overwritten: files
    that are in the way are named, and nothing is written.

    With --from-config, the codebook is made from a label config; with --from-export, its texts become articles, its annotators
    get pseudonyms, and its annotations are imported. An export alone shows only the labels that were given. What no layer can
    have is named in the codebook, under `ignored`, and the exit code is 1 unless --ignore accepts it.

    \b
    standpoint init letters
    standpoint init news --template conflict
    standpoint init tried --template claims --example
    standpoint init theirs --from-export export.json --from-config config.xml
    standpoint init theirs --from-export export.json --annotators human_trained --ignore topics
    """
    if not (config or export):
        if ignore or kind:
            raise click.UsageError("--ignore and --annotators are for --from-config and --from-export")
        from standpoint.init.create_project import create_project

        return create_project(folder, template or next(iter(TEMPLATES)), example, run.reporter, run.say), Counter()
    if template or example:
        raise click.UsageError("a project is made either from a template or from a Label Studio project")
    from standpoint.cli.render import import_lines
    from standpoint.init.takeover import take_over

    taken = take_over(folder, config, export, ignore, kind or UNKNOWN, run.reporter, run.say)
    return [*taken.before, *(import_lines(taken.imported) if export else ()), *taken.after], Counter()


@command("status")
@click.option("--json", "as_json", is_flag=True, help="Write everything as one line of JSON to standard output.")
def status_command(run: Run, as_json: bool) -> Result:
    """Show where the project stands, and what to do next.

    It shows how many articles, annotation sets and adjudicated sets there are, what is stale, the last released version and what
    has changed since, and up to three commands to run next, each with its reason. It reads files only: no server is asked,
    nothing is locked or written. "Stale" means that the command of that stage would write something else now. Of the release,
    the rows and the lists are compared, and not the figures on the card.

    A file that cannot be read is named, and everything else is still shown; the exit code is 1, and `standpoint check` is next.

    \b
    standpoint status
    standpoint status --json
    """
    import msgspec

    from standpoint.cli.render_status import status_lines
    from standpoint.status import project_status

    found = project_status(run.project, run.reporter)
    run.failed = bool(found.damage)
    return [msgspec.json.encode(found).decode()] if as_json else status_lines(found)


@command("ingest")
@click.argument("paths", nargs=-1, type=EXISTING_PATH)
@click.option("--sources", type=EXISTING_PATH, help="Another file than dataset/sources.yaml.")
@click.option(
    "--remove",
    multiple=True,
    metavar="NAME",
    help="First remove this article, or all of this source, if nobody has worked on them.",
)
@with_jobs
def ingest_command(run: Run, paths: tuple[Path, ...], sources: Path | None, remove: tuple[str, ...], jobs: int) -> Result:
    """Turn raw files into articles.

    It reads text, Markdown, HTML, JSON and answers of interfaces, CSV, Parquet, RSS and Atom, WARC, DOCX, RTF, PDF, and
    downloads from Nexis and Factiva; any of them in gzip, in zip archives and in folders. It also reads the texts of CoNLL,
    UIMA XMI and spaCy files, whose annotations `import` reads.

    \b
    standpoint ingest dataset/raw
    standpoint ingest ~/crawl/*.jsonl.gz --sources my-sources.yaml --jobs 4
    standpoint ingest --remove my-texts dataset/raw

    dataset/sources.yaml has the outlets, and how their files are read:

    \b
    sources:
      - id: radio-x
        name: Radio X
        match: ["monitor/*.csv"]                      # the end of the path
        where: {source: "RADIO X*"}                   # only these records, if a file has several outlets
        columns: {text: body, source: station}        # our name of a column: its name in the file, or in an answer in JSON
        records: response.results                     # where an answer has its list of records, if it is not found
        format: nexis                                 # each file is such a download; or a format for any suffix
        licence: CC-BY-4.0
        language: en
        dates: DMY                                    # the order in dates such as 05/06/2031
        datelines: true                               # PORT SELE, 5 JUN 31 (RADIO X) -- gives the date and the outlet
    """
    if not paths and not remove:
        raise click.UsageError("name the raw files, such as dataset/raw")
    from standpoint.ingest.ingest import ingest_paths
    from standpoint.ingest.remove import remove_articles

    counts = remove_articles(run.locked_project, remove) if remove else Counter()
    if paths:
        counts.update(ingest_paths(run.locked_project, paths, sources or run.project.sources, run.reporter, jobs))
    return counts


@command("split")
@click.option("--redraw", is_flag=True, help="Assign all articles again by the present plan. Only before the first release.")
def split_command(run: Run, redraw: bool) -> Result:
    """Assign each new article to train, validation or test.

    An article never moves after that. A story (copies of a text; with a registry, also reports of the same actors and places
    within three days) is in one split, which is drawn by the hash of its name. splits/plan.yaml may hold a salt and the shares
    of the splits for the draw, and three more files of splits:

    \b
    salt: standpoint
    shares: {train: 0.7, validation: 0.15, test: 0.15}      # add up to 1; leave out a split that should have no articles
    by-date: {validation: 2031-03-15, test: 2031-03-20}     # the first day of each
    by-source: {validation: [northwire], test: [gazette]}   # the outlets that are held out; validation may be left out
    by-conflict: {test: [northern-war]}                     # the conflicts of guidelines/actors.yaml that are held out

    Until the first release, --redraw draws again after a change of the plan. Articles that somebody put into quarantine stay.

    \b
    standpoint split
    standpoint split --redraw
    """
    from standpoint.splits.splits import split_articles

    return split_articles(run.locked_project, run.reporter, redraw)


@command("leaks")
@click.argument("collections", metavar="[TRAIN TEST]", nargs=-1)
@click.option("--column", default="text", show_default=True, help="The column that holds the text, if there are columns.")
@click.option("--examples", type=click.IntRange(0), default=5, show_default=True, help="How many pairs to show.")
@with_jobs
def leaks_command(run: Run, collections: tuple[str, ...], column: str, examples: int, jobs: int) -> Result:
    """Find texts that two collections, or two splits, share.

    With TRAIN and TEST, it finds the texts of TEST that TRAIN has too: equal, nearly equal, or as a part. Without them, it
    reports on the project's own splits. A collection is a file or a folder that `ingest` reads, a release (a folder, or
    owner/name@v1.0.0 on the Hugging Face Hub), or PATH:SPLIT or PATH:CONFIG/SPLIT of a release or another dataset on disk. Texts
    of 40 words or more are compared by word 5-grams, shorter ones by 3-grams. Equal phrases of less than 8 words are counted
    and are not a leak. The exit code is 1 if there is a leak. Collections need no project.

    \b
    standpoint leaks
    standpoint leaks train.jsonl test.csv --column sentence
    standpoint leaks dataset/release:train dataset/release:test
    standpoint leaks ~/pretraining-sample letters-team/letters@v0.1.0:test
    """
    if len(collections) not in (0, 2):
        raise click.UsageError("name two collections, or none for the project's own splits")
    from standpoint.cli.render import comparison_lines, leak_report_lines
    from standpoint.dataset.find_release import find_collection
    from standpoint.splits.leaks import report_leaks
    from standpoint.splits.overlap import PHRASE, compare_collections

    if collections:
        train, test = (find_collection(name, run.reporter) for name in collections)
        comparison = compare_collections(train, test, column, examples, run.reporter, jobs)
        run.failed = any(overlap.kind != PHRASE for overlap in comparison.overlaps) or bool(run.reporter.levels["error"])
        return comparison_lines(comparison)
    reports = report_leaks(run.project, run.reporter, jobs)
    run.failed = any(report.leaks for report in reports) or bool(run.reporter.levels["error"])
    return chain.from_iterable(map(leak_report_lines, reports))


@command("build")
@click.option("--version", help="Default: the version in dataset/version.txt.")
@click.option("--at", metavar="VERSION", help="Build a released version again, from its commit, in another folder.")
@click.option("--out", type=FOLDER, help="That folder. Default: .standpoint/releases/VERSION.")
@with_jobs
def build_command(run: Run, version: str | None, at: str | None, out: Path | None, jobs: int) -> Result:
    """Build the Hugging Face dataset in dataset/release.

    It is replaced as a whole, or not at all. With --at, a released version is found by its tag, or by its commit in
    dataset/versions.tsv, and built by the code of that commit. It is an error if the data differ from the released ones.

    \b
    standpoint build
    standpoint build --at v0.1.0
    standpoint build --at v0.1.0 --out ~/standpoint-0.1.0
    """
    if out and at is None:
        raise click.UsageError("--out is an option of --at")
    if version and at:
        raise click.UsageError("--at already names the version: omit --version")
    from standpoint.release.create import build_project, rebuild_version

    if at is None:
        return build_project(run.locked_project, version, run.reporter, jobs)
    folder, likeness = rebuild_version(run.locked_project, at, out, run.reporter)
    return [f"{folder}: {likeness}"]


with_scheme = click.option(
    "--splits",
    "scheme",
    default="default",
    show_default=True,
    help="Another scheme of the release's config `splits`: by-source …",
)


class ExportCommand(click.Command):
    """A command whose help ends with what each format cannot carry."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for name in writers():
            formatter.write_paragraph()
            formatter.write_text(loss(name))


@command("export", cls=ExportCommand)
@click.argument("release", type=RELEASE)
@click.option("--format", "name", type=click.Choice(list(writers())), required=True)
@click.option("--out", "folder", type=FOLDER, required=True, help="Where the files are written.")
@click.option("--split", help="Only this split. Default: all.")
@with_scheme
@click.option("--skip-withheld", "skip", is_flag=True, help="Leave out articles whose text is withheld. Default: refuse.")
def export_command(run: Run, release: str, name: str, folder: Path, split: str | None, scheme: str, skip: bool) -> Result:
    """Convert a release to brat, CoNLL, TextEE, XMI and others.

    The adjudicated annotations are written. textee and maven_arg are for systems that extract events; xmi is UIMA XMI, for
    INCEpTION; spacy is a DocBin. What a format cannot carry is listed below, and counted in LOSS.txt beside the files. Each
    article says its split, and splits.tsv has them all. RELEASE is a folder, or owner/name@v1.0.0 on the Hugging Face Hub. No
    project is needed.

    \b
    standpoint export dataset/release --format jsonl --out exports/jsonl
    standpoint export letters-team/letters@v0.1.0 --format brat --out letters-brat
    standpoint export dataset/release --format xmi --split test --out exports/xmi
    standpoint export dataset/release --format textee --out data/standpoint
    """
    from standpoint.dataset.export import ExportOptions, export_release

    options = ExportOptions(name, split, skip, scheme)
    return [loss(name).strip()], export_release(run.find_release(release), options, folder, run.reporter)


@command("baseline")
@click.argument("name", type=click.Choice(plug_in_names("standpoint.scoring.baselines")))
@click.argument("release", type=RELEASE)
@click.option("--out", type=FILE, required=True, help="Where the predictions are written.")
@click.option("--split", default="test", show_default=True, help="The split to predict.")
@with_scheme
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=BASELINE_SEED, show_default=True, help="Seed of the trained baseline."
)
@click.option("--given", multiple=True, metavar="LAYER", help="Give it the reference's spans of a layer, such as events.")
def baseline_command(
    run: Run, name: str, release: str, out: Path, split: str, scheme: str, seed: int, given: tuple[str, ...]
) -> Result:
    """Write the predictions of a baseline.

    rules uses the codebook's lexicon and examples; trained learns from the train split, on a CPU. RELEASE is a folder, or
    owner/name@v1.0.0 on the Hugging Face Hub. No project is needed.

    The others are controls, which look up what the train split has, and read no text around it. majority gives the usual answer,
    by_actor and by_source_and_actor the usual one about the same actor, in all articles or in those of the same source; forms
    marks the words that train marks. What a control gets right, a system can get right without understanding a text.

    \b
    standpoint baseline rules dataset/release --out rules.jsonl
    standpoint baseline trained dataset/release --out trained.jsonl
    standpoint baseline trained dataset/release --given events --out trained-given.jsonl
    standpoint baseline by_source_and_actor dataset/release --out control.jsonl
    standpoint baseline forms dataset/release --splits by-source --out forms-by-source.jsonl
    standpoint score dataset/release trained.jsonl --against rules.jsonl
    """
    from standpoint.dataset.release_folder import in_scheme, open_release
    from standpoint.scoring.baseline import write_predictions

    opened = in_scheme(open_release(run.find_release(release)), scheme)
    return write_predictions(opened, name, split, out, seed, run.reporter, given)


@command("score")
@click.argument("release", type=RELEASE)
@click.argument("predictions", type=EXISTING_FILE, nargs=-1, required=True)
@click.option("--split", default="test", show_default=True, help="The split to score against.")
@with_scheme
@click.option("--against", type=EXISTING_FILE, help="Predictions of another system: is the difference more than chance?")
@click.option("--controls", is_flag=True, help="Beside each official score, the best control: a lookup that reads no text.")
@json_file()
@with_bootstrap
def score_command(
    run: Run,
    release: str,
    predictions: tuple[Path, ...],
    split: str,
    scheme: str,
    against: Path | None,
    controls: bool,
    json_file: Path | None,
    resamples: int,
    seed: int,
) -> Result:
    """Score predictions against a split of a release.

    Each layer has scores that follow from its kind. Spans, and answers about spans, are scored end to end; answers about actors,
    on the reference's actors. A file with `"given": ["events"]` in its first line has answers about the reference's events, and
    is scored on these. F1 exact needs the same offsets and label; "any label" needs the offsets only. What nobody decided is
    left out.

    PREDICTIONS has a line of JSON per article: `{"article_id": …, "annotations": […]}`, as `standpoint baseline rules` writes it.
    Several files are runs of one system with different seeds, as their first lines say; different systems are refused. The mean
    and the standard deviation of the runs are beside the first run's scores. Predictions are matched by offsets only. A file
    with an error is not scored. RELEASE is a folder, or owner/name@v1.0.0 on the Hugging Face Hub. No project is needed.

    \b
    standpoint score dataset/release mine.jsonl
    standpoint score letters-team/letters@v0.1.0 mine.jsonl
    standpoint score dataset/release seed-1.jsonl seed-2.jsonl seed-3.jsonl --json scores.json
    standpoint score dataset/release mine.jsonl --against rules.jsonl --split validation
    standpoint score dataset/release mine.jsonl --controls
    standpoint score dataset/release mine-by-source.jsonl --splits by-source
    """
    from standpoint.cli.render import difference_lines, score_lines
    from standpoint.dataset.release_folder import in_scheme, open_release
    from standpoint.scoring.baseline import control_scores
    from standpoint.scoring.scores import compare, gold_of, refuse_mixture, score_file, write_scores

    opened = in_scheme(open_release(run.find_release(release)), scheme)
    gold = gold_of(opened, split, run.reporter)
    runs = [score_file(gold, path, resamples, seed, run.reporter) for path in predictions]
    other = score_file(gold, against, 0, seed, run.reporter) if against else None
    refuse_mixture(runs, other)
    given = runs[0].system.given
    beside = control_scores(opened, split, gold, given, run.reporter) if controls else []
    differences = compare(gold.docs, runs[0].docs, other.docs, gold.codebook, seed=seed, given=given) if other else []
    if json_file:
        write_scores(gold, runs, differences, beside, json_file)
    return [*score_lines(gold, runs, beside), *(difference_lines(runs[0], other, differences) if other else ())]
