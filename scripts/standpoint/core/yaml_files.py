"""YAML that is read strictly: for an unknown key, or a value of another type, its place and the keys that may be there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Meta, Struct
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from standpoint.core.files import decoding_problem, read_text
from standpoint.core.model import StandpointError

Record = TypeVar("Record")


class Strict(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """A mapping in YAML; an unknown key is an error."""


def means(meaning: str) -> Meta:
    """Says what a key of a YAML file means, in the type of its field: `standpoint keys` and docs/yaml-files.md show it."""
    return Meta(description=meaning)


@lru_cache(maxsize=64)
def _parsed_yaml(text: str) -> object:
    """The values of a YAML text. A large codebook takes half a second, and a project and its releases have the same one."""
    return YAML(typ="safe", pure=True).load(text)


def parse_yaml(text: str) -> object:
    """The plain values of a text as YAML 1.2; ruamel.yaml's YAMLError, ValueError or RecursionError if it is none."""
    return deepcopy(_parsed_yaml(text))


def read_yaml(path: Path) -> object:
    """The plain values of a YAML 1.2 file (a bare ``yes`` is a string); StandpointError if it is not YAML."""
    try:
        return parse_yaml(read_text(path))
    except (YAMLError, ValueError, RecursionError) as error:  # a ValueError is a date such as 2031-02-30
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        message = f"{path}{line}: not readable as YAML: {problem}".replace("\n", " ")
        raise StandpointError(message, "correct that place; a value with a colon or # in it needs quotes") from None


FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(?P<yaml>(?:[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")


def yaml_text(data: object, width: int = 130, offset: int = 2) -> str:
    """What ruamel.yaml has read, with its comments, as text; ``offset``: the columns before the dash of a list."""
    stream, yaml = io.StringIO(), YAML()
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    yaml.width, yaml.brace_single_entry_mapping_in_flow_sequence = width, True
    yaml.dump(data, stream)
    return stream.getvalue()


def append_entry(data: dict, key: str, entry: dict) -> None:
    """Add an entry to a list that ruamel.yaml has read. After ``key: []``, it gets lines of its own and no place in brackets."""
    if data.get(key):
        data[key].append(entry)
    else:
        data[key] = [entry]


def split_front_matter(markdown: str) -> tuple[str | None, str]:
    """The YAML between two lines of hyphens at the beginning (None without these lines), and the Markdown after it. The YAML may
    also end with three dots.
    """
    text = markdown.replace("\r\n", "\n")
    match = FRONT_MATTER.match(text)
    return (match["yaml"], text[match.end() :]) if match else (None, text)


def yaml_strings(text: str) -> object:
    """A text as YAML in which every scalar stays a string, as it is written; None if it is not YAML."""
    try:
        return YAML(typ="base", pure=True).load(text)
    except (YAMLError, RecursionError):
        return None


# Characters that no page, table or terminal can show: C0 controls but for tab and line break, halves of a pair, non-characters.
UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _texts(value: object) -> Iterator[str]:
    """All strings in a value from YAML, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in chain(value, value.values()) if isinstance(value, dict) else value:
            yield from _texts(inner)


def load_as(path: Path, kind: type[Record], what: str, data: object = None) -> Record:
    """A YAML file (or its ``data``, if it was read already) as ``kind``; StandpointError with the path of a wrong key or type."""
    data = read_yaml(path) if data is None else data
    for text in filter(UNSHOWABLE.search, _texts(data)):
        raise StandpointError(f"{path}: {text[:60]!r} has a character that cannot be shown", "remove it")
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        message = decoding_problem(error).replace("`$", "`")
        for term, word in YAML_WORDS.items():
            message = message.replace(term, word)
        place = re.search(r"`\$([^`]*)`$", str(error))
        raise StandpointError(
            f"{path}: {message}",
            f"this part of a {what} {_keys_at(kind, place[1] if place else '')}; `standpoint keys` explains them",
        ) from None


YAML_WORDS = {"Object ": "mapping ", "`object`": "a mapping", "`array`": "a list", "`null`": "nothing"}  # for those of JSON
STEP = re.compile(r"\.([^.\[]+)|\[[^\]]*\]")  # in a path such as .layers[0].labels[2]


def _keys_at(kind: type, path: str) -> str:
    """What the innermost mapping on a path in a value of ``kind`` must and may have, as a part of a sentence."""
    from msgspec.inspect import DictType, ListType, Metadata, StructType, Type, VarTupleType, type_info

    here: list[Type] = [type_info(kind)]
    mapping = here[0]
    for step in STEP.finditer(path):
        found: list[Type] = []
        for option in here:
            if isinstance(option, StructType):
                found += [field.type for field in option.fields if field.encode_name == step[1]]
            elif isinstance(option, ListType | VarTupleType):
                found.append(option.item_type)
            elif isinstance(option, DictType):
                found.append(option.value_type)
        bare = [each.type if isinstance(each, Metadata) else each for each in found]
        here = [option for each in bare for option in getattr(each, "types", (each,))]
        mapping = next((option for option in here if isinstance(option, StructType)), mapping)
    assert isinstance(mapping, StructType)
    needed, others = ([field.encode_name for field in mapping.fields if field.required is which] for which in (True, False))
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in (("needs", needed), ("may have", others)) if names)
