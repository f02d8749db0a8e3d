"""New projects: the templates, and the example of each."""
