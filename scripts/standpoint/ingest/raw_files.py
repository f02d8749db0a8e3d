"""The raw files under paths: those in folders, and those in zip archives, which are as folders with the archive's name.

Nothing of an archive is unpacked to the disk, and no name from one is used as a path. ``where`` is archive!name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from struct import error as StructError
from typing import IO, NamedTuple
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from standpoint.ingest.encoding import FileRefused

MARK = "!"  # between the archive's path and the name in it
PACKED_BY = (ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA)
ENCRYPTED = 0x1 | 0x40  # bits of a member's flags
# A small archive can hold an endless file. Text is packed to a tenth of its size, and tables of equal rows to a hundredth.
MOST_TIMES, ALWAYS_ALLOWED = 200, 1 << 26  # times its packed size; bytes
DAMAGED = (ValueError, RuntimeError, OverflowError, StructError)  # what zipfile raises besides its own error
# The names of files that describe the raw articles in their folder.
ABOUT = ("readme", "license", "licence", "attribution", "notice", "copying", "sha256sums", "typesystem")
ANNOTATIONS = (".ann", ".conf")  # of brat: what is annotated in the .txt files beside them, and how
SYSTEM = "__MACOSX"  # a folder with what macOS knows about the files, which nobody put there


class Member(NamedTuple):
    """A raw file. ``content`` opens the bytes of one that is in an archive; ``refused`` is why it is not read."""

    path: Path
    content: Callable[[], IO[bytes]] | None = None
    refused: FileRefused | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.name.rpartition(MARK)[2] if self.content else self.path.name

    @property
    def is_about_others(self) -> bool:
        """Whether the file describes other files, by its name, and is no article."""
        name = self.name.lower()
        return name.split(".")[0] in ABOUT or name.endswith(ANNOTATIONS)


def raw_files(paths: Iterable[Path]) -> Iterator[Member]:
    """The files, also those in folders and in zip archives, in the order of ``files_of``."""
    for path in files_of(paths):
        yield from members_of(path)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in folders at any depth, sorted by folder; none twice, and none whose name begins with a dot.

    Links to folders are followed, each folder once. A broken link is among the files, so that reading reports it.
    """
    seen: set[Path] = set()
    for path in paths:
        for item in sorted(_all_below(path)) if path.is_dir() else [path]:
            hidden = any(part.startswith(".") for part in item.relative_to(path).parts)
            if not hidden and item.resolve() not in seen:
                seen.add(item.resolve())
                yield item


def _all_below(folder: Path) -> Iterator[Path]:
    entered: set[Path] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        if (real := Path(root).resolve()) in entered:
            folders.clear()  # a link back to a folder above it, or a second link to it
        else:
            entered.add(real)
            yield from (Path(root, name) for name in files)


def members_of(path: Path) -> Iterator[Member]:
    """The file; or of an archive each file, sorted by name, without those whose name begins with a dot."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        yield Member(path)
        return
    try:
        with ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info)]
            for info in sorted(infos, key=lambda info: info.filename):
                name = Path(f"{path}{MARK}{'/'.join(_parts(info))}")
                problem = fault_of(info)
                yield Member(name, partial(_opened, archive, info), FileRefused("FILE-UNREADABLE", problem) if problem else None)
            if not infos:
                yield Member(path, refused=FileRefused("FILE-UNREADABLE", "is an archive without files"))
    except (BadZipFile, OSError, *DAMAGED) as error:
        yield Member(path, refused=FileRefused("FILE-UNREADABLE", f"cannot be read as a zip archive: {error}"))


def _opened(archive: ZipFile, info: ZipInfo) -> IO[bytes]:
    """The bytes of a file; BadZipFile if what the archive says about it is damaged."""
    try:
        return archive.open(info)
    except DAMAGED as error:
        raise BadZipFile(str(error)) from None


def _parts(info: ZipInfo) -> list[str]:
    """The folders of a file and its name; archives made on Windows may have backslashes between them."""
    return info.filename.replace("\\", "/").split("/")


def _is_hidden(info: ZipInfo) -> bool:
    return any((part.startswith(".") and part not in (".", "..")) or part == SYSTEM for part in _parts(info))


def fault_of(info: ZipInfo) -> str:
    """The fault for which a file of an archive is not read; "" if there is none."""
    folders = _parts(info)
    if folders[0] == "" or ".." in folders or folders[0].endswith(":"):
        return "has a name that leads out of the archive; pack it again with another name"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted; pack it again without a password"
    if info.compress_type not in PACKED_BY:
        return f"is packed by a method that is not read ({info.compress_type}); pack it again"
    if info.file_size > max(ALWAYS_ALLOWED, MOST_TIMES * info.compress_size):
        return f"would be {info.file_size // 2**20} MB, more than {MOST_TIMES} times as much as it is packed"
    return ""
