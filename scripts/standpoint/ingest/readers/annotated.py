"""Files of annotation tools that have the text in them: CoNLL, UIMA XMI, spaCy's DocBin. One article per document.

Only the text is read here. `standpoint import` reads the annotations of the same file, and finds the article by its text. brat
has the text in a .txt file, and doccano in a column of JSON Lines: the readers of these read them.
"""

from __future__ import annotations

from collections.abc import Iterator

from standpoint.core.model import Issue, StandpointError
from standpoint.formats import format_of, formats, read_documents
from standpoint.ingest.readers._raw import Block, FileRefused, Raw, RawFile

FORMATS = ("conll", "conll2003", "spacy", "xmi")
suffixes = tuple(suffix for name in FORMATS for suffix in formats()[name].suffixes)


def read(file: RawFile) -> Iterator[Raw | Issue]:
    if file.is_in_archive:
        raise FileRefused("FILE-FORMAT", "is not read in a zip archive; unpack it first")
    path, found = file.path.name.lower().removesuffix(".gz"), format_of(file.path)  # a .conll file may be CoNLL-U
    name = found if found in FORMATS else next((name for name in FORMATS if path.endswith(formats()[name].suffixes)), "")
    if not name:
        raise FileRefused("FILE-FORMAT", f"has none of the suffixes of such files, {' '.join(suffixes)}; rename it")
    try:
        for read in read_documents(file.path, name):
            if isinstance(read, Issue):
                yield read
                continue
            for code, message in read.remarks:
                if code.startswith("TEXT-"):  # the others are about the annotations
                    file.note(code, message)
            yield Raw(where=read.where, blocks=(Block(read.document.text),))
    except StandpointError as error:
        raise FileRefused(
            "FILE-UNREADABLE", f"{error.message.removeprefix(f'{file.path}: ')}; {error.hint}".rstrip("; ")
        ) from None
