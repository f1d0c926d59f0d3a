"""Diversity as a reward (DaaR): domains, their centres, and the entropy of each row's domain."""
