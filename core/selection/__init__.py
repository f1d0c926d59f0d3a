"""The diversity engine: incidence, pruning, sampling, plans, and one short file a strategy."""
