"""Tests of the map by landmarks."""
