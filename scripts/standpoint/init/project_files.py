"""What stands in the files of a project that people write: every key, from the types that read them (docs/yaml-files.md)."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from typing import NamedTuple

from msgspec import NODEFAULT, Struct
from msgspec.inspect import (
    BoolType,
    DateType,
    DictType,
    Field,
    FloatType,
    IntType,
    ListType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from standpoint.annotate.endpoint import PriceTable
from standpoint.codebook.examples import RulingFile, WorkedFile
from standpoint.codebook.load import KINDS
from standpoint.codebook.registry import OFF_HEADER, Registry
from standpoint.codebook.types import Codebook
from standpoint.core.files import write_whole
from standpoint.core.history import HEADER as VERSIONS_HEADER
from standpoint.core.model import StandpointError
from standpoint.core.provenance import Annotators
from standpoint.dataset.card import table
from standpoint.dataset.card_tables import SECTIONS, Head
from standpoint.guide.site import TreeFile
from standpoint.ingest.sources import Sources
from standpoint.release.pinned_copies import Copies
from standpoint.splits.splits import HEADER as SPLITS_HEADER
from standpoint.splits.splits import SplitPlan
from standpoint.team.plan import HEADER as ASSIGNMENTS_HEADER
from standpoint.team.plan import SAMPLE_HEADER, Team


class YamlFile(NamedTuple):
    """A file that people write. ``kind``: the type of its content; ``what``: what it says, and what happens without it."""

    path: str
    kind: type[Struct]
    what: str


CARD = (
    "The hand-written part of the card: these keys between two lines `---`, then a section `## NAME` for each of "
    f"{', '.join(SECTIONS)}."
)
FILES = (
    YamlFile("guidelines/codebook.yaml", Codebook, "What annotators mark. A folder with this file is a project."),
    YamlFile("guidelines/actors.yaml", Registry, "The registry of actors and places. Only codebooks with actors need it."),
    YamlFile("guidelines/rulings.yaml", RulingFile, "The answers to hard questions, which the guide shows. Optional."),
    YamlFile("guidelines/worked.yaml", WorkedFile, "Whole marked-up articles, which the guide shows. Optional."),
    YamlFile("guidelines/trees.yaml", TreeFile, "Decision trees, which the guide draws. Optional."),
    YamlFile("guidelines/cast.yaml", Registry, "The actors of the examples in the guidelines: a registry of its own. Optional."),
    YamlFile("dataset/sources.yaml", Sources, "Where raw files are from, how they are read, and under which licence."),
    YamlFile("dataset/copies.yaml", Copies, "Public copies of the texts. `standpoint release copies` writes it. Optional."),
    YamlFile("dataset/annotators.yaml", Annotators, "Who or what is behind each pseudonym. `standpoint team add` writes it too."),
    YamlFile("dataset/team.yaml", Team, "How many annotators an article has, and who they are. `standpoint team` writes it too."),
    YamlFile("dataset/card.md", Head, CARD),
    YamlFile("splits/plan.yaml", SplitPlan, "How new articles are drawn into train, validation and test. Optional."),
    YamlFile("prices.yaml", PriceTable, "What models cost, for `standpoint annotate --prices`; under any name. Optional."),
)
# Tables that commands write, and that people commit: path, columns, what writes it.
TABLES = (
    (
        "guidelines/suggestions-off.tsv",
        OFF_HEADER,
        "the names and rules whose suggestions are off (`standpoint suggestions score`)",
    ),
    ("splits/default.tsv", SPLITS_HEADER, "the split of each article (`standpoint split`); no row ever changes"),
    ("dataset/assignments/PASS.tsv", ASSIGNMENTS_HEADER, "the annotators of each article (`standpoint team assign`)"),
    (
        "dataset/samples/PASS.tsv",
        SAMPLE_HEADER,
        "the articles that people were drawn to read, and how probable that was (`standpoint sample`); no row is deleted",
    ),
    ("dataset/versions.tsv", VERSIONS_HEADER, "the released versions (`standpoint release create`)"),
)
TEXTS = (
    ("guidelines/PASS.md", "what annotators read above their work in a pass; other pages in this folder are the guide"),
    (
        "guidelines/CHANGELOG.md",
        "what changed in each version of the codebook: under `## VERSION`, a line ``- **KIND** `LAYER/LABEL`: …`` for each "
        f"change. KIND is one of {', '.join(KINDS)}; wording names no layer. `standpoint fix` finds by it what to review",
    ),
    ("dataset/version.txt", "the version of the dataset that the next build has, such as 0.1.0"),
    (
        "dataset/CHANGELOG.md",
        "what changed, under `## Unreleased`; `standpoint release create` puts the version and the figures there",
    ),
)
NO_KEYS = {(Registry, "off")}  # it is read from suggestions-off.tsv


class Key(NamedTuple):
    """A key of a mapping. ``default``: "required", or what it is without the key."""

    name: str
    type: str
    default: str
    meaning: str


class Mapping(NamedTuple):
    """A mapping of a file: where it stands, as in ``layers[].labels[]`` (none for the whole file), what it is, and its keys."""

    places: tuple[str, ...]
    what: str
    keys: tuple[Key, ...]


def mappings_of(file: YamlFile) -> list[Mapping]:
    """The mapping of a file, and those inside it."""
    waiting = list(_mappings_in(type_info(file.kind)))
    places: dict[type, list[str]] = {}
    keys: dict[type, tuple[Key, ...]] = {}
    for place, kind in waiting:  # grows in the loop
        places.setdefault(kind.cls, []).append(place)
        fields = [field for field in kind.fields if (kind.cls, field.name) not in NO_KEYS]
        keys[kind.cls] = tuple(map(_key, fields))
        for field in fields:
            prefix = f"{place}.{field.encode_name}" if place else field.encode_name
            waiting += [(prefix + inside, one) for inside, one in _mappings_in(field.type)]
    first, *others = keys
    inside = [Mapping(tuple(places[kind]), _first_sentence(kind), keys[kind]) for kind in others]
    return [Mapping((), file.what, keys[first]), *inside]


def _first_sentence(kind: type) -> str:
    words = " ".join((getdoc(kind) or "").replace("``", "`").split())
    return words.partition(". ")[0].rstrip(".") + "."


def _key(field: Field) -> Key:
    default = "required"
    if field.default is not NODEFAULT:
        default = _value(field.default)
    elif field.default_factory is not NODEFAULT:
        default = "–"  # an empty list or mapping
    meaning = (field.type.extra_json_schema or {}).get("description", "") if isinstance(field.type, Metadata) else ""
    return Key(field.encode_name, _words(field.type), default, meaning)


def _value(value: object) -> str:
    """A default as YAML has it; a dash for nothing."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple) and value:
        return f"`[{', '.join(map(str, value))}]`"
    return "–" if value in ("", None, ()) or isinstance(value, Struct) else f"`{value}`"


