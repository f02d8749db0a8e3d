"""Two honest baselines: what rules from the codebook reach, and what a small model reaches that learns from train only."""
