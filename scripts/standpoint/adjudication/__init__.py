"""Adjudication of an article's annotation sets into one adjudicated set; fixes and migrations of annotation sets."""
