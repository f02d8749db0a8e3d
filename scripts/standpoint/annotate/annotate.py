"""`standpoint annotate`: the articles of a project, one conversation each, side by side; sets and dossiers in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace
from ruamel.yaml import YAML

from standpoint.adjudication.article_tasks import article_tasks
from standpoint.adjudication.fix import recorded_fixes
from standpoint.annotate.batch_files import BatchAnswers, write_request
from standpoint.annotate.conversation import Asking, Conversation, Outcome, converse
from standpoint.annotate.endpoint import Endpoint, NotAnswered, Price, cost_of
from standpoint.annotate.prompt import Prompt, prompt_of
from standpoint.annotate.requests import Request
from standpoint.checks.case import Reference
from standpoint.codebook.load import open_codebook
from standpoint.core.answer_store import AnswerStore, Response
from standpoint.core.corpus import RecordStore, updated
from standpoint.core.files import inside, read_lines, read_text, write_whole
from standpoint.core.model import Issue, Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.provenance import Dossier, is_human, is_machine, kinds_of, load_annotators, prompt_files, refuse_name
from standpoint.core.standoff import Standoff, article_id_of
from standpoint.core.yaml_files import append_entry, yaml_text
from standpoint.guide.guide import open_book
from standpoint.labelstudio.exchange import committed_sets, people_of
from standpoint.labelstudio.merge import Batch

ANSWER_SHARE = 2.0  # tokens of an answer for each token of the article's text: an estimate, until answers have come
MOST_FAILURES = 5  # requests without an answer in a row, after which a run ends: the endpoint is gone


class Options(NamedTuple):
    """How a model is asked. ``examples``: of each label in the prompt, None for all. The limits are of a run, None for none."""

    model: str
    annotator: str
    passes: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = {}
    rounds: int = 2
    form: str = "auto"
    jobs: int = 4
    examples: int | None = None
    price: Price | None = None
    currency: str = ""
    token_limit: int | None = None
    cost_limit: float | None = None


class Ledger:
    """The tokens of a run: what was used, and what requests that are not answered yet may use."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.input = self.cached = self.output = self.open_input = self.open = 0
        self.answers = 0

    def may_send(self, request: Request) -> bool:
        """Whether no limit would be passed with a request and those not answered yet, by estimates of their sizes."""
        asked, answered = self.input + self.open_input + request.size, self.output + (self.open + 1) * self.answer_size(request)
        price, tokens, cost = self.options.price, self.options.token_limit, self.options.cost_limit
        if tokens is not None and asked + answered > tokens:
            return False
        return cost is None or price is None or cost_of(price, asked, answered, self.cached) <= cost

    def answer_size(self, request: Request) -> int:
        """The tokens that an answer probably has: as many as the answers before it, or in proportion to the article."""
        if self.answers:
            return -(-self.output // self.answers)
        return int(ANSWER_SHARE * len(request.messages[1]["content"].encode()) / 4)

    def send(self, request: Request) -> None:
        self.open, self.open_input = self.open + 1, self.open_input + request.size

    def receive(self, request: Request, response: Response | None) -> None:
        self.open, self.open_input = self.open - 1, self.open_input - request.size
        if response:
            self.answers += 1
            self.input += request.size if response.input_tokens is None else response.input_tokens
            self.cached += response.cached_tokens or 0
            self.output += len(response.text.encode()) // 4 if response.output_tokens is None else response.output_tokens

    @property
    def cost(self) -> float | None:
        return cost_of(self.options.price, self.input, self.output, self.cached) if self.options.price else None

    def told(self) -> str:
        """Tokens and cost so far, for the line of progress."""
        cost = "" if self.cost is None else f", {self.cost:.2f} {self.options.currency}"
        return f"{self.input + self.output:,} tokens{cost}"


def ensure_annotator(project: Project, name: str, model: str, reporter: Reporter) -> None:
    """List a model in ``annotators.yaml``; StandpointError if the pseudonym is a person's or another model's.

    Where people annotate, a new model takes no part in adjudication: else its sets would make silver of their gold.
    """
    refuse_name(name)
    known = load_annotators(project.annotators)
    listed = known.get(name)
    has_sets = any(project.annotations.glob(f"*/{name}.jsonl"))
    if listed and (not is_machine(listed.kind) or (listed.model != model and (listed.model or has_sets))):
        who = f"the model {listed.model or '(not named)'}" if is_machine(listed.kind) else f"of the kind {listed.kind}"
        raise StandpointError(f"{name} is {who} in {project.annotators}", "a pseudonym is one annotator: give --as another one")
    if listed and listed.model:
        return
    public = YAML().load(read_text(project.annotators)) if project.annotators.exists() else {}
    entry = next((entry for entry in public.get("annotators") or () if entry["id"] == name), None)
    if entry is None:
        entry = {"id": name, "kind": "model", "model": model}
        if any(is_human(one.kind) for one in known.values()):
            entry["adjudicated"] = False
            message = "is listed with `adjudicated: false`: its sets change no adjudicated set, as those are made by people"
            reporter.report(Issue(f"dataset/annotators.yaml: {name}", "ANNOTATOR-APART", message, "note"))
        append_entry(public, "annotators", entry)
    else:
        entry["model"] = model
    write_whole(project.annotators, yaml_text(public))


def conversations(project: Project, prompt: Prompt, options: Options, reporter: Reporter) -> Iterator[tuple[str, Conversation]]:
    """A conversation about each article that the pass can be asked about now, by its id."""
    codebook, registry = open_codebook(project)
    reference = Reference(codebook, registry, kinds_of(project) | {options.annotator: "model"})
    asking = Asking(reference, prompt, options.annotator, options.model, options.parameters, options.rounds)
    wanted = set(options.articles) or None
    for article, task in article_tasks(project, prompt.pass_name, 1.0, reporter, codebook, wanted):
        yield article.id, converse(article, task, asking)


class Answers:
    """Where answers come from: the store, then batch files, then the endpoint. What has no answer is written to a batch file."""

    def __init__(
        self,
        store: AnswerStore,
        ledger: Ledger,
        endpoint: Endpoint | None = None,
        batch: BatchAnswers | None = None,
        unanswered: Any = None,
        form: str = "schema",
    ) -> None:
        self.store, self.ledger, self.endpoint, self.batch = store, ledger, endpoint, batch
        self.unanswered, self.form = unanswered, form
        self.counts: Counter[str] = Counter()

    def known(self, request: Request) -> Response | None:
        """The answer that is there already."""
        if (response := self.store.get(request.key)) is not None:
            self.counts["answers kept from before"] += 1
            return response
        if self.batch and (response := self.batch.take(request, self.form)) is not None:
            self.store.put(request.key, response)
            self.counts["answers of the batch"] += 1
            return response
        return None

    def fetch(self, request: Request) -> Response:
        """The answer of the endpoint, which is kept before it is used. It runs in threads."""
        assert self.endpoint
        response = self.endpoint.ask(request)
        self.store.put(request.key, response)
        return response


def talk(
    started: Iterable[tuple[str, Conversation]], answers: Answers, jobs: int, reporter: Reporter, name: str
) -> Iterator[Outcome]:
    """The outcomes of conversations, as they end. At most ``jobs`` requests wait for an answer at a time.

    A conversation whose answer is not there, and not to be had now, has no outcome; its request is written to the batch file.
    """
    ledger, failures, done = answers.ledger, 0, 0
    waiting: dict[Future[Response], tuple[str, Conversation, Request]] = {}
    source, more = iter(started), True
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(jobs)) if answers.endpoint else None

        def go_on(article_id: str, conversation: Conversation, response: Response | None) -> Outcome | None:
            """Send answers to a conversation until it ends, or until it waits for one."""
            nonlocal more
            try:
                request = conversation.send(response) if response else next(conversation)
                while (known := answers.known(request)) is not None:
                    request = conversation.send(known)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            if pool is None:
                answers.counts["requests not answered yet"] += 1
                if answers.unanswered:
                    write_request(answers.unanswered, request, answers.form)
            elif not ledger.may_send(request):
                answers.counts["requests beyond the limit"] += 1
                more = False
            else:
                ledger.send(request)
                waiting[pool.submit(answers.fetch, request)] = article_id, conversation, request
            return None

        while more or waiting:
            while more and len(waiting) < jobs:
                entry = next(source, None)
                if entry is None:
                    more = False
                elif outcome := go_on(*entry, None):
                    yield outcome
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                article_id, conversation, request = waiting.pop(future)
                done += 1
                try:
                    response = future.result()
                except NotAnswered as error:
                    ledger.receive(request, None)
                    failures += 1
                    answers.counts["requests without an answer"] += 1
                    reporter.report(Issue(f"{article_id} {name}", error.code, error.message))
                    if failures >= MOST_FAILURES and more:
                        more = False
                        message = f"no answer to {failures} requests in a row; the rest is not asked for: run it again later"
                        reporter.report(Issue(name, "MODEL-GONE", message))
                    continue
                failures = 0
                ledger.receive(request, response)
                answers.counts["answers"] += 1
                reporter.progress(f"annotate {name}", done, None)
                if outcome := go_on(article_id, conversation, response):
                    yield outcome


