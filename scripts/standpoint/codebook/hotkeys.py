"""The keys of a page: which keys a label may have, and which keys would do two things at once.

A key is one character of the keyboard, or ``space``, ``tab``, ``f1`` …, after any of ``shift+``, ``alt+`` and ``ctrl+``. Capitals
do not matter. Label Studio takes only the first letter of a longer word, and takes a comma between keys for "or".
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from standpoint.codebook.types import ACTORS, Codebook, Layer

# What labels without a key get, in this order: figures, then the letters for the left hand, as the right one has the mouse.
LETTERS = "qwertasdfgzxcvbyiophjklnm"
FREE_KEYS = (*"1234567890", *LETTERS, *(f"shift+{letter}" for letter in LETTERS))
LIST_KEYS = "1234567890-=;'[]\\/`"  # of the actors in a list, in their order; a comma would separate two keys
NO_KEYS = "none"  # of a list, or of a label
PREFIXES = ("", "shift", "alt", NO_KEYS)  # of the keys of a list

KEY = re.compile(r"[a-z0-9,./`\-=;'\[\]\\]|space|tab|home|end|pageup|pagedown|up|down|left|right|f[1-9]|f1[0-9]")
OTHER_NAMES = {"control": "ctrl", "command": "ctrl", "option": "alt", "return": "enter", "esc": "escape", "del": "delete"}
OTHER_NAMES |= {"plus": "=", "minus": "-"}
TAKEN = tomllib.loads(Path(__file__).with_name("taken_keys.toml").read_text(encoding="utf-8"))


def keys_in(hotkey: str) -> Iterator[str]:
    """The keys that a hotkey names, each written in one way: ``Shift+A`` is ``shift+a``, and ``shift+alt+1`` ``alt+shift+1``."""
    if hotkey == NO_KEYS:
        return
    for pressed in re.findall(r"((?:\w+\+)*(?:[^,]+|,)),?", "".join(hotkey.lower().split())):
        *modifiers, key = re.split(r"\+(?=.)", pressed)
        yield "+".join([*sorted({OTHER_NAMES.get(name, name) for name in modifiers}), OTHER_NAMES.get(key, key)])


def problem_of(hotkey: str) -> str:
    """Why a label cannot have a hotkey; "" if it can."""
    for key in [*keys_in(hotkey)] or ([hotkey] if hotkey not in ("", NO_KEYS) else []):
        *modifiers, last = re.split(r"\+(?=.)", key)
        if key in TAKEN:
            return f"{hotkey!r} {TAKEN[key]} in Label Studio; use another key"
        if not set(modifiers) <= {"shift", "alt", "ctrl"} or not KEY.fullmatch(last):
            return f"{hotkey!r} is no key; a key is one character of the keyboard, such as q, shift+q or alt+1"
    return ""


def lists_by_key(layers: Iterable[Layer]) -> dict[str, list[str]]:
    """The layers of a page whose list of actors has a key, by key."""
    lists: dict[str, list[str]] = defaultdict(list)
    for layer in layers:
        if layer.labels_from == ACTORS and layer.hotkeys != NO_KEYS:
            for key in LIST_KEYS:
                lists[f"{layer.hotkeys}+{key}" if layer.hotkeys else key].append(layer.name)
    return lists


def keys_of(layer: Layer, codebook: Codebook) -> dict[str, str]:
    """The key of each label of a layer on its page, by label: its own, or else the next free key; "" for none."""
    names = next((item.layers for item in codebook.passes if layer.name in item.layers), ())
    layers = [codebook.by_name[name] for name in names if name in codebook.by_name]
    labels = [(item, label) for item in layers for label in item.labels]
    taken = {*TAKEN, *lists_by_key(layers), *(key for _, label in labels for key in keys_in(label.hotkey))}
    free = iter([key for key in FREE_KEYS if key not in taken])
    keys: dict[str, str] = {}
    for item, label in labels:
        key = label.hotkey or (next(free, "") if takes_free_keys(item) else "")
        if item.name == layer.name:
            keys[label.name] = "" if key == NO_KEYS else key
    return keys


def takes_free_keys(layer: Layer) -> bool:
    """Whether labels of a layer that state no key get a free one.

    Not for answers about each actor, as a key would answer for all of them; nor for answers about the article, whose menu shows
    no keys, so that nobody would see what a key does; nor for relations, stars and trees.
    """
    return layer.kind == "span" or (bool(layer.of) and not layer.stars and not layer.tree)


def without_keys(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """The labels for which their page has no key left, as (layer, label)."""
    for layer in filter(takes_free_keys, codebook.layers):
        keys = keys_of(layer, codebook)
        yield from ((layer.name, label.name) for label in layer.labels if not label.hotkey and not keys[label.name])


def check_hotkeys(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All problems of a codebook's hotkeys, as (path in the YAML, problem)."""
    for number, layer in enumerate(codebook.layers):
        where = f"layers[{number}] ({layer.name})"
        if layer.hotkeys not in PREFIXES:
            yield f"{where}.hotkeys", f"{layer.hotkeys!r} should be one of {', '.join(map(repr, PREFIXES))}"
        for label in layer.labels:
            if label.hotkey not in ("", NO_KEYS) and layer.kind == "relation":
                yield f"{where}.labels ({label.name}).hotkey", "Label Studio has no keys for the labels of relations"
            elif problem := problem_of(label.hotkey):
                yield f"{where}.labels ({label.name}).hotkey", problem
    for number, item in enumerate(codebook.passes):
        layers = [codebook.by_name[name] for name in item.layers if name in codebook.by_name]
        uses: dict[str, list[str]] = defaultdict(list)
        for layer in layers:
            for label in layer.labels:
                for key in keys_in(label.hotkey):
                    uses[key].append(f"{layer.name}/{label.name}")
        lists = lists_by_key(layers)
        for key, users in uses.items():
            where = f"passes[{number}] ({item.name}): hotkey"
            if len(users) > 1:
                yield where, f"{key!r} occurs {len(users)} times: {', '.join(users)}"
            elif key in lists:
                yield where, f"{key!r} of {users[0]} is a key of the list of {lists[key][0]} too; give that layer other `hotkeys`"


def shared_lists(codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """The pairs of layers whose lists of actors have the same keys on one page, as (pass, layer, layer).

    One key then does two things: with a region selected, it adds the label of one layer and answers the other.
    """
    for item in codebook.passes:
        for first, *others in dict.fromkeys(map(tuple, lists_by_key(codebook.layers_of(item.name)).values())):
            yield from ((item.name, first, other) for other in others)
