"""The export of a release: its articles with their adjudicated annotations, in another format.

An export is a folder that explains itself: beside the files of the format, it has what the format does not carry, the split of
each article, checksums, and the licence, codebook and actors of the release.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from standpoint.core.files import SUMS, inside, refuse_foreign, replace_folder, workspace, write_tsv
from standpoint.core.model import TAKEN_DOWN, Reporter, StandpointError
from standpoint.dataset.release_folder import Release, checksums, in_scheme, open_release
from standpoint.dataset.rows import annotations_of, distributions_of, sentences_of, zones_of
from standpoint.dataset.schema import ARTICLE, DOCUMENTS
from standpoint.formats import Account, Document, loss, writers
from standpoint.splits.splits import DEFAULT

LOSS_FILE, SPLITS_FILE = "LOSS.txt", "splits.tsv"
COPIED = ("LICENSE", "codebook.yaml", "actors.yaml")  # the files that explain the labels and allow their publication
# Columns of the documents that are not in ``about``: they are other fields, or describe a withheld text.
NOT_ABOUT = ("id", "text", "sentences", "mask", "sentence_sha256")


class ExportOptions(NamedTuple):
    """The format, the split (None: all), whether articles whose text is withheld are skipped or an error, and the scheme."""

    format: str
    split: str | None = None
    skip_withheld: bool = False
    scheme: str = DEFAULT


def export_release(folder: Path, options: ExportOptions, out: Path, reporter: Reporter) -> Counter[str]:
    """Write the articles of a release in another format. ``out`` is replaced completely or not at all."""
    release = in_scheme(open_release(folder), options.scheme)
    counts, splits, layers = Counter[str](), list[tuple[str, str]](), Counter[str]()
    refuse_foreign(out, "an export", LOSS_FILE)
    with workspace(out) as beside:
        new = beside / "export"
        new.mkdir()
        articles = reporter.track(f"export {options.format}", _articles(release, options, counts, splits, layers))
        account = writers()[options.format].write(articles, release.schema.codebook, new)
        if not counts["articles"]:
            where = f" in split {options.split!r}" if options.split else ""
            raise StandpointError(f"{folder}: no article has its text{where}", "see the card of the release for its splits")
        write_tsv(new / SPLITS_FILE, ("id", "split"), sorted(splits))
        for name in COPIED:
            if (folder / name).exists():
                shutil.copyfile(folder / name, new / name)
        (new / LOSS_FILE).write_text(
            loss(options.format) + _carried(layers, account, counts["open conflicts"]), encoding="utf-8", newline="\n"
        )
        (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
        counts["annotations not carried"] = account.lost.total()
        counts["folders changed"] = int(replace_folder(out, new, "an export", LOSS_FILE))
    return counts


def _carried(layers: Counter[str], account: Account, conflicts: int) -> str:
    """A table of how many annotations of each layer there are, and how many of them the files have; and the open conflicts."""
    rows = [("layer", "annotations", "carried", "at a derived mention")]
    rows += [
        (layer, str(count), str(count - account.lost[layer]), str(account.derived[layer])) for layer, count in layers.items()
    ]
    table = "\n" + "".join("\t".join(row) + "\n" for row in rows)
    return table + (f"\n{conflicts:,} conflicts are open: what annotators disagree about has no label.\n" if conflicts else "")


def _articles(
    release: Release, options: ExportOptions, counts: Counter[str], splits: list[tuple[str, str]], layers: Counter[str]
) -> Iterator[Document]:
    """The articles that are exported. What became of each goes to ``counts``, its split to ``splits``, and the number of its
    annotations by layer to ``layers``.
    """
    layers.update(dict.fromkeys((layer.name for layer in release.schema.codebook.layers), 0))
    columns = [name for name in ARTICLE if name not in NOT_ABOUT]
    for split, row in release.rows(DOCUMENTS):
        if options.split not in (None, split):
            continue
        inside(release.folder, row["id"])  # it becomes a part of lines and the name of a file
        if row["text_status"] == TAKEN_DOWN:
            counts["articles left out: taken down"] += 1
        elif row["text"] is not None:
            about = {name: row[name] for name in columns if row.get(name) is not None}
            about |= {"zones": zones_of(row), "split": split}
            if distributions := distributions_of(row, release.schema):
                about["distributions"] = distributions
            annotations = tuple(annotations_of(row, release.schema))
            counts.update({"articles": 1, "annotations": len(annotations), "open conflicts": row["n_conflicts"] or 0})
            layers.update(item.layer for item in annotations)
            splits.append((row["id"], split))
            yield Document(row["id"], row["text"], sentences_of(row), annotations, about)
        elif options.skip_withheld:
            counts["articles left out: text withheld"] += 1
        else:
            hint = "`standpoint hydrate` restores texts from your own copies; --skip-withheld leaves such articles out"
            raise StandpointError(f"{row['id']}: its text is withheld", hint)
