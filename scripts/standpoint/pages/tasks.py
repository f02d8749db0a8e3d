"""Articles as Label Studio tasks: the data for a pass's page, its lists of actors, and what cannot be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from standpoint.codebook.hotkeys import LIST_KEYS, NO_KEYS
from standpoint.codebook.kinds._items import FINDINGS, NO_KEY, TO_FIX, Item, list_key, spare_slots
from standpoint.codebook.registry import Mention, Registry, stance_targets
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.core.model import Article, Issue, sha256
from standpoint.core.offsets import POSSESSIVE
from standpoint.pages.label_config import links_to_guide
from standpoint.pages.masking import page_notes, publishers, shown_text, shown_title
from standpoint.pages.suggestions import is_annotatable, suggestion_result
from standpoint.pages.task_json import TaskData, read_result, task_key

PALETTE = (
    *("#93c5fd", "#fca5a5", "#86efac", "#fcd34d", "#c4b5fd", "#67e8f9"),
    *("#f9a8d4", "#bef264", "#fdba74", "#a5b4fc", "#5eead4", "#d8b4fe"),
)
SPARE_COLOR = "#e5e7eb"


def make_task(article: Article, pass_name: str, codebook: Codebook, registry: Registry, with_suggestions: bool = True) -> dict:
    """The task for one pass of one article: ``{"data": …, "predictions": […]}``, with at most one prediction."""
    masked, text = codebook.pass_by_name[pass_name].mask, article.text or ""
    shown = shown_text(article, masked, codebook, registry)
    mentions = list(registry.mentions(text))
    data: dict[str, Any] = {
        "article_id": task_key(article.id, masked),
        "text_sha256": article.sha256,
        "pass": pass_name,
        "codebook_version": codebook.version,
        "title": shown_title(article, masked, registry),
        "text": shown,
        "shown_sha256": sha256(shown),
        "note": page_notes(article, masked, codebook, registry, shown),
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
    data |= actor_lists(_actors_of(article, actors, pass_name, codebook, registry), pass_name, codebook, registry)
    suggestions = suggestion_result(article, pass_name, codebook, registry) if with_suggestions else []
    return {"data": data, "predictions": [{"model_version": "registry and rules", "result": suggestions}] if suggestions else []}


def _actors_of(article: Article, mentions: list[Mention], pass_name: str, codebook: Codebook, registry: Registry) -> list[str]:
    """The ids of the actors in a task's list: all mentioned actors, in the order of first mention, then the spare slots.

    A pass with a question about each actor lists the ``stance_targets``, with masking without the publisher.
    """
    mentions = [mention for mention in mentions if is_annotatable(mention.start, mention.end, article, codebook)]
    counts = Counter(mention.id for mention in mentions)
    layers = codebook.layers_of(pass_name)
    if not any(layer.for_each == ACTORS for layer in layers):
        return [*counts, *spare_slots(max((layer.spare for layer in layers), default=0))]
    headlines = [zone for zone in article.zones if zone.name == "headline"]
    in_headline = {item.id for item in mentions for zone in headlines if zone.start <= item.start < zone.end}
    for actor in publishers(article, registry) if codebook.pass_by_name[pass_name].mask else ():
        del counts[actor.id]
    return stance_targets(counts, in_headline)


def actor_lists(actors: Sequence[str], pass_name: str, codebook: Codebook, registry: Registry) -> dict[str, list[dict]]:
    """The page's lists of actors, by key: the same actors for each set of hotkeys."""
    lists: dict[str, list[dict]] = {}
    for layer in codebook.layers_of(pass_name):
        if layer.labels_from != ACTORS and layer.for_each != ACTORS:
            continue
        prefix, entries = layer.hotkeys, []
        for number, actor in enumerate(actors):
            known, key = registry.by_id.get(actor), LIST_KEYS[number : number + 1] if prefix != NO_KEYS else ""
            entry = {
                "value": known.name if known else f"new actor {actor.rpartition(':')[2]}",
                "alias": actor,
                "background": PALETTE[number % len(PALETTE)] if known else SPARE_COLOR,
                "hotkey": (f"{prefix}+{key}" if prefix else key) if key else NO_KEY,
            }
            entries.append(entry)
        lists[list_key(layer)] = entries
    return lists


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
