"""The embedded Label Studio server (the extra ``server``)."""
