"""Where the answers of models are kept on this machine: an answer is paid for once, and never lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from standpoint.core.files import make_local
from standpoint.core.model import StandpointError, sha256
from standpoint.core.provenance import Dossier, Round

FILTERED = "content_filter"  # the finish reason, and the code of an error, of what an endpoint's filter held back


class Response(Struct, frozen=True):
    """An answer as it is kept."""

    text: str
    served: str
    host: str
    form: str
    received: str
    finish: str = ""
    refusal: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether the model, or a filter of its endpoint, would not answer."""
        return bool(self.refusal) or self.finish == FILTERED

    def round(self, key: str, faults: Mapping[str, int]) -> Round:
        """The answer, to the request with this key, as a round of a dossier."""
        common = {name: getattr(self, name) for name in self.__struct_fields__ if name != "text"}
        return Round(request=key, answer=self.text, answer_sha256=sha256(self.text), faults=dict(faults), **common)


class AnswerStore:
    """Every answer of a model by the key of its request, in a local SQLite file. An answer is on the disk before it is used.

    Threads may use it side by side.
    """

    def __init__(self, path: Path) -> None:
        make_local(path.parent)
        self.path, self._lock = path, threading.Lock()
        try:
            self._database = sqlite3.connect(path, check_same_thread=False)
            path.chmod(0o600)
            self._database.execute("PRAGMA journal_mode = WAL")
            columns = "key TEXT PRIMARY KEY, response BLOB NOT NULL"
            self._database.execute(f"CREATE TABLE IF NOT EXISTS answers ({columns}) WITHOUT ROWID")
        except sqlite3.DatabaseError as error:
            hint = "move it away; the answers in it would be asked for again"
            raise StandpointError(f"{path}: not readable: {error}", hint) from None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The database, for one thread at a time. What is done in the block is done whole, or StandpointError says why not."""
        try:
            with self._lock, self._database:
                yield self._database
        except sqlite3.Error as error:
            hint = "make room on the disk, or move the file away if it is damaged; an answer that is kept is not asked for again"
            raise StandpointError(f"{self.path}: {error}", hint) from None

    def get(self, key: str) -> Response | None:
        """The answer to the request with this key, or None."""
        with self._open() as database:
            row = database.execute("SELECT response FROM answers WHERE key = ?", (key,)).fetchone()
        return msgspec.json.decode(row[0], type=Response) if row else None

    def put(self, key: str, response: Response) -> None:
        """Keep an answer. The first answer to a request stays."""
        with self._open() as database:
            database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (key, msgspec.json.encode(response)))

    def fill(self, dossiers: Iterable[Dossier]) -> None:
        """Take the answers that are in dossiers: so a fresh clone need not ask again."""
        fields = Response.__struct_fields__
        with self._open() as database:
            for dossier in dossiers:
                for one in dossier.rounds:
                    if one.answer or one.refusal or one.finish == FILTERED:
                        values = {name: getattr(one, name) for name in fields if name != "text"}
                        row = (one.request, msgspec.json.encode(Response(text=one.answer, **values)))
                        database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", row)

    def remove(self, keys: Iterable[str]) -> int:
        """Remove the answers to the requests with these keys, so that no byte of them stays in the file; how many there were."""
        with self._open() as database:
            database.execute("PRAGMA secure_delete = ON")
            many = database.executemany("DELETE FROM answers WHERE key = ?", ((key,) for key in keys)).rowcount
        with self._open() as database:  # when the removal is done, so that the journal does not have them either
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return many

    def close(self) -> None:
        self._database.close()
