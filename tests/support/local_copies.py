"""Public repositories on loopback: git over HTTP, as a host of repositories serves it, and their files by address."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit


class Host(ThreadingHTTPServer):
    """``/git/NAME.git`` is a repository; ``/raw/NAME/COMMIT/PATH`` is a file of it. ``asked`` counts what was asked for.

    ``answers``: what comes in the place of a file, by its path in the repository: one after the other, a status or bytes.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.asked = folder, Counter[str]()
        self.answers: dict[str, list[int | bytes]] = {}
        self.git = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, name: str, files: Mapping[str, bytes]) -> str:
        """A repository with these files in its one commit; the id of the commit."""
        work = self.folder / name
        for path, content in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(content)
        who = ["-c", "user.name=Host", "-c", "user.email=host@example.org"]
        for words in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "All"]):
            subprocess.run(["git", "-C", str(work), *words], check=True)
        bare = self.folder / f"{name}.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(bare)], check=True)
        subprocess.run(["git", "-C", str(bare), "config", "uploadpack.allowReachableSHA1InWant", "true"], check=True)
        return subprocess.run(
            ["git", "-C", str(work), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
        ).stdout.strip()


@contextmanager
def serving_copies(folder: Path) -> Iterator[Host]:
    with Host(folder) as host:
        Thread(target=host.serve_forever, daemon=True).start()
        try:
            yield host
        finally:
            host.shutdown()


class Handler(BaseHTTPRequestHandler):
    server: Host

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        place = unquote(urlsplit(self.path).path)
        kind, name, *rest = place.strip("/").split("/")
        if kind == "git":
            self.server.asked["git"] += 1
            self.to_git()
            return
        path = "/".join(rest[1:])
        self.server.asked[path] += 1
        planned = self.server.answers.get(path, [])
        answer = planned.pop(0) if planned else None
        file = self.server.folder / name / path
        if answer is None:
            answer = file.read_bytes() if file.is_file() else 404
        self.send_response(answer if isinstance(answer, int) else 200)
        if isinstance(answer, int):
            self.send_header("Retry-After", "0")
            answer = b""
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.to_git()

    def to_git(self) -> None:
        """As a web server does it: git's own program for that, by CGI."""
        if not self.server.git:
            self.send_error(503)
            return
        parts = urlsplit(self.path)
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path.removeprefix("/git"),
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(["git", "http-backend"], env=os.environ | variables, input=body, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
