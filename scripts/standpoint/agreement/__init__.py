"""Agreement between annotators: statistics per layer, intervals, and the report."""
