"""Tests of the Judge page."""
