"""Articles as Label Studio tasks, annotation sets as Label Studio results; what is not safe to send is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

from standpoint.codebook import kinds
from standpoint.codebook.kinds._items import FINDINGS, MASK, NO_KEY, TO_FIX, Item, Reading, Writing, list_key, spare_slots
from standpoint.codebook.registry import Actor, Mention, Registry, inside_urls
from standpoint.codebook.types import ACTORS, Codebook, Layer
from standpoint.core.model import AnnotationSet, Article, Issue, Relation, Span
from standpoint.core.offsets import POSSESSIVE
from standpoint.pages.label_config import links_to_guide
from standpoint.pages.types import Data, sha256, task_key
from standpoint.suggestions import suggestion_result

ITEM_TYPES = {"span": "labels", "choice": "choices", "text": "textarea"}


def read_result(where: str, items: Sequence[Item], data: Data, pass_name: str, codebook: Codebook) -> Reading:
    """The annotations of one result."""
    reading = reading_of(where, data)
    read_items(reading, items, pass_name, codebook)
    return reading


def reading_of(where: str, data: Data) -> Reading:
    """A reading of a task in which nothing is read yet."""
    actors = [actor.alias or actor.value for actor in data.actors]
    return Reading(where=where, text=data.text, actors=actors, possessive_names=data.possessive_names)


def read_items(reading: Reading, items: Sequence[Item], pass_name: str, codebook: Codebook) -> None:
    """Read the items of one result: regions first, then answers on them, then relations between them."""
    found: dict[str, list] = {"span": [], "choice": [], "text": [], "relation": [], "": []}
    for item in items:
        layer, index = layer_of(item, pass_name, codebook)
        found[layer.kind if layer else ""].append((item, layer, index))
    for item, layer, index in chain.from_iterable(found.values()):
        _read(item, layer, index, reading)


def _read(item: Item, layer: Layer | None, index: int | None, reading: Reading) -> None:
    if layer is None:
        reading.refuse(item, "ITEM-UNKNOWN", f"{item.type} of control {item.from_name!r} belongs to no layer of this pass")
    elif item.type != ITEM_TYPES.get(layer.kind, item.type) or (item.value is None and layer.kind != "relation"):
        reading.refuse(item, "ITEM-TYPE", f"{item.type} in layer {layer.name}, should be {ITEM_TYPES[layer.kind]} with a value")
    else:
        kinds.get(layer.kind).read(layer, item, index, reading)


def layer_of(item: Item, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    """The layer that an item belongs to, and the number in its control's name where it has one."""
    if item.type == "relation":
        return _relation_layer(item.labels or (), pass_name, codebook), None
    return _control(item.from_name or "", pass_name, codebook)


@lru_cache(maxsize=4096)
def _control(name: str, pass_name: str, codebook: Codebook) -> tuple[Layer | None, int | None]:
    layers = {layer.name: layer for layer in codebook.layers_of(pass_name) if layer.kind != "relation"}
    if name in layers:
        return layers[name], None
    base, _, number = name.rpartition("_")
    known = base in layers and layers[base].for_each and number.isdecimal()
    return (layers[base], int(number)) if known else (None, None)


def _relation_layer(labels: Sequence[str], pass_name: str, codebook: Codebook) -> Layer | None:
    layers = [layer for layer in codebook.layers_of(pass_name) if layer.kind == "relation"]
    return next((layer for layer in layers if set(labels) & set(layer.label_names)), layers[0] if len(layers) == 1 else None)


NOT_BREAK = re.compile(r"[^\n]")


def shown_text(article: Article, masked: bool, codebook: Codebook, registry: Registry) -> str:
    """The text of the page: of the same length as the article's, so that offsets are the same."""
    text = article.text or ""
    if not masked:
        return text
    zones = [(zone.start, zone.end) for zone in article.zones if zone.name in codebook.zones.masked]
    return _covered(text, [*zones, *self_references(text, article, registry)])


def shown_title(article: Article, masked: bool, registry: Registry) -> str:
    """The title of the page."""
    return _covered(article.title, list(self_references(article.title, article, registry))) if masked else article.title


def self_references(text: str, article: Article, registry: Registry) -> Iterator[tuple[int, int]]:
    """Where a text tells who published it: the outlet's names, also in capitals, and addresses."""
    yield from inside_urls(text)
    names = _outlets(article).union(*(_names(actor) for actor in publishers(article, registry)))
    words = "|".join(re.escape(form) for name in sorted(names, key=len, reverse=True) for form in (name, name.upper()))
    for match in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text) if words else ():
        yield match.span()


