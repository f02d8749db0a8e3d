"""The encoding of a raw file, found in the whole file and in constant memory.

A byte order mark is certain, and so is UTF-8, because no other text looks like it; then comes what sources.yaml or the page
states, then a guess by the source's language. A file in UTF-8 with some bad lines is UTF-8: any other encoding would misread
its good lines.
"""

from __future__ import annotations

import codecs
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

import regex
import webencodings
from charset_normalizer import from_bytes

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

Opener = Callable[[], BufferedIOBase]
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


Encoding = tuple[str, str]  # by Python's name, and what the user should know about how it was found, or ""


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
        return stated.name, ""
    if is_ascii and b"\x1b$" in head:
        return _found("iso2022_jp_ext", "a guess by its escape sequences", stated, is_guess=True)
    # What is all ASCII is the same in the encodings that are stated, except in UTF-16 and UTF-32.
    return (UTF8, "") if is_ascii and not stated.name.startswith("utf") else _found(UTF8, "which all of it is", stated)


def _found(name: str, how: str, stated: Statement, is_guess: bool = False) -> Encoding:
    """An encoding that the bytes show, with a note if it is a guess or not what was stated."""
    instead = f", and not as {stated.name}, which {stated.by} states" if stated.name[:5] not in ("", name[:5]) else ""
    if not (instead or is_guess):
        return name, ""
    return name, f"is read as {name}, {how}{instead}" + (f"; if that is wrong, {HINT}" if is_guess else "")


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
        return stated.name, ""
    if guess := guess_of(sample, language):
        return _found(guess, "a guess by its language and characters", stated, is_guess=True)
    if not_utf8 <= lines // 10:
        return UTF8, ""
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


MIN_SCORE = 0.8
RANK = 0.02  # what a rarer encoding must be better by
MAX_CHAOS = 0.1  # charset-normalizer's share of characters that make no sense; above it, a guess is too uncertain
ENOUGH = 40  # bytes that are not ASCII; from fewer, the letter frequencies of unknown languages say nothing


class Writing(NamedTuple):
    """How a language was written before Unicode: an entry of writings.toml."""

    encodings: str
    letters: str

    @property
    def is_latin(self) -> bool:
        return regex.match(r"\p{Latin}", self.letters) is not None


@cache
def writings() -> dict[str, Writing]:
    """The writing of each language by its tag, and of other languages under "west"."""
    entries = tomllib.loads(Path(__file__).with_name("writings.toml").read_text(encoding="utf-8"))
    return {tag: Writing(*entry) for tag, entry in entries.items()}


# Where a sign is expected in the prose of any language. A byte that is read in a wrong encoding is often a sign inside a word.
SIGNS = r"""
  (?<![\p{L}\d])[‘‚“„«‹”’»¿¡] | (?<=[^\s\p{L}])[“”‘’»›] | (?<=\p{L})[“”’»›](?!\p{L}) | (?<=\p{L})[’´·\u00ad](?=\p{L})
| [–—\u00a0\u3000] | …(?!\p{L}) | (?<!\p{L})…
| [€£¥¢](?=[\s\u00a0]?\d) | (?<=\d[\s\u00a0]?)[€£¥¢°‰](?!\p{L}) | (?<=\d)°(?=[CF]\b) | (?<=\p{L})[°ºª²³®™](?!\p{L}) | (?<=\d)[ºª]
| (?<!\p{L})[½¼¾](?!\p{L}) | §(?=[\s\u00a0§]?\d) | [±×](?=\s?\d) | (?<![\p{L}\d])[•·©№](?=[\s\u00a0\d])
"""
# A capital inside a word, a letter at a digit, and a letter directly after a comma are as suspect.
LOWER = r"(?<![\d,;:!?])[%s](?!\d|\p{Lu}(?!\p{Lu}))"
UPPER = r"(?<![\p{Ll}\d,;:!?.])[%s](?!\d|\p{Lu}\p{Ll})"


