"""Raw files become articles: read (readers/), normalised, zoned, grouped with their copies, stored."""
