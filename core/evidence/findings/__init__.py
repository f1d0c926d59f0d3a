"""What others have published for and against each strategy, with the source of every figure."""
