"""Versions of the dataset: what differs between two of them, which number that demands, and where an old one is found.

A version is the data and what they mean: the rows of the release's tables, the labels of its codebook, the actors of its
registry. What is computed from these (the flat tables, the card) is not compared again.
"""
