"""Choosing toward a set of examples."""
