"""For researchers: rows of the dataset in the shape that a model wants. They need no codebook.

    data = load_dataset("dataset/release", split="train")
    rows = [named(row, data.features) for row in data]        # labels as names
    classes = label_names(data.features, "events")            # O, B-…, I-…
    windows = token_labels(rows[0], "events", tokenizer, classes, max_length=128, stride=32)

Layers are named as the columns are. All offsets are Unicode code points into ``row["text"]``, half-open.
``zones`` are those that annotators could mark (``zones.annotatable`` in the release's codebook.yaml): what lies outside,
or behind ``annotated_until``, has no labels, and that nobody marked it teaches nothing.
"""

from standpoint.loading.rows import ANNOTATABLE, annotated, named, text_of
from standpoint.loading.tokens import IGNORED, label_names, merged, spans_of, token_labels
from standpoint.loading.units import event_arguments, sentence_windows, stance_pairs

__all__ = [
    "ANNOTATABLE",
    "IGNORED",
    "annotated",
    "event_arguments",
    "label_names",
    "merged",
    "named",
    "sentence_windows",
    "spans_of",
    "stance_pairs",
    "text_of",
    "token_labels",
]
