"""The encoding of a raw file, found in the whole file and in constant memory.

A byte order mark is certain, and so is UTF-8, because no other text looks like it; then comes what sources.yaml or the page
states, then a guess by the source's language. A file in UTF-8 with some bad lines is UTF-8: any other encoding would misread
its good lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from gzip import GzipFile
from typing import BinaryIO, NamedTuple

import webencodings

from standpoint.ingest.legacy_encodings import guess_of

CHUNK = 1 << 20  # bytes
SAMPLE = 1 << 14  # bytes of words that are not ASCII, from which an encoding is guessed
UTF8 = "utf-8"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Without a mark: which of each four bytes are often zero in Western text. Other encodings have no zero bytes.
ZEROS = {(1, 3): "utf-16-le", (0, 2): "utf-16-be", (1, 2, 3): "utf-32-le", (0, 1, 2): "utf-32-be"}
SEVEN_BITS = ("iso2022", "hz", "utf-7")  # encodings whose bytes are all ASCII
# The codecs that also have the characters that a label of the web includes, and Python's codec of the same name has not; and the
# one that needs no mark.
WIDER = {
    "gbk": "gb18030", "gb2312": "gb18030", "euc_jp": "euc_jis_2004", "iso2022_jp": "iso2022_jp_ext", "utf-32": "utf-32-le",
}  # fmt: skip
NO_TEXT = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")

Opener = Callable[[], BinaryIO | GzipFile]
BAD = "\udfff"  # what a byte that does not fit is read as; no text has it
MARK_BAD = "standpoint-mark-bad"
HINT = "save it as UTF-8, or state the `encoding` of its source in sources.yaml"


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return BAD, error.end


codecs.register_error(MARK_BAD, _mark_bad)


class FileRefused(Exception):
    """A file that cannot be read further: the code and the message of the Issue, and its line."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.line = code, line


class Encoding(NamedTuple):
    """An encoding by Python's name, and what the user should know about how it was found, or ""."""

    name: str
    note: str = ""


class Statement(NamedTuple):
    """The encoding that sources.yaml or the page states, by Python's name; "" if none."""

    name: str = ""
    by: str = ""


UNSTATED = Statement()
SOURCES = "sources.yaml"  # the place of a statement that wins over a guess


def codec_of(label: str) -> str:
    """Python's name of the encoding that browsers read under a label (windows-1252 for latin1), or Python; "" if unknown."""
    try:
        found = webencodings.lookup(label) or webencodings.lookup(codecs.lookup(label).name)
        if found and found.name == "x-user-defined":
            return "cp1252"  # as in a page that states it
        info = codecs.lookup(label) if found is None or found.name == "replacement" else found.codec_info
    except (LookupError, ValueError):
        return ""
    known = info._is_text_encoding and info.name not in NO_TEXT
    return WIDER.get(info.name, info.name) if known else ""


def encoding_of(opened: Opener, language: str = "", stated: Statement = UNSTATED) -> Encoding:
    """The encoding of the bytes that ``opened`` gives; FileRefused if it is not known."""
    with opened() as file:
        head = file.read(CHUNK)
    for mark, name in MARKS:
        if head.startswith(mark):
            return _found(name, "by its byte order mark", stated)
    zeros = tuple(at for at in range(4) if head[at::4].count(0) > len(head) // 10)
    if zeros in ZEROS:
        return _found(ZEROS[zeros], "a guess by its zero bytes", stated, is_guess=stated.name != ZEROS[zeros])
    try:
        is_ascii = _check_utf8(opened)
    except UnicodeDecodeError:
        return _not_utf8(opened, language, stated, b"\x00" in head)
    if is_ascii and stated.name.startswith(SEVEN_BITS):
        return Encoding(stated.name)
    if is_ascii and b"\x1b$" in head:
        return _found("iso2022_jp_ext", "a guess by its escape sequences", stated, is_guess=True)
    # What is all ASCII is the same in the encodings that are stated, except in UTF-16 and UTF-32.
    return Encoding(UTF8) if is_ascii and not stated.name.startswith("utf") else _found(UTF8, "which all of it is", stated)


def _found(name: str, how: str, stated: Statement, is_guess: bool = False) -> Encoding:
    """An encoding that the bytes show, with a note if it is a guess or not what was stated."""
    instead = f", and not as {stated.name}, which {stated.by} states" if stated.name[:5] not in ("", name[:5]) else ""
    if not (instead or is_guess):
        return Encoding(name)
    return Encoding(name, f"is read as {name}, {how}{instead}" + (f"; if that is wrong, {HINT}" if is_guess else ""))


def _check_utf8(opened: Opener) -> bool:
    """Whether all bytes are ASCII; UnicodeDecodeError if they are not UTF-8."""
    decoder, is_ascii, chunk = codecs.getincrementaldecoder(UTF8)(), True, b"-"
    with opened() as file:
        while chunk:
            chunk = file.read(CHUNK)
            is_ascii &= decoder.decode(chunk, final=not chunk).isascii()
    return is_ascii


def _not_utf8(opened: Opener, language: str, stated: Statement, has_zeros: bool) -> Encoding:
    """The encoding of a file that is not UTF-8 throughout."""
    lines, in_utf8, not_utf8, first, sample = _lines(opened)
    # A line in another encoding can look like UTF-8 by accident (É before a no-break space), but not one in ten.
    if in_utf8 > (not_utf8 if stated.name else not_utf8 // 10):
        return _found(UTF8, "which most of it is", stated)
    # In UTF-16 and UTF-32, even a blank has a zero byte.
    possible = has_zeros or not stated.name.startswith(("utf-16", "utf-32"))
    if stated.name and possible and (stated.by == SOURCES or _fits(sample, stated.name)):
        return Encoding(stated.name)
    if guess := guess_of(sample, language):
        return _found(guess, "a guess by its language and characters", stated, is_guess=True)
    if not_utf8 <= lines // 10:
        return Encoding(UTF8)
    raise FileRefused("FILE-ENCODING", f"its encoding is not known: this line is not UTF-8; {HINT}", first)


def _lines(opened: Opener) -> tuple[int, int, int, int, bytes]:
    """The number of lines; of lines with more UTF-8 than bad bytes, and of other lines with bad bytes; the first of these, from
    1; and a sample of words that are not ASCII with the words beside them.
    """
    lines = in_utf8 = not_utf8 = first = 0
    sample = bytearray()
    with opened() as file:
        while line := file.readline(CHUNK):
            lines += line.endswith(b"\n")
            if line.isascii():
                continue
            text = line.decode(UTF8, "replace")  # in C, unlike MARK_BAD: most bytes of such a file may be bad
            bad = text.count("\ufffd")
            first = first or (lines + (not line.endswith(b"\n")) if bad else 0)
            if len(text) - len(text.encode("ascii", "ignore")) > 2 * bad:
                in_utf8 += 1
            else:
                not_utf8 += 1
            if len(sample) < SAMPLE:
                words = line.split()
                beside = (word for at, word in enumerate(words) if not b"".join(words[max(at - 1, 0) : at + 2]).isascii())
                sample += b" ".join(beside)[:SAMPLE] + b"\n"
    return lines, in_utf8, not_utf8, first, bytes(sample)


def _fits(sample: bytes, name: str) -> bool:
    """Whether nearly all that is not ASCII is a character in an encoding."""
    text = sample.decode(name, MARK_BAD)
    return 10 * text.count(BAD) < len(text) - len(text.encode("ascii", "ignore"))
