"""The copies among the articles: datatrove's MinHash stages propose clusters, and the exact sets of word 5-grams decide.

MinHash joins texts by chance, too, and joins A and C over a B that is like both. So a cluster is only a proposal: each is taken
apart again by the function with which ``ingest`` finds near-duplicates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder, Encoder

from standpoint.core.model import needs_extra
from standpoint.ingest.near_duplicates import groups, near_duplicates, shingles
from standpoint.pool.archive import Place
from standpoint.pool.sift import Facts

# 20 bands of 4: two texts of Jaccard similarity 0.7 are proposed in 996 of 1,000 cases, of 0.5 in 725, of 0.1 in 2.
BUCKETS, HASHES, SEED = 20, 4, 1
NEEDED = "standpoint pool"
FACTS, ARTICLE = "facts", "article"  # what documents carry, as JSON
TEXTS = "${rank}.jsonl.gz"  # of each task
Documents = Iterable[Any]

decode_facts, encode = Decoder(Facts).decode, Encoder().encode


def texts_of(folder: Path, rank: int) -> Iterator[Any]:
    """The documents that a task of the first job left, in their order; none if it left no file."""
    with needs_extra("pool", NEEDED):
        from datatrove.pipeline.readers import JsonlReader
    name = TEXTS.replace("${rank}", f"{rank:05d}")
    if (folder / name).exists():
        yield from JsonlReader(str(folder), add_file_path=False).read_file(name)


def minhash_config() -> Any:
    """The settings that all MinHash stages must share."""
    with needs_extra("pool", NEEDED):
        from datatrove.pipeline.dedup.minhash import MinhashConfig
        from datatrove.utils.hashing import HashConfig
    return MinhashConfig(num_buckets=BUCKETS, hashes_per_bucket=HASHES, seed=SEED, hash_config=HashConfig(precision=32))


def signature_step(folder: Path) -> Any:
    """datatrove's first stage, with our shingles: those of its own need a tokenizer per language, and differ from the sets that
    decide in the end.
    """
    with needs_extra("pool", NEEDED):
        from datatrove.pipeline.dedup.minhash import MinhashDedupSignature
        from datatrove.utils.word_tokenizers import WhitespaceTokenizer
    step = MinhashDedupSignature(str(folder), minhash_config(), language=WhitespaceTokenizer())
    step.get_shingles = column_of_shingles
    return step


def column_of_shingles(text: str) -> np.ndarray:
    """The shingles in the shape that datatrove's signatures are made from."""
    return shingles(text).reshape(-1, 1)


class Scatter(Struct, frozen=True):
    """Bring the members of each proposed cluster together: into the file of one task, whichever tasks read them."""

    texts: Path
    clusters: Path
    members: Path
    tasks: int

    def __call__(self, data: Documents | None, rank: int = 0, world_size: int = 1) -> None:
        with needs_extra("pool", NEEDED):
            from datatrove.data import Document
            from datatrove.pipeline.writers import JsonlWriter
        cluster_of = dict(clusters_of(self.clusters / f"{rank:06d}.clusters"))
        with JsonlWriter(str(self.members), "${part}/${rank}.jsonl.gz") as writer:
            for number, document in enumerate(texts_of(self.texts, rank) if cluster_of else ()):
                if (cluster := cluster_of.get(number)) is not None:
                    facts = {FACTS: document.metadata[FACTS], "part": f"{cluster % self.tasks:05d}", "cluster": cluster}
                    writer.write(Document(document.text, document.id, metadata=facts), rank)


def clusters_of(path: Path) -> list[tuple[int, int]]:
    """The number of each member of a cluster among the documents of a task, and that of its cluster, as datatrove writes them."""
    if not path.exists():
        return []
    pairs = np.fromfile(path, "<u4").reshape(-1, 2).tolist()
    return [(document, cluster) for document, cluster in pairs]


class Copy(Struct, frozen=True, array_like=True):
    """An article that is a copy, and the article of which it is one."""

    place: Place
    of: str


class Verify(Struct, frozen=True):
    """Decide which members of the clusters are copies. Of a group, the article that was published first is none."""

    members: Path
    copies: Path

    def __call__(self, data: Documents | None, rank: int = 0, world_size: int = 1) -> None:
        with needs_extra("pool", NEEDED):
            from datatrove.pipeline.readers import JsonlReader
        folder = self.members / f"{rank:05d}"
        clusters: dict[int, list[tuple[Facts, str]]] = defaultdict(list)
        for path in sorted(folder.glob("*.jsonl.gz")):
            for document in JsonlReader(str(folder), add_file_path=False).read_file(path.name):
                clusters[document.metadata["cluster"]].append((decode_facts(document.metadata[FACTS]), document.text))
        self.copies.mkdir(parents=True, exist_ok=True)
        with (self.copies / f"{rank:05d}.jsonl").open("wb") as file:
            for members in clusters.values():
                file.writelines(encode(copy) + b"\n" for copy in copies_among(members))


def copies_among(members: Iterable[tuple[Facts, str]]) -> Iterator[Copy]:
    """The copies among the members of a cluster. The result does not depend on their order."""
    ordered = sorted(members, key=lambda member: member[0].order)
    names = [f"{number:09d}" for number in range(len(ordered))]  # the smallest name of a group is that of its first member
    texts = ((name, text) for name, (_, text) in zip(names, ordered, strict=True))
    for name, first in groups(near_duplicates(texts)).items():
        if name != first:
            yield Copy(ordered[int(name)][0].place, ordered[int(first)][0].id)


def read_copies(folder: Path) -> dict[Place, str]:
    """The place of each copy, and the id of the article of which it is one."""
    decode, found = Decoder(Copy).decode, dict[Place, str]()
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            found |= {copy.place: copy.of for copy in map(decode, file)}
    return found
