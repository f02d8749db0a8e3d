"""From raw files to articles: read (readers/), normalise, divide into zones, group with copies, store."""
