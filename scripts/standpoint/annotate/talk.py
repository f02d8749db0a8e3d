"""Conversations with a model, side by side: where answers come from, what they cost, and when a run ends early."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Thread
from typing import Any, NamedTuple

from standpoint.annotate.batch_files import BatchAnswers, write_request
from standpoint.annotate.conversation import Conversation, Outcome
from standpoint.annotate.endpoint import Endpoint, NotAnswered, Price, cost_of
from standpoint.annotate.requests import Request
from standpoint.core.answer_store import AnswerStore, Response
from standpoint.core.model import Issue, Reporter, StandpointError

ANSWER_SHARE = 2.0  # tokens of an answer for each token of the article's text: an estimate
FIRST_TOKENS = 1.5  # tokens of a request for each that its size says, until an answer tells: scripts other than Latin have more
MARGIN = 1.1  # of the tokens of a request over those that the requests before it had
OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens")  # the parameters that limit an answer
MOST_FAILURES = 5  # requests without an answer in a row, after which a run ends: the endpoint is gone


class Options(NamedTuple):
    """How a model is asked. ``examples``: of each label in the prompt, None for all. The limits are of a run, None for none.

    ``critic_of``: whose sets are read and changed. ``share``: of the articles, drawn by ``seed``; None for all. ``shuffled``:
    lists and articles are in an order by ``seed``.
    """

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
    critic_of: str = ""
    share: float | None = None
    shuffled: bool = False
    seed: int = 1


class Ledger:
    """The tokens of a run: what was used, and the most that requests which are not answered yet may use."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.input = self.cached = self.output = self.answers = self.refused = 0
        self.tokens_each = FIRST_TOKENS  # the most tokens of a request for each that its size says
        self.longest = 0  # the tokens of the longest answer
        self.open: Counter[int] = Counter()  # sizes of requests that are not answered yet

    def may_send(self, request: Request) -> bool:
        """Whether no limit can be passed with a request and those not answered yet, each with the longest answer.

        How many tokens a request has is known from the answers before it. So the first is sent alone.
        """
        if self.options.token_limit is None and self.options.cost_limit is None:
            return True
        if self.open.total() and not self.answers:
            return False
        asked = self.input + int(self.tokens_each * (request.size + sum(self.open.elements())))
        answered = self.output + (1 + self.open.total()) * self.most_output(request)
        price, tokens, cost = self.options.price, self.options.token_limit, self.options.cost_limit
        if tokens is not None and asked + answered > tokens:
            return False
        return cost is None or price is None or cost_of(price, asked, answered, self.cached) <= cost

    def most_output(self, request: Request) -> int:
        """The most tokens of an answer: the parameter that limits it or, without one, the most that is likely."""
        limits = [self.options.parameters.get(name) for name in OUTPUT_LIMITS]
        stated = [limit for limit in limits if isinstance(limit, int)]
        return max([self.longest, *(stated or [2 * self.longest, answer_size(request)])])

    def send(self, request: Request) -> None:
        self.open[request.size] += 1

    def receive(self, request: Request, response: Response | None) -> None:
        self.open[request.size] -= 1
        if response:
            asked = request.size if response.input_tokens is None else response.input_tokens
            answered = len(response.text.encode()) // 4 if response.output_tokens is None else response.output_tokens
            each = MARGIN * asked / max(request.size, 1)
            self.tokens_each = max(self.tokens_each, each) if self.answers else each
            self.longest = max(self.longest, answered)
            self.answers += 1
            self.input += asked
            self.cached += response.cached_tokens or 0
            self.output += answered
            self.refused += response.is_refusal

    @property
    def cost(self) -> float | None:
        return cost_of(self.options.price, self.input, self.output, self.cached) if self.options.price else None

    def told(self) -> str:
        """Tokens, cost and refusals so far, for the line of progress."""
        cost = "" if self.cost is None else f", {self.cost:.2f} {self.options.currency}"
        refused = f", {self.refused:,} refused" if self.refused else ""
        return f"{self.input + self.output:,} tokens{cost}{refused}"


