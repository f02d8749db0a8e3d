"""The actor registry: immutable ids, names, aliases, and where a text mentions them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple

from standpoint.codebook.name_forms import SMALL, WORDS_IN_CAPITALS, forms, is_in_capitals, key_of
from standpoint.codebook.scope import Conflict, Scope, can_meet, holds, scope_problems
from standpoint.codebook.types import NEW
from standpoint.core.files import read_tsv
from standpoint.core.model import Article, StandpointError
from standpoint.core.provenance import DOMAIN, EMAIL
from standpoint.core.words import SPACED_LETTER
from standpoint.core.yaml_files import Strict, load_as, means

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

    text: Annotated[str, means("the name")]
    kind: Annotated[str, means('`name`, `acronym`, `transliteration` or `descriptor` ("the army")')] = "name"
    loaded: Annotated[bool, means('the name takes sides ("the regime", "our forces")')] = False
    scope: Annotated[Scope | None, means("where the name means this actor; without it, everywhere")] = None


class Dated(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """A class of actor, and the period in which it applied (ISO dates)."""

    value: Annotated[str, means("a class from `actor_classes` of the codebook")]
    since: Annotated[str, means("its first day, as an ISO date in quotes, or a month or a year")] = ""
    until: Annotated[str, means("its last day")] = ""


class Link(Strict, frozen=True, rename={"since": "from", "until": "to"}):
    """A relation to another actor, and its period (ISO dates)."""

    type: Annotated[str, means("the type of the relation")]
    target: Annotated[str, means("the id of the other actor")]
    since: Annotated[str, means("its first day")] = ""
    until: Annotated[str, means("its last day")] = ""


class Actor(Strict, frozen=True, rename={"classes": "class"}):
    """One entry. Ids are never reused. A merged actor keeps its id and has ``redirect_to``."""

    id: Annotated[str, means("`act-` and six digits; never used again")]
    name: Annotated[str, means("the name that pages show")]
    slug: Annotated[str, means("a short name for examples: `@slug`")] = ""
    classes: Annotated[tuple[Dated, ...], means("the classes, with their dates")] = ()
    parent: Annotated[str | None, means("the id of the actor of which it is a part")] = None
    aliases: Annotated[tuple[Alias, ...], means("other names")] = ()
    relations: Annotated[tuple[Link, ...], means("relations to other actors")] = ()
    redirect_to: Annotated[str | None, means("the id of the actor into which this one was merged")] = None
    wikidata: Annotated[str | None, means("the id in Wikidata")] = None
    scope: Annotated[
        Scope | None,
        means(
            "where the actor is listed and its names are found; without it, everywhere. An alias holds only where its actor does"
        ),
    ] = None
    note: Annotated[str, means("a note for maintainers")] = ""

    def names(self) -> Iterator[tuple[str, bool]]:
        """The name and the aliases, each with whether it is a description."""
        yield self.name, False
        yield from ((alias.text, alias.kind == "descriptor") for alias in self.aliases)


class Place(Strict, frozen=True):
    """A place, for suggestions of PLACE spans."""

    id: Annotated[str, means("an id, such as `plc-0001`")]
    name: Annotated[str, means("its name")]
    aliases: Annotated[tuple[str, ...], means("other names")] = ()


class Mention(NamedTuple):
    """The offsets of a name in a text, and the id of its actor or place.

    ``name`` is the name or alias as the registry writes it. ``is_name``: it is neither a description nor loaded.
    """

    start: int
    end: int
    id: str
    name: str = ""
    is_name: bool = True


Way = tuple[str, str, str, str]  # how a suggestion was found: its source, layer, label, and the alias or the rule


class Name(NamedTuple):
    """Whose name a form is, the name as the registry writes it, and whether it is neither a description nor loaded."""

    owner: str
    text: str
    is_name: bool = True


class Names(NamedTuple):
    """The names that hold in an article, by form, and a pattern of them."""

    actors: dict[str, Name]
    places: dict[str, Name]
    pattern: re.Pattern


class Found(NamedTuple):
    """The mentions in a text, for the article in which they were looked for."""

    text: str
    article: Article | str | None
    mentions: Sequence[tuple[Mention, bool]]


class Registry(Strict, frozen=True):
    """``guidelines/actors.yaml`` as loaded and checked."""

    version: Annotated[str, means("the version of the registry")]
    actors: Annotated[tuple[Actor, ...], means("the actors")] = ()
    places: Annotated[tuple[Place, ...], means("places, for suggestions")] = ()
    conflicts: Annotated[tuple[Conflict, ...], means("conflicts that scopes name")] = ()
    off: frozenset[Way] = frozenset()  # the suggestions that ``suggestions score`` switched off

    @cached_property
    def by_id(self) -> dict[str, Actor]:
        return {actor.id: actor for actor in self.actors}

    @cached_property
    def merged(self) -> frozenset[str]:
        """The ids of the actors that were merged into others."""
        return frozenset(actor.id for actor in self.actors if actor.redirect_to)

    @cached_property
    def conflict_by_name(self) -> dict[str, Conflict]:
        return {conflict.name: conflict for conflict in self.conflicts}

    def conflict_of(self, article: Article, actors: Collection[str]) -> str:
        """The conflict that an article is about: the one that its source and date fit. If several fit, the one of which the text
        names most actors, by their scopes; "" if none fits, or if two are named alike. ``actors``: the ids that the text names.
        """
        fitting = [name for name in self.conflict_by_name if holds([Scope(conflicts=(name,))], article, self.conflict_by_name)]
        scopes = [self.by_id[actor].scope for actor in actors] if len(fitting) > 1 else []
        named = Counter({name: sum(scope is not None and name in scope.conflicts for scope in scopes) for name in fitting})
        ranked = named.most_common(2)
        return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else ""

    @cached_property
    def _scopes(self) -> list[tuple[Scope | None, Scope | None]]:
        """The different pairs of an actor's scope and an alias's scope; one pair if nothing has a scope."""
        pairs = ((actor.scope, alias.scope if alias else None) for actor in self.actors for alias in (None, *actor.aliases))
        return list(dict.fromkeys(pairs))

    @cached_property
    def _names_by_scopes(self) -> dict[tuple[tuple[bool, ...], bool], Names]:
        return {}  # filled by ``_names_in``: a corpus has few kinds of articles

    def _names_in(self, article: Article | str | None, in_capitals: bool) -> Names:
        """The names that hold in an article, as they are in a text in capitals if it is one; all names without an article."""
        fits = tuple(holds(pair, article, self.conflict_by_name) for pair in self._scopes)
        if (fits, in_capitals) not in self._names_by_scopes:
            open_pairs = {pair for pair, fit in zip(self._scopes, fits, strict=True) if fit}
            names = self._names(open_pairs)
            self._names_by_scopes[fits, in_capitals] = _in_capitals(names) if in_capitals else names
        return self._names_by_scopes[fits, in_capitals]

    def _names(self, open_pairs: Collection[tuple[Scope | None, Scope | None]]) -> Names:
        named = list[tuple[Name, bool]]()
        for actor in self.actors:
            if actor.redirect_to:
                continue
            if (actor.scope, None) in open_pairs:
                named.append((Name(actor.id, actor.name), False))
            for alias in actor.aliases:
                if (actor.scope, alias.scope) in open_pairs:
                    is_descriptor = alias.kind == "descriptor"
                    named.append((Name(actor.id, alias.text, not is_descriptor and not alias.loaded), is_descriptor))
        # An actor's name wins over another actor's description that has this form in the plural.
        actors = {form: name for name, is_descriptor in named for form in forms(name.text, is_descriptor)}
        actors |= {form: name for name, _ in named for form in forms(name.text)}
        places = {
            form: Name(place.id, name) for place in self.places for name in (place.name, *place.aliases) for form in forms(name)
        }
        return Names(actors, places, _any_of({*actors, *places}))

    @cached_property
    def _by_key(self) -> dict[str, list[tuple[str, tuple[Scope | None, ...]]]]:
        """The present ids of the actors by the key of each name, with the scopes in which the name holds.

        A description may be another actor in another article, so it counts only in the articles that its scope lists.
        """
        owners: dict[str, list[tuple[str, tuple[Scope | None, ...]]]] = defaultdict(list)
        for actor in self.actors:
            owners[key_of(actor.name)].append((self.present(actor.id), (actor.scope,)))
            for alias in actor.aliases:
                if alias.kind != "descriptor" or (alias.scope and alias.scope.articles):
                    owners[key_of(alias.text)].append((self.present(actor.id), (actor.scope, alias.scope)))
        return owners

    def present(self, actor: str, article_id: str = "") -> str:
        """The id of an actor today: a redirect is followed, and a new actor (NEW:HARBOUR_GUARD) may be in the registry by now.

        ``article_id``: only names that hold in this article count.
        """
        if actor.startswith(NEW):
            named = self._by_key.get(actor[len(NEW) :], [])
            owners = {owner for owner, scopes in named if holds(scopes, article_id or None, self.conflict_by_name)}
            return owners.pop() if len(owners) == 1 else actor
        seen = {actor}
        while (known := self.by_id.get(actor)) and known.redirect_to and known.redirect_to not in seen:
            actor = known.redirect_to
            seen.add(actor)
        return actor

    @cached_property
    def _last_found(self) -> list[Found]:
        return []  # one entry at most: the sources of suggestions ask for the mentions of one article after the other

    def mentions(self, text: str, article: Article | str | None = None) -> Sequence[tuple[Mention, bool]]:
        """The names of actors and places in a text, in order, the longest where several match; and whether each is an actor's.

        The acronyms that the text introduces for an actor are included. Names inside addresses are not. ``article``, or its
        id: only names whose scope fits it.
        """
        last = self._last_found
        if not last or last[0].text is not text or last[0].article is not article:
            last[:] = [Found(text, article, tuple(self._find(text, article)))]
        return last[0].mentions

    def _find(self, text: str, article: Article | str | None) -> Iterator[tuple[Mention, bool]]:
        names, urls = self._names_in(article, is_in_capitals(text)), inside_urls(text)
        matches = _outside(urls, names.pattern.finditer(text))
        actors = [(match.end(), name.owner) for match in matches if (name := names.actors.get(match.group()))]
        acronyms = {form: Name(owner, form) for form, owner in introduced(text, actors) if form not in names.places}
        if acronyms.keys() - names.actors.keys():
            matches = _outside(urls, _any_of({*names.actors, *names.places, *acronyms}).finditer(text))
        known = acronyms | names.actors
        for match in matches:
            form = match.group()
            start = match.start() + (4 if form[:4].lower() == "the " else 0)  # a span has no determiner
            name = known.get(form) or names.places[form]
            yield Mention(start, match.end(), name.owner, name.text, name.is_name), form in known


NO_ACTORS = Registry(version="0.0.0")


def _in_capitals(names: Names) -> Names:
    actors, places = ({form.upper(): name for form, name in named.items()} for named in (names.actors, names.places))
    for word in WORDS_IN_CAPITALS & actors.keys():
        del actors[word]
    return Names(actors, places, _any_of({*actors, *places}))


def _any_of(names: Collection[str]) -> re.Pattern:
    """A pattern of all names, longest first, so that the longest match wins; not inside a word, where words have blanks."""
    ordered = "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))) or "(?!)"
    return re.compile(rf"(?<!{SPACED_LETTER})(?<![/@.-])(?:{ordered})(?!{SPACED_LETTER}|/|@|-\w)")


def _outside(places: Sequence[tuple[int, int]], matches: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    return [match for match in matches if not any(start < match.end() and match.start() < end for start, end in places)]


OFF_HEADER = ("source", "layer", "label", "way", "right", "judged")  # of the table of the suggestions that are switched off


def read_switched_off(path: Path) -> dict[Way, tuple[str, ...]]:
    """The ways that are switched off, each with its line; none if there is no file."""
    lines = (
        line.fields for line in read_tsv(path, OFF_HEADER, "delete the file; `standpoint suggestions score` writes it", ("way",))
    )
    return {(source, layer, label, way): (source, layer, label, way, *rest) for source, layer, label, way, *rest in lines}


def load_registry(path: Path, actor_classes: tuple[str, ...] = ()) -> Registry:
    """The registry at ``path``, empty if there is no file; StandpointError with its first mistake."""
    if not path.exists():
        return NO_ACTORS
    registry = load_as(path, Registry, "registry")
    for problem in _problems(registry, actor_classes):
        message = f"{path}: {problem}".replace("\n", r"\n")  # ids and names may have any character
        raise StandpointError(message, "`standpoint keys actors.yaml` explains the keys")
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
    if registry.off:
        yield "off: should be in suggestions-off.tsv, which `standpoint suggestions score` writes"
    conflicts = registry.conflict_by_name
    for conflict in registry.conflicts:
        yield from (f"conflicts ({conflict.name}): {problem}" for problem in scope_problems(conflict, conflicts))
    owners: dict[str, list[tuple[str, tuple[Scope | None, ...]]]] = defaultdict(list)
    for actor in registry.actors:
        for alias in (None, *actor.aliases):
            scopes = (actor.scope, alias.scope) if alias else (actor.scope,)
            yield from (f"actors ({actor.id}).scope: {problem}" for problem in scope_problems(scopes[-1], conflicts))
            name = alias.text if alias else actor.name
            for owner, others in owners[name]:
                if owner != actor.id and can_meet(scopes, others, conflicts):
                    yield f"{name!r} is a name of both {owner} and {actor.id}, in articles that fit the scopes of both"
            owners[name].append((actor.id, scopes))
