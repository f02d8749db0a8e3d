"""The dataset in the shapes that researchers need: tokens, sentences, event arguments, stance pairs, and pandas frames."""

from standpoint.loading.pandas_frames import frames
from standpoint.loading.shapes import (
    annotated,
    event_arguments,
    named,
    resplit,
    sentence_windows,
    stance_pairs,
    text_of,
    undecided,
)
from standpoint.loading.tokens import IGNORED, label_names, merged, spans_of, token_labels

__all__ = [
    "IGNORED",
    "annotated",
    "event_arguments",
    "frames",
    "label_names",
    "merged",
    "named",
    "resplit",
    "sentence_windows",
    "spans_of",
    "stance_pairs",
    "text_of",
    "token_labels",
    "undecided",
]
