"""Data, one file for each task: a generator in (or nothing), arrays out."""
