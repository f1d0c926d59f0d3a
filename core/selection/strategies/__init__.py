"""The strategies: a short file for each, which defines STRATEGY."""
