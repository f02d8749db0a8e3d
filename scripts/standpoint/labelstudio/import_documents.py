"""Import of documents from other tools: their annotations, under the codebook's names, become tasks of Label Studio.

So whatever holds for a task holds for them too: how the article is found, offsets are compared with the words at them and moved
into the article's text, labels are tested, and sets are merged.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from standpoint.adjudication.content import about_of
from standpoint.codebook.kinds._items import Item
from standpoint.codebook.types import ACTORS, NEW, SPARE, Codebook
from standpoint.core.files import NOT_READABLE
from standpoint.core.model import Annotation, Choice, Issue, Reporter, Span, StandpointError, in_reading_order
from standpoint.formats import Read, format_of, formats, has_objects
from standpoint.formats._labels import DANGLING, UNSAID, Labels
from standpoint.ingest.raw_files import DAMAGED, MARK, fault_of, files_of
from standpoint.pages.task_json import Refusal, Submission, Task, write_result

Fragments = Literal["refuse", "cover", "first"]


class SourceFiles(NamedTuple):
    """The files of one source, which are in one format: a file that was named, or those of a folder.

    ``path``: the file or the folder as the user named it. ``folder``: into which it was unpacked; None if it is no archive.
    """

    name: str
    path: Path
    format: str
    files: list[Path]
    folder: Path | None = None


class DocumentOptions(NamedTuple):
    """How documents are imported. ``format``: "" if the files show it. ``stated``: what a name of the files is in the codebook.

    ``pass_name``: of documents without annotations. ``fragments``: what becomes of a span that is in several places.
    """

    format: str = ""
    stated: Mapping[str, str] = {}
    pass_name: str = ""
    fragments: Fragments = "refuse"


class DocumentImporter:
    """Makes a task of each document of one source. ``counts`` and ``issues`` have what is not in the tasks."""

    def __init__(
        self,
        source: SourceFiles,
        codebook: Codebook,
        actors: Collection[str],
        options: DocumentOptions,
        account_of: Callable[[str], str],
    ) -> None:
        """``actors``: the ids of the registry. ``account_of``: the account of the annotator whom a file names ("": none)."""
        self.source, self.codebook, self.options, self.account_of = source, codebook, options, account_of
        self.labels = Labels(codebook, actors, options.stated)
        self.remarks: Counter[tuple[str, str]] = Counter()
        if options.pass_name:
            codebook.refuse_unknown_pass(options.pass_name)

    @property
    def counts(self) -> Counter[str]:
        refused, omitted = self.labels.refused.total(), self.labels.left_out.total()
        return Counter({"items": refused + omitted, "items refused": refused, "items left out": omitted})

    def issues(self) -> Iterator[Issue]:
        """What is not imported, and what should be known of the files: each once."""
        yield from self.labels.issues(self.source.name)
        for (code, message), number in self.remarks.items():
            yield Issue(self.source.name, code, f"{message} ({number} document(s))", "note")

    def tasks(self, documents: Iterable[Read | Issue]) -> Iterator[Task | Issue]:
        try:
            for read in documents:
                yield read._replace(where=self._shown(read.where)) if isinstance(read, Issue) else self._task(read)
        except StandpointError as error:
            raise StandpointError(self._shown(error.message), error.hint) from None

    def _shown(self, where: str) -> str:
        """A place as the user knows it: in the archive, and not in the folder into which it was unpacked."""
        return where.replace(f"{self.source.folder}{os.sep}", f"{self.source.path}{MARK}") if self.source.folder else where

    def _task(self, read: Read) -> Task:
        refused = [Refusal(self._shown(issue.where), issue.code, issue.message, items=1) for issue in read.refused]
        self.remarks.update(read.remarks)
        for name, number in read.unsaid.items():
            self.labels.refuse(name, UNSAID, number)
        before = self.labels.refused.total()
        by_pass = self._by_pass(self._in_slots(self._named(read, refused)))
        is_lost = self.labels.refused.total() > before or any(part.items for part in refused)
        account = self.account_of(read.annotator)
        document = read.document
        actors = sorted({label for items in by_pass.values() for item in items for label in self._actors_of(item)})
        data: dict = {"text": document.text}
        # The name of a new actor is no guess of ours: its label has the text of a slot that nobody has named.
        data |= {ACTORS: [{"value": "new 1" if actor.startswith(NEW) else actor, "alias": actor} for actor in actors]}
        if not by_pass and is_lost:
            pass  # an empty set would say that the annotator found nothing
        elif not by_pass and (self.options.pass_name or len(self.codebook.passes) == 1):
            data["pass"] = self.options.pass_name or self.codebook.passes[0].name
            by_pass = {data["pass"]: []}
        elif not by_pass:
            message = "it has no annotations, so nothing says which pass it is of; --pass names one"
            refused.append(Refusal("", "DOCUMENT-PASS", message, level="note"))
        submissions = [
            Submission(completed_by=account, result=msgspec.convert(write_result(items, data, self.codebook), list[Item]))
            for items in by_pass.values()
        ]
        task = Task(data=Raw(msgspec.json.encode(data)), annotations=submissions, where=self._shown(read.where))
        task.refused = refused
        return task

    def _named(self, read: Read, refused: list[Refusal]) -> list[Annotation]:
        """The annotations of a document under the codebook's names."""
        all_spans = {item.id for item in read.document.annotations if isinstance(item, Span)}
        spans: dict[str, Span] = {}
        left_out: set[str] = set()  # the spans that the user leaves out, and with them what is about them
        found: list[Annotation] = []
        for item in in_reading_order(read.document.annotations):
            if isinstance(item, Span):
                before = self.labels.left_out.total()
                whole = self._in_one_stretch(item, read, refused)
                named = self.labels.span(whole) if whole else None
                if named:
                    spans[item.id] = named
                    found.append(named)
                elif self.labels.left_out.total() > before:
                    left_out.add(item.id)
                continue
            ends = [item.of] if isinstance(item, Choice) else [item.head, item.tail]
            if all(end in spans for end in ends) and not isinstance(item, Choice):
                named_link = self.labels.relation(item, spans[ends[0]], spans[ends[1]])
                found += [named_link] if named_link else []
            elif isinstance(item, Choice) and (item.of in spans or item.of not in all_spans):
                named_answer = self.labels.choice(item, spans.get(item.of))
                found += [named_answer] if named_answer else []
            elif left_out.isdisjoint(ends):
                self.labels.refuse(item.layer or item.label, DANGLING)
            else:
                self.labels.left_out[item.layer or item.label] += 1
        return found

    def _in_one_stretch(self, span: Span, read: Read, refused: list[Refusal]) -> Span | None:
        """The span as one stretch of the text; None if it is in several and the user has not said what to do with it."""
        places = read.fragments.get(span.id)
        if places is None:
            return span
        text = read.document.text
        parts = " … ".join(text[start:end] for start, end in places)
        what = f"{span.id} {span.label} {parts!r} is in {len(places)} places, should be one stretch of the text"
        if self.options.fragments == "refuse":
            message = f"{what}; --fragments cover takes all from the first to the last, --fragments first the first alone"
            refused.append(Refusal(self._shown(read.where), "SPAN-FRAGMENTS", message, items=1))
            return None
        start, end = places[0] if self.options.fragments == "first" else (span.start, span.end)
        told = f"{what}; imported as {text[start:end]!r}"
        refused.append(Refusal(self._shown(read.where), "SPAN-FRAGMENTS", told, level="note"))
        return replace(span, start=start, end=end, quote=text[start:end])

    def _in_slots(self, annotations: list[Annotation]) -> list[Annotation]:
        """The annotations with spare slots for the new actors that have a typed name, as an annotator's set has them.

        In an adjudicated set, and so in our exports, the id of a new actor is its name: NEW:HARBOUR_GUARD.
        """
        layers = self.codebook.by_name
        named = {item.of for item in annotations if isinstance(item, Choice) and layers[item.layer].for_each == SPARE}
        taken = {actor for item in annotations for actor in self._actors_of(item)} | named
        free = (slot for number in count(1) if (slot := f"{NEW}{number}") not in taken)
        slots = {actor: next(free) for actor in sorted(named) if not actor.removeprefix(NEW).isdecimal()}
        moved = list[Annotation]()
        for item in annotations:
            if layers[item.layer].labels_from:
                item = replace(item, label=slots.get(item.label, item.label))
            moved.append(replace(item, of=slots.get(item.of, item.of)) if isinstance(item, Choice) else item)
        return moved

    def _by_pass(self, annotations: Sequence[Annotation]) -> dict[str, list[Annotation]]:
        """The annotations of each pass that has some. What is about a span of another pass is refused."""
        passes = {item.id: self._pass_of(item) for item in annotations if isinstance(item, Span)}
        found: dict[str, list[Annotation]] = defaultdict(list)
        for item in annotations:
            own = self._pass_of(item)
            if all(passes.get(about, own) == own for about in about_of(item)):
                found[own].append(item)
            else:
                self.labels.refuse(item.layer, DANGLING)
        return found

    def _pass_of(self, item: Annotation) -> str:
        return self.codebook.pass_of(self.codebook.by_name[item.layer]).name

    def _actors_of(self, item: Annotation) -> Iterator[str]:
        """The actors that an annotation names."""
        layer = self.codebook.by_name[item.layer]
        if layer.labels_from:
            yield item.label
        if layer.for_each == ACTORS and isinstance(item, Choice):
            yield item.of


