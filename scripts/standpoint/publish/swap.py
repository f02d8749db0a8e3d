"""A folder replaced whole or not at all: built beside, renamed over; killed at any point, one of the two is whole.

Between the two renames neither stands in its place; who finds that (``heal``) puts the old one back.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standpoint.model import StandpointError
from standpoint.publish.content import SUMS, files_of

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
