"""The files of an archive, wherever they are, which task reads which, and their articles by the function that ``ingest`` uses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from glob import glob, has_magic
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from standpoint.core.model import Article, Issue, StandpointError
from standpoint.ingest.article import Window
from standpoint.ingest.encoding import FileRefused
from standpoint.ingest.ingest import articles_of
from standpoint.ingest.raw_files import Member, files_of, members_of
from standpoint.ingest.sources import Source

PACKED = {".bz2": "bz2", ".xz": "xz"}  # besides .gz, which the readers unpack themselves
ANOTHER = "name files, a folder, a glob or an address such as s3://bucket/news/*.jsonl.gz"


class ArchiveFile(NamedTuple):
    """A file of the archive: a path or an address of fsspec, and its size in bytes."""

    address: str
    size: int


class Place(NamedTuple):
    """Where a record is: the number of its file among the sorted files, and its own among the records of the file. Records are
    in the order of their places, however the files are shared out.
    """

    file: int
    record: int


class Record(NamedTuple):
    """A record of the archive. ``where`` is for people; ``item`` is its article, or why it is none."""

    place: Place
    where: str
    item: Article | Issue


def archive_files(names: Iterable[str]) -> list[ArchiveFile]:
    """The files of paths, folders, globs and addresses, sorted, each once; StandpointError if one of the names has none."""
    found: dict[str, int] = {}
    for name in names:
        files = dict(_local(name) if is_local(name) else _remote(name))
        if not files:
            raise StandpointError(f"{name}: no file is there", ANOTHER)
        found |= files
    return [ArchiveFile(*item) for item in sorted(found.items())]


def is_local(name: str) -> bool:
    """Whether a name is a path on this machine."""
    return "://" not in name or name.startswith(("file://", "local://"))


def _local(name: str) -> Iterator[tuple[str, int]]:
    path = name.partition("://")[2] or name
    # A name that exists is itself, even if it has a character of a glob.
    paths = sorted(glob(path, recursive=True)) if has_magic(path) and not Path(path).exists() else [path]
    for file in files_of(Path(path).absolute() for path in paths if Path(path).exists()):
        yield str(file), file.stat().st_size if file.is_file() else 0


def _remote(name: str) -> Iterator[tuple[str, int]]:
    """The files of an address: those of a folder at any depth, without those whose name begins with a dot."""
    import fsspec  # imported here, as it takes a while

    try:
        system, path = fsspec.core.url_to_fs(name)
        found = system.glob(path, detail=True) if has_magic(path) else system.find(path, detail=True)
    except (ImportError, OSError, ValueError) as error:
        problem = " ".join(str(error).split())[:200] or type(error).__name__
        raise StandpointError(f"{name}: cannot be listed: {problem}", ANOTHER) from None
    for file, facts in found.items():
        if facts["type"] == "file" and not PurePosixPath(file).name.startswith("."):
            yield system.unstrip_protocol(file), facts.get("size") or 0


def shares(files: Sequence[ArchiveFile], tasks: int) -> list[range]:
    """The numbers of the files that each task reads: a run of files in their order, of about the same size for each task."""
    begins = accumulate((file.size + 1 for file in files), initial=0)
    total = sum(file.size + 1 for file in files)
    owners = [begin * tasks // total for begin, _ in zip(begins, files, strict=False)]
    return [range(bisect_left(owners, task), bisect_right(owners, task)) for task in range(tasks)]


def members_of_archive(address: str) -> Iterator[Member]:
    """A file as ``ingest`` reads it; each file of a zip archive."""
    path = Path(address) if is_local(address) else Path(address.replace("://", ":/"))
    packed = PACKED.get(path.suffix.lower(), "")
    if not packed and is_local(address):
        yield from members_of(path)
    elif path.suffix.lower() == ".zip":
        yield Member(
            path, refused=FileRefused("FILE-UNREADABLE", "is a zip archive at an address; copy it to this machine first")
        )
    else:
        # The readers know formats by the suffix without that of the packing.
        yield Member(path.with_suffix("") if packed else path, partial(_opened, address, packed))


def _opened(address: str, packed: str) -> IO[bytes]:
    import fsspec

    system, path = fsspec.core.url_to_fs(address)
    content: IO[bytes] = system.open(path=path, mode="rb", compression=packed or None)
    return content


def records_of(
    number: int, file: ArchiveFile, sources: Sequence[Source], window: Window, counts: Counter[str], note: Callable[[Issue], None]
) -> Iterator[Record]:
    """The records of a file in their order. ``counts`` gets its ``files``, ``file_refused`` and ``about``; ``note`` what the user
    should know about the file, and why it is not read, or not to its end.
    """
    at = 0
    for member in members_of_archive(file.address):
        for where, item in articles_of(member, sources, window, counts, Counter()):
            if isinstance(item, Issue) and (item.level == "note" or not where):
                note(item)
                continue
            at += 1
            yield Record(Place(number, at), where.replace(str(member.path), file.address, 1) if member.content else where, item)
