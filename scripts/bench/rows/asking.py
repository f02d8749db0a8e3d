"""annotate: short articles through an endpoint that answers at once, beside a bare loop of its client.

Both sides send the same requests of the pass `facts`, in as many threads. ``annotate`` also renders them, keeps the answers,
reads and checks them, and stores sets and dossiers; ``annotate again`` finds all answers kept. The endpoint is a process of its
own. What counts is the CPU time of ours or the peer's process, because a model takes seconds; reading the codebook is not timed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from row import Row, Work, own_project

THREADS = 8
WORDS = 90
ADDRESS = "endpoint.txt"
HERE = Path(__file__).parent.parent


@contextmanager
def endpoint(folder: Path) -> Iterator[None]:
    """The endpoint, for the length of a block; its address is in the folder."""
    process = subprocess.Popen([sys.executable, str(HERE / "instant_endpoint.py")], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        (folder / ADDRESS).write_text(f"http://127.0.0.1:{process.stdout.readline().strip()}/v1")
        yield
    finally:
        process.kill()
        process.communicate()


def prepare(folder: Path, size: int) -> None:
    from generate import article_of

    from standpoint.core.files import write_lines

    articles = sorted((article_of(number, WORDS)[0] for number in range(size)), key=lambda article: article.id)
    write_lines(own_project(folder).articles / "bench.jsonl", articles)


def annotate(folder: Path, size: int, again: bool = False) -> Work:
    """Ours, from the articles to sets and dossiers. ``again``: all answers are kept from the time before."""
    from standpoint.annotate import annotate as module
    from standpoint.annotate.endpoint import Endpoint
    from standpoint.annotate.prompt import prompt_of
    from standpoint.annotate.talk import Answers, Ledger, Options
    from standpoint.core.answer_store import AnswerStore
    from standpoint.core.model import Reporter
    from standpoint.guide.guide import open_book

    project, url = own_project(folder), (folder.parent / ADDRESS).read_text()
    for path in (project.annotations, project.dossiers, *(() if again else (project.local,))):
        shutil.rmtree(path, ignore_errors=True)
    prompt_of("facts", open_book(project), None)
    options = Options("toy", "m11", ("facts",), parameters={"max_tokens": 16_000, "temperature": 0.0, "seed": 1}, jobs=THREADS)

    def work() -> None:
        with ExitStack() as stack:
            asked = stack.enter_context(closing(Endpoint(url, "auto", 60, 2)))
            store = stack.enter_context(closing(AnswerStore(project.answers)))
            counts = module.annotate(project, options, Answers(store, Ledger(options), asked), Reporter())
        assert counts["annotation sets"] and not counts["left out"], counts

    return work


def client(folder: Path, size: int) -> Work:
    """The peer: the client alone, with requests that are made before."""
    import openai

    from standpoint.annotate.annotate import conversations
    from standpoint.annotate.prompt import prompt_of
    from standpoint.annotate.talk import Options
    from standpoint.core.model import Reporter
    from standpoint.guide.guide import open_book

    project, url = own_project(folder), (folder.parent / ADDRESS).read_text()
    options = Options("toy", "m11", parameters={"max_tokens": 16_000, "temperature": 0.0, "seed": 1})
    prompt = prompt_of("facts", open_book(project), None)
    bodies = [next(one).body("schema") for _, one in conversations(project, prompt, options, Reporter())]

    def work() -> None:
        asking = openai.OpenAI(api_key="none", base_url=url)
        with ThreadPoolExecutor(THREADS) as pool:
            assert sum(bool(one.choices) for one in pool.map(lambda body: asking.chat.completions.create(**body), bodies)) == size

    return work


def prompts(folder: Path, size: int) -> dict[str, list[str]]:
    """How long the requests about the example's articles would be."""
    from standpoint.annotate.annotate import estimate
    from standpoint.annotate.talk import Options
    from standpoint.core.model import Reporter
    from standpoint.core.project import Project
    from standpoint.init.create_project import template_files, write_files

    write_files(folder / "example", template_files("standpoint", example=True))
    return {"prompts": list(estimate(Project(folder / "example"), Options("a model", "m99"), Reporter()))}


AGAIN, PEER = "annotate again", "a bare loop of the client"

ROWS = [
    Row(
        name="annotate",
        title="annotate, answers at once",
        unit="articles",
        quick=(50,),
        usual=(500, 2_500),
        prepare=prepare,
        beside=endpoint,
        jobs={"annotate": annotate, AGAIN: partial(annotate, again=True), PEER: client},
        ours=("annotate", AGAIN),
        facts=prompts,
        by_cpu=True,
    )
]
