"""Crosswalks: what the labels of a published dataset are in this codebook, and what is lost. ``crosswalks`` in codebook.yaml.

A crosswalk is data: a codebook of another topic has its own. The first rule that fits an annotation decides what becomes of it.
An annotation that no rule fits is reported, so nothing is lost that the table does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, NamedTuple

from standpoint.core.yaml_files import Strict, means


class Counterpart(NamedTuple):
    """A layer of the codebook, and its label; "" for layers whose labels are actors."""

    layer: str
    label: str


def counterpart_of(written: str) -> Counterpart:
    """The counterpart that a rule writes as LAYER or LAYER:LABEL."""
    layer, _, label = written.partition(":")
    return Counterpart(layer, label)


class Rule(Strict, frozen=True):
    """What becomes of the annotations with one value in one slot."""

    slot: Annotated[str, means("the part of their annotations, such as `entity`, `main role` or `INCIDENT: TYPE`")]
    value: Annotated[str, means("the value in that slot; without it, every value")] = ""
    words: Annotated[tuple[str, ...], means("only what is marked with exactly one of these words, in small letters")] = ()
    when: Annotated[
        dict[str, str | tuple[str, ...]],
        means("only if other slots of the same incident or actor have this value, or one of these values"),
    ] = {}
    ours: Annotated[
        str | tuple[str, ...],
        means(
            "what it is: LAYER:LABEL, or LAYER where the labels are actors. Of several labels of a layer, one is meant, and "
            "nobody can say which; only for incidents. Of a link, a layer of actors: its ends are one actor. Without it, it is "
            "left out"
        ),
    ] = ()
    role: Annotated[
        str,
        means(
            "of an incident: what its words fill, as LAYER of actors, or LAYER:LABEL of links. With `ours` too, they make an "
            "incident of their own, with the actors of the other roles"
        ),
    ] = ""
    mark: Annotated[str, means("with a `role` of links: as what the words are marked, LAYER:LABEL of spans")] = ""
    loss: Annotated[str, means("what is lost; needed where something is left out")] = ""

    @property
    def counterparts(self) -> tuple[Counterpart, ...]:
        """What it is in this codebook; () if it is left out."""
        return tuple(map(counterpart_of, (self.ours,) if isinstance(self.ours, str) else self.ours))

    @property
    def is_kept(self) -> bool:
        return bool(self.ours or self.role)

    def fits(self, slot: str, value: str, words: str, others: Mapping[str, Iterable[str]]) -> bool:
        """Whether the rule is for a value in a slot. ``words``: what is marked. ``others``: values of the incident's slots."""
        if slot != self.slot or (self.value and value != self.value) or (self.words and words.casefold() not in self.words):
            return False
        wanted = {name: (values,) if isinstance(values, str) else values for name, values in self.when.items()}
        return all(not set(values).isdisjoint(others.get(name, ())) for name, values in wanted.items())

    def written(self) -> Iterator[str]:
        """The layers and labels as the rule writes them."""
        yield from (self.ours,) if isinstance(self.ours, str) else self.ours
        yield from filter(None, (self.role, self.mark))


class Crosswalk(Strict, frozen=True):
    """The rules for one published dataset."""

    name: Annotated[str, means("the format of its files, as `standpoint import --format` names it")]
    title: Annotated[str, means("the name of the dataset, in the list of annotators")]
    source: Annotated[str, means("the paper or the documentation, and where the dataset is")]
    licence: Annotated[str, means("the licence of the labels, by its SPDX id or in words")]
    least: Annotated[float, means("the least confidence, from 0 to 1; what has less is left out and counted")] = 0.0
    complete: Annotated[
        tuple[str, ...],
        means(
            "the span layers in which the dataset marks all that it has rules for. In all others, what it does not mark says "
            "nothing, so spans are not compared there"
        ),
    ] = ()
    determiners: Annotated[tuple[str, ...], means("words with which no span of ours begins, in small letters")] = ()
    rules: Annotated[tuple[Rule, ...], means("what becomes of their annotations; the first rule that fits decides")] = ()

    def rule(self, slot: str, value: str, words: str = "", others: Mapping[str, Iterable[str]] = {}) -> Rule | None:  # noqa: B006
        """The first rule that fits; None if the table does not know such an annotation."""
        return next((rule for rule in self.rules if rule.fits(slot, value, words, others)), None)
