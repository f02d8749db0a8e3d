"""Articles as Label Studio tasks, annotation sets as Label Studio results; what is not safe to send is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from standpoint.annotate.collect import read_result
from standpoint.annotate.drafts import draft_result
from standpoint.annotate.guide import links_to_guide
from standpoint.annotate.hidden import publishers, shown_text, shown_title
from standpoint.annotate.note import note_of
from standpoint.annotate.studio import Data, sha256, task_key
from standpoint.codebook import kinds
from standpoint.codebook.actors import Mention, Registry
from standpoint.codebook.kinds._studio import FINDINGS, NO_KEY, TO_MEND, Item, Writing, list_key, spare_slots
from standpoint.codebook.offsets import POSSESSIVE
from standpoint.codebook.types import ACTORS, Codebook
from standpoint.model import AnnotationSet, Article, Issue, Relation, Span

PALETTE = (
    *("#93c5fd", "#fca5a5", "#86efac", "#fcd34d", "#c4b5fd", "#67e8f9"),
    *("#f9a8d4", "#bef264", "#fdba74", "#a5b4fc", "#5eead4", "#d8b4fe"),
)
KEYS = "1234567890-="
MOST_TARGETS = 8  # stance is asked for at most so many actors (codebook, stance)


def make_task(article: Article, pass_name: str, codebook: Codebook, registry: Registry, with_drafts: bool = True) -> dict:
    """The task that asks one pass of one article: ``{"data": …, "predictions": [one draft, or none]}``."""
    masked = codebook.pass_by_name[pass_name].mask
    data = {"article_id": task_key(article.id, masked), "text_sha256": article.sha256}
    data |= {"pass": pass_name, "codebook_version": codebook.version}
    shown = shown_text(article, masked, codebook, registry)
    data |= {"title": shown_title(article, masked, registry), "text": shown, "shown_sha256": sha256(shown)}
    data |= {"note": note_of(article, masked, codebook, registry, shown), FINDINGS: "", TO_MEND: ""}
    data |= {} if masked else {"publisher": article.publisher, "published": article.published or ""}
    data |= {"guide": links_to_guide(codebook, pass_name)} if codebook.guide else {}
    data |= {"sentences": [list(pair) for pair in article.sentences]} | _possessives(article, codebook, registry)
    data |= actor_lists(actors_of(article, pass_name, codebook, registry), pass_name, codebook, registry)
    drafts = draft_result(article, pass_name, codebook, registry) if with_drafts else []
    return {"data": data, "predictions": [{"model_version": "registry and rules", "result": drafts}] if drafts else []}


def _possessives(article: Article, codebook: Codebook, registry: Registry) -> dict[str, list[str]]:
    """The names in the text that end as possessives do: where the page marks whole English words, all other 's is cut off."""
    if not codebook.language.startswith("en"):
        return {}
    text = article.text or ""
    found = {text[mention.start : mention.end] for mention, _ in registry.mentions(text)}
    return {"possessive_names": sorted(filter(POSSESSIVE.search, found))}


def actors_of(article: Article, pass_name: str, codebook: Codebook, registry: Registry) -> list[str]:
    """The actors that a task lists: all that are mentioned, in order of first mention, and the spare slots.

    A pass that asks something of each actor lists those in the headline or with two mentions, most mentioned first; one that
    hides who published the article does not list them.
    """
    mentions = [item for item, is_actor in registry.mentions(article.text or "") if is_actor and _counts(item, article, codebook)]
    counts = Counter(mention.id for mention in mentions)
    layers = codebook.layers_of(pass_name)
    if not any(layer.for_each == ACTORS for layer in layers):
        return list(counts) + list(spare_slots(max((layer.spare for layer in layers), default=0)))
    headline = {
        item.id for item in mentions for zone in article.zones if zone.name == "headline" and zone.start <= item.start < zone.end
    }
    unnamed = {actor.id for actor in publishers(article, registry)} if codebook.pass_by_name[pass_name].mask else set()
    chosen = [actor for actor in counts if actor not in unnamed and (counts[actor] > 1 or actor in headline)]
    return sorted(chosen, key=lambda actor: -counts[actor])[:MOST_TARGETS]


