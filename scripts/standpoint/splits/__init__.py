"""Which article is in which split, and what splits or collections share."""
