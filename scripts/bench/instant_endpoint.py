"""An endpoint of a language model that answers at once: the first word of each sentence is an event. Prints its port."""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = {"in_scope": "yes", "genre": "news_report", "actors": [], "new_actor": [], "events": [], "places": [], "role": []}


class Handler(BaseHTTPRequestHandler):
    """Answers each request."""

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


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
