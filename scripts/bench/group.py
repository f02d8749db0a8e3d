"""The benchmark of grouping: near-duplicates among 100,000 articles, beside `datasketch` and `rensa` in one run.

    python scripts/bench/group.py               # 100,000 articles; the figures go to bench.json
    python scripts/bench/group.py --quick       # 5,000 articles; nothing is written

Jobs are timed as in run.py, which runs these too, except that each runs once: datasketch takes minutes. All three read the
same texts, compare word 5-grams at Jaccard 0.5, and join pairs to groups. The peers are used as their documentation shows,
with MinHash of 128 permutations and an LSH index queried before each insertion; they propose, and verify nothing. Recall is the
share of the pairs at exact Jaccard 0.5 and more, among a sample of the articles, that are in one group; precision, the share of
the pairs in one group that are joined by such pairs, or by one of which 0.8 lies in the other.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

PERMUTATIONS, THRESHOLD, SAMPLE = 128, 0.5, 10_000
WORDS = tuple(f"{a}{b}" for a in ("ka", "lo", "mir", "ten", "vas", "ur", "ode", "shi", "pra", "gol") for b in range(2_000))
STOCK = [" ".join(random.Random(-number).choices(WORDS, k=40)) for number in range(1, 21)]  # paragraphs that many articles have
JOBS = ("ours", "rensa", "datasketch")


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


def ours(folder: Path) -> Iterator[tuple[str, ...]]:
    """Exact: each pair that is proposed is verified; also what is contained."""
    from standpoint.ingest.near_duplicates import near_duplicates

    yield from near_duplicates((str(number), text) for number, text in enumerate(texts(folder)))


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


def grouped(job: str, folder: Path) -> Callable[[], object]:
    """Group, and put the groups down for `recall`."""
    from standpoint.ingest.near_duplicates import groups

    def work() -> None:
        found = groups(globals()[job](folder))
        (folder / f"{job}.json").write_text(json.dumps(found))

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


def quality(folder: Path, size: int) -> dict[str, dict[str, float]]:
    """How many pairs the sample has; and for each job, the share of them that it finds, and the share of those in its finds."""
    from standpoint.ingest.near_duplicates import groups

    names, near, part = exact(folder, size)
    right = groups((str(one), str(other)) for one, other in near | part)
    found: dict[str, dict[str, float]] = {"pairs": {"near": len(near), "contained": len(part)}}
    for job in JOBS:
        group = json.loads((folder / f"{job}.json").read_text())
        of = {name: group.get(str(name), str(name)) for name in names}
        members: dict[str, list[int]] = {}
        for name, one in of.items():
            members.setdefault(one, []).append(name)
        together = [pair for one in members.values() for pair in combinations(one, 2)]
        found[job] = {
            "recall": sum(of[one] == of[other] for one, other in near) / len(near),
            "contained": sum(of[one] == of[other] for one, other in part) / len(part),
            "precision": sum(right.get(str(one)) == right.get(str(other), "") for one, other in together) / len(together),
        }
    return found


def bench(folder: Path, size: int) -> dict:
    """Each job's seconds, peak megabytes and recall."""
    from measure import measured

    generate(folder, size)
    results = {}
    for job in JOBS:
        results[job] = measured(job, folder, size, "group.py")
        print(f"  {size:>6,} {job:<16} {results[job]['seconds']:.2f} s", file=sys.stderr)
    found = quality(folder, size)
    return {"size": size, "pairs": found.pop("pairs")} | {job: results[job] | found[job] for job in JOBS}


def report(results: dict) -> list[str]:
    """The ratios, in words."""
    mine, pairs = results["ours"], results["pairs"]
    sample = f"{pairs['near']:,} pairs at exact Jaccard {THRESHOLD}, {pairs['contained']:,} contained"
    lines = [
        f"group: {results['size']:,} articles in {mine['seconds']:.0f} s, {mine['peak_mb']:.0f} MB at its peak",
        f"  found of a sample's {sample}: {_found(mine)}",
    ]
    for job in JOBS[1:]:
        peer = results[job]
        quick, memory = peer["seconds"] / mine["seconds"], peer["peak_mb"] / mine["peak_mb"]
        lines.append(f"  {quick:.1f} times as quick as {job}, which takes {memory:.1f} times its memory and finds {_found(peer)}")
    return lines


def _found(job: dict) -> str:
    return f"{job['recall']:.2%} and {job['contained']:.2%}, precision {job['precision']:.2%}"


def main() -> None:
    import resource

    if len(sys.argv) == 4:
        work = grouped(sys.argv[1], Path(sys.argv[2]))
        begun = time.perf_counter()
        work()
        seconds = time.perf_counter() - begun
        print(json.dumps({"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    import tempfile

    from measure import ROOT

    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as name:
        results = bench(Path(name), 5_000 if quick else 100_000)
    if not quick:
        path = ROOT / "bench.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"group": results}, indent=1) + "\n")
    print("\n".join(report(results)))


if __name__ == "__main__":
    main()