def annotate(project: Project, options: Options, answers: Answers, reporter: Reporter) -> Counter:
    """Ask a model about the articles of a project, pass by pass, and store its annotation sets and their dossiers."""
    book = open_book(project)
    passes = options.passes or tuple(book.codebook.pass_by_name)
    for name in passes:
        if name not in book.codebook.pass_by_name:
            raise StandpointError(f"the codebook has no pass {name!r}", f"it has {', '.join(book.codebook.pass_by_name)}")
    _refuse_unknown(project, options.articles)
    ensure_annotator(project, options.annotator, options.model, reporter)
    counts: Counter = Counter()
    for name in passes:
        prompt = prompt_of(name, book, options.examples)
        path = inside(inside(project.dossiers, name), f"{options.annotator}.jsonl")
        if path.exists():
            answers.store.fill(read_lines(path, Dossier))
        counts.update(_annotate_pass(project, prompt, path, options, answers, reporter))
    counts.update(answers.counts)
    ledger = answers.ledger
    tokens = {"input": ledger.input, "cached input": ledger.cached, "output": ledger.output}
    counts.update({f"{name} tokens": number for name, number in tokens.items()})
    return counts


def _refuse_unknown(project: Project, articles: Collection[str]) -> None:
    if unknown := sorted(set(articles) - Standoff(project).status.keys()):
        raise StandpointError(f"there is no article {unknown[0]}", "dataset/articles has the ids")


