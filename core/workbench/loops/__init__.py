"""The loop: a base model trained on each saved subset of a comparison, and its held-out scores in the ledger."""
