"""Files and folders that are written whole or not at all, and files that are read strictly: an error names its file and line.

The formats are JSON Lines, and tab-separated tables with a header. ``yaml_files`` reads YAML.
"""

from __future__ import annotations

import filecmp
import gzip
import os
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BufferedReader
from itertools import starmap
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import BinaryIO, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from standpoint.core.model import NAME, StandpointError

SUMS = "SHA256SUMS"


def files_of(folder: Path) -> list[str]:
    """The names of all files of a release except SHA256SUMS, as that file lists them: sorted, with forward slashes."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != SUMS)


Record = TypeVar("Record")
Value = TypeVar("Value")


LOCAL = ".standpoint"  # a project's folder that is never committed: withheld texts, the people behind pseudonyms, backups


def make_local(folder: Path) -> None:
    """Make a project's folder ``.standpoint``, which only its owner can enter and git ignores, whatever else git ignores."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if not (ignored := folder / ".gitignore").exists():
        ignored.write_text("*\n", encoding="utf-8", newline="\n")


@contextmanager
def written_whole(path: Path, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to. It replaces ``path`` when the block ends without an exception; otherwise it is deleted.

    Only its owner can read a ``private`` file, and all files in a project's folder ``.standpoint``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in (path.parent, *path.parent.parents) if LOCAL in path.parts else ():
        if folder.name == LOCAL:
            make_local(folder)
        elif LOCAL in folder.parts:
            folder.chmod(0o700)
    private = private or LOCAL in path.parts
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb", opener=lambda name, flags: os.open(name, flags, 0o600 if private else 0o666)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise a power cut can leave an empty file under the new name
        if not (path.exists() and filecmp.cmp(path, beside, shallow=False)):
            beside.replace(path)
        elif private:
            path.chmod(0o600)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, whole or not at all. A file with the same content is not touched."""
    with written_whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


NOT_READABLE = (OSError, EOFError, zlib.error)  # what reading an ``unpacked`` file raises if it is damaged or cut off


def unpacked(path: Path, strict: bool = False) -> gzip.GzipFile | BufferedReader:
    """A file that is open for reading, unpacked if it is gzip by its content; ``strict``: or by its name, .gz."""
    file = path.open("rb")
    if not file.peek(2).startswith(b"\x1f\x8b") and not (strict and path.suffix == ".gz"):
        return file
    file.close()
    return gzip.open(path)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without a byte order mark; StandpointError if it cannot be read, or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StandpointError(
            f"{path}: not readable: {error.strerror}", "name a file that exists and that you may read"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise StandpointError(f"{path}:{line}: is not UTF-8: {error.reason} at byte {error.start}", "save it as UTF-8") from None


def read_json(path: Path, kind: type[Value], hint: str = "restore the file from a backup") -> Value:
    """The value of a JSON file; StandpointError if it is not JSON, or not of this kind."""
    try:
        return msgspec.json.decode(read_text(path), type=kind)
    except msgspec.DecodeError as error:
        raise StandpointError(f"{path}: {decoding_problem(error)}", hint) from None


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, whole or not at all."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def write_lines(path: Path, records: Iterable[Struct]) -> None:
    """Write records as JSON Lines, whole or not at all."""
    encode = msgspec.json.Encoder().encode
    with written_whole(path) as file:
        file.writelines(encode(record) + b"\n" for record in records)


def inode(path: Path) -> int | None:
    """The file's inode number. It shows a replacement even within one tick of the clock; a file that is not touched keeps it."""
    return path.stat().st_ino if path.exists() else None


def read_lines(
    path: Path, kind: type[Record], finish: Callable[[Record, bytes], Record] = lambda record, _: record
) -> Iterator[Record]:
    """The records of a JSON Lines file, one at a time; StandpointError with file and line at the first invalid one.

    ``finish(record, line)`` returns the record that is passed on.
    """
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    record = decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise StandpointError(f"{path}:{number}: {decoding_problem(error)}", "run standpoint check") from None
                yield finish(record, line)


NAME_RULE = "letters, digits and . _ - @ +, a letter or digit first, no dot last, and is no device of Windows, such as con"


def decoding_problem(error: Exception) -> str:
    """The message of an error of decoding, with words in place of the pattern of a name."""
    return str(error).replace(f"matching regex {NAME!r}", f"that is a name ({NAME_RULE})")


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder, for a name that comes from outside; StandpointError if it may be elsewhere."""
    if not re.search(NAME, name):
        raise StandpointError(f"{name!r} cannot be the name of a file in {folder}", f"a name has {NAME_RULE}")
    return folder / name


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
    for part in left_behind(out.parent, out.name):
        shutil.rmtree(part, ignore_errors=True)


def left_behind(folder: Path, name: str = "*") -> list[Path]:
    """The unfinished files and folders in a folder that a process has left there that was killed while it wrote ``name``."""
    return [part for part in folder.glob(f".{name}.*.part") if not _alive(part.suffixes[-2][1:])]


def _asides(out: Path) -> tuple[Path, Path]:
    """The place of the old folder while it is replaced, and this process's folder for a new one."""
    return out.with_name(f".{out.name}.old"), out.with_name(f".{out.name}.{os.getpid()}.part")


def replace_folder(out: Path, new: Path, what: str = "a release", mark: str = SUMS) -> bool:
    """Replace ``out`` with ``new``, a folder of a workspace, unless they are identical; return whether it was replaced."""
    if same_files(out, new):
        return False
    refuse_foreign(out, what, mark)
    _sync(new)
    aside, _ = _asides(out)
    if out.exists():
        out.rename(aside)
    new.rename(out)
    if aside.exists():
        aside.rename(new)
    return True


def _sync(folder: Path) -> None:
    """Write a folder's files to the disk: otherwise a power cut can leave empty files under the new name."""
    names = files_of(folder)
    if len(names) > SYNCED_SINGLY and hasattr(os, "sync"):
        os.sync()  # of the whole system; one by one, 100,000 files would take many minutes
        return
    for name in (*names, SUMS):
        if (path := folder / name).exists():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


SYNCED_SINGLY = 200  # files


def same_files(first: Path, second: Path) -> bool:
    """Whether two folders contain the same files, byte for byte."""
    names = [*files_of(second), SUMS]
    if not first.is_dir() or [*files_of(first), SUMS] != names:
        return False
    return filecmp.cmpfiles(first, second, names, shallow=False)[0] == names


def refuse_foreign(out: Path, what: str = "a release", mark: str = SUMS) -> None:
    """StandpointError if ``out`` has files but not the file ``mark`` that each such folder of ours has: no other is replaced."""
    is_free = set(files_of(out)) <= PLACEHOLDERS and not (out / SUMS).exists()
    if out.exists() and not (out / mark).is_file() and not is_free:
        raise StandpointError(f"{out}: is not {what} (it has no {mark})", "name a new folder, or one that this command made")


def _alive(process: str) -> bool:
    if sys.platform == "win32":
        return True  # nobody can be asked: a signal 0 is Ctrl-C there. The folder stays, for the user to delete.
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


class Line(NamedTuple):
    """A line of a file: its number, from 1, and its text with its line break."""

    number: int
    text: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.text.removesuffix("\n").split("\t"))

    def problem(self, header: Sequence[str], optional: Sequence[str] = ()) -> str:
        """What is wrong with the line, or "". The first line must be the header, the others must have a field per column."""
        columns = f"{' '.join(header)}, tab-separated"
        if self.text.endswith("\r\n"):
            return "the line ends as on Windows, should as on Unix; a line `* -text` in .gitattributes keeps git from changing it"
        if self.number == 1 and self.fields != tuple(header):
            return f"the header should be {columns}"
        if not self.text.endswith("\n"):
            return "the last line should end with a newline"
        if len(self.fields) != len(header):
            return f"{len(self.fields)} fields, should be {columns}"
        for name, field in zip(header, self.fields, strict=True):
            if (not field and name not in optional) or field != field.strip():
                return f"{name} is {field!r}, should be {columns}, none empty and none with a blank at its end"
            if "\ufffd" in field:
                return f"{name} is {field!r}, should be UTF-8"
        return ""


