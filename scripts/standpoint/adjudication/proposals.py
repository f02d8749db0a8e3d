"""Proposals for the registry: the names of new actors in all articles, in groups that are probably one actor each.

A group has a reason for each of its links. No reason proves anything: a person reads the mentions and decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import NamedTuple

from msgspec.structs import replace

from standpoint.adjudication.new_actors import (
    ActorIds,
    actor_ids,
    actors_of,
    marked_alike,
    marking_layers,
    marks_actors,
    typed_names,
    uses_of,
    with_actors,
    with_named_slots,
)
from standpoint.codebook.load import open_codebook
from standpoint.codebook.name_forms import acronym, folded, initials, is_description, key_of, skeleton
from standpoint.codebook.registry import Registry
from standpoint.codebook.types import NEW, Codebook
from standpoint.core.corpus import article_streams, by_article, read_adjudicated, sets_of
from standpoint.core.model import Annotation, AnnotationSet, Article, Span
from standpoint.core.offsets import sentence_at
from standpoint.core.project import Project
from standpoint.core.provenance import PUBLISHED

SHOWN = 3  # mentions of a name that are kept as examples
COMMON = 20  # names with one word; a word in more names says nothing


class Example(NamedTuple):
    """A mention as a person reads it: its article, its words, and the sentence around them ("" if the text is not known)."""

    article_id: str
    quote: str
    sentence: str


@dataclass
class NewName:
    """A name that annotators gave to new actors. ``uses`` are (article, annotator) pairs, ``beside`` the other actors there.

    ``id``: the actor's; of a description also its article, because "gunmen" in two articles need not be the same men.
    """

    id: str
    typed: Counter[str] = field(default_factory=Counter)
    uses: set[tuple[str, str]] = field(default_factory=set)
    quotes: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name as most annotators typed it."""
        named = min(self.typed, key=lambda typed: (-self.typed[typed], typed), default="")
        return named or self.id.removeprefix(NEW).partition(" ")[0]

    @property
    def is_description(self) -> bool:
        return all(map(is_description, self.typed or [self.name]))

    @property
    def articles(self) -> list[str]:
        return sorted({article_id for article_id, _ in self.uses})


class Link(NamedTuple):
    """A reason why two actors may be one: new names by their ids, or actors of the registry. ``certain``: the names are equal."""

    one: str
    other: str
    why: str
    certain: bool = False


@dataclass(frozen=True)
class Proposal:
    """Names that are probably one actor; ``known`` is its id in the registry, "" if it has none."""

    names: tuple[NewName, ...]
    links: tuple[Link, ...]
    known: str = ""

    @property
    def name(self) -> str:
        """The name that was given in most articles, then most often."""
        best = max(self.names, key=lambda name: (len(name.articles), len(name.uses), len(name.name)))
        return best.name

    @property
    def mentions(self) -> int:
        return sum(name.quotes.total() for name in self.names)

    @property
    def articles(self) -> list[str]:
        return sorted({article_id for name in self.names for article_id in name.articles})

    @property
    def certain(self) -> bool:
        """Whether a link says more than that two names are similar."""
        return any(link.certain for link in self.links)


def propose(project: Project) -> list[Proposal]:
    """A proposal for each group of new names, those of most articles first; descriptions ("gunmen") come last."""
    codebook, registry = open_codebook(project)
    names, links, uses = gather(project, codebook, registry)
    proposals = _together(_groups(names, sorted([*links, *similar(names, registry)], key=_strength), uses))
    return sorted(
        proposals, key=lambda one: (all(name.is_description for name in one.names), -len(one.articles), -one.mentions, one.name)
    )


def _together(proposals: Iterable[Proposal]) -> list[Proposal]:
    """The proposals, and those of one description in several articles as one: nothing says that they are one actor."""
    found: dict[str, Proposal] = {}
    for proposal in proposals:
        alone = len(proposal.names) == 1 and proposal.names[0].is_description and not proposal.known
        key = key_of(proposal.name) if alone else proposal.names[0].id
        before = found.get(key)
        found[key] = Proposal((*before.names, *proposal.names), ()) if before else proposal
    return list(found.values())


