"""Forms of names by which two names of one actor are recognised: without accents and articles, by consonants, as initials.

Newsrooms spell one name in many ways: al-Nusra, an-Nusra, Al Nusra, Nousra, النصرة. No form proves that two names are one
actor. They find what a person should compare.
"""

from __future__ import annotations

import re

from anyascii import anyascii

from standpoint.codebook.registry import SMALL

# English and Spanish articles, and the Arabic article before each letter that it is assimilated to (an-Nusra, ash-Sham).
ARTICLES = {"the", "a", "el", "la", "los", "las", "al", "ul", "an", "ar", "as", "ash", "at", "ad", "adh", "az"}
# The Arabic article is one word with its noun, and the ending of feminine nouns is pronounced only before another noun.
ARABIC_ARTICLE = re.compile(r"\b[اٱ]ل(?=\w{2})")
FEMININE = "ة"
DIGRAPHS = {"ph": "f", "ck": "k", "kh": "h", "gh": "g", "dh": "d", "th": "t", "sh": "s", "zh": "z", "ch": "s"}
LETTERS = str.maketrans({"c": "k", "q": "k", "v": "f", **dict.fromkeys("aeiouwy", "")})
FEWEST = 4  # consonants of a skeleton: fewer are shared by too many names


def folded(name: str) -> str:
    """A name in small ASCII letters and digits, without articles and punctuation: "Jabhat an-Nuṣra" is "jabhat nusra"."""
    if short := acronym(name):
        return short
    plain = anyascii(ARABIC_ARTICLE.sub("", name).replace(FEMININE, "a")).lower()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’`]", "", plain))
    return " ".join([word for word in words if word not in ARTICLES] or words)


def skeleton(name: str) -> str:
    """The consonants of a folded name, the same for most ways to transliterate it; "" if there are fewer than four."""
    letters = "".join(re.sub(r"at$|h$", "", word) for word in folded(name).split())
    for written, sound in DIGRAPHS.items():
        letters = letters.replace(written, sound)
    consonants = re.sub(r"(.)\1+", r"\1", letters.translate(LETTERS))
    return consonants if len(consonants) >= FEWEST else ""


def initials(name: str) -> str:
    """The initials of a name of three or more words, without small words: "Front for Free Harbours" is "ffh"; otherwise ""."""
    words = [word for word in folded(name).split() if word not in SMALL]
    return "".join(word[0] for word in words) if len(words) > 2 else ""


def acronym(name: str) -> str:
    """An acronym in small letters: "F.H.F." is "fhf"; "" for other names."""
    letters = name.strip().replace(".", "")
    return letters.lower() if re.fullmatch(r"[A-Z][A-Z0-9]{1,9}", letters) else ""


def is_description(name: str) -> bool:
    """Whether a name has no capital and no letter of a script without capitals: "gunmen", "the two brothers"."""
    return name == name.lower() and name != name.upper()
