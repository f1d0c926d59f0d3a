"""Training inside: the same causal model on each subset for the same number of tokens, and its held-out likelihood."""
