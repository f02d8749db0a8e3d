"""Export formats of the adjudicated annotations, one module per format. The file name is the name of the format. A module has

    LOSS                               what the format cannot carry, as text; "" if it carries everything
    write(articles, codebook, folder)  writes the files of all articles into an empty folder

Offsets are Unicode code points in this package, whatever unit the format counts in.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, NamedTuple, TypeVar

import regex
from msgspec import Struct

from standpoint.core.files import SUMS, plug_ins, refuse_foreign, replace_folder, workspace
from standpoint.core.model import TAKEN_DOWN, Annotation, Reporter, StandpointError

LOSS_FILE = "LOSS.txt"
COPIED = ("LICENSE", "codebook.yaml", "actors.yaml")  # the files that explain the labels and allow their publication
# Columns of the documents that are not in ``about``: they are other fields, or describe a withheld text.
NOT_ABOUT = ("id", "text", "sentences", "mask", "sentence_sha256")


class ExportedArticle(Struct, frozen=True):
    """An article with its adjudicated annotations. ``about``: its other fields, as JSON values, with its split."""

    id: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    annotations: tuple[Annotation, ...]
    about: dict[str, Any] = {}


class ExportOptions(NamedTuple):
    """The format, the split (None: all splits), and whether articles whose text is withheld are skipped or an error."""

    format: str
    split: str | None = None
    skip_withheld: bool = False


def formats() -> dict[str, ModuleType]:
    """The format modules by name, sorted."""
    return plug_ins(__name__)


def loss(name: str) -> str:
    """A sentence with what a format cannot carry."""
    lost = formats()[name].LOSS
    return f"Not carried by {name}: {lost}.\n" if lost else f"{name} carries all adjudicated annotations.\n"


def export_release(folder: Path, options: ExportOptions, out: Path, reporter: Reporter) -> Counter[str]:
    """Write the articles of a release in another format. ``out`` is replaced completely or not at all."""
    # Imported here, so that a list of the formats does not load pyarrow and datasets.
    from standpoint.dataset.release_folder import checksums, open_release

    release, counts = open_release(folder), Counter[str]()
    refuse_foreign(out, "an export", LOSS_FILE)
    with workspace(out) as beside:
        new = beside / "export"
        new.mkdir()
        articles = reporter.track(f"export {options.format}", _exported_articles(release, options, counts))
        formats()[options.format].write(articles, release.schema.codebook, new)
        if not counts["articles"]:
            where = f" in split {options.split!r}" if options.split else ""
            raise StandpointError(f"{folder}: no article has its text{where}", "see the card of the release for its splits")
        for name in COPIED:
            if (folder / name).exists():
                shutil.copyfile(folder / name, new / name)
        (new / LOSS_FILE).write_text(loss(options.format), encoding="utf-8")
        (new / SUMS).write_text(checksums(new), encoding="utf-8", newline="\n")
        counts["folders changed"] = int(replace_folder(out, new, "an export", LOSS_FILE))
    return counts


def _exported_articles(release: Any, options: ExportOptions, counts: Counter[str]) -> Iterator[ExportedArticle]:
    from standpoint.dataset.rows import annotations_of, distributions_of, sentences_of
    from standpoint.dataset.schema import ARTICLE, DOCUMENTS

    columns = [name for name in ARTICLE if name not in NOT_ABOUT]
    for split, row in release.rows(DOCUMENTS):
        if options.split not in (None, split):
            continue
        if row["text_status"] == TAKEN_DOWN:
            counts["articles left out: taken down"] += 1
        elif row["text"] is not None:
            about = {name: row[name] for name in columns if row[name] is not None} | {"split": split}
            if distributions := distributions_of(row, release.schema):
                about["distributions"] = distributions
            annotations = tuple(annotations_of(row, release.schema))
            counts.update({"articles": 1, "annotations": len(annotations)})
            yield ExportedArticle(row["id"], row["text"], sentences_of(row), annotations, about)
        elif options.skip_withheld:
            counts["articles left out: text withheld"] += 1
        else:
            hint = "`standpoint hydrate` restores texts from your own copies; --skip-withheld leaves such articles out"
            raise StandpointError(f"{row['id']}: its text is withheld", hint)


Key = TypeVar("Key", bound=Hashable)


class Names(Generic[Key]):
    """A unique name per key. Names have ASCII letters, digits, dash and underscore, and differ in more than case."""

    def __init__(self, taken: Iterable[str] = (), replaced: str = r"[^A-Za-z0-9_-]") -> None:
        self.names: dict[Key, str] = {}
        self.replaced = replaced  # the characters that become an underscore
        self.taken = {name.lower() for name in taken}

    def of(self, key: Key, wanted: str) -> str:
        """The name of a key: the wanted name, with a number at its end if another key has that name already."""
        if key not in self.names:
            base = re.sub(self.replaced, "_", wanted)
            name, number = base, 2
            while name.lower() in self.taken:
                name, number = f"{base}_{number}", number + 1
            self.taken.add(name.lower())
            self.names[key] = name
        return self.names[key]


# A word keeps its inner apostrophes, dots and dashes; any other character is a token, together with its combining marks.
TOKEN = regex.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]\p{M}*")


def tokens(text: str, start: int, end: int, cuts: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Start and end of the tokens of ``text[start:end]``; a token is divided at each cut that lies inside it."""
    places = sorted({cut for cut in cuts if start < cut < end})
    for match in TOKEN.finditer(text, start, end):
        edges = [match.start(), *(cut for cut in places if match.start() < cut < match.end()), match.end()]
        yield from zip(edges, edges[1:], strict=False)
