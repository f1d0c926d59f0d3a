"""Tests of the training inside."""
