"""What every room uses: the nouns, files, paths, records on disk, reporting."""
