"""The team: the assignment of articles, the qualification of annotators, and their progress."""
