"""The actor registry: immutable ids, names, aliases, and where a text mentions them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from standpoint.codebook.name_forms import SMALL, forms, key_of
from standpoint.codebook.types import NEW
from standpoint.core.files import Strict, load_as
from standpoint.core.model import StandpointError
from standpoint.core.provenance import DOMAIN, EMAIL
from standpoint.core.words import SPACED_LETTER

URL = re.compile(rf"(?:https?://|www\.)\S+|{EMAIL.pattern}|\b{DOMAIN}/\S*")
ACRONYM = re.compile(r"\s*\(\s*[\"“”'‘’]?([A-Z][A-Za-z.]{1,9})[\"“”'‘’]?\s*\)")


def introduced(text: str, named: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """The acronyms that a text introduces after a name, "the Free Harbour Front (FHF)", each with the name's owner.

    ``named``: the end and the owner of each name. The capitals must be the initials of the name's last words, in their
    order. Small words may be left out.
    """
    for end, owner in named:
        if match := ACRONYM.match(text, end):
            capitals = [letter for letter in match[1] if letter.isupper()]
            before = re.findall(r"\w+", text[max(0, end - 80) : end])
            words = [word for word in before if word.lower() not in SMALL or not word[0].islower()]
            if len(capitals) > 1 and [word[0].upper() for word in words[-len(capitals) :]] == capitals:
                yield match[1], owner


def inside_urls(text: str) -> list[tuple[int, int]]:
    """The offsets of URLs and e-mail addresses: a name inside one is not a mention."""
    return [match.span() for match in URL.finditer(text)]


class Alias(Strict, frozen=True):
    """Another name of an actor. ``loaded``: the name takes sides."""

    text: str
    kind: str = "name"
    loaded: bool = False


class Dated(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """A class of actor, and the period in which it applied (ISO dates)."""

    value: str
    since: str = ""
    until: str = ""


class Link(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """A relation to another actor, and its period (ISO dates)."""

    type: str
    target: str
    since: str = ""
    until: str = ""


class Actor(Strict, frozen=True, rename={"classes": "class"}):
    """One entry. Ids are never reused. A merged actor keeps its id and has ``redirect_to``."""

    id: str
    name: str
    slug: str = ""
    classes: tuple[Dated, ...] = ()
    parent: str | None = None
    aliases: tuple[Alias, ...] = ()
    relations: tuple[Link, ...] = ()
    redirect_to: str | None = None
    wikidata: str | None = None
    note: str = ""

    def names(self) -> Iterator[tuple[str, bool]]:
        """The name and the aliases, each with whether it is a description."""
        yield self.name, False
        yield from ((alias.text, alias.kind == "descriptor") for alias in self.aliases)


class Place(Strict, frozen=True):
    """A place, for suggestions of PLACE spans."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


class Mention(NamedTuple):
    """The offsets of a name in a text, and the id of its actor or place."""

    start: int
    end: int
    id: str


MOST_TARGETS = 8


def stance_targets(counts: Counter[str], in_headline: Collection[str]) -> list[str]:
    """The actors that stance is asked about, at most eight: those in the headline or with two mentions, most mentioned first.

    A single mention shows no stance, and each actor costs the annotator an answer. ``counts`` are the mentions of each
    actor, in the order of first mention, which breaks ties.
    """
    return [actor for actor, count in counts.most_common() if count > 1 or actor in in_headline][:MOST_TARGETS]