def _counts(mention: Mention, article: Article, codebook: Codebook) -> bool:
    zones = (zone for zone in article.zones if zone.name in codebook.zones.annotatable)
    return mention.end <= article.annotated_until and any(zone.start <= mention.start < zone.end for zone in zones)


def actor_lists(actors: Sequence[str], pass_name: str, codebook: Codebook, registry: Registry) -> dict[str, list[dict]]:
    """The lists that the page takes its labels from: the same actors once for each set of hotkeys."""
    layers = [layer for layer in codebook.layers_of(pass_name) if layer.labels_from == ACTORS or layer.for_each == ACTORS]
    lists = {list_key(layer): layer.hotkeys for layer in layers}
    return {
        key: [_entry(number, actor, prefix, registry) for number, actor in enumerate(actors)] for key, prefix in lists.items()
    }


def _entry(number: int, actor: str, prefix: str, registry: Registry) -> dict:
    known = registry.by_id.get(actor)
    entry = {"value": known.name if known else f"new actor {actor.rpartition(':')[2]}", "alias": actor}
    entry["background"] = PALETTE[number % len(PALETTE)] if known else "#e5e7eb"
    has_key = prefix != "none" and number < len(KEYS)
    entry["hotkey"] = (f"{prefix}+{KEYS[number]}" if prefix else KEYS[number]) if has_key else NO_KEY
    return entry


def make_result(annotation_set: AnnotationSet, data: dict, codebook: Codebook) -> list[dict]:
    """An annotation set as a Label Studio result; reading it back gives the same set."""
    spans = {item.id: (item.start, item.end) for item in annotation_set.annotations if isinstance(item, Span)}
    actors = [entry["alias"] for entry in data.get(ACTORS, ())]
    writing = Writing(text=data["text"], actors=actors, spans=spans)
    items: dict[tuple, dict] = {}
    for annotation in annotation_set.annotations:
        layer = codebook.by_name[annotation.layer]
        if isinstance(annotation, Relation) and annotation.origin == "attached":
            continue  # the rule attaches it again when it is read
        for item in kinds.get(layer.kind).write(layer, annotation, writing):
            key = (item.get("id"), item.get("from_name"), item.get("from_id"), item.get("to_id"))
            items[key] = _merged(items[key], item) if key in items else item
    return list(items.values())


def _merged(one: dict, other: dict) -> dict:
    """Several answers on one region, or several labels on one arrow, are one item."""
    if other["type"] == "relation":
        return one | {"labels": one["labels"] + other["labels"]}
    return one | {"value": one["value"] | {"choices": one["value"]["choices"] + other["value"]["choices"]}}


def unsafe(article_id: str, task: dict, result: list[dict], codebook: Codebook) -> Iterator[Issue]:
    """What would brick a task or a whole project in Label Studio, or would not come back as it went in."""
    data = task["data"]
    where = f"{article_id} {data['pass']}"
    try:
        msgspec.json.encode(data).decode("utf-8")
        "".join(value for value in data.values() if isinstance(value, str)).encode("utf-8")
    except UnicodeEncodeError as error:
        yield Issue(
            where, "TASK-SURROGATE", f"half a surrogate pair at {error.start}: Label Studio could export nothing of the project"
        )
        return
    if "\0" in data["text"]:
        yield Issue(where, "TASK-NUL", "a NUL character in the text: Label Studio's database would refuse it")
    drafts = [item for prediction in task.get("predictions", ()) for item in prediction["result"]]
    for items in (drafts, result):
        reading = read_result(where, msgspec.convert(items, list[Item]), msgspec.convert(data, Data), data["pass"], codebook)
        yield from reading.issues
