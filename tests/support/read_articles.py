"""Articles of the public corpora that were read with care, and how right the suggestions on them are.

``data/read-articles.json`` has the places in them, and in nine the actors too: offsets, and no word of a text. One model read
them by the guidelines. The places of 89 articles were read before anybody saw a suggestion on them; these articles were chosen
by where they stand in the files, at least 14 of each folder. The other nine have whole annotation sets, made from blank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from standpoint.codebook.registry import Registry
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article
from standpoint.ingest.ingest import ingest
from standpoint.ingest.sources import Source, load_sources
from standpoint.pages.suggestions import PLACE, suggestions

DATA = Path(__file__).parent.parent / "data"
SOURCES = load_sources(DATA / "sources-public.yaml")
NOTHING_KNOWN = Registry(version="0.0.0")  # so that each name must be guessed
NAMES = {"putin.csv": "Kremlin", "zelenskyy.csv": "President of Ukraine", "FA-KES.csv": "FA-KES"}
COLUMNS = {"presidents": {"title": "headline", "text": "body"}, "fa-kes": {"title": "article_title", "text": "article_content"}}


class Read(msgspec.Struct):
    """One article, as it was read: ``row`` is its id in a file of many, ``places`` and ``actors`` are "start-end" each.

    ``actors`` is None where nobody read them.
    """

    file: str
    sha256: str
    row: str = ""
    places: str = ""
    actors: str | None = None

    @property
    def folder(self) -> str:
        """The corpus."""
        return self.file.partition("/")[0]


def spans(offsets: str) -> set[tuple[int, int]]:
    """``[start, end)`` of what was marked."""
    return {(int(start), int(end)) for start, _, end in (part.partition("-") for part in offsets.split())}


def read_articles(corpora: Path, folder: Path) -> Iterator[tuple[Read, Article]]:
    """Each article that was read, from the files of the corpora; ``folder`` is for the rows that are taken from large files."""
    everything = msgspec.json.decode((DATA / "read-articles.json").read_bytes(), type=list[Read])
    for file in sorted({one.file for one in everything}):
        wanted = {one.sha256: one for one in everything if one.file == file}
        path = corpora / file
        if rows := [one.row for one in wanted.values() if one.row]:
            path = _only(path, rows, folder / file)
        items = [item for item in ingest([path], _sources(file)).items if isinstance(item, Article)]
        found = {item.sha256[:16]: item for item in items}
        assert wanted.keys() <= found.keys(), f"{file}: the text of an article is not what was read"
        yield from ((one, found[sha256]) for sha256, one in wanted.items())


def _sources(file: str) -> tuple[Source, ...]:
    """How a file is read."""
    folder, _, name = file.partition("/")
    if folder in ("aleppo", "re3d"):
        return SOURCES
    more = {"datelines": True} if folder == "muc3" else {}
    name = NAMES.get(name, "MUC-3")
    return (Source(id="s", name=name, match=("*",), licence="CC0-1.0", language="en", columns=COLUMNS.get(folder, {}), **more),)


def _only(path: Path, rows: list[str], target: Path) -> Path:
    """A copy of a file with these rows only, as they are: each is one line, and its first value ends with the id."""
    target.parent.mkdir(parents=True, exist_ok=True)
    lines, ids = path.read_bytes().splitlines(keepends=True), [row.encode() for row in rows]
    if path.suffix == ".json":
        kept = [line for line in lines if any(row in line[:60] for row in ids)]
    else:
        kept = [lines[0], *(line for line in lines[1:] if line.partition(b",")[0].endswith(tuple(ids)))]
    target.write_bytes(b"".join(kept))
    return target


Scores = dict[str, Counter[str]]


def scores(read: Iterable[tuple[Read, Article]], layer: str, codebook: Codebook) -> Scores:
    """How many spans were suggested without a registry, are exactly right, and are in the reading, by folder and in all."""
    found: Scores = {}
    for one, article in read:
        if (offsets := getattr(one, layer)) is None:
            continue
        items = [item.span for item in suggestions(article, codebook.by_name[layer], codebook, NOTHING_KNOWN)]
        suggested = {(span.start, span.end) for span in items if layer != "places" or span.label == PLACE}
        marked = spans(offsets)
        counts = Counter(articles=1, suggested=len(suggested), right=len(suggested & marked), marked=len(marked))
        for name in (one.folder, "all"):
            found[name] = found.get(name, Counter()) + counts
    return {name: found[name] for name in sorted(found, key=lambda name: (name == "all", name))}


def table(places: Scores, actors: Scores) -> str:
    """The scores as a table in Markdown."""
    lines = [
        "| | articles | places suggested | precision | recall | articles | mentions of actors suggested | precision | recall |"
    ]
    lines.append("| --- | --: | --: | --: | --: | --: | --: | --: | --: |")
    for name in places:
        cells = [cell for counts in (places[name], actors[name]) for cell in _cells(counts)]
        lines.append(f"| {' | '.join((name, *cells))} |")
    return "\n".join(lines)


def _cells(counts: Counter[str]) -> Iterator[str]:
    yield str(counts["articles"])
    yield str(counts["suggested"])
    yield f"{counts['right'] / counts['suggested']:.2f}"
    yield f"{counts['right'] / counts['marked']:.2f}"
