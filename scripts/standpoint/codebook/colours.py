"""The colours of labels on a page: a label keeps its own, and each label without one gets a colour that differs from all others.

Labels are dark words on a light ground, so all colours are light. Two colours are as different as they are to whoever tells them
apart least: with all cones, without those for red (protanopia), or without those for green (deuteranopia). Each label in turn
gets the colour that differs most from those before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from colorsys import hls_to_rgb
from functools import cache, lru_cache
from math import dist

from standpoint.codebook.types import Codebook, Layer

Triple = tuple[float, float, float]

# Paul Tol's light qualitative scheme, which was made to fill cells with dark text, also for the colour-blind.
# Source: "Colour Schemes", SRON/EPS/TN/09-002, issue 3.2 (2021), figure 5.
LIGHT = ("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00", "#dddddd")
ENOUGH = 0.04  # the difference that a colour of the scheme must have from all others
MANY = 30  # labels of a page
GROUND = "#ffffff"  # of the text; Label Studio marks words with a thin layer of a label's colour, so pale ones would not be seen
HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

# What is left of linear red, green and blue for whoever has all cones, or lacks those for red or for green.
# Source: Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
EYES: tuple[tuple[Triple, Triple, Triple], ...] = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
)
# Linear colours to OKLab, in which distances are as people see them. Source: Björn Ottosson, "A perceptual color space" (2020).
CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


@cache
def slot_color(slot: int) -> str:
    """The colour of the spare slot with this number: of its regions, its label, and the mark before the field for its name.

    Hues by the golden angle, so that neighbours differ most; three degrees of lightness tell hues that come near again.
    """
    red, green, blue = hls_to_rgb(slot * 137.508 % 360 / 360, (0.78, 0.66, 0.86)[slot % 3], 0.75)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def colors_of(layer: Layer, codebook: Codebook) -> dict[str, str]:
    """The colour of each label of a span layer, by label: its own, or one that differs from all others of the page."""
    names = next((item.layers for item in codebook.passes if layer.name in item.layers), ())
    page = [codebook.by_name[name] for name in names if codebook.by_name[name].kind == "span"]
    labels = [(item.name, label) for item in page for label in item.labels]
    used = [label.color for _, label in labels if label.color]
    new = iter(different_colors(used, sum(not label.color for _, label in labels)))
    return {label.name: color for name, label in labels for color in [label.color or next(new)] if name == layer.name}


def different_colors(used: Iterable[str], count: int) -> Sequence[str]:
    """So many colours that differ from the used ones and from each other. A used colour that is no ``#rgb`` is ignored.

    More labels do not change the colours of those before them.
    """
    seen = [_as_seen(color) for color in (GROUND, *used) if HEX.fullmatch(color)]
    # There is a colour for each label, although very many cannot all be told apart. Every third slot is pale.
    slots = (slot_color(slot) for slot in range(1, 2 * (MANY + count + len(seen))) if slot % 3 != 2)
    pools = [{color: _as_seen(color) for color in pool} for pool in (LIGHT, slots)]
    colors: list[str] = []
    for _ in range(count):
        for pool in pools:
            nearest = {color: min(_difference(eyes, other) for other in seen) for color, eyes in pool.items()}
            best = max(nearest, key=nearest.__getitem__, default="")
            if best and (nearest[best] > ENOUGH or pool is pools[-1]):
                colors.append(best)
                seen.append(pool.pop(best))
                break
    return colors


def _difference(first: Sequence[Triple], second: Sequence[Triple]) -> float:
    """How much two colours differ for whoever tells them apart least."""
    return min(dist(one, other) for one, other in zip(first, second, strict=True))


@lru_cache(maxsize=1024)
def _as_seen(color: str) -> tuple[Triple, ...]:
    """A colour in OKLab, as each of ``EYES`` sees it."""
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return tuple(_times(LAB, [max(cone, 0) ** (1 / 3) for cone in _times(CONES, _times(eyes, linear))]) for eyes in EYES)


def _times(matrix: Sequence[Triple], vector: Sequence[float]) -> Triple:
    """A matrix by a vector."""
    first, second, third = (sum(map(float.__mul__, map(float, row), vector)) for row in matrix)
    return first, second, third