def _annotate_pass(
    project: Project, prompt: Prompt, path: Path, options: Options, answers: Answers, reporter: Reporter
) -> Counter:
    """One pass. Sets and dossiers are stored when all conversations have ended; the answers are kept as they come."""
    counts: Counter = Counter()
    people, committed = people_of(project), committed_sets(project)
    people.begin(f"annotate {options.model}", options.annotator)
    people.who(None)
    with ExitStack() as stack:
        stored = stack.enter_context(closing(RecordStore(int)))
        batch = stack.enter_context(
            closing(Batch(people, project.annotations, stored, cache(lambda: recorded_fixes(project)), committed))
        )
        dossiers = stack.enter_context(closing(RecordStore(Dossier)))

        def sets() -> Iterator[Any]:
            started = conversations(project, prompt, options, reporter)
            for outcome in talk(started, answers, options.jobs, reporter, prompt.pass_name):
                dossiers.put(outcome.article_id, _priced(outcome.dossier, options))
                counts["left out"] += sum(outcome.dossier.left_out.values())
                counts["rounds of asking again"] += len(outcome.dossier.rounds) - 1
                counts["refused by the model"] += outcome.dossier.rounds[-1].refusal != ""
                yield from outcome.issues
                if outcome.imported:
                    yield outcome.imported
                else:
                    counts["articles without a set"] += 1

        for issue in (*batch.add(sets()), *batch.store()):
            reporter.report(issue)
        counts["annotation sets"] += batch.counts["annotation sets"]
        counts["annotations"] += batch.counts["items stored"]
        if any(True for _ in dossiers):
            text, schema = prompt_files(project.prompts, prompt.digest)
            write_whole(text, f"{prompt.text}\n")
            write_whole(schema, f"{prompt.schema_text}\n")
            _write_dossiers(project, path, dossiers)
    return counts


def _priced(dossier: Dossier, options: Options) -> Dossier:
    if options.price is None:
        return dossier
    price = options.price
    parts = ((one.input_tokens or 0, one.output_tokens or 0, one.cached_tokens or 0) for one in dossier.rounds)
    return replace(dossier, cost=sum(cost_of(price, *part) for part in parts), currency=options.currency)


def _write_dossiers(project: Project, path: Path, new: Iterable[Dossier]) -> None:
    """Merge dossiers into their file, by article."""
    standoff = Standoff(project)
    standoff.write(path, updated(standoff.read(path, Dossier), new, article_id_of, lambda _, after: after))


def estimate(project: Project, options: Options, reporter: Reporter) -> Iterator[str]:
    """What a run would send: requests, tokens, and their price. Only the first request of each conversation is counted."""
    book = open_book(project)
    with closing(AnswerStore(project.answers)) as store:
        for name in options.passes or tuple(book.codebook.pass_by_name):
            prompt, ledger, known, number, fixed = prompt_of(name, book, options.examples), Ledger(options), 0, 0, 0
            for _, conversation in conversations(project, prompt, options, reporter):
                request = next(conversation)
                if store.get(request.key) is not None:
                    known += 1
                    continue
                number += 1
                fixed += len(prompt.text.encode()) // 4
                ledger.input += request.size
                ledger.output += ledger.answer_size(request)
            share = fixed / ledger.input if ledger.input else 0.0
            cost = "" if ledger.cost is None else f", about {ledger.cost:.2f} {options.currency}"
            yield f"{name}: {number:,} request(s), {known:,} answered already"
            yield f"  requests: about {ledger.input:,} tokens, {share:.0%} of them the same in each"
            yield f"  answers: about {ledger.output:,} tokens{cost}"
