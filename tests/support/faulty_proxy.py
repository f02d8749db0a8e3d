"""A proxy on the loopback that does to writes what proxies and networks do, as it is told."""

from __future__ import annotations

import select
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class FaultyProxy(ThreadingHTTPServer):
    """Passes requests on to ``target``; each POST to ``…/import`` or ``…/annotations/`` takes its fate from ``plan``.

    Fates: "504" (passed on, then 504), "drop" (passed on, connection closed without an answer), "lose" (not passed on,
    connection closed), "silent" (passed on, no answer until the client closes the connection), "late" (504 at once, passed on
    as soon as the client has read ``looks`` times without finding it, or by ``pass_on_what_is_late``), "401" (not passed on, the
    token refused), "page" (not passed on, a page of HTML as a success).
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = httpx.Client(base_url=target, timeout=600, trust_env=False)
        self.plan: deque[str] = deque()
        self.late: list[httpx.Request] = []
        self.looks, self.largest, self.writes = 10**9, 10**9, 0
        self.url = f"http://127.0.0.1:{self.server_port}"

    def pass_on_what_is_late(self) -> None:
        """Pass on the requests that were answered before."""
        late, self.late = self.late, []
        for request in late:
            self.upstream.send(request)

    def handle_error(self, request, address) -> None:
        """Clients that went away are what this is about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultyProxy

    def do_GET(self) -> None:
        if self.server.late:
            self.server.looks -= 1
            if self.server.looks < 0:
                self.server.pass_on_what_is_late()
        self.answer(self.passed_on(b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        if not path.endswith(("/import", "/annotations/")):
            return self.answer(self.passed_on(body))
        self.server.writes += 1
        if len(body) > self.server.largest:
            return self.answer(httpx.Response(413))
        fate = self.server.plan.popleft() if self.server.plan else "pass"
        return getattr(self, f"fate_{fate}")(body)

    do_PATCH = do_DELETE = do_POST

    def fate_pass(self, body: bytes) -> None:
        self.answer(self.passed_on(body))

    def fate_504(self, body: bytes) -> None:
        self.passed_on(body)
        self.answer(httpx.Response(504, text="<html>Gateway Time-out</html>"))

    def fate_drop(self, body: bytes) -> None:
        self.passed_on(body)
        self.close_connection = True

    def fate_lose(self, body: bytes) -> None:
        self.close_connection = True

    def fate_silent(self, body: bytes) -> None:
        self.passed_on(body)
        select.select([self.connection], [], [])  # readable: closed by the client, which sends nothing while it waits
        self.close_connection = True

    def fate_late(self, body: bytes) -> None:
        self.server.late.append(self.upstream_request(body))
        self.answer(httpx.Response(504))

    def fate_401(self, body: bytes) -> None:
        self.answer(httpx.Response(401, json={"detail": "Given token not valid for any token type"}))

    def fate_page(self, body: bytes) -> None:
        self.answer(httpx.Response(200, html="<html>Log in</html>"))

    def passed_on(self, body: bytes) -> httpx.Response:
        return self.server.upstream.send(self.upstream_request(body))

    def upstream_request(self, body: bytes) -> httpx.Request:
        kept = {name: value for name, value in self.headers.items() if name.lower() in ("authorization", "content-type")}
        return self.server.upstream.build_request(self.command, self.path, content=body, headers=kept)

    def answer(self, answer: httpx.Response) -> None:
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "text/html"))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
