"""Where characters, words and sentences end, also in scripts without blanks between words.

Chinese, Japanese, Thai, Lao, Khmer and Burmese write no blank between two words, and only a dictionary knows where their words
end. So their letters are counted; and where texts are compared, each letter is taken for a word.
"""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"\w+")
# The letters of the scripts without blanks, as ranges of a character class.
UNSPACED_LETTERS = "".join(
    (
        "\u0e00-\u0eff",  # Thai, Lao
        "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",  # Burmese
        "\u1780-\u17ff",  # Khmer
        "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d",  # Japanese
        "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",  # Chinese characters
    )
)
UNSPACED = re.compile(f"[{UNSPACED_LETTERS}]")
UNSPACED_OR_MARK = re.compile(f"[{UNSPACED_LETTERS}\u3000-\u303f\uff00-\uffef“”‘’…—·]")
UNSPACED_LANGUAGES = frozenset({"ja", "km", "lo", "my", "th", "yue", "zh"})
# A pattern for a letter, digit or _ of any other script: if two are side by side, they are in one word.
SPACED_LETTER = rf"[^\W{UNSPACED_LETTERS}]"
# Letters of a script without blanks in a word: about the mean of Chinese and Japanese. Words of the other scripts have more
# letters, but their vowel signs, which are many, are not counted as letters where texts are compared.
LETTERS = 2

JOINER = "\u200d"
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
SPACE = 32
# All bytes of UTF-8 but those that begin a letter of a script without blanks. These begin few others: no Latin, Cyrillic or
# Arabic letters, no quotes and dashes (which begin with 0xE2).
_OTHER_BYTES = bytes(byte for byte in range(256) if not (byte >= 0xE0 and byte != 0xE2))
# Quotes, dashes and the ellipsis, which are all that most English texts have besides ASCII.
PUNCTUATION = "’‘“”–—…"
# A table that replaces each ASCII byte outside words by a space.
SPACED = bytes(byte if byte >= 128 or WORD.match(chr(byte)) else SPACE for byte in range(256))
ASCII = re.compile(r"[\x00-\x7f]+")

CLOSERS = "\"'”’»›)]）］」』】》〉 "  # quotes and brackets that may follow the end of a sentence
ASKS = ("?", "!", "？", "！", "؟")
SENTENCE_ENDS = (*ASKS, ".", "…", "。", "．", "｡", "۔", "।", "॥", "။", "។")


def has_unspaced(text: str) -> bool:
    """Whether a text has a letter of a script without blanks. To search each text for one would take most of the time."""
    if text.isascii() or not text.encode("utf-8", "surrogatepass").translate(None, _OTHER_BYTES):
        return False
    return UNSPACED.search(text) is not None


def count_words(text: str, most: int = -1) -> int:
    """The number of words between blanks. Of a script without blanks, ``LETTERS`` letters count as one word.

    If there are more than ``most``, the count may end there, which is quicker in a long text: it is some number above ``most``.
    """
    if not has_unspaced(text):
        return len(text.split(maxsplit=most))
    letters = len(UNSPACED.findall(text))
    return len(WORD.findall(UNSPACED.sub(" ", text))) + -(-letters // LETTERS)


def plain_words(text: str) -> bytes:
    """The words of a text in UTF-8, lower-case, with one space between them; each letter of a script without blanks is one."""
    text = text.lower()
    for mark in PUNCTUATION if not text.isascii() else ():
        text = text.replace(mark, " ")
    if has_unspaced(text):
        text = UNSPACED.sub(r" \g<0> ", text)
    beyond = "" if text.isascii() else ASCII.sub("", text)
    if beyond and not WORD.fullmatch(beyond):
        return " ".join(WORD.findall(text)).encode("utf-8", "replace")
    return b" ".join(text.encode().translate(SPACED).split())  # the same result, five times as fast


def between(before: str, after: str) -> str:
    """What joins two lines of one sentence: a blank, or nothing if a script without blanks is on both sides."""
    sides = before[-1:], after[:1]
    if sides[0].isascii() or sides[1].isascii():
        return " "
    return "" if any(map(UNSPACED.match, sides)) and all(map(UNSPACED_OR_MARK.match, sides)) else " "


def in_word(text: str, at: int) -> bool:
    """Whether an offset is between two letters or digits of one word. Not in a script without blanks: nobody can see it."""
    if not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum()):
        return False
    return not UNSPACED.search(text, at - 1, at + 1)


def in_cluster(text: str, at: int) -> bool:
    """Whether an offset is in one visible character: before a combining mark or a skin tone, beside a joiner, or in a flag."""
    if not 0 < at < len(text) or text[at].isascii() and text[at - 1].isascii():
        return False
    if text[at] in FLAG_LETTERS:
        return (at - len(text[:at].rstrip(FLAG_LETTERS))) % 2 == 1  # two of them are a flag
    return JOINER in text[at - 1 : at + 1] or unicodedata.category(text[at])[0] == "M" or text[at] in SKIN_TONES


def ends_sentence(text: str) -> bool:
    """Whether a text ends with the mark of a sentence's end; quotes and brackets may follow the mark."""
    return not text[-1:].isalnum() and text.rstrip(CLOSERS).endswith(SENTENCE_ENDS)
