"""The settled annotations in other formats: export."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from standpoint.model import StandpointError
from standpoint.publish.back import annotations_of, distributions_of
from standpoint.publish.content import SUMS, checksums
from standpoint.publish.features import ARTICLE
from standpoint.publish.formats import Exported, formats
from standpoint.publish.hydrate import Release, open_release
from standpoint.publish.shape import DOCUMENTS
from standpoint.publish.swap import replace_folder, workspace
from standpoint.publish.withhold import TAKEN_DOWN
from standpoint.verbs.tell import Teller

# The columns that are an article's own fields in an export; those of a text that is withheld say nothing of one that is not.
ABOUT = tuple(name for name in ARTICLE if name not in ("id", "text", "sentences", "mask", "sentence_sha256"))
BESIDE = ("LICENSE", "codebook.yaml", "actors.yaml")  # what is needed to understand the labels, and to pass them on
LOSS = "LOSS.txt"


class Wanted(NamedTuple):
    """A format by its name, one split or all; and whether articles whose text is withheld are left out, or an error."""

    name: str
    split: str | None = None
    skip: bool = False


def export(release: Path, wanted: Wanted, out: Path, tell: Teller) -> Counter:
    """Write a release's articles in another format, in a folder that is there whole or not at all."""
    found, counts = open_release(release), Counter()
    _refuse(out)
    with workspace(out) as beside:
        new = beside / "export"
        new.mkdir()
        articles = tell.counted(f"export {wanted.name}", _articles(found, wanted, counts))
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
    return f"Of what is settled, {name} carries all.\n" if not lost else f"Not carried by {name}: {lost}.\n"


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
