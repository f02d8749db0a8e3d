"""The first step and the last: the archive's records as documents, and what a pool leaves: raw records, reasons and a report."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from heapq import merge
from html import escape
from pathlib import Path
from typing import Any

from msgspec import Struct, field, to_builtins
from msgspec.json import Decoder
from msgspec.structs import replace

from standpoint.codebook.load import open_codebook
from standpoint.core.files import read_json, write_json, write_whole, written_whole
from standpoint.core.model import Article, Issue, needs_extra
from standpoint.core.project import Project
from standpoint.core.yaml_files import yaml_text
from standpoint.ingest.article import Window, article_of
from standpoint.ingest.readers._raw import Raw, raw_of
from standpoint.ingest.sources import Source, load_sources
from standpoint.pool.archive import ArchiveFile, Place, records_of, shares
from standpoint.pool.copies import ARTICLE, FACTS, NEEDED, TEXTS, Documents, decode_facts, encode, read_copies, texts_of
from standpoint.pool.draw import Filled, Wish, draw, stories_of_several
from standpoint.pool.sift import COPY, NOT_DRAWN, Facts, Sieve, Wanted
from standpoint.pool.triggers import MODEL, load_finder

RECORDS, SOURCES, LEFT_OUT, REPORT = "records", "sources.yaml", "left-out.jsonl.gz", "report.json"
COUNTS = ("files", "read", "file_refused", "about")
decode_article = Decoder(Article).decode


class Task(Struct):
    """What a task of the first job found in its files, besides records."""

    files: dict[str, int] = field(default_factory=dict)  # the counts of ``ingest`` in COUNTS: files = read + file_refused + about
    refused: list[tuple[str, str, str]] = field(default_factory=list)  # where, code and message of each refused file
    notes: dict[str, int] = field(default_factory=dict)  # by code


class Read(Struct, frozen=True):
    """Give the wanted articles of the files of a task as documents, and write down the reason for which others are left out.

    A document's text is what MinHash compares: the annotatable text.
    """

    root: Path
    sources: Path
    work: Path
    wanted: Wanted

    def __call__(self, data: Documents | None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        with needs_extra("pool", NEEDED):
            from datatrove.data import Document
            from datatrove.pipeline.writers import JsonlWriter
        from standpoint.ingest.article import annotatable_text

        codebook, registry = open_codebook(Project(self.root))
        sources, sieve = (
            load_sources(self.sources),
            Sieve(self.wanted, codebook, registry, load_finder(codebook, self.work / MODEL)),
        )
        window = Window(codebook.window_words, codebook.zones.annotatable)
        files = read_json(self.work / "files.json", list[ArchiveFile])
        counts, notes = Counter[str](), Counter[str]()
        refused: list[tuple[str, str, str]] = []

        def note(issue: Issue) -> None:
            if issue.level == "note":
                notes[issue.code] += 1
            else:
                refused.append((issue.where, issue.code, issue.message))

        with JsonlWriter(str(self.work / "left-out"), TEXTS) as left_out:
            for number in shares(files, world_size)[rank]:
                for place, where, item in records_of(number, files[number], sources, window, counts, note):
                    if reason := item.code if isinstance(item, Issue) else sieve.reason(item):
                        left_out.write(Document(reason, where, metadata={"place": [*place]}), rank)
                    elif isinstance(item, Article):
                        carried = {FACTS: encode(sieve.facts(item, place, where)), ARTICLE: encode(item)}
                        text = annotatable_text(item, codebook.zones.annotatable)
                        yield Document(text, item.id, metadata={name: value.decode() for name, value in carried.items()})
        write_json(
            self.work / "tasks" / f"{rank:05d}.json",
            Task({name: counts[name] for name in COUNTS if counts[name]}, refused, notes),
        )


class Row(Struct, frozen=True, omit_defaults=True):
    """A line of the file of exclusions. ``of``: the article of which it is a copy."""

    where: str
    reason: str
    of: str = ""


class Report(Struct, frozen=True):
    """What became of the records: read = drawn + the sum of left_out."""

    made_of: str  # the sha256 of the files and all settings
    settings: dict[str, Any]
    files: dict[str, int]
    read: int
    drawn: int
    left_out: dict[str, int]
    strata: list[Filled]
    refused: list[tuple[str, str, str]] = []
    notes: dict[str, int] = {}
    other: int = 0  # drawn records of which `ingest` makes another text or other zones


class Outcome(Struct, frozen=True):
    """The last step, by one task in three passes over the texts: draw, and write the records, the reasons and the report."""

    root: Path
    sources: Path
    work: Path
    out: Path
    tasks: int
    wish: Wish
    made_of: str
    settings: dict[str, Any]

    def __call__(self, data: Documents | None, rank: int = 0, world_size: int = 1) -> None:
        codebook, _ = open_codebook(Project(self.root))
        window = Window(codebook.window_words, codebook.zones.annotatable)
        copies = read_copies(self.work / "copies")
        sides = {source.id: source.side for source in load_sources(self.sources)}
        stories = stories_of_several(self._originals(copies), self.wish, sides)
        drawn = draw(self._originals(copies), stories, self.wish)
        articles: dict[str, list[Article]] = defaultdict(list)
        reasons: Counter[str] = Counter()
        with written_whole(self.out / LEFT_OUT) as file, gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
            for task in range(self.tasks):
                for _, row in merge(self._left_out(task), self._late(task, copies, drawn.articles, articles)):
                    reasons[row.reason] += 1
                    packed.write(encode(row) + b"\n")
        other = self._write_records(articles, window)
        tasks = [read_json(path, Task) for path in sorted((self.work / "tasks").glob("*.json"))]
        report = Report(
            self.made_of,
            self.settings,
            files=_sum(task.files for task in tasks),
            read=reasons.total() + len(drawn.articles),
            drawn=len(drawn.articles),
            left_out=dict(sorted(reasons.items())),
            strata=drawn.strata,
            refused=sorted(one for task in tasks for one in task.refused),
            notes=_sum(task.notes for task in tasks),
            other=other,
        )
        write_json(self.out / REPORT, report)

    def _originals(self, copies: dict[Place, str]) -> Iterator[Facts]:
        """The facts of all wanted articles that are no copies."""
        for task in range(self.tasks):
            for document in texts_of(self.work / "texts", task):
                facts = decode_facts(document.metadata[FACTS])
                if facts.place not in copies:
                    yield facts

    def _left_out(self, task: int) -> Iterator[tuple[Place, Row]]:
        for document in texts_of(self.work / "left-out", task):
            yield Place(*document.metadata["place"]), Row(document.id, document.text)

    def _late(
        self, task: int, copies: dict[Place, str], drawn: dict[str, Facts], articles: dict[str, list[Article]]
    ) -> Iterator[tuple[Place, Row]]:
        """The rows of copies and of articles that are not drawn. ``articles`` gets those that are, by source."""
        for document in texts_of(self.work / "texts", task):
            facts = decode_facts(document.metadata[FACTS])
            if of := copies.get(facts.place):
                yield facts.place, Row(facts.where, COPY, of)
            elif facts.id in drawn:
                articles[facts.source].append(decode_article(document.metadata[ARTICLE]))
            else:
                yield facts.place, Row(facts.where, NOT_DRAWN)

    def _write_records(self, articles: dict[str, list[Article]], window: Window) -> int:
        """Write a file of records for each outlet, and how ``ingest`` reads them; how many it would read otherwise."""
        folder, other = self.out / RECORDS, 0
        for path in folder.glob("*.jsonl"):
            path.unlink()  # of an earlier draw
        kept = []
        for source in load_sources(self.sources):
            if found := articles.get(source.id):
                plain = plain_source(source)
                records = [record_for(article, plain, window) for article in sorted(found, key=lambda one: one.id)]
                other += sum(not is_same for _, is_same in records)
                write_whole(folder / f"{source.id}.jsonl", b"".join(encode(record) + b"\n" for record, _ in records))
                kept.append({name: value for name, value in to_builtins(plain).items() if value})
        write_whole(self.out / SOURCES, yaml_text({"sources": kept}))
        return other


def _sum(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def plain_source(source: Source) -> Source:
    """A source for records of the pool: it has a file of its own, whose columns have our names."""
    there = {"columns": {}, "records": "", "format": "", "encoding": "", "datelines": False, "where": {}, "dates": ""}
    return replace(source, match=(f"{RECORDS}/{source.id}.jsonl",), **there)


def record_for(article: Article, source: Source, window: Window) -> tuple[dict[str, str], bool]:
    """The article as a raw record, and whether ``ingest`` makes the same text and zones of it: of a record in plain text, or in
    HTML if the text has captions that only their markup shows.
    """
    first: tuple[dict[str, str], bool] = {}, False
    for in_html in (False, True):
        record = _record(article, in_html)
        raw = raw_of(record, {}, "")
        again = article_of(raw, source, window) if isinstance(raw, Raw) else raw
        if isinstance(again, Article) and (again.id, again.zones) == (article.id, article.zones):
            return record, True
        first = first if first[0] else (record, False)
    return first


def _record(article: Article, in_html: bool) -> dict[str, str]:
    text = article.text or ""
    paragraphs = [(text[start:end], _zone_at(article, start)) for start, end in article.paragraphs]
    standfirst = [words for words, zone in paragraphs if zone == "standfirst"]
    body = [(words, zone) for words, zone in paragraphs if zone not in ("headline", "standfirst")]
    if in_html:
        marked = [(escape(words, quote=False), "figcaption" if zone == "caption" else "p") for words, zone in body]
        content = "".join(f"<{tag}>{words}</{tag}>" for words, tag in marked)
    else:
        content = "\n\n".join(words for words, _ in body)
    columns = {
        "title": article.title,
        "standfirst": "\n\n".join(standfirst),
        "text": content,
        "published": article.published,
        "url": article.url,
        "byline": article.byline,
        "source": article.original_publisher,
        "language": article.language,
    }
    return {name: value for name, value in columns.items() if value}


def _zone_at(article: Article, start: int) -> str:
    return next(zone.name for zone in article.zones if zone.start <= start < zone.end)
