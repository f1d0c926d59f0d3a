"""Brings the rooms together: a corpus, its pool and features, and the plans, subsets, readings and recipes of them."""
