"""Rows of the dataset in other shapes: with named labels, as sentences, as events with arguments, as stance pairs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from standpoint.codebook.types import Zones
from standpoint.core.model import StandpointError
from standpoint.core.offsets import nearest_mention, places_in

Row = Mapping[str, Any]
ANNOTATABLE = Zones().annotatable  # the default of a codebook


def named(row: Row, features: Mapping[str, Any]) -> dict[str, Any]:
    """The row with labels as names instead of numbers. ``features``: of the dataset. Labels that are names stay."""
    return {name: _named(value, features.get(name)) for name, value in row.items()}


def _named(value: Any, feature: Any) -> Any:
    if value is None or feature is None:
        return value
    if hasattr(feature, "int2str"):
        return feature.int2str(value) if isinstance(value, int) else value
    if isinstance(feature, Mapping) and isinstance(value, Mapping):
        return {name: _named(inner, feature.get(name)) for name, inner in value.items()}
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    return [_named(item, inner) for item in value] if isinstance(value, list | tuple) and inner is not None else value


def resplit(data: Any, splits: Iterable[Row], scheme: str) -> Any:
    """A config with other splits than those of its files: those of one scheme in the config ``splits``.

    ``data``: what ``load_dataset(RELEASE, CONFIG)`` gives, also with ``streaming=True``. ``splits``: what
    ``load_dataset(RELEASE, "splits", split="full")`` gives. Rows about an article that has no split in the scheme are left out.
    StandpointError if no row is about an article that has one, or if one of the two is something else.
    """
    if not isinstance(data, dict):
        raise StandpointError("the data have no splits", "give all splits of a config: load_dataset(RELEASE, CONFIG)")
    from datasets import concatenate_datasets  # takes long to load

    rows = [row for part in splits.values() for row in part] if isinstance(splits, Mapping) else list(splits)
    if not all(isinstance(row, Mapping) and "scheme" in row for row in rows):
        raise StandpointError("the rows say no scheme of splits", 'give load_dataset(RELEASE, "splits", split="full")')
    places = {row["article_id"]: row["split"] for row in rows if row["scheme"] == scheme}
    if not places:
        known = ", ".join(dict.fromkeys(row["scheme"] for row in rows)) or "none"
        raise StandpointError(f"no scheme of splits is called {scheme!r}", f"the dataset has {known}: name one")
    whole = concatenate_datasets(list(data.values()))
    column = "article_id" if "article_id" in (whole.column_names or ()) else "id"
    found: dict[str, list[int]] = {}
    for number, row in enumerate(whole.select_columns(column)):
        if place := places.get(row[column]):
            found.setdefault(place, []).append(number)
    if not found:
        raise StandpointError("no row is about an article", "name a config that has articles: documents, or the table of a layer")
    names = [name for name in ("train", "validation", "test") if name in found]
    if hasattr(whole, "select"):
        return type(data)({name: whole.select(found[name]) for name in names})
    return type(data)({name: whole.filter(partial(_is_in, name, places, column)) for name in names})


def _is_in(split: str, places: Mapping[str, str], column: str, row: Row) -> bool:
    return places.get(row[column]) == split


def text_of(row: Row) -> str:
    """The text of the row; StandpointError if it is withheld."""
    if row["text"] is None:
        hint = "`standpoint hydrate RELEASE --from …` restores it from your own copies"
        raise StandpointError(f"{row['id']}: its text is withheld", hint)
    return row["text"]


def annotated(row: Row, zones: Collection[str] = ANNOTATABLE) -> list[tuple[int, int]]:
    """Start and end of each part of the text that annotators could mark."""
    until = row["annotated_until"]
    return [(zone["start"], min(zone["end"], until)) for zone in row["zones"] if zone["name"] in zones and zone["start"] < until]


def undecided(row: Row, layer: str) -> list[tuple[int, int]]:
    """Start and end of each span of a layer that is in an open conflict: somebody marked it, and nobody decided."""
    conflicts = row.get("open_conflicts") or ()  # releases up to 0.3.0 do not have them
    return [place for one in conflicts if one["layer"] == layer for place in places_in(one["place"])]


def sentence_windows(
    row: Row, layers: Sequence[str], size: int = 1, step: int | None = None, zones: Collection[str] = ANNOTATABLE
) -> Iterator[dict[str, Any]]:
    """Windows of ``size`` sentences in ``zones``: text, start, end, and the spans inside, with offsets from the window's start.

    Each window starts ``step`` sentences after the last one (default: ``size``). The last window of a run may be shorter.
    ``undecided`` has the spans in open conflicts, layer by layer: a window without a span there is no negative example.
    """
    text, stretches, open_places = text_of(row), annotated(row, zones), {layer: undecided(row, layer) for layer in layers}
    if size < 1 or (step is not None and step < 1):
        raise StandpointError(
            f"windows of {size} sentences, every {step}: both must be 1 or more", "give size and step as 1 or more"
        )
    runs = groupby(row["sentences"], lambda sentence: any(start <= sentence["start"] < end for start, end in stretches))
    for run in (list(sentences) for could_be_marked, sentences in runs if could_be_marked):
        for first in range(0, len(run), step or size):
            inside = run[first : first + size]
            start, end = inside[0]["start"], inside[-1]["end"]
            window = {"article_id": row["id"], "text": text[start:end], "start": start, "end": end}
            for layer in layers:
                spans = [dict(span) for span in row[layer] if start <= span["start"] and span["end"] <= end]
                window[layer] = [span | {"start": span["start"] - start, "end": span["end"] - start} for span in spans]
            window["undecided"] = {
                layer: [
                    (max(left, start) - start, min(right, end) - start) for left, right in places if left < end and start < right
                ]
                for layer, places in open_places.items()
            }
            yield window
            if first + size >= len(run):
                break


def _items(row: Row, layer: str) -> list[Row]:
    """The spans of a layer, or its answers about actors; StandpointError if the dataset has no such layer."""
    if isinstance(items := row.get(layer), list):
        return items
    lists = [name for name, value in row.items() if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    known = ", ".join(name for name in lists if "label" in row[name][0])
    raise StandpointError(f"{row['id']}: no layer with items is called {layer!r}", f"this row has {known or 'none'}: name one")


def event_arguments(
    row: Row, events: str = "events", mentions: str = "actors", roles: Collection[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Each event with its arguments as spans, as in ACE: trigger, type, other answers, and arguments with their role.

    ``roles``: the answers that name actors; by default all answers that may have several values. Such an argument has no
    annotated span. Its span is **derived** (``derived`` is True): the mention of the actor nearest to the trigger in the same
    sentence, otherwise the first mention in the text, otherwise None. The text may be withheld; then quotes are empty.
    """
    for event in _items(row, events):
        trigger = {name: event[name] for name in ("start", "end", "quote")}
        about = {"article_id": row["id"], "id": event["id"], "type": event["label"], "trigger": trigger}
        arguments: list[dict[str, Any]] = []
        for name, value in event.items():
            # Links to spans, or actors. Distributions and shares are lists too.
            is_list = isinstance(value, list) and not name.endswith(("_distribution", "_soft"))
            if is_list and value and isinstance(value[0], Mapping):
                for link in value:
                    place = {"start": link["start"], "end": link["end"], "derived": False}
                    arguments.append({"role": link["label"], "actor": None} | place)
            elif is_list and (roles is None or name in roles):
                for actor in value:
                    start, end = _nearest(actor, event, row, mentions)
                    arguments.append({"role": name, "actor": actor, "start": start, "end": end, "derived": True})
            elif name not in {*trigger, "id", "label"}:
                about[name] = value
        yield about | {"arguments": arguments}


