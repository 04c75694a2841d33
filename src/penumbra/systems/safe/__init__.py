"""People without hints; flaws of the matte are detected and erased in rounds."""