def stated_names(words: Iterable[str]) -> dict[str, str]:
    """What THEIRS=OURS states, for each name of the files."""
    stated: dict[str, str] = {}
    for word in words:
        theirs, sign, ours = word.rpartition("=")
        if not sign:
            raise StandpointError(f"--map {word}: should be THEIRS=OURS", "such as --map PER=person")
        stated[theirs] = ours
    return stated


LABEL_STUDIO = "label-studio"  # the format of what no other format is certain of


def sources_of(paths: Iterable[Path], format_name: str, reporter: Reporter, unpacked: Path) -> Iterator[SourceFiles]:
    """The sources in the paths. Without a ``format_name``, files show their format; what no format is certain of is told.

    Archives are unpacked into the folder ``unpacked``, and read as folders.
    """
    for number, path in enumerate(paths):
        by_format: dict[str, list[Path]] = defaultdict(list)
        others: list[Path] = []
        folder = unpack(path, unpacked / str(number), str(path), reporter) if path.is_file() and is_zipfile(path) else None
        for file in files_of([folder or path]):
            in_folder = folder is not None or path.is_dir()
            known = _format_in_folder(file, format_name) if in_folder else format_name or format_of(file) or LABEL_STUDIO
            if known:
                by_format[known].append(file)
            else:
                others.append(file)
        if not by_format:
            raise StandpointError(f"{path}: has no file of a known format", "--format names the format of the files")
        texts = {_text_of(file, name) for name, files in by_format.items() for file in files}
        if unread := [file.name for file in others if file not in texts]:
            message = f"{len(unread)} file(s) have no annotations of a known format, and are not read: {', '.join(unread[:3])}"
            reporter.report(Issue(str(path), "FILE-ABOUT", f"{message}{' …' if unread[3:] else ''}", "note"))
        for name, files in by_format.items():
            if name != (format_name or LABEL_STUDIO):
                reporter.report(Issue(str(path), "FORMAT-READ", f"is read as {name}; --format names another format", "note"))
            yield SourceFiles(f"{path}" if len(by_format) == 1 else f"{path} ({name})", path, name, files, folder)


