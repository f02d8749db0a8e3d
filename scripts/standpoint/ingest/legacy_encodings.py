"""Encodings from before Unicode: a guess by the language of the source, and what shows that UTF-8 was read in one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import regex
from charset_normalizer import from_bytes

MIN_SCORE = 0.8
RANK = 0.02  # what a rarer encoding must be better by
MAX_CHAOS = 0.1  # charset-normalizer's share of characters that make no sense; above it, a guess is too uncertain
ENOUGH = 40  # bytes that are not ASCII; from fewer, the letter frequencies of unknown languages say nothing


class Writing(NamedTuple):
    """How a language was written before Unicode: encodings of Python, the likeliest first, and lower-case letters beyond ASCII.

    The letters are the inside of a character class.
    """

    encodings: str
    letters: str


WEST = Writing("cp1252 iso8859_15 mac_roman cp850", "àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœšž")
CENTRE = "cp1250 iso8859_2 cp852 mac_latin2"
BALTIC = "cp1257 iso8859_13 iso8859_4 cp775"
ARABIC = Writing("cp1256 iso8859_6 cp720", "\u060c-\u06d4")
# Punctuation, kana and wide forms; % stands for the common characters.
CHINESE = "\u3001-\u30ff\uff01-\uff5e\uffe5“”‘’…·—%"
TRADITIONAL = Writing("big5hkscs gb18030", CHINESE)
WRITINGS = {
    "en": Writing("cp1252 iso8859_15 mac_roman", "áâãäåæçèéêëíïñóôöøúüœ"),
    "is": Writing(WEST.encodings, "áðéíóúýþæö"),
    "pl": Writing(CENTRE, "ąćęłńóśźż"),
    "cs": Writing(CENTRE, "áčďéěíňóřšťúůýž"),
    "sk": Writing(CENTRE, "áäčďéíĺľňóôŕšťúýž"),
    "hu": Writing(CENTRE, "áéíóöőúüű"),
    "hr": Writing(CENTRE, "čćđšž"),
    "bs": Writing(CENTRE, "čćđšž"),
    "sl": Writing(CENTRE, "čćđšž"),
    "ro": Writing(f"{CENTRE} iso8859_16", "ăâîşţșț"),
    "lt": Writing(BALTIC, "ąčęėįšųūž"),
    "lv": Writing(BALTIC, "āčēģīķļņōŗšūž"),
    "et": Writing(f"{BALTIC} cp1252", "äõöüšž"),
    "tr": Writing("cp1254 iso8859_9 cp857 mac_turkish", "çğıöşüâîûİ"),
    "az": Writing("cp1254 iso8859_9 cp857", "çğıöşüİ"),
    "vi": Writing("cp1258", "àáâãăèéêìíòóôõơùúưýđ\u0300\u0301\u0303\u0309\u0323"),
    "ru": Writing("cp1251 koi8_r iso8859_5 cp866 mac_cyrillic", "а-яё"),
    "be": Writing("cp1251 iso8859_5 cp866", "а-яёіў"),
    "uk": Writing("cp1251 koi8_u iso8859_5 cp1125 mac_cyrillic", "а-щьюяєіїґ"),
    "bg": Writing("cp1251 iso8859_5 koi8_r mac_cyrillic", "а-я"),
    "sr": Writing("cp1251 iso8859_5 cp855 mac_cyrillic", "а-шђјљњћџ"),
    "mk": Writing("cp1251 iso8859_5 cp855 mac_cyrillic", "а-шѓѕјљњќџ"),
    "el": Writing("cp1253 iso8859_7 cp737 cp869 mac_greek", "α-ωάέήίϊΐόύϋΰώ"),
    "he": Writing("cp1255 iso8859_8 cp862", "\u05b0-\u05ea"),
    "yi": Writing("cp1255 iso8859_8", "\u05b0-\u05f2"),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ku", "ug"), ARABIC),
    "th": Writing("cp874", "\u0e01-\u0e5b"),
    "zh": Writing("gb18030 big5hkscs", CHINESE),
    **dict.fromkeys(("zh-hant", "zh-tw", "zh-hk", "zh-mo", "yue"), TRADITIONAL),
    "ja": Writing("cp932 euc_jis_2004", CHINESE),
    "ko": Writing("cp949 johab", CHINESE + "\uac00-\ud7a3"),
}

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
    best = _best(sample, [_writing_of(language)])
    beyond, latin = (len(regex.findall(pattern, sample)) for pattern in (rb"[\x80-\xff]", rb"[A-Za-z]"))
    if best or beyond < ENOUGH:
        return best
    if beyond < latin:
        return _best(sample, [writing for writing in WRITINGS.values() if _is_latin(writing.letters)])
    # Hebrew is all capitals if it is read as KOI8-R.
    texts = ((guess.encoding, str(guess)) for guess in from_bytes(sample) if guess.chaos <= MAX_CHAOS)
    return next((name for name, text in texts if _is_prose(text) and not text.isupper()), "")


def _best(sample: bytes, writings: Iterable[Writing]) -> str:
    """The encoding in which the sample reads best; "" if it reads well in none."""
    scores: dict[str, float] = {}
    for writing in writings:
        for rank, name in enumerate(writing.encodings.split()):
            scores[name] = max(scores.get(name, 0), _score(sample, name, writing.letters) - RANK * rank)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= MIN_SCORE else ""


def _writing_of(language: str) -> Writing:
    tag = language.strip().lower().replace("_", "-")
    tags = (tag, "-".join(tag.split("-")[:2]), tag.split("-")[0])
    return next((WRITINGS[name] for name in tags if name in WRITINGS), WEST if tag else WRITINGS["en"])


def _score(sample: bytes, encoding: str, letters: str) -> float:
    """How well the sample reads in an encoding, from -1 to 1: of the characters that are not ASCII, the share of the language's
    own letters and of signs, where they are expected, less the share of what no text has there. Other letters do not count.
    """
    text = sample.decode(encoding, "replace")
    found = Counter(match.lastgroup for match in _pattern(letters).finditer(text))
    beyond = found["letter"] + found["capital"] + found["foreign"]
    if _is_latin(letters) and beyond > len(regex.findall("[A-Za-z]", text)):
        return 0.0  # in Latin letters, most are ASCII
    # Text in capitals is rarer: read as windows-1251, KOI8-R is in capitals.
    good = found["letter"] + 0.9 * found["capital"] + found["sign"]
    return (good - found["other"]) / max(sum(found.values()), 1)


@cache
def _pattern(letters: str) -> regex.Pattern[str]:
    """A pattern that matches each character that is not ASCII, in the group of what it is."""
    if "%" in letters:
        letter, capital = f"[{letters.replace('%', _common_characters())}]", "(?!)"
    elif letters.upper() == letters:
        letter, capital = f"(?<![A-Za-z])[{letters}](?![A-Za-z])", "(?!)"
    else:
        letter, capital = LOWER % letters, UPPER % letters.upper()
        if not _is_latin(letters):
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


def _is_latin(letters: str) -> bool:
    return regex.match(r"\p{Latin}", letters) is not None


# The encodings that UTF-8 is read in by mistake, and frequent characters: their two or three bytes then are as many characters.
MISTAKEN = ("cp1252", "mac_roman", "cp1251", "cp437")
_LATIN = "".join(writing.letters for writing in (WEST, *WRITINGS.values()) if _is_latin(writing.letters))
FREQUENT = "’‘“”–—…•€\ufffdабвгдежзийклмнопрстуфхцчшщыьэюя" + _LATIN + WEST.letters.upper()
SURE = 3  # a sign of three characters is in no other text; of two characters, three signs are needed


@cache
def _misreadings() -> dict[str, str]:
    """What a character looks like if its UTF-8 is read in another encoding -> the character."""
    found: dict[str, str] = {}
    for name in MISTAKEN:
        for char in FREQUENT:
            with suppress(UnicodeDecodeError):
                found.setdefault(char.encode().decode(name), char)
    return {shown: char for shown, char in found.items() if not shown.isascii()}


@cache
def _misread() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_misreadings(), key=len, reverse=True))))


def sign_of_misreading(text: str) -> str:
    """The sign that a program read a text in a wrong encoding, or lost a character of it; "" if there is none."""
    if text.isascii():
        return ""
    if "\ufffd" in text:
        return f"has U+FFFD at {text.index(chr(0xFFFD))}, which stands for a character that was lost"
    signs = list(_misread().finditer(text))
    sure = next((sign for sign in signs if len(sign[0]) >= SURE or len(signs) >= SURE), None)
    return f"has {sure[0]!r} at {sure.start()}, which is {_misreadings()[sure[0]]!r} in UTF-8" if sure else ""
