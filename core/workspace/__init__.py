"""Immutable artefacts in content-addressed folders, and the DuckDB cache that can be deleted at any time."""
