"""Adjudication: the annotation sets of an article become one adjudicated set; fixes and migrations of annotation sets."""
