"""For researchers: rows of the dataset in the shape that a model wants. Needs no codebook, and nothing else of this package.

    data = load_dataset("dataset/release", split="train")
    rows = [named(row, data.features) for row in data]        # labels as names
    classes = label_names(data.features, "events")            # O, B-…, I-…
    windows = token_labels(rows[0], "events", tokenizer, classes, max_length=128, stride=32)

Layers are named as the columns are. All offsets are Unicode code points into ``row["text"]``, half-open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from standpoint.model import StandpointError

Row = Mapping[str, Any]
IGNORED = -100  # the label of tokens that stand for no text: losses leave it out


def named(row: Row, features: Mapping[str, Any]) -> dict[str, Any]:
    """The row with labels as names instead of numbers; ``features`` are the dataset's. A row of names stays as it is."""
    return {name: _named(value, features.get(name)) for name, value in row.items()}


def _named(value: Any, feature: Any) -> Any:
    if value is None or feature is None:
        return value
    if hasattr(feature, "int2str"):
        return feature.int2str(value) if isinstance(value, int) else value
    if isinstance(feature, Mapping) and isinstance(value, Mapping):
        return {name: _named(inner, feature.get(name)) for name, inner in value.items()}
    inner = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    return [_named(one, inner) for one in value] if isinstance(value, list | tuple) and inner is not None else value


def text_of(row: Row) -> str:
    """The row's text; StandpointError where it is withheld."""
    if row["text"] is None:
        raise StandpointError(
            f"{row['id']}: its text is withheld", "`standpoint hydrate RELEASE --from …` puts it back from your own copies"
        )
    return row["text"]


def label_names(features: Mapping[str, Any], layer: str) -> list[str]:
    """The token labels of a span layer: O, then B- and I- of each label in the codebook's order.

    A layer that is labelled with actors has no fixed labels: B and I alone.
    """
    inner = features[layer]
    item = inner[0] if isinstance(inner, list) else inner.feature
    names = getattr(item["label"], "names", None)
    return ["O", *(f"{sign}-{name}" for name in names for sign in "BI")] if names else ["O", "B", "I"]


def token_labels(
    row: Row, layer: str, tokenizer: Any, classes: Sequence[str], max_length: int | None = None, stride: int = 0
) -> list[dict[str, list]]:
    """The text in windows of tokens, each token with its label's place in ``classes``.

    ``tokenizer``: a fast one, of ``tokenizers`` or of ``transformers``. ``stride``: tokens that neighbouring windows share.
    A window has input_ids, attention_mask, offsets and labels. The first token of a span is B; a window that begins inside
    a span begins with I. Tokens that stand for no text have the label -100.
    """
    text, codes = text_of(row), {name: number for number, name in enumerate(classes)}
    spans = sorted(row[layer], key=lambda span: (span["start"], span["end"]))
    return [
        window | {"labels": [_code(start, end, spans, codes) for start, end in window["offsets"]]}
        for window in _windows(tokenizer, text, max_length, stride)
    ]


def _code(start: int, end: int, spans: Sequence[Row], codes: Mapping[str, int]) -> int:
    if start == end:
        return IGNORED
    for span in spans:
        if span["start"] < end and start < span["end"]:
            sign = "B" if start <= span["start"] else "I"
            code = codes.get(f"{sign}-{span['label']}", codes.get(sign))
            if code is None:
                raise StandpointError(f"no class {sign}-{span['label']}", "make the classes with label_names(features, layer)")
            return code
    return codes["O"]


