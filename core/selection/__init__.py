"""The diversity engine: incidence, pruning, sampling, plans, and a short file for each strategy."""
