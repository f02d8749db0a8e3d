"""Versions of the dataset: built, compared, released, published, hydrated, taken down."""
