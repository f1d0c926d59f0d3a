"""Diversity metrics: one short file a family, and the registry."""
