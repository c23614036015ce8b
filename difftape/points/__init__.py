"""Rows and points in: what `--at` says, grids, and lines of examples."""
