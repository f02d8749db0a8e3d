"""Who annotates what, whether they may begin, and how far they are."""