def unmerged(project: Project) -> Iterator[str]:
    """Why a release would have one actor under two ids: names in adjudicated sets that are certainly one actor."""
    codebook, _ = open_codebook(project)
    published: set[str] = set()
    for one in read_adjudicated(project):
        actors = {actor for item in one.annotations for actor in actors_of(item, codebook).values()}
        published |= actors | {f"{actor} {one.article_id}" for actor in actors}
    for proposal in propose(project):
        ids = sorted({name.id for name in proposal.names} & published)
        if proposal.certain and len(ids) + bool(proposal.known) > 1:
            yield f"{' and '.join(filter(None, [*ids, proposal.known]))}: {proposal.links[0].why}"


Uses = Mapping[str, set[tuple[str, str]]]  # the (article, annotator) pairs of each actor


def gather(project: Project, codebook: Codebook, registry: Registry) -> tuple[dict[str, NewName], list[Link], Uses]:
    """The names of new actors that the registry does not have, the links that the articles show, and the uses of all actors."""
    names: dict[str, NewName] = {}
    links: list[Link] = []
    uses: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for article_id, articles, sets, _ in by_article(article_streams(project), sets_of(project)):
        # Other guidelines name other actors than this registry should have.
        sets = [item for item in sets if item.annotator_kind != PUBLISHED]
        first = [with_named_slots(item, codebook) for item in sets if any(map(marks_actors, codebook.layers_of(item.pass_name)))]
        named = _with_own_descriptions(first, codebook, registry)
        ids = actor_ids(named, codebook, registry)
        actors: set[str] = set()
        for item in named:
            own = {
                registry.present(actor, article_id) for entry in item.annotations for actor in actors_of(entry, codebook).values()
            }
            actors |= own
            for actor in own:
                uses[actor].add((article_id, item.annotator))
            _take_set(item, articles[0] if articles else None, names, codebook, registry)
        for actor in actors & names.keys():
            names[actor].beside |= actors - {actor}
        links += _marked_together(named, ids)
    return names, links, uses


def _with_own_descriptions(sets: list[AnnotationSet], codebook: Codebook, registry: Registry) -> list[AnnotationSet]:
    """The sets of one article, in which the id of a new actor that is only described has the article's id too."""
    typed: dict[str, set[str]] = defaultdict(set)
    for item in sets:
        for actor, name in typed_names(item, codebook).items():
            typed[actor].add(name)
    own = {
        actor: f"{actor} {sets[0].article_id}"
        for actor, names in typed.items()
        if all(map(is_description, names)) and registry.present(actor, sets[0].article_id) == actor
    }

    def renamed(entry: Annotation) -> Annotation:
        return with_actors(entry, {name: own[actor] for name, actor in actors_of(entry, codebook).items() if actor in own})

    return [replace(item, annotations=tuple(map(renamed, item.annotations))) for item in sets]


def _take_set(
    item: AnnotationSet, article: Article | None, names: dict[str, NewName], codebook: Codebook, registry: Registry
) -> None:
    for actor, typed in typed_names(item, codebook).items():
        if registry.present(actor, item.article_id) == actor:
            names.setdefault(actor, NewName(actor)).typed[typed] += 1
    marking = marking_layers(codebook)
    for span in item.annotations:
        if isinstance(span, Span) and span.layer in marking and span.label.startswith(NEW):
            if registry.present(span.label, item.article_id) != span.label:
                continue
            name = names.setdefault(span.label, NewName(span.label))
            name.quotes[span.quote] += 1
            if len(name.examples) < SHOWN and item.article_id not in {example.article_id for example in name.examples}:
                name.examples.append(Example(item.article_id, span.quote, _sentence(span, article)))
    for actor in names.keys() & {actor for entry in item.annotations for actor in actors_of(entry, codebook).values()}:
        names[actor].uses.add((item.article_id, item.annotator))


def _sentence(span: Span, article: Article | None) -> str:
    number = sentence_at(span.start, article.sentences) if article and article.text else -1
    if article is None or article.text is None or number < 0:
        return ""
    start, end = article.sentences[number]
    return " ".join(article.text[start:end].split())


def _marked_together(sets: Iterable[AnnotationSet], ids: ActorIds) -> Iterator[Link]:
    """The links that one article shows: two annotators marked the same words, as two actors."""
    uses = uses_of(sets, ids.codebook, lambda actor: ids.registry.present(actor, ids.article_id))
    for one, other in marked_alike(uses):
        apart = uses[one].annotators.isdisjoint(uses[other].annotators)
        if apart and (one.startswith(NEW) or other.startswith(NEW)):
            yield Link(one, other, f"two annotators marked the same words in {ids.article_id}", certain=True)


