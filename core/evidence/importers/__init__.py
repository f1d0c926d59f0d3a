"""Importers of scores: one short file a format, and the registry that recognises them."""
