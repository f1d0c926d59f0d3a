"""Tests of units, costs and trainer profiles."""
