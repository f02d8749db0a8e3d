"""The official scores of a system's predictions (docs/scoring.md). Spans are matched as in agreement."""

from __future__ import annotations

from standpoint.scoring.in_memory import FaultyPredictions, Scored, read_gold, score
from standpoint.scoring.scores import Gold, Report, Score

__all__ = ["FaultyPredictions", "Gold", "Report", "Score", "Scored", "read_gold", "score"]