def answer_size(request: Request) -> int:
    """The tokens that an answer probably has, in proportion to the article."""
    return int(ANSWER_SHARE * len(request.messages[1]["content"].encode()) / 4)


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
        self.has_ended = False  # nothing more is asked for in this run
        self.stopped: StandpointError | None = None  # why no request can be answered

    @property
    def has_any(self) -> bool:
        """Whether the model has answered a request, now or before."""
        return any(self.counts[name] for name in ("answers", "answers kept from before"))

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
    started: Iterable[tuple[str, Conversation]],
    answers: Answers,
    jobs: int,
    reporter: Reporter,
    name: str,
    total: int | None = None,
) -> Generator[Outcome, None, None]:
    """The outcomes of conversations, as they end. At most ``jobs`` requests wait for an answer at a time.

    A conversation whose answer is not there, and not to be had now, has no outcome; its request is written to the batch file.
    A run ends early at a limit, if the endpoint answers no more, or if it can answer nothing, which ``answers.stopped`` keeps.
    If the iteration is broken off, what is under way is waited for: it is paid.
    """
    ledger, failures, done = answers.ledger, 0, 0
    waiting: dict[Future[Response], tuple[str, Conversation, Request]] = {}
    held: deque[tuple[str, Conversation, Request]] = deque()  # what may be sent when others are answered
    source, more = iter(started), not answers.has_ended

    def end() -> None:
        nonlocal more
        answers.has_ended, more = True, False
        answers.counts["requests not asked for"] += len(held)
        held.clear()

    def go_on(article_id: str, conversation: Conversation, response: Response | None) -> Outcome | None:
        """Send answers to a conversation until it ends, or until it waits for one."""
        nonlocal done
        try:
            request = conversation.send(response) if response else next(conversation)
            while (known := answers.known(request)) is not None:
                request = conversation.send(known)
        except StopIteration as last:
            outcome: Outcome = last.value
            done += 1
            reporter.progress(f"annotate {name} · {ledger.told()}", done, total)
            return outcome
        if answers.has_ended:
            answers.counts["requests not asked for"] += 1
        elif answers.endpoint:
            held.append((article_id, conversation, request))
        else:
            answers.counts["requests not answered yet"] += 1
            if answers.unanswered:
                write_request(answers.unanswered, request, answers.form)
        return None

    try:
        while more or held or waiting:
            while held and len(waiting) < jobs and ledger.may_send(held[0][2]):
                entry = held.popleft()
                ledger.send(entry[2])
                future: Future[Response] = Future()
                waiting[future] = entry  # before it begins, so that a Ctrl-C does not lose it
                _start(future, answers.fetch, entry[2])
            if more and not held and len(waiting) < jobs:
                if (started_one := next(source, None)) is None:
                    more = False
                elif outcome := go_on(*started_one, None):
                    yield outcome
                continue
            if held and not waiting:  # no answer can make room for them
                end()
                message = "the next request could pass the limit; the rest is not asked for: run it again to go on"
                reporter.report(Issue(name, "MODEL-LIMIT", message, "note"))
                continue
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                article_id, conversation, request = waiting.pop(future)
                try:
                    response = future.result()
                except StandpointError as error:
                    ledger.receive(request, None)
                    answers.counts["requests without an answer"] += 1
                    answers.stopped = answers.stopped or error
                    end()
                    continue
                except NotAnswered as error:
                    ledger.receive(request, None)
                    answers.counts["requests without an answer"] += 1
                    reporter.report(Issue(f"{article_id} {name}", error.code, error.message))
                    # Where others were answered, a request that is refused is wrong itself, or too long.
                    failures += error.code != "MODEL-REQUEST" or not answers.has_any
                    if failures >= MOST_FAILURES and more:
                        end()
                        message = f"no answer to {failures} requests in a row; the rest is not asked for: run it again later"
                        reporter.report(Issue(name, "MODEL-GONE", message))
                    continue
                failures = 0
                ledger.receive(request, response)
                answers.counts["answers"] += 1
                if outcome := go_on(article_id, conversation, response):
                    yield outcome
    finally:
        if under_way := [future for future in waiting if not future.cancel() and not future.done()]:
            reporter.say(f"{name}: waits for {len(under_way)} answer(s) that are under way, to keep them; Ctrl-C leaves them")
            wait(under_way)


def _start(future: Future[Response], call: Callable[[Request], Response], request: Request) -> None:
    """Run a call in a thread of its own, which does not keep the process alive: a second Ctrl-C ends it."""

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(call(request))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
