"""Small, seeded damage to JSON values and to bytes, as files and servers from outside have it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "\n",
        "\ud800",
        "\u202e",
        "e\u0301",
        "😀",
        "../../evil",
        "/tmp/evil",
        "..",
        "a/b",
        "con\n",
        "=1+1",
        "NaN",
        "null",
    ),
    *("{{ x }}", "<b>", "1e999", "2031-02-30", "9" * 30, "x" * 3000),
)
ODD = (None, True, False, 0, -1, 1, 0.5, 1e300, 10**25, -(2**63), [], {}, [[]], [None], {"": 0}, *ODD_TEXTS)
ODD_BYTES = (
    b"\xff",
    b"\0",
    b"\xed\xa0\x80",
    b"\xc3",
    b'"',
    b"'",
    b"{",
    b"]",
    b",",
    b"\r",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\\",
    b"---\n",
)


def _slots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place of a value that can be replaced: its list or dict, and its index or key."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _slots(value[key])


def _odd_text(text: str, random: Random) -> str:
    """The text with something odd in it, or without a part."""
    at, end = sorted(random.choices(range(len(text) + 1), k=2))
    return text[:at] + random.choice(("", text[at:end] * 2, *ODD_TEXTS)) + text[end if random.random() < 0.5 else at :]


def damaged_value(value: Any, random: Random) -> Any:
    """A copy of a JSON value with one to three changes: odd values, missing, doubled, exchanged and nested ones."""
    holder = [copy.deepcopy(value)]
    for _ in range(random.choice((1, 1, 2, 3))):
        place, key = random.choice(list(_slots(holder)) or [(holder, 0)])
        old, change = place[key], random.randrange(7)
        if change == 0 and place is not holder:
            del place[key]
        elif change == 1 and isinstance(place, list) and place is not holder:
            place.insert(key, copy.deepcopy(old))
        elif change == 2:
            other, where = random.choice(list(_slots(holder)))
            place[key] = copy.deepcopy(other[where])
        elif change == 3:
            place[key] = random.choice(([old], {"value": old}, str(old)))
        elif isinstance(old, str) and change > 4:
            place[key] = _odd_text(old, random)
        elif isinstance(old, int | float) and change > 4:
            place[key] = random.choice((old + 1, old - 1, -old, float(old), old * 1000))
        else:
            place[key] = copy.deepcopy(random.choice(ODD))
    return holder[0]


def damaged_bytes(data: bytes, random: Random) -> bytes:
    """The bytes with one or two changes: cut off, doubled, left out, exchanged."""
    for _ in range(random.choice((1, 1, 2))):
        at, end = sorted(random.choices(range(len(data) + 1), k=2))
        end = min(end, at + random.choice((1, 1, 4, 40, 4000)))
        new = random.choice((b"", data[at:end] * 2, random.randbytes(end - at), *ODD_BYTES))
        data = data[:at] + new + data[random.choice((at, end, end, len(data))) :]
    return data
