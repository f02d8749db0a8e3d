"""What of the card is written by hand: ``dataset/card.md``, with the answers to a datasheet's questions, section by section.

The questions are those of Gebru et al., "Datasheets for Datasets" (Communications of the ACM 64(12), 2021). The file holds
no figures: those are computed, and stand in the card beside the answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
import yaml
from msgspec import Struct

from standpoint.model import StandpointError

SECTIONS = (
    *("Motivation", "Composition", "Collection", "Preprocessing", "Labelling", "Annotators", "Limits", "Biases"),
    *("Uses", "Personal information", "Social impact", "Distribution", "Maintenance", "Errors and removal"),
)
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML at its head. ``repo`` is owner/name on the Hub, ``contact`` an address on the web: mail is not published."""

    authors: tuple[str, ...]
    contact: str
    description: str = ""
    repo: str = ""
    url: str = ""
    keywords: tuple[str, ...] = ()
    platform: str = ""  # what the annotators worked in


class Prose(Struct, frozen=True):
    """The whole file."""

    head: Head
    sections: Mapping[str, str]


def read_prose(text: str, where: str) -> Prose:
    """The file's head and its sections; StandpointError where one is missing, empty, twice or not known."""
    parts = text.replace("\r\n", "\n").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise StandpointError(f"{where}: should begin with YAML between two lines ---", "it names authors and contact")
    try:
        head = msgspec.convert(yaml.safe_load(parts[1]), Head)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise StandpointError(
            f"{where}: {str(error).splitlines()[0]}", "its head has authors, contact, repo, url, keywords"
        ) from None
    if not head.authors or "@" in head.contact:
        raise StandpointError(f"{where}: authors cannot be empty, contact cannot be an e-mail address", "name a page on the web")
    _, *found = HEADING.split(parts[2])
    names, bodies = found[::2], [body.strip() for body in found[1::2]]
    _check(where, names, bodies)
    return Prose(head, dict(zip(names, bodies, strict=True)))


def _check(where: str, names: list[str], bodies: list[str]) -> None:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        raise StandpointError(f"{where}: section {unknown[0]!r} is not known", f"there are: {', '.join(SECTIONS)}")
    for section in SECTIONS:
        if names.count(section) != 1 or not bodies[names.index(section)]:
            raise StandpointError(f"{where}: section {section!r} should stand once, with something in it", "answer its questions")
