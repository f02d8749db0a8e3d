"""Defaults that help pages show. They are here, and not in the stages, so that a help page loads no stage."""

from __future__ import annotations

CONTROL = 0.2  # share of articles without suggestions, which shows what suggestions do (codebook, honesty rules)
PROJECT_NAME = "standpoint"  # the titles of our Label Studio projects begin with it; two of us on one server need two names
ADJUDICATOR = "j01"
RESAMPLES = 10_000  # of each bootstrap
SEED = 20310304  # of each bootstrap and of each permutation test
BASELINE_SEED = 1
BASELINES = ("rules", "trained")