def similar(names: Mapping[str, NewName], registry: Registry) -> Iterator[Link]:
    """The links between names, and from names to the registry: spelling, transliteration, acronym, other mentions, context."""
    given = [(name.id, typed, is_description(typed)) for name in names.values() for typed in name.typed or [name.name]]
    known = [
        (actor.id, text, described) for actor in registry.actors for text, described in actor.names() if not actor.redirect_to
    ]
    spelled, sounded, shortened = (defaultdict[str, dict[str, str]](dict) for _ in range(3))
    for owner, text, described in (*known, *given):
        if not described:
            spelled[folded(text)].setdefault(owner, text)
            sounded[skeleton(text)].setdefault(owner, text)
            shortened[initials(text) or acronym(text)].setdefault(owner, text)
    for group, why, certain in (
        (spelled, "is spelled like", True),
        (sounded, "sounds like", False),
        (shortened, "has the initials of", False),
    ):
        for form, owners in group.items():
            for (one, text), (other, other_text) in pairwise(owners.items()) if form else ():
                yield Link(one, other, f"{text!r} {why} {other_text!r}", certain)
    for owner, text, described in given:  # a description is linked to a name of the registry, not to other descriptions
        for other, other_text in spelled.get(folded(text), {}).items() if described else ():
            if other in registry.by_id:
                yield Link(owner, other, f"{text!r} is spelled like {other_text!r}", certain=True)
    yield from _mentioned_as(names, spelled)
    yield from _in_one_context(names)


def _mentioned_as(names: Mapping[str, NewName], spelled: Mapping[str, Mapping[str, str]]) -> Iterator[Link]:
    """A mention of one actor is the name of another: "the FHF" in one article, and "FHF" as a name in another."""
    for name in names.values():
        for quote in name.quotes:
            form = folded(quote)
            if is_description(quote) or (" " not in form and not acronym(quote)):
                continue  # a single word such as "Front" is a mention of many actors
            for other, text in spelled.get(form, {}).items():
                if other != name.id:
                    yield Link(name.id, other, f"{name.name!r} is mentioned as {quote!r}, which is a name of {text!r}")


def _in_one_context(names: Mapping[str, NewName]) -> Iterator[Link]:
    """All words of one name are in the other, and both are beside the same actor: "Nusra" and "Nusra Front"."""
    by_word: dict[str, list[str]] = defaultdict(list)
    words = {name.id: set(folded(name.name).split()) for name in names.values() if not is_description(name.name)}
    for actor, own in words.items():
        for word in own:
            by_word[word].append(actor)
    for actors in by_word.values():
        for one, other in combinations(actors, 2) if len(actors) <= COMMON else ():
            if (words[one] < words[other] or words[other] < words[one]) and names[one].beside & names[other].beside:
                yield Link(one, other, f"{names[one].name!r} and {names[other].name!r} share words and context")


def _strength(link: Link) -> tuple[bool, str, str, str]:
    return not link.certain, link.why, link.one, link.other


def _groups(names: Mapping[str, NewName], links: Sequence[Link], uses: Uses) -> Iterator[Proposal]:
    """The names in groups by their links, the certain ones first.

    A group has at most one actor of the registry, and no two names that one annotator used for two actors of one article.
    """
    group_of = {actor: frozenset([actor]) for actor in (*names, *(end for link in links for end in link[:2]))}
    reasons: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        one, other = group_of[link.one], group_of[link.other]
        registered = [actor for actor in one | other if actor not in names]
        told_apart = any(uses.get(a, set()) & uses.get(b, set()) for a in one for b in other)
        if one is not other and (len(registered) > 1 or told_apart):
            continue
        if one is not other:
            both = one | other
            group_of |= dict.fromkeys(both, both)
        reasons[link.one].append(link)
    for group in dict.fromkeys(group_of.values()):
        members = tuple(names[actor] for actor in sorted(group & names.keys()))
        if members:
            known = next((actor for actor in group if actor not in names), "")
            yield Proposal(members, tuple(dict.fromkeys(link for actor in sorted(group) for link in reasons[actor])), known)
