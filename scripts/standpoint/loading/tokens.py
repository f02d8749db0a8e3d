"""Token labels: BIO over the tokens of any fast tokenizer, and the way back to spans."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from standpoint.loading.rows import ANNOTATABLE, Row, annotated, text_of
from standpoint.model import StandpointError

IGNORED = -100  # the label of tokens that teach nothing: losses leave it out


def label_names(features: Mapping[str, Any], layer: str) -> list[str]:
    """The token labels of a span layer: O, then B- and I- of each label in the codebook's order.

    A layer that is labelled with actors has no fixed labels: B and I alone.
    """
    inner = features[layer]
    item = inner[0] if isinstance(inner, list) else inner.feature
    names = getattr(item["label"], "names", None)
    return ["O", *(f"{sign}-{name}" for name in names for sign in "BI")] if names else ["O", "B", "I"]


def token_labels(
    row: Row,
    layer: str,
    tokenizer: Any,
    classes: Sequence[str],
    max_length: int | None = None,
    stride: int = 0,
    zones: Collection[str] = ANNOTATABLE,
) -> list[dict[str, list]]:
    """The text in windows of tokens, each token with its label's place in ``classes``.

    ``tokenizer``: a fast one, of ``tokenizers`` or of ``transformers``. ``stride``: tokens that neighbouring windows share.
    A window has input_ids, attention_mask, offsets (without blanks at either end) and labels. The first token of a span is
    B; a window that begins inside a span begins with I; where spans overlap, the first one counts. Tokens that stand for
    no text, and those outside of ``zones``, have the label -100.
    """
    text, codes, stretches = text_of(row), {name: number for number, name in enumerate(classes)}, annotated(row, zones)
    spans = sorted(row[layer], key=lambda span: (span["start"], span["end"]))
    return [
        window | {"labels": list(_codes(window["offsets"], spans, stretches, codes))}
        for window in _windows(tokenizer, text, max_length, stride)
    ]


def _codes(
    offsets: Iterable[tuple[int, int]], spans: Sequence[Row], stretches: Sequence[tuple[int, int]], codes: Mapping[str, int]
) -> Iterator[int]:
    begun = None  # a character may be several tokens: only the first of them begins a span
    for start, end in offsets:
        if start == end or not any(left < end and start < right for left, right in stretches):
            yield IGNORED
            continue
        span = next((span for span in spans if span["start"] < end and start < span["end"]), None)
        sign = "B" if span and span is not begun and start <= span["start"] else "I"
        begun = span
        yield codes["O"] if span is None else _code(sign, span["label"], codes)


def _code(sign: str, label: str, codes: Mapping[str, int]) -> int:
    code = codes.get(f"{sign}-{label}", codes.get(sign))
    if code is None:
        hint = "rows come from named(row, features), classes from label_names(features, layer)"
        raise StandpointError(f"no class {sign}-{label}", hint)
    return code


def _windows(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[dict[str, list]]:
    ours = hasattr(tokenizer, "encode_batch")  # of the tokenizers library
    if not ours and not getattr(tokenizer, "is_fast", False):
        raise StandpointError(f"{type(tokenizer).__name__} gives no offsets", "take a fast tokenizer")
    if max_length is not None:
        special = tokenizer.num_special_tokens_to_add(*([False] if ours else []))
        if not 0 <= stride < max_length - special:
            message = f"windows of {max_length} tokens, {special} of them special, cannot share {stride}"
            raise StandpointError(message, "take a smaller stride or longer windows")
    for ids, mask, offsets, hidden in (_encoded if ours else _called)(tokenizer, text, max_length, stride):
        places = [(0, 0) if special else _trimmed(*place, text) for place, special in zip(offsets, hidden, strict=True)]
        yield {"input_ids": list(ids), "attention_mask": list(mask), "offsets": places}


def _encoded(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[tuple]:
    copied = type(tokenizer).from_str(tokenizer.to_str())
    copied.no_padding()
    copied.no_truncation()
    if max_length is not None:
        copied.enable_truncation(max_length, stride=stride)
    first = copied.encode(text)
    for one in (first, *first.overflowing):
        yield one.ids, one.attention_mask, one.offsets, one.special_tokens_mask


def _called(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[tuple]:
    asked = {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    if max_length is not None:
        asked |= {"truncation": True, "max_length": max_length, "stride": stride, "return_overflowing_tokens": True}
    found = tokenizer([text], **asked)
    names = ("input_ids", "attention_mask", "offset_mapping", "special_tokens_mask")
    return zip(*(found[name] for name in names), strict=True)


def _trimmed(start: int, end: int, text: str) -> tuple[int, int]:
    """Without the blanks that byte-level and SentencePiece tokenizers count to a word; scoring is strict."""
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return start, start + len(text[start:end].rstrip())


def merged(windows: Iterable[Mapping[str, Sequence]]) -> dict[str, list]:
    """Windows that share tokens as one: offsets and labels; of a shared token, from where it has most context."""
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for window in windows:
        last, before = len(window["offsets"]) - 1, None
        for at, (place, code) in enumerate(zip(map(tuple, window["offsets"]), window["labels"], strict=True)):
            context = min(at, last - at)
            if place[0] < place[1] and place != before and context > best.get(place, (-1, 0))[0]:
                best[place] = context, code
            before = place
    return {"offsets": sorted(best), "labels": [best[place][1] for place in sorted(best)]}


def spans_of(window: Mapping[str, Sequence], classes: Sequence[str]) -> list[dict[str, Any]]:
    """The spans that a window's labels mark (predicted ones, say): start, end, label. The inverse of ``token_labels``.

    Of a text in several windows: ``spans_of(merged(windows), classes)``.
    """
    found: list[dict[str, Any]] = []
    inside = False
    for (start, end), code in zip(window["offsets"], window["labels"], strict=True):
        if start == end or code == IGNORED:
            continue
        sign, _, label = classes[code].partition("-")
        if sign == "I" and inside and found[-1]["label"] == label:
            found[-1]["end"] = max(end, found[-1]["end"])
        elif sign != "O":
            found.append({"start": start, "end": end, "label": label})
        inside = sign != "O"
    return found
