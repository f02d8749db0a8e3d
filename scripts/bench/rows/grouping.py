"""Grouping: near-duplicates among many articles, beside `datasketch` and `rensa`.

All read the same texts, compare word 5-grams at Jaccard 0.5, and join pairs to groups. The peers are used as their
documentation shows, with MinHash of 128 permutations and an LSH index queried before each insertion; they propose, and verify
nothing. Recall is the share of the pairs at exact Jaccard 0.5 and more, among a sample of the articles, that are in one group;
precision, the share of the pairs in one group that are joined by such pairs, or by one of which 0.8 lies in the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

from row import ALL, CORES, ONE, Row, Work, fact, quicker, with_jobs

PERMUTATIONS, THRESHOLD, SAMPLE = 128, 0.5, 10_000
WORDS = tuple(f"{a}{b}" for a in ("ka", "lo", "mir", "ten", "vas", "ur", "ode", "shi", "pra", "gol") for b in range(2_000))
STOCK = [" ".join(random.Random(-number).choices(WORDS, k=40)) for number in range(1, 21)]  # paragraphs that many articles have


def article(number: int) -> str:
    """Article number so and so: of ten, one is an edited copy of the one before, one its beginning or a piece of it quoted,
    and all others are new; one in five has a stock paragraph.
    """
    chance = random.Random(number)
    if number % 10 == 8:
        return _edited(article(number - 1), chance)
    if number % 10 == 9:
        words = article(number - 2).split()
        begin = chance.choice((0, len(words) // 4))
        piece = " ".join(words[begin : begin + len(words) // 3])
        return piece if begin == 0 else " ".join(chance.choices(WORDS, k=150)) + " " + piece
    # Cubed, so that some words are frequent and most are rare, as in a language.
    words = " ".join(WORDS[int(len(WORDS) * chance.random() ** 3)] for _ in range(chance.randint(120, 700)))
    return words + " " + chance.choice(STOCK) if number % 5 == 0 else words


def _edited(text: str, chance: random.Random) -> str:
    """A copy in which up to one word in eight is another, so that the Jaccard similarity of 5-grams is 0.3 to 1."""
    words, rate = text.split(), chance.random() / 8
    return " ".join(chance.choice(WORDS) if chance.random() < rate else word for word in words)


def texts(folder: Path) -> Iterator[str]:
    with (folder / "texts.txt").open(encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file)


def generate(folder: Path, size: int) -> None:
    with (folder / "texts.txt").open("w", encoding="utf-8") as file:
        file.writelines(article(number) + "\n" for number in range(size))


def ours(folder: Path, jobs: int) -> Iterator[tuple[str, ...]]:
    """Exact: each pair that is proposed is verified; also what is contained."""
    from standpoint.ingest.near_duplicates import near_duplicates

    named = ((str(number), text) for number, text in enumerate(texts(folder)))
    yield from near_duplicates(named, **with_jobs(near_duplicates, jobs))


def grams(text: str) -> set[str]:
    """The word 5-grams as the peers are given them."""
    words = text.split()
    return {" ".join(words[at : at + 5]) for at in range(max(len(words) - 4, 1))}


def rensa(folder: Path) -> Iterator[tuple[str, ...]]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(THRESHOLD, PERMUTATIONS, 32)
    for number, text in enumerate(texts(folder)):
        sketch = RMinHash(PERMUTATIONS, 1)
        sketch.update(list(grams(text)))
        yield from ((str(found), str(number)) for found in index.query(sketch))
        index.insert(number, sketch)


def datasketch(folder: Path) -> Iterator[tuple[str, ...]]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    for number, text in enumerate(texts(folder)):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([gram.encode() for gram in grams(text)])
        yield from ((found, str(number)) for found in index.query(sketch))
        index.insert(str(number), sketch)


def grouped(folder: Path, size: int, name: str, pairs: Callable[[Path], Iterable[tuple[str, ...]]]) -> Work:
    """Group, and put the groups down for `quality`."""
    from standpoint.ingest.near_duplicates import groups

    def work() -> None:
        found = groups(pairs(folder))
        (folder / f"{name}.json").write_text(json.dumps(found))

    return work


def exact(folder: Path, size: int) -> tuple[list[int], set[tuple[int, int]], set[tuple[int, int]]]:
    """A sample in runs of ten, as copies stand: its articles, the pairs at Jaccard 0.5, and those with one in the other."""
    import numpy as np
    from scipy.sparse import csr_matrix

    chance, wanted = random.Random(7), set()
    for decade in chance.sample(range(size // 10), min(SAMPLE, size) // 10):
        wanted.update(range(decade * 10, decade * 10 + 10))
    names, sets = zip(*((number, grams(text)) for number, text in enumerate(texts(folder)) if number in wanted), strict=True)
    column = {gram: place for place, gram in enumerate(set().union(*sets))}
    rows = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    columns = np.array([column[gram] for one in sets for gram in one])
    matrix = csr_matrix((np.ones(len(rows), np.int32), (rows, columns)), shape=(len(sets), len(column)))
    both, sizes = (matrix @ matrix.T).tocoo(), np.array([len(one) for one in sets])
    near, part = set(), set()
    for one, other, count in zip(both.row.tolist(), both.col.tolist(), both.data.tolist(), strict=True):
        if one < other and count / (sizes[one] + sizes[other] - count) >= THRESHOLD:
            near.add((names[one], names[other]))
        elif one < other and count / min(sizes[one], sizes[other]) >= 0.8:
            part.add((names[one], names[other]))
    return list(names), near, part


def quality(folder: Path, size: int) -> dict[str, float | int]:
    """How many pairs the sample has; and for each job, the share of them that it finds, and the share of those in its finds."""
    from standpoint.ingest.near_duplicates import groups

    names, near, part = exact(folder, size)
    right = groups((str(one), str(other)) for one, other in near | part)
    facts: dict[str, float | int] = {f"pairs at Jaccard {THRESHOLD} of a sample": len(near), "one in the other": len(part)}
    for job in JOBS:
        group = json.loads((folder / f"{job}.json").read_text())
        of = {name: group.get(str(name), str(name)) for name in names}
        members: dict[str, list[int]] = {}
        for name, one in of.items():
            members.setdefault(one, []).append(name)
        together = [pair for one in members.values() for pair in combinations(one, 2)]
        facts |= {
            f"{QUALITIES[0]}, {job}": sum(of[one] == of[other] for one, other in near) / len(near),
            f"{QUALITIES[1]}, {job}": sum(of[one] == of[other] for one, other in part) / len(part),
            f"{QUALITIES[2]}, {job}": sum(right.get(str(a)) == right.get(str(b), "") for a, b in together) / len(together),
        }
    return facts


QUALITIES = "recall", "recall of what is contained", "precision"
JOBS: dict[str, Callable[[Path], Iterable[tuple[str, ...]]]] = {
    ONE: partial(ours, jobs=1),
    ALL: partial(ours, jobs=CORES),
    "rensa": rensa,
    "datasketch": datasketch,
}

ROWS = [
    Row(
        name="group",
        title="grouping of near-duplicates",
        unit="articles",
        quick=(500, 2_000),
        usual=(10_000, 100_000),
        prepare=generate,
        jobs={name: partial(grouped, name=name, pairs=pairs) for name, pairs in JOBS.items()},
        ours=(ONE, ALL),
        facts=quality,
        aims=[quicker(ALL, "rensa", 1), *(fact(job, f"{name}, {job}", 1) for job in (ONE, ALL) for name in QUALITIES)],
    )
]
