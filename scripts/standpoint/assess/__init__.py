"""Annotation sets become one: they are checked, compared, and settled.

Every function here takes *streams*: iterables that are each sorted by article (a file of annotation sets is one), so
that only the sets of one article are in memory at a time.
"""
