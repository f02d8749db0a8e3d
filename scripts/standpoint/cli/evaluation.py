"""How far the labels of machines can stand for those of people: compare, audit, estimate, sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from standpoint.cli.console import FILE, SOME_RESAMPLES, Finite, Result, Run, json_file, split_names, with_bootstrap
from standpoint.cli.machine import open_answers, options_of, with_model
from standpoint.cli.root import command
from standpoint.core.project import RESAMPLES


@command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Only this layer; may be given several times.")
@click.option("--examples", type=click.IntRange(0), default=3, show_default=True, help="Examples of each class of errors.")
@click.option(
    "--epsilon",
    type=Finite(0, 1),
    help="ε of the alternative annotator test. Default: 0.2 against experts, 0.15 against trained people, 0.1 against others.",
)
@click.option(
    "--test",
    type=click.Choice(["t", "wilcoxon"]),
    default="t",
    show_default=True,
    help="The test in it: t needs 30 instances of a person, Wilcoxon's fewer.",
)
@with_bootstrap
@json_file("Write everything to this file too, with all classes of errors.")
@click.option("--report", "report_file", type=FILE, help="Write what is printed to this file too, as Markdown.")
def compare_command(
    run: Run, first: str, second: str, json_file: Path | None, report_file: Path | None, **options: Any
) -> Result:
    """Measure machine labels against those of people, layer by layer.

    A is measured, B is the reference. Each is an annotator of the project, several (a01,a02), `people` for everybody who is a
    person, `adjudicated`, or a file with the predictions of a system. Compared are the articles that both have.

    The output has agreement, which is the same either way round; scores of A with B as gold; both with 95 % intervals over
    stories; and the errors of A by class, with examples. If B has several people who read on their own, their agreement and
    scores among themselves stand beside it: they are what one more person would reach. With three people, the alternative
    annotator test says whether A may stand for one of them (Calderon et al. 2025).

    \b
    standpoint compare m01 people
    standpoint compare rules.jsonl adjudicated --layer events --examples 10
    standpoint compare m01 a01,a02,a03 --epsilon 0.1 --json compared.json
    standpoint compare m01 people --report compared.md
    """
    from standpoint.agreement.report_articles import Names
    from standpoint.cli.render_evaluation import comparison_blocks, comparison_text, markdown_of
    from standpoint.codebook.load import open_codebook
    from standpoint.core.files import write_json, write_whole
    from standpoint.evaluation.compare_sides import Settings, measure_sides

    compared = measure_sides(first, second, run.project, run.reporter, Settings(**options))
    if json_file:
        write_json(json_file, compared)
    names = Names(*open_codebook(run.project))
    if report_file:
        write_whole(report_file, markdown_of(comparison_blocks(compared, names)))
    return comparison_text(compared, names)


@command("audit")
@click.argument("model")
@click.argument("articles", nargs=-1, metavar="[ARTICLE]...")
@click.option("--pass", "pass_name", default="", help="The pass that is audited. Default: the first that asks about each actor.")
@click.option(
    "--sides", multiple=True, metavar="ACTOR=ACTOR", help="Exchange the names of these two actors; may be given several times."
)
@click.option("--sample", type=click.IntRange(1), default=20, show_default=True, help="How many articles, if none are named.")
@click.option("--sample-seed", default=1, show_default=True, help="Another seed draws another sample.")
@click.option("--resamples", type=SOME_RESAMPLES, default=RESAMPLES, show_default=True, help="Of the bootstrap; 0: no intervals.")
@json_file("Write all figures, and each answer, to this file too.")
@with_model
def audit_command(
    run: Run,
    model: str,
    pass_name: str,
    sides: tuple[str, ...],
    sample: int,
    sample_seed: int,
    resamples: int,
    json_file: Path | None,
    **settings: Any,
) -> Result:
    """Measure whether a model judges the outlet instead of the wording.

    A fixed sample of articles is annotated with the outlet hidden, shown, and exchanged for another one, and with the names of
    two sides exchanged (--sides). The wording stays the same, so the answers should too; with the names exchanged, they should
    change places. The same requests with another --seed show how far answers differ without any cue. Nothing is stored as an
    annotation set. Requests are those of `annotate`: online, or by batch files.

    \b
    standpoint audit qwen3:14b --base-url http://localhost:11434/v1
    standpoint audit gpt-4.1-mini --sides act-000001=act-000005 --sample 40 --json audit.json
    standpoint audit any --sides act-000001=act-000005 --write-batch requests.jsonl
    standpoint audit any --sides act-000001=act-000005 --read-batch answers.jsonl
    """
    from standpoint.cli.render_evaluation import audit_lines
    from standpoint.core.files import write_json
    from standpoint.evaluation.audit import AUDITOR, Plan, audit, estimate_audit

    options = options_of(model, AUDITOR, settings)
    plan = Plan(options, pass_name, sides, sample, sample_seed, resamples)
    if settings["dry_run"]:
        return estimate_audit(run.project, plan, run.reporter)
    with open_answers(run, options, settings) as answers:
        result = audit(run.project, plan, answers, run.reporter)
    if json_file:
        write_json(json_file, result)
    return audit_lines(result), answers.counts


@command("estimate")
@click.argument("layer")
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
@click.option("--machine", required=True, help="The annotator, or the file of predictions, that has labels of all articles.")
@click.option(
    "--people",
    default="people",
    show_default=True,
    help="Whose labels of some articles count as right: `people`, `adjudicated`, or a01,a02.",
)
@click.option("--about", multiple=True, metavar="NAME", help="Only answers about this actor, or about spans with this label.")
@click.option("--per-article", is_flag=True, help="Estimate the mean number of labels in an article, and not their share.")
@click.option("--by", type=click.Choice(["source"]), help="Estimate it for each source, too.")
@click.option("--gap", "gaps", multiple=True, metavar="A=B", help="Source A less source B; may be given several times.")
@json_file()
def estimate_command(
    run: Run,
    layer: str,
    labels: tuple[str, ...],
    machine: str,
    people: str,
    by: str | None,
    json_file: Path | None,
    **options: Any,
) -> Result:
    """Estimate shares from many machine labels and few of people.

    The share among the units of LAYER: its spans or links, or the spans, actors or articles that it asks about. Several LABELs
    count together; a group of labels stands for all of them. The output has what the machine says of all articles, what people
    say of those that they have read, and both together: the machine's share, corrected by the errors that people found. Only the
    last two are right whatever errors the machine makes. 95 % intervals take stories as independent, and not articles.

    Let `standpoint sample` draw the articles that people read: only then are the probabilities known.

    \b
    standpoint estimate events harm.kill --machine m11
    standpoint estimate stance negative strongly_negative --machine m11 --about act-000001 --by source
    standpoint estimate status denied --machine m11 --people a01,a02 --gap northwire=almery-courier --json gap.json
    standpoint estimate events harm.kill harm.injure --machine m11 --per-article
    """
    from standpoint.agreement.report_articles import Names
    from standpoint.cli.render_evaluation import estimate_text
    from standpoint.codebook.load import open_codebook
    from standpoint.core.files import write_json
    from standpoint.evaluation.estimate import Wanted, estimate

    wanted = Wanted(layer, labels, by_source=bool(by), **options)
    estimated = estimate(run.project, machine, people, wanted, run.reporter)
    if json_file:
        write_json(json_file, estimated)
    return estimate_text(estimated, Names(*open_codebook(run.project)))


@command("sample")
@click.option("--number", type=click.IntRange(1), required=True, help="How many articles the sample of the pass shall have.")
@click.option("--pass", "pass_name", default="", help="The pass that people shall read them in. Default: the first.")
@click.option("--machine", "machines", default="", callback=split_names, help="Machines to go by, comma-separated. Default: all.")
def sample_command(run: Run, number: int, pass_name: str, machines: tuple[str, ...]) -> Result:
    """Draw the articles that people should read, by known chances.

    Articles are drawn more often if machines disagree about them, and if their outlet, their conflict or the types of what is in
    them are rare. The sample is in dataset/samples, with the probability of each article: `team assign` gives the team these
    articles and no others, and `estimate` weights by the probabilities. The same project draws the same articles, and a larger
    --number adds some. Delete the file of a pass to let the team read everything in it.

    \b
    standpoint sample --number 100
    standpoint sample --number 150 --pass stance --machine m11,m12
    standpoint sample --number 100 && standpoint team assign && standpoint push
    """
    from standpoint.cli.render_evaluation import sample_text
    from standpoint.evaluation.sample import draw_sample

    return sample_text(draw_sample(run.locked_project, pass_name, number, machines, run.reporter))
