"""The formats of other tools, one module per format. The file name is the name of the format. A module has

    LOSS                               what the format cannot carry, as text; "" if it carries everything
    suffixes                           of the files that ``read`` reads: lower-case, with the dot
    is_mine(head)                      whether a file is certainly of this format, by its first bytes
    read(path, codebook)               the documents of a file, as ``Read``; an Issue for a document that is not valid
    text_beside(path)                  the file with the text of a file, if it is another one; not in each module
    FILES                              the files of an export, for docs/formats.md
    write(articles, codebook, folder)  writes the files of all articles into an empty folder; says what they carry, as ``Account``

A format may be read only, and ``WRITTEN_ONLY`` are written only. What ``write`` writes, ``read`` reads, with the names of the
codebook, but for what ``LOSS`` names. In a file of another tool, the names are those of the file, and ``_labels`` finds what they
are in the codebook. Offsets are Unicode code points in this package, whatever unit the format counts in.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Generic, TypeVar

from msgspec import Struct

from standpoint.codebook.types import Codebook
from standpoint.core.files import NOT_READABLE, inside, plug_in_names, plug_ins, unpacked
from standpoint.core.model import Annotation, Issue, StandpointError

Place = tuple[int, int]
HEAD = 1 << 20  # bytes
NO_CODEBOOK = Codebook(title="", version="", passes=(), layers=())  # for who reads only the texts of documents


class Document(Struct, frozen=True):
    """A text with its annotations: an article of a release, or a document of another tool. ``about``: the other fields of the
    article, as JSON values, with its split.
    """

    id: str
    text: str
    sentences: tuple[Place, ...]
    annotations: tuple[Annotation, ...]
    about: dict[str, Any] = {}

    @property
    def split(self) -> str:
        """The split of an article of a release; otherwise ""."""
        return self.about.get("split", "")

    @property
    def knows_conflicts(self) -> bool:
        """Whether the places of its open conflicts are known. Old releases do not have them."""
        return "open_conflicts" in self.about


class Account:
    """What the files of an export carry. ``lost``: how many annotations are not in them, by layer. ``derived``: how many answers
    that name an actor point to a mention that nobody marked as the one, by layer (``_events``).
    """

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()
        self.derived: Counter[str] = Counter()

    def carry(self, article: Document, carried: Container[str]) -> None:
        """Count the annotations of an article of which only those with these ids are carried."""
        self.lost.update(item.layer for item in article.annotations if item.id not in carried)


class Read(Struct, frozen=True, kw_only=True):
    """A document that was read. ``where``: file, or file:line. ``annotator``: who annotated it, or "" if the file says nothing.

    ``fragments``: the places of each span that is in several. ``refused``: an Issue for each annotation that is not valid.
    ``unsaid``: how many annotations no annotation of ours can say, by what the file calls them. ``remarks``: code and message of
    what should be known of the file.
    """

    where: str
    document: Document
    annotator: str = ""
    fragments: dict[str, tuple[Place, ...]] = {}
    refused: tuple[Issue, ...] = ()
    unsaid: dict[str, int] = {}
    remarks: tuple[tuple[str, str], ...] = ()


WRITTEN_ONLY = ("maven_arg", "textee")


def formats() -> dict[str, ModuleType]:
    """The format modules by name, sorted."""
    return plug_ins(__name__)


def readers() -> dict[str, ModuleType]:
    """The modules of the formats that can be read."""
    return plug_ins(__name__, *WRITTEN_ONLY)


def reader_names() -> list[str]:
    """The names of the formats that can be read, without importing their modules."""
    return [name for name in plug_in_names(__name__) if name not in WRITTEN_ONLY]


def writers() -> dict[str, ModuleType]:
    """The modules of the formats that can be written."""
    return {name: module for name, module in formats().items() if hasattr(module, "write")}


def loss(name: str) -> str:
    """A sentence with what a format cannot carry."""
    lost = formats()[name].LOSS
    return f"Not carried by {name}: {lost}.\n" if lost else f"{name} carries all adjudicated annotations.\n"


def format_of(path: Path) -> str:
    """The format of a file by its first bytes, where that is certain; otherwise "". An empty file has that of its suffix: an
    annotator may have found nothing.
    """
    try:
        with unpacked(path) as file:
            head = file.read(HEAD).removeprefix(b"\xef\xbb\xbf")
    except NOT_READABLE:
        return ""  # its reader reports it
    if not head.strip():
        return next((name for name, module in readers().items() if path.name.endswith(module.suffixes)), "")
    return next((name for name, module in readers().items() if module.is_mine(head)), "")


def has_objects(path: Path) -> bool:
    """Whether a file begins as a list of objects of JSON, or as an object, does."""
    try:
        with unpacked(path) as file:
            return re.match(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"', file.peek(HEAD)) is not None
    except NOT_READABLE:
        return False


def first_object(head: bytes) -> dict[str, Any]:
    """The first object of a file of JSON or JSON Lines; {} if there is none, or if it is longer than the head."""
    try:
        value, _ = json.JSONDecoder().raw_decode(head.decode("utf-8", "replace").lstrip("[ \t\r\n"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_documents(path: Path, name: str, codebook: Codebook = NO_CODEBOOK) -> Iterator[Read | Issue]:
    """The documents of a file in the format with this name; StandpointError if the file cannot be read."""
    try:
        yield from readers()[name].read(path, codebook)
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8: {error.reason}"
        raise StandpointError(message, "save it as UTF-8") from None
    except NOT_READABLE as error:
        message = f"{path}: not readable: {getattr(error, 'strerror', None) or error}"
        raise StandpointError(
            message, "name a whole file that you may read; `standpoint import --help` lists the formats"
        ) from None


@contextmanager
def files_in(folder: Path) -> Iterator[Callable[..., BinaryIO]]:
    """A block with a function that gives an open file of a folder by its name, or by the name of a folder in it and its name.
    A file is made when it is first asked for.
    """
    files: dict[tuple[str, ...], BinaryIO] = {}
    with ExitStack() as stack:

        def file(*names: str) -> BinaryIO:
            if names not in files:
                path = reduce(inside, names, folder)
                path.parent.mkdir(exist_ok=True)
                files[names] = stack.enter_context(path.open("wb"))
            return files[names]

        yield file


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
