"""The ledger of subsets and scores, importers, correlation statistics, published tables."""
