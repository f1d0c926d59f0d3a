"""Importers of scores: a short file for each format, and the registry that recognises them."""