class Registry(Strict, frozen=True):
    """``guidelines/actors.yaml`` as loaded and checked."""

    version: str
    actors: tuple[Actor, ...] = ()
    places: tuple[Place, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Actor]:
        return {actor.id: actor for actor in self.actors}

    @cached_property
    def _actor_names(self) -> dict[str, str]:
        live = (actor for actor in self.actors if not actor.redirect_to)
        named = [(actor.id, name, is_descriptor) for actor in live for name, is_descriptor in actor.names()]
        # An actor's name wins over another actor's description that has this form in the plural.
        derived = {form: owner for owner, name, is_descriptor in named for form in forms(name, is_descriptor)}
        return derived | {form: owner for owner, name, _ in named for form in forms(name)}

    @cached_property
    def _place_names(self) -> dict[str, str]:
        return {form: place.id for place in self.places for name in (place.name, *place.aliases) for form in forms(name)}

    @cached_property
    def _pattern(self) -> re.Pattern:
        return _any_of({*self._actor_names, *self._place_names})

    @cached_property
    def _by_key(self) -> dict[str, set[str]]:
        """The present ids of the actors by the key of each name. A description may be another actor in another article."""
        owners: dict[str, set[str]] = defaultdict(set)
        for actor in self.actors:
            for name, is_descriptor in actor.names():
                if not is_descriptor:
                    owners[key_of(name)].add(self.present(actor.id))
        return owners

    def present(self, actor: str, article_id: str = "") -> str:
        """The id of an actor today: a redirect is followed, and a new actor (NEW:HARBOUR_GUARD) may be in the registry by now."""
        if actor.startswith(NEW):
            owners = self._by_key.get(actor[len(NEW) :], set())
            return next(iter(owners)) if len(owners) == 1 else actor
        seen = {actor}
        while (known := self.by_id.get(actor)) and known.redirect_to and known.redirect_to not in seen:
            actor = known.redirect_to
            seen.add(actor)
        return actor

    def mentions(self, text: str) -> Iterator[tuple[Mention, bool]]:
        """The names of actors and places in a text, in order, the longest where several match; and whether each is an actor's.

        The acronyms that the text introduces for an actor are included. Names inside addresses are not.
        """
        urls = inside_urls(text)
        matches = _outside(urls, self._pattern.finditer(text))
        actors = [(match.end(), owner) for match in matches if (owner := self._actor_names.get(match.group()))]
        acronyms = {name: owner for name, owner in introduced(text, actors) if name not in self._place_names}
        if acronyms.keys() - self._actor_names.keys():
            matches = _outside(urls, _any_of({*self._actor_names, *self._place_names, *acronyms}).finditer(text))
        owners = acronyms | self._actor_names
        for match in matches:
            name = match.group()
            start = match.start() + (4 if name[:4].lower() == "the " else 0)  # a span has no determiner
            yield Mention(start, match.end(), owners.get(name) or self._place_names[name]), name in owners


NO_ACTORS = Registry(version="0.0.0")


def _any_of(names: Collection[str]) -> re.Pattern:
    """A pattern of all names, longest first, so that the longest match wins; not inside a word, where words have blanks."""
    ordered = "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)"
    return re.compile(rf"(?<!{SPACED_LETTER})(?<![/@.-])(?:{ordered})(?!{SPACED_LETTER}|/|@|-\w)")


def _outside(places: Sequence[tuple[int, int]], matches: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    return [match for match in matches if not any(start < match.end() and match.start() < end for start, end in places)]


def load_registry(path: Path, actor_classes: tuple[str, ...] = ()) -> Registry:
    """The registry at ``path``, empty if there is no file; StandpointError with its first mistake."""
    if not path.exists():
        return NO_ACTORS
    registry = load_as(path, Registry, "registry")
    for problem in _problems(registry, actor_classes):
        raise StandpointError(f"{path}: {problem}".replace("\n", r"\n"))  # ids and names may have any character
    return registry


def _problems(registry: Registry, actor_classes: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for number, actor in enumerate(registry.actors):
        where = f"actors[{number}] ({actor.id})"
        if not re.fullmatch(r"act-[0-9]{6}", actor.id) or actor.id in seen:
            yield f"{where}.id: should be act- and six digits, and occur once"
        seen.add(actor.id)
        for target in (actor.parent, actor.redirect_to, *(link.target for link in actor.relations)):
            if target and target not in registry.by_id:
                yield f"{where}: {target} is not an actor of the registry"
        for value in actor.classes:
            if actor_classes and value.value not in actor_classes:
                yield f"{where}.class: {value.value!r} is not a class of the codebook"
    owners: dict[str, str] = {}
    for actor in registry.actors:
        for name, _ in actor.names():
            if owners.setdefault(name, actor.id) != actor.id:
                yield f"{name!r} is a name of both {owners[name]} and {actor.id}"
