"""Leaks: rows that hold words of a benchmark's questions, found by overlapping word n-grams."""
