"""Several annotation sets become one: what is agreed, voted on or decided, and what is still in conflict."""
