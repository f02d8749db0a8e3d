"""How good a system is, measured the one agreed way (codebook, official scoring), with the matcher that agreement uses."""

from __future__ import annotations

from standpoint.scoring.doc import Doc, System
from standpoint.scoring.predictions import read_predictions
from standpoint.scoring.scores import Compared, Report, Score, compare, score

__all__ = ["Compared", "Doc", "Report", "Score", "System", "compare", "read_predictions", "score"]
