"""Small stand-ins for what docs/scoring-in-python.md uses of evaluate, inspect-ai and lighteval, by their documented interfaces.

They are no dependencies. The page was run with the libraries themselves, too: evaluate 0.4.6; inspect-ai 0.3.285 with its mock model;
lighteval 0.13.0 from the task to the aggregated metrics, without a model.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import datasets
import pytest


class Record:
    """An object of the keywords that it is made with."""

    def __init__(self, **values: Any) -> None:
        self.__dict__ |= values


class Sample(Record):
    pass


class Score(Record):
    pass


class SampleScore(Record):
    pass


class Metric:
    """As ``evaluate.Metric``: rows are added, which have the types that the metric states, and then given to ``_compute``."""

    def __init__(self) -> None:
        self.rows = datasets.Dataset.from_dict({"predictions": [], "references": []}, features=self._info().features)

    def add(self, *, prediction: Any, reference: Any) -> None:
        self.rows = self.rows.add_item({"predictions": prediction, "references": reference})

    def compute(self) -> dict:
        return self._compute(predictions=list(self.rows["predictions"]), references=list(self.rows["references"]))


def registered_metric(function: Callable) -> Callable:
    """As ``inspect_ai.scorer.metric``. It tells present metrics from those of old versions by what their first parameter is."""
    (parameter,) = inspect.signature(function()).parameters.values()
    assert parameter.annotation == list[SampleScore], "a metric of the old interface"
    return function


def registered_scorer(metrics: list) -> Callable:
    """As ``inspect_ai.scorer.scorer``: each scorer has the metrics."""

    def register(function: Callable) -> Callable:
        def made() -> Callable:
            scorer = function()
            scorer.metrics = metrics
            return scorer

        return made

    return register


class SampleLevelComputation:
    pass


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names)
    return made


def stand_ins() -> list[ModuleType]:
    return [
        module("evaluate", Metric=Metric, MetricInfo=Record),
        module("inspect_ai", Task=Record, task=lambda function: function),
        module("inspect_ai.dataset", Sample=Sample),
        module("inspect_ai.scorer", Score=Score, SampleScore=SampleScore, metric=registered_metric, scorer=registered_scorer),
        module("inspect_ai.solver", generate=lambda: "generate"),
        module("lighteval"),
        module("lighteval.metrics"),
        module("lighteval.metrics.metrics_sample", SampleLevelComputation=SampleLevelComputation),
        module("lighteval.metrics.utils"),
        module("lighteval.metrics.utils.metric_utils", CorpusLevelMetric=Record),
        module("lighteval.tasks"),
        module("lighteval.tasks.lighteval_task", LightevalTaskConfig=Record),
        module("lighteval.tasks.requests", Doc=Record, SamplingMethod=SimpleNamespace(GENERATIVE="GENERATIVE")),
    ]


def put_stand_ins(patch: pytest.MonkeyPatch) -> None:
    """Let the modules be imported until the end of the test."""
    for made in stand_ins():
        patch.setitem(sys.modules, made.__name__, made)


def run_inspect(task: Record, answer: Callable[[Sample], str]) -> dict:
    """What the task's metric says of a model's answers: each sample is scored by itself, and the metric sees all scores."""
    scores = []
    for sample in task.dataset:
        state = SimpleNamespace(sample_id=sample.id, output=SimpleNamespace(completion=answer(sample)))
        try:
            task.scorer(state, None).send(None)
        except StopIteration as done:
            scores.append(SampleScore(score=done.value, sample_id=sample.id))
    (metric,) = task.scorer.metrics
    return metric(scores)


def run_lighteval(config: Record, answer: Callable[[Any], str]) -> dict:
    """What the task's metric says of a model's answers to the rows of its dataset."""
    (metric,), (split,) = config.metrics, config.evaluation_splits
    docs = [
        config.prompt_function(row, config.name) for row in datasets.load_dataset(config.hf_repo, config.hf_subset, split=split)
    ]
    answers = [SimpleNamespace(final_text=[answer(doc)]) for doc in docs]
    lines = [metric.sample_level_fn.compute(doc=doc, model_response=one) for doc, one in zip(docs, answers, strict=True)]
    return metric.corpus_level_fn(lines)
