"""What is kept about withheld articles is kept stand-off: files that are committed have a checksum in place of each quote.

The texts of these articles are in the local store only, and so are their words: a quote is taken from the text again when a file
is read, if the text is on this machine. All files of sets, decisions, adjudicated sets, fixes and dossiers are read and written
here. Of dossiers, the raw answers of models are left out: they stay in the local store of answers.

``quote_sha256`` is a checksum, as the quote was: it shows that offsets still mean the same words. It is no secret. Whoever tries
many words finds those of a short quote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from standpoint.core.codes import may_publish
from standpoint.core.files import decoding_problem, read_lines, write_lines
from standpoint.core.model import (
    TAKEN_DOWN,
    TEXT_OPEN,
    WITHHELD,
    AdjudicatedSet,
    AnnotationSet,
    Article,
    Conflict,
    Decision,
    Issue,
    Reporter,
    Span,
    StandpointError,
    sha256,
)
from standpoint.core.offsets import NEARBY, Repair
from standpoint.core.project import Project
from standpoint.core.provenance import EMAIL, WITHHELD_WORDS, Change, Dossier, Round
from standpoint.core.words import count_words

Kept = TypeVar("Kept", Article, AnnotationSet, Decision, AdjudicatedSet, Repair, Dossier)
Fields = dict[str, str | int | None]  # of a repair, before or after it
SURFACE = 8  # words of a withheld text that may be published in a row, such as a short title or a typed answer
DIGITS = 16  # of a SHA-256 in hexadecimal
IN_MARKS = re.compile(r"“.*”|\".*\"", re.DOTALL)  # greedy, as a quote may have quotation marks itself


def checksum(words: str) -> str:
    """The first ``DIGITS`` hexadecimal digits of the SHA-256 of some words in UTF-8."""
    return sha256(words)[:DIGITS]


def short(text: str | None) -> str | None:
    """The text if it has at most ``SURFACE`` words, otherwise None."""
    return text if text is not None and count_words(text) <= SURFACE else None


def shortened(text: str) -> str:
    """The first ``SURFACE`` words of a text, in one line."""
    text = " ".join(text.split()[:SURFACE])
    while short(text) is None:  # a script without blanks
        text = text[:-1]
    return text


def article_id_of(record: Article | AnnotationSet | Decision | AdjudicatedSet | Repair | Dossier) -> str:
    """The id of an article, or of the article that a record is about."""
    if isinstance(record, Article):
        return record.id
    if isinstance(record, Decision):
        return record.asked.article_id
    return record.set.partition(" ")[0] if isinstance(record, Repair) else record.article_id


def without_quotes(record: Kept, checked: bool = True) -> Kept:
    """What is kept about a withheld article, as it is committed. Typed answers and comments are the annotators' own words.

    Only where ``checked``, a quote leaves its checksum.
    """
    if isinstance(record, Article):
        return replace(record, title=short(record.title) or "")
    if isinstance(record, Repair):
        return replace(record, **{side: _without_quote(getattr(record, side), checked) for side in ("before", "after")})
    if isinstance(record, Dossier):
        changes = tuple(_without_its_words(change, checked) for change in record.changes)
        return replace(record, rounds=tuple(map(_without_words, record.rounds)), changes=changes)
    bare = (_bare(item, checked) if isinstance(item, Span) else item for item in record.annotations)
    record = replace(record, annotations=tuple(bare))
    if isinstance(record, Decision):
        return replace(record, readings=tuple(map(_without_marks, record.readings)))
    if isinstance(record, AdjudicatedSet):
        return replace(record, conflicts=_told(record.conflicts), resolved=_told(record.resolved))
    return record


def _without_words(one: Round) -> Round:
    return replace(one, answer="", refusal=WITHHELD_WORDS if one.refusal else "")


def _without_its_words(change: Change, checked: bool) -> Change:
    """A critic's change without quotes. Its reason, which may quote without saying so, has ``SURFACE`` words at most.

    Only where ``checked``, it has a reason.
    """
    sides = (
        (_bare(item, checked) if isinstance(item, Span) else item for item in side) for side in (change.before, change.after)
    )
    before, after = map(tuple, sides)
    reason = shortened(_without_marks(change.reason)) if checked else ""
    return replace(change, reason=reason, before=before, after=after)


def _without_addresses(one: Round) -> Round:
    """The round without an answer that has an e-mail address: nobody can mask it, and it would not be what was said."""
    said = f"{one.answer} {one.refusal}"
    return _without_words(one) if "@" in said and EMAIL.search(said) else one


def _bare(span: Span, checked: bool) -> Span:
    if not checked:
        return replace(span, quote="", quote_sha256="")
    return replace(span, quote="", quote_sha256=checksum(span.quote)) if span.quote else span


def _without_quote(fields: Fields, checked: bool) -> Fields:
    quote, known = fields.get("quote"), fields.get("quote_sha256")
    bare = {name: value for name, value in fields.items() if name not in ("quote", "quote_sha256")}
    given = checksum(quote) if isinstance(quote, str) and quote else known
    return bare | {"quote_sha256": given} if checked and given else bare


def _without_marks(reading: str) -> str:
    return IN_MARKS.sub("…", reading)


def _told(conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    return tuple(
        replace(conflict, readings={name: _without_marks(reading) for name, reading in conflict.readings.items()})
        for conflict in conflicts
    )


def with_quote(span: Span, text: str) -> Span:
    """The span with its quote. If its offsets are wrong, the quote is the nearby words of its checksum, else "": then the
    checks report the span.
    """
    if checksum(words := text[max(span.start, 0) : span.end]) == span.quote_sha256:  # nearly always
        return replace(span, quote=words, quote_sha256="")
    length, last = span.end - span.start, len(text) - (span.end - span.start)
    shifts = (shift for size in range(1, NEARBY + 1) for shift in (size, -size))
    places = (span.start + shift for shift in shifts if 0 <= span.start + shift <= last) if length > 0 else ()
    for start in places:
        if checksum(words := text[start : start + length]) == span.quote_sha256:
            return replace(span, quote=words, quote_sha256="")
    return span


class Head(Struct, gc=False):
    """What of an article's line says whether its text is there, and may be committed."""

    id: str
    licence: str = ""
    stand_off: bool = False
    text: Raw = Raw(b"null")
    metadata: dict[str, str] = {}

    @property
    def has_text(self) -> bool:
        return bytes(self.text) != b"null"

    @property
    def status(self) -> str:
        if TAKEN_DOWN in self.metadata:
            return TAKEN_DOWN
        return TEXT_OPEN if self.has_text and may_publish(self) else WITHHELD


