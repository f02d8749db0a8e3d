"""Articles as an audit asks about them: with the outlet hidden, shown or exchanged, or with the names of two sides exchanged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from standpoint.codebook.kinds._items import MASK
from standpoint.codebook.registry import Actor, Mention, Registry, inside_urls
from standpoint.codebook.types import Codebook
from standpoint.core.model import Article, sha256
from standpoint.pages.tasks import self_references

Edit = tuple[int, int, str]  # [start, end) of a text, and what stands there instead


class LoadedName(Exception):
    """A side is called by a loaded name, which is part of the wording: it cannot be exchanged without changing what is judged."""


def with_pass(codebook: Codebook, pass_name: str, **fields: object) -> Codebook:
    """The codebook with a pass that has other fields."""
    passes = [replace(one, **fields) if one.name == pass_name else one for one in codebook.passes]
    return replace(codebook, passes=tuple(passes))


def rewritten(article: Article, edits_of: Callable[[str], Sequence[Edit]], **fields: object) -> Article:
    """The article with other words in its text and title, where zones, sentences and the window follow, and with other fields.

    ``edits_of`` gives the edits of a text, in order and apart from each other.
    """
    text = article.text or ""
    edits = edits_of(text)
    ends = [end for _, end, _ in edits]
    grown = [0]
    for start, end, words in edits:
        grown.append(grown[-1] + len(words) - (end - start))

    def moved(place: int) -> int:
        """A place in the new text; one within an edit is moved to its end."""
        before = bisect_right(ends, place)
        inside = before < len(edits) and edits[before][0] < place
        return edits[before][1] + grown[before + 1] if inside else place + grown[before]

    def pairs(places: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple((moved(start), moved(end)) for start, end in places)

    changed = edited(text, edits)
    return replace(
        article,
        text=changed,
        sha256=sha256(changed),
        title=edited(article.title, edits_of(article.title)),
        zones=tuple(replace(zone, start=moved(zone.start), end=moved(zone.end)) for zone in article.zones),
        paragraphs=pairs(article.paragraphs),
        sentences=pairs(article.sentences),
        annotated_until=moved(article.annotated_until),
        **fields,
    )


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after its edits."""
    for start, end, words in reversed(edits):
        text = text[:start] + words + text[end:]
    return text


def under_outlet(article: Article, publisher: str, registry: Registry) -> Article:
    """The article as if another outlet had published it: the own outlet's names are exchanged, and addresses are masked."""

    def edits_of(text: str) -> list[Edit]:
        addresses = set(inside_urls(text))
        edits: list[Edit] = []
        for start, end in sorted(set(self_references(text, article, registry))):
            if edits and start < edits[-1][1]:  # a name in an address
                continue
            name = publisher.upper() if text[start:end].isupper() else publisher
            edits.append((start, end, MASK * (end - start) if (start, end) in addresses else name))
        return edits

    return rewritten(article, edits_of, publisher=publisher, original_publisher=None, url=None)


def mirrored(article: Article, sides: Mapping[str, str], registry: Registry) -> Article:
    """The article with the names of actors exchanged: of each actor in ``sides`` for those of the other one (ids).

    LoadedName if it calls one of them by a loaded name.
    """

    def edits_of(text: str) -> list[Edit]:
        found = [mention for mention, is_actor in registry.mentions(text, article) if is_actor and mention.id in sides]
        if any(_is_loaded(mention, registry.by_id[mention.id]) for mention in found):
            raise LoadedName
        return [(one.start, one.end, _other_name(one, text, sides, registry)) for one in found]

    return rewritten(article, edits_of)


def _is_loaded(mention: Mention, actor: Actor) -> bool:
    return any(alias.loaded and alias.text == mention.name for alias in actor.aliases)


def _other_name(mention: Mention, text: str, sides: Mapping[str, str], registry: Registry) -> str:
    """The other side's name of the same kind, the first that the registry has: else its name."""
    actor, other = registry.by_id[mention.id], registry.by_id[sides[mention.id]]
    kind = next((alias.kind for alias in actor.aliases if alias.text == mention.name), "")
    name = next((alias.text for alias in other.aliases if alias.kind == kind and not alias.loaded), other.name)
    if mention.start >= 4 and text[mention.start - 4 : mention.start].lower() == "the ":  # it stays before the other name
        name = name[4:] if name[:4].lower() == "the " else name
    return name.upper() if text[mention.start : mention.end].isupper() and len(mention.name) > 4 else name