def read_lines_of(path: Path) -> Iterator[Line]:
    """All lines, unchecked. A byte that is not UTF-8 is replaced with U+FFFD, which no id contains."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        yield from starmap(Line, enumerate(file, 1))


def read_tsv(path: Path, header: Sequence[str], hint: str = "", optional: Sequence[str] = ()) -> Iterator[Line]:
    """The rows after the header, none if there is no file; StandpointError at the first bad line.

    Only fields in the ``optional`` columns may be empty.
    """
    if not path.exists():
        return
    number = 0
    for line in read_lines_of(path):
        if problem := line.problem(header, optional):
            raise StandpointError(f"{path}:{line.number}: {problem}", hint)
        number = line.number
        if number > 1:
            yield line
    if not number:
        raise StandpointError(f"{path}:1: the header should be {' '.join(header)}, tab-separated", hint)


def write_tsv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write the table, whole or not at all. A file with the same rows is not touched."""
    with written_whole(path) as file:
        for row in (header, *rows):
            file.write("\t".join(row).encode() + b"\n")


@cache
def plug_ins(package: str, *left_out: str) -> dict[str, ModuleType]:
    """The modules of a package by name, sorted, except those that are ``left_out`` and those whose names begin with _."""
    names = _names_in(import_module(package).__path__)
    return {name: import_module(f"{package}.{name}") for name in names if name not in left_out}


def plug_in_names(package: str) -> list[str]:
    """The names of the modules of a package of ours, as ``plug_ins`` has them. Nothing is imported: not even the package, so that
    the command line can list the names without what is above the package.
    """
    return _names_in([str(Path(__file__).parents[1].joinpath(*package.split(".")[1:]))])


def _names_in(paths: Iterable[str]) -> list[str]:
    return sorted(module.name for module in iter_modules(paths) if not module.name.startswith("_"))