def unpack(path: Path, folder: Path, name: str, reporter: Reporter, depth: int = 2) -> Path:
    """Unpack a zip archive into a folder, and the archives in it, ``depth`` deep. ``name``: the archive as the user knows it.

    A file that should not be unpacked is reported; StandpointError if the archive is damaged.
    """
    try:
        with ZipFile(path) as archive:
            for info in archive.infolist():
                if problem := fault_of(info):
                    reporter.report(Issue(f"{name}{MARK}{info.filename}", "FILE-UNREADABLE", problem))
                else:
                    archive.extract(info, folder)
    except (BadZipFile, *DAMAGED, *NOT_READABLE) as error:
        raise StandpointError(f"{name}: cannot be unpacked: {error}", "unpack it, and name the folder") from None
    for inner in [file for file in files_of([folder]) if depth > 1 and is_zipfile(file)]:
        inner_name = f"{name}{MARK}{inner.relative_to(folder).as_posix()}"
        unpack(inner, inner.with_suffix(""), inner_name, reporter, depth - 1)  # INCEpTION packs the files of each annotator
        inner.unlink()
    return folder


def _text_of(path: Path, format_name: str) -> Path:
    """The file with the text of a file of annotations, which may be the same."""
    module = formats().get(format_name)
    return module.text_beside(path) if module and hasattr(module, "text_beside") else path


def _format_in_folder(path: Path, format_name: str) -> str:
    """The format of a file in a folder, where there are others beside the annotations; "" if it has none."""
    if format_name in ("", LABEL_STUDIO):
        found = format_of(path)
        if not found and has_objects(path):
            found = LABEL_STUDIO
        return found if format_name in ("", found) else ""
    return format_name if path.name.lower().removesuffix(".gz").endswith(formats()[format_name].suffixes) else ""
