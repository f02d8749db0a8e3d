"""A stand-in for an endpoint of OpenAI's chat completions, served on loopback: what it answers, and how it fails, is scripted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What the endpoint does with a request. ``text``: the answer of the model. ``raw``: the body in place of a completion.

    ``cut``: the connection ends in the middle of the body. ``after``: seconds for ``Retry-After``.
    """

    text: str = ""
    status: int = 200
    raw: bytes | None = None
    served: str = "toy-model-0526"
    finish: str = "stop"
    refusal: str | None = None
    cut: bool = False
    after: float | None = None
    usage: dict | None = None
    headers: dict = {}


class Endpoint:
    """The address of the stand-in, the requests it got, and the function that answers them: ``answer(body, number)``."""

    def __init__(self, answer: Callable[[dict, int], Reply]) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""
        self.most_open = self.open = 0
        self.lock = threading.Lock()

    def ask(self, body: dict, key: str) -> Reply:
        with self.lock:
            self.requests.append(body)
            self.keys.append(key)
            number = len(self.requests)
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            return self.answer(body, number)
        finally:
            with self.lock:
                self.open -= 1


def completion(reply: Reply) -> bytes:
    """The body of a completion."""
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    usage = reply.usage or {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    body = {"id": "c1", "object": "chat.completion", "created": 1, "model": reply.served, "choices": [choice], "usage": usage}
    return json.dumps(body).encode()


@contextmanager
def served(answer: Callable[[dict, int], Reply]) -> Iterator[Endpoint]:
    """The stand-in, for the length of a block."""
    endpoint = Endpoint(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = endpoint.ask(body, self.headers.get("Authorization", ""))
            data = completion(reply) if reply.raw is None else reply.raw
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if reply.after is not None:
                self.send_header("Retry-After", str(reply.after))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # a client that was killed
                self.wfile.write(data[: len(data) // 2] if reply.cut else data)
            if reply.cut:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
