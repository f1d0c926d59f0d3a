"""Causal language models as measuring instruments: scores of rows, vectors of their first layers."""
