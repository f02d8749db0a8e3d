"""Build a Hugging Face dataset from adjudicated sets: schema, rows, files, card."""
