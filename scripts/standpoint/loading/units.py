"""What is looked at one by one: windows of sentences, events with arguments, pairs of article and actor."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from standpoint.loading.rows import ANNOTATABLE, Row, annotated, text_of
from standpoint.model import StandpointError


def sentence_windows(
    row: Row, layers: Sequence[str], size: int = 1, step: int | None = None, zones: Collection[str] = ANNOTATABLE
) -> Iterator[dict[str, Any]]:
    """Windows of ``size`` sentences of ``zones``: text, start, end, and the layers' spans that lie in it whole, offsets from
    its start. The next window begins ``step`` sentences on (default: ``size``); the last of a run may be shorter.
    """
    text = text_of(row)
    if size < 1 or (step is not None and step < 1):
        raise StandpointError(f"windows of {size} sentences, every {step}: both are 1 or more")
    for run in _runs(row, zones):
        for first in range(0, len(run), step or size):
            inside = run[first : first + size]
            yield _window(row, text, inside[0]["start"], inside[-1]["end"], layers)
            if first + size >= len(run):
                break


def _runs(row: Row, zones: Collection[str]) -> list[list[Row]]:
    """The sentences that begin where annotators could mark, those together that nothing stands between."""
    stretches, runs, joined = annotated(row, zones), [], False
    for one in row["sentences"]:
        is_open = any(start <= one["start"] < end for start, end in stretches)
        if is_open and joined:
            runs[-1].append(one)
        elif is_open:
            runs.append([one])
        joined = is_open
    return runs


def _window(row: Row, text: str, start: int, end: int, layers: Sequence[str]) -> dict[str, Any]:
    window = {"article_id": row["id"], "text": text[start:end], "start": start, "end": end}
    for layer in layers:
        whole = (dict(span) for span in row[layer] if start <= span["start"] and span["end"] <= end)
        window[layer] = [span | {"start": span["start"] - start, "end": span["end"] - start} for span in whole]
    return window


def event_arguments(
    row: Row, events: str = "events", mentions: str = "actors", roles: Collection[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Each event with its arguments as spans, as in ACE: trigger, type, other answers, and arguments with their role.

    ``roles``: the answers that name actors; by default all that may have several values. They have no span of their own:
    theirs is **derived**, and says so: the mention of the actor that is nearest to the trigger in its sentence, else the
    first in the text, else None. Linked spans are as annotated. Offsets alone: a withheld text only leaves quotes empty.
    """
    for event in row[events]:
        trigger = {name: event[name] for name in ("start", "end", "quote")}
        rest = {name: value for name, value in event.items() if name not in {*trigger, "id", "label"}}
        filled = {name: value for name, value in rest.items() if _is_role(name, value, roles)}
        about = {"article_id": row["id"], "id": event["id"], "type": event["label"], "trigger": trigger}
        answers = {name: value for name, value in rest.items() if name not in filled}
        arguments = [one for name, value in filled.items() for one in _arguments(name, value, event, row, mentions)]
        yield about | answers | {"arguments": arguments}


def _is_role(name: str, value: Any, roles: Collection[str] | None) -> bool:
    """Whether a field of an event holds its links to other spans, or actors; not what each annotator said, nor shares."""
    if not isinstance(value, list) or name.endswith(("_distribution", "_soft")):
        return False
    linked = bool(value) and isinstance(value[0], Mapping)
    return linked or roles is None or name in roles


def _arguments(name: str, value: list, event: Row, row: Row, mentions: str) -> Iterator[dict[str, Any]]:
    for one in value:
        if isinstance(one, Mapping):
            yield {"role": one["label"], "actor": None, "start": one["start"], "end": one["end"], "derived": False}
        else:
            place = _nearest(one, event, row, mentions)
            yield {"role": name, "actor": one, "start": place and place["start"], "end": place and place["end"], "derived": True}


def _nearest(actor: str, event: Row, row: Row, mentions: str) -> Row | None:
    found = [span for span in row.get(mentions, ()) if span["label"] == actor]
    sentence = next((one for one in row["sentences"] if one["start"] <= event["start"] < one["end"]), None)
    inside = [span for span in found if sentence and sentence["start"] <= span["start"] < sentence["end"]]
    if inside:
        return min(inside, key=lambda span: (abs(span["start"] - event["start"]), span["start"]))
    return min(found, key=lambda span: span["start"], default=None)


def stance_pairs(
    row: Row, scale: str = "stance", evidence: str = "evidence", mentions: str = "actors"
) -> Iterator[dict[str, Any]]:
    """A pair of article and actor for each answer on a scale: its label and value, every annotator's share, and sentences.

    ``soft``: {label: share of the annotators}. ``names``: how the text names the actor, sorted. ``sentences``: those that
    mention it. ``evidence``: those in which annotators marked wording about it: a label too, not to be fed to a model that
    has to guess the others.
    """
    text = text_of(row)
    for item in row[scale]:
        said = [one["label"] for one in item["distribution"]]
        own = [span for span in row.get(mentions, ()) if span["label"] == item["actor"]]
        marks = [span for span in row.get(evidence, ()) if span["label"] == item["actor"]]
        yield {
            "article_id": row["id"],
            "text": text,
            "actor": item["actor"],
            "label": item["label"],
            "value": item.get("value"),
            "soft": {label: said.count(label) / len(said) for label in dict.fromkeys(said)},
            "names": sorted({" ".join(text[span["start"] : span["end"]].split()) for span in own}),
            "sentences": _sentences_with(own, row, text),
            "evidence": _sentences_with(marks, row, text),
        }


def _sentences_with(marks: Sequence[Row], row: Row, text: str) -> list[str]:
    """The sentences that one of the spans lies in or reaches into."""
    return [
        text[one["start"] : one["end"]]
        for one in row["sentences"]
        if any(mark["start"] < one["end"] and one["start"] < mark["end"] for mark in marks)
    ]
