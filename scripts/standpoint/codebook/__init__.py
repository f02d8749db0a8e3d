"""What may be annotated: the codebook, the registry of actors, and the kinds of layer."""
