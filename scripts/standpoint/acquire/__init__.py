"""Raw files become articles: read (readers/), normalised, zoned and offset (article), told apart (duplicates), stored."""
