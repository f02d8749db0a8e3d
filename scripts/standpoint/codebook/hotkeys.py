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

LIST_KEYS = "1234567890-=;'[]\\/`"  # of the actors in a list, in their order; a comma would separate two keys
NO_KEYS = "none"
PREFIXES = ("", "shift", "alt", NO_KEYS)  # of the keys of a list

KEY = re.compile(r"[a-z0-9,./`\-=;'\[\]\\]|space|tab|home|end|pageup|pagedown|up|down|left|right|f[1-9]|f1[0-9]")
OTHER_NAMES = {"control": "ctrl", "command": "ctrl", "option": "alt", "return": "enter", "esc": "escape", "del": "delete"}
OTHER_NAMES |= {"plus": "=", "minus": "-"}
TAKEN = tomllib.loads(Path(__file__).with_name("taken_keys.toml").read_text(encoding="utf-8"))


def keys_in(hotkey: str) -> Iterator[str]:
    """The keys that a hotkey names, each written in one way: ``Shift+A`` is ``shift+a``, and ``shift+alt+1`` ``alt+shift+1``."""
    for pressed in re.findall(r"((?:\w+\+)*(?:[^,]+|,)),?", "".join(hotkey.lower().split())):
        *modifiers, key = re.split(r"\+(?=.)", pressed)
        yield "+".join([*sorted({OTHER_NAMES.get(name, name) for name in modifiers}), OTHER_NAMES.get(key, key)])


def problem_of(hotkey: str) -> str:
    """Why a label cannot have a hotkey; "" if it can."""
    for key in [*keys_in(hotkey)] or ([hotkey] if hotkey else []):
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


def check_hotkeys(codebook: Codebook) -> Iterator[tuple[str, str]]:
    """All problems of a codebook's hotkeys, as (path in the YAML, problem)."""
    for number, layer in enumerate(codebook.layers):
        where = f"layers[{number}] ({layer.name})"
        if layer.hotkeys not in PREFIXES:
            yield f"{where}.hotkeys", f"{layer.hotkeys!r} should be one of {', '.join(map(repr, PREFIXES))}"
        for label in layer.labels:
            if label.hotkey and layer.kind == "relation":
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
