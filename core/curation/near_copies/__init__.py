"""The ladder of near-copies: from equal texts to texts that mean the same, their groups, and which row stays."""
