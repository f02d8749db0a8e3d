"""The guide for annotators: hand-written prose, and generated blocks between markers, as pages and as a site."""
