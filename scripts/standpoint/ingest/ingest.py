"""Read raw files into Articles and Issues, and write one file per source, sorted by id, and another for withheld texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from io import BytesIO
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.codebook.load import load_codebook
from standpoint.core.codes import may_publish
from standpoint.core.corpus import RecordStore, read_articles, read_source, source_of, stored, updated
from standpoint.core.files import inside, write_lines
from standpoint.core.model import TAKEN_DOWN, Article, Issue, Reporter
from standpoint.core.project import Project
from standpoint.core.standoff import article_id_of, without_quotes
from standpoint.ingest import readers
from standpoint.ingest.article import WINDOW, Window, annotatable_text, article_of, with_dateline
from standpoint.ingest.doubts import doubts
from standpoint.ingest.near_duplicates import UNRELATED, Republished, groups, is_home_page, near_duplicates
from standpoint.ingest.raw_files import Member, raw_files
from standpoint.ingest.readers._raw import FileRefused, Raw, RawFile
from standpoint.ingest.sources import Source, load_sources, no_source, sources_for
from standpoint.processes import mapped

# Notes of which a file has one for each message, and not one for all its records.
OF_EACH = ("LANGUAGE-READ", "RECORD-VALUE")
# The fields of a source by which a file is read.
READ_BY = ("columns", "records", "format", "encoding")
SMALL = 1 << 20  # bytes of a file that one process reads; the records of a larger one are shared among all processes


class Ingested(NamedTuple):
    """After ``items`` is exhausted, ``counts`` has files = read + file_refused + about, and records = articles + duplicates +
    record_refused + taken_down; the texts of ``withheld`` of the articles may not be published. Each
    refused file or record, file about others and duplicate has one Issue. A file may have a note. A file that ends with an error
    after some records is refused, and its records count.
    """

    items: Iterator[Article | Issue]
    counts: Counter[str]


def ingest(
    paths: Iterable[Path],
    sources: Sequence[Source],
    window: Window = WINDOW,
    known: Mapping[str, str] | None = None,
    taken_down: Container[str] = (),
    other_sources: Collection[str] = (),
    jobs: int = 1,
) -> Ingested:
    """Read all files, also those in folders and in zip archives, in the order of their paths. ``known``: sha256 -> id of the
    existing articles; the same text with another id is a duplicate. Ids in ``taken_down`` are left out. ``other_sources``: the
    ids of sources that are listed elsewhere. ``jobs``: the number of processes; the result is the same for any number.
    """
    names = ("files", "read", "file_refused", "about", "records", "articles", "duplicates", "record_refused")
    counts = Counter(dict.fromkeys(names, 0))

    def items() -> Iterator[Article | Issue]:
        texts, ingested, listed = dict(known or {}), set(), {*other_sources, *(source.id for source in sources)}
        unlisted: Counter[str] = Counter()
        datelines: Counter[str] = Counter()
        steps = mapped(partial(_work, sources, window), _steps(paths, sources), jobs)
        for where, item in _told(steps, counts, datelines):
            if isinstance(item, Issue):
                yield item
                continue
            first = texts.setdefault(item.sha256, item.id)
            if first != item.id or item.id in ingested:
                counts["duplicates"] += 1
                unlisted[source_of(first)] += source_of(first) not in listed
                yield Issue(where, "ARTICLE-DUPLICATE", f"{item.title!r} has the same text as {first}, which is kept", "note")
                continue
            ingested.add(item.id)
            if item.id in taken_down:
                counts["taken_down"] += 1
                yield Issue(item.id, "ARTICLE-TAKEN-DOWN", "it was taken down, and is not read again", "note")
            else:
                counts["articles"] += 1
                counts["withheld"] += not may_publish(item)
                yield item
        for source, number in sorted((+unlisted).items()):
            message = f"{number} of the texts are articles of {source!r}, which is no source any more"
            hint = f"`standpoint ingest --remove {source} PATH` makes articles of the present sources of them"
            yield Issue("sources.yaml", "SOURCE-GONE", f"{message}; {hint}", "note")
        for source, number in sorted((+datelines).items()):
            message = (
                f"the date or the outlet of {number} records is that of their dateline; years of two digits are from 1969 to 2068"
            )
            yield Issue(source, "DATELINE-READ", message, "note")

    return Ingested(items(), counts)


class Record(NamedTuple):
    """A raw article with the sources that may take it; or the Issue on a record that is none."""

    raw: Raw | Issue
    candidates: Sequence[Source]


class Done(NamedTuple):
    """What became of a record. ``before``: its notes. ``told``: the notes of which a file has only one of each code.

    ``dateline``: the source, if the date or the outlet is from the dateline.
    """

    where: str
    item: Article | Issue
    before: Sequence[Issue] = ()
    told: Sequence[Issue] = ()
    dateline: str = ""


class End(NamedTuple):
    """The end of a file: what the file is counted as, and an Issue if it was not read, or not to its end."""

    as_: str
    issue: Issue | None = None


def articles_of(
    file: Member, sources: Sequence[Source], window: Window, counts: Counter[str], datelines: Counter[str]
) -> Iterator[tuple[str, Article | Issue]]:
    """Each record of a file with its place, as an Article or an Issue; and an Issue if the file cannot be read further.

    ``datelines`` counts the records of each source that have their date or outlet from a dateline.
    """
    steps = ([_done(step, window) if isinstance(step, Record) else step] for step in _records(file, sources))
    yield from _told(steps, counts, datelines)


def _steps(paths: Iterable[Path], sources: Sequence[Source]) -> Iterator[Member | Record | Issue | End]:
    """What there is to do, in order: a small file is read by the process that works on it, a large one here."""
    for file in raw_files(paths):
        if small := _small(file):
            yield small
        else:
            yield from _records(file, sources)


def _small(file: Member) -> Member | None:
    """The file if it is small, with its content if it is in an archive, which only this process has open; otherwise None."""
    if file.refused or file.path.suffix.lower() == ".gz":
        return None
    try:
        if file.content is None:
            return file if file.path.is_file() and file.path.stat().st_size <= SMALL else None
        with file.content() as content:
            data = content.read(SMALL + 1)
    except Exception:  # whatever is wrong with an archive: its reader reports it
        return None
    return file._replace(content=partial(BytesIO, data)) if len(data) <= SMALL else None


def _records(file: Member, sources: Sequence[Source]) -> Iterator[Record | Issue | End]:
    """The records of a file, notes on how it is read, and its end."""
    path = file.path
    if file.is_about_others:
        message = "describes the other files, by its name; it is not read as an article"
        yield End("about", Issue(str(path), "FILE-ABOUT", message, "note"))
        return
    try:
        if file.refused:
            raise file.refused
        candidates = sources_for(path, sources)
        if not candidates:
            raise FileRefused("FILE-NO-SOURCE", no_source(path, sources))
        source = _first_of(candidates)
        stated = {"records": source.records, "format": source.format}
        raw_file = RawFile(path, source.columns, source.language, source.encoding, **stated, content=file.content)
        for raw in readers.read(raw_file):
            yield raw if isinstance(raw, Issue) and raw.level == "note" else Record(raw, candidates)
        yield End("read")
    except FileRefused as error:
        yield End("file_refused", Issue(f"{path}:{error.line}", error.code, str(error)))


def _work(sources: Sequence[Source], window: Window, step: Member | Record | Issue | End) -> list[Done | Issue | End]:
    """What becomes of a record, or of all records of a small file. It is the work that several processes do."""
    if isinstance(step, Member):
        return [done for inner in _records(step, sources) for done in _work(sources, window, inner)]
    return [_done(step, window) if isinstance(step, Record) else step]


def _told(
    steps: Iterable[list[Done | Issue | End]], counts: Counter[str], datelines: Counter[str]
) -> Iterator[tuple[str, Article | Issue]]:
    """Each record with its place, as an Article or an Issue, with the notes on it and on its file.

    ``datelines`` counts the records of each source that have their date or outlet from a dateline.
    """
    notes: dict[str, tuple[Issue, int]] = {}
    for step in chain.from_iterable(steps):
        if isinstance(step, Issue):
            yield "", step
        elif isinstance(step, Done):
            counts["records"] += 1
            counts["record_refused"] += isinstance(step.item, Issue)
            datelines.update([step.dateline] if step.dateline else ())
            for note in step.told:
                key = note.message if note.code in OF_EACH else note.code
                first, number = notes.get(key, (note, 0))
                notes[key] = first, number + 1
            yield from ((step.where, item) for item in (*step.before, step.item))
        else:
            counts.update(("files", step.as_))
            if step.issue:
                yield "", step.issue
            for first, number in notes.values():  # a file may have a million records of one layout
                more = f" (so are {number - 1} more records)" if number > 1 else ""
                yield "", first._replace(message=first.message + more)
            notes.clear()


def _first_of(candidates: Sequence[Source]) -> Source:
    """The source that says how a file is read; FileRefused if another source of its records says it differently."""
    first = candidates[0]
    for before, other in pairwise(candidates):
        if not before.where:
            break  # it takes all records
        if differ := [name for name in READ_BY if getattr(other, name) != getattr(first, name)]:
            message = f"{first.id} and {other.id} match it and differ in `{differ[0]}`; they should have the same"
            raise FileRefused("FILE-SOURCES", message)
    return first


def _done(record: Record, window: Window) -> Done:
    """The article of the first source that takes the record; RECORD-NO-SOURCE if there is none."""
    raw, candidates = record
    if isinstance(raw, Issue):
        return Done(raw.where, raw)
    told = [Issue(raw.where, "RECORD-VALUE", finding, "note") for finding in raw.odd]
    dated = with_dateline(raw) if any(source.datelines for source in candidates) else raw
    for source in candidates:
        taken = dated if source.datelines else raw
        if source.takes(taken.values):
            item = article_of(taken, source, window, told.append)
            before = [*_notes(raw, item)] if isinstance(item, Article) else ()
            return Done(raw.where, item, before, told, source.id if taken != raw else "")
    names = sorted({name for source in candidates for name in source.where})
    values = ", ".join(f"{name} {dated.values[name]!r}" for name in names)
    message = (
        f"no source in sources.yaml takes it, by its {values}; add a source, or a glob to a `where` ([[] is the character [)"
    )
    return Done(raw.where, Issue(raw.where, "RECORD-NO-SOURCE", message), told=told)


# What each code of a doubt means; the finding stands before it.
DOUBTS = {
    "ARTICLE-CUT": "the text may break off; if it does, add the rest or remove the article",
    "ARTICLE-ENCODING": "a program misread the text; get it again, or state the `encoding` of its source in sources.yaml",
    "ARTICLE-SEVERAL": "the file may have several articles; if it has, make a file of each",
    "ARTICLE-WALL": "it may be a notice of the site and no article; if it is, remove it",
}


def _notes(raw: Raw, article: Article) -> Iterator[Issue]:
    """One note for each kind of doubt, of the file or of its text."""
    for code, finding in dict([*doubts(article), *raw.notes]).items():
        yield Issue(raw.where, code, f"{finding}; {DOUBTS[code]}", "note")


def ingest_paths(project: Project, paths: Sequence[Path], sources: Path, reporter: Reporter, jobs: int = 1) -> Counter:
    """Read raw files into ``dataset/articles``, and texts that may not be published into the local store; the counts."""
    codebook = load_codebook(project.codebook)
    window = Window(words=codebook.window_words, annotatable=codebook.zones.annotatable)
    known, taken_down = {}, set()
    for article in read_articles(project, with_text=False):
        known[article.sha256] = article.id
        if TAKEN_DOWN in article.metadata:
            taken_down.add(article.id)
    others = {source.id for source in load_sources(project.sources)} if project.sources.exists() else set()
    ingested = ingest(paths, load_sources(sources, reporter.report), window, known, taken_down, others, jobs)
    for issue in write_articles(reporter.track("ingest", ingested.items), project.articles, project.withheld, jobs):
        reporter.report(issue)
    return ingested.counts


def write_articles(items: Iterable[Article | Issue], public: Path, withheld: Path, jobs: int = 1) -> Iterator[Issue]:
    """Add articles to the files of their sources, and yield the issues. Nothing is written before all items are read.

    Existing articles stay. An article whose text has changed has a new id, and ARTICLE-CHANGED names both ids. Groups are
    computed over all articles, and never lose a member. A file without changes is not touched.
    """
    with closing(RecordStore(Article)) as new:
        for item in items:
            if isinstance(item, Issue):
                yield item
            else:
                new.put((item.source, item.id), item)
        changed = {source for source, *_ in new.keys_within()}
        sources = sorted(changed | {path.stem for path in public.glob("*.jsonl")})
        copies, unrelated = Republished(), set[str]()
        group = groups(_links(new, sources, public, withheld, copies, unrelated, jobs))
        yield from _shared_addresses(copies, unrelated, new)
        for source in sources:
            if source in changed:
                yield from _changed(new, source, group, public, withheld)
            elif all(group.get(article.id, article.id) == article.group for article in read_source(source, public)):
                continue
            articles = partial(_grouped, new, source, group, public, withheld)
            write_source(articles, source, public, withheld)


def _all(new: RecordStore[Article], source: str, public: Path, withheld: Path) -> Iterator[Article]:
    """All articles of a source after this run, sorted by id; a new article replaces the existing one."""
    return updated(stored(source, public, withheld), new.within(source), article_id_of, lambda _, article: article)


def _links(
    new: RecordStore[Article],
    sources: Iterable[str],
    public: Path,
    withheld: Path,
    copies: Republished,
    unrelated: set[str],
    jobs: int,
) -> Iterator[tuple[str, ...]]:
    """Pairs of ids that are in one group: the existing groups, and the copies among all articles.

    ``copies`` gets all articles, and ``unrelated`` the ids of those whose address an unrelated article has.
    """
    for source in sources:
        for article in read_source(source, public):
            yield article.id, article.group or article.id
    articles = (copies.seen(article) for source in sources for article in _all(new, source, public, withheld))
    texts = ((article.id, annotatable_text(article)) for article in articles)
    for link in near_duplicates(texts, copies.versions, jobs):
        if link.likeness == UNRELATED:
            unrelated.update(link[:2])
        else:
            yield link
    yield from copies.links()


def _shared_addresses(copies: Republished, unrelated: Container[str], new: RecordStore[Article]) -> Iterator[Issue]:
    """ARTICLE-ADDRESS for each address that makes no copies of its articles, at least one of which is new."""
    for address, names in copies.shared_addresses():
        is_home = is_home_page(address)
        if (is_home or any(map(unrelated.__contains__, names))) and any((source_of(name), name) in new for name in names):
            what = "which is a site's, not an article's" if is_home else "and some have quite other words"
            message = f"{len(names)} articles have the address {address}, {what}: it makes no copies of them"
            yield Issue(names[0], "ARTICLE-ADDRESS", message, "note")


def _changed(new: RecordStore[Article], source: str, group: Mapping[str, str], public: Path, withheld: Path) -> Iterator[Issue]:
    """ARTICLE-CHANGED for each new article that is a copy of an existing one with its URL, or its title and day."""

    def key(article: Article) -> tuple[str, ...]:
        return group.get(article.id, article.id), *((article.url,) if article.url else (article.title, article.published or ""))

    existing = {article.id: key(article) for article in stored(source, public, withheld)}
    before = {place: name for name, place in existing.items() if (source, name) not in new}
    for article in new.within(source) if before else ():
        old = before.get(key(article))
        if article.id not in existing and old:
            yield Issue(article.id, "ARTICLE-CHANGED", f"was {old} before its text changed; both are kept", "note")


def _grouped(new: RecordStore[Article], source: str, group: Mapping[str, str], public: Path, withheld: Path) -> Iterator[Article]:
    for article in _all(new, source, public, withheld):
        yield replace(article, group=group.get(article.id, article.id))


def write_source(articles: Callable[[], Iterator[Article]], source: str, public: Path, withheld: Path) -> None:
    """Write both files of a source, the withheld texts first: after a kill, no text is missing in both files."""
    local = withheld / f"{source}.jsonl"
    if local.exists() or any(not may_publish(item) for item in articles()):
        write_lines(local, (item for item in articles() if not may_publish(item) and item.text is not None))
    shown = (item if may_publish(item) else without_quotes(replace(item, text=None)) for item in articles())
    write_lines(inside(public, f"{source}.jsonl"), shown)
