"""Diversity as a reward: domains, their centres, and how torn between them a row is."""
