"""Forms of names: the plural of a description, the key of a new actor, and forms that two spellings of a name share.

Newsrooms spell one name in many ways: al-Nusra, an-Nusra, Al Nusra, Nousra, النصرة. No form proves that two names are one
actor. They find what a person should compare.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from standpoint.core.model import sha256

if TYPE_CHECKING:
    import inflect

DEFINITE = ("the ", "our ", "their ", "his ", "her ")
SMALL = {"of", "the", "for", "and", "in", "on", "de", "al", "el"}

# English and Spanish articles, and the Arabic article before each letter that it is assimilated to (an-Nusra, ash-Sham).
ARTICLES = {"the", "a", "el", "la", "los", "las", "al", "ul", "an", "ar", "as", "ash", "at", "ad", "adh", "az"}
# The Arabic article is one word with its noun, and the ending of feminine nouns is pronounced only before another noun.
ARABIC_ARTICLE = re.compile(r"\b[اٱ]ل(?=\w{2})")
FEMININE = "ة"
DIGRAPHS = {"ph": "f", "ck": "k", "kh": "h", "gh": "g", "dh": "d", "th": "t", "sh": "s", "zh": "z", "ch": "s"}
LETTERS = str.maketrans({"c": "k", "q": "k", "v": "f", **dict.fromkeys("aeiouwy", "")})
WORDS_IN_CAPITALS = frozenset({"AS", "IS", "IT", "SO", "US", "WHO"})  # acronyms that a text in capitals does not tell from words
FEWEST = 4  # consonants of a skeleton: fewer are shared by too many names


def is_in_capitals(text: str) -> bool:
    """Whether a text is in capitals throughout, as telegrams and older wires are, but for a few letters in twenty words."""
    small = len(text) // 100
    return text[:200] == text[:200].upper() != text[:200].lower() and sum(map(str.islower, text)) <= small


def forms(name: str, is_descriptor: bool = False) -> set[str]:
    """A name, also with a capital at its beginning; an indefinite description also in the singular and the plural."""
    names = {name}
    if is_descriptor and not name.lower().startswith(DEFINITE):
        last_word = name.split()[-1]
        names |= {name.removesuffix(last_word) + form for form in _singular_or_plural(last_word)}
    return names | {form[:1].upper() + form[1:] for form in names}


@cache
def plurals() -> inflect.engine:
    """The engine for English plurals and singulars."""
    import typeguard

    # inflect has each of its functions compiled again with checks of their arguments, which takes two seconds at its import.
    # typeguard has no switch for that.
    compiled_again = typeguard.typechecked
    typeguard.typechecked = lambda function: function  # type: ignore[assignment]
    try:
        import inflect
    finally:
        typeguard.typechecked = compiled_again
    return inflect.engine()


@cache
def _singular_or_plural(word: str) -> tuple[str, ...]:
    """The singular of a plural, or the plural of a singular; nothing for a word that is not English."""
    if not word.isascii() or not word.isalpha():
        return ()
    singular = plurals().singular_noun(word)
    return (singular if isinstance(singular, str) else plurals().plural_noun(word),)


def key_of(name: str) -> str:
    """A name in capitals, digits and underscores, for the id of a new actor. Letters without such a form add a checksum."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.upper()) if not unicodedata.combining(char))
    key = re.sub(r"[^A-Z0-9]+", "_", plain).strip("_")
    if key and not any(char.isalnum() and not char.isascii() for char in plain):
        return key
    checksum = sha256(" ".join(plain.split()))[:8].upper()
    return f"{key}_{checksum}".lstrip("_")


def folded(name: str) -> str:
    """A name in small ASCII letters and digits, without articles and punctuation: "Jabhat an-Nuṣra" is "jabhat nusra"."""
    from anyascii import anyascii  # its tables are read only where names are compared

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
