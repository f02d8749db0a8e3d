"""Codes of languages (ISO 639) and licences (SPDX), from the words that people and programs write for them.

Nothing is guessed: words that are not wholly understood give no code. So no licence loses a restriction that it states.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Protocol

SUBTAGS = re.compile(r"(?P<language>[A-Za-z]{2,3})(?:[-_.@][A-Za-z0-9-]{1,8})*")
NO_LANGUAGE = ("und", "mis", "mul", "zxx")  # codes for an unknown language, for several, and for none
OTHER_NAMES = {"farsi": "fa", "dari": "fa", "mandarin": "zh", "castilian": "es", "flemish": "nl", "burmese": "my"}
NOTE = re.compile(r"\s*\(.*\)\s*$")  # "Chinese (Simplified)"


@lru_cache(maxsize=1 << 12)
def language_code(words: str) -> str:
    """The ISO 639 code of a language, as the Hub takes it: two letters where there are two, lower-case, without country and
    script. "" if the words are neither a code, such as ``en-US`` and ``eng``, nor a name in English or in the language itself.
    """
    from babel.core import get_global  # imported here: few commands need it

    words = NOTE.sub("", words).strip()
    if tag := SUBTAGS.fullmatch(words):
        code = tag["language"].lower()
        current = (get_global("language_aliases").get(code) or code).split("_")[0]
        known = current in _english_names().values() or current in get_global("likely_subtags")
        if known and current not in NO_LANGUAGE:
            return current
    name = words.casefold()
    return OTHER_NAMES.get(name) or _english_names().get(name) or (_own_names().get(name, "") if name else "")


@cache
def _english_names() -> dict[str, str]:
    from babel import Locale

    return {name.casefold(): code.split("_")[0] for code, name in Locale("en").languages.items() if code not in NO_LANGUAGE}


@cache
def _own_names() -> dict[str, str]:
    """The name of each language in itself: русский, فارسی. It takes half a second, so it is looked up last."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    plain = [code for code in locale_identifiers() if "_" not in code]
    return {name.casefold(): code for code in plain if (name := Locale(code).languages.get(code))}


# The addresses of licences, and their SPDX ids.
ADDRESSES = (
    (r"creativecommons\.org/licenses/(by(?:-nc|-nd|-sa)*)/(\d\.\d)", r"cc-\1-\2"),
    (r"creativecommons\.org/licenses/(by(?:-nc|-nd|-sa)*)/(\d\.\d)/([a-z]{2}|igo)", r"cc-\1-\2-\3"),
    (r"creativecommons\.org/publicdomain/zero/1\.0", "cc0-1.0"),
    (r"creativecommons\.org/publicdomain/mark/1\.0", "cc-pdm-1.0"),
    (r"opendatacommons\.org/licenses/(by|odbl|pddl)(?:/1-0)?", r"odc-\1"),
    (r"nationalarchives\.gov\.uk/doc/open-government-licence/version/(\d)", r"ogl-uk-\1.0"),
    (r"open\.canada\.ca/en/open-government-licence-canada", "ogl-canada-2.0"),
    (r"spdx\.org/licenses/([\w.+-]+?)(?:\.html|\.json)?", r"\1"),
)
ADDRESS = re.compile(r"((?:https?://|www\.)[^\s()<>\[\]]+)")
AROUND_ADDRESS = re.compile(r"https?://(?:www\.)?|/?(?:deed|legalcode)(?:\.\w+)?/?$|/+$", re.IGNORECASE)
# The words of the licences' titles, and how SPDX writes them; what only belongs to a title is left out.
_OGL, _VERSION = r"(?:open government licen[cs]e|\bogl)", r"[- ,]+v?(?:ersion )?"
WORDS = (
    (r"[\u2010-\u2015\u2212_]", "-"),
    (r"creative commons", "cc"),
    (r"share[- ]?alike", "sa"),
    (r"non[- ]?commercial", "nc"),
    (r"no[- ]?deriv(?:ative)?s?(?: works)?", "nd"),
    (r"attribution|namensnennung", "by"),
    (r"\bcc(?=by)", "cc-"),
    (r"(?:cc[- ])?public domain dedication(?! and licen[cs]e)|(?:(?:cc[- ]?)?zero|cc[- ]?0)(?: v?1\.0)?", "cc0-1.0"),
    (r"(?:cc[- ])?public domain mark(?: 1\.0)?", "cc-pdm-1.0"),
    (r"open data commons", "odc"),
    (r"open database", "odbl"),
    (r"public domain dedication and licen[cs]e", "pddl"),
    (r"\bu\.?s\.?a?\.?(?=[ )]|$)|united states(?: of america)?", "us"),
    (
        r"(?:works? of the )?us (?:federal )?government(?: works?)?|us public domain|public domain,? (?:in the )?us",
        "licenseref-us-pd",
    ),
    (rf"{_OGL}[- ,]+canada(?:{_VERSION}2(?:\.0)?)?", "ogl-canada-2.0"),
    # No other licence of this name has a version 3: the Canadian one and the Open Game License have lower numbers.
    (rf"(?:crown copyright[ ,]+)?(?:uk )?{_OGL}(?:[- ]uk)?{_VERSION}3(?:\.0)?", "ogl-uk-3.0"),
    (rf"(?:uk {_OGL}|{_OGL}[- ]uk|open government licen[cs]e){_VERSION}(\d)(?:\.0)?", r"ogl-uk-\1.0"),
    (r"^pd$", "public domain"),
    (r"licence ouverte", "etalab"),
    (r"datenlizenz deutschland", "dl-de"),
    (r"\bv(?:\.? |ersion )?(?=\d)", " "),
    (r"\b(?:the|public(?= licen)|licen[cs]ed?|under|international|unported|generic|universal|legal ?code|deed)\b", " "),
)
# What stands after a version may be a restriction, as in "CC BY 4.0 NC".
_PORT = r"-igo|-(?!nc|nd|sa)[a-z]{2}"
CC = re.compile(rf"(?:cc-)?(?P<parts>by(?:-(?:nc|nd|sa))*)-?(?P<major>\d)(?P<minor>\.\d)?(?P<port>{_PORT})?")
NAMES = {
    "odc-by": "ODC-By-1.0",
    "odc-odbl": "ODbL-1.0",
    "odbl": "ODbL-1.0",
    "odc-pddl": "PDDL-1.0",
    "pddl": "PDDL-1.0",
    "dl-de-by-2-0": "DL-DE-BY-2.0",
    "licenseref-us-pd": "LicenseRef-US-PD",
}
# Texts may be published in a dataset under these.
FREE = re.compile(
    rf"CC0-1\.0|CC-BY(-SA)?-\d\.\d({_PORT})?|CC-PDDC|CC-PDM-1\.0|PDDL-1\.0|ODC-BY-1\.0|ODbL-1\.0|OGL-UK-\d\.\d"
    r"|OGL-Canada-2\.0|etalab-2\.0|DL-DE-(BY|ZERO)-2\.0|public[- ]domain|LicenseRef-(US-PD|public-domain)",
    re.IGNORECASE,
)
RESERVED = re.compile(r".*\ball rights reserved\b.*|(?:©|\(c\)|copyright\b).*|proprietary|LicenseRef-[\w.-]+", re.IGNORECASE)


