"""Releases of the dataset: build, compare, create, publish, yank, take down, and restore withheld texts."""
