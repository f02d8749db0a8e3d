"""Articles and lists by a seed: which articles a model reads, and lists in another order, so that no place is an answer.

Everything follows from a seed, so that the same command sends the same requests. Two readings by one model show how stable it is,
and are no agreement.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import zip_longest
from math import ceil
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from standpoint.codebook.types import Label, Layer
from standpoint.core.corpus import RecordStore
from standpoint.core.model import Article, sha256
from standpoint.guide.blocks import Book

Item = TypeVar("Item")


def shuffled(items: Iterable[Item], seed: int, name: Callable[[Item], str]) -> list[Item]:
    """The items in an order that follows from the seed and their names. Others beside them do not change it."""
    return sorted(items, key=lambda item: (sha256(f"{seed} {name(item)}"), name(item)))


def draw(ids: Iterable[str], share: float, seed: int) -> tuple[str, ...]:
    """A share of these articles, at least one of any: each is as likely as another. A larger share has all of a smaller one."""
    ids = set(ids)
    return tuple(sorted(shuffled(ids, seed, str)[: ceil(share * len(ids))]))


def draw_in_turns(articles: Iterable[Article], number: int, seed: int) -> list[str]:
    """A fixed sample of so many articles: the outlets take turns, and each gives its articles in an order by the seed."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for article in articles:
        by_source[article.source].append(article.id)
    turns = zip_longest(*(shuffled(ids, seed, str) for _, ids in sorted(by_source.items())))
    return [name for turn in turns for name in turn if name][:number]


def shuffled_book(book: Book, seed: int) -> Book:
    """The guidelines with the labels of each group, the examples of each label, and the rulings, in another order.

    The labels of a scale and of a tree stay in their order, which has a meaning.
    """
    layers = tuple(replace(layer, labels=tuple(_labels(layer, seed)), **_examples(layer, seed)) for layer in book.codebook.layers)
    rulings = dict(shuffled(book.rulings.items(), seed, lambda entry: entry[0]))
    return dataclasses.replace(book, codebook=replace(book.codebook, layers=layers), rulings=rulings)


def _labels(layer: Layer, seed: int) -> Iterator[Label]:
    """The labels of a layer: those of each group shuffled among the places of the group."""
    labels = [replace(label, **_examples(label, seed)) for label in layer.labels]
    if layer.ordinal or layer.tree:
        return iter(labels)
    groups: dict[str, list[Label]] = defaultdict(list)
    for label in shuffled(labels, seed, lambda label: label.name):
        groups[label.group].append(label)
    orders = {group: iter(members) for group, members in groups.items()}
    return (next(orders[label.group]) for label in labels)


def _examples(owner: Layer | Label, seed: int) -> dict[str, tuple[str, ...]]:
    return {name: tuple(shuffled(getattr(owner, name), seed, str)) for name in ("positive", "negative")}


class Asked(Struct, frozen=True):
    """An article with the data of its task."""

    article: Article
    data: dict[str, Any]


def shuffled_tasks(tasks: Iterable[tuple[Article, dict]], seed: int) -> Iterator[tuple[Article, dict]]:
    """The articles with their tasks in another order. They are sorted on disk, so that any number fits in memory."""
    with closing(RecordStore(Asked)) as store:
        for article, task in tasks:
            store.put((sha256(f"{seed} {article.id}"), article.id), Asked(article, task["data"]))
        yield from ((asked.article, {"data": asked.data}) for asked in store)
