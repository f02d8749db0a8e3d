"""The official scores of a system's predictions (docs/scoring.md). Spans are matched as in agreement."""

from __future__ import annotations

from standpoint.scoring.doc import Doc, System
from standpoint.scoring.predictions import read_predictions
from standpoint.scoring.scores import Compared, Report, Score, compare, score

__all__ = ["Compared", "Doc", "Report", "Score", "System", "compare", "read_predictions", "score"]
