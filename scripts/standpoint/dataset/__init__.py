"""Adjudicated sets become a Hugging Face dataset: schema, rows, files, card."""
