"""Machine annotators: annotate, and the options of a model that other commands take too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from standpoint.cli.console import EXISTING_FILE, FILE, FINITE, Finite, Result, Run, split_names
from standpoint.cli.root import command
from standpoint.core.model import StandpointError

if TYPE_CHECKING:
    from standpoint.annotate.talk import Answers, Options


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON, though Python reads them; no request can have them."""
    raise ValueError(name)


def parameters_of(words: tuple[str, ...], temperature: float, seed: int, output: int) -> dict[str, Any]:
    """The parameters of requests: NAME=VALUE states one, with a value in JSON or a text, and NAME= leaves one out."""
    parameters: dict[str, Any] = {"temperature": temperature, "seed": seed, "max_tokens": output}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise StandpointError(
                f"--param {word}: should be NAME=VALUE", "such as --param reasoning_effort=low; NAME= leaves it out"
            )
        if name in ("model", "messages", "response_format", "stream", "n"):
            raise StandpointError(
                f"--param {name}: is set by the command itself", "--model and --form set the model and the form"
            )
        try:
            parameters[name] = json.loads(value, parse_constant=_refuse_constant) if value else None
        except ValueError:
            parameters[name] = value
    return {name: value for name, value in parameters.items() if value is not None}


def with_model(function: Callable) -> Callable:
    """The options of a command that asks a model: where, how, and within which limits."""
    form = "How the form of answers is asked for: by a JSON schema, as JSON, or in words; auto: as strictly as possible."
    options = (
        click.option("--base-url", envvar="OPENAI_BASE_URL", show_envvar=True, help="The endpoint's address. Default: OpenAI's."),
        click.option("--dry-run", is_flag=True, help="Only say how many requests there would be, their tokens and their price."),
        click.option("--prices", type=EXISTING_FILE, help="A table of prices (YAML)."),
        click.option("--cost-limit", type=FINITE, help="Ask for nothing more once this is spent, by the prices."),
        click.option("--token-limit", type=click.IntRange(0), help="Ask for nothing more once these tokens are used."),
        click.option("--jobs", type=click.IntRange(1, 256), default=4, show_default=True, help="Requests side by side."),
        click.option(
            "--rounds",
            type=click.IntRange(0, 5),
            default=2,
            show_default=True,
            help="How often the faults of an answer are told.",
        ),
        click.option("--write-batch", type=FILE, help="Write what has no answer yet to this file, and ask no endpoint."),
        click.option("--read-batch", type=EXISTING_FILE, multiple=True, help="Take answers from this file, and ask no endpoint."),
        click.option(
            "--form", type=click.Choice(["auto", "schema", "json", "text"]), default="auto", show_default=True, help=form
        ),
        click.option("--examples", type=click.IntRange(0), help="Examples of each label in the prompt. Default: all."),
        click.option("--temperature", type=FINITE, default=0.0, show_default=True),
        click.option("--seed", default=1, show_default=True),
        click.option(
            "--max-output", type=click.IntRange(1), default=16_000, show_default=True, help="The most tokens of an answer."
        ),
        click.option(
            "--param", "words", multiple=True, metavar="NAME=VALUE", help="A further parameter of requests; NAME= leaves one out."
        ),
        click.option("--timeout", type=FINITE, default=600.0, show_default=True, help="Seconds that an answer may take."),
        click.option(
            "--attempts", type=click.IntRange(0), default=6, show_default=True, help="How often a failed request is sent again."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def options_of(model: str, annotator: str, settings: dict[str, Any]) -> Options:
    """How a model is asked, by the options of the command line."""
    from standpoint.annotate.endpoint import load_price
    from standpoint.annotate.talk import Options

    price, currency = load_price(settings["prices"], model) if settings["prices"] else (None, "")
    if settings["cost_limit"] is not None and price is None:
        raise click.UsageError("--cost-limit needs --prices")
    if settings["dry_run"] and (settings["write_batch"] or settings["read_batch"]):
        raise click.UsageError("--dry-run writes and reads no batch")
    if not model.strip():
        raise click.UsageError("the name of the model is empty")
    return Options(
        model=model,
        annotator=annotator,
        passes=settings.get("passes", ()),
        articles=settings["articles"],
        parameters=parameters_of(settings["words"], settings["temperature"], settings["seed"], settings["max_output"]),
        rounds=settings["rounds"],
        form=settings["form"],
        jobs=settings["jobs"],
        examples=settings["examples"],
        price=price,
        currency=currency,
        token_limit=settings["token_limit"],
        cost_limit=settings["cost_limit"],
        critic_of=settings.get("critic_of", ""),
        share=settings.get("share"),
        shuffled=settings.get("shuffled", False),
        seed=settings["seed"],
    )


@contextmanager
def open_answers(run: Run, options: Options, settings: dict[str, Any]) -> Iterator[Answers]:
    """Where answers come from, by the options of the command line. What is odd in batch files is reported at the end."""
    import gzip

    from standpoint.annotate.batch_files import BatchAnswers
    from standpoint.annotate.endpoint import Endpoint
    from standpoint.annotate.talk import Answers, Ledger
    from standpoint.core.answer_store import AnswerStore
    from standpoint.core.files import written_whole

    project = run.locked_project
    with ExitStack() as stack:
        endpoint, batch = None, None
        unanswered: Any = None
        if not settings["write_batch"] and not settings["read_batch"]:
            endpoint = stack.enter_context(
                closing(Endpoint(settings["base_url"], options.form, settings["timeout"], settings["attempts"]))
            )
        if settings["read_batch"]:
            batch = stack.enter_context(closing(BatchAnswers(settings["read_batch"])))
        if settings["write_batch"]:
            unanswered = stack.enter_context(written_whole(settings["write_batch"]))
            if settings["write_batch"].suffix == ".gz":
                unanswered = stack.enter_context(gzip.GzipFile(fileobj=unanswered, mode="wb", filename="", mtime=0))
        store = stack.enter_context(closing(AnswerStore(project.answers)))
        form = "schema" if options.form == "auto" else options.form
        yield Answers(store, Ledger(options), endpoint, batch, unanswered, form)
        for issue in (*batch.issues, *batch.unused()) if batch else ():
            run.reporter.report(issue)


@command("annotate")
@click.argument("articles", nargs=-1, metavar="[ARTICLE]...")
@click.option("--model", required=True, help="The name of the model, as the endpoint knows it.")
@click.option("--as", "annotator", required=True, metavar="PSEUDONYM", help="Whose annotation sets they are: m11, say.")
@click.option("--pass", "passes", default="", callback=split_names, help="Only these passes, comma-separated. Default: all.")
@click.option(
    "--critic-of", default="", metavar="PSEUDONYM", help="Read this machine's sets, and store them as changed: m12, say."
)
@click.option("--share", type=Finite(0, 1, min_open=True), help="Only this share of the articles, drawn by --seed: 0.15, say.")
@click.option("--shuffled", is_flag=True, help="Show lists, and ask about articles, in an order by --seed.")
@with_model
def annotate_command(run: Run, model: str, annotator: str, **settings: Any) -> Result:
    """Let a language model annotate articles by the codebook.

    Any endpoint with OpenAI's chat completions can be asked: vLLM, Ollama, llama.cpp, or a hosted one, with its key in the
    variable OPENAI_API_KEY. The prompt is made from the codebook and the guidelines. Answers go through the importer and the
    checks of people's work. The model is told of faults, and what still has one is left out and counted. Every answer is kept in
    .standpoint: a second run asks for nothing twice. dataset/dossiers says how each set was made.

    With batch files, no endpoint is asked: send the requests anywhere, and read the answers. Go on until no request is left,
    as answers with faults lead to more requests.

    A critic (--critic-of) gets an article with the answer that the sets of another machine are, and a checklist. It answers with
    changes, each with a reason code. Its own sets are the others with these changes; in adjudication, they stand in their place.
    A share of the articles that the same model reads again from nothing (--share, --shuffled) shows how stable it is.

    \b
    standpoint annotate --model qwen3:14b --as m11 --base-url http://localhost:11434/v1
    standpoint annotate --model gpt-4.1-mini --as m12 --pass facts --dry-run --prices prices.yaml
    standpoint annotate --model gpt-4.1-mini --as m12 --jobs 8 --prices prices.yaml --cost-limit 20
    standpoint annotate --model any --as m13 --write-batch requests.jsonl
    standpoint annotate --model any --as m13 --read-batch answers.jsonl --write-batch more.jsonl
    standpoint annotate --model any --as m14 --critic-of m13 --write-batch requests.jsonl
    standpoint annotate --model any --as m15 --share 0.15 --seed 2 --shuffled --write-batch requests.jsonl
    """
    from standpoint.annotate.annotate import annotate, estimate

    if settings["critic_of"] and settings["shuffled"]:
        raise click.UsageError("--shuffled is for a reading from nothing: a critic has none")
    options = options_of(model, annotator, settings)
    if settings["dry_run"]:
        return estimate(run.project, options, run.reporter)
    with open_answers(run, options, settings) as answers:
        return annotate(run.project, options, answers, run.reporter)
