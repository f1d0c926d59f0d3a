"""Vectors of rows that a causal model gives: gradients of the loss of each response, and hidden states."""
