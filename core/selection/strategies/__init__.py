"""One short file a strategy, each defining STRATEGY."""
