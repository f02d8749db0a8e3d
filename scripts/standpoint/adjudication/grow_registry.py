"""The registry grows: by an actor that was proposed, by a name of an actor, by the merging of two actors.

Only guidelines/actors.yaml is written. Sets and decisions keep what was submitted, and are read under the present ids; the
adjudicated sets are computed again.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from standpoint.adjudication.adjudicate import adjudicate_project
from standpoint.adjudication.proposals import Proposal, propose
from standpoint.codebook.load import open_codebook
from standpoint.codebook.name_forms import is_description, key_of
from standpoint.codebook.registry import Registry, load_registry
from standpoint.core.files import read_text, write_whole
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import Project
from standpoint.core.yaml_files import append_entry, yaml_text

NO_WIDTH = 4096  # no line of the file is broken that was not
Names = dict[str, list[str]]  # each name, and the articles in which annotators gave it


def add_actor(
    project: Project,
    names: Sequence[str],
    reporter: Reporter,
    actor_class: str = "",
    alone: bool = False,
    articles: Collection[str] = (),
    loaded: Collection[str] = (),
) -> tuple[str, Counter]:
    """Add an actor under its first name, with the others as aliases, and adjudicate; its id, and what was counted.

    The other names of its proposal become aliases too, unless it is added ``alone``. ``articles``: those in which a description
    is this actor, all if there are none. ``loaded``: those of the names that take sides; they are aliases.
    """
    codebook, registry = open_codebook(project)
    if actor_class and actor_class not in [each.name for each in codebook.actor_classes]:
        known = ", ".join(each.name for each in codebook.actor_classes)
        raise StandpointError(f"the codebook has no class {actor_class!r}", f"it has {known}")
    given = _given(propose(project), names, alone, articles)
    _refuse_known(given, registry)
    _refuse_loaded(loaded, [name for name in given if name != names[0]])
    number = max((int(actor.id.rpartition("-")[2]) for actor in registry.actors), default=0) + 1
    identity = f"act-{number:06}"

    def grow(data: dict[str, Any]) -> None:
        entry: dict[str, Any] = {"id": identity, "name": names[0]}
        if actor_class:
            entry["class"] = [{"value": actor_class}]
        entry |= _scope_of(names[0], given[names[0]], registry)
        entry["aliases"] = [_alias(name, given[name], registry, loaded) for name in given if name != names[0]]
        append_entry(data, "actors", {key: value for key, value in entry.items() if value != []})

    _rewrite(project, grow)
    return identity, adjudicate_project(project, reporter)


def merge_names(
    project: Project,
    actor: str,
    names: Sequence[str],
    reporter: Reporter,
    articles: Collection[str] = (),
    loaded: Collection[str] = (),
) -> Counter:
    """Add names that annotators gave to new actors to an actor of the registry, and adjudicate; the others are as above."""
    _, registry = open_codebook(project)
    _refuse_unknown(actor, registry)
    for name in names:
        if name in registry.by_id:
            raise StandpointError(f"{name} is an actor of the registry", f"standpoint actors redirect {name} {actor}")
    given = _given(propose(project), names, True, articles)
    _refuse_known(given, registry)
    _refuse_loaded(loaded, [*given])

    def grow(data: dict[str, Any]) -> None:
        entry = next(entry for entry in data["actors"] if entry["id"] == actor)
        entry.setdefault("aliases", []).extend(_alias(name, given[name], registry, loaded) for name in given)

    _rewrite(project, grow)
    return adjudicate_project(project, reporter)


def redirect_actor(project: Project, former: str, present: str, reporter: Reporter) -> Counter:
    """Merge an actor of the registry into another, and adjudicate. Its id stays in the registry, and is never used again."""
    _, registry = open_codebook(project)
    for actor in (former, present):
        _refuse_unknown(actor, registry)
    if registry.present(present) == registry.present(former):
        raise StandpointError(f"{former} and {present} are one actor already", f"both are {registry.present(present)}")

    def grow(data: dict[str, Any]) -> None:
        next(entry for entry in data["actors"] if entry["id"] == former)["redirect_to"] = present

    _rewrite(project, grow)
    return adjudicate_project(project, reporter)


def _given(proposals: Iterable[Proposal], names: Sequence[str], alone: bool, articles: Collection[str]) -> Names:
    """The names to add, each as it was given, with its articles; a name that nobody gave is in no article."""
    keys = {key_of(name) for name in names}
    found: Names = {name: [] for name in names}
    for proposal in proposals:
        chosen = [
            name
            for name in proposal.names
            if keys & {key_of(typed) for typed in name.typed or [name.name]}
            and (not articles or not name.is_description or set(articles) & set(name.articles))
        ]
        if chosen and not alone and proposal.known:
            reasons = "; ".join(link.why for link in proposal.links)
            message = f"{proposal.name!r} is proposed as {proposal.known}: {reasons}"
            raise StandpointError(message, f"standpoint actors merge {proposal.known} {proposal.name!r}; or add it with --alone")
        # Without a link, the names of a proposal are one description of several articles.
        for name in proposal.names if chosen and proposal.links and not alone else chosen:
            for typed in name.typed or [name.name]:
                same = next((known for known in found if key_of(known) == key_of(typed)), typed)
                found.setdefault(same, []).extend(name.articles)
    return found


def _alias(name: str, articles: Sequence[str], registry: Registry, loaded: Collection[str]) -> dict[str, Any]:
    kind = {"kind": "descriptor"} if is_description(name) else {}
    return {"text": name} | kind | ({"loaded": True} if name in loaded else {}) | _scope_of(name, articles, registry)


def _scope_of(name: str, articles: Sequence[str], registry: Registry) -> dict[str, Any]:
    """A description, or a name that another actor has elsewhere, names an actor only where annotators used it so."""
    has_scope = articles and (is_description(name) or _owner_of(name, registry))
    return {"scope": {"articles": sorted(set(articles))}} if has_scope else {}


def _owner_of(name: str, registry: Registry) -> str:
    return next((actor.id for actor in registry.actors for text, _ in actor.names() if key_of(text) == key_of(name)), "")


def _refuse_known(given: Names, registry: Registry) -> None:
    """Refuse what is no name, and a name of the registry. Where annotators gave such a name, it is none of the registry's."""
    for name, articles in given.items():
        if not articles and (owner := _owner_of(name, registry)):
            raise StandpointError(f"{name!r} is a name of {owner} already", "sets that have this name are read as that actor")
        if not any(char.isalnum() for char in name):
            raise StandpointError(f"{name!r} is no name", "a name has a letter or a digit")