def _nearest(actor: str, event: Row, row: Row, mentions: str) -> tuple[int | None, int | None]:
    places = [(span["start"], span["end"]) for span in row.get(mentions, ()) if span["label"] == actor]
    sentences = [(sentence["start"], sentence["end"]) for sentence in row["sentences"]]
    return nearest_mention(event["start"], places, sentences) or (None, None)


def stance_pairs(
    row: Row, scale: str = "stance", evidence: str = "evidence", mentions: str = "actors"
) -> Iterator[dict[str, Any]]:
    """One pair of article and actor per answer on a scale: its label and value, the shares of the labels, and sentences.

    ``soft``: {label: share of the annotators}. ``names``: the names of the actor in the text, sorted. ``sentences``: those
    that mention the actor. ``evidence``: those in which annotators marked wording about the actor. Evidence is a label too:
    a model that predicts the other labels must not see it.
    """
    text = text_of(row)
    for item in _items(row, scale):
        labels = [answer["label"] for answer in item["distribution"]]
        named_here = [span for span in row.get(mentions, ()) if span["label"] == item["actor"]]
        marks = [span for span in row.get(evidence, ()) if span["label"] == item["actor"]]
        yield {
            "article_id": row["id"],
            "text": text,
            "actor": item["actor"],
            "label": item["label"],
            "value": item.get("value"),
            "soft": {label: labels.count(label) / len(labels) for label in dict.fromkeys(labels)},
            "names": sorted({" ".join(text[span["start"] : span["end"]].split()) for span in named_here}),
            "sentences": _sentences_with(named_here, row, text),
            "evidence": _sentences_with(marks, row, text),
        }


def _sentences_with(marks: Sequence[Row], row: Row, text: str) -> list[str]:
    """The sentences that overlap one of the spans."""
    return [
        text[sentence["start"] : sentence["end"]]
        for sentence in row["sentences"]
        if any(mark["start"] < sentence["end"] and sentence["start"] < mark["end"] for mark in marks)
    ]