def publishers(article: Article, registry: Registry) -> list[Actor]:
    """The actors of the registry that published the article, now or first."""
    return [actor for actor in registry.actors if _names(actor) & _outlets(article)]


def _outlets(article: Article) -> set[str]:
    return {name for name in (article.publisher, article.original_publisher) if name}


def _names(actor: Actor) -> set[str]:
    """What an actor is called; "the station" may be anybody's."""
    return {actor.name, *(alias.text for alias in actor.aliases if alias.kind != "descriptor")}


def _covered(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + NOT_BREAK.sub(MASK, text[start:end]) + text[end:]
    return text


LINE = ".sp-text .lsf-richtext__line:nth-of-type({})"
GREY = "color:#8b8b8b;background:#f0f0f0"
OVER = "position:absolute;pointer-events:none;white-space:pre-wrap;margin:0"
HIDDEN = "░ hides what tells who published this; the text names its own outlet or its address in {} place(s)"


def note_of(article: Article, masked: bool, codebook: Codebook, registry: Registry, shown: str) -> str:
    """The note as HTML: the colours, which are not seen, and a word on what is hidden; "" where there is nothing to say."""
    rules = "".join(_rules(shown, grey_parts(article, codebook)))
    told = sum(1 for _ in self_references(article.text or "", article, registry)) if masked else 0
    return (f"<style>{rules}</style>" if rules else "") + (HIDDEN.format(told) if told else "")


def grey_parts(article: Article, codebook: Codebook) -> list[tuple[int, int]]:
    """The stretches that are not annotated: zones that are not asked about, and all after the annotation window."""
    parts = [(zone.start, zone.end) for zone in article.zones if zone.name not in codebook.zones.annotatable]
    end = len(article.text or "")
    return sorted([*parts, (article.annotated_until, end)] if article.annotated_until < end else parts)


def _rules(text: str, parts: list[tuple[int, int]]) -> Iterator[str]:
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        grey = max((min(end, start + len(line)) - start for first, end in parts if first <= start < end), default=0)
        if grey >= len(line) > 0:
            yield f"{LINE.format(number)}{{{GREY}}}"
        elif grey:
            yield f"{LINE.format(number)}::before{{{_drawn(line[:grey])};{GREY};{OVER}}}"
        start += len(line) + 1


def _drawn(words: str) -> str:
    """A piece of text as a CSS string: every character by its number, so that nothing in it can end the string or the element."""
    return 'content:"' + "".join(f"\\{ord(char):06x}" for char in words) + '"'


PALETTE = (
    *("#93c5fd", "#fca5a5", "#86efac", "#fcd34d", "#c4b5fd", "#67e8f9"),
    *("#f9a8d4", "#bef264", "#fdba74", "#a5b4fc", "#5eead4", "#d8b4fe"),
)
KEYS = "1234567890-="
MOST_TARGETS = 8  # stance is asked for at most so many actors (codebook, stance)


def make_task(article: Article, pass_name: str, codebook: Codebook, registry: Registry, with_suggestions: bool = True) -> dict:
    """The task that asks one pass of one article: ``{"data": …, "predictions": [one suggestion, or none]}``."""
    masked = codebook.pass_by_name[pass_name].mask
    data = {"article_id": task_key(article.id, masked), "text_sha256": article.sha256}
    data |= {"pass": pass_name, "codebook_version": codebook.version}
    shown = shown_text(article, masked, codebook, registry)
    data |= {"title": shown_title(article, masked, registry), "text": shown, "shown_sha256": sha256(shown)}
    data |= {"note": note_of(article, masked, codebook, registry, shown), FINDINGS: "", TO_FIX: ""}
    data |= {} if masked else {"publisher": article.publisher, "published": article.published or ""}
    data |= {"guide": links_to_guide(codebook, pass_name)} if codebook.guide else {}
    data |= {"sentences": [list(pair) for pair in article.sentences]} | _possessives(article, codebook, registry)
    data |= actor_lists(actors_of(article, pass_name, codebook, registry), pass_name, codebook, registry)
    suggestions = suggestion_result(article, pass_name, codebook, registry) if with_suggestions else []
    return {"data": data, "predictions": [{"model_version": "registry and rules", "result": suggestions}] if suggestions else []}


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
    suggestions = [item for prediction in task.get("predictions", ()) for item in prediction["result"]]
    for items in (suggestions, result):
        reading = read_result(where, msgspec.convert(items, list[Item]), msgspec.convert(data, Data), data["pass"], codebook)
        yield from reading.issues