def _refuse_loaded(loaded: Collection[str], aliases: Sequence[str]) -> None:
    """Refuse a loaded name that does not become an alias: the name of an actor itself takes no side."""
    if wrong := sorted(set(loaded) - set(aliases)):
        hint = f"these are: {', '.join(aliases)}" if aliases else "the first name is the actor's own, and takes no side"
        raise StandpointError(f"--loaded {wrong[0]!r} is none of the aliases that are added", hint)


def _refuse_unknown(actor: str, registry: Registry) -> None:
    if actor not in registry.by_id:
        raise StandpointError(f"{actor!r} is not an actor of the registry", "ids are in guidelines/actors.yaml: act-000001")


def _rewrite(project: Project, grow: Callable[[dict[str, Any]], None]) -> None:
    """Change the registry's file, with its comments, under a new version; nothing is written unless the result is valid."""
    text = read_text(project.actors) if project.actors.exists() else ""
    data = YAML().load(text) or YAML().map(version="0.0.0")
    dash = re.search(r"^( *)- ", text, re.MULTILINE)
    offset = len(dash[1]) if dash else 2  # the file keeps its own indentation
    grow(data)
    data["version"] = re.sub(r"\d+$", lambda last: str(int(last[0]) + 1), str(data["version"]))
    grown = yaml_text(data, NO_WIDTH, offset)
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / project.actors.name
        beside.write_text(grown, encoding="utf-8", newline="\n")
        load_registry(beside, tuple(each.name for each in open_codebook(project)[0].actor_classes))
    write_whole(project.actors, grown)
