"""What a release contains, apart from how it is written: checksums of its files, and a hash of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile

import msgspec
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List

from standpoint.publish.writers.columns import values

SUMS = "SHA256SUMS"
PARTS, SPOOLED = 64, 2**16  # parts that digests are sorted in, and the bytes up to which one is not on disk


def files_of(folder: Path) -> list[str]:
    """The files of a release but its checksums, as they are named in them: sorted, with forward slashes."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != SUMS)


def checksums(folder: Path) -> str:
    """The text of SHA256SUMS, which ``sha256sum --check`` reads."""
    return "".join(f"{file_hash(folder / name)}  {name}\n" for name in files_of(folder))


def listed(folder: Path) -> dict[str, str]:
    """File name -> sha256 of each file that SHA256SUMS lists."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def damaged(folder: Path) -> list[str]:
    """The files that SHA256SUMS lists and that are not there, or not as it says."""
    return [
        name for name, digest in listed(folder).items() if not (folder / name).is_file() or file_hash(folder / name) != digest
    ]


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def content_hash(folder: Path) -> str:
    """The identity of a release's data, whichever version of pyarrow wrote it, and in whichever order the rows stand.

    The sha256 over, for each config and split in the order of their names: a line of JSON ``[config, split, {path of a
    ClassLabel: its names}]``, then the sorted sha256 of each row as JSON with sorted keys and no blanks, in UTF-8.
    """
    whole = sha256()
    for path in sorted(folder.glob("*/*.parquet")):
        file = pq.ParquetFile(path)
        names = dict(_class_names(Features.from_arrow_schema(file.schema_arrow)))
        whole.update(canonical([path.parent.name, path.name.partition("-")[0], names]) + b"\n")
        for digest in _in_order(_row_hashes(file)):
            whole.update(digest)
    return whole.hexdigest()


def sizes(folder: Path) -> dict[str, dict[str, int]]:
    """For each config, the bytes of its files, and of its rows as Arrow holds them: what the card's ``dataset_info`` says."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        one = found.setdefault(path.parent.name, {"download_size": 0, "dataset_size": 0})
        one["download_size"] += path.stat().st_size
        one["dataset_size"] += sum(batch.nbytes for batch in pq.ParquetFile(path).iter_batches(batch_size=1000))
    return found


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no blanks (numbers as msgspec writes them: the shortest that reads back the same)."""
    return msgspec.json.encode(value, order="sorted")


def _row_hashes(file: pq.ParquetFile) -> Iterator[bytes]:
    for batch in file.iter_batches(batch_size=1000):
        yield from (sha256(canonical(row)).digest() for row in values(batch.to_struct_array()))


def _in_order(digests: Iterable[bytes]) -> Iterator[bytes]:
    """Digests sorted, as many as there may be: in parts by their first byte, on disk where a part is not small."""
    with ExitStack() as stack:
        parts = [stack.enter_context(SpooledTemporaryFile(SPOOLED)) for _ in range(PARTS)]
        for digest in digests:
            parts[digest[0] * PARTS // 256].write(digest)
        for part in parts:
            part.seek(0)
            yield from sorted(iter(lambda part=part: part.read(sha256().digest_size), b""))


def _class_names(feature: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(feature, ClassLabel):
        yield path, feature.names
    elif isinstance(feature, List):
        yield from _class_names(feature.feature, f"{path}[]")
    elif isinstance(feature, dict):
        for name, inner in feature.items():
            yield from _class_names(inner, f"{path}.{name}".lstrip("."))
