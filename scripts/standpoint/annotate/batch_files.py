"""Requests and answers in OpenAI's Batch format: work that is answered later, elsewhere, by any provider, or by whoever reads it.

A line has {"custom_id", "method", "url", "body"}; of answers {"custom_id", "response": {"status_code", "body"}, "error"}.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw, Struct

from standpoint.annotate.requests import Request, response_of
from standpoint.core.answer_store import Response
from standpoint.core.files import NOT_READABLE, decoding_problem, unpacked
from standpoint.core.model import Issue, StandpointError

BOM = "\ufeff".encode()
PATH = "/v1/chat/completions"


def write_request(file: BinaryIO, request: Request, form: str) -> None:
    """Write a request as a line of a batch file."""
    line = {"custom_id": request.name, "method": "POST", "url": PATH, "body": request.body(form)}
    file.write(msgspec.json.encode(line) + b"\n")


class Answered(Struct, frozen=True):
    """The response of a line."""

    status_code: int = 200
    body: Raw = Raw(b"null")


class AnswerLine(Struct, frozen=True):
    """A line of a file of answers."""

    custom_id: str
    response: Answered | None = None
    error: Any = None


class BatchAnswers:
    """The answers of batch files by the names of their requests, on disk; which of them were used is counted.

    ``issues``: the lines that are no answer.
    """

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.issues: list[Issue] = []
        self._database = sqlite3.connect("")
        columns = "name TEXT PRIMARY KEY, body BLOB, place TEXT, number INTEGER, used INTEGER"
        self._database.execute(f"CREATE TABLE answers ({columns}) WITHOUT ROWID")
        for path in paths:
            try:
                self._read(path)
            except NOT_READABLE as error:
                message = f"{path}: not readable: {getattr(error, 'strerror', None) or error}"
                raise StandpointError(message, "get the file again: it is damaged, or cut off") from None

    def _read(self, path: Path) -> None:
        decode = msgspec.json.Decoder(AnswerLine).decode
        with unpacked(path) as file:
            for number, line in enumerate(file, 1):
                where = f"{path.name}:{number}"
                if not line.strip():
                    continue
                try:
                    read = decode(line.removeprefix(BOM) if number == 1 else line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise StandpointError(
                        f"{path}:{number}: is no answer of a batch: {decoding_problem(error)}",
                        'a line has {"custom_id": …, "response": {"status_code": 200, "body": {…}}}',
                    ) from None
                if read.error or read.response is None or read.response.status_code != 200:
                    what = read.error or (f"status {read.response.status_code}" if read.response else "no response")
                    message = f"{read.custom_id} was not answered: {' '.join(str(what).split())[:200]}; --write-batch asks again"
                    self.issues.append(Issue(where, "BATCH-FAILED", message))
                    continue
                try:
                    row = (read.custom_id, bytes(read.response.body), where, number)
                    self._database.execute("INSERT INTO answers VALUES (?, ?, ?, ?, 0)", row)
                except sqlite3.IntegrityError:
                    message = f"{read.custom_id} was answered in an earlier line, whose answer is taken; should be there once"
                    self.issues.append(Issue(where, "BATCH-TWICE", message))

    def take(self, request: Request, form: str) -> Response | None:
        """The answer to a request, None if the files have none. What is no completion is told."""
        row = self._database.execute("SELECT body, place FROM answers WHERE name = ?", (request.name,)).fetchone()
        if row is None:
            return None
        self._database.execute("UPDATE answers SET used = 1 WHERE name = ?", (request.name,))
        try:
            read = response_of(row[0], "", form)
        except ValueError as error:
            self.issues.append(Issue(row[1], "BATCH-FAILED", f"what answers {request.name} {error}; --write-batch asks again"))
            return None
        return read

    def unused(self) -> Iterator[Issue]:
        """A note about the answers to requests that this project does not send."""
        rows = self._database.execute("SELECT name, place FROM answers WHERE used = 0 ORDER BY number").fetchall()
        if rows:
            name, place = rows[0]
            message = f"{len(rows)} answer(s) are not of requests that would be sent now, the first of {name}"
            why = "they are kept already, or the guidelines, the actors, the model or its parameters have changed"
            yield Issue(place, "BATCH-UNUSED", f"{message}: {why}", "note")

    def close(self) -> None:
        self._database.close()
