"""Tests of the instant embedder."""
