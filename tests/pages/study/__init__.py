"""Tests of the Study page."""
