"""The split of each article, leaks between splits, and the overlap of collections of texts."""
