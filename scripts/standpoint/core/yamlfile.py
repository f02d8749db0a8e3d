"""YAML files, read strictly: every mistake is one line with its place; and the front matter of Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from standpoint.core.model import StandpointError


class Strict(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """A mapping in YAML; an unknown key is an error."""


Kind = TypeVar("Kind")


def read_yaml(path: Path) -> object:
    """The plain values of a YAML 1.2 file (a bare ``yes`` is a string); StandpointError if it is not YAML."""
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StandpointError(f"{path}: not readable: {error.strerror}") from None
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise StandpointError(f"{path}{line}: not readable as YAML: {problem}".replace("\n", " ")) from None


FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(?P<yaml>(?:[^\n]*\n)*?)---[ \t]*(?:\n|\Z)")


def split_front_matter(markdown: str) -> tuple[str | None, str]:
    """The YAML between two lines of hyphens at the beginning, None where there is none; and the Markdown after it."""
    text = markdown.replace("\r\n", "\n")
    match = FRONT_MATTER.match(text)
    return (match["yaml"], text[match.end() :]) if match else (None, text)


def load_as(path: Path, kind: type[Kind], what: str, data: object = None) -> Kind:
    """A YAML file (or its ``data``, if it was read before) as ``kind``; StandpointError with the path of a wrong key or type."""
    try:
        return msgspec.convert(read_yaml(path) if data is None else data, kind)
    except msgspec.ValidationError as error:
        message = str(error).replace("`$", "`").replace("Object ", "mapping ")
        hint = f"the keys that a {what} may have are listed in guidelines/README.md"
        raise StandpointError(f"{path}: {message}", hint) from None
