"""Articles as Label Studio tasks: the data for a pass's page, its lists of actors, and what cannot be sent.

The publisher is masked in the passes that ask for it. Above the text are notes: a style for its grey parts, and the number of
masked places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from standpoint.codebook.colours import slot_color
from standpoint.codebook.hotkeys import LIST_KEYS, NO_KEYS
from standpoint.codebook.kinds._items import FINDINGS, MASK, NO_KEY, TO_FIX, Item, list_key, spare_slots
from standpoint.codebook.name_forms import key_of
from standpoint.codebook.registry import Actor, Mention, Registry, inside_urls
from standpoint.codebook.types import ACTORS, NEW, Codebook
from standpoint.core.model import AnnotationSet, Article, Choice, Issue, sha256
from standpoint.core.offsets import POSSESSIVE
from standpoint.pages.label_config import links_to_guide
from standpoint.pages.page_notes import actor_rules, lines_of, page_notes, text_rules
from standpoint.pages.suggestions import (
    NOTHING_ANNOTATED,
    Annotated,
    is_annotatable,
    model_result,
    model_spans,
    suggestion_result,
)
from standpoint.pages.suggestions.new_names import guessed
from standpoint.pages.task_json import SUGGESTED_BY, TaskData, read_result, task_key

PALETTE = (
    *("#93c5fd", "#fca5a5", "#86efac", "#fcd34d", "#c4b5fd", "#67e8f9"),
    *("#f9a8d4", "#bef264", "#fdba74", "#a5b4fc", "#5eead4", "#d8b4fe"),
)
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def make_task(
    article: Article,
    pass_name: str,
    codebook: Codebook,
    registry: Registry,
    with_suggestions: bool = True,
    annotated: Annotated = NOTHING_ANNOTATED,
    asked: Mapping[str, str] | None = None,
    model_set: AnnotationSet | None = None,
    with_notes: bool = True,
) -> dict:
    """The task for one pass of one article: ``{"data": …, "predictions": […]}``, with at most one prediction.

    ``asked``: the names of the actors, by id, that a pass with a question about each actor lists. Without them, it lists the
    actors that the registry finds. ``model_set``: a model's set, whose spans are suggested in place of those of the rules.
    ``with_notes``: False for a task that no page shows.
    """
    masked, text = codebook.pass_by_name[pass_name].mask, article.text or ""
    shown = shown_text(article, masked, codebook, registry)
    mentions = registry.mentions(text, article)
    data: dict[str, Any] = {
        "article_id": task_key(article.id, masked),
        "text_sha256": article.sha256,
        "pass": pass_name,
        "codebook_version": codebook.version,
        "title": shown_title(article, masked, registry),
        "text": shown,
        "shown_sha256": sha256(shown),
        "note": "",
        FINDINGS: "",
        TO_FIX: "",
    }
    data |= {} if masked else {"publisher": article.publisher, "published": article.published or ""}
    data |= {"guide": links_to_guide(codebook, pass_name)} if codebook.guide else {}
    data |= {"sentences": [list(pair) for pair in article.sentences]}
    if codebook.language.startswith("en"):
        # The page marks whole words, so a possessive 's is marked with its word. Import cuts it off, except in these names.
        names = {text[mention.start : mention.end] for mention, _ in mentions}
        data |= {"possessive_names": sorted(filter(POSSESSIVE.search, names))}
    actors = [mention for mention, is_actor in mentions if is_actor]
    has_slots = any(layer.spare for layer in codebook.layers_of(pass_name))
    model_set = model_set if with_suggestions else None
    guesses = guessed(article, codebook, registry) if with_suggestions and has_slots and not model_set else []
    slots = {slot: guess.name for slot, guess in zip(spare_slots(len(guesses)), guesses, strict=True)}
    if model_set:
        slots = {item.of: item.label for item in model_set.annotations if isinstance(item, Choice) and item.of.startswith(NEW)}
        data[SUGGESTED_BY] = model_set.annotator
    if asked is None:
        listed = _actors_of(article, actors, pass_name, codebook, registry)
    else:
        listed = [actor for actor, name in asked.items() if not (masked and _is_publisher(actor, name, article, registry))]
    spans = model_spans(model_set, codebook, registry) if model_set else []
    listed += sorted({span.label for span in spans} & registry.by_id.keys() - set(listed))
    data |= actor_lists(listed, pass_name, codebook, registry, asked or slots)
    if model_set:
        suggestions = model_result(model_set, spans, data, codebook)
    else:
        suggestions = suggestion_result(article, pass_name, data, codebook, registry, annotated) if with_suggestions else []
    if with_notes:
        known = {(mention.start, mention.id) for mention in actors}
        known |= {(item["value"]["start"], label) for item in suggestions for label in item["value"].get("labels", ())}
        data["note"] = notes(article, data, sorted(known), masked, codebook, registry)
    version = f"model {model_set.annotator}" if model_set else "registry and rules"
    return {"data": data, "predictions": [{"model_version": version, "result": suggestions}] if suggestions else []}


def _actors_of(article: Article, mentions: list[Mention], pass_name: str, codebook: Codebook, registry: Registry) -> list[str]:
    """The ids of the actors in a task's list: all mentioned actors, in the order of first mention, then the spare slots.

    In a pass with a question about each actor, those with most mentions come first, and there are no slots. With masking, the
    publisher is left out.
    """
    mentions = [mention for mention in mentions if is_annotatable(mention.start, mention.end, article, codebook)]
    counts = Counter(mention.id for mention in mentions)
    if not codebook.asks_about_actors(pass_name):
        return [*counts, *spare_slots(max((layer.spare for layer in codebook.layers_of(pass_name)), default=0))]
    for actor in publishers(article, registry) if codebook.pass_by_name[pass_name].mask else ():
        del counts[actor.id]
    return [actor for actor, _ in counts.most_common()]


def actor_lists(
    actors: Sequence[str], pass_name: str, codebook: Codebook, registry: Registry, names: Mapping[str, str] = NO_NAMES
) -> dict[str, list[dict]]:
    """The page's lists of actors, by key: the same actors for each set of hotkeys.

    ``names``: of new actors, by id; those of slots are guesses. Any other slot is called "new 3".
    """
    lists: dict[str, list[dict]] = {}
    for layer in codebook.layers_of(pass_name):
        if layer.labels_from != ACTORS and layer.for_each != ACTORS:
            continue
        prefix, entries = layer.hotkeys, []
        for number, actor in enumerate(actors):
            key = LIST_KEYS[number : number + 1] if prefix != NO_KEYS else ""
            name, slot = registry.by_id[actor].name if actor in registry.by_id else names.get(actor), actor.rpartition(":")[2]
            entry = {
                "value": name or f"new {slot}",
                "alias": actor,
                "background": slot_color(int(slot)) if slot.isdecimal() else PALETTE[number % len(PALETTE)],
                "hotkey": (f"{prefix}+{key}" if prefix else key) if key else NO_KEY,
            }
            entries.append(entry)
        lists[list_key(layer)] = entries
    return lists


def notes(
    article: Article, data: dict, mentions: Iterable[tuple[int, str]], masked: bool, codebook: Codebook, registry: Registry
) -> str:
    """The notes above a task's text. ``mentions``: where actors of its list are mentioned, as far as is known."""
    lines = lines_of(data["text"], article, codebook)
    rules = [*text_rules(lines)]
    if any(layer.of and layer.labels_from for layer in codebook.layers_of(data["pass"])):
        listed = {entry["alias"]: number for number, entry in enumerate(data[ACTORS])}
        known = [(start, listed[actor]) for start, actor in mentions if actor in listed]
        rules += actor_rules(lines, article, [entry["value"] for entry in data[ACTORS]], known)
    return page_notes(rules, sum(1 for _ in self_references(article.text or "", article, registry)) if masked else None)


