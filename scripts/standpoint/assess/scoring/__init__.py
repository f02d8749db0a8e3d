"""How good a system is, measured the one agreed way (codebook, official scoring), with the matcher that agreement uses."""

from standpoint.assess.scoring.doc import Doc, System
from standpoint.assess.scoring.predictions import read_predictions
from standpoint.assess.scoring.score import Compared, Report, Score, compare, score

__all__ = ["Compared", "Doc", "Report", "Score", "System", "compare", "read_predictions", "score"]