class Standoff:
    """The withheld articles of a project, and the reading and writing of what is kept about them.

    ``unread`` are files of articles that are not read, because they have errors. Nothing is read before it is needed.
    """

    def __init__(self, project: Project, unread: Collection[Path] = ()) -> None:
        self.project, self.unread = project, unread
        self._last: tuple[str, str | None] = "", None
        self._places = cache(self._find_places)

    def __reduce__(self) -> tuple[type[Standoff], tuple[Project, Collection[Path]]]:
        return type(self), (self.project, self.unread)

    @cached_property
    def status(self) -> dict[str, str]:
        """The status of each article: TEXT_OPEN, WITHHELD or TAKEN_DOWN."""
        paths = (path for path in sorted(self.project.articles.glob("*.jsonl")) if path not in self.unread)
        return {head.id: head.status for path in paths for head in read_lines(path, Head)}

    @cached_property
    def withheld(self) -> frozenset[str]:
        """The ids of the articles whose text must not be committed, also of those that were taken down."""
        return frozenset(name for name, status in self.status.items() if status != TEXT_OPEN)

    def without_text(self) -> list[str]:
        """The withheld articles whose text is not on this machine, but for those that were taken down."""
        local = self._places(self.project.withheld)
        return [name for name, status in self.status.items() if status == WITHHELD and name not in local]

    def text(self, article_id: str) -> str | None:
        """The text of an article; None if it is not on this machine. Texts are not kept in memory."""
        if self._last[0] != article_id:
            self._last = article_id, self._read_text(article_id)
        return self._last[1]

    def _read_text(self, article_id: str) -> str | None:
        for folder in (self.project.withheld, self.project.articles):  # a text may be free by now
            if place := self._places(folder).get(article_id):
                with place[0].open("rb") as file:
                    file.seek(place[1])
                    return msgspec.json.decode(msgspec.json.decode(file.readline(), type=Head).text, type=str)
        return None

    def _find_places(self, folder: Path) -> dict[str, tuple[Path, int]]:
        """The file of each text in a folder, and where its line begins."""
        places: dict[str, tuple[Path, int]] = {}
        decode = msgspec.json.Decoder(Head).decode
        for path in sorted(path for path in folder.glob("*.jsonl") if path not in self.unread):
            start = 0
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    try:
                        head = decode(line) if line.strip() else None
                    except (msgspec.DecodeError, UnicodeDecodeError) as error:
                        raise StandpointError(f"{path}:{number}: {decoding_problem(error)}", "run: standpoint check") from None
                    if head and head.has_text:
                        places[head.id] = path, start
                    start += len(line)
        return places

    def committed(self, record: Kept) -> Kept:
        """A record as it is committed: without quotes if its article is withheld, and no raw answer with an e-mail address."""
        status = self.status.get(article_id_of(record), TEXT_OPEN)
        if status != TEXT_OPEN:
            return without_quotes(record, checked=status != TAKEN_DOWN)
        if isinstance(record, Dossier):
            changes = (replace(one, reason="") if EMAIL.search(one.reason) else one for one in record.changes)
            return replace(record, rounds=tuple(map(_without_addresses, record.rounds)), changes=tuple(changes))
        return record

    def restored(self, record: Kept, line: bytes) -> Kept:
        """A record with its quotes, as far as the text is on this machine. ``line``: as it is in the file."""
        if (
            isinstance(record, Article | Repair | Dossier)
            or b"quote_sha256" not in line
            or (text := self.text(article_id_of(record))) is None
        ):
            return record
        items = (with_quote(item, text) if isinstance(item, Span) and item.quote_sha256 else item for item in record.annotations)
        return replace(record, annotations=tuple(items))

    def read(self, path: Path, kind: type[Kept]) -> Iterator[Kept]:
        """The records of a file with their quotes, none if there is no file."""
        return read_lines(path, kind, self.restored) if path.exists() else iter(())

    def write(self, path: Path, records: Iterable[Kept]) -> None:
        """Write a file as it is committed, whole or not at all."""
        write_lines(path, map(self.committed, records))

    def files(self) -> Iterator[tuple[Path, type[Any]]]:
        """Each file of what is kept about articles, and the type of its records."""
        project = self.project
        for folder, pattern, kind in (
            (project.articles, "*.jsonl", Article),
            (project.annotations, "*/*.jsonl", AnnotationSet),
            (project.annotations, project.fixed.name, Repair),
            (project.dossiers, "*/*.jsonl", Dossier),
            (project.decisions, "*.jsonl", Decision),
            (project.adjudicated, "*.jsonl", AdjudicatedSet),
        ):
            yield from ((path, kind) for path in sorted(folder.glob(pattern)))

    def quoting(self, path: Path, kind: type[Kept]) -> int:
        """The number of records of a file that have words of withheld articles, although the file is committed."""
        return sum(self.committed(record) != record for record in read_lines(path, kind))

    def streams(self, folder: Path, kind: type[Kept], files: str = "*.jsonl") -> list[Iterator[Kept]]:
        """One stream of records per file of a folder, in the order of their paths."""
        return [self.read(path, kind) for path in sorted(folder.glob(files))]


def report_unknown_quotes(project: Project, reporter: Reporter) -> None:
    """A note if texts of withheld articles are not on this machine: then the words of their annotations are not known."""
    if missing := Standoff(project).without_text():
        what = f"{len(missing):,} withheld texts are not on this machine (the first: {missing[0]})"
        rule = "of their annotations, only the offsets, labels and checksums of the quotes are known here, and not the words"
        message = f"{what}; {rule}; ingest the raw files here to have them"
        reporter.report(Issue("dataset/articles", "QUOTES-UNKNOWN", message, "note"))
