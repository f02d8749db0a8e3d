"""Files of annotation tools that have the text in them: CoNLL, UIMA XMI, spaCy's DocBin. One article per document.

Only the text is read here. `standpoint import` reads the annotations of the same file, and finds the article by its text. brat
has the text in a .txt file, and doccano in a column of JSON Lines: the readers of these read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from standpoint.core.model import Issue, StandpointError
from standpoint.formats import format_of, formats, read_documents
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile

FORMATS = ("conll", "conll2003", "spacy", "xmi")
suffixes = tuple(suffix for name in FORMATS for suffix in formats()[name].suffixes)


def read(file: RawFile) -> Iterator[Raw | Issue]:
    if not file.is_in_archive:
        yield from _texts(file, file.path)
        return
    with TemporaryDirectory() as folder:  # the libraries of these formats read files
        path = Path(folder) / file.path.name.rpartition("!")[2]
        path.write_bytes(file.data())
        yield from _texts(file, path)


def _texts(file: RawFile, path: Path) -> Iterator[Raw | Issue]:
    """The articles in the file, whose bytes are at ``path``."""

    def shown(where: str) -> str:
        return where.replace(str(path), str(file.path))

    ending, found = path.name.lower().removesuffix(".gz"), format_of(path)  # a .conll file may be CoNLL-U
    name = found if found in FORMATS else next((name for name in FORMATS if ending.endswith(formats()[name].suffixes)), "")
    if not name:
        raise FileRefused("FILE-FORMAT", f"has none of the suffixes of such files, {' '.join(suffixes)}; rename it")
    try:
        for read in read_documents(path, name):
            if isinstance(read, Issue):
                yield read._replace(where=shown(read.where))
                continue
            for code, message in read.remarks:
                if code.startswith("TEXT-"):  # the others are about the annotations
                    file.note(code, message)
            yield Raw(where=shown(read.where), blocks=(Block(read.document.text),))
    except StandpointError as error:
        problem = f"{shown(error.message).removeprefix(f'{file.path}: ')}; {error.hint}".rstrip("; ")
        raise FileRefused("FILE-UNREADABLE", problem) from None
