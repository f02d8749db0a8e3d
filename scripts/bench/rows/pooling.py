"""pool: a large archive to the articles worth annotating, beside parsing each line.

Half of the texts are about war, and a fifth are copies of such texts, the same or edited in five words. All is read, filtered,
told apart and drawn as by the command with its defaults. Each planted group of copies must leave one article.
"""

from __future__ import annotations

import gzip
import json
import random
from functools import partial
from pathlib import Path

from generate import VOCABULARY
from row import ALL, CORES, Row, Work, fact, memory, own_project, rate

from rows.releasing import command

FILES, WORDS, FOUND = 16, 340, "groups of copies found"
VERBS = ("attacked", "shelled", "captured", "besieged", "killed", "arrested", "evacuated", "bombed")


def original(number: int) -> int:
    """The text of which this is a copy, or its own number. Texts with an even number are about war, and only these are copied."""
    return number - {4: 4, 9: 3}.get(number % 10, 0)


def text_of(number: int) -> str:
    chance = random.Random(number)
    words = chance.choices(VOCABULARY, k=WORDS)
    if number % 2 == 0:
        words[5::12] = chance.choices(VERBS, k=len(words[5::12]))
    sentences = [" ".join(words[at : at + 17]).capitalize() + "." for at in range(0, WORDS, 17)]
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))


def record(number: int) -> bytes:
    words = text_of(original(number)).split(" ")
    if original(number) != number and number % 2:  # an edited copy
        for place in random.Random(~number).sample(range(len(words)), 5):
            words[place] = "edited"
    published = f"2031-{number % 12 + 1:02}-{number % 28 + 1:02}"
    row = {"title": f"Report {number}", "text": " ".join(words), "published": published}
    return json.dumps(row | {"url": f"https://site{number % 37}.example/{number}"}, ensure_ascii=False).encode() + b"\n"


def write_file(file: int, folder: Path, size: int) -> None:
    with (folder / "archive" / f"wire-{file:02}.jsonl").open("wb") as out:
        out.writelines(record(number) for number in range(file, size, FILES))


def prepare(folder: Path, size: int) -> None:
    from standpoint.processes import mapped

    own_project(folder)
    (folder / "archive").mkdir()
    source = "{id: wire, name: Wire, match: ['wire*'], licence: CC-BY-4.0, language: en}"
    (folder / "sources.yaml").write_text(f"sources:\n  - {source}\n")
    list(mapped(partial(write_file, folder=folder, size=size), range(FILES), CORES, chunk=1))


def pool(folder: Path, size: int) -> Work:
    words = ["pool", folder / "archive", "--out", folder / "pool", "--sources", folder / "sources.yaml", "--jobs", CORES]
    return command(folder, size, [str(word) for word in words])


def parse(folder: Path, size: int) -> Work:
    def work() -> None:
        for path in sorted((folder / "archive").iterdir()):
            with path.open("rb") as file:
                assert all(json.loads(line)["text"] for line in file)

    return work


def found_groups(folder: Path, size: int) -> dict[str, float | int]:
    """The share of the planted groups of which all members but one are left out as copies."""
    copies = set()
    with gzip.open(folder / "pool" / "left-out.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["reason"] == "copy":
                name, _, line = row["where"].rpartition(":")
                copies.add((int(line) - 1) * FILES + int(Path(name).stem.removeprefix("wire-")))
    groups: dict[int, list[int]] = {}
    for number in range(size):
        if original(number) != number:
            groups.setdefault(original(number), [original(number)]).append(number)
    found = sum(sum(number in copies for number in group) == len(group) - 1 for group in groups.values())
    return {"planted groups": len(groups), FOUND: found / len(groups)}


ROWS = [
    Row(
        name="pool",
        title="pool, a fifth copies",
        unit="texts",
        quick=(500,),
        usual=(5_000, 20_000),
        full=(50_000, 1_000_000),
        prepare=prepare,
        jobs={ALL: pool, "parsing each line": parse},
        ours=(ALL,),
        facts=found_groups,
        aims=[rate(ALL, 1_200), memory(ALL, 1_500), fact(ALL, FOUND, 1)],
    )
]
