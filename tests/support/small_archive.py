"""Small archives of our own writing: texts about the war in Corvane, other texts, and copies of both."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
from pathlib import Path

from example import EXAMPLE
from raw_documents import page_record
from standpoint.core.model import Reporter
from standpoint.pool.draw import Wish
from standpoint.pool.jobs import Engine, pool
from standpoint.pool.outcome import Report
from standpoint.pool.sift import Wanted

PROJECT = EXAMPLE
SOURCES = """sources:
  - {id: courier, name: Courier, match: ["courier*"], licence: CC-BY-4.0, language: en}
  - {id: herald, name: Herald, match: ["herald*", "herald/*"], licence: CC-BY-4.0, language: en}
"""
WORDS = [f"{a}{b}" for a in ("har", "sel", "mo", "tin", "ver", "os") for b in ("bour", "den", "ly", "ket", "ram", "wick", "nel")]


def war(number: int, day: str = "2031-03-01", **more: str) -> dict[str, str]:
    """A text with triggers of the codebook in words that no other number has."""
    chance = random.Random(number)
    tell = [f"Gunmen attacked the {one} depot and shelled {two}." for one, two in (chance.sample(WORDS, 2) for _ in range(8))]
    fill = " ".join(chance.choices(WORDS, k=60))
    return {
        "title": f"Report number {number}",
        "text": f"{' '.join(tell)}\n\nWitnesses spoke of {fill}.",
        "published": day,
    } | more


def calm(number: int) -> dict[str, str]:
    """A text on another topic."""
    chance = random.Random(-number)
    text = " ".join(f"The {one} festival has a choir from {two}." for one, two in (chance.sample(WORDS, 2) for _ in range(14)))
    return {"title": f"Concert number {number}", "text": text, "published": "2031-03-02"}


def lines(records: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def table(records: list[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, ["title", "text", "published"])
    writer.writeheader()
    writer.writerows(records)
    return file.getvalue().encode()


def page(record: dict[str, str]) -> str:
    paragraphs = "".join(f"<p>{part}</p>" for part in record["text"].split("\n\n"))
    head = f'<title>{record["title"]}</title><meta property="article:published_time" content="{record["published"]}">'
    return f"<html><head>{head}</head><body><article><h1>{record['title']}</h1>{paragraphs}</article></body></html>"


def web_archive(records: list[dict[str, str]]) -> bytes:
    """The pages as a crawler packs them: a gzip member for each record."""
    pages = (page_record(f"https://courier.example/{number}", page(record).encode()) for number, record in enumerate(records))
    return b"".join(map(gzip.compress, pages))


def parquet(records: list[dict[str, str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), file)
    return file.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """An archive, and beside it its sources."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder.parent / "sources.yaml").write_text(SOURCES, encoding="utf-8", newline="\n")
    return folder


def of_all_formats(folder: Path) -> Path:
    """Two texts in each format, plain and packed."""
    texts = [war(number) for number in range(1, 15)]
    return write(
        folder,
        {
            "courier-1.jsonl": lines(texts[:2]),
            "courier-2.jsonl.gz": gzip.compress(lines(texts[2:4])),
            "courier-3.jsonl.bz2": bz2.compress(lines(texts[4:6])),
            "courier-4.csv": table(texts[6:8]),
            "herald-5.parquet": parquet(texts[8:10]),
            "courier-6.warc.gz": web_archive(texts[10:12]),
            "herald/7.html": page(texts[12]).encode(),
            "herald/8.html": page(texts[13]).encode(),
        },
    )


TOPIC = Wanted(density=1, triggers=3)


def pooled(
    names: list[str],
    out: Path,
    sources: Path,
    wanted: Wanted = TOPIC,
    wish: Wish | None = None,
    release: Path | None = None,
    **engine,
) -> Report:
    """The report of a pool of these names."""
    report = pool(PROJECT, names, out, sources, wanted, wish or Wish(), Engine(**engine), Reporter(), release)
    assert report is not None and report.read == report.drawn + sum(report.left_out.values())
    return report


def results(out: Path) -> dict[str, bytes]:
    """The bytes of each file that a pool leaves, without its work."""
    files = [path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] != "work"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
