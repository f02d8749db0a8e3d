"""The spans of a row as labels of the tokens of a tokenizer, and spans from such labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from standpoint.core.model import StandpointError
from standpoint.loading.shapes import ANNOTATABLE, Row, annotated, text_of, undecided

IGNORED = -100  # the label of tokens that a loss ignores


def label_names(features: Mapping[str, Any], layer: str) -> list[str]:
    """The token labels of a span layer: O, then B- and I- of each label in the order of the codebook.

    A layer whose labels are actors has no fixed labels: its token labels are O, B and I.
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
    """The text in windows of tokens, each token with the index of its label in ``classes``.

    ``tokenizer``: a fast tokenizer of ``tokenizers`` or ``transformers``. ``stride``: the number of tokens that neighbouring
    windows share. A window has input_ids, attention_mask, offsets (without blanks at the ends) and labels. The first token
    of a span has B; a window that starts inside a span starts with I; of overlapping spans, the first counts. Special
    tokens, tokens outside ``zones``, and tokens of spans in open conflicts, which nobody decided, have the label -100.
    """
    text, codes, stretches = text_of(row), {name: number for number, name in enumerate(classes)}, annotated(row, zones)
    spans = sorted(row[layer], key=lambda span: (span["start"], span["end"]))
    open_places = undecided(row, layer)
    return [
        window | {"labels": list(_codes(window["offsets"], spans, stretches, open_places, codes))}
        for window in _windows(tokenizer, text, max_length, stride)
    ]


def _codes(
    offsets: Iterable[tuple[int, int]],
    spans: Sequence[Row],
    stretches: Sequence[tuple[int, int]],
    open_places: Sequence[tuple[int, int]],
    codes: Mapping[str, int],
) -> Iterator[int]:
    previous = None  # the span of the last token: of several tokens of one character, only the first starts a span
    for start, end in offsets:
        if start == end or not any(left < end and start < right for left, right in stretches):
            yield IGNORED
            continue
        span = next((span for span in spans if span["start"] < end and start < span["end"]), None)
        if span is None:
            yield IGNORED if any(left < end and start < right for left, right in open_places) else codes["O"]
        else:
            sign, label = "B" if span is not previous and start <= span["start"] else "I", span["label"]
            code = codes.get(f"{sign}-{label}", codes.get(sign))
            if code is None:
                hint = "rows come from named(row, features), classes from label_names(features, layer)"
                raise StandpointError(f"no class {sign}-{label}", hint)
            yield code
        previous = span


def _windows(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[dict[str, list]]:
    is_plain = hasattr(tokenizer, "encode_batch")  # of the tokenizers library, not of transformers
    if not is_plain and not getattr(tokenizer, "is_fast", False):
        raise StandpointError(f"{type(tokenizer).__name__} gives no offsets", "use a fast tokenizer")
    if max_length is not None:
        special = tokenizer.num_special_tokens_to_add(*([False] if is_plain else []))
        if not 0 <= stride < max_length - special:
            message = f"windows of {max_length} tokens, {special} of them special, cannot share {stride}"
            raise StandpointError(message, "use a smaller stride or longer windows")
    for ids, mask, offsets, special in (_encode_plain if is_plain else _encode_transformers)(tokenizer, text, max_length, stride):
        places = []
        for (start, end), is_special in zip(offsets, special, strict=True):
            # Byte-level and SentencePiece tokenizers include the blanks around a word. Scores do not.
            start += len(text[start:end]) - len(text[start:end].lstrip())
            places.append((0, 0) if is_special else (start, start + len(text[start:end].rstrip())))
        yield {"input_ids": list(ids), "attention_mask": list(mask), "offsets": places}


Window = tuple[Sequence[int], Sequence[int], Sequence[tuple[int, int]], Sequence[int]]  # ids, mask, offsets, special tokens


def _encode_plain(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[Window]:
    copied = type(tokenizer).from_str(tokenizer.to_str())
    copied.no_padding()
    copied.no_truncation()
    if max_length is not None:
        copied.enable_truncation(max_length, stride=stride)
    first = copied.encode(text)
    for window in (first, *first.overflowing):
        yield window.ids, window.attention_mask, window.offsets, window.special_tokens_mask


def _encode_transformers(tokenizer: Any, text: str, max_length: int | None, stride: int) -> Iterator[Window]:
    options: dict[str, Any] = {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    if max_length is not None:
        options |= {"truncation": True, "max_length": max_length, "stride": stride, "return_overflowing_tokens": True}
    encoded = tokenizer([text], **options)
    names = ("input_ids", "attention_mask", "offset_mapping", "special_tokens_mask")
    return zip(*(encoded[name] for name in names), strict=True)


def merged(windows: Iterable[Mapping[str, Sequence]]) -> dict[str, list]:
    """Offsets and labels of all windows. A shared token has the label of the window in which it has most context."""
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
    """The spans that the labels of a window mark: start, end, label. The inverse of ``token_labels``.

    For a text in several windows: ``spans_of(merged(windows), classes)``.
    """
    spans: list[dict[str, Any]] = []
    inside = False
    for (start, end), code in zip(window["offsets"], window["labels"], strict=True):
        if start == end or code == IGNORED:
            continue
        sign, _, label = classes[code].partition("-")
        if sign == "I" and inside and spans[-1]["label"] == label:
            spans[-1]["end"] = max(end, spans[-1]["end"])
        elif sign != "O":
            spans.append({"start": start, "end": end, "label": label})
        inside = sign != "O"
    return spans
