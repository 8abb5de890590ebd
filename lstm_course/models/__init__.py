"""Networks built from cells, and the plain baselines they are measured against."""