def _windows(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[dict[str, list]]:
    if hasattr(tokenizer, "encode_batch"):  # of the tokenizers library
        copied = type(tokenizer).from_str(tokenizer.to_str())
        copied.no_padding()
        copied.no_truncation()
        if max_length:
            copied.enable_truncation(max_length, stride=stride)
        first = copied.encode(text)
        for one in (first, *first.overflowing):
            hidden = zip(one.offsets, one.special_tokens_mask, strict=True)
            offsets = [(0, 0) if special else (start, end) for (start, end), special in hidden]
            yield {"input_ids": one.ids, "attention_mask": one.attention_mask, "offsets": offsets}
        return
    asked = {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    if max_length:
        asked |= {"truncation": True, "max_length": max_length, "stride": stride, "return_overflowing_tokens": True}
    found = tokenizer([text], **asked)
    for number, ids in enumerate(found["input_ids"]):
        hidden = zip(found["offset_mapping"][number], found["special_tokens_mask"][number], strict=True)
        offsets = [(0, 0) if special else (start, end) for (start, end), special in hidden]
        yield {"input_ids": list(ids), "attention_mask": list(found["attention_mask"][number]), "offsets": offsets}


def spans_of(window: Mapping[str, Sequence], classes: Sequence[str]) -> list[dict[str, Any]]:
    """The spans that a window's labels mark (predicted ones, say): start, end, label. The inverse of ``token_labels``."""
    found: list[dict[str, Any]] = []
    inside = False
    for (start, end), code in zip(window["offsets"], window["labels"], strict=True):
        if start == end or code == IGNORED:
            continue
        sign, _, label = classes[code].partition("-")
        if sign == "I" and inside and found[-1]["label"] == label:
            found[-1]["end"] = end
        elif sign != "O":
            found.append({"start": start, "end": end, "label": label})
        inside = sign != "O"
    return found


def sentence_windows(row: Row, layers: Sequence[str], size: int = 1, step: int | None = None) -> Iterator[dict[str, Any]]:
    """Windows of ``size`` sentences: text, start, end, and the layers' spans that lie in it whole, offsets from its start."""
    text, sentences = text_of(row), row["sentences"]
    for first in range(0, max(1, len(sentences) - size + 1), step or size):
        inside = sentences[first : first + size]
        if not inside:
            return
        start, end = inside[0]["start"], inside[-1]["end"]
        window = {"article_id": row["id"], "text": text[start:end], "start": start, "end": end}
        for layer in layers:
            whole = (span for span in row[layer] if start <= span["start"] and span["end"] <= end)
            window[layer] = [span | {"start": span["start"] - start, "end": span["end"] - start} for span in map(dict, whole)]
        yield window


def event_arguments(row: Row, events: str = "events", mentions: str = "actors") -> Iterator[dict[str, Any]]:
    """Each event with its arguments as spans, as in ACE: trigger, type, other answers, and arguments with their role.

    Roles that name actors have no span of their own: theirs is **derived**, and says so: the mention of the actor that is
    nearest to the trigger in its sentence, else the first in the text, else none.
    """
    for event in row[events]:
        trigger = {"start": event["start"], "end": event["end"], "quote": event["quote"]}
        roles = {name: value for name, value in event.items() if isinstance(value, list) and not name.endswith("_distribution")}
        answers = {name: value for name, value in event.items() if name not in {*trigger, *roles, "id", "label"}}
        arguments = [one for name, value in roles.items() for one in _arguments(name, value, event, row, mentions)]
        yield {
            "article_id": row["id"],
            "id": event["id"],
            "type": event["label"],
            "trigger": trigger,
            **answers,
            "arguments": arguments,
        }


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

    ``soft``: {label: share of the annotators}. ``sentences``: those that mention the actor or hold evidence about it.
    """
    text = text_of(row)
    for item in row[scale]:
        said = [one["label"] for one in item["distribution"]]
        soft = {label: said.count(label) / len(said) for label in dict.fromkeys(said)}
        marks = [span for layer in (evidence, mentions) for span in row.get(layer, ()) if span["label"] == item["actor"]]
        sentences = [
            text[one["start"] : one["end"]]
            for one in row["sentences"]
            if any(one["start"] <= mark["start"] < one["end"] for mark in marks)
        ]
        about = {
            "article_id": row["id"],
            "text": text,
            "actor": item["actor"],
            "label": item["label"],
            "value": item.get("value"),
        }
        names = sorted(
            {re.sub(r"\s+", " ", text[mark["start"] : mark["end"]]) for mark in row.get(mentions, ()) if mark in marks}
        )
        yield about | {"soft": soft, "names": names, "sentences": sentences}