def redistributable(licence: str) -> bool:
    """Whether a text under this licence may be published in a dataset."""
    return FREE.fullmatch(licence.strip()) is not None


class Licensed(Protocol):
    """An article, or the part of it that says whether its text may be published."""

    @property
    def licence(self) -> str: ...

    @property
    def stand_off(self) -> bool: ...


def may_publish(article: Licensed) -> bool:
    """Whether the text of an article may be published: its licence allows it, and the project does not keep it stand-off."""
    return redistributable(article.licence) and not article.stand_off


@lru_cache(maxsize=1 << 10)
def licence_id(words: str) -> str:
    """The SPDX id of a licence by its id, address or title. Words that say that all rights are reserved are returned as they
    are. "" if the words are not wholly understood: "CC BY" has no version, "CC BY 4.0 except pictures" has an exception.
    """
    words = " ".join(words.split())
    if spdx := _spdx_id(words):
        return spdx
    if RESERVED.fullmatch(words):
        return words
    # "Creative Commons Attribution 4.0 (CC BY 4.0), https://…" says it three times.
    parts = [part.strip(" .,:;") for piece in re.split(r"[()<>\[\]]", words) for part in ADDRESS.split(piece)]
    inside = re.findall(r"\(([^()]*)\)", words)
    # "Open Database License (ODbL) v1.0" says it around the brackets, and "public domain (US)" with them.
    for said in (parts, [re.sub(r"\([^()]*\)", "", words), *inside], [" ".join(re.split(r"[()\s]+", words))]):
        found = {_id_of_part(part) for part in said if part}
        if len(found) == 1 and (code := found.pop()):
            return code
    return ""


def _id_of_part(words: str) -> str:
    address = AROUND_ADDRESS.sub("", AROUND_ADDRESS.sub("", words.lower()))
    for pattern, found in ADDRESSES:
        if match := re.fullmatch(rf"(?:www\.)?{pattern}", address):
            return _licence_by_name(match.expand(found))
    title = words.casefold()
    for pattern, short in WORDS:
        title = re.sub(pattern, short, title)
    return _licence_by_name("-".join(re.split(r"[-,/\s]+", title.strip(" -,/.")))) if title.strip(" -,/.") else ""


def _licence_by_name(name: str) -> str:
    name = NAMES.get(name.removesuffix("-1.0"), name)
    if match := CC.fullmatch(name):
        parts = sorted(set(match["parts"].split("-")), key=("by", "nc", "nd", "sa").index)
        name = f"CC-{'-'.join(parts)}-{match['major']}{match['minor'] or '.0'}{match['port'] or ''}".upper()
    return _spdx_id(name)


def _spdx_id(name: str) -> str:
    """The id as SPDX writes it; an id that SPDX lacks, such as that of a country's version, stays as it is if it is free."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if name.lower().startswith("licenseref-"):
        return name
    try:
        return canonicalize_license_expression(name) if " " not in name else ""
    except InvalidLicenseExpression:
        return name if FREE.fullmatch(name) else ""