WORDS = {
    StrType: "text",
    BoolType: "true or false",
    IntType: "whole number",
    FloatType: "number",
    DateType: "date",
    StructType: "mapping",
}


def _words(kind: Type) -> str:
    """What a type allows, in words."""
    if isinstance(kind, Metadata):
        return _words(kind.type)
    if isinstance(kind, UnionType):
        return " or ".join(dict.fromkeys(_words(one) for one in kind.types if not isinstance(one, NoneType)))
    if isinstance(kind, LiteralType):
        return " or ".join(f"`{value}`" for value in kind.values if value != "")
    if isinstance(kind, VarTupleType | ListType):
        return f"list: {_words(kind.item_type)}"
    if isinstance(kind, DictType):
        return f"mapping: {_words(kind.key_type)} to {_words(kind.value_type)}"
    return next((word for type_, word in WORDS.items() if isinstance(kind, type_)), "any value")


def _mappings_in(kind: Type, place: str = "") -> Iterator[tuple[str, StructType]]:
    """The mappings inside a type, each with its place."""
    if isinstance(kind, Metadata):
        yield from _mappings_in(kind.type, place)
    elif isinstance(kind, UnionType):
        for one in kind.types:
            yield from _mappings_in(one, place)
    elif isinstance(kind, VarTupleType | ListType):
        yield from _mappings_in(kind.item_type, f"{place}[]")
    elif isinstance(kind, DictType):
        yield from _mappings_in(kind.value_type, f"{place}.*")
    elif isinstance(kind, StructType):
        yield place, kind


def explained(name: str) -> Iterator[str]:
    """The keys of a file, by its path or its name, or of all files ("") as lines of text; StandpointError for another name."""
    chosen = [file for file in FILES if name in ("", file.path, file.path.rpartition("/")[2])]
    if not chosen:
        raise StandpointError(
            f"{name!r} is no file of a project with keys", f"there are {', '.join(file.path for file in FILES)}"
        )
    for file in chosen:
        for mapping in mappings_of(file):
            yield f"{', '.join(mapping.places) or file.path}: {mapping.what}".replace("`", "")
            for key in mapping.keys:
                note = key.default if key.default in ("required", "–") else f"default {key.default}"
                yield f"  {key.name} ({key.type}{'' if note == '–' else '; ' + note}): {key.meaning}".replace("`", "")
        yield ""


HEAD = """<!-- Generated by `standpoint keys --reference docs/yaml-files.md`; do not edit. -->

# The files that people write

A project is a folder with these files. `standpoint init` writes all that are needed, with comments. A key that is not listed
here is refused, with its place. `standpoint keys FILE` prints the keys of a file, anywhere. A dash in *default* says that the key
may be left out, and that nothing stands for it."""


def keys_page() -> str:
    """The Markdown page of all files."""
    lines = [HEAD]
    for file in FILES:
        if file.kind in {earlier.kind for earlier in FILES[: FILES.index(file)]}:
            first = next(earlier.path for earlier in FILES if earlier.kind is file.kind)
            lines += ["", f"## `{file.path}`", "", f"{file.what} It has the keys of `{first}`."]
            continue
        for mapping in mappings_of(file):
            heading = "### " + ", ".join(f"`{place}`" for place in mapping.places) if mapping.places else f"## `{file.path}`"
            keys = [(f"`{key.name}`", *key[1:]) for key in mapping.keys]
            lines += ["", heading, "", mapping.what, "", table(keys, "key", "value", "default", "meaning")]
    lines += ["", "## Other files", "", table([(f"`{path}`", what) for path, what in TEXTS], "file", "content")]
    rows = [(f"`{path}`", ", ".join(f"`{column}`" for column in columns), what) for path, columns, what in TABLES]
    lines += [
        "",
        "## Tables",
        "",
        "Commands write these tables, with tabs between the columns. Commit them, and do not edit them.",
    ]
    return "\n".join([*lines, "", table(rows, "table", "columns", "content"), ""])


def write_keys_page(path: Path, only_check: bool) -> bool:
    """Write the page of all keys, whole or not at all, or only check it; return whether it is up to date."""
    page = keys_page().encode()
    if only_check:
        return path.is_file() and path.read_bytes() == page
    write_whole(path, page)
    return True
