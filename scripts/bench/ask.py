"""The benchmark of annotate: short articles through an endpoint that answers at once, beside a bare loop of its client.

    python scripts/bench/ask.py               # 1,000 and 10,000 articles; the figures go to bench.json and the docs
    python scripts/bench/ask.py --quick       # 100 and 1,000 articles; nothing is written

Both sides send the same requests of the pass `facts`, in as many threads. ``annotate`` also renders them, keeps the answers,
reads and checks them, and stores sets and dossiers; ``annotate again`` finds all answers kept. The endpoint is a process of its
own. What counts is the CPU time of ours or the peer's process, because a model takes seconds; reading the codebook is not timed.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
THREADS = 8
WORDS = 90
ANSWER = {"in_scope": "yes", "genre": "news_report", "actors": [], "new_actor": [], "events": [], "places": [], "role": []}


class Handler(BaseHTTPRequestHandler):
    """Marks the first word of each sentence as an event."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"])).rpartition(b"<article ")[2].decode()
        common = {"agent": [], "target": [], "status": None, "source": None, "occurrence": 1, "label": "diplomacy.talks"}
        found = re.findall(r"\\n(\d+) \| (\w+)", body)
        events = [{"id": f"e{number}", "sentence": int(number), "quote": quote} | common for number, quote in found]
        message = {"role": "assistant", "content": json.dumps(ANSWER | {"events": events})}
        usage = {"prompt_tokens": 27_000, "completion_tokens": 300}
        reply = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "model": "toy", "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def do_GET(self) -> None:  # noqa: N802
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


@contextmanager
def served() -> Iterator[str]:
    """The address of the endpoint, for the length of a block."""
    process = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    finally:
        process.kill()
        process.communicate()


def generate(folder: Path, size: int) -> Callable[[], object]:
    from generate import article_of
    from jobs import own_project

    from standpoint.core.files import write_lines

    project = own_project(folder)
    articles = sorted((article_of(number, WORDS)[0] for number in range(size)), key=lambda article: article.id)
    return lambda: write_lines(project.articles / "bench.jsonl", articles)


def annotate(folder: Path, size: int) -> Callable[..., object]:
    """Ours, from the articles to sets and dossiers."""
    from jobs import own_project

    shutil.rmtree(own_project(folder).local, ignore_errors=True)
    return _annotate(folder)


def _annotate(folder: Path) -> Callable[[str], object]:
    from jobs import own_project

    from standpoint.annotate import annotate as module
    from standpoint.annotate.endpoint import Endpoint
    from standpoint.annotate.prompt import prompt_of
    from standpoint.annotate.talk import Answers, Ledger, Options
    from standpoint.core.answer_store import AnswerStore
    from standpoint.core.model import Reporter
    from standpoint.guide.guide import open_book

    project = own_project(folder)
    for path in (project.annotations, project.dossiers):
        shutil.rmtree(path, ignore_errors=True)
    prompt_of("facts", open_book(project), None)
    options = Options("toy", "m11", ("facts",), parameters={"max_tokens": 16_000, "temperature": 0.0, "seed": 1}, jobs=THREADS)

    def work(url: str) -> None:
        with ExitStack() as stack:
            endpoint = stack.enter_context(closing(Endpoint(url, "auto", 60, 2)))
            store = stack.enter_context(closing(AnswerStore(project.answers)))
            counts = module.annotate(project, options, Answers(store, Ledger(options), endpoint), Reporter())
        assert counts["annotation sets"] and not counts["left out"], counts

    return work


def client(folder: Path, size: int) -> Callable[[str], object]:
    """The peer: the client alone, with requests that are made before."""
    import openai
    from jobs import own_project

    from standpoint.annotate.annotate import conversations
    from standpoint.annotate.prompt import prompt_of
    from standpoint.annotate.talk import Options
    from standpoint.core.model import Reporter
    from standpoint.guide.guide import open_book

    project = own_project(folder)
    options = Options("toy", "m11", parameters={"max_tokens": 16_000, "temperature": 0.0, "seed": 1})
    prompt = prompt_of("facts", open_book(project), None)
    bodies = [next(one).body("schema") for _, one in conversations(project, prompt, options, Reporter())]

    def work(url: str) -> None:
        asking = openai.OpenAI(api_key="none", base_url=url)
        with ThreadPoolExecutor(THREADS) as pool:
            assert sum(bool(one.choices) for one in pool.map(lambda body: asking.chat.completions.create(**body), bodies)) == size

    return work


JOBS = {"generate": generate, "annotate": annotate, "annotate again": lambda folder, size: _annotate(folder), "client": client}


def bench(folder: Path, sizes: tuple[int, int]) -> dict:
    """Each job's seconds and peak megabytes; the larger size of ours alone, once, for its memory."""
    from jobs import find_project
    from measure import measured, medians

    from standpoint.annotate.annotate import estimate
    from standpoint.annotate.talk import Options
    from standpoint.core.model import Reporter

    prompts = list(estimate(find_project(HERE), Options("a model", "m99"), Reporter()))
    small, large = sizes
    measured("generate", folder, small, "ask.py")
    results = medians(["annotate", "annotate again", "client"], folder, small, "ask.py")
    measured("generate", folder, large, "ask.py")
    return {"prompts": prompts, "sizes": sizes, "large": measured("annotate", folder, large, "ask.py")} | results


def report(results: dict) -> list[str]:
    """The ratios, in words."""
    (small, large), ours, bare, again = results["sizes"], *(results[job] for job in ("annotate", "client", "annotate again"))
    each = {name: 1000 * found["seconds"] / small for name, found in (("ours", ours), ("bare", bare), ("again", again))}
    return [
        f"annotate: {each['ours']:.1f} ms of CPU for each request with its answer read, checked and stored, "
        f"{each['ours'] / each['bare']:.1f} times a bare loop of the client; {each['again']:.1f} ms if the answer is kept",
        f"  {ours['peak_mb']} MB at its peak with {small:,} articles, {results['large']['peak_mb']:.0f} MB with {large:,}",
    ]


def quote(results: dict, page: Path) -> None:
    """Put the figures between the markers of docs/machine-annotators.md."""
    before, rest = page.read_text(encoding="utf-8").split("<!-- bench -->", 1)
    lines = ["<!-- bench -->", "```", *results["prompts"], *report(results), "```"]
    page.write_text(before + "\n".join(lines) + "\n<!-- /bench -->" + rest.split("<!-- /bench -->", 1)[1], encoding="utf-8")


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        return serve()
    if len(sys.argv) == 4:
        work = JOBS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        with ExitStack() as stack:
            given = () if sys.argv[1] == "generate" else (stack.enter_context(served()),)
            begun = time.process_time()
            work(*given)
            seconds = time.process_time() - begun
        print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return None
    import tempfile

    from measure import ROOT

    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as name:
        results = bench(Path(name), (100, 1_000) if quick else (1_000, 10_000))
    if not quick:
        path = ROOT / "bench.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"annotate": results}, indent=1) + "\n")
        quote(results, ROOT / "docs" / "machine-annotators.md")
    return print("\n".join(report(results)))


if __name__ == "__main__":
    main()
