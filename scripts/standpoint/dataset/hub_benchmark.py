"""``eval.yaml``: the questions of a release that a benchmark of the Hugging Face Hub can ask a language model.

The format is the Hub's (https://huggingface.co/docs/hub/eval-results), in the terms of inspect-ai: a question is a text in one
column of a row, and its answer is a label in the same row. So questions are about the label of an article, of a span in its
sentence, and of an answer about such a span. To find spans and arguments is no such question. What is about an actor, such as
stance, is none either, because no table has the text of the article beside the actor. `standpoint score` scores all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import yaml
from datasets import ClassLabel

from standpoint.codebook.types import Layer
from standpoint.dataset.card_tables import CardFacts
from standpoint.dataset.parquet_files import file_name
from standpoint.dataset.schema import DOCUMENTS, Schema

FILE, SPLIT = "eval.yaml", "test"
DESCRIPTION = (
    "Questions about single labels of the test split, each with one right answer. They are only a part of the dataset: "
    "`standpoint score` also scores spans, arguments and answers about actors, and its scores are the official ones."
)


class Question(NamedTuple):
    """The label of a layer that is asked for, in ``target``, of what is in ``input``; ``quote``: the words that it is about."""

    layer: Layer
    config: str
    input: str
    target: str
    quote: str = ""


def benchmark_file(release: CardFacts, folder: Path) -> bytes:
    """The content of eval.yaml for the data in a folder; b"" if no question can be asked."""
    tasks = []
    for question in _questions(release.tally.schema):
        label = release.configs[question.config].get(question.target)
        if isinstance(label, ClassLabel) and _is_open(question, folder / file_name(question.config, SPLIT)):
            tasks.append(_task(question, label.names))
    values = {"name": release.name, "description": DESCRIPTION, "evaluation_framework": "inspect-ai", "tasks": tasks}
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000).encode() if tasks else b""


def _questions(schema: Schema) -> Iterator[Question]:
    yield from (Question(layer, DOCUMENTS, "text", layer.name) for layer in schema.article)
    for span in schema.tables:
        if span.kind == "span":
            yield Question(span, span.name, "sentence", "label", "quote")
            yield from (Question(layer, span.name, "sentence", layer.name, "quote") for layer in schema.fields[span.name][0])


def _is_open(question: Question, path: Path) -> bool:
    """Whether each row has its text and its answer, and the answers differ: others are no questions."""
    answers = set()
    if not path.is_file():
        return False
    for batch in pq.ParquetFile(path).iter_batches(columns=[question.input, question.target]):
        if any(column.null_count for column in batch.columns):  # the text is withheld, or the label was not decided
            return False
        answers |= set(batch[question.target].to_pylist())
    return len(answers) > 1


def _task(question: Question, names: Sequence[str]) -> dict[str, Any]:
    layer = question.layer
    labels = {label.name: label.definition for label in layer.labels}
    about = f'"{{{question.quote}}}" in this sentence' if question.quote else "this text"
    choices = [
        f"{number}) {name}{': ' if labels.get(name) else ''}{' '.join(_escaped(labels.get(name, '')).split())}"
        for number, name in enumerate(names)  # not by letters: labels are stored as numbers, and inspect-ai compares with these
    ]
    parts = [
        f"What is the label of {about}, in the layer {layer.name}? {_escaped(layer.definition)}".strip(),
        "{prompt}",
        "\n".join(choices),
        "Answer with one line: ANSWER: and the number of the label in this list.",
    ]
    metadata = {"metadata": [question.quote]} if question.quote else {}
    return {
        "id": layer.name,
        "config": question.config,
        "split": SPLIT,
        "field_spec": {"input": question.input, "target": question.target} | metadata,
        "solvers": [{"name": "prompt_template", "args": {"template": "\n\n".join(parts)}}, {"name": "generate"}],
        "scorers": [{"name": "answer", "args": {"pattern": "word"}}],
    }


def _escaped(text: str) -> str:
    """A text in which the template's formatter replaces nothing."""
    return text.replace("{", "{{").replace("}", "}}")


class _Dumper(yaml.SafeDumper):
    """Writes YAML 1.1, which inspect-ai reads (a label ``no`` is quoted), and a text of several lines as such."""


_Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)
