"""The settled annotations in other formats: export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from standpoint.model import StandpointError
from standpoint.publish.back import annotations_of
from standpoint.publish.content import SUMS, checksums
from standpoint.publish.formats import Exported, formats
from standpoint.publish.hydrate import Release, open_release
from standpoint.publish.shape import DOCUMENTS
from standpoint.publish.swap import refuse_foreign, replace_folder, workspace
from standpoint.verbs.tell import Teller

ABOUT = ("source", "publisher", "published", "title", "url", "language", "licence", "sha256", "tier", "codebook_version", "group")


def export(release: Path, name: str, split: str | None, out: Path, tell: Teller) -> Counter:
    """Write a release's articles in another format, in a folder that is there whole or not at all."""
    found, counts = open_release(release), Counter()
    refuse_foreign(out)
    with workspace(out) as beside:
        new = beside / "export"
        new.mkdir()
        formats()[name].write(tell.counted(f"export {name}", _articles(found, split, counts)), found.shape.codebook, new)
        if not counts["articles"]:
            raise StandpointError(f"{release}: no article is in split {split!r}", "name one of its splits, or none for all")
        (new / "LOSS.txt").write_text(loss(name), encoding="utf-8")
        (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
        counts["folders changed"] = int(replace_folder(out, new))
    return counts


def loss(name: str) -> str:
    """What a format does not carry, in a sentence."""
    lost = formats()[name].LOSS
    return f"Of what is settled, {name} carries all.\n" if not lost else f"Not carried by {name}: {lost}.\n"


def _articles(release: Release, split: str | None, counts: Counter) -> Iterator[Exported]:
    for name, row in release.rows(DOCUMENTS):
        if split in (None, name):
            if row["text"] is None:
                raise StandpointError(
                    f"{row['id']}: its text is withheld", "`standpoint hydrate` puts it back from your own copies"
                )
            annotations = tuple(annotations_of(row, release.shape))
            sentences = tuple((one["start"], one["end"]) for one in row["sentences"])
            about = {key: row[key] for key in ABOUT if row[key] is not None} | {"split": name}
            counts.update({"articles": 1, "annotations": len(annotations)})
            yield Exported(row["id"], row["text"], sentences, annotations, about)