def guess_of(sample: bytes, language: str) -> str:
    """The encoding of a ``sample`` of words, by the language of their source; "" if none is likely.

    A source may have texts in other languages: if there is enough text, other Latin languages are tried, and charset-normalizer
    tells other scripts apart, by the frequencies of their letters.
    """
    tag = language.strip().lower().replace("_", "-") or "en"
    names = (tag, "-".join(tag.split("-")[:2]), tag.split("-")[0], "west")
    best = _best(sample, [next(writings()[name] for name in names if name in writings())])
    beyond, latin = (len(regex.findall(pattern, sample)) for pattern in (rb"[\x80-\xff]", rb"[A-Za-z]"))
    if best or beyond < ENOUGH:
        return best
    if beyond < latin:
        # Not "west": with its many letters, Czech reads well in windows-1252.
        return _best(sample, [writing for tag, writing in writings().items() if writing.is_latin and tag != "west"])
    # Hebrew is all capitals if it is read as KOI8-R.
    texts = ((guess.encoding, str(guess)) for guess in from_bytes(sample) if guess.chaos <= MAX_CHAOS)
    return next((name for name, text in texts if _is_prose(text) and not text.isupper()), "")


def _best(sample: bytes, writings: Iterable[Writing]) -> str:
    """The encoding in which the sample reads best; "" if it reads well in none."""
    scores: dict[str, float] = {}
    for writing in writings:
        for rank, name in enumerate(writing.encodings.split()):
            scores[name] = max(scores.get(name, 0), _score(sample, name, writing) - RANK * rank)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= MIN_SCORE else ""


def _score(sample: bytes, encoding: str, writing: Writing) -> float:
    """How well the sample reads in an encoding, from -1 to 1: of the characters that are not ASCII, the share of the language's
    own letters and of signs, where they are expected, less the share of what no text has there. Other letters do not count.
    """
    text = sample.decode(encoding, "replace")
    found = Counter(match.lastgroup for match in _pattern(writing).finditer(text))
    beyond = found["letter"] + found["capital"] + found["foreign"]
    if writing.is_latin and beyond > len(regex.findall("[A-Za-z]", text)):
        return 0.0  # in Latin letters, most are ASCII
    # Text in capitals is rarer: read as windows-1251, KOI8-R is in capitals.
    good = found["letter"] + 0.9 * found["capital"] + found["sign"]
    return (good - found["other"]) / max(sum(found.values()), 1)


@cache
def _pattern(writing: Writing) -> regex.Pattern[str]:
    """A pattern that matches each character that is not ASCII, in the group of what it is."""
    letters = writing.letters
    if "%" in letters:
        letter, capital = f"[{letters.replace('%', _common_characters())}]", "(?!)"
    elif letters.upper() == letters:
        letter, capital = f"(?<![A-Za-z])[{letters}](?![A-Za-z])", "(?!)"
    else:
        letter, capital = LOWER % letters, UPPER % letters.upper()
        if not writing.is_latin:
            letter, capital = (f"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])" for pattern in (letter, capital))
    foreign = "|".join((LOWER % r"\p{Ll}", UPPER % r"\p{Lu}"))
    return regex.compile(
        rf"(?![\x00-\x7f])(?:(?P<letter>{letter})|(?P<capital>{capital})|(?P<sign>{SIGNS})|(?P<foreign>{foreign})|(?P<other>(?s:.)))",
        regex.VERBOSE,
    )


@cache
def _common_characters() -> str:
    """The Chinese characters that the standards of China, Taiwan and Japan list first, as the common ones."""
    levels = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("shift_jis", 0x88, 0x97))
    leads = ((name, lead) for name, first, last in levels for lead in range(first, last + 1))
    decoded = {bytes((lead, trail)).decode(name, "ignore") for name, lead in leads for trail in range(0x40, 0xFF)}
    return "".join(char for char in decoded if "\u4e00" <= char <= "\u9fff")


def _is_prose(text: str) -> bool:
    """Whether most characters are letters and spaces. A decoded picture has other characters."""
    return sum(char.isalpha() or char.isspace() for char in text) > 0.7 * len(text)
