"""Splits and leaks: which article is in which split, and what splits or collections of texts share."""
