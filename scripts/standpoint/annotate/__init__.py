"""Machine annotators: a language model labels articles by the codebook, through the importer and the checks of people's work."""
