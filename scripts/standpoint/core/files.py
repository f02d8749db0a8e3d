"""Files and folders that are written whole or not at all, and JSON Lines of the nouns."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from standpoint.core.model import StandpointError

SUMS = "SHA256SUMS"


def files_of(folder: Path) -> list[str]:
    """The names of all files of a release but SHA256SUMS, as that file writes them: sorted, with forward slashes."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != SUMS)


Record = TypeVar("Record")


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; it replaces ``path`` when the block ends without an exception, and is deleted otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
        if not (path.exists() and filecmp.cmp(path, beside, shallow=False)):
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, whole or not at all; one with the same content is not touched."""
    with written_whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_lines(path: Path, records: Iterable[msgspec.Struct]) -> None:
    """Write records as JSON Lines, whole or not at all."""
    encode = msgspec.json.Encoder().encode
    with written_whole(path) as file:
        file.writelines(encode(record) + b"\n" for record in records)


def read_lines(path: Path, kind: type[Record]) -> Iterator[Record]:
    """The records of a JSON Lines file, one at a time; StandpointError with file and line at the first that is not valid."""
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise StandpointError(f"{path}:{number}: {error}") from None


PLACEHOLDERS = {"README.md", ".gitkeep", ".gitignore"}


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """An empty folder beside ``out``, on the same file system, so that a rename suffices; deleted after the block."""
    out.parent.mkdir(parents=True, exist_ok=True)
    heal(out)
    _, beside = _asides(out)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def heal(out: Path) -> None:
    """Clean up after a killed build: restore the old release if the new one is missing, and delete half-built folders."""
    aside, beside = _asides(out)
    if aside.exists():
        shutil.rmtree(beside, ignore_errors=True)
        # Renamed before it is deleted: half a release under its own name would look whole.
        aside.rename(beside if out.exists() else out)
        shutil.rmtree(beside, ignore_errors=True)
    for part in out.parent.glob(f".{out.name}.*.part"):
        if not _alive(part.suffixes[-2][1:]):
            shutil.rmtree(part, ignore_errors=True)


def _asides(out: Path) -> tuple[Path, Path]:
    """Where the old folder stands while it is replaced, and this process's folder for what it builds."""
    return out.with_name(f".{out.name}.old"), out.with_name(f".{out.name}.{os.getpid()}.part")


def replace_folder(out: Path, new: Path) -> bool:
    """Replace ``out`` by ``new``, a folder of a workspace, unless both hold the same bytes; whether it was replaced."""
    if same_files(out, new):
        return False
    refuse_foreign(out)
    aside, _ = _asides(out)
    if out.exists():
        out.rename(aside)
    new.rename(out)
    if aside.exists():
        aside.rename(new)
    return True


def same_files(first: Path, second: Path) -> bool:
    """Whether two folders hold files of the same names and bytes."""
    names = [*files_of(second), SUMS]
    if not first.is_dir() or [*files_of(first), SUMS] != names:
        return False
    return filecmp.cmpfiles(first, second, names, shallow=False)[0] == names


def refuse_foreign(out: Path) -> None:
    """StandpointError if ``out`` is a folder with files but not a release, so that none is replaced by mistake."""
    if out.exists() and not (out / SUMS).is_file() and not set(files_of(out)) <= PLACEHOLDERS:
        raise StandpointError(f"{out}: is not a release (it has no {SUMS})", "name an empty folder, or one that a build made")


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
