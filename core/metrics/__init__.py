"""Diversity metrics: a short file for each family, and the registry."""
