"""Kernels that the ranked strategies share: falling values, neighbours, coverage, novelty."""
