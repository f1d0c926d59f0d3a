"""Joins the rooms: a corpus, its pool and features, the plans, subsets, readings and recipes made from them."""
