"""Readers for each format, cleaning, fingerprints, the demo corpus, hub loading."""
