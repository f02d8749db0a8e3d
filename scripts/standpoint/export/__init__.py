"""Other formats of the adjudicated annotations, a module each. Its file name is the format's; it has

    LOSS                               what the format cannot carry, in words; "" for nothing
    write(articles, codebook, folder)  the files of all articles, in an empty folder
    read(folder, codebook)             the articles back, with all that the format carries

Offsets are Unicode code points on our side, whatever the format counts.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, NamedTuple

from standpoint.core.files import SUMS, replace_folder, workspace
from standpoint.core.model import TAKEN_DOWN, Annotation, StandpointError
from standpoint.core.reporter import Reporter
from standpoint.dataset.release_folder import Release, checksums, open_release
from standpoint.dataset.rows import annotations_of, distributions_of
from standpoint.dataset.schema import ARTICLE, DOCUMENTS


class Exported(NamedTuple):
    """An article with its adjudicated annotations. ``about``: its other fields, of what JSON has; how it was adjudicated, too."""

    id: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    annotations: tuple[Annotation, ...]
    about: Mapping[str, Any] = {}


@cache
def formats() -> dict[str, ModuleType]:
    """The formats by name, sorted."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return {name: import_module(f"{__name__}.{name}") for name in names}


def needed(name: str, extra: str = "formats") -> ModuleType:
    """A library that only a format needs; StandpointError that says how to get it."""
    try:
        return import_module(name)
    except ImportError:
        raise StandpointError(f"this format needs {name}", f"pip install 'standpoint[{extra}]'") from None


# The columns that are an article's own fields in an export; those of a text that is withheld say nothing of one that is not.
ABOUT = tuple(name for name in ARTICLE if name not in ("id", "text", "sentences", "mask", "sentence_sha256"))
BESIDE = ("LICENSE", "codebook.yaml", "actors.yaml")  # what is needed to understand the labels, and to pass them on
LOSS = "LOSS.txt"


class Wanted(NamedTuple):
    """A format by its name, one split or all; and whether articles whose text is withheld are left out, or an error."""

    name: str
    split: str | None = None
    skip: bool = False


def export_release(release: Path, wanted: Wanted, out: Path, reporter: Reporter) -> Counter:
    """Write a release's articles in another format, in a folder that is there whole or not at all."""
    found, counts = open_release(release), Counter()
    _refuse(out)
    with workspace(out) as beside:
        new = beside / "export"
        new.mkdir()
        articles = reporter.track(f"export {wanted.name}", _articles(found, wanted, counts))
        formats()[wanted.name].write(articles, found.shape.codebook, new)
        if not counts["articles"]:
            where = f"in split {wanted.split!r}" if wanted.split else "there"
            raise StandpointError(f"{release}: no article with its text is {where}", "see the release's card for its splits")
        for other in BESIDE:
            if (release / other).exists():
                shutil.copyfile(release / other, new / other)
        (new / LOSS).write_text(loss(wanted.name), encoding="utf-8")
        (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
        counts["folders changed"] = int(replace_folder(out, new))
    return counts


def loss(name: str) -> str:
    """What a format does not carry, in a sentence."""
    lost = formats()[name].LOSS
    return f"Of what is adjudicated, {name} carries all.\n" if not lost else f"Not carried by {name}: {lost}.\n"


def _refuse(out: Path) -> None:
    """StandpointError where ``out`` holds what is no export, a release above all."""
    if out.exists() and any(out.iterdir()) and not (out / LOSS).is_file():
        raise StandpointError(f"{out}: is not an export (it has no {LOSS})", "name a new or empty folder")


def _articles(release: Release, wanted: Wanted, counts: Counter) -> Iterator[Exported]:
    for split, row in release.rows(DOCUMENTS):
        if wanted.split not in (None, split):
            continue
        if row["text_status"] == TAKEN_DOWN:
            counts["articles left out: taken down"] += 1
        elif row["text"] is not None:
            one = _exported(row, release, split)
            counts.update({"articles": 1, "annotations": len(one.annotations)})
            yield one
        elif wanted.skip:
            counts["articles left out: text withheld"] += 1
        else:
            hint = "`standpoint hydrate` puts texts back from your own copies; --skip-withheld leaves such articles out"
            raise StandpointError(f"{row['id']}: its text is withheld", hint)


def _exported(row: dict[str, Any], release: Release, split: str) -> Exported:
    sentences = tuple((one["start"], one["end"]) for one in row["sentences"])
    about = {name: row[name] for name in ABOUT if row[name] is not None} | {"split": split}
    if said := distributions_of(row, release.shape):
        about["distributions"] = said
    return Exported(row["id"], row["text"], sentences, tuple(annotations_of(row, release.shape)), about)
