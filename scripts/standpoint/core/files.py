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
    """The files of a release but its checksums, as they are named in them: sorted, with forward slashes."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != SUMS)


Record = TypeVar("Record")


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that replaces ``path`` when the block ends well, and leaves it as it was otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
        if not (path.exists() and filecmp.cmp(path, beside, shallow=False)):
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_lines(path: Path, records: Iterable[msgspec.Struct]) -> int:
    """Write records as JSON Lines, whole or not at all; how many there were."""
    encoder, count, buffer = msgspec.json.Encoder(), 0, bytearray()
    with written_whole(path) as file:
        for count, record in enumerate(records, 1):  # noqa: B007
            encoder.encode_into(record, buffer)
            buffer.append(0x0A)
            file.write(buffer)
    return count


def read_lines(path: Path, kind: type[Record]) -> Iterator[Record]:
    """The records of a JSON Lines file, one at a time; StandpointError with file and line where one is not right."""
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
    """An empty folder beside ``out``, on the same file system; gone after the block, whatever happens in it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    heal(out)
    beside = _beside(out)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def heal(out: Path) -> None:
    """Put right what a killed build left: the old release back in its place, or it and half-built folders away."""
    aside, beside = _aside(out), _beside(out)
    if aside.exists():
        shutil.rmtree(beside, ignore_errors=True)
        aside.rename(beside if out.exists() else out)  # never deleted under its name: half of it could be taken for it
        shutil.rmtree(beside, ignore_errors=True)
    for part in out.parent.glob(f".{out.name}.*.part"):
        if not _alive(part.suffixes[-2][1:]):
            shutil.rmtree(part, ignore_errors=True)


def replace_folder(out: Path, new: Path) -> bool:
    """Put ``new``, in a workspace, where ``out`` is, unless they hold the same bytes already; whether it was put there."""
    if same_files(out, new):
        return False
    refuse_foreign(out)
    aside = _aside(out)
    if out.exists():
        out.rename(aside)
    new.rename(out)
    if aside.exists():
        aside.rename(new)
    return True


def same_files(one: Path, other: Path) -> bool:
    """Whether two folders hold files of the same names and bytes."""
    names = [*files_of(other), SUMS]
    if not one.is_dir() or [*files_of(one), SUMS] != names:
        return False
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def refuse_foreign(out: Path) -> None:
    """StandpointError where ``out`` holds what is no release, so that nobody's folder is replaced by mistake."""
    if out.exists() and not (out / SUMS).is_file() and not set(files_of(out)) <= PLACEHOLDERS:
        raise StandpointError(f"{out}: is not a release (it has no {SUMS})", "name an empty folder, or one that a build made")


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def _beside(out: Path) -> Path:
    return out.with_name(f".{out.name}.{os.getpid()}.part")


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