def sending_problems(article_id: str, task: dict, result: list[dict], codebook: Codebook) -> Iterator[Issue]:
    """An Issue for everything that would break the task or the project in Label Studio, or that import would refuse."""
    data = task["data"]
    where = f"{article_id} {data['pass']}"
    try:
        msgspec.json.encode(data).decode("utf-8")
        "".join(value for value in data.values() if isinstance(value, str)).encode("utf-8")
    except UnicodeEncodeError as error:
        message = f"half a surrogate pair at {error.start}: Label Studio could export nothing of the project"
        yield Issue(where, "TASK-SURROGATE", message)
        return
    if "\0" in data["text"]:
        yield Issue(where, "TASK-NUL", "a NUL character in the text: Label Studio's database would refuse it")
    suggestions = [item for prediction in task.get("predictions", ()) for item in prediction["result"]]
    for items in (suggestions, result):
        yield from read_result(
            where, msgspec.convert(items, list[Item]), msgspec.convert(data, TaskData), data["pass"], codebook
        ).issues


NOT_LINE_BREAK = re.compile(r"[^\n]")


def shown_text(article: Article, masked: bool, codebook: Codebook, registry: Registry) -> str:
    """The text of the page. It has the length of the article's text, so that offsets are the same."""
    text = article.text or ""
    if not masked:
        return text
    zones = [(zone.start, zone.end) for zone in article.zones if zone.name in codebook.zones.masked]
    return _mask(text, [*zones, *self_references(text, article, registry)])


def shown_title(article: Article, masked: bool, registry: Registry) -> str:
    return _mask(article.title, list(self_references(article.title, article, registry))) if masked else article.title


def self_references(text: str, article: Article, registry: Registry) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of each address, and of each name of the article's publisher, also in capitals.

    Every address is masked, because most addresses in an article are the outlet's.
    """
    yield from inside_urls(text)
    names = _outlet_names(article).union(*(_unambiguous_names(actor) for actor in publishers(article, registry)))
    # Longest first: "Reed Radio" must be tried before "Reed".
    forms = "|".join(re.escape(form) for name in sorted(names, key=len, reverse=True) for form in (name, name.upper()))
    for match in re.finditer(rf"(?<!\w)(?:{forms})(?!\w)", text) if forms else ():
        yield match.span()


def publishers(article: Article, registry: Registry) -> list[Actor]:
    """The actors of the registry that published the article, here or originally."""
    return [actor for actor in registry.actors if _unambiguous_names(actor) & _outlet_names(article)]


def _is_publisher(actor: str, name: str, article: Article, registry: Registry) -> bool:
    """Whether an actor of an article is its outlet: of the registry, or a new actor with the outlet's name."""
    outlets = {key_of(outlet) for outlet in _outlet_names(article)}
    return actor in {publisher.id for publisher in publishers(article, registry)} or key_of(name) in outlets


def _outlet_names(article: Article) -> set[str]:
    return {name for name in (article.publisher, article.original_publisher) if name}


def _unambiguous_names(actor: Actor) -> set[str]:
    """An actor's names without its descriptions: "the station" may be another outlet."""
    return {name for name, is_descriptor in actor.names() if not is_descriptor}


def _mask(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + NOT_LINE_BREAK.sub(MASK, text[start:end]) + text[end:]
    return text
