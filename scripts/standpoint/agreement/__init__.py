"""How far annotators agree: statistics per layer, intervals, and the report."""
