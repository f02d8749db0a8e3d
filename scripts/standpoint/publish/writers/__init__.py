"""The formats that a release is written in, one module each: its file name is its key.

A module has one function: ``writing(folder, configs)``, a context manager that gives an object with
``add(config, split, row)`` and, after the block, ``rows``: {config: {split: how many}}.
A split without rows has no file.
"""
